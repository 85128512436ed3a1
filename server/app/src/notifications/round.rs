//! One round: receive what is there, look at what it names, delete what is done with.

use crate::collect::base_of;
use crate::collect::{Fate, look_at};
use crate::services::{Services, SourceSettings};
use orgtrail_cloud::queue::{Message, Queue};
use orgtrail_domain::log_key::ObjectKind;
use orgtrail_domain::notification::{NamedObject, Notification};
use orgtrail_shared::notifications::QueueCounts;
use orgtrail_storage::sources::SourceRow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

/// How many messages a round works on.
const MESSAGES_MAX: usize = 100;

/// How often a round asks for messages, as those may be the same ones again.
const RECEIVES_MAX: usize = 20;

/// The messages of a pass that are done with. One that could not be deleted is not looked at again when it arrives.
pub(super) type Done = HashSet<String>;

/// What arrived: each message once, with the receipt of its last arrival, as an earlier one may be void.
#[derive(Default)]
struct Arrived {
    messages: HashMap<String, Message>,
}

/// Reads one round. What was counted before an error is given back, too.
pub(super) async fn read_round(
    services: &Services,
    queue: &Queue,
    sources: &[SourceRow],
    wait: Duration,
    done: &mut Done,
) -> (QueueCounts, Option<anyhow::Error>) {
    let mut counts = QueueCounts::default();
    let result = async {
        let arrived = receive(queue, wait, &mut counts).await?;
        let finished = work(services, sources, &arrived, done, &mut counts).await?;
        let receipts: Vec<String> = finished
            .iter()
            .filter_map(|id| Some(arrived.messages.get(id)?.receipt.clone()))
            .collect();
        counts.undeleted += queue.delete(&receipts).await;
        done.extend(finished);
        anyhow::Ok(())
    }
    .await;
    (counts, result.err())
}

async fn receive(
    queue: &Queue,
    wait: Duration,
    counts: &mut QueueCounts,
) -> anyhow::Result<Arrived> {
    let mut arrived = Arrived::default();
    for receive in 0..RECEIVES_MAX {
        let wait = if receive == 0 { wait } else { Duration::ZERO };
        let messages = queue.receive(wait).await?;
        if messages.is_empty() {
            break;
        }
        for message in messages {
            let is_new = arrived.messages.insert(message.id.clone(), message).is_none();
            counts.messages += u64::from(is_new);
            counts.repeated += u64::from(!is_new);
        }
        if arrived.messages.len() >= MESSAGES_MAX {
            break;
        }
    }
    Ok(arrived)
}

/// Which keys of which source the messages name.
type Wanted<'a> = BTreeMap<i32, (&'a SourceRow, BTreeSet<String>)>;

/// Looks at what the messages name. Gives back the messages that are done with.
async fn work(
    services: &Services,
    sources: &[SourceRow],
    arrived: &Arrived,
    done: &Done,
    counts: &mut QueueCounts,
) -> anyhow::Result<Vec<String>> {
    let (mut finished, mut wanted, mut notices) = (Vec::new(), Wanted::new(), Vec::new());
    for (id, message) in &arrived.messages {
        if done.contains(id) {
            counts.repeated += 1;
            finished.push(id.clone());
            continue;
        }
        let notice = Notification::read(&message.body);
        counts.other += notice.other;
        counts.named += notice.objects.len() as u64;
        if let Some(reason) = &notice.unknown {
            counts.unknown += 1;
            tracing::warn!(message.id = %id, "a message is not understood: {reason}");
        }
        for object in &notice.objects {
            match owner_of(sources, object) {
                Some(source) => {
                    let (_, keys) =
                        wanted.entry(source.source_id).or_insert((source, BTreeSet::new()));
                    keys.insert(object.key.clone());
                }
                None => counts.ignored += 1,
            }
        }
        notices.push((id, notice));
    }
    let failed = look(services, wanted, counts).await?;
    for (id, notice) in notices {
        let has_failed = notice.objects.iter().any(|object| failed.contains(&object.key));
        if notice.is_understood() && !has_failed {
            finished.push(id.clone());
        }
    }
    Ok(finished)
}

/// The source that an object belongs to, if it is a file of the layout.
fn owner_of<'a>(sources: &'a [SourceRow], object: &NamedObject) -> Option<&'a SourceRow> {
    ObjectKind::parse(&object.key).place()?;
    sources.iter().find(|source| {
        let original = SourceSettings::of(source).ok().and_then(|own| own.original_bucket);
        original.as_ref().unwrap_or(&source.bucket) == &object.bucket
            && object.key.starts_with(&base_of(source))
    })
}

/// Looks at keys, and gives back those that could not be looked at.
async fn look(
    services: &Services,
    wanted: Wanted<'_>,
    counts: &mut QueueCounts,
) -> anyhow::Result<HashSet<String>> {
    let mut failed = HashSet::new();
    for (source, keys) in wanted.into_values() {
        let keys: Vec<String> = keys.into_iter().collect();
        let fates = match services.open_source(source).await {
            Ok(objects) => look_at(services, source, &objects, &keys, usize::MAX).await?,
            Err(error) => vec![Fate::Failed(format!("{error:#}")); keys.len()],
        };
        for (key, fate) in keys.into_iter().zip(fates) {
            match fate {
                Fate::TakenIn { .. } => counts.taken_in += 1,
                Fate::Known => counts.known += 1,
                Fate::Absent => counts.absent += 1,
                Fate::Foreign => counts.ignored += 1,
                Fate::Waiting | Fate::Failed(_) => {
                    counts.failed += 1;
                    if let Fate::Failed(reason) = fate {
                        tracing::warn!(file.key = %key, "a notified object can't be read: {reason}");
                    }
                    failed.insert(key);
                }
            }
        }
    }
    Ok(failed)
}
