//! A digest that is named by the one after it, and isn't there.

use super::expectation::{Begin, Expectation};
use super::intervals::Paint;
use super::links::{Entry, Known, Link};
use super::{ChainInput, DIGEST_PERIOD, ObjectName, in_words, shifted};
use crate::log_key::ObjectKind;
use chrono::{DateTime, Utc};
use orgtrail_shared::proof::CellState;
use orgtrail_shared::time::{TimeRange, to_rfc3339};

/// What the absence of a digest's previous one means, in a state and in words.
pub(super) fn of_previous(
    input: &ChainInput<'_>,
    known: &Known<'_>,
    entry: &Entry<'_>,
    name: &ObjectName,
) -> (CellState, String) {
    let digest = entry.digest();
    let length = entry
        .older_end
        .filter(|end| *end < digest.start)
        .map(|end| format!("{} without a digest: ", in_words(digest.start - end)))
        .unwrap_or_default();
    let (is_absent, end) = (known.is_known_absent(name), to_rfc3339(digest.end));
    let what = known.fate(name);
    let state = if !is_absent && input.is_young(digest.end) {
        CellState::Pending
    } else {
        CellState::Missing
    };
    let reason =
        format!("{length}the digest that ends at {end} names {name} before it, which {what}");
    (state, reason)
}

/// Makes the absence of a digest's previous one visible even where no time is uncovered: on the
/// hour before the digest or, if another digest claims that hour, on the digest itself.
///
/// `None` when nothing was due before the digest.
pub(super) fn paint(
    input: &ChainInput<'_>,
    known: &Known<'_>,
    expectation: &Expectation<'_>,
    index: usize,
) -> Option<Paint> {
    let entry = &known.entries[index];
    let digest = entry.digest();
    let Link::NotThere(name) = &entry.link else { return None };
    let (state, reason) = of_previous(input, known, entry, name);
    let hour_before = shifted(digest.start, -DIGEST_PERIOD);
    let range = if digest.is_backfill {
        let end = match ObjectKind::parse(&name.key) {
            ObjectKind::Digest(key) => key.ends_at,
            ObjectKind::Log(_) | ObjectKind::FolderMarker | ObjectKind::Foreign => digest.end,
        };
        TimeRange::new(shifted(end, -DIGEST_PERIOD), end).ok()?
    } else {
        match entry.older_end {
            Some(end) if end >= digest.start => entry.window()?,
            Some(end) => TimeRange::new(end.max(hour_before), digest.start).ok()?,
            None => due_part(expectation, hour_before, digest.start)?,
        }
    };
    Some(Paint { range, state, reason })
}

/// The part of a time that belongs to a membership and the trail's life, as far as they are known.
fn due_part(
    expectation: &Expectation<'_>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Option<TimeRange> {
    if expectation.member.iter().any(|span| span.begin == Begin::FirstSeen) {
        return TimeRange::new(from, to).ok();
    }
    let pieces = expectation.member_pieces(from, to);
    let mut due = pieces.iter().filter(|piece| piece.due.is_ok());
    let first = due.next()?;
    TimeRange::new(first.from, due.next_back().unwrap_or(first).to).ok()
}
