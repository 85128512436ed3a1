//! The search grammar: one text for the address bar, the API and the console.
//!
//! ```text
//! query = term*            all terms must hold
//! term  = ["-"] qualifier ":" value ("," value)*      any of the values
//!       | ["-"] text                                  the record holds the text
//! value = bare | '"' … '"' | low ".." high | ">=" time | "<" time
//! ```
//!
//! Values match whole fields, without regard to ASCII case; `*` and `?` are wildcards outside quotes.

mod parse;
mod print;
#[cfg(test)]
mod tests;

use crate::ids::{AccountId, UnitId};
use crate::time::TimeRange;
use chrono::{DateTime, Utc};
use ipnet::IpNet;

/// What a search asks for: every term must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// The terms, in the order in which they were written.
    pub terms: Vec<Term>,
}

/// One condition, possibly turned around by a leading `-`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Whether events that meet the condition are excluded.
    pub is_negated: bool,
    /// What is asked of the event.
    pub condition: Condition,
}

/// What one term asks of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The field equals one of the patterns.
    Text(TextField, Vec<Pattern>),
    /// The event was delivered for one of the accounts.
    Account(Vec<AccountId>),
    /// The event's account is now somewhere below one of the units.
    Unit(Vec<UnitId>),
    /// The source address lies in one of the networks.
    Network(Vec<IpNet>),
    /// The event is of one of these kinds.
    Is(Vec<Kind>),
    /// The log file that holds the event has one of these verdicts.
    Proof(Vec<crate::proof::FileVerdict>),
    /// The event time lies in the half-open span; an open side is `None`.
    Time(Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    /// The record holds the text, without regard to ASCII case.
    Contains(String),
}

/// A field that is compared as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextField {
    /// `eventName`.
    EventName,
    /// `eventSource`.
    EventSource,
    /// `awsRegion`.
    Region,
    /// The principal's ARN; of an assumed role, the role session's or the role's.
    Principal,
    /// `userIdentity.type`.
    PrincipalType,
    /// The user's name, the role's name or the role session's name.
    User,
    /// `userIdentity.accessKeyId`.
    AccessKey,
    /// `sourceIPAddress` as text, for service names.
    SourceIp,
    /// `userAgent`.
    UserAgent,
    /// `errorCode`.
    Error,
    /// `eventCategory`.
    Category,
    /// `eventType`.
    EventType,
    /// `resources[].ARN` or `ARNPrefix`.
    Resource,
    /// `resources[].type`.
    ResourceType,
    /// `eventID`.
    EventId,
    /// `vpcEndpointId`.
    VpcEndpoint,
    /// `requestID`.
    RequestId,
}

/// A kind of event that a search names by `is:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `readOnly` is true.
    Read,
    /// `readOnly` is not true.
    Write,
    /// The principal is the account's root user.
    Root,
    /// There is an error code.
    Failed,
    /// The caller is an AWS service.
    Service,
    /// The record differs from its file's name, has a derived id, or shares its id with other content.
    Flagged,
}

/// A value to compare with; a quoted one has no wildcards.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern {
    /// The text as written, without quotes.
    pub text: String,
    /// Whether `*` and `?` in it are wildcards.
    pub is_wildcard: bool,
}

impl Pattern {
    /// A pattern that matches exactly this text.
    pub fn exact(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_wildcard: false }
    }

    /// Whether `value` matches, without regard to ASCII case.
    pub fn matches(&self, value: &str) -> bool {
        if self.is_wildcard {
            crate::text::matches_wildcard(&self.text, value)
        } else {
            self.text.eq_ignore_ascii_case(value)
        }
    }
}

/// A mistake in a query's text, with the place where it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
#[error("{message} (at character {})", start + 1)]
pub struct QueryError {
    /// What is wrong and what was expected.
    pub message: String,
    /// The first offending character, counted in characters from 0.
    pub start: usize,
    /// One past the last offending character.
    pub end: usize,
}

