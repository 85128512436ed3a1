//! What fails during collection: noted where people see it, tried again later and later, and kept from holding up others.

use crate::services::Services;
use chrono::{DateTime, Utc};
use orgtrail_cloud::error::CloudError;
use orgtrail_domain::collection::{FAILURES_IN_A_ROW_MAX, retry_after};
use orgtrail_shared::operations::Trouble;
use orgtrail_storage::sources::SourceRow;
use orgtrail_storage::waiting::{During, SourceTrouble, Troubled};
use std::collections::BTreeMap;

/// Whether what failed a moment ago is left alone for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// Somebody asks for it now: everything is tried.
    None,
    /// The jobs: what failed rests until its next attempt.
    Resting,
}

/// A failed attempt, with the time of the next one.
pub(super) fn troubled(
    waiting_id: i64,
    trouble: Trouble,
    reason: String,
    attempts: i32,
    now: DateTime<Utc>,
) -> Troubled {
    let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
    let wait = retry_after(trouble, attempts, rand::random::<f64>());
    Troubled { waiting_id, trouble: trouble.name(), reason, next_attempt_at: now + wait }
}

/// Notes that a source can't be listed or fetched from, so that it is left alone for a while; longer each time.
pub(super) async fn rest_source(
    services: &Services,
    source_id: i32,
    during: During,
    trouble: Trouble,
    reason: &str,
) -> anyhow::Result<()> {
    let (database, now) = (&services.database, services.clock.now());
    let known = database.source_troubles(Some(source_id)).await?;
    let known = known.iter().find(|known| known.during == during.name());
    let attempts = known.map_or(0, |known| known.attempts).saturating_add(1);
    let noted = troubled(0, trouble, reason.to_owned(), attempts, now);
    database.note_source_trouble(source_id, during, "", &noted, now).await?;
    Ok(())
}

/// Counts failures that needn't concern more than one object: many in a row are a trouble of the source.
#[derive(Debug, Default)]
pub(super) struct InARow(u32);

impl InARow {
    pub(super) fn succeeded(&mut self) {
        self.0 = 0;
    }

    /// Whether the source is in trouble.
    pub(super) fn failed(&mut self, trouble: Trouble) -> bool {
        if !trouble.is_of_one() {
            self.0 += 1;
        }
        trouble.stops_source() || self.0 >= FAILURES_IN_A_ROW_MAX
    }
}

/// The listings of one pass over a source: which failed, and which succeeded that had failed before.
pub(super) struct Listings<'a> {
    services: &'a Services,
    source: &'a SourceRow,
    patience: Patience,
    known: BTreeMap<String, SourceTrouble>,
    failed: BTreeMap<String, String>,
    /// Prefixes that were listed: with all that is below them, or alone.
    succeeded: Vec<(String, bool)>,
    in_a_row: InARow,
    is_stopped: bool,
    /// Whether the source as a whole has failed before.
    had_failed: bool,
}

impl<'a> Listings<'a> {
    pub(super) async fn load(
        services: &'a Services,
        source: &'a SourceRow,
        patience: Patience,
    ) -> anyhow::Result<Self> {
        let rows = services.database.source_troubles(Some(source.source_id)).await?;
        let had_failed = rows.iter().any(|row| row.during == During::Source.name());
        let known = rows
            .into_iter()
            .filter(|row| row.during == During::Listing.name())
            .map(|row| (row.prefix.clone(), row))
            .collect();
        Ok(Self {
            services,
            source,
            patience,
            known,
            failed: BTreeMap::new(),
            succeeded: Vec::new(),
            in_a_row: InARow::default(),
            is_stopped: false,
            had_failed,
        })
    }

    /// Whether a prefix has failed so recently that it is left alone in this pass.
    pub(super) fn is_at_rest(&self, prefix: &str) -> bool {
        let now = self.services.clock.now();
        self.patience == Patience::Resting
            && self.known.get(prefix).is_some_and(|known| known.next_attempt_at > now)
    }

    pub(super) fn succeeded(&mut self, prefix: &str, with_all_below: bool) {
        self.in_a_row.succeeded();
        self.succeeded.push((prefix.to_owned(), with_all_below));
    }

    /// Notes that a prefix can't be listed; a trouble of the source ends the pass.
    pub(super) async fn failed(&mut self, prefix: &str, error: &CloudError) -> anyhow::Result<()> {
        // A listing of nothing is empty: what isn't found is the bucket.
        let trouble = Some(error.trouble()).filter(|trouble| *trouble != Trouble::Vanished);
        let trouble = trouble.unwrap_or(Trouble::NoBucket);
        tracing::warn!(source.name = %self.source.name, %prefix, %error, "a prefix could not be listed");
        let (database, now) = (&self.services.database, self.services.clock.now());
        let source_id = self.source.source_id;
        self.failed.insert(prefix.to_owned(), error.to_string());
        if self.in_a_row.failed(trouble) {
            self.is_stopped = true;
            let reason = error.to_string();
            return rest_source(self.services, source_id, During::Source, trouble, &reason).await;
        }
        let attempts = self.known.get(prefix).map_or(0, |known| known.attempts).saturating_add(1);
        let noted = troubled(0, trouble, error.to_string(), attempts, now);
        database.note_source_trouble(source_id, During::Listing, prefix, &noted, now).await?;
        Ok(())
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.is_stopped
    }

    /// Forgets the troubles that are over. Gives back the reasons of those that aren't, one for each prefix.
    pub(super) async fn close(self, was_everything: bool) -> anyhow::Result<Vec<String>> {
        let (database, source_id) = (&self.services.database, self.source.source_id);
        let is_over = |prefix: &&String| {
            !self.failed.contains_key(*prefix)
                && self.succeeded.iter().any(|(listed, with_all_below)| {
                    *prefix == listed || (*with_all_below && prefix.starts_with(listed))
                })
        };
        let over: Vec<String> = self.known.keys().filter(is_over).cloned().collect();
        database.clear_source_troubles(source_id, During::Listing, &over, was_everything).await?;
        if self.had_failed && !self.is_stopped && !self.succeeded.is_empty() {
            let all = [String::new()];
            database.clear_source_troubles(source_id, During::Source, &all, was_everything).await?;
        }
        Ok(self.failed.into_values().collect())
    }
}
