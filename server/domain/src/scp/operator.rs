//! The names of condition operators.

/// How the values of a key are compared with the values of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    /// Character by character.
    Equal,
    /// The same without regard to case.
    EqualIgnoringCase,
    /// With `*` and `?`.
    Like,
    /// Part by part, with `*` and `?`.
    Arn,
    /// As numbers.
    Number(Relation),
    /// As times.
    Instant(Relation),
    /// As `true` or `false`.
    Bool,
    /// As bytes that are written in base64.
    Binary,
    /// As addresses in networks.
    Address,
    /// Not at all: whether the key is absent.
    Absence,
}

/// How the request's value must relate to the policy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// How many of a key's values must pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantifier {
    /// Without a prefix: for keys with one value.
    Single,
    /// `ForAllValues:`.
    All,
    /// `ForAnyValue:`.
    Any,
}

/// An operator of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Operator {
    pub(super) quantifier: Quantifier,
    pub(super) comparison: Comparison,
    /// Whether no value of the policy may match, instead of at least one.
    pub(super) is_negated: bool,
    /// Whether an absent key passes.
    pub(super) is_if_exists: bool,
}

/// Every name without prefix and suffix: how it compares, and whether it is negated.
///
/// Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
const NAMES: [(&str, Comparison, bool); 27] = [
    ("StringEquals", Comparison::Equal, false),
    ("StringNotEquals", Comparison::Equal, true),
    ("StringEqualsIgnoreCase", Comparison::EqualIgnoringCase, false),
    ("StringNotEqualsIgnoreCase", Comparison::EqualIgnoringCase, true),
    ("StringLike", Comparison::Like, false),
    ("StringNotLike", Comparison::Like, true),
    ("NumericEquals", Comparison::Number(Relation::Equal), false),
    ("NumericNotEquals", Comparison::Number(Relation::Equal), true),
    ("NumericLessThan", Comparison::Number(Relation::Less), false),
    ("NumericLessThanEquals", Comparison::Number(Relation::LessOrEqual), false),
    ("NumericGreaterThan", Comparison::Number(Relation::Greater), false),
    ("NumericGreaterThanEquals", Comparison::Number(Relation::GreaterOrEqual), false),
    ("DateEquals", Comparison::Instant(Relation::Equal), false),
    ("DateNotEquals", Comparison::Instant(Relation::Equal), true),
    ("DateLessThan", Comparison::Instant(Relation::Less), false),
    ("DateLessThanEquals", Comparison::Instant(Relation::LessOrEqual), false),
    ("DateGreaterThan", Comparison::Instant(Relation::Greater), false),
    ("DateGreaterThanEquals", Comparison::Instant(Relation::GreaterOrEqual), false),
    ("Bool", Comparison::Bool, false),
    ("BinaryEquals", Comparison::Binary, false),
    ("IpAddress", Comparison::Address, false),
    ("NotIpAddress", Comparison::Address, true),
    // For ARNs, `Equals` means the same as `Like`.
    ("ArnEquals", Comparison::Arn, false),
    ("ArnNotEquals", Comparison::Arn, true),
    ("ArnLike", Comparison::Arn, false),
    ("ArnNotLike", Comparison::Arn, true),
    ("Null", Comparison::Absence, false),
];

impl Operator {
    /// Reads an operator's name, e.g. `ForAnyValue:StringLikeIfExists`. `None` when there is no such operator.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (quantifier, name) = if let Some(name) = text.strip_prefix("ForAllValues:") {
            (Quantifier::All, name)
        } else if let Some(name) = text.strip_prefix("ForAnyValue:") {
            (Quantifier::Any, name)
        } else {
            (Quantifier::Single, text)
        };
        let (name, is_if_exists) = match name.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let (_, comparison, is_negated) = *NAMES.iter().find(|(known, ..)| *known == name)?;
        if comparison == Comparison::Absence && is_if_exists {
            return None;
        }
        Some(Self { quantifier, comparison, is_negated, is_if_exists })
    }
}

impl Relation {
    /// Whether `value` relates so to `wanted`.
    pub(super) fn holds<T: PartialOrd>(self, value: &T, wanted: &T) -> bool {
        match self {
            Self::Equal => value == wanted,
            Self::Less => value < wanted,
            Self::LessOrEqual => value <= wanted,
            Self::Greater => value > wanted,
            Self::GreaterOrEqual => value >= wanted,
        }
    }
}
