//! Compares all that is in a source with all that is in the index, and the index with the archive. Both are read in
//! the order of keys and held against each other page by page, so memory doesn't grow with the source.

mod archive;
mod due;
mod entries;
mod inventory;
mod known;

pub use due::reconcile_due;

use crate::collect::{Fate, base_of, look_at, take_in};
use crate::services::Services;
use archive::ArchiveCheck;
use entries::Entries;
use known::{KnownByKey, PAGE};
use orgtrail_cloud::objects::{ListedObject, ObjectSource};
use orgtrail_domain::reconciliation::{
    Horizon, Judgement, KnownContent, ListedContent, Presence, count_known, count_listed,
    count_name, presence, remember_key,
};
use orgtrail_shared::reconciliation::Reconciliation;
use orgtrail_storage::reconciliation::ContentRow;
use orgtrail_storage::sources::SourceRow;
use std::sync::Arc;

/// How many objects one comparison fetches; the rest waits for the passes.
const FETCH_MAX: usize = 10_000;

/// How many objects that are missing are looked at together.
const MISSING_AT_ONCE: usize = 500;

/// Compares a source with the index, takes in what is missing, and stores the result. An S3 Inventory, named by the
/// place of its `manifest.json`, stands in for the listing.
///
/// # Errors
///
/// When the source can't be listed, or the inventory can't be used, or the database or archive fails. That is stored, too; the last result stays.
pub async fn reconcile(
    services: &Services,
    source: &SourceRow,
    inventory: Option<&str>,
) -> anyhow::Result<Reconciliation> {
    let result = async {
        let objects = services.open_source(source).await?;
        Box::pin(compare(services, source, objects, inventory)).await
    }
    .await;
    let text = result.as_ref().map_err(|error| format!("{error:#}"));
    services
        .database
        .note_reconciliation(
            source.organization_id,
            source.source_id,
            services.clock.now(),
            text.as_ref().copied().map_err(String::as_str),
        )
        .await?;
    result
}

/// Compares a source that is open already with the index, and takes in what is missing. Nothing is stored of the result.
///
/// # Errors
///
/// As [`reconcile`].
pub async fn compare(
    services: &Services,
    source: &SourceRow,
    objects: Arc<dyn ObjectSource>,
    inventory: Option<&str>,
) -> anyhow::Result<Reconciliation> {
    let started_at = services.clock.now();
    let base = base_of(source);
    let entries = match inventory {
        Some(location) => Entries::inventory(services, source, objects.bucket(), location).await?,
        None => Entries::listing(objects.clone(), base.clone()),
    };
    let inventory_at = entries.inventory_at();
    let mut run = Run {
        services,
        source,
        archive: ArchiveCheck::new(services, source, objects.bucket()),
        objects,
        base,
        horizon: inventory_at.map_or(Horizon::Listing(started_at), Horizon::Inventory),
        missing: Vec::new(),
        fetches_left: FETCH_MAX,
        found: Reconciliation { started_at, inventory_at, ..Reconciliation::default() },
    };
    run.merge(entries).await?;
    run.look_at_missing().await?;
    let Run { mut found, archive, .. } = run;
    found.archive = archive.finish().await?;
    found.ended_at = services.clock.now();
    Ok(found)
}

/// A comparison while it runs.
struct Run<'a> {
    services: &'a Services,
    source: &'a SourceRow,
    objects: Arc<dyn ObjectSource>,
    base: String,
    horizon: Horizon,
    archive: ArchiveCheck<'a>,
    missing: Vec<ListedContent>,
    fetches_left: usize,
    found: Reconciliation,
}

