//! When logs are due: memberships, the trail's life, recorded stops.

use super::links::Known;
use super::{ChainInput, RecordedStop, STOP_TOLERANCE, shifted};
use chrono::{DateTime, Utc};
use orgtrail_shared::time::to_rfc3339;

/// What a time in which logs are due begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begin {
    /// The account joined the organization.
    Joined,
    /// The trail began.
    TrailBegan,
    /// A recorded stop of logging ended.
    StopEnded,
    /// Nothing is known but the first evidence itself.
    FirstSeen,
}

/// A time, `to` not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: DateTime<Utc>,
    pub(super) to: DateTime<Utc>,
    pub(super) begin: Begin,
}

/// A part of time: either due, or not and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) from: DateTime<Utc>,
    pub(super) to: DateTime<Utc>,
    pub(super) due: Result<Span, String>,
}

/// A recorded stop with its tolerance.
struct Stop {
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    recorded: RecordedStop,
}

/// When logs are due.
pub(super) struct Expectation<'a> {
    /// Membership and the trail's life, to the second. Empty when nothing at all is known.
    pub(super) member: Vec<Span>,
    /// The same without recorded stops and leaving, each with [`STOP_TOLERANCE`].
    due: Vec<Span>,
    stops: Vec<Stop>,
    input: &'a ChainInput<'a>,
}

impl<'a> Expectation<'a> {
    pub(super) fn new(input: &'a ChainInput<'a>, known: &Known<'_>) -> Self {
        let member = member_spans(input, known);
        let stops = undue_stops(input, known);
        let mut due = Vec::new();
        for span in &member {
            let to = shifted(span.to, -STOP_TOLERANCE);
            let mut rest = Span {
                to: if span.to == DateTime::<Utc>::MAX_UTC { span.to } else { to },
                ..*span
            };
            for stop in &stops {
                if stop.until <= rest.from || rest.to <= stop.from {
                    continue;
                }
                if rest.from < stop.from {
                    due.push(Span { to: stop.from, ..rest });
                }
                rest = Span { from: stop.until, begin: Begin::StopEnded, ..rest };
            }
            if rest.from < rest.to {
                due.push(rest);
            }
        }
        Self { member, due, stops, input }
    }

