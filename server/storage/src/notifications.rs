//! What came of the queues that tell of new objects.

use crate::{Database, Result, StoreError};
use chrono::{DateTime, Utc};
use orgtrail_shared::notifications::{QueueReading, QueueState};

fn corrupt(error: &serde_json::Error) -> StoreError {
    StoreError::Corrupt { table: "notification_queue", reason: error.to_string() }
}

impl Database {
    /// Notes how reading a source's queue went. What was known of the queue stays when it could not be read.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; nothing was changed.
    pub async fn note_queue(
        &self,
        organization_id: i32,
        source_id: i32,
        now: DateTime<Utc>,
        result: std::result::Result<&QueueState, &str>,
    ) -> Result<()> {
        let state = match result {
            Ok(state) => Some(serde_json::to_value(state).map_err(|error| corrupt(&error))?),
            Err(_) => None,
        };
        sqlx::query(
            "insert into notification_queue (source_id, organization_id, read_at, error, state)
             values ($1, $2, $3, $4, coalesce($5, '{}'::jsonb))
             on conflict (source_id) do update set read_at = excluded.read_at, error = excluded.error,
                 state = coalesce($5, notification_queue.state)",
        )
        .bind(source_id)
        .bind(organization_id)
        .bind(now)
        .bind(result.err())
        .bind(state)
        .execute(self.worker())
        .await?;
        Ok(())
    }

    /// The last reading of every queue, by source.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn queue_readings(&self) -> Result<Vec<(i32, QueueReading)>> {
        let rows: Vec<(i32, DateTime<Utc>, Option<String>, serde_json::Value)> = sqlx::query_as(
            "select source_id, read_at, error, state from notification_queue order by source_id",
        )
        .fetch_all(self.worker())
        .await?;
        rows.into_iter()
            .map(|(source_id, read_at, error, state)| {
                // A queue that could never be read has an empty document.
                let is_known = state.as_object().is_none_or(|state| !state.is_empty());
                let state: Option<QueueState> = is_known
                    .then(|| serde_json::from_value(state))
                    .transpose()
                    .map_err(|error| corrupt(&error))?;
                Ok((source_id, QueueReading { read_at, error, state }))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
