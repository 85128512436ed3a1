//! Conditions on a segment's rows.

use super::{Coded, Codes, Column, Segment};
use std::ops::Range;

/// Ids, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdSet(Vec<i32>);

impl From<Vec<i32>> for IdSet {
    fn from(mut ids: Vec<i32>) -> Self {
        ids.sort_unstable();
        Self(ids)
    }
}

impl IdSet {
    pub(super) fn contains(&self, id: i32) -> bool {
        self.0.binary_search(&id).is_ok()
    }
}

/// A condition on one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The account is one of these.
    Accounts(IdSet),
    /// The file is one of these.
    Files(IdSet),
    /// The column's id is one of these.
    Ids(Column, IdSet),
    /// The column's id isn't 0.
    HasId(Column),
    /// The mask's bits of the flags have the value.
    Flags {
        /// Which bits are compared.
        mask: i32,
        /// What they must be.
        value: i32,
    },
    /// Some of the mask's bits are set in the flags.
    AnyFlag(i32),
    /// The index time lies in the half-open range; `None` for no bound.
    Time(Option<i32>, Option<i32>),
    /// Some of the conditions hold; none of no conditions does.
    Any(Vec<Condition>),
}

/// A condition that must hold, or must not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conjunct {
    /// Whether the condition must not hold.
    pub is_negated: bool,
    /// The condition.
    pub condition: Condition,
}

/// The rows of one segment that conditions let through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    pub(super) span: Range<usize>,
    /// 1 for each row of the span that is selected, 0 for others; `None` when all are.
    pub(super) mask: Option<Vec<u8>>,
}

impl Selection {
    /// How many rows are selected.
    pub fn count(&self) -> u64 {
        match &self.mask {
            None => self.span.len() as u64,
            Some(mask) => sum(mask),
        }
    }
}

/// Sums zeros and ones.
pub(super) fn sum(mask: &[u8]) -> u64 {
    // Sums of up to 255 fit into a byte, which lets the compiler add many at once.
    mask.chunks(255).map(|part| u64::from(part.iter().sum::<u8>())).sum()
}

/// What a condition says of the rows of a span.
enum Decision {
    All,
    None,
    Mask(Vec<u8>),
}

impl Segment {
    /// The rows with a time in the half-open range on which all of the conditions hold.
    pub fn select(&self, from: i32, to: i32, conjuncts: &[Conjunct]) -> Selection {
        let span = self.span(from, to);
        let mut mask: Option<Vec<u8>> = None;
        for conjunct in conjuncts {
            let decision = self.decide(&conjunct.condition, &span);
            match if conjunct.is_negated { decision.negate() } else { decision } {
                Decision::All => {}
                Decision::None => return Selection { span: 0..0, mask: None },
                Decision::Mask(one) => match &mut mask {
                    None => mask = Some(one),
                    Some(mask) => mask.iter_mut().zip(one).for_each(|(all, one)| *all &= one),
                },
            }
        }
        Selection { span, mask }
    }

    fn decide(&self, condition: &Condition, span: &Range<usize>) -> Decision {
        let by_id = |column, holds: &dyn Fn(i32) -> bool| self.column(column).decide(span, holds);
        match condition {
            Condition::Accounts(ids) if ids.contains(self.account_id) => Decision::All,
            Condition::Accounts(_) => Decision::None,
            Condition::Files(ids) => self.object.decide(span, &|id| ids.contains(id)),
            Condition::Ids(column, ids) => by_id(*column, &|id| ids.contains(id)),
            Condition::HasId(column) => by_id(*column, &|id| id != 0),
            Condition::Flags { mask, value } => by_id(Column::Flags, &|id| id & mask == *value),
            Condition::AnyFlag(mask) => by_id(Column::Flags, &|id| id & mask != 0),
            Condition::Time(from, to) => {
                let inner = self.span(from.unwrap_or(i32::MIN), to.unwrap_or(i32::MAX));
                let has = |row| u8::from(inner.contains(&row));
                Decision::Mask(span.clone().map(has).collect())
            }
            Condition::Any(any) => {
                let decisions = any.iter().map(|one| self.decide(one, span));
                decisions.fold(Decision::None, Decision::or)
            }
        }
    }
}

impl Decision {
    fn negate(self) -> Self {
        match self {
            Self::All => Self::None,
            Self::None => Self::All,
            Self::Mask(mut mask) => {
                for one in &mut mask {
                    *one ^= 1;
                }
                Self::Mask(mask)
            }
        }
    }

    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, _) | (_, Self::All) => Self::All,
            (Self::None, one) | (one, Self::None) => one,
            (Self::Mask(mut mask), Self::Mask(one)) => {
                mask.iter_mut().zip(one).for_each(|(all, one)| *all |= one);
                Self::Mask(mask)
            }
        }
    }
}

impl Coded {
    fn decide(&self, span: &Range<usize>, holds: &dyn Fn(i32) -> bool) -> Decision {
        let table = self.table(holds);
        if table.iter().all(|one| *one == 1) {
            Decision::All
        } else if table.iter().all(|one| *one == 0) {
            Decision::None
        } else {
            Decision::Mask(self.look_up(span, &table))
        }
    }

    /// 1 for each id of the dictionary on which something holds, 0 for others.
    pub(super) fn table(&self, holds: impl Fn(i32) -> bool) -> Vec<u8> {
        self.values.iter().map(|id| u8::from(holds(*id))).collect()
    }

    /// The table's entry for each row of the span.
    pub(super) fn look_up(&self, span: &Range<usize>, table: &[u8]) -> Vec<u8> {
        match &self.codes {
            Codes::One(codes) => {
                // With as many entries as codes could name, no access needs a check.
                let mut full = [0_u8; 256];
                full[..table.len()].copy_from_slice(table);
                codes[span.clone()].iter().map(|code| full[usize::from(*code)]).collect()
            }
            Codes::Two(codes) => {
                codes[span.clone()].iter().map(|code| table[usize::from(*code)]).collect()
            }
            Codes::Four(codes) => {
                codes[span.clone()].iter().map(|code| table[*code as usize]).collect()
            }
        }
    }
}
