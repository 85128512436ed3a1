//! Works the queue of a source off: claim, fetch, archive, parse, commit. Every object either leaves the queue with the
//! commit, or stays in it with the reason.

use super::notice::find;
use super::pass::{Collector, PassProgress, PassSummary};
use super::trouble::{InARow, rest_source, troubled};
use crate::records::OBJECT_BYTES_MAX;
use crate::services::Services;
use chrono::TimeDelta;
use futures::{StreamExt, stream};
use orgtrail_domain::log_key::ObjectKind;
use orgtrail_shared::operations::Trouble;
use orgtrail_storage::log_objects::NewObject;
use orgtrail_storage::waiting::{Claimant, Claims, During, Troubled, Turn, WaitingRow};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::interval;

/// How many objects are fetched at once.
const FETCHES: usize = 16;

/// How many files are claimed at once, and go into one transaction unless they are large.
const BATCH_FILES: usize = 200;

/// How many rows close a batch.
const BATCH_ROWS: usize = 20_000;

/// How many attempts must have failed before an object that is no longer there is given up.
const GONE_AFTER: i32 = 2;

/// How long a claim lasts without being renewed.
const CLAIM: TimeDelta = TimeDelta::seconds(120);

/// How often claims are renewed.
const RENEW_EVERY: Duration = Duration::from_secs(30);

/// What came of a turn at the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Worked {
    /// Nothing had its turn.
    Nothing,
    /// So many objects had.
    Some(usize),
    /// The source is in trouble, and is left alone for a while.
    Stopped(String),
}

/// An object that was fetched, archived and parsed, or why not.
type Outcome = Result<Box<NewObject>, (Trouble, String)>;

/// Somebody who works at the queue of one source.
pub(super) struct Work<'a> {
    pub(super) services: &'a Services,
    pub(super) collector: &'a Collector<'a>,
    pub(super) claimant: &'a Claimant,
}

impl Work<'_> {
    /// Claims a batch and takes it in.
    ///
    /// # Errors
    ///
    /// When the database fails. Claims that could not be given back end by themselves.
    pub(super) async fn turn(
        &self,
        turn: Turn,
        summary: &mut PassSummary,
        progress: Option<&dyn PassProgress>,
    ) -> anyhow::Result<Worked> {
        let claims = Claims {
            source_id: self.collector.source().source_id,
            turn,
            count: i64::try_from(BATCH_FILES).unwrap_or(i64::MAX),
            now: self.services.clock.now(),
            length: CLAIM,
        };
        let rows = self.services.database.claim_waiting(self.claimant, claims).await?;
        if rows.is_empty() {
            return Ok(Worked::Nothing);
        }
        let ids: Vec<i64> = rows.iter().map(|row| row.waiting_id).collect();
        let worked = tokio::select! {
            worked = self.batch(rows, summary, progress) => worked,
            never = self.renew(&ids) => match never {},
        };
        if !matches!(worked, Ok(Worked::Some(_))) {
            self.services.database.release_claims(self.claimant, Some(&ids)).await?;
        }
        worked
    }

    async fn renew(&self, ids: &[i64]) -> std::convert::Infallible {
        let mut ticks = interval(RENEW_EVERY);
        ticks.tick().await;
        loop {
            ticks.tick().await;
            let until = self.services.clock.now() + CLAIM;
            if let Err(error) = self.services.database.renew_claims(self.claimant, ids, until).await
            {
                tracing::warn!(%error, "claims could not be renewed");
            }
        }
    }

    /// Fetches and parses with bounded concurrency; commits in batches.
    async fn batch(
        &self,
        rows: Vec<WaitingRow>,
        summary: &mut PassSummary,
        progress: Option<&dyn PassProgress>,
    ) -> anyhow::Result<Worked> {
        let count = rows.len();
        let mut batch = Batch::new(self);
        let (send, mut receive) = mpsc::channel(FETCHES);
        let fetch = async {
            let mut fetched = stream::iter(rows.into_iter().map(|row| async move {
                let outcome = self.fetch(&row).await;
                (row, outcome)
            }))
            .buffered(FETCHES);
            // Fetching goes on while a batch is committed; it ends when nobody wants more.
            while let Some(Some(next)) = tokio::select! {
                next = fetched.next() => Some(next),
                () = send.closed() => None,
            } {
                if send.send(next).await.is_err() {
                    break;
                }
            }
            drop(send);
        };
        let store = async {
            while let Some((row, outcome)) = receive.recv().await {
                batch.add(row, outcome, summary).await?;
                if let Some(progress) = progress {
                    progress.committed(summary.files, summary.events);
                }
                if batch.stopped_by.is_some() {
                    break;
                }
            }
            drop(receive);
            anyhow::Ok(())
        };
        let ((), stored) = tokio::join!(fetch, store);
        stored?;
        batch.commit(summary).await?;
        batch.note().await?;
        if let Some(progress) = progress {
            progress.committed(summary.files, summary.events);
        }
        Ok(batch.stopped_by.take().map_or(Worked::Some(count), Worked::Stopped))
    }

    /// One object: fetched, archived, parsed. What keeps a single object from being taken in is no error of the others.
    async fn fetch(&self, row: &WaitingRow) -> Outcome {
        let bucket = self.collector.objects.bucket();
        if row.bucket != bucket {
            let reason = format!(
                "it was listed in `{}`, and the source is `{bucket}` now: name the former bucket as a source, too",
                row.bucket
            );
            return Err((Trouble::Other, reason));
        }
        let size = usize::try_from(row.size).unwrap_or(usize::MAX);
        let _room = self.collector.room(size).await;
        match self.collector.objects.fetch(&row.key, OBJECT_BYTES_MAX).await {
            Ok(fetched) => {
                let kind = ObjectKind::parse(&row.key);
                let taken = self.collector.take_in(kind, fetched).await;
                taken.map(Box::new).map_err(|error| (Trouble::NotTakenIn, format!("{error:#}")))
            }
            Err(error) => Err((error.trouble(), error.to_string())),
        }
    }
}

