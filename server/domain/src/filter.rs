//! The meaning of a query, asked of one record at a time: slow, obvious, and the judge of the index.

use crate::record::{Fields, FileClaims, IndexedRecord, RecordError};
use crate::spelling::plain;
use chrono::{DateTime, Utc};
use orgtrail_shared::event::Access;
use orgtrail_shared::ids::{AccountId, UnitId};
use orgtrail_shared::proof::FileVerdict;
use orgtrail_shared::query::{Condition, Kind, Pattern, Query, TextField};
use std::borrow::Cow;
use std::net::IpAddr;

/// One record with all that a query can ask of it.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    text: &'a str,
    fields: Fields<'a>,
    record: IndexedRecord<'a>,
    verdict: FileVerdict,
    is_flagged: bool,
}

/// Which units an account is below, now.
pub trait UnitTree {
    /// Whether the account is in the unit or in one below it.
    fn is_below(&self, account: &str, unit: &UnitId) -> bool;
}

impl<'a> Candidate<'a> {
    /// Reads the record's text.
    ///
    /// # Errors
    ///
    /// [`RecordError`] when it is no record.
    pub fn read(
        text: &'a str,
        claims: &FileClaims,
        now: DateTime<Utc>,
        verdict: FileVerdict,
    ) -> Result<Self, RecordError> {
        let record = IndexedRecord::read(text, claims, now)?;
        let is_flagged = !record.flags.is_empty();
        Ok(Self { text, fields: Fields::parse(text)?, record, verdict, is_flagged })
    }

    /// Whether every term of the query holds.
    pub fn matches(&self, query: &Query, units: &dyn UnitTree) -> bool {
        query.terms.iter().all(|term| self.meets(&term.condition, units) != term.is_negated)
    }

    /// Whether one condition holds.
    pub fn meets(&self, condition: &Condition, units: &dyn UnitTree) -> bool {
        match condition {
            Condition::Text(field, patterns) => self
                .values(*field)
                .iter()
                .any(|value| patterns.iter().any(|pattern| meets(pattern, value))),
            Condition::Account(accounts) => {
                accounts.iter().map(AccountId::as_str).any(|account| account == self.record.account)
            }
            Condition::Unit(wanted) => {
                wanted.iter().any(|unit| units.is_below(&self.record.account, unit))
            }
            Condition::Network(networks) => self
                .record
                .source_ip
                .parse::<IpAddr>()
                .is_ok_and(|address| networks.iter().any(|network| network.contains(&address))),
            Condition::Is(kinds) => kinds.iter().any(|kind| self.is(*kind)),
            Condition::Proof(verdicts) => verdicts.contains(&self.verdict),
            Condition::Time(from, to) => {
                let at = self.record.seconds;
                from.is_none_or(|from| from.timestamp() <= at)
                    && to.is_none_or(|to| at < to.timestamp())
            }
            Condition::Contains(text) => contains(self.text, text),
        }
    }

    fn is(&self, kind: Kind) -> bool {
        match kind {
            Kind::Read => self.record.access == Access::Read,
            Kind::Write => self.record.access != Access::Read,
            Kind::Root => self.record.principal.kind == "Root",
            Kind::Failed => !self.record.error_code.is_empty(),
            Kind::Service => self.record.principal.kind == "AWSService",
            Kind::Flagged => self.is_flagged,
        }
    }

    /// The values of a field; a field that a record doesn't have has none, so that `error:*` asks for any.
    fn values(&self, field: TextField) -> Vec<Cow<'_, str>> {
        let (record, fields) = (&self.record, &self.fields);
        let principal = &record.principal;
        let values: Vec<Cow<'_, str>> = match field {
            TextField::EventName => vec![Cow::Borrowed(&*record.event_name)],
            TextField::EventSource => vec![Cow::Borrowed(&*record.event_source)],
            TextField::Region => vec![Cow::Borrowed(&*record.region)],
            TextField::Principal => {
                let own = if principal.arn.is_empty() { &principal.name } else { &principal.arn };
                vec![Cow::Borrowed(own.as_str()), Cow::Borrowed(&*fields.identity.arn)]
            }
            TextField::PrincipalType => vec![Cow::Borrowed(principal.kind.as_str())],
            TextField::User => {
                vec![
                    Cow::Borrowed(principal.name.as_str()),
                    Cow::Borrowed(principal.session.as_str()),
                ]
            }
            TextField::AccessKey => vec![Cow::Borrowed(&*record.access_key)],
            TextField::SourceIp => vec![Cow::Borrowed(&*record.source_ip)],
            TextField::UserAgent => vec![Cow::Borrowed(&*record.user_agent)],
            TextField::Error => vec![Cow::Borrowed(&*record.error_code)],
            TextField::Category => vec![Cow::Borrowed(&*record.category)],
            TextField::EventType => vec![Cow::Borrowed(&*record.event_type)],
            TextField::Resource => record
                .resources
                .iter()
                .flat_map(|resource| {
                    [Cow::Borrowed(&*resource.arn), Cow::Borrowed(&*resource.arn_prefix)]
                })
                .collect(),
            TextField::ResourceType => {
                record.resources.iter().map(|resource| Cow::Borrowed(&*resource.kind)).collect()
            }
            TextField::EventId => {
                vec![Cow::Owned(record.event_id.to_string()), Cow::Borrowed(&*fields.event_id)]
            }
            TextField::VpcEndpoint => vec![Cow::Borrowed(&*fields.vpc_endpoint)],
            TextField::RequestId => vec![Cow::Borrowed(&*fields.request_id)],
        };
        values.into_iter().filter(|value| !value.is_empty()).collect()
    }
}

fn meets(pattern: &Pattern, value: &str) -> bool {
    pattern.matches(value)
}

/// Whether the record's text holds `needle`, without regard to ASCII case.
///
/// JSON may write any character as an escape, so the text counts as it stands and in its plain spelling, and the needle
/// as it is and as it would stand inside a string.
pub fn contains(text: &str, needle: &str) -> bool {
    let forms = needle_forms(needle);
    let holds = |text: &str| {
        forms.iter().any(|form| contains_ignoring_case(text.as_bytes(), form.as_bytes()))
    };
    if holds(text) {
        return true;
    }
    match plain(text) {
        Cow::Borrowed(_) => false,
        Cow::Owned(plain) => holds(&plain),
    }
}

/// The forms in which a needle may stand in plainly spelled JSON.
pub fn needle_forms(needle: &str) -> Vec<String> {
    let quoted = serde_json::to_string(needle).unwrap_or_default();
    let inside = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
    if inside == needle {
        return vec![needle.to_owned()];
    }
    vec![needle.to_owned(), inside.to_owned()]
}

fn contains_ignoring_case(text: &[u8], needle: &[u8]) -> bool {
    let Some((&first, rest)) = needle.split_first() else { return true };
    let (lower, upper) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
    memchr::memchr2_iter(lower, upper, text).any(|at| {
        text.get(at + 1..at + 1 + rest.len()).is_some_and(|found| found.eq_ignore_ascii_case(rest))
    })
}

#[cfg(test)]
mod tests;
