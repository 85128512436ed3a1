//! Which digest covers which time, and what the time is that none covers.

use super::expectation::{Begin, Expectation, Span};
use super::intervals::{Paint, flatten};
use super::links::{Entry, Known, Link};
use super::{BEGIN_TOLERANCE, ChainInput, DIGEST_PERIOD, absence, in_words, shifted};
use chrono::{DateTime, Utc};
use orgtrail_shared::proof::CellState;
use orgtrail_shared::time::{TimeRange, to_rfc3339};
use std::cmp::Reverse;

/// A part of time with what the digests say about it.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) from: DateTime<Utc>,
    pub(super) to: DateTime<Utc>,
    /// The index of the digest that covers it.
    pub(super) cover: Option<usize>,
    pub(super) state: CellState,
    pub(super) reason: String,
}

/// All time from the first evidence or expectation to now, without holes and overlaps.
pub(super) struct Coverage {
    pub(super) parts: Vec<Part>,
}

impl Coverage {
    pub(super) fn new(
        input: &ChainInput<'_>,
        known: &Known<'_>,
        expectation: &Expectation<'_>,
    ) -> Self {
        let (owners, windows): (Vec<_>, Vec<_>) = known
            .regular()
            .filter_map(|(index, entry)| {
                let rank = (entry.is_trusted(), entry.is_valid(), Reverse(index));
                Some((index, (entry.window()?, rank)))
            })
            .unzip();
        let mut builder = Builder { input, known, expectation, parts: Vec::new() };
        let Some(mut cursor) = first_instant(input, known) else {
            return Self { parts: Vec::new() };
        };
        for stretch in flatten(&windows).into_iter().take_while(|part| part.from < input.now) {
            let index = owners[stretch.index];
            if cursor < stretch.from {
                builder.uncovered(cursor, stretch.from, Some(index));
            }
            builder.covered(stretch.from, stretch.to.min(input.now), index);
            cursor = stretch.to;
        }
        if cursor < input.now {
            builder.uncovered(cursor, input.now, None);
        }
        Self { parts: builder.parts }
    }

    /// The parts as paints, and each digest's faults on its window.
    pub(super) fn paints(&self, known: &Known<'_>) -> Vec<Paint> {
        let parts = self.parts.iter().filter_map(|part| {
            let range = TimeRange::new(part.from, part.to).ok()?;
            Some(Paint { range, state: part.state, reason: part.reason.clone() })
        });
        let faults = known.entries.iter().flat_map(|entry| {
            let window = entry.window();
            entry.faults.iter().filter_map(move |fault| {
                Some(Paint { range: window?, state: fault.state, reason: fault.words.clone() })
            })
        });
        parts.chain(faults).collect()
    }

    /// The parts that overlap a time.
    pub(super) fn overlapping(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> impl Iterator<Item = &Part> {
        let first = self.parts.partition_point(|part| part.to <= from);
        self.parts[first..].iter().take_while(move |part| part.from < to)
    }
}

/// Where the intervals begin.
fn first_instant(input: &ChainInput<'_>, known: &Known<'_>) -> Option<DateTime<Utc>> {
    let joined = input.memberships.iter().map(|membership| membership.joined_at);
    let windows = known.regular().filter_map(|(_, entry)| entry.window());
    joined
        .chain(input.trail_began_at)
        .chain(windows.map(|window| window.start()))
        .chain(input.files.iter().map(|file| file.delivered_at))
        .min()
}

struct Builder<'a> {
    input: &'a ChainInput<'a>,
    known: &'a Known<'a>,
    expectation: &'a Expectation<'a>,
    parts: Vec<Part>,
}