/// Objects on their way into one transaction, and those that failed.
struct Batch<'a> {
    work: &'a Work<'a>,
    objects: Vec<(WaitingRow, NewObject)>,
    rows: usize,
    troubled: Vec<Troubled>,
    /// What is surely gone.
    gone: Vec<i64>,
    in_a_row: InARow,
    stopped_by: Option<String>,
}

impl<'a> Batch<'a> {
    fn new(work: &'a Work<'a>) -> Self {
        Self {
            work,
            objects: Vec::new(),
            rows: 0,
            troubled: Vec::new(),
            gone: Vec::new(),
            in_a_row: InARow::default(),
            stopped_by: None,
        }
    }

    async fn add(
        &mut self,
        row: WaitingRow,
        outcome: Outcome,
        summary: &mut PassSummary,
    ) -> anyhow::Result<()> {
        match outcome {
            Ok(object) => {
                self.in_a_row.succeeded();
                // What failed in a transaction with others gets one of its own, so that it can't keep them out again.
                let is_alone = Trouble::of_name(&row.trouble) == Trouble::NotTakenIn;
                if is_alone {
                    self.commit(summary).await?;
                }
                self.rows += object.events.len();
                self.objects.push((row, *object));
                if is_alone || self.objects.len() >= BATCH_FILES || self.rows >= BATCH_ROWS {
                    self.commit(summary).await?;
                }
            }
            Err((Trouble::Vanished, _)) if self.is_surely_gone(&row).await => {
                tracing::warn!(file.key = %row.key, "`{}` was deleted before it could be read", row.key);
                self.gone.push(row.waiting_id);
            }
            Err((trouble, reason)) => {
                tracing::warn!(file.key = %row.key, %reason, "could not take `{}` in", row.key);
                let is_of_source = self.in_a_row.failed(trouble);
                self.fail(&row, trouble, &reason, summary);
                if is_of_source {
                    self.stop(trouble, reason).await?;
                }
            }
        }
        Ok(())
    }

    /// Whether an object that wasn't there several times is no longer listed, either.
    async fn is_surely_gone(&self, row: &WaitingRow) -> bool {
        row.attempts >= GONE_AFTER
            && Trouble::of_name(&row.trouble) == Trouble::Vanished
            && matches!(find(&*self.work.collector.objects, &row.key).await, Ok(None))
    }

    fn fail(
        &mut self,
        row: &WaitingRow,
        trouble: Trouble,
        reason: &str,
        summary: &mut PassSummary,
    ) {
        let now = self.work.services.clock.now();
        let attempts = row.attempts.saturating_add(1);
        self.troubled.push(troubled(row.waiting_id, trouble, reason.to_owned(), attempts, now));
        summary.failed += 1;
        if trouble == Trouble::NotTakenIn {
            summary.refused.get_or_insert_with(|| format!("{}: {reason}", row.key));
        }
        *summary.reasons.entry(reason.to_owned()).or_default() += 1;
    }

    /// The source is in trouble: nothing more of it is asked for until its next attempt.
    async fn stop(&mut self, trouble: Trouble, reason: String) -> anyhow::Result<()> {
        let source_id = self.work.collector.source().source_id;
        rest_source(self.work.services, source_id, During::Fetching, trouble, &reason).await?;
        self.stopped_by = Some(reason);
        Ok(())
    }

    /// Commits what there is. What the database refuses stays in the queue, to be tried one by one.
    async fn commit(&mut self, summary: &mut PassSummary) -> anyhow::Result<()> {
        if self.objects.is_empty() {
            return Ok(());
        }
        self.rows = 0;
        let (rows, objects): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.objects).into_iter().unzip();
        let waiting: Vec<Vec<u8>> = rows.iter().map(|row| row.identity.clone()).collect();
        match self.work.collector.commit(objects, &waiting, summary).await {
            // What was fetched before the source got into trouble doesn't end the trouble.
            Ok(()) if self.stopped_by.is_some() => Ok(()),
            Ok(()) => self.clear().await,
            Err(error) => {
                let reason = format!("{error:#}");
                tracing::warn!(files = rows.len(), %reason, "a batch could not be committed");
                for row in &rows {
                    self.fail(row, Trouble::NotTakenIn, &reason, summary);
                }
                if self.in_a_row.failed(Trouble::NotTakenIn) {
                    self.stop(Trouble::NotTakenIn, reason).await?;
                }
                Ok(())
            }
        }
    }

    /// Something was taken in, so that nothing stops the source any more.
    async fn clear(&mut self) -> anyhow::Result<()> {
        let (database, source_id) =
            (&self.work.services.database, self.work.collector.source().source_id);
        let all = [String::new()];
        database.clear_source_troubles(source_id, During::Fetching, &all, false).await?;
        Ok(())
    }

    /// Notes the failures, and gives their claims back.
    async fn note(&mut self) -> anyhow::Result<()> {
        let (database, claimant) = (&self.work.services.database, self.work.claimant);
        let (troubled, gone) = (std::mem::take(&mut self.troubled), std::mem::take(&mut self.gone));
        database.note_waiting_troubles(claimant, &troubled).await?;
        database.drop_vanished(claimant, self.work.collector.source().source_id, &gone).await?;
        Ok(())
    }
}