impl Run<'_> {
    /// Holds the listing against the index, both in the order of keys.
    async fn merge(&mut self, mut entries: Entries) -> anyhow::Result<()> {
        let mut index = KnownByKey::new(&self.services.database, self.source.source_id, PAGE);
        let (mut listed, mut known) = (entries.next().await?, index.next().await?);
        loop {
            let next_key = known.first().map(|row| row.content.key.as_str());
            match (&listed, next_key) {
                (None, None) => {
                    let listing = &mut self.found.listing;
                    for prefix in entries.denied() {
                        listing.denied += 1;
                        remember_key(&mut listing.denied_prefixes, prefix);
                    }
                    return Ok(());
                }
                (Some(object), Some(key)) if object.key == key => {
                    self.judge(Some(object), &known, entries.denied()).await?;
                    (listed, known) = (entries.next().await?, index.next().await?);
                }
                (Some(object), key) if key.is_none_or(|key| object.key.as_str() < key) => {
                    self.judge(Some(object), &[], &[]).await?;
                    listed = entries.next().await?;
                }
                _ => {
                    self.judge(None, &known, entries.denied()).await?;
                    known = index.next().await?;
                }
            }
        }
    }

    /// One key: what the listing has under it, and what the index has.
    async fn judge(
        &mut self,
        listed: Option<&ListedContent>,
        known: &[ContentRow],
        denied: &[String],
    ) -> anyhow::Result<()> {
        let place = (self.objects.bucket().to_owned(), self.base.clone());
        let place = (place.0.as_str(), place.1.as_str());
        let (own, elsewhere): (Vec<&ContentRow>, Vec<&ContentRow>) =
            known.iter().partition(|row| {
                let presence = presence(&row.content, place, false, false, self.horizon);
                presence != Presence::Elsewhere
            });
        let contents: Vec<&KnownContent> = own.iter().map(|row| &row.content).collect();
        let judgement = listed
            .map(|object| count_listed(&mut self.found.listing, &self.base, object, &contents));
        for (at, row) in own.into_iter().enumerate() {
            let is_listed = judgement == Some(Judgement::Known(at));
            let is_denied = || denied.iter().any(|prefix| row.content.key.starts_with(prefix));
            let presence = match listed {
                None if is_denied() => Presence::Unlisted,
                _ => presence(&row.content, place, listed.is_some(), is_listed, self.horizon),
            };
            count_known(&mut self.found.index, &row.content, presence);
            self.archive.check(row, presence).await?;
        }
        for row in elsewhere {
            count_known(&mut self.found.index, &row.content, Presence::Elsewhere);
            self.archive.check(row, Presence::Elsewhere).await?;
        }
        if let (Some(object), Some(Judgement::Missing { .. })) = (listed, judgement) {
            self.missing.push(object.clone());
            if self.missing.len() >= MISSING_AT_ONCE {
                self.look_at_missing().await?;
            }
        }
        Ok(())
    }

    /// Takes in what was listed and isn't in the index, and counts what became of it.
    async fn look_at_missing(&mut self) -> anyhow::Result<()> {
        let missing = std::mem::take(&mut self.missing);
        if missing.is_empty() {
            return Ok(());
        }
        let fates = self.fates(&missing).await?;
        let listing = &mut self.found.listing;
        for (object, fate) in missing.iter().zip(fates) {
            match fate {
                Fate::Known => listing.taken_in += 1,
                Fate::TakenIn { quarantine } => {
                    self.fetches_left = self.fetches_left.saturating_sub(1);
                    listing.taken_in += 1;
                    if let Some(reason) = quarantine {
                        listing.newly_quarantined += 1;
                        count_name(&mut listing.quarantine_reasons, &reason);
                    }
                }
                Fate::Waiting => listing.waiting += 1,
                Fate::Absent => listing.vanished += 1,
                Fate::Failed(reason) => {
                    listing.failed += 1;
                    count_name(&mut listing.failures, &reason);
                    remember_key(&mut listing.failed_keys, &object.key);
                }
                // Only files of the layout are judged to be missing.
                Fate::Foreign => listing.foreign += 1,
            }
        }
        Ok(())
    }

    async fn fates(&self, missing: &[ListedContent]) -> anyhow::Result<Vec<Fate>> {
        let (services, source, left) = (self.services, self.source, self.fetches_left);
        if self.found.inventory_at.is_some() {
            // An inventory is old: what is there now, a listing says.
            let keys: Vec<String> = missing.iter().map(|object| object.key.clone()).collect();
            let mut fates = Vec::new();
            let asked = keys.len().min(left);
            fates.extend(look_at(services, source, &self.objects, &keys[..asked], left).await?);
            fates.resize(keys.len(), Fate::Waiting);
            return Ok(fates);
        }
        let listed = missing.iter().map(|object| ListedObject {
            key: object.key.clone(),
            size: object.size.unwrap_or_default(),
            etag: object.etag.clone().unwrap_or_default(),
            last_modified: object.last_modified,
        });
        take_in(services, source, &self.objects, listed.collect(), left).await
    }
}
