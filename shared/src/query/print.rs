//! [`Query`] → text that parses back to it.

use super::{Condition, Pattern, Query, Term, TextField};
use crate::time::to_rfc3339;
use std::fmt;

impl fmt::Display for Query {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let terms: Vec<String> = self.terms.iter().map(ToString::to_string).collect();
        formatter.write_str(&terms.join(" "))
    }
}

impl fmt::Display for Term {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_negated {
            formatter.write_str("-")?;
        }
        match &self.condition {
            Condition::Text(field, patterns) => {
                write!(
                    formatter,
                    "{}:{}",
                    field.qualifier(),
                    join(patterns.iter().map(|pattern| print_value(*field, pattern)))
                )
            }
            Condition::Account(accounts) => write!(formatter, "account:{}", join(accounts)),
            Condition::Unit(units) => write!(formatter, "ou:{}", join(units)),
            Condition::Network(networks) => write!(formatter, "ip:{}", join(networks)),
            Condition::Is(kinds) => {
                write!(formatter, "is:{}", join(kinds.iter().map(|kind| kind.name())))
            }
            Condition::Proof(verdicts) => {
                write!(formatter, "proof:{}", join(verdicts.iter().map(|verdict| verdict.name())))
            }
            Condition::Time(Some(low), None) => write!(formatter, "time:>={}", to_rfc3339(*low)),
            Condition::Time(None, Some(high)) => write!(formatter, "time:<{}", to_rfc3339(*high)),
            Condition::Time(low, high) => {
                let side = |side: &Option<_>| side.map_or_else(|| "*".to_owned(), to_rfc3339);
                write!(formatter, "time:{}..{}", side(low), side(high))
            }
            Condition::Contains(text) => formatter.write_str(&quote(text)),
        }
    }
}

fn join<T: ToString>(values: impl IntoIterator<Item = T>) -> String {
    values.into_iter().map(|value| value.to_string()).collect::<Vec<_>>().join(",")
}

/// A slash makes a bare value of `ip` a network.
fn print_value(field: TextField, pattern: &Pattern) -> String {
    let is_odd = field == TextField::SourceIp && pattern.text.contains('/');
    if is_odd && !pattern.is_wildcard { quote(&pattern.text) } else { print_pattern(pattern) }
}

/// A bare value must not be read as a wildcard, a list or the start of something else. A wildcard must stay bare: in
/// quotes it would be none.
fn print_pattern(pattern: &Pattern) -> String {
    let text = &pattern.text;
    let reads_as_wildcard = crate::text::has_wildcard(text);
    let can_be_bare = !text.is_empty()
        && !text.starts_with('"')
        && !text.contains(|character: char| character.is_whitespace() || character == ',');
    let is_plain = can_be_bare && (pattern.is_wildcard || !text.contains(['"', '\\']));
    if is_plain && reads_as_wildcard == pattern.is_wildcard { text.clone() } else { quote(text) }
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
