//! What is in a source, in the order of keys: by listing it, or by an inventory.

use super::inventory::Inventory;
use crate::collect::{is_above_layout, layout_in};
use crate::services::Services;
use anyhow::bail;
use chrono::{DateTime, Utc};
use orgtrail_cloud::error::CloudError;
use orgtrail_cloud::objects::{Depth, ListedObject, ObjectSource};
use orgtrail_domain::reconciliation::ListedContent;
use orgtrail_storage::sources::SourceRow;
use std::collections::VecDeque;
use std::sync::Arc;

/// How many entries of an inventory are read at once.
const PAGE: i64 = 2000;

/// The entries of a source in the order of keys.
pub(super) struct Entries {
    origin: Origin,
    page: VecDeque<ListedContent>,
    last: Option<String>,
}

enum Origin {
    Listing { objects: Arc<dyn ObjectSource>, base: String, next: Option<String>, is_over: bool },
    Inventory { inventory: Box<Inventory>, after: Option<String> },
}

impl Entries {
    /// All that is below a prefix, as the source lists it.
    pub(super) fn listing(objects: Arc<dyn ObjectSource>, base: String) -> Self {
        Self::of(Origin::Listing { objects, base, next: None, is_over: false })
    }

    /// All that an S3 Inventory has of a source.
    ///
    /// # Errors
    ///
    /// When the inventory can't be read as a whole, or is another bucket's.
    pub(super) async fn inventory(
        services: &Services,
        source: &SourceRow,
        bucket: &str,
        location: &str,
    ) -> anyhow::Result<Self> {
        let inventory = Inventory::open(services, source, bucket, location).await?;
        Ok(Self::of(Origin::Inventory { inventory: Box::new(inventory), after: None }))
    }

    fn of(origin: Origin) -> Self {
        Self { origin, page: VecDeque::new(), last: None }
    }

    /// When the inventory was begun; `None` for a listing.
    pub(super) fn inventory_at(&self) -> Option<DateTime<Utc>> {
        match &self.origin {
            Origin::Listing { .. } => None,
            Origin::Inventory { inventory, .. } => Some(inventory.created_at),
        }
    }

    /// The next entry.
    ///
    /// # Errors
    ///
    /// When the source can't be listed, or lists out of order: then nothing could be compared.
    pub(super) async fn next(&mut self) -> anyhow::Result<Option<ListedContent>> {
        while self.page.is_empty() {
            if !self.read_page().await? {
                return Ok(None);
            }
        }
        let Some(entry) = self.page.pop_front() else { return Ok(None) };
        if self.last.as_ref().is_some_and(|last| *last >= entry.key) {
            bail!(
                "`{}` is listed out of order: this store can't be compared with the index",
                entry.key
            );
        }
        self.last = Some(entry.key.clone());
        Ok(Some(entry))
    }

    /// Reads a page, which may be empty. `false` when there is none any more.
    async fn read_page(&mut self) -> anyhow::Result<bool> {
        match &mut self.origin {
            Origin::Listing { is_over: true, .. } => Ok(false),
            Origin::Listing { objects, base, next, is_over } => {
                let listing = match objects.list(base, Depth::All, next.as_deref()).await {
                    // Rights to list may begin where the layout does.
                    Err(CloudError::AccessDenied { .. }) if is_above_layout(base) => {
                        *base = layout_in(base);
                        return Ok(true);
                    }
                    listing => listing?,
                };
                *is_over = listing.next.is_none();
                *next = listing.next;
                self.page.extend(listing.objects.into_iter().map(to_content));
                Ok(true)
            }
            Origin::Inventory { inventory, after } => {
                let page = inventory.table.page(after.as_deref(), PAGE).await?;
                *after = page.last().map(|entry| entry.key.clone()).or(after.take());
                let is_over = page.is_empty();
                self.page.extend(page);
                Ok(!is_over)
            }
        }
    }
}

fn to_content(object: ListedObject) -> ListedContent {
    ListedContent {
        key: object.key,
        etag: Some(object.etag),
        size: Some(object.size),
        last_modified: object.last_modified,
    }
}
