//! Histogram, totals, facets and suggestions.

use super::candidates::Scan;
use super::planner::{AnsweredBy, Decision, Planner, Wanted};
use super::{Answered, Prepared, internal, prepare, summary};
use crate::access::Caller;
use crate::services::Services;
use chrono::DateTime;
use orgtrail_shared::console::{
    Completion, ConsoleError, Count, FacetCounts, FacetValue, Histogram, HistogramBucket, Reads,
    SearchRequest,
};
use orgtrail_shared::event::{Access, EventSummary};
use orgtrail_shared::query::{Condition, Facet, OTHER_QUALIFIERS, Query, TextField};
use orgtrail_shared::time::TimeRange;
use orgtrail_storage::events::{Answer, EventFilter, FacetRow, Question};
use std::collections::HashMap;
use std::time::Instant;

/// How many bars a histogram has at the most.
const BUCKETS_MAX: i64 = 120;

/// How many values a facet shows.
const VALUES: u8 = 10;

/// How many matches are counted when each must be checked on its record.
const CHECKED_MAX: usize = 2_000;

/// The length of a bar: a round time that makes at most [`BUCKETS_MAX`] of them.
fn bucket_seconds(range: TimeRange) -> i32 {
    const STEPS: [i32; 14] =
        [1, 5, 15, 60, 300, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400, 604_800, 2_592_000];
    let length = range.length().num_seconds();
    STEPS.into_iter().find(|step| length / i64::from(*step) <= BUCKETS_MAX).unwrap_or(7_776_000)
}

/// The range whose ends lie on whole bars.
fn aligned(range: TimeRange, step: i32) -> TimeRange {
    let step = i64::from(step);
    let low = range.start().timestamp().div_euclid(step) * step;
    let high = (range.end().timestamp() + step - 1).div_euclid(step) * step;
    let time = |seconds| DateTime::from_timestamp(seconds, 0);
    time(low)
        .zip(time(high))
        .and_then(|(low, high)| TimeRange::new(low, high).ok())
        .unwrap_or(range)
}

/// Asks rows or segments, as was decided. The answers come in the order of the questions.
async fn count(
    services: &Services,
    caller: &Caller,
    range: TimeRange,
    decision: &mut Decision,
    questions: &[(&EventFilter, Question)],
) -> Result<Vec<Answer>, ConsoleError> {
    let (database, scope) = (&services.database, &caller.scope);
    if decision.answered_by == AnsweredBy::Segments {
        let answers = database.count_in_segments(&services.segments, scope, range, questions).await;
        if let Some(answers) = decision.unless_unreadable(answers)? {
            return Ok(answers);
        }
    }
    let mut answers = Vec::with_capacity(questions.len());
    for (filter, question) in questions {
        let answer = match *question {
            Question::Count => database.count_events(scope, filter, range).await.map(Answer::Count),
            Question::Histogram { shift, bucket_seconds } => database
                .histogram(scope, filter, range, shift, bucket_seconds)
                .await
                .map(Answer::Histogram),
            Question::Facet { facet, values } => database
                .facet(scope, filter, range, facet, "", values)
                .await
                .map(|(rows, others)| Answer::Facet(rows, others)),
        };
        answers.push(answer.map_err(internal)?);
    }
    Ok(answers)
}

