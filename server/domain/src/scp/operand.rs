//! The values that a policy gives for a condition key, read as their operator wants them.

use super::arn::is_arn_like;
use super::context::Context;
use super::decimal::Decimal;
use super::instant;
use super::operator::{Comparison, Relation};
use super::pattern::{Token, matches};
use super::template::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use ipnet::IpNet;
use std::net::IpAddr;

/// One value of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    Equal(Template),
    EqualIgnoringCase(Template),
    Like(Template),
    Arn(Template),
    Number(Relation, Decimal),
    Instant(Relation, DateTime<Utc>),
    Bool(bool),
    Binary(Vec<u8>),
    Address(IpNet),
    /// Whether the key must be absent.
    Absence(bool),
}

impl Operand {
    /// Reads a value. Variables are known in texts and ARNs only.
    ///
    /// # Errors
    ///
    /// Why it is no value for this operator.
    pub(super) fn parse(comparison: Comparison, text: &str) -> Result<Self, String> {
        let refused = |what: &str| format!("`{text}` is not {what}");
        match comparison {
            Comparison::Equal => Template::parse_exact(text).map(Self::Equal),
            Comparison::EqualIgnoringCase => {
                Template::parse_exact(text).map(Self::EqualIgnoringCase)
            }
            Comparison::Like => Template::parse(text).map(Self::Like),
            Comparison::Arn => Template::parse(text).map(Self::Arn),
            Comparison::Number(relation) => Decimal::parse(text)
                .map(|number| Self::Number(relation, number))
                .ok_or_else(|| refused("a number")),
            Comparison::Instant(relation) => instant::parse(text)
                .map(|time| Self::Instant(relation, time))
                .ok_or_else(|| refused("a time such as `2026-03-01T00:00:00Z`")),
            Comparison::Bool => {
                boolean(text).map(Self::Bool).ok_or_else(|| refused("`true` or `false`"))
            }
            Comparison::Binary => {
                STANDARD.decode(text).map(Self::Binary).map_err(|_| refused("base64"))
            }
            Comparison::Address => {
                network(text).map(Self::Address).ok_or_else(|| refused("an address or a CIDR"))
            }
            Comparison::Absence => {
                boolean(text).map(Self::Absence).ok_or_else(|| refused("`true` or `false`"))
            }
        }
    }

    /// The keys of the request that it is compared with beside its own.
    pub(super) fn keys(&self) -> Vec<&str> {
        match self {
            Self::Equal(template)
            | Self::EqualIgnoringCase(template)
            | Self::Like(template)
            | Self::Arn(template) => template.keys().collect(),
            Self::Number(..)
            | Self::Instant(..)
            | Self::Bool(_)
            | Self::Binary(_)
            | Self::Address(_)
            | Self::Absence(_) => Vec::new(),
        }
    }

    /// Whether a value of the request matches. A value that can't be read as the operator wants it matches nothing.
    pub(super) fn matches(&self, value: &str, context: &Context) -> bool {
        let resolved = |template: &Template| template.resolve(context);
        match self {
            Self::Equal(template) | Self::Like(template) => {
                resolved(template).is_some_and(|pattern| matches(&pattern, value.chars()))
            }
            Self::EqualIgnoringCase(template) => resolved(template)
                .is_some_and(|pattern| matches(&lower_case(&pattern), lower(value.chars()))),
            Self::Arn(template) => {
                resolved(template).is_some_and(|pattern| is_arn_like(&pattern, value))
            }
            Self::Number(relation, wanted) => {
                Decimal::parse(value).is_some_and(|number| relation.holds(&number, wanted))
            }
            Self::Instant(relation, wanted) => {
                instant::parse(value).is_some_and(|time| relation.holds(&time, wanted))
            }
            Self::Bool(wanted) => boolean(value) == Some(*wanted),
            Self::Binary(wanted) => STANDARD.decode(value).is_ok_and(|bytes| bytes == *wanted),
            Self::Address(network) => {
                value.parse::<IpAddr>().is_ok_and(|address| network.contains(&address))
            }
            // There is a value.
            Self::Absence(is_wanted) => !is_wanted,
        }
    }
}

fn boolean(text: &str) -> Option<bool> {
    [true, false].into_iter().find(|value| text.eq_ignore_ascii_case(&value.to_string()))
}

/// A network, or an address as a network of its own. Bits of a network's address beyond its length don't count.
fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

fn lower(text: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    text.flat_map(char::to_lowercase)
}

/// The pattern of a text without wildcards, in lower case.
fn lower_case(pattern: &[Token]) -> Vec<Token> {
    let characters = pattern.iter().filter_map(|token| match token {
        Token::Literal(character) => Some(*character),
        Token::AnyOne | Token::AnyRun | Token::AnyOneInPart | Token::AnyRunInPart => None,
    });
    lower(characters).map(Token::Literal).collect()
}