impl Builder<'_> {
    fn push(&mut self, from: DateTime<Utc>, to: DateTime<Utc>, state: CellState, reason: String) {
        if from < to {
            self.parts.push(Part { from, to, cover: None, state, reason });
        }
    }

    /// Time within a digest's window. What is proven outside membership is shown as not expected;
    /// a digest that can't be trusted stays visible everywhere.
    fn covered(&mut self, from: DateTime<Utc>, to: DateTime<Utc>, index: usize) {
        let entry = &self.known.entries[index];
        let cover = Some(index);
        if let Some(fault) = entry.faults.iter().max_by_key(|fault| fault.state)
            && !entry.is_valid()
        {
            let (state, reason) = (fault.state, fault.words.clone());
            self.parts.push(Part { from, to, cover, state, reason });
            return;
        }
        let (state, reason) = self.covered_state(entry);
        for piece in self.expectation.member_pieces(from, to) {
            let (state, reason) = match piece.due {
                Ok(_) => (state, reason.clone()),
                Err(reason) => (CellState::NotExpected, reason),
            };
            self.parts.push(Part { from: piece.from, to: piece.to, cover, state, reason });
        }
    }

    fn covered_state(&self, entry: &Entry<'_>) -> (CellState, String) {
        let start = entry.digest().start;
        match entry.older_end {
            Some(end)
                if entry.link == Link::Starting
                    && self.input.expects_digests
                    && !self.expectation.explains_restart(end, start) =>
            {
                let at = to_rfc3339(start);
                let reason =
                    format!("the digest chain began anew at {at}, and no stop was recorded");
                (CellState::Restarted, reason)
            }
            _ => {
                let reason =
                    "a valid digest covers this time, and every file it lists is unaltered";
                (CellState::Proven, reason.to_owned())
            }
        }
    }

    /// Time that no digest covers, before the digest `next` or up to now.
    fn uncovered(&mut self, from: DateTime<Utc>, to: DateTime<Utc>, next: Option<usize>) {
        for piece in self.expectation.pieces(from, to) {
            match piece.due {
                Err(reason) => self.push(piece.from, piece.to, CellState::NotExpected, reason),
                Ok(_) if !self.input.expects_digests => {
                    let reason = "the source delivers no digests, so nothing can be proven";
                    self.push(piece.from, piece.to, CellState::Unknown, reason.to_owned());
                }
                Ok(span) => match next.filter(|_| piece.to == to) {
                    Some(next) => self.before(piece.from, piece.to, span, next),
                    None => self.tail(piece.from, piece.to, span),
                },
            }
        }
    }

    /// Due time that no digest covers, right before a digest.
    fn before(&mut self, from: DateTime<Utc>, to: DateTime<Utc>, span: Span, next: usize) {
        let entry = &self.known.entries[next];
        let begins = from == span.from && matches!(span.begin, Begin::Joined | Begin::TrailBegan);
        let length = in_words(to - from);
        let (state, reason) = match &entry.link {
            Link::NotThere(name) => absence::of_previous(self.input, self.known, entry, name),
            Link::Starting | Link::NotBelieved if begins && to - from <= BEGIN_TOLERANCE => {
                let words = begin_words(span);
                (CellState::NotExpected, format!("the first digest begins {length} after {words}"))
            }
            Link::Starting if begins => {
                let words = begin_words(span);
                (CellState::Missing, format!("the first digest begins {length} after {words}"))
            }
            Link::NotBelieved => {
                let reason = format!("{length} without a digest, before one that can't be trusted");
                (CellState::Missing, reason)
            }
            Link::Starting => {
                let at = to_rfc3339(to);
                let reason =
                    format!("{length} that no digest covers: the chain began anew at {at}");
                (CellState::Gap, reason)
            }
            Link::Known => {
                let reason =
                    format!("{length} that neither the digest before nor the one after covers");
                (CellState::Gap, reason)
            }
        };
        self.push(from, to, state, reason);
    }

    /// Due time after which no digest follows: every full period is overdue when the digest that
    /// should cover it had its grace.
    fn tail(&mut self, from: DateTime<Utc>, to: DateTime<Utc>, span: Span) {
        let (now, grace) = (self.input.now, self.input.grace);
        let is_begin = from == span.from;
        let late = shifted(now, -grace).signed_duration_since(from);
        let has_tolerance = is_begin && span.begin != Begin::StopEnded;
        let overdue = if to < now && shifted(to, grace) <= now {
            to
        } else if has_tolerance && late < DIGEST_PERIOD + BEGIN_TOLERANCE {
            from
        } else {
            shifted(
                from,
                DIGEST_PERIOD * i32::try_from(late.num_hours().max(0)).unwrap_or(i32::MAX),
            )
        };
        let overdue = overdue.clamp(from, to);
        let length = in_words(overdue - from);
        let reason = if is_begin {
            format!("no digest has arrived for {length} since {}", begin_words(span))
        } else {
            format!("digests stopped arriving: none for the {length} since {}", to_rfc3339(from))
        };
        self.push(from, overdue, CellState::Missing, reason);
        let reason = "the digest for this time has not arrived yet, and is not late".to_owned();
        self.push(overdue, to, CellState::Pending, reason);
    }
}

fn begin_words(span: Span) -> String {
    let event = match span.begin {
        Begin::Joined => "the account joined the organization",
        Begin::TrailBegan => "the trail began",
        Begin::StopEnded => "logging was started again",
        Begin::FirstSeen => "the first evidence",
    };
    format!("{event} at {}", to_rfc3339(span.from))
}