/// Counts the events of a search by time.
///
/// # Errors
///
/// As [`prepare`].
pub async fn histogram(
    services: &Services,
    caller: &Caller,
    request: &SearchRequest,
) -> Result<Answered<Histogram>, ConsoleError> {
    let begun = Instant::now();
    let organization_id = caller.scope.organization_id;
    let mut prepared = prepare(services, caller, request).await?;
    let step = bucket_seconds(prepared.range);
    let bars = aligned(prepared.range, step);
    let mut buckets = empty_buckets(bars, step);
    let mut hidden_reads = Count::default();
    let is_hiding = request.reads == Reads::Hide;
    let mut decision = Planner::new(services).await?.decide(&prepared.filter, Wanted::Counts);
    if decision.answered_by != AnsweredBy::Records {
        let reads = is_hiding.then(|| {
            let mut reads = prepared.filter.clone();
            reads.only_reads();
            prepared.filter.hide_reads();
            reads
        });
        let shift =
            i32::try_from((prepared.range.start() - bars.start()).num_seconds()).unwrap_or(0);
        let question = Question::Histogram { shift, bucket_seconds: step };
        let mut questions = vec![(&prepared.filter, question)];
        questions.extend(reads.as_ref().map(|reads| (reads, Question::Count)));
        let mut rows = Vec::new();
        for answer in count(services, caller, prepared.range, &mut decision, &questions).await? {
            match answer {
                Answer::Histogram(found) => rows = found,
                Answer::Count(count) => hidden_reads.events = count.unsigned_abs(),
                Answer::Facet(..) => {}
            }
        }
        services.answers.add(organization_id, Wanted::Counts, &decision, begun);
        for row in rows {
            if let Some(bucket) =
                usize::try_from(row.bucket).ok().and_then(|index| buckets.get_mut(index))
            {
                bucket.writes += row.writes.unsigned_abs();
                bucket.reads += row.reads.unsigned_abs();
                bucket.errors += row.errors.unsigned_abs();
            }
        }
        let events =
            buckets.iter().map(|bucket| bucket.writes + bucket.reads + bucket.errors).sum();
        let total = Count { events, is_lower_bound: false };
        let bucket_seconds = step.unsigned_abs();
        let answer = Histogram { bucket_seconds, buckets, total, hidden_reads };
        return Ok(Answered { answer, decision });
    }
    let (mut events, is_lower_bound) = checked_events(services, caller, &prepared).await?;
    services.answers.add(organization_id, Wanted::Counts, &decision, begun);
    if is_hiding {
        let count = events.len();
        events.retain(|event| event.access != Access::Read);
        hidden_reads = Count { events: (count - events.len()) as u64, is_lower_bound };
    }
    for event in &events {
        let index = (event.time - bars.start()).num_seconds() / i64::from(step);
        if let Some(bucket) = usize::try_from(index).ok().and_then(|index| buckets.get_mut(index)) {
            match event.access {
                _ if !event.error_code.is_empty() => bucket.errors += 1,
                Access::Read => bucket.reads += 1,
                Access::Write | Access::Unknown => bucket.writes += 1,
            }
        }
    }
    let total = Count { events: events.len() as u64, is_lower_bound };
    let answer = Histogram { bucket_seconds: step.unsigned_abs(), buckets, total, hidden_reads };
    Ok(Answered { answer, decision })
}

fn empty_buckets(bars: TimeRange, step: i32) -> Vec<HistogramBucket> {
    let step = i64::from(step);
    let count = bars.length().num_seconds() / step;
    (0..count)
        .filter_map(|index| DateTime::from_timestamp(bars.start().timestamp() + index * step, 0))
        .map(|start| HistogramBucket { start, writes: 0, reads: 0, errors: 0 })
        .collect()
}

/// Matches that had to be checked on their records, newest first, and whether there may be more.
async fn checked_events(
    services: &Services,
    caller: &Caller,
    prepared: &Prepared,
) -> Result<(Vec<EventSummary>, bool), ConsoleError> {
    let scan = Scan::new(services, caller, prepared).await?;
    let found = scan.run(None, CHECKED_MAX).await?;
    let is_lower_bound = found.next.is_some() || !found.incomplete.is_empty();
    Ok((found.hits.iter().map(summary).collect(), is_lower_bound))
}

/// The query without its conditions on one field, so that a facet shows the values one could switch to.
fn without(query: &Query, facet: Facet) -> Query {
    let concerns = |condition: &Condition| match (condition, facet) {
        (Condition::Account(_), Facet::Account)
        | (Condition::Network(_), Facet::Text(TextField::SourceIp)) => true,
        (Condition::Text(field, _), Facet::Text(wanted)) => *field == wanted,
        _ => false,
    };
    Query { terms: query.terms.iter().filter(|term| !concerns(&term.condition)).cloned().collect() }
}

