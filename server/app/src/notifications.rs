//! Reads the queues that tell of new objects. A notification is a hint: it says which key to look at now. What the
//! queue loses, repeats or tells in another order changes nothing but the wait, as every pass lists anyway.

mod round;

use crate::services::{Services, SourceSettings};
use orgtrail_cloud::queue::{Queue, QueueDepth};
use orgtrail_shared::notifications::{QueueCounts, QueueState};
use orgtrail_storage::sources::SourceRow;
use round::{Done, read_round};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long a pass listens.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How long it waits for a message; the service waits 20 seconds at most.
    pub wait: Duration,
    /// How often.
    pub rounds: usize,
}

impl Patience {
    /// That of the job: five minutes.
    pub const JOB: Self = Self { wait: Duration::from_secs(20), rounds: 15 };
}

/// Reads every queue that a log source names, all at once.
///
/// # Errors
///
/// When a queue can't be read, or the database or archive fails; the other queues were read.
pub async fn read_notifications(
    services: &Services,
    patience: Patience,
    shutdown: &CancellationToken,
) -> anyhow::Result<String> {
    let mut queues: BTreeMap<String, Vec<SourceRow>> = BTreeMap::new();
    for source in services.database.sources().await? {
        // One whose settings can't be read has no queue, and keeps no other from being read; its passes say why.
        let url = SourceSettings::of(&source).ok().and_then(|settings| settings.queue_url);
        if let Some(url) = url.filter(|_| SourceSettings::is_regular(&source)) {
            queues.entry(url).or_default().push(source);
        }
    }
    if queues.is_empty() {
        return Ok("no log source has a queue".to_owned());
    }
    let readings: Vec<_> = queues
        .into_iter()
        .map(|(url, sources)| {
            Box::pin(read_queue(services.clone(), url, sources, patience, shutdown.clone()))
        })
        .collect();
    let (mut all, mut failures) = (QueueCounts::default(), Vec::new());
    for (counts, error) in futures::future::join_all(readings).await {
        all.merge(&counts);
        failures.extend(error);
    }
    if failures.is_empty() {
        Ok(format!("{} messages, {} new objects", all.messages, all.taken_in))
    } else {
        anyhow::bail!("{}", failures.join("; "))
    }
}

/// Reads one queue for the sources that name it. What was read before an error is given back, too.
async fn read_queue(
    services: Services,
    url: String,
    sources: Vec<SourceRow>,
    patience: Patience,
    shutdown: CancellationToken,
) -> (QueueCounts, Option<String>) {
    let mut all = QueueCounts::default();
    let result = async {
        // All sources of a queue may read it; the first one's credentials are used.
        let Some(first) = sources.first() else { return Ok(()) };
        let queue = services.open_queue(first, &url).await?;
        let mut done = Done::default();
        for _ in 0..patience.rounds {
            if shutdown.is_cancelled() {
                break;
            }
            let (counts, error) =
                Box::pin(read_round(&services, &queue, &sources, patience.wait, &mut done)).await;
            all.merge(&counts);
            note(&services, &queue, &sources, &counts).await?;
            if let Some(error) = error {
                return Err(error);
            }
        }
        anyhow::Ok(())
    }
    .await;
    let Err(error) = result else { return (all, None) };
    let text = format!("{error:#}");
    let now = services.clock.now();
    for source in &sources {
        let (organization, id) = (source.organization_id, source.source_id);
        let noted = services.database.note_queue(organization, id, now, Err(&text)).await;
        if let Err(error) = noted {
            tracing::warn!(%error, "the failure of a queue could not be noted");
        }
    }
    (all, Some(text))
}

/// Stores what was read, and how full the queue is.
async fn note(
    services: &Services,
    queue: &Queue,
    sources: &[SourceRow],
    counts: &QueueCounts,
) -> anyhow::Result<()> {
    // How full it is may be a secret; its messages were read all the same.
    let depth = queue.depth().await;
    let (dead_letters, dead_letters_note) = match &depth {
        Err(error) => (None, Some(error.to_string())),
        Ok(QueueDepth { dead_letter_queue: None, .. }) => {
            (None, Some("the queue has no dead-letter queue".to_owned()))
        }
        Ok(QueueDepth { dead_letter_queue: Some(url), .. }) => match queue.count_of(url).await {
            Ok(count) => (Some(count), None),
            Err(error) => (None, Some(error.to_string())),
        },
    };
    let depth = depth.ok();
    let before: HashMap<i32, _> = services.database.queue_readings().await?.into_iter().collect();
    for source in sources {
        let known = before.get(&source.source_id).and_then(|reading| reading.state.as_ref());
        // Another queue begins from nothing.
        let mut sum = known
            .filter(|state| state.url == queue.url())
            .map_or_else(QueueCounts::default, |state| state.counts);
        sum.merge(counts);
        let state = QueueState {
            url: queue.url().to_owned(),
            waiting: depth.as_ref().map(|depth| depth.waiting),
            in_flight: depth.as_ref().map(|depth| depth.in_flight),
            dead_letters,
            dead_letters_note: dead_letters_note.clone(),
            counts: sum,
        };
        services
            .database
            .note_queue(source.organization_id, source.source_id, services.clock.now(), Ok(&state))
            .await?;
    }
    Ok(())
}