    /// Cuts a time into parts that are due and parts that are not, without holes.
    pub(super) fn pieces(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Piece> {
        self.cut(&self.due, from, to)
    }

    /// Cuts a time by membership and the trail's life only.
    pub(super) fn member_pieces(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Piece> {
        self.cut(&self.member, from, to)
    }

    fn cut(&self, spans: &[Span], from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut cursor = from;
        let first = spans.partition_point(|span| span.to <= from);
        for span in spans[first..].iter().take_while(|span| span.from < to) {
            let start = span.from.max(cursor);
            if cursor < start {
                self.push_undue(&mut pieces, cursor, start);
            }
            let end = span.to.min(to);
            pieces.push(Piece { from: start, to: end, due: Ok(*span) });
            cursor = end;
        }
        if cursor < to {
            self.push_undue(&mut pieces, cursor, to);
        }
        pieces
    }

    /// Adds time in which nothing is due, cut where the reason changes.
    fn push_undue(&self, pieces: &mut Vec<Piece>, from: DateTime<Utc>, to: DateTime<Utc>) {
        let mut bounds: Vec<_> = self
            .member
            .iter()
            .flat_map(|span| [span.from, span.to])
            .chain(self.stops.iter().flat_map(|stop| [stop.from, stop.until]))
            .chain(self.input.trail_began_at)
            .filter(|bound| from < *bound && *bound < to)
            .collect();
        bounds.extend([from, to]);
        bounds.sort_unstable();
        bounds.dedup();
        for bound in bounds.windows(2) {
            let due = Err(self.why_not(bound[0]));
            pieces.push(Piece { from: bound[0], to: bound[1], due });
        }
    }

    /// Why nothing is due at a time at which nothing is.
    fn why_not(&self, time: DateTime<Utc>) -> String {
        let is_member = self.member.iter().any(|span| span.from <= time && time < span.to);
        let is_stopped = |stop: &&Stop| is_member && stop.from <= time && time < stop.until;
        if let Some(stop) = self.stops.iter().find(is_stopped) {
            let (from, to) = (to_rfc3339(stop.recorded.from), stop.recorded.to.map(to_rfc3339));
            let words =
                to.map_or_else(|| "and not started again".to_owned(), |to| format!("until {to}"));
            return format!("logging was stopped, as recorded, at {from} {words}");
        }
        if let Some(began) = self.input.trail_began_at.filter(|began| time < *began) {
            return format!("the trail began later, at {}", to_rfc3339(began));
        }
        let left = self.input.memberships.iter().filter_map(|membership| membership.left_at);
        let left = left.filter(|left| shifted(*left, -STOP_TOLERANCE) <= time).max();
        let joined = self.input.memberships.iter().map(|membership| membership.joined_at);
        match (left, joined.filter(|joined| time < *joined).min()) {
            (Some(left), _) => format!("the account left the organization at {}", to_rfc3339(left)),
            (None, Some(joined)) => {
                format!("the account joined the organization later, at {}", to_rfc3339(joined))
            }
            (None, None) => "nothing is known of this time".to_owned(),
        }
    }

    /// Whether a recorded event explains that a chain which ended at `end` begins anew at `start`.
    pub(super) fn explains_restart(&self, end: DateTime<Utc>, start: DateTime<Utc>) -> bool {
        let (early, late) = (shifted(end, -STOP_TOLERANCE), shifted(start, STOP_TOLERANCE));
        let is_between = |time: DateTime<Utc>| early <= time && time <= late;
        let begins = |span: &Span| {
            let late = shifted(start, super::BEGIN_TOLERANCE);
            early <= span.from && span.from <= late
        };
        self.input.stops.iter().any(|stop| stop.to.is_some_and(is_between))
            || self.member.iter().any(begins)
    }
}

/// The recorded stops in order. Where a digest follows inside a stop, logging had been started
/// again, whatever is recorded: from there on digests are due.
fn undue_stops(input: &ChainInput<'_>, known: &Known<'_>) -> Vec<Stop> {
    let mut starts: Vec<_> = known
        .regular()
        .filter(|(_, entry)| entry.is_valid())
        .map(|(_, entry)| entry.digest().start)
        .collect();
    starts.sort_unstable();
    let mut stops = input.stops.to_vec();
    stops.sort_by_key(|stop| (stop.from, stop.to));
    let with_tolerance = stops.into_iter().map(|recorded| {
        let after = shifted(recorded.from, STOP_TOLERANCE);
        let refuted = starts.get(starts.partition_point(|start| *start < after)).copied();
        let to = recorded.to.map(|to| shifted(to, STOP_TOLERANCE));
        let until = [to, refuted].into_iter().flatten().min().unwrap_or(DateTime::<Utc>::MAX_UTC);
        Stop { from: shifted(recorded.from, -STOP_TOLERANCE), until, recorded }
    });
    with_tolerance.filter(|stop| stop.from < stop.until).collect()
}

fn member_spans(input: &ChainInput<'_>, known: &Known<'_>) -> Vec<Span> {
    let until = DateTime::<Utc>::MAX_UTC;
    if input.memberships.is_empty() {
        let begin =
            if input.trail_began_at.is_some() { Begin::TrailBegan } else { Begin::FirstSeen };
        let from = input.trail_began_at.or_else(|| first_seen(input, known));
        return from.map(|from| Span { from, to: until, begin }).into_iter().collect();
    }
    let mut spans: Vec<Span> = Vec::new();
    let mut memberships = input.memberships.to_vec();
    memberships.sort_by_key(|membership| (membership.joined_at, membership.left_at));
    for membership in memberships {
        let (joined, to) = (membership.joined_at, membership.left_at.unwrap_or(until));
        let (from, begin) = match input.trail_began_at {
            Some(began) if began > joined => (began, Begin::TrailBegan),
            _ => (joined, Begin::Joined),
        };
        match spans.last_mut() {
            Some(last) if from < last.to => last.to = last.to.max(to),
            _ if from < to => spans.push(Span { from, to, begin }),
            _ => {}
        }
    }
    spans
}

/// The start of the oldest valid digest, else the oldest delivery.
fn first_seen(input: &ChainInput<'_>, known: &Known<'_>) -> Option<DateTime<Utc>> {
    let digests = known.regular().filter(|(_, entry)| entry.is_valid());
    let files = input.files.iter().map(|file| file.delivered_at);
    let windows = known.regular().filter_map(|(_, entry)| entry.window());
    digests
        .map(|(_, entry)| entry.digest().start)
        .min()
        .or_else(|| files.chain(windows.map(|window| window.start())).min())
}