/// The most frequent values of every facet, each counted under the conditions on the other fields.
///
/// # Errors
///
/// As [`prepare`].
pub async fn facets(
    services: &Services,
    caller: &Caller,
    request: &SearchRequest,
) -> Result<Answered<Vec<FacetCounts>>, ConsoleError> {
    let begun = Instant::now();
    let prepared = prepare(services, caller, request).await?;
    let mut decision = Planner::new(services).await?.decide(&prepared.filter, Wanted::Counts);
    let query = Query::parse(&request.query).map_err(|error| ConsoleError::Query { error })?;
    let mut all: Vec<(Facet, Prepared)> = Vec::new();
    for facet in Facet::ALL {
        // The scope stays: the console is looking at it.
        let own = SearchRequest { query: without(&query, facet).to_string(), ..request.clone() };
        let mut own = prepare(services, caller, &own).await?;
        if request.reads == Reads::Hide {
            own.filter.hide_reads();
        }
        all.push((facet, own));
    }
    let mut known = counted_together(services, caller, &all, &mut decision).await?;
    let mut counts = Vec::new();
    let mut checked: Option<(Vec<EventSummary>, bool)> = None;
    for (facet, own) in all {
        if let Some(found) = known.remove(&facet) {
            counts.push(found);
            continue;
        }
        let is_same = own.query == prepared.query;
        // Facets without conditions of their own count the same events: those are read once.
        let known = checked.take_if(|_| is_same);
        let (events, is_lower_bound) = match known {
            Some(known) => known,
            None => checked_events(services, caller, &own).await?,
        };
        counts.push(tally(facet, &events, is_lower_bound));
        if is_same {
            checked = Some((events, is_lower_bound));
        }
    }
    services.answers.add(caller.scope.organization_id, Wanted::Counts, &decision, begun);
    Ok(Answered { answer: counts, decision })
}

/// The facets that the index can count, by facet. Those that segments count share one pass; when they can't, that is
/// the decision.
async fn counted_together(
    services: &Services,
    caller: &Caller,
    all: &[(Facet, Prepared)],
    whole: &mut Decision,
) -> Result<HashMap<Facet, FacetCounts>, ConsoleError> {
    let mut counts = HashMap::new();
    let planner = Planner::new(services).await?;
    let mut plans = Vec::new();
    for (facet, own) in all {
        let decision = planner.decide(&own.filter, Wanted::Counts);
        if decision.answered_by != AnsweredBy::Records {
            plans.push((*facet, own, decision));
        }
    }
    // A facet's own conditions don't narrow the time, so all ranges are the same.
    for by in [AnsweredBy::Segments, AnsweredBy::Rows] {
        let part: Vec<_> = plans.iter().filter(|plan| plan.2.answered_by == by).collect();
        let Some((_, first, decision)) = part.first() else { continue };
        let mut decision = decision.clone();
        let question = |facet| Question::Facet { facet, values: i64::from(VALUES) };
        let questions: Vec<_> =
            part.iter().map(|(facet, own, _)| (&own.filter, question(*facet))).collect();
        let answers = count(services, caller, first.range, &mut decision, &questions).await?;
        if decision.answered_by != by {
            whole.clone_from(&decision);
        }
        for ((facet, ..), answer) in part.into_iter().zip(answers) {
            if let Answer::Facet(rows, others) = answer {
                counts.insert(*facet, facet_counts(*facet, rows, others));
            }
        }
    }
    Ok(counts)
}

fn facet_counts(facet: Facet, rows: Vec<FacetRow>, others: i64) -> FacetCounts {
    let values = rows.into_iter().map(|row| FacetValue {
        value: row.value,
        label: row.label,
        events: row.events.unsigned_abs(),
    });
    FacetCounts {
        facet,
        values: values.collect(),
        others: others.unsigned_abs(),
        is_lower_bound: false,
    }
}

fn tally(facet: Facet, events: &[EventSummary], is_lower_bound: bool) -> FacetCounts {
    let mut counts: HashMap<(String, String), u64> = HashMap::new();
    for event in events {
        *counts.entry(facet_value(facet, event)).or_default() += 1;
    }
    let mut values: Vec<FacetValue> = counts
        .into_iter()
        .map(|((value, label), events)| FacetValue { value, label, events })
        .collect();
    values.sort_by(|one, other| other.events.cmp(&one.events).then(one.value.cmp(&other.value)));
    let others = values.len().saturating_sub(usize::from(VALUES)) as u64;
    values.truncate(usize::from(VALUES));
    FacetCounts { facet, values, others, is_lower_bound }
}

fn facet_value(facet: Facet, event: &EventSummary) -> (String, String) {
    let plain = |text: &str| (text.to_owned(), String::new());
    match facet {
        Facet::Account => (event.account.clone(), event.account_name.clone()),
        Facet::Text(TextField::EventName) => plain(&event.event_name),
        Facet::Text(TextField::EventSource) => plain(&event.event_source),
        Facet::Text(TextField::Principal) => {
            let own = if event.principal.arn.is_empty() {
                &event.principal.name
            } else {
                &event.principal.arn
            };
            (own.clone(), event.principal.name.clone())
        }
        Facet::Text(TextField::Error) => plain(&event.error_code),
        Facet::Text(TextField::Region) => plain(&event.region),
        Facet::Text(TextField::SourceIp) => plain(&event.source_ip),
        Facet::Text(TextField::UserAgent) => plain(&event.user_agent),
        Facet::Text(_) => (String::new(), String::new()),
    }
}

