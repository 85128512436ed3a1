//! What the trail delivers: log files and signed digests, in the order of their delivery.

mod digest;
mod log_file;

use crate::chain::Chain;
use crate::plan::Planner;
use crate::signing::SigningKey;
use crate::time::{self, DAY, HOUR, SLOT, to_utc};
use chrono::{DateTime, Utc};
use digest::{ListedFile, PreviousDigest};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An object as the trail puts it into its bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleObject {
    /// The object's key.
    pub key: String,
    /// The object's bytes: gzip of one JSON object.
    pub body: Vec<u8>,
    /// The header `Content-Type`.
    pub content_type: &'static str,
    /// The header `Content-Encoding`.
    pub content_encoding: &'static str,
    /// User metadata, without the prefix `x-amz-meta-`.
    pub metadata: Vec<(String, String)>,
    /// When it is delivered.
    pub delivered_at: DateTime<Utc>,
    /// How many records it holds; 0 for a digest.
    pub event_count: u32,
}

/// How far the trail has delivered. Small; kept by the caller between two calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryState {
    /// The end of what has been delivered; `None` at the beginning.
    pub delivered_until: Option<DateTime<Utc>>,
    pub(crate) chains: BTreeMap<String, ChainState>,
}

/// Where a chain stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ChainState {
    previous: Option<PreviousDigest>,
    /// The log files that the next digests have to list.
    listed: Vec<ListedFile>,
}

/// Delivers for all chains.
pub(crate) struct Courier<'a> {
    pub(crate) planner: &'a Planner,
    pub(crate) chains: &'a [Chain],
    pub(crate) key: &'a SigningKey,
}

impl Courier<'_> {
    /// Hands over everything that is delivered until `until`, oldest first.
    pub(crate) fn deliver(
        &self,
        state: &mut DeliveryState,
        until: DateTime<Utc>,
        sink: &mut dyn FnMut(SampleObject),
    ) {
        let until = time::floor(until.timestamp(), SLOT);
        let began_at = self.planner.moments.began_at;
        let mut from = state.delivered_until.map_or(began_at, |time| time.timestamp());
        // Day by day, so that never more than a day's objects are in memory.
        while from < until {
            let to = until.min(time::floor(from, DAY) + DAY);
            let mut objects = self.deliver_span(state, from, to);
            objects.sort_by(|left, right| {
                (left.delivered_at, &left.key).cmp(&(right.delivered_at, &right.key))
            });
            state.delivered_until = Some(to_utc(to));
            objects.into_iter().for_each(&mut *sink);
            from = to;
        }
    }

    /// The objects of all chains in a span of time, in no order, made by two threads or more.
    fn deliver_span(&self, state: &mut DeliveryState, from: i64, to: i64) -> Vec<SampleObject> {
        let works: Vec<Mutex<(ChainState, Vec<SampleObject>)>> = self
            .chains
            .iter()
            .map(|chain| {
                Mutex::new((state.chains.remove(&chain.name()).unwrap_or_default(), vec![]))
            })
            .collect();
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some((chain, work)) = {
                let index = next.fetch_add(1, Ordering::Relaxed);
                self.chains.get(index).zip(works.get(index))
            } {
                let mut work = work.lock().expect("no thread panics with the lock");
                let (chain_state, objects) = &mut *work;
                self.deliver_chain(chain, chain_state, (from, to), objects);
            }
        };
        if to - from <= 2 * HOUR {
            work();
        } else {
            let threads = std::thread::available_parallelism().map_or(2, usize::from).min(8);
            std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
        }
        let mut objects = Vec::new();
        for (chain, work) in self.chains.iter().zip(works) {
            let (chain_state, mut made) =
                work.into_inner().expect("no thread panics with the lock");
            state.chains.insert(chain.name(), chain_state);
            objects.append(&mut made);
        }
        objects
    }

    fn deliver_chain(
        &self,
        chain: &Chain,
        state: &mut ChainState,
        (from, to): (i64, i64),
        objects: &mut Vec<SampleObject>,
    ) {
        let altered_at = self.planner.moments.altered_at(chain);
        let mut hour = time::floor(from, HOUR) - 2 * HOUR;
        while hour <= to {
            let plan = self.planner.plan(chain, hour);
            for (index, file) in plan.files.iter().enumerate() {
                if from < file.slot && file.slot <= to {
                    let written = log_file::write(chain, &plan, (hour, index), altered_at);
                    state.listed.push(written.listed);
                    objects.push(written.object);
                }
            }
            hour += HOUR;
        }
        let lost = self.planner.moments.lost_window(chain);
        for window in chain.windows(from, to) {
            let listed: Vec<ListedFile> =
                state.listed.extract_if(.., |file| file.delivered_at < window.end).collect();
            let previous = state.previous.take().filter(|_| !window.is_starting);
            let digest =
                digest::Digest { chain, window, listed: &listed, previous: previous.as_ref() };
            let (object, link) = digest.write(self.key);
            state.previous = Some(link);
            if lost != Some(window) {
                objects.push(object);
            }
        }
    }
}

/// The gzip form of a text: one member, no time in it.
fn compress(text: &str) -> Vec<u8> {
    use libdeflater::{CompressionLvl, Compressor};
    let level = CompressionLvl::new(4).expect("libdeflate has levels 0 to 12");
    let mut compressor = Compressor::new(level);
    let mut bytes = vec![0; compressor.gzip_compress_bound(text.len())];
    let length = compressor
        .gzip_compress(text.as_bytes(), &mut bytes)
        .expect("the buffer is as long as the bound");
    bytes.truncate(length);
    bytes
}
