//! How the events are delivered: late, out of order, twice, in pieces, and some of them broken, as a seed has it.

use super::events::{ACCOUNTS, Event, REGIONS};
use crate::records::gzip;
use crate::world::{ORGANIZATION, at};
use chrono::{DateTime, Utc};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use std::collections::BTreeSet;

/// The first event.
pub(super) fn begin() -> DateTime<Utc> {
    at("2026-03-02")
}

/// Over how long they are spread.
pub(super) const DAYS: i64 = 3;

/// What is done to a file's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Harm {
    Nothing,
    Members,
    Truncated,
    Flipped,
    Trailing,
    CutDocument,
    /// So many records of it are none.
    Records(usize),
}

/// A file, as it lies in the bucket.
pub(super) struct File {
    pub(super) key: String,
    pub(super) bytes: Vec<u8>,
}

/// Everything that is delivered, and what must come of it.
pub(super) struct Plan {
    /// In the order of delivery.
    pub(super) files: Vec<File>,
    /// Those that are in a readable file.
    pub(super) events: Vec<Event>,
    /// How many deliveries of them there are beyond the first of each.
    pub(super) repeats: usize,
    /// Key, ordinal and a part of the reason.
    pub(super) quarantine: BTreeSet<(String, Option<i32>, &'static str)>,
}

impl Plan {
    /// A plan for about so many events.
    pub(super) fn new(seed: u64, count: u32) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let mut plan =
            Self { files: Vec::new(), events: Vec::new(), repeats: 0, quarantine: BTreeSet::new() };
        let mut next = 0;
        while next < count {
            let length = random.random_range(1..900).min(count - next);
            plan.add_batch(&mut random, next..next + length);
            next += length;
        }
        plan.files.shuffle(&mut random);
        plan
    }

    /// The events of one account, Region and stretch of time, in a file or two, and perhaps of a second trail.
    fn add_batch(&mut self, random: &mut StdRng, numbers: std::ops::Range<u32>) {
        let place = (random.random_range(0..ACCOUNTS.len()), random.random_range(0..REGIONS.len()));
        let start = begin().timestamp() + random.random_range(0..DAYS * 86_400);
        let delay = if random.random_ratio(1, 12) { 2 * 86_400 } else { 0 };
        let delivered = start + 900 + delay + random.random_range(0..600);
        let day = delivered.div_euclid(86_400);
        let mut events: Vec<Event> = numbers
            .map(|number| {
                let seconds = start + random.random_range(0..900);
                Event::random(random, number, (place.0, place.1, day), seconds)
            })
            .collect();
        events.shuffle(random);
        let mut readable = BTreeSet::new();
        let mut delivered_count = 0;
        let mut deliver = |plan: &mut Self, random: &mut StdRng, part: &[Event]| {
            for number in plan.add_file(random, place, delivered, part) {
                readable.insert(number);
                delivered_count += 1;
            }
        };
        if random.random_ratio(1, 4) {
            let (one, other) = events.split_at(events.len() / 2);
            deliver(self, random, one);
            deliver(self, random, other);
        } else {
            deliver(self, random, &events);
        }
        if random.random_ratio(1, 8) {
            // Another trail has them in another order.
            events.shuffle(random);
            deliver(self, random, &events);
        }
        self.repeats += delivered_count - readable.len();
        self.events.extend(events.into_iter().filter(|event| readable.contains(&event.number)));
    }

    /// Adds a file; gives back the numbers of the events that can be read from it.
    fn add_file(
        &mut self,
        random: &mut StdRng,
        (account, region): (usize, usize),
        delivered: i64,
        events: &[Event],
    ) -> Vec<u32> {
        let harm = match random.random_range(0..60) {
            0 => Harm::Truncated,
            1 => Harm::Flipped,
            2 => Harm::Trailing,
            3 => Harm::CutDocument,
            4..8 => Harm::Records(random.random_range(1..4)),
            8..12 => Harm::Members,
            _ => Harm::Nothing,
        };
        let key = key(random, ACCOUNTS[account], REGIONS[region], delivered);
        let mut texts: Vec<Vec<u8>> =
            events.iter().map(|event| event.text().into_bytes()).collect();
        let mut readable: Vec<u32> = events.iter().map(|event| event.number).collect();
        if let Harm::Records(count) = harm {
            let places: BTreeSet<usize> =
                (0..count).map(|_| random.random_range(0..texts.len())).collect();
            for place in places.into_iter().rev() {
                let reason = spoil(random, &mut texts[place]);
                readable.remove(place);
                let ordinal = i32::try_from(place).unwrap();
                self.quarantine.insert((key.clone(), Some(ordinal), reason));
            }
        }
        let document = [b"{\"Records\":[", texts.join(&b",\n"[..]).as_slice(), b"]}"].concat();
        let (bytes, reason) = pack(random, harm, &document);
        if let Some(reason) = reason {
            self.quarantine.insert((key.clone(), None, reason));
            readable.clear();
        }
        self.files.push(File { key, bytes });
        readable
    }
}

/// Makes a record that is none, and says what will be said of it.
fn spoil(random: &mut StdRng, text: &mut Vec<u8>) -> &'static str {
    match random.random_range(0..4) {
        0 => {
            text.splice(1..1, *b"\"odd\":nope,");
            "not a JSON object"
        }
        1 => {
            let at = text.windows(8).position(|part| part == b"customer").unwrap();
            text[at] = 0xff;
            "not UTF-8"
        }
        2 => {
            *text = b"{\"a\":1}".to_vec();
            "neither eventTime"
        }
        _ => {
            *text = b"17".to_vec();
            "not a JSON object"
        }
    }
}

/// The file's bytes, and why the whole of it will be refused.
fn pack(random: &mut StdRng, harm: Harm, document: &[u8]) -> (Vec<u8>, Option<&'static str>) {
    let broken = Some("gzip stream is broken");
    let mut bytes = gzip(document);
    match harm {
        Harm::Nothing | Harm::Records(_) => (bytes, None),
        Harm::Members => {
            let (one, other) = document.split_at(random.random_range(0..document.len()));
            ([gzip(one), gzip(other)].concat(), None)
        }
        Harm::Truncated => {
            bytes.truncate(random.random_range(12..bytes.len()));
            (bytes, broken)
        }
        Harm::Flipped => {
            // The checksum, so that no luck can make it right.
            let at = bytes.len() - 8;
            bytes[at] ^= 1 << random.random_range(0..8);
            (bytes, broken)
        }
        Harm::Trailing => {
            bytes.extend_from_slice(b"trailing bytes");
            (bytes, broken)
        }
        Harm::CutDocument => {
            let end = random.random_range(12..document.len() - 1);
            (gzip(&document[..end]), Some("ends before"))
        }
    }
}

fn key(random: &mut StdRng, account: &str, region: &str, delivered: i64) -> String {
    let time = DateTime::from_timestamp(delivered, 0).unwrap();
    let (day, minute) = (time.format("%Y/%m/%d"), time.format("%Y%m%dT%H%MZ"));
    let unique = format!("{:016x}", random.random::<u64>());
    format!(
        "AWSLogs/{ORGANIZATION}/{account}/CloudTrail/{region}/{day}/{account}_CloudTrail_{region}_{minute}_{unique}.json.gz"
    )
}
