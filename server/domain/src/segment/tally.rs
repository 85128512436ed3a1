//! Counting and paging the selected rows.

use super::evaluate::sum;
use super::{Coded, Codes, Column, Place, Segment, Selection};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

/// Both access bits of the flags.
const ACCESS_MASK: i32 = 3 << 8;
/// "The call only read".
const READ_BITS: i32 = 1 << 8;

/// One bar of a histogram.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bar {
    /// Calls that may have changed something and succeeded.
    pub writes: u64,
    /// Calls that only read and succeeded.
    pub reads: u64,
    /// Calls that failed.
    pub errors: u64,
}

/// A histogram over segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bars {
    origin: i64,
    step: i64,
    by_number: BTreeMap<i32, Bar>,
}

impl Bars {
    /// Bars of `step` seconds, at least one, of which the first begins at index time `origin`.
    pub fn new(origin: i64, step: i32) -> Self {
        Self { origin, step: i64::from(step.max(1)), by_number: BTreeMap::new() }
    }

    /// Counts the selected rows. None of them may lie before the origin.
    pub fn add(&mut self, segment: &Segment, selection: &Selection) {
        let span = &selection.span;
        let (error, flags) = (segment.column(Column::Error), segment.column(Column::Flags));
        let mut failed = error.look_up(span, &error.table(|id| id != 0));
        let is_read = flags.table(|flags| flags & ACCESS_MASK == READ_BITS);
        let mut read = flags.look_up(span, &is_read);
        read.iter_mut().zip(&failed).for_each(|(read, failed)| *read &= failed ^ 1);
        if let Some(mask) = &selection.mask {
            failed.iter_mut().zip(mask).for_each(|(one, mask)| *one &= mask);
            read.iter_mut().zip(mask).for_each(|(one, mask)| *one &= mask);
        }
        let times = &segment.t[span.clone()];
        let mut begin = 0;
        while let Some(newest) = times.get(begin) {
            let bar = (i64::from(*newest) - self.origin).div_euclid(self.step);
            let first = self.origin + bar * self.step;
            let end = begin + times[begin..].partition_point(|t| i64::from(*t) >= first);
            let part = begin..end;
            let all = match &selection.mask {
                None => part.len() as u64,
                Some(mask) => sum(&mask[part.clone()]),
            };
            begin = end;
            if all == 0 {
                continue;
            }
            let (errors, reads) = (sum(&failed[part.clone()]), sum(&read[part]));
            let bar = self.by_number.entry(i32::try_from(bar).unwrap_or(i32::MAX)).or_default();
            bar.writes += all - errors - reads;
            bar.reads += reads;
            bar.errors += errors;
        }
    }

    /// The bars that have events, by number, in order.
    pub fn bars(&self) -> impl Iterator<Item = (i32, Bar)> + '_ {
        self.by_number.iter().map(|(number, bar)| (*number, *bar))
    }
}

/// How many events have each id of a column, over segments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FacetTally(HashMap<i32, u64>);

impl FacetTally {
    /// Counts the selected rows by a column's ids.
    pub fn add(&mut self, segment: &Segment, selection: &Selection, column: Column) {
        let column = segment.column(column);
        let counts = column.counts(&selection.span, selection.mask.as_deref());
        for (id, count) in column.values.iter().zip(counts) {
            if count > 0 {
                *self.0.entry(*id).or_default() += u64::from(count);
            }
        }
    }

    /// Counts the selected rows by account.
    pub fn add_account(&mut self, segment: &Segment, selection: &Selection) {
        let count = selection.count();
        if count > 0 {
            *self.0.entry(segment.account_id).or_default() += count;
        }
    }

    /// How many different ids there are.
    pub fn distinct(&self) -> usize {
        self.0.len()
    }

    /// Every id with its count, most frequent first.
    pub fn all(&self) -> Vec<(i32, u64)> {
        let mut all: Vec<(i32, u64)> = self.0.iter().map(|(id, count)| (*id, *count)).collect();
        all.sort_unstable_by_key(|(id, count)| (std::cmp::Reverse(*count), *id));
        all
    }

    /// The `wanted` most frequent ids, and all further ones that are as frequent as the last of them: who orders
    /// equal counts by text has all texts.
    pub fn top(&self, wanted: usize) -> Vec<(i32, u64)> {
        let mut all = self.all();
        let Some(last) = wanted.checked_sub(1).and_then(|last| all.get(last).copied()) else {
            all.truncate(wanted);
            return all;
        };
        all.truncate(all.partition_point(|(_, count)| *count >= last.1));
        all
    }
}

impl Segment {
    /// The files of the selected rows, each once.
    pub fn files(&self, selection: &Selection) -> impl Iterator<Item = i32> + '_ {
        let counts = self.object.counts(&selection.span, selection.mask.as_deref());
        let files = self.object.values.iter().zip(counts);
        files.filter(|(_, count)| *count > 0).map(|(file, _)| *file)
    }

    /// The indexes of the first `limit` selected rows behind a place, newest first.
    pub fn page(&self, selection: &Selection, after: Option<Place>, limit: usize) -> Vec<usize> {
        let span = &selection.span;
        let first = after.map_or(span.start, |after| self.behind(span, after));
        (first..span.end)
            .filter(|row| selection.mask.as_ref().is_none_or(|mask| mask[row - span.start] == 1))
            .take(limit)
            .collect()
    }

    /// The first row of the span that lies behind a place.
    fn behind(&self, span: &Range<usize>, after: Place) -> usize {
        let (mut low, mut high) = (span.start, span.end);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.place(middle) >= after { low = middle + 1 } else { high = middle }
        }
        low
    }
}

impl Coded {
    /// How many rows of the span have each id of the dictionary.
    fn counts(&self, span: &Range<usize>, mask: Option<&[u8]>) -> Vec<u32> {
        match &self.codes {
            Codes::One(codes) => {
                let mut counts = [0_u32; 256];
                count(&codes[span.clone()], mask, |code, one| counts[usize::from(code)] += one);
                counts[..self.values.len()].to_vec()
            }
            Codes::Two(codes) => {
                let mut counts = vec![0_u32; self.values.len()];
                count(&codes[span.clone()], mask, |code, one| counts[usize::from(code)] += one);
                counts
            }
            Codes::Four(codes) => {
                let mut counts = vec![0_u32; self.values.len()];
                count(&codes[span.clone()], mask, |code, one| counts[code as usize] += one);
                counts
            }
        }
    }
}

fn count<T: Copy>(codes: &[T], mask: Option<&[u8]>, mut add: impl FnMut(T, u32)) {
    match mask {
        None => codes.iter().for_each(|code| add(*code, 1)),
        // Adding 0 is quicker than asking, as selected rows lie anywhere.
        Some(mask) => {
            codes.iter().zip(mask).for_each(|(code, one)| add(*code, u32::from(*one)));
        }
    }
}
