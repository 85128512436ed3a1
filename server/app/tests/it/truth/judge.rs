//! Answers of the server beside a naive recount.

use super::events::{ACCOUNTS, ACTORS, ADDRESSES, AGENTS, ERRORS, Event, NAMES, REGIONS};
use super::queries::{Field, Query};
use crate::server::{Credential, Server};
use orgtrail_shared::time::to_rfc3339;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How many pages of one search are read at most, and how many events of them.
const PAGES: usize = 3;
const EVENTS: usize = 600;

const FACETS: [(&str, Field); 8] = [
    ("account", Field::Account),
    ("event", Field::Name),
    ("source", Field::Source),
    ("principal", Field::Principal),
    ("error", Field::Error),
    ("region", Field::Region),
    ("ip", Field::Address),
    ("agent", Field::Agent),
];

/// What is true, and who asks.
pub(super) struct Judge<'a> {
    pub(super) server: &'a Server,
    pub(super) token: &'a Credential,
    /// A member's account, if a member asks.
    pub(super) account: Option<usize>,
    /// All events.
    pub(super) events: &'a [Event],
    /// Their numbers, by what they are known by.
    pub(super) numbers: &'a HashMap<String, u32>,
}

/// What was compared.
#[derive(Debug, Default)]
pub(super) struct Compared {
    /// How often which part of the index answered.
    pub(super) answered_by: BTreeMap<String, usize>,
    /// How many counts were exact, and how many searches were read to their end.
    pub(super) exact: usize,
    pub(super) whole: usize,
    /// How many events the searches found.
    pub(super) found: usize,
}

/// Says what differs, if something does.
macro_rules! ensure {
    ($condition:expr, $($words:tt)+) => { if !$condition { return Err(format!($($words)+)); } };
}

impl Judge<'_> {
    /// Compares every answer to one query.
    pub(super) async fn compare(
        &self,
        query: &Query,
        compared: &mut Compared,
    ) -> Result<(), String> {
        let naive = Naive::new(self, query);
        let text = query.text();
        let encoded = text.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"));
        let time = |seconds| to_rfc3339(chrono::DateTime::from_timestamp(seconds, 0).unwrap());
        let reads = if query.hides_reads { "hide" } else { "show" };
        let (from, to) = (time(query.range.0), time(query.range.1));
        let asked = format!("q={encoded}&reads={reads}&from={from}&to={to}");
        let histogram = self
            .server
            .get(&format!("/api/v1/events/histogram?{asked}&explain=1"), self.token)
            .await;
        if histogram.status == 400 && text.contains("time:") && naive.found.is_empty() {
            // The condition on time and the range have nothing in common, and that is said.
            return Ok(());
        }
        ensure!(histogram.status == 200, "histogram: {histogram:?}");
        let histogram = histogram.json();
        let by = histogram["explain"]["answered_by"].as_str().unwrap_or_default().to_owned();
        *compared.answered_by.entry(by).or_default() += 1;
        compared.exact += usize::from(naive.histogram(&histogram)?);
        let facets = self.server.get(&format!("/api/v1/events/facets?{asked}"), self.token).await;
        ensure!(facets.status == 200, "facets: {facets:?}");
        naive.facets(&facets.json())?;
        self.pages(&naive, &asked, compared).await
    }

    async fn pages(
        &self,
        naive: &Naive<'_>,
        asked: &str,
        compared: &mut Compared,
    ) -> Result<(), String> {
        let (mut found, mut seconds, mut next) = (BTreeSet::new(), Vec::new(), String::new());
        let mut boundary = i64::MIN;
        for page in 1..=PAGES {
            let path = format!("/api/v1/events?{asked}&limit=300{next}");
            let answer = self.server.get(&path, self.token).await;
            ensure!(answer.status == 200, "page {page}: {answer:?}");
            let answer = answer.json();
            for event in answer["events"].as_array().unwrap() {
                let id = event["event_id"].as_str().unwrap();
                let name = event["event_name"].as_str().unwrap();
                let number = self.numbers.get(id).or_else(|| self.numbers.get(name));
                let Some(number) = number else { return Err(format!("nobody delivered {event}")) };
                ensure!(found.insert(*number), "{event} is there twice");
                seconds.push(
                    chrono::DateTime::parse_from_rfc3339(event["time"].as_str().unwrap())
                        .unwrap()
                        .timestamp(),
                );
            }
            let Some(token) = answer["next"].as_str() else {
                compared.whole += 1;
                boundary = i64::MIN;
                break;
            };
            next = format!("&page={token}");
            // Behind the place where it stopped nothing is said.
            boundary = match answer["looked_back_to"].as_str() {
                Some(time) => chrono::DateTime::parse_from_rfc3339(time).unwrap().timestamp(),
                None => *seconds.last().unwrap(),
            };
            if found.len() >= EVENTS {
                break;
            }
        }
        compared.found += found.len();
        ensure!(seconds.is_sorted_by(|one, other| one >= other), "the page is not in order");
        let wanted: BTreeSet<u32> = naive.found.iter().map(|event| event.number).collect();
        let extra: Vec<&u32> = found.difference(&wanted).take(3).collect();
        ensure!(extra.is_empty(), "events {extra:?} don't match");
        let lost = naive
            .found
            .iter()
            .filter(|event| event.seconds > boundary && !found.contains(&event.number));
        let lost: Vec<&Event> = lost.copied().take(3).collect();
        ensure!(lost.is_empty(), "of {} events these are missing: {lost:?}", wanted.len());
        Ok(())
    }
}

