//! The workers of one process: they take what is due from the queue, new files first, old days beside them.
//!
//! Any number of processes run them on one queue. A source in trouble holds up no other, because no source gets all workers
//! while another one has something due, and old days never get all of them.

use super::pass::{Collector, PassSummary};
use super::queue::{Work, Worked};
use super::trouble::rest_source;
use crate::services::{Services, SourceSettings};
use orgtrail_cloud::objects::ObjectSource;
use orgtrail_domain::collection::backfill_workers;
use orgtrail_shared::operations::Trouble;
use orgtrail_storage::sources::SourceRow;
use orgtrail_storage::waiting::{Claimant, DueSource, During, Turn};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// How many stored bytes all workers together may have in work.
const BYTES_IN_WORK: usize = 96 << 20;

/// How long an opened source serves, before its settings are read again.
const OPEN_FOR: Duration = Duration::from_mins(5);

/// Opened sources by their number: since when, by what settings.
type Opened = HashMap<i32, (Instant, SourceRow, Arc<dyn ObjectSource>)>;

/// What the workers of a process share.
pub struct Workers {
    services: Services,
    claimant: Claimant,
    count: usize,
    backfill_most: usize,
    room: Arc<Semaphore>,
    busy: Mutex<Busy>,
    opened: Mutex<Opened>,
}

/// Who works on what.
#[derive(Debug, Default)]
struct Busy {
    by_source: HashMap<i32, usize>,
    backfill: usize,
}

/// A place at a source, which is given back when it is dropped.
struct Place<'a> {
    workers: &'a Workers,
    source_id: i32,
    is_backfill: bool,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut busy = self.workers.busy();
        if let Some(count) = busy.by_source.get_mut(&self.source_id) {
            *count = count.saturating_sub(1);
        }
        if self.is_backfill {
            busy.backfill = busy.backfill.saturating_sub(1);
        }
    }
}

impl Workers {
    /// `count` workers, of which those on old days take `backfill_percent` of the capacity at most.
    ///
    /// # Errors
    ///
    /// When the database can't be reached.
    pub async fn new(
        services: Services,
        count: usize,
        backfill_percent: u8,
    ) -> anyhow::Result<Self> {
        let claimant = services.database.claimant().await?;
        Ok(Self {
            services,
            claimant,
            count,
            backfill_most: backfill_workers(count, backfill_percent),
            room: Arc::new(Semaphore::new(BYTES_IN_WORK)),
            busy: Mutex::default(),
            opened: Mutex::default(),
        })
    }

    /// How many workers there are to be.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Takes one batch in: of the source that has new files and the fewest workers, else of old days. Gives back what was
    /// done, or nothing when there was nothing to do.
    ///
    /// # Errors
    ///
    /// When the source can't be opened or asked for more, or the database or archive fails. What was not taken in stays in
    /// the queue.
    pub async fn work(&self) -> anyhow::Result<Option<PassSummary>> {
        let due = self.services.database.due_sources(self.services.clock.now()).await?;
        if due.is_empty() {
            return Ok(None);
        }
        let sources = self.services.database.sources().await?;
        let due: Vec<(&SourceRow, DueSource)> = due
            .iter()
            .filter_map(|due| {
                Some((sources.iter().find(|source| source.source_id == due.source_id)?, *due))
            })
            .filter(|(source, _)| SourceSettings::is_regular(source))
            .collect();
        let Some((source, place)) = self.take_place(&due) else { return Ok(None) };
        let mut summary = PassSummary::default();
        let turn = Turn::Due { is_backfill: place.is_backfill };
        let objects = match self.open(source).await {
            Ok(objects) => objects,
            Err(error) => {
                let (id, reason) = (source.source_id, format!("{error:#}"));
                rest_source(&self.services, id, During::Fetching, Trouble::Other, &reason).await?;
                return Err(error.context(format!("the source `{}` can't be opened", source.name)));
            }
        };
        let room = self.room.clone();
        let collector = Collector::within(&self.services, source, objects, room)?;
        let work =
            Work { services: &self.services, collector: &collector, claimant: &self.claimant };
        let worked = Box::pin(work.turn(turn, &mut summary, None)).await;
        match worked? {
            Worked::Nothing => Ok(None),
            Worked::Some(_) => Ok(Some(summary)),
            Worked::Stopped(reason) => {
                // Other credentials or another Region may be needed next time.
                self.opened().remove(&source.source_id);
                anyhow::bail!("{}: {reason}", source.name)
            }
        }
    }

    /// Gives all claims back, so that others needn't wait until they end.
    pub async fn release(&self) {
        if let Err(error) = self.services.database.release_claims(&self.claimant, None).await {
            tracing::warn!(%error, "the claims could not be given back; they end by themselves");
        }
    }

    /// A place where there is something to do and nobody is in the way.
    fn take_place<'a>(
        &self,
        due: &[(&'a SourceRow, DueSource)],
    ) -> Option<(&'a SourceRow, Place<'_>)> {
        let mut busy = self.busy();
        let at = |busy: &Busy, source_id: i32| busy.by_source.get(&source_id).copied().unwrap_or(0);
        // While several sources have something due, one worker is kept from the one that has all others.
        let most = if due.len() > 1 { self.count.saturating_sub(1).max(1) } else { self.count };
        let has_room = |busy: &Busy, source_id: i32| at(busy, source_id) < most;
        let least = |is_backfill: bool, busy: &Busy| {
            due.iter()
                .filter(|(_, due)| if is_backfill { due.has_backfill } else { due.has_new })
                .filter(|(source, _)| has_room(busy, source.source_id))
                .min_by_key(|(source, _)| at(busy, source.source_id))
                .map(|(source, _)| *source)
        };
        let (source, is_backfill) = match least(false, &busy) {
            Some(source) => (source, false),
            None if busy.backfill < self.backfill_most => (least(true, &busy)?, true),
            None => return None,
        };
        *busy.by_source.entry(source.source_id).or_default() += 1;
        busy.backfill += usize::from(is_backfill);
        Some((source, Place { workers: self, source_id: source.source_id, is_backfill }))
    }

    /// Opens a source, or gives back the one that is open: its credentials are asked for once, and not for each batch.
    async fn open(&self, source: &SourceRow) -> anyhow::Result<Arc<dyn ObjectSource>> {
        if let Some((since, row, objects)) = self.opened().get(&source.source_id)
            && since.elapsed() < OPEN_FOR
            && is_same_place(row, source)
        {
            return Ok(objects.clone());
        }
        let objects = Box::pin(self.services.open_source(source)).await?;
        let opened = (Instant::now(), source.clone(), objects.clone());
        self.opened().insert(source.source_id, opened);
        Ok(objects)
    }

    fn busy(&self) -> MutexGuard<'_, Busy> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn opened(&self) -> MutexGuard<'_, Opened> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_same_place(one: &SourceRow, other: &SourceRow) -> bool {
    (&one.kind, &one.bucket, &one.settings, &one.credentials)
        == (&other.kind, &other.bucket, &other.settings, &other.credentials)
}