impl TextField {
    /// All fields with their qualifier, in the order in which the help lists them.
    pub const ALL: [(Self, &'static str, &'static str); 17] = [
        (Self::EventName, "event", "name of the call, e.g. event:DeleteBucket"),
        (Self::EventSource, "source", "service, e.g. source:s3.amazonaws.com"),
        (Self::Region, "region", "Region, e.g. region:eu-west-1"),
        (Self::Principal, "principal", "ARN of the caller, e.g. principal:*role/Deploy*"),
        (Self::PrincipalType, "principal-type", "kind of caller, e.g. principal-type:AssumedRole"),
        (Self::User, "user", "user, role or role session name, e.g. user:alice"),
        (Self::AccessKey, "access-key", "access key id, e.g. access-key:AKIA…"),
        (Self::SourceIp, "ip", "address, network or service, e.g. ip:198.51.100.0/24"),
        (Self::UserAgent, "agent", "user agent, e.g. agent:*Boto3*"),
        (Self::Error, "error", "error code, e.g. error:AccessDenied, or error:* for any"),
        (Self::Category, "category", "Management, Data, NetworkActivity or Insight"),
        (Self::EventType, "type", "event type, e.g. type:AwsConsoleSignIn"),
        (Self::Resource, "resource", "ARN of a resource, e.g. resource:arn:aws:s3:::logs"),
        (Self::ResourceType, "resource-type", "e.g. resource-type:AWS::S3::Bucket"),
        (Self::EventId, "id", "event id"),
        (Self::VpcEndpoint, "vpc-endpoint", "VPC endpoint id"),
        (Self::RequestId, "request-id", "request id"),
    ];

    /// The qualifier that names the field in a query.
    pub fn qualifier(self) -> &'static str {
        Self::ALL.iter().find(|(field, ..)| *field == self).map_or("", |(_, name, _)| name)
    }
}

impl Kind {
    /// All kinds with their names.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Read, "read"),
        (Self::Write, "write"),
        (Self::Root, "root"),
        (Self::Failed, "failed"),
        (Self::Service, "service"),
        (Self::Flagged, "flagged"),
    ];

    /// The name after `is:`.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }
}

/// The qualifiers that are not plain text fields, with a line of help.
pub const OTHER_QUALIFIERS: [(&str, &str); 5] = [
    ("account", "account id, e.g. account:111122223333,444455556666"),
    ("ou", "organizational unit id: all accounts below it"),
    ("is", "read, write, root, failed, service or flagged"),
    ("proof", "verdict on the log file, e.g. proof:verified or -proof:verified"),
    ("time", "e.g. time:2026-11-19..2026-11-20 or time:>=2026-11-19T08:00Z"),
];