/// What a query means, by looking at each event.
struct Naive<'a> {
    query: &'a Query,
    /// The events in scope and range, with a bit for each condition that holds.
    events: Vec<(&'a Event, u32)>,
    /// Those that are found.
    found: Vec<&'a Event>,
    hidden: usize,
}

fn is_read(event: &Event) -> bool {
    event.is_read == Some(true)
}

impl<'a> Naive<'a> {
    fn new(judge: &Judge<'a>, query: &'a Query) -> Self {
        let (from, to) = query.range;
        let all = (1 << query.terms.len()) - 1;
        let events: Vec<(&Event, u32)> = judge
            .events
            .iter()
            .filter(|event| from <= event.seconds && event.seconds < to)
            .filter(|event| judge.account.is_none_or(|account| event.account == account))
            .map(|event| {
                let bits = query
                    .terms
                    .iter()
                    .enumerate()
                    .map(|(place, term)| u32::from(term.holds(event)) << place);
                (event, bits.sum())
            })
            .collect();
        let matching = events.iter().filter(|(_, bits)| *bits == all).map(|(event, _)| *event);
        let (hidden, found): (Vec<&Event>, Vec<&Event>) =
            matching.partition(|event| query.hides_reads && is_read(event));
        Self { query, found, hidden: hidden.len(), events }
    }

    /// Compares bars and sums; whether they were exact.
    fn histogram(&self, answer: &Value) -> Result<bool, String> {
        let total = answer["total"]["events"].as_u64().unwrap();
        let wanted = self.found.len() as u64;
        if answer["total"]["is_lower_bound"] == true {
            ensure!(total <= wanted, "at least {total} events, but there are {wanted}");
            return Ok(false);
        }
        ensure!(total == wanted, "{total} events are counted, and there are {wanted}");
        let hidden = answer["hidden_reads"]["events"].as_u64().unwrap();
        ensure!(
            hidden == self.hidden as u64,
            "{hidden} reads are hidden, and there are {}",
            self.hidden
        );
        let step = answer["bucket_seconds"].as_i64().unwrap();
        let mut bars: BTreeMap<i64, [u64; 3]> = BTreeMap::new();
        for event in &self.found {
            let kind = if event.error != 0 { 2 } else { usize::from(is_read(event)) };
            bars.entry(event.seconds.div_euclid(step) * step).or_default()[kind] += 1;
        }
        for bar in answer["buckets"].as_array().unwrap() {
            let start = chrono::DateTime::parse_from_rfc3339(bar["start"].as_str().unwrap())
                .unwrap()
                .timestamp();
            let counted = ["writes", "reads", "errors"].map(|name| bar[name].as_u64().unwrap());
            let wanted = bars.remove(&start).unwrap_or_default();
            ensure!(counted == wanted, "the bar {bar} should be {wanted:?}");
        }
        ensure!(bars.is_empty(), "there are no bars for {bars:?}");
        Ok(true)
    }

