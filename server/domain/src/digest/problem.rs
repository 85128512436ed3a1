//! Why a digest can't be trusted by itself, in words and in the form in which it is kept.

use super::{DigestFormatError, SIGNATURE_ALGORITHM};
use orgtrail_shared::proof::CellState;

/// Why a digest can't be trusted, in words for a person who has never seen one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigestProblem {
    /// The bytes are not a digest.
    #[error(transparent)]
    Format(#[from] DigestFormatError),
    /// It isn't where it says it was delivered.
    #[error(
        "the digest was moved or copied: it was delivered as s3://{written}, not as s3://{found}"
    )]
    Moved {
        /// The place that it names.
        written: String,
        /// The place where it was found.
        found: String,
    },
    /// Its key is not one that CloudTrail gives to a digest.
    #[error("`{0}` is not a name that CloudTrail gives to a digest")]
    NotADigestKey(String),
    /// Its content and its key say different things.
    #[error(
        "the digest and its own name disagree: the {what} is {in_digest} inside, but {in_key} in the name"
    )]
    KeyDiffers {
        /// What differs.
        what: &'static str,
        /// What the content says.
        in_digest: String,
        /// What the key says.
        in_key: String,
    },
    /// The digest or its metadata names another algorithm.
    #[error(
        "the digest says that it is signed with `{0}`; CloudTrail signs with {SIGNATURE_ALGORITHM} only"
    )]
    Algorithm(String),
    /// The object lacks its signature or the name of the algorithm.
    #[error(
        "the digest carries no {0}: CloudTrail stores it with the object, so the object was written anew"
    )]
    NoSignature(&'static str),
    /// The signature is not hexadecimal.
    #[error("the digest's signature is not hexadecimal text")]
    MalformedSignature,
    /// A backfill digest without the time at which it was made, or with one that is no time.
    #[error("the digest was delivered late, but doesn't carry the time at which it was made")]
    NoBackfillTime,
    /// No key with the fingerprint is at hand.
    #[error(
        "the digest can't be checked: the public key `{0}` that it was signed with is not known here"
    )]
    UnknownKey(String),
    /// The key was not in use at that time.
    #[error(
        "the digest can't be checked: the public key `{fingerprint}` was in use from {from} to {to} only"
    )]
    KeyNotValidThen {
        /// The key's fingerprint.
        fingerprint: String,
        /// Since when it was in use.
        from: String,
        /// Until when it was in use.
        to: String,
    },
    /// The key can't be loaded.
    #[error("the digest can't be checked: the public key `{fingerprint}` is unusable: {reason}")]
    UnusableKey {
        /// The key's fingerprint.
        fingerprint: String,
        /// Why.
        reason: String,
    },
    /// The signature doesn't fit.
    #[error("the signature does not fit: the digest was altered, or CloudTrail did not write it")]
    BadSignature,
}

/// Whether a problem speaks of an alteration or only of something that we lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// What was needed to check the digest is not at hand.
    Unverifiable,
    /// The digest is not as CloudTrail delivered it.
    Altered,
}

impl ProblemKind {
    /// The word for the kind.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unverifiable => "unverifiable",
            Self::Altered => "altered",
        }
    }

    /// The kind with that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Unverifiable, Self::Altered].into_iter().find(|kind| kind.name() == name)
    }

    /// What a digest with such a problem makes of the time that it covers.
    pub fn cell_state(self) -> CellState {
        match self {
            Self::Unverifiable => CellState::Unknown,
            Self::Altered => CellState::Tampered,
        }
    }
}

/// A digest's problem in the form in which it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind it is.
    pub kind: ProblemKind,
    /// The problem in words.
    pub words: String,
}

impl From<&DigestProblem> for Problem {
    fn from(problem: &DigestProblem) -> Self {
        Self { kind: problem.kind(), words: problem.to_string() }
    }
}

impl DigestProblem {
    /// What kind of problem it is.
    pub fn kind(&self) -> ProblemKind {
        match self {
            Self::UnknownKey(_)
            | Self::KeyNotValidThen { .. }
            | Self::UnusableKey { .. }
            | Self::Format(DigestFormatError::TooLarge(_) | DigestFormatError::TooManyFiles(_)) => {
                ProblemKind::Unverifiable
            }
            Self::Format(_)
            | Self::Moved { .. }
            | Self::NotADigestKey(_)
            | Self::KeyDiffers { .. }
            | Self::Algorithm(_)
            | Self::NoSignature(_)
            | Self::MalformedSignature
            | Self::NoBackfillTime
            | Self::BadSignature => ProblemKind::Altered,
        }
    }
}
