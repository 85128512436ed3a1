//! Uploads that were begun and never finished: their parts fill the disk, and no listing of objects shows them.

use super::ObjectStore;
use crate::error::Result;
use chrono::TimeDelta;

/// How long an upload may lie still.
const UPLOAD_LIES_STILL_MAX: TimeDelta = TimeDelta::days(7);

impl ObjectStore {
    /// Gives up multipart uploads that were begun, and got their last part, more than seven days ago, and says how
    /// many. Their files go with the next collection of garbage.
    ///
    /// A pass takes no input, may be killed at any point and be repeated at any time.
    ///
    /// # Errors
    ///
    /// The metadata could not be written; the pass may be repeated.
    pub async fn give_up_abandoned_uploads(&self) -> Result<u64> {
        let since = self.inner.clock.now() - UPLOAD_LIES_STILL_MAX;
        Ok(self.inner.metadata.forget_abandoned_uploads(since).await?)
    }
}
