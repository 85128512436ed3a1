//! Pages of a list: a bounded size and an opaque place to go on from.

use serde::{Deserialize, Serialize};

/// How many rows a page has: 1 to [`PageSize::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct PageSize(u32);

/// A number of rows outside 1 to [`PageSize::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a page has 1 to {max} rows, not {0}", max = PageSize::MAX)]
pub struct InvalidPageSize(u32);

impl PageSize {
    /// The most rows of one page.
    pub const MAX: u32 = 1000;

    /// The number of rows.
    pub fn rows(self) -> u32 {
        self.0
    }
}

impl Default for PageSize {
    fn default() -> Self {
        Self(50)
    }
}

impl TryFrom<u32> for PageSize {
    type Error = InvalidPageSize;
    fn try_from(rows: u32) -> Result<Self, InvalidPageSize> {
        if (1..=Self::MAX).contains(&rows) { Ok(Self(rows)) } else { Err(InvalidPageSize(rows)) }
    }
}

impl From<PageSize> for u32 {
    fn from(size: PageSize) -> Self {
        size.0
    }
}

/// Where a page ends: the last event that was looked at, so that the next page goes on behind it.
///
/// The order is newest first, by event time, then log file, then ordinal in the file; it is total
/// and never changes for an event that is stored, so rows that arrive meanwhile push nothing away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventPosition {
    /// Event time, seconds since 1970.
    pub seconds: i64,
    /// The log file's number.
    pub file: i32,
    /// The record's place in the file, from 0.
    pub ordinal: i32,
}

/// A page token that this version did not make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the page token is not one that this search gave out")]
pub struct InvalidPageToken;

impl EventPosition {
    /// Prints the position as an opaque token.
    pub fn to_token(self) -> String {
        format!("v1.{:x}.{:x}.{:x}", self.seconds, self.file, self.ordinal)
    }

    /// Reads a token.
    ///
    /// # Errors
    ///
    /// [`InvalidPageToken`] when the text is not what [`Self::to_token`] prints.
    pub fn from_token(token: &str) -> Result<Self, InvalidPageToken> {
        let parse = || {
            let mut parts = token.strip_prefix("v1.")?.split('.');
            let position = Self {
                seconds: i64::from_str_radix(parts.next()?, 16).ok()?,
                file: i32::from_str_radix(parts.next()?, 16).ok()?,
                ordinal: i32::from_str_radix(parts.next()?, 16).ok()?,
            };
            parts.next().is_none().then_some(position)
        };
        parse().filter(|position| position.to_token() == token).ok_or(InvalidPageToken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_page_has_one_to_a_thousand_rows() {
        assert!(PageSize::try_from(0).is_err());
        assert!(PageSize::try_from(1001).is_err());
        assert_eq!(PageSize::try_from(1000).unwrap().rows(), 1000);
    }

    #[test]
    fn foreign_tokens_are_refused() {
        for token in ["", "v1", "v1.1.1", "v1.1.1.1.1", "v2.1.1.1", "v1.+1.1.1", "v1.x.1.1"] {
            assert!(EventPosition::from_token(token).is_err(), "{token:?}");
        }
    }

    proptest! {
        /// A token leads back to exactly the position it came from.
        #[test]
        fn tokens_round_trip(seconds in 0_i64..9_000_000_000, file in 0_i32.., ordinal in 0_i32..) {
            let position = EventPosition { seconds, file, ordinal };
            prop_assert_eq!(EventPosition::from_token(&position.to_token()), Ok(position));
        }
    }
}