    fn facets(&self, answer: &Value) -> Result<(), String> {
        for (place, (name, field)) in FACETS.into_iter().enumerate() {
            let facet = &answer[place];
            ensure!(facet["facet"] == name, "{facet} is not {name}");
            let counts = self.counts(field);
            let values = facet["values"].as_array().unwrap();
            let is_lower_bound = facet["is_lower_bound"] == true;
            for value in values {
                let events = value["events"].as_u64().unwrap();
                let wanted = counts.get(value["value"].as_str().unwrap()).copied().unwrap_or(0);
                let is_right = if is_lower_bound { events <= wanted } else { events == wanted };
                ensure!(is_right, "{name} counts {value}, and there are {wanted}");
            }
            if is_lower_bound {
                continue;
            }
            let mut wanted: Vec<u64> = counts.values().copied().collect();
            wanted.sort_unstable_by(|one, other| other.cmp(one));
            let others = wanted.len().saturating_sub(10);
            wanted.truncate(10);
            let found: Vec<u64> =
                values.iter().map(|value| value["events"].as_u64().unwrap()).collect();
            ensure!(found == wanted, "{name} counts {found:?}, and it should be {wanted:?}");
            ensure!(
                facet["others"] == others,
                "{name} has {others} others, not {}",
                facet["others"]
            );
        }
        Ok(())
    }

    /// The counts of a facet's values, under the conditions on all other fields.
    fn counts(&self, field: Field) -> BTreeMap<String, u64> {
        let of_others = self.query.terms.iter().enumerate().filter(|(_, term)| term.field != field);
        let needed: u32 = of_others.map(|(place, _)| 1 << place).sum();
        let mut places: HashMap<(usize, u32), u64> = HashMap::new();
        for (event, bits) in &self.events {
            if bits & needed == needed && !(self.query.hides_reads && is_read(event)) {
                *places.entry(place_of(field, event)).or_default() += 1;
            }
        }
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for ((place, number), count) in places {
            *counts.entry(value_of(field, place, number)).or_default() += count;
        }
        counts
    }
}

/// The place of an event's value in its table; a name of its own by the number.
fn place_of(field: Field, event: &Event) -> (usize, u32) {
    match field {
        Field::Account => (event.account, 0),
        Field::Name if event.has_id => (event.name, 0),
        Field::Name => (NAMES.len(), event.number),
        Field::Source => (event.name, 0),
        Field::Principal => (event.actor, 0),
        Field::Error => (event.error, 0),
        Field::Region => (event.region, 0),
        Field::Address => (event.address, 0),
        Field::Agent => (event.agent, 0),
        Field::Other => (0, 0),
    }
}

fn value_of(field: Field, place: usize, number: u32) -> String {
    match field {
        Field::Account => ACCOUNTS[place],
        Field::Name => {
            return NAMES
                .get(place)
                .map_or(format!("NoId{number}"), |(name, _)| (*name).to_owned());
        }
        Field::Source => NAMES[place].1,
        Field::Principal => ACTORS[place].principal(),
        Field::Error => ERRORS[place],
        Field::Region => REGIONS[place],
        Field::Address => ADDRESSES[place],
        Field::Agent => AGENTS[place],
        Field::Other => "",
    }
    .to_owned()
}
