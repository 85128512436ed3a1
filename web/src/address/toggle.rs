//! What a click on a value does to the query's text.
//!
//! [`Query::toggle`] knows plain values; absent fields and single addresses need a word more.

use orgtrail_shared::query::{Condition, Facet, Pattern, Query, TextField};
use std::net::IpAddr;

/// Switches one value of a facet; the empty value of a field means that the field is absent.
pub(super) fn toggle(query: &Query, facet: Facet, value: &str, is_excluded: bool) -> Query {
    match facet {
        Facet::Text(field) if value.is_empty() => toggle_absent(query, field, is_excluded),
        Facet::Text(TextField::SourceIp) if value.parse::<IpAddr>().is_ok() => {
            toggle_address(query, value, is_excluded)
        }
        Facet::Account | Facet::Text(_) => query.toggle(facet, value, is_excluded),
    }
}

/// Whether a facet's value is part of the query in the given sense.
pub(crate) fn has_value(query: &Query, facet: Facet, value: &str, is_excluded: bool) -> bool {
    match facet {
        Facet::Text(field) if value.is_empty() => {
            let any = any_value(field);
            query.terms.iter().any(|term| term.condition == any && term.is_negated != is_excluded)
        }
        Facet::Text(TextField::SourceIp) if value.parse::<IpAddr>().is_ok() => {
            take_address(&mut query.clone(), value, is_excluded)
        }
        Facet::Account | Facet::Text(_) => query.has_value(facet, value, is_excluded),
    }
}

/// The values of a facet that the query names, each with whether it is excluded.
pub(crate) fn chosen_values(query: &Query, facet: Facet) -> Vec<(String, bool)> {
    let mut chosen = Vec::new();
    for term in &query.terms {
        let values: Vec<String> = match (&term.condition, facet) {
            (Condition::Account(accounts), Facet::Account) => {
                accounts.iter().map(ToString::to_string).collect()
            }
            (Condition::Text(field, patterns), Facet::Text(wanted)) if *field == wanted => {
                patterns.iter().map(|pattern| pattern.text.clone()).collect()
            }
            (Condition::Network(networks), Facet::Text(TextField::SourceIp)) => {
                let single = networks.iter().filter(|it| it.prefix_len() == it.max_prefix_len());
                single.map(|network| network.addr().to_string()).collect()
            }
            _ => continue,
        };
        // `error:*` asks for any value: that is the row "none", in the other sense.
        let values = values.into_iter().filter(|value| value != "*");
        chosen.extend(values.map(|value| (value, term.is_negated)));
    }
    chosen
}

fn any_value(field: TextField) -> Condition {
    Condition::Text(field, vec![Pattern { text: "*".to_owned(), is_wildcard: true }])
}

/// `-error:*` finds events without an error, `error:*` those with one.
fn toggle_absent(query: &Query, field: TextField, is_excluded: bool) -> Query {
    let any = any_value(field);
    let was_there = has_value(query, Facet::Text(field), "", is_excluded);
    let mut toggled = query.clone();
    toggled.terms.retain(|term| term.condition != any);
    if !was_there {
        toggled.add(!is_excluded, any);
    }
    toggled
}

/// A single address is a network of one, and gathers with the other networks.
fn toggle_address(query: &Query, value: &str, is_excluded: bool) -> Query {
    let mut toggled = query.clone();
    let was_there = take_address(&mut toggled, value, is_excluded);
    take_address(&mut toggled, value, !is_excluded);
    toggled.terms.retain(
        |term| !matches!(&term.condition, Condition::Network(networks) if networks.is_empty()),
    );
    if was_there {
        return toggled;
    }
    let Some(Condition::Network(fresh)) = parse_address(value) else { return query.clone() };
    for term in toggled.terms.iter_mut().filter(|term| term.is_negated == is_excluded) {
        if let Condition::Network(networks) = &mut term.condition {
            networks.extend(fresh);
            return toggled;
        }
    }
    toggled.add(is_excluded, Condition::Network(fresh));
    toggled
}

fn parse_address(value: &str) -> Option<Condition> {
    let query = Query::parse(&format!("ip:{value}")).ok()?;
    query.terms.into_iter().next().map(|term| term.condition)
}

fn take_address(query: &mut Query, value: &str, is_excluded: bool) -> bool {
    let Some(Condition::Network(wanted)) = parse_address(value) else { return false };
    let mut found = false;
    for term in query.terms.iter_mut().filter(|term| term.is_negated == is_excluded) {
        if let Condition::Network(networks) = &mut term.condition {
            let before = networks.len();
            networks.retain(|network| !wanted.contains(network));
            found |= networks.len() != before;
        }
    }
    found
}
