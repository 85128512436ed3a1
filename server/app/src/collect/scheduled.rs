//! Listing by the plan of the jobs: the newest days often, everything from time to time, and what failed later.

use super::discover::{Look, Reach, discover};
use super::pass::skipped_by_reason;
use super::trouble::{Patience, rest_source};
use crate::services::Services;
use chrono::TimeDelta;
use orgtrail_domain::collection::{EVIDENCE_DAYS, WINDOW_DAYS_MIN, window_days};
use orgtrail_shared::operations::Trouble;
use orgtrail_storage::sources::{Listed, ListedEverything, SourceRow};
use orgtrail_storage::waiting::During;
use tokio_util::sync::CancellationToken;

/// How often a source is listed completely.
const EVERYTHING_EVERY: TimeDelta = TimeDelta::hours(6);

/// How often the days are listed in which late files have turned up.
const WINDOW_EVERY: TimeDelta = TimeDelta::minutes(15);

/// Lists a source, unless it is left alone after a failure, and puts what is new into the queue. Gives back how many
/// objects that were, or nothing when it was left alone.
///
/// # Errors
///
/// When the source can't be opened or a part of it can't be listed, which is noted for operators; or the database fails.
pub async fn list_source(
    services: &Services,
    source: &SourceRow,
    shutdown: &CancellationToken,
) -> anyhow::Result<Option<u64>> {
    let (database, began_at) = (&services.database, services.clock.now());
    let known = database.source_troubles(Some(source.source_id)).await?;
    let known = known.into_iter().find(|known| known.during == During::Source.name());
    if known.is_some_and(|known| known.next_attempt_at > began_at) {
        return Ok(None);
    }
    let objects = match Box::pin(services.open_source(source)).await {
        Ok(objects) => objects,
        Err(error) => {
            let reason = format!("{error:#}");
            rest_source(services, source.source_id, During::Source, Trouble::Other, &reason)
                .await?;
            let listed = Listed { error: Some(reason), ..Listed::default() };
            database.note_listing(source.source_id, began_at, &listed).await?;
            return Err(error);
        }
    };
    let window_days = source_window(services, source.source_id).await?;
    let is_everything_due =
        source.everything_listed_at.is_none_or(|at| began_at - at >= EVERYTHING_EVERY);
    // The newest days matter most, and late ones cost as many requests as they are: they are listed now and then.
    let is_window_due = source.window_listed_at.is_none_or(|at| began_at - at >= WINDOW_EVERY);
    let reach = match (is_everything_due, is_window_due) {
        (true, _) => Reach::Everything,
        (false, true) => Reach::RecentDays(window_days),
        (false, false) => Reach::RecentDays(WINDOW_DAYS_MIN),
    };
    let look = Look {
        services,
        source,
        objects: &*objects,
        reach,
        window_days,
        patience: Patience::Resting,
        shutdown,
    };
    let seen = discover(&look, &|_| ()).await?;
    let listed = Listed {
        error: seen.failures.first().cloned(),
        is_window: is_window_due && seen.is_whole,
        everything: (is_everything_due && seen.is_whole).then(|| ListedEverything {
            foreign_objects: i64::try_from(seen.foreign_objects).unwrap_or(i64::MAX),
            skipped: skipped_by_reason(seen.skipped).into_iter().collect(),
        }),
    };
    database.note_listing(source.source_id, began_at, &listed).await?;
    match listed.error {
        Some(error) => anyhow::bail!("{error}"),
        None => Ok(Some(seen.added)),
    }
}

/// How many days a usual listing of a source looks back, by the lateness that was seen.
async fn source_window(services: &Services, source_id: i32) -> anyhow::Result<i64> {
    let since = services.clock.now() - TimeDelta::days(EVIDENCE_DAYS);
    let lateness: Vec<(i64, i64)> = services
        .database
        .lateness(since)
        .await?
        .into_iter()
        .filter(|(source, ..)| *source == source_id)
        .map(|(_, days, files)| (i64::from(days), files))
        .collect();
    Ok(window_days(&lateness))
}
