//! What is proven about a log file and about an account's hours.

use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// What is proven about one delivered log file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileVerdict {
    /// A valid digest lists the file with the hash that we computed.
    Verified,
    /// A digest lists the file, and it is not where the digest says.
    Missing,
    /// A digest lists the file with another hash.
    HashDiffers,
    /// The object was replaced under its key after we had collected it.
    ChangedAfterCollection,
    /// A digest covers the time of delivery and does not list the file.
    NotListed,
    /// No digest has arrived that covers the time of delivery.
    NoDigestYet,
    /// The source delivers no digests.
    NoDigestExpected,
    /// The digest that lists the file can't be trusted itself.
    DigestInvalid,
}

impl FileVerdict {
    /// Every verdict, the good one first.
    pub const ALL: [Self; 8] = [
        Self::Verified,
        Self::Missing,
        Self::HashDiffers,
        Self::ChangedAfterCollection,
        Self::NotListed,
        Self::NoDigestYet,
        Self::NoDigestExpected,
        Self::DigestInvalid,
    ];

    /// The word that a search uses: `proof:verified`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Missing => "missing",
            Self::HashDiffers => "hash-differs",
            Self::ChangedAfterCollection => "changed-after-collection",
            Self::NotListed => "not-listed",
            Self::NoDigestYet => "no-digest-yet",
            Self::NoDigestExpected => "no-digest-expected",
            Self::DigestInvalid => "digest-invalid",
        }
    }

    /// The verdict in words, for a reader who has never seen a digest.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Verified => "proven unaltered: a valid digest lists this file with the same hash",
            Self::Missing => "listed in a digest, but not found where the digest says",
            Self::HashDiffers => "altered: its hash is not the one that the digest lists",
            Self::ChangedAfterCollection => "the object was replaced after it had been collected",
            Self::NotListed => "no digest lists this file, although one covers its delivery time",
            Self::NoDigestYet => "not proven yet: the digest for its delivery time has not arrived",
            Self::NoDigestExpected => "can't be proven: this source delivers no digests",
            Self::DigestInvalid => "can't be proven: the digest that lists it is not valid",
        }
    }

    /// Whether another trail's verdict on the same file counts instead of this one.
    ///
    /// Whatever contradicts the file's bytes counts before what proves them, as two valid lists that differ can't both
    /// be true; a proof counts before whatever could not prove anything.
    pub fn yields_to(self, other: Self) -> bool {
        other.weight() > self.weight()
    }

    fn weight(self) -> u8 {
        match self {
            Self::HashDiffers => 7,
            Self::ChangedAfterCollection => 6,
            Self::Missing => 5,
            Self::Verified => 4,
            Self::DigestInvalid => 3,
            Self::NotListed => 2,
            Self::NoDigestYet => 1,
            Self::NoDigestExpected => 0,
        }
    }
}

impl FromStr for FileVerdict {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|verdict| verdict.name().eq_ignore_ascii_case(text)).ok_or_else(
            || {
                let names = Self::ALL.map(Self::name).join(", ");
                format!("`{text}` is not a verdict; use one of {names}")
            },
        )
    }
}

/// What is proven about one account, Region and hour of delivery.
///
/// The order is the order of severity: the worst state of several is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CellState {
    /// Nothing is due: not a member, before the trail, or a recorded stop.
    NotExpected,
    /// A valid digest covers the hour and all its files are verified.
    Proven,
    /// The hour is too young for its digest.
    Pending,
    /// Nothing says whether something is due.
    Unknown,
    /// The chain began anew without a recorded stop.
    Restarted,
    /// Time between two digests that neither covers.
    Gap,
    /// A file is there that no digest lists.
    Unexpected,
    /// A file was replaced after it had been collected.
    Changed,
    /// A digest or a listed file is not there, or digests stopped arriving.
    Missing,
    /// A hash or a signature is wrong.
    Tampered,
}

impl CellState {
    /// Every state, from the least to the most severe.
    pub const ALL: [Self; 10] = [
        Self::NotExpected,
        Self::Proven,
        Self::Pending,
        Self::Unknown,
        Self::Restarted,
        Self::Gap,
        Self::Unexpected,
        Self::Changed,
        Self::Missing,
        Self::Tampered,
    ];

    /// The word for the state, as in the API and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotExpected => "not-expected",
            Self::Proven => "proven",
            Self::Pending => "pending",
            Self::Unknown => "unknown",
            Self::Restarted => "restarted",
            Self::Gap => "gap",
            Self::Unexpected => "unexpected",
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Tampered => "tampered",
        }
    }

    /// One character that tells the states apart without colour.
    pub fn glyph(self) -> &'static str {
        match self {
            Self::NotExpected => "–",
            Self::Proven => "✓",
            Self::Pending => "◔",
            Self::Unknown => "?",
            Self::Restarted => "↻",
            Self::Gap => "▢",
            Self::Unexpected => "+",
            Self::Changed => "≠",
            Self::Missing => "✗",
            Self::Tampered => "!",
        }
    }

    /// The state in words.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::NotExpected => "nothing is due here",
            Self::Proven => "complete and unaltered, proven by a valid digest",
            Self::Pending => "too recent: the digest has not arrived yet",
            Self::Unknown => "nothing tells whether logs are due here",
            Self::Restarted => "the digest chain began anew without a recorded stop",
            Self::Gap => "time that no digest covers",
            Self::Unexpected => "a log file that no digest lists",
            Self::Changed => "a log file was replaced after it had been collected",
            Self::Missing => "a digest or a listed log file is missing",
            Self::Tampered => "a digest or a log file was altered",
        }
    }

    /// Whether everything that was due is proven, or nothing was due.
    pub fn is_proven(self) -> bool {
        matches!(self, Self::Proven | Self::NotExpected)
    }

    /// Finds a state by its word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_and_state_is_found_by_its_name() {
        for verdict in FileVerdict::ALL {
            assert_eq!(verdict.name().parse(), Ok(verdict));
        }
        for state in CellState::ALL {
            assert_eq!(CellState::from_name(state.name()), Some(state));
        }
    }

    #[test]
    fn glyphs_tell_all_states_apart() {
        let glyphs: std::collections::HashSet<_> = CellState::ALL.map(CellState::glyph).into();
        assert_eq!(glyphs.len(), CellState::ALL.len());
    }

    #[test]
    fn altered_is_the_worst_and_proven_beats_only_not_expected() {
        assert!(CellState::Tampered > CellState::Missing);
        assert!(CellState::Proven > CellState::NotExpected);
        assert_eq!(CellState::ALL.iter().max(), Some(&CellState::Tampered));
    }
}
