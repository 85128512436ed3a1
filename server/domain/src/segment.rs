//! Column segments: many index rows of one account as compressed columns, counted without asking Postgres.
//!
//! Rows lie newest first in the order of pages. Each column of ids has a dictionary of the ids that occur, in
//! ascending order, and a code per row. A condition is decided once per id of a dictionary and then looked up per
//! row, whatever the condition is.
//!
//! Access keys, event ids and resources are left to the rows: their texts hardly repeat, so they would cost more here
//! than all other columns together, and indexes find them.

mod bytes;
mod codec;
mod evaluate;
mod tally;

pub use evaluate::{Condition, Conjunct, IdSet, Selection};
pub use tally::{Bar, Bars, FacetTally};

/// How many rows one segment holds at the most: about 6 MB in memory, so that a bounded cache holds many.
pub const ROWS_MAX: usize = 1 << 18;

/// A column of ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// `eventName` with `eventSource`.
    Name,
    /// `awsRegion`.
    Region,
    /// The principal.
    Principal,
    /// The role session's name; 0 for none.
    Session,
    /// `sourceIPAddress`.
    Ip,
    /// `userAgent`.
    Agent,
    /// `errorCode`; 0 for none.
    Error,
    /// Category and event type.
    Kind,
    /// Remarks and access, as bits.
    Flags,
}

impl Column {
    /// How many columns there are.
    pub const COUNT: usize = 9;

    fn index(self) -> usize {
        self as usize
    }
}

/// One row of the index, without what is left to the rows in Postgres.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentRow {
    /// Index time: seconds since 2010-01-01.
    pub t: i32,
    /// The file that holds the record.
    pub object_id: i32,
    /// The record's place in it.
    pub ordinal: i32,
    /// The ids, in the order of [`Column`].
    pub ids: [i32; Column::COUNT],
}

impl SegmentRow {
    /// The row's place in the order of results.
    pub fn place(&self) -> Place {
        Place { t: self.t, object_id: self.object_id, ordinal: self.ordinal }
    }

    /// The id in a column.
    pub fn id(&self, column: Column) -> i32 {
        self.ids[column.index()]
    }
}

/// A row's place in the order of results. Later places come first in a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Index time.
    pub t: i32,
    /// The file.
    pub object_id: i32,
    /// The record's place in it.
    pub ordinal: i32,
}

/// Bytes that are no segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SegmentError {
    /// Another version of the program made it, or it is something else.
    #[error("the bytes are no segment of a known version")]
    UnknownVersion,
    /// The compressed bytes are damaged, or their checksum is wrong.
    #[error("the compressed columns can't be read")]
    Damaged,
    /// The columns contradict each other.
    #[error("the segment's {0} can't be")]
    Impossible(&'static str),
}

/// Codes of the rows, as narrow as the dictionary allows.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Codes {
    One(Vec<u8>),
    Two(Vec<u16>),
    Four(Vec<u32>),
}

/// The ids that occur, ascending, and which of them each row has.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Coded {
    values: Vec<i32>,
    codes: Codes,
}

/// Rows of one account, decoded: a structure of arrays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    account_id: i32,
    t: Vec<i32>,
    object: Coded,
    ordinal: Vec<i32>,
    columns: [Coded; Column::COUNT],
}

impl Segment {
    /// Sorts rows of one account into segments of at most [`ROWS_MAX`] rows. A row that is given twice is kept once.
    pub fn from_rows(account_id: i32, mut rows: Vec<SegmentRow>) -> Vec<Self> {
        rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.place()));
        rows.dedup_by_key(|row| row.place());
        rows.chunks(ROWS_MAX).map(|rows| Self::from_sorted(account_id, rows)).collect()
    }

    /// Puts the rows of segments of one account together; `None` when one is of another.
    pub fn merge(account_id: i32, segments: &[Self]) -> Option<Vec<Self>> {
        let is_own = |segment: &Self| segment.account_id == account_id;
        let rows = segments.iter().flat_map(Self::rows).collect();
        segments.iter().all(is_own).then(|| Self::from_rows(account_id, rows))
    }

    fn from_sorted(account_id: i32, rows: &[SegmentRow]) -> Self {
        Self {
            account_id,
            t: rows.iter().map(|row| row.t).collect(),
            object: Coded::new(rows.iter().map(|row| row.object_id)),
            ordinal: rows.iter().map(|row| row.ordinal).collect(),
            columns: std::array::from_fn(|index| Coded::new(rows.iter().map(|row| row.ids[index]))),
        }
    }

    /// The account of all rows.
    pub fn account_id(&self) -> i32 {
        self.account_id
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.t.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.t.is_empty()
    }

    /// The oldest and the newest time; none without rows.
    pub fn times(&self) -> Option<(i32, i32)> {
        self.t.last().copied().zip(self.t.first().copied())
    }

    /// About how many bytes the decoded columns take in memory.
    pub fn memory_bytes(&self) -> usize {
        let coded = |coded: &Coded| coded.values.len() * 4 + coded.codes.bytes();
        size_of::<Self>()
            + self.len() * 8
            + coded(&self.object)
            + self.columns.iter().map(coded).sum::<usize>()
    }

    /// The row at an index, counted from the newest.
    ///
    /// # Panics
    ///
    /// When there is no such row, as slices do.
    pub fn row(&self, index: usize) -> SegmentRow {
        SegmentRow {
            t: self.t[index],
            object_id: self.object.at(index),
            ordinal: self.ordinal[index],
            ids: std::array::from_fn(|column| self.columns[column].at(index)),
        }
    }

    /// All rows, newest first.
    pub fn rows(&self) -> impl Iterator<Item = SegmentRow> + '_ {
        (0..self.len()).map(|index| self.row(index))
    }

    fn place(&self, index: usize) -> Place {
        Place { t: self.t[index], object_id: self.object.at(index), ordinal: self.ordinal[index] }
    }

    fn column(&self, column: Column) -> &Coded {
        &self.columns[column.index()]
    }

    /// The rows whose time lies in the half-open range, as indexes.
    fn span(&self, from: i32, to: i32) -> std::ops::Range<usize> {
        let start = self.t.partition_point(|t| *t >= to);
        let end = self.t.partition_point(|t| *t >= from);
        start..end.max(start)
    }
}

impl Coded {
    fn new(ids: impl Iterator<Item = i32> + Clone) -> Self {
        let mut values: Vec<i32> = ids.clone().collect();
        values.sort_unstable();
        values.dedup();
        let code = |id: i32| values.binary_search(&id).unwrap_or_default();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "codes are below the dictionary's length"
        )]
        let codes = match values.len() {
            0..=0x100 => Codes::One(ids.map(|id| code(id) as u8).collect()),
            0x101..=0x1_0000 => Codes::Two(ids.map(|id| code(id) as u16).collect()),
            _ => Codes::Four(ids.map(|id| code(id) as u32).collect()),
        };
        Self { values, codes }
    }

    fn at(&self, row: usize) -> i32 {
        self.values[self.code(row)]
    }

    fn code(&self, row: usize) -> usize {
        match &self.codes {
            Codes::One(codes) => usize::from(codes[row]),
            Codes::Two(codes) => usize::from(codes[row]),
            Codes::Four(codes) => codes[row] as usize,
        }
    }
}

impl Codes {
    fn bytes(&self) -> usize {
        match self {
            Self::One(codes) => codes.len(),
            Self::Two(codes) => codes.len() * 2,
            Self::Four(codes) => codes.len() * 4,
        }
    }
}

#[cfg(test)]
mod tests;
