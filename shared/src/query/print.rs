//! [`Query`] → text that parses back to it.

use super::{Condition, Pattern, Query, Term};
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
                    join(patterns.iter().map(print_pattern))
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

/// A bare value must not be read as a wildcard, a list or the start of something else.
fn print_pattern(pattern: &Pattern) -> String {
    let is_plain = !pattern.text.is_empty()
        && !pattern.text.contains(|character: char| {
            character.is_whitespace() || matches!(character, '"' | ',' | '\\')
        });
    let reads_as_wildcard = crate::text::has_wildcard(&pattern.text);
    if is_plain && reads_as_wildcard == pattern.is_wildcard {
        pattern.text.clone()
    } else {
        quote(&pattern.text)
    }
}

fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