/// Suggestions for the word at the cursor: qualifiers, or values that occur in the range under the caller's scope.
///
/// # Errors
///
/// As [`prepare`].
pub async fn suggestions(
    services: &Services,
    caller: &Caller,
    request: &SearchRequest,
    word: &str,
) -> Result<Vec<Completion>, ConsoleError> {
    let (minus, bare) = word.strip_prefix('-').map_or(("", word), |bare| ("-", bare));
    let Some((name, value)) = bare.split_once(':') else {
        let known =
            TextField::ALL.iter().map(|(_, name, help)| (*name, *help)).chain(OTHER_QUALIFIERS);
        return Ok(known
            .filter(|(name, _)| name.starts_with(bare))
            .map(|(name, help)| Completion {
                insert: format!("{minus}{name}:"),
                detail: help.to_owned(),
            })
            .collect());
    };
    if name == "is" {
        return Ok(orgtrail_shared::query::Kind::ALL
            .into_iter()
            .filter(|(_, kind)| kind.starts_with(value))
            .map(|(_, kind)| Completion {
                insert: format!("{minus}is:{kind}"),
                detail: String::new(),
            })
            .collect());
    }
    if name == "proof" {
        return Ok(orgtrail_shared::proof::FileVerdict::ALL
            .into_iter()
            .filter(|verdict| verdict.name().starts_with(value))
            .map(|verdict| Completion {
                insert: format!("{minus}proof:{}", verdict.name()),
                detail: verdict.in_words().to_owned(),
            })
            .collect());
    }
    let Some(facet) = Facet::from_qualifier(name) else { return Ok(Vec::new()) };
    let listed = value.rsplit_once(',').map_or("", |(before, _)| before);
    let beginning = value.rsplit(',').next().unwrap_or_default();
    let anything = SearchRequest { query: String::new(), ..request.clone() };
    let prepared = prepare(services, caller, &anything).await?;
    let (rows, _) = services
        .database
        .facet(&caller.scope, &prepared.filter, prepared.range, facet, beginning, 12)
        .await
        .map_err(internal)?;
    let join = if listed.is_empty() { "" } else { "," };
    Ok(rows
        .into_iter()
        .filter(|row| !row.value.is_empty())
        .map(|row| {
            let needs_quotes = row.value.contains([' ', ',', '"', '\\', '*', '?']);
            let text = if needs_quotes {
                format!("\"{}\"", row.value.replace('\\', "\\\\").replace('"', "\\\""))
            } else {
                row.value
            };
            let label =
                if row.label.is_empty() { String::new() } else { format!("{} · ", row.label) };
            Completion {
                insert: format!("{minus}{name}:{listed}{join}{text}"),
                detail: format!("{label}{} events", row.events),
            }
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use orgtrail_shared::time::parse_time;

    #[test]
    fn a_range_never_has_too_many_bars_and_they_cover_it() {
        for (from, to) in [
            ("2026-11-20T12:00:07Z", "2026-11-20T12:00:09Z"),
            ("2026-11-19T12:34:56Z", "2026-11-20T12:34:56Z"),
            ("2026-11-01", "2026-11-20"),
            ("2013-01-01", "2026-11-20"),
        ] {
            let range = TimeRange::new(parse_time(from).unwrap(), parse_time(to).unwrap()).unwrap();
            let step = bucket_seconds(range);
            let bars = aligned(range, step);
            assert!(bars.start() <= range.start() && range.end() <= bars.end());
            let count = empty_buckets(bars, step).len();
            assert!((1..=122).contains(&count), "{count} bars of {step} s");
        }
    }

    #[test]
    fn a_facet_is_counted_without_its_own_conditions() {
        let query = Query::parse("event:A region:eu-west-1 -event:B ip:10.0.0.0/8").unwrap();
        let facet = Facet::from_qualifier("event").unwrap();
        assert_eq!(without(&query, facet).to_string(), "region:eu-west-1 ip:10.0.0.0/8");
        assert_eq!(without(&query, Facet::from_qualifier("ip").unwrap()).terms.len(), 3);
    }
}
