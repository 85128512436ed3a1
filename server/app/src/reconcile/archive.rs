//! Whether the archive has the bytes of what is in the index: by listing it beside the index.

use crate::collect::archive_folder;
use crate::services::Services;
use futures::{StreamExt, stream};
use orgtrail_cloud::error::CloudError;
use orgtrail_cloud::objects::{Depth, ListedObject, ObjectSource, S3Source};
use orgtrail_domain::reconciliation::{Presence, remember_key};
use orgtrail_shared::reconciliation::ArchiveCounts;
use orgtrail_storage::reconciliation::ContentRow;
use orgtrail_storage::sources::SourceRow;
use std::collections::{HashMap, VecDeque};

/// How many keys that the listing didn't show in their place are looked for together.
const SUSPECTS_AT_ONCE: usize = 256;

/// How many keys are looked for one by one in all.
const LOOKS_MAX: usize = 100_000;

/// How many are looked for at once.
const AT_ONCE: usize = 8;

/// An archived object as the index has it.
struct Expected {
    bucket: String,
    key: String,
    size: u64,
}

/// Checks archived objects, which come about in the order in which the archive lists them. What the listing doesn't
/// show in its place is looked for by name before it counts as missing, so the order matters for speed only.
pub(super) struct ArchiveCheck<'a> {
    services: &'a Services,
    is_adopted: bool,
    folder: String,
    page: VecDeque<ListedObject>,
    next: Option<String>,
    is_over: bool,
    last: Option<ListedObject>,
    suspects: Vec<Expected>,
    looks_left: usize,
    counts: ArchiveCounts,
    /// What was opened, by bucket.
    opened: HashMap<String, S3Source>,
}

impl<'a> ArchiveCheck<'a> {
    pub(super) fn new(services: &'a Services, source: &SourceRow, bucket: &str) -> Self {
        Self {
            services,
            is_adopted: source.is_adopted,
            folder: archive_folder(source.organization_id, source.source_id, bucket),
            page: VecDeque::new(),
            next: None,
            is_over: false,
            last: None,
            suspects: Vec::new(),
            looks_left: LOOKS_MAX,
            counts: ArchiveCounts::default(),
            opened: HashMap::new(),
        }
    }

    /// A bucket of the archive's store, opened once.
    async fn stored(&mut self, bucket: &str) -> S3Source {
        if let Some(opened) = self.opened.get(bucket) {
            return opened.clone();
        }
        let opened = self.services.stored_objects(bucket).await;
        self.opened.insert(bucket.to_owned(), opened.clone());
        opened
    }

    /// Checks one content of the index.
    pub(super) async fn check(
        &mut self,
        row: &ContentRow,
        presence: Presence,
    ) -> anyhow::Result<()> {
        let expected = Expected {
            bucket: row.archive_bucket.clone(),
            key: row.archive_key.clone(),
            size: row.content.size,
        };
        if self.counts.note.is_some() {
            self.counts.unchecked += 1;
            return Ok(());
        }
        if self.is_adopted && presence == Presence::Current {
            // The listing of the source is that of the archive.
            self.counts.present += 1;
            return Ok(());
        }
        let is_listed = expected.bucket == self.services.archive.bucket()
            && expected.key.starts_with(&self.folder);
        if !is_listed {
            return self.suspect(expected).await;
        }
        match self.find_listed(&expected.key).await {
            Ok(Some(size)) => {
                self.judge(&expected, Some(size));
                Ok(())
            }
            Ok(None) => self.suspect(expected).await,
            Err(error) => {
                self.give_up(&error);
                self.counts.unchecked += 1;
                Ok(())
            }
        }
    }

    /// What became of all contents.
    pub(super) async fn finish(mut self) -> anyhow::Result<ArchiveCounts> {
        self.look_for_suspects().await?;
        Ok(self.counts)
    }

    /// The size of an object, if the listing has it here.
    async fn find_listed(&mut self, key: &str) -> Result<Option<u64>, CloudError> {
        // Two contents of the index may share their bytes.
        if let Some(last) = self.last.as_ref().filter(|last| last.key == key) {
            return Ok(Some(last.size));
        }
        loop {
            if self.page.is_empty() {
                if self.is_over {
                    return Ok(None);
                }
                let bucket = self.services.archive.bucket().to_owned();
                let archive = self.stored(&bucket).await;
                let listing = archive.list(&self.folder, Depth::All, self.next.as_deref()).await?;
                self.is_over = listing.next.is_none();
                self.next = listing.next;
                self.page.extend(listing.objects);
                continue;
            }
            if self.page.front().is_some_and(|object| object.key.as_str() > key) {
                return Ok(None);
            }
            let Some(object) = self.page.pop_front() else { continue };
            let size = (object.key == key).then_some(object.size);
            self.last = Some(object);
            if size.is_some() {
                return Ok(size);
            }
        }
    }

    fn judge(&mut self, expected: &Expected, size: Option<u64>) {
        match size {
            Some(size) if size == expected.size => self.counts.present += 1,
            Some(_) => {
                self.counts.wrong_size += 1;
                remember_key(&mut self.counts.examples, &expected.key);
            }
            None => {
                self.counts.missing += 1;
                remember_key(&mut self.counts.examples, &expected.key);
            }
        }
    }

    async fn suspect(&mut self, expected: Expected) -> anyhow::Result<()> {
        if self.looks_left == 0 {
            self.counts.unchecked += 1;
            self.counts.note = Some(format!(
                "more than {LOOKS_MAX} archived objects were not where they were expected"
            ));
            return Ok(());
        }
        self.looks_left -= 1;
        self.suspects.push(expected);
        if self.suspects.len() >= SUSPECTS_AT_ONCE {
            self.look_for_suspects().await?;
        }
        Ok(())
    }

    async fn look_for_suspects(&mut self) -> anyhow::Result<()> {
        let suspects = std::mem::take(&mut self.suspects);
        let mut looks = Vec::with_capacity(suspects.len());
        for expected in &suspects {
            let stored = self.stored(&expected.bucket).await;
            looks.push(look_for(stored, expected.key.clone()));
        }
        let sizes: Vec<Result<Option<u64>, CloudError>> =
            stream::iter(looks).buffered(AT_ONCE).collect().await;
        for (expected, size) in suspects.iter().zip(sizes) {
            match size {
                Ok(size) => self.judge(expected, size),
                Err(error) => {
                    self.give_up(&error);
                    self.counts.unchecked += 1;
                }
            }
        }
        Ok(())
    }

    fn give_up(&mut self, error: &CloudError) {
        self.counts.note.get_or_insert_with(|| error.to_string());
    }
}

/// The size of one archived object, if it is there.
async fn look_for(objects: S3Source, key: String) -> Result<Option<u64>, CloudError> {
    let listing = objects.list(&key, Depth::All, None).await?;
    Ok(listing.objects.into_iter().find(|object| object.key == key).map(|object| object.size))
}