impl Query {
    /// Parses the text of a search.
    ///
    /// # Errors
    ///
    /// [`QueryError`] for the first mistake, pointing at its characters.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        parse::parse(text)
    }

    /// Whether there is no condition at all.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Adds a condition unless an equal term is there already.
    pub fn add(&mut self, is_negated: bool, condition: Condition) {
        let term = Term { is_negated, condition };
        if !self.terms.contains(&term) {
            self.terms.push(term);
        }
    }

    /// Adds or removes one value of a field, as a click on a facet does.
    ///
    /// Included values of one field gather in one term (any of them), excluded ones in another.
    /// A value that was already there in the same sense is taken out again; in the other sense it moves.
    #[must_use]
    pub fn toggle(&self, field: Facet, value: &str, is_negated: bool) -> Self {
        let mut query = self.clone();
        let was_there = query.take_value(field, value, is_negated);
        query.take_value(field, value, !is_negated);
        if !was_there {
            query.put_value(field, value, is_negated);
        }
        query.terms.retain(|term| !term.condition.is_void());
        query
    }

    /// Whether a facet value is part of the query in the given sense.
    pub fn has_value(&self, field: Facet, value: &str, is_negated: bool) -> bool {
        self.clone().take_value(field, value, is_negated)
    }

    fn take_value(&mut self, field: Facet, value: &str, is_negated: bool) -> bool {
        let mut found = false;
        for term in self.terms.iter_mut().filter(|term| term.is_negated == is_negated) {
            match (&mut term.condition, field) {
                (Condition::Account(accounts), Facet::Account) => {
                    let before = accounts.len();
                    accounts.retain(|account| account.as_str() != value);
                    found |= accounts.len() != before;
                }
                (Condition::Text(text_field, patterns), Facet::Text(wanted))
                    if *text_field == wanted =>
                {
                    let before = patterns.len();
                    patterns.retain(|pattern| pattern.text != value);
                    found |= patterns.len() != before;
                }
                _ => {}
            }
        }
        found
    }

    fn put_value(&mut self, field: Facet, value: &str, is_negated: bool) {
        let fresh = match field {
            Facet::Account => match value.parse::<AccountId>() {
                Ok(account) => Condition::Account(vec![account]),
                Err(_) => return,
            },
            Facet::Text(text_field) => Condition::Text(text_field, vec![Pattern::exact(value)]),
        };
        for term in self.terms.iter_mut().filter(|term| term.is_negated == is_negated) {
            match (&mut term.condition, &fresh) {
                (Condition::Account(accounts), Condition::Account(new)) => {
                    accounts.extend(new.iter().cloned());
                    return;
                }
                (Condition::Text(field, patterns), Condition::Text(new_field, new))
                    if field == new_field =>
                {
                    patterns.extend(new.iter().cloned());
                    return;
                }
                _ => {}
            }
        }
        self.terms.push(Term { is_negated, condition: fresh });
    }

    /// The range that the `time:` terms leave of `range`.
    ///
    /// # Errors
    ///
    /// [`crate::time::InvalidTime::EmptyRange`] when they leave nothing.
    pub fn narrow(&self, range: TimeRange) -> Result<TimeRange, crate::time::InvalidTime> {
        let (mut start, mut end) = (range.start(), range.end());
        for term in self.terms.iter().filter(|term| !term.is_negated) {
            if let Condition::Time(from, to) = &term.condition {
                start = from.map_or(start, |from| start.max(from));
                end = to.map_or(end, |to| end.min(to));
            }
        }
        TimeRange::new(start, end)
    }
}

impl Condition {
    fn is_void(&self) -> bool {
        match self {
            Self::Text(_, patterns) => patterns.is_empty(),
            Self::Account(accounts) => accounts.is_empty(),
            Self::Unit(units) => units.is_empty(),
            Self::Network(networks) => networks.is_empty(),
            Self::Is(kinds) => kinds.is_empty(),
            Self::Proof(verdicts) => verdicts.is_empty(),
            Self::Time(from, to) => from.is_none() && to.is_none(),
            Self::Contains(text) => text.is_empty(),
        }
    }
}

/// A field whose values the console counts beside the results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Facet {
    /// The account the event was delivered for.
    Account,
    /// A text field.
    #[serde(untagged)]
    Text(TextField),
}

impl Facet {
    /// The facets, in the order in which they are shown.
    pub const ALL: [Self; 8] = [
        Self::Account,
        Self::Text(TextField::EventName),
        Self::Text(TextField::EventSource),
        Self::Text(TextField::Principal),
        Self::Text(TextField::Error),
        Self::Text(TextField::Region),
        Self::Text(TextField::SourceIp),
        Self::Text(TextField::UserAgent),
    ];

    /// The qualifier that filters by this facet.
    pub fn qualifier(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Text(field) => field.qualifier(),
        }
    }

    /// Finds a facet by its qualifier.
    pub fn from_qualifier(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|facet| facet.qualifier() == name)
    }
}

impl serde::Serialize for TextField {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.qualifier())
    }
}

impl<'de> serde::Deserialize<'de> for TextField {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::ALL
            .iter()
            .find(|(_, qualifier, _)| *qualifier == name)
            .map(|(field, ..)| *field)
            .ok_or_else(|| serde::de::Error::custom(format!("unknown field `{name}`")))
    }
}
