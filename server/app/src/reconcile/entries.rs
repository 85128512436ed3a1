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
    Listing(Listing),
    Inventory { inventory: Box<Inventory>, after: Option<String> },
}

/// A listing in the order of keys, also where it has to go folder by folder because not all of them may be listed.
struct Listing {
    objects: Arc<dyn ObjectSource>,
    /// What is left, the next one last.
    left: Vec<Left>,
    denied: Vec<String>,
}

/// What is left of a listing.
enum Left {
    /// An object that was listed beside folders.
    Object(ListedContent),
    /// A prefix with all below it, from where the last page ended.
    All(String, Option<String>),
    /// A prefix of which all may not be listed at once.
    Level(String),
}

impl Left {
    fn key(&self) -> &str {
        match self {
            Self::Object(object) => &object.key,
            Self::All(prefix, _) | Self::Level(prefix) => prefix,
        }
    }
}

impl Entries {
    /// All that is below a prefix, as the source lists it.
    pub(super) fn listing(objects: Arc<dyn ObjectSource>, base: String) -> Self {
        let left = vec![Left::All(base, None)];
        Self::of(Origin::Listing(Listing { objects, left, denied: Vec::new() }))
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
            Origin::Listing(_) => None,
            Origin::Inventory { inventory, .. } => Some(inventory.created_at),
        }
    }

    /// The prefixes up to the last entry that may not be listed: what lies below them is not known.
    pub(super) fn denied(&self) -> &[String] {
        match &self.origin {
            Origin::Listing(listing) => &listing.denied,
            Origin::Inventory { .. } => &[],
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
            Origin::Listing(listing) => listing.read_page(&mut self.page).await,
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

impl Listing {
    /// Reads a page, which may be empty. `false` when nothing is left.
    async fn read_page(&mut self, page: &mut VecDeque<ListedContent>) -> anyhow::Result<bool> {
        match self.left.pop() {
            None => return Ok(false),
            Some(Left::Object(object)) => page.push_back(object),
            Some(Left::All(prefix, from)) => {
                match self.objects.list(&prefix, Depth::All, from.as_deref()).await {
                    Ok(listing) => {
                        if listing.next.is_some() {
                            self.left.push(Left::All(prefix, listing.next));
                        }
                        page.extend(listing.objects.into_iter().map(to_content));
                    }
                    // Rights may differ by prefix: what may not be listed as a whole is listed folder by folder.
                    Err(CloudError::AccessDenied { .. }) if from.is_none() => {
                        self.left.push(Left::Level(prefix));
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            Some(Left::Level(prefix)) => match self.level(&prefix).await {
                Ok(mut below) => {
                    below.sort_unstable_by(|one, other| other.key().cmp(one.key()));
                    self.left.append(&mut below);
                }
                // Rights to list may begin where the layout does.
                Err(CloudError::AccessDenied { .. }) if is_above_layout(&prefix) => {
                    self.left.push(Left::All(layout_in(&prefix), None));
                }
                Err(CloudError::AccessDenied { .. }) => self.denied.push(prefix),
                Err(error) => return Err(error.into()),
            },
        }
        Ok(true)
    }

    /// The objects and folders right below a prefix.
    async fn level(&self, prefix: &str) -> Result<Vec<Left>, CloudError> {
        let (mut below, mut next) = (Vec::new(), None);
        loop {
            let listing = self.objects.list(prefix, Depth::One, next.as_deref()).await?;
            let objects = listing.objects.into_iter().map(to_content);
            below.extend(objects.map(Left::Object));
            below.extend(listing.folders.into_iter().map(|folder| Left::All(folder, None)));
            next = listing.next;
            if next.is_none() {
                return Ok(below);
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
