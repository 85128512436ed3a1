//! Random queries, each with its meaning as a mark for every value of the tables: nothing of orgtrail reads them here.

use super::events::{
    ACCOUNTS, ACTORS, ADDRESSES, AGENTS, Actor, CUSTOMERS, ERRORS, Event, KINDS, NAMES, REGIONS,
    RESOURCES, WORD_OF, word,
};
use super::plan::{DAYS, begin};
use orgtrail_shared::time::to_rfc3339;
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

/// A field of an event that a condition is about, and whose values facets count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Account,
    Name,
    Source,
    Principal,
    Error,
    Region,
    Address,
    Agent,
    Other,
}

type Meaning = Box<dyn Fn(&Event) -> bool + Send + Sync>;

/// A condition's text, the field that it is about, and its meaning.
type Meant = (String, Field, Meaning);

/// One condition: its text and its meaning.
pub(super) struct Term {
    pub(super) text: String,
    pub(super) field: Field,
    is_negated: bool,
    meaning: Meaning,
}

impl Term {
    pub(super) fn holds(&self, event: &Event) -> bool {
        (self.meaning)(event) != self.is_negated
    }
}

/// A query over a range of time.
pub(super) struct Query {
    pub(super) terms: Vec<Term>,
    /// Seconds since 1970.
    pub(super) range: (i64, i64),
    pub(super) hides_reads: bool,
}

impl Query {
    /// A query of up to three conditions. Texts are asked over a short range: each answer reads so many records at most.
    pub(super) fn random(random: &mut StdRng, count: u32) -> Self {
        let (first, last) = (begin().timestamp(), begin().timestamp() + DAYS * 86_400 + 3_600);
        let mut terms: Vec<Term> =
            (0..random.random_range(0..4)).map(|_| term(random, count)).collect();
        terms.dedup_by(|one, other| one.text == other.text);
        let range = if random.random_bool(0.4) {
            (first, last)
        } else {
            let start = random.random_range(first..last - 1);
            (start, random.random_range(start + 1..=last))
        };
        Self { terms, range, hides_reads: random.random_ratio(1, 5) }
    }

    /// Asks for all there is.
    pub(super) fn everything() -> Self {
        let first = begin().timestamp();
        Self { terms: Vec::new(), range: (first, first + (DAYS + 1) * 86_400), hides_reads: false }
    }

    pub(super) fn text(&self) -> String {
        let terms: Vec<String> = self
            .terms
            .iter()
            .map(|term| format!("{}{}", if term.is_negated { "-" } else { "" }, term.text))
            .collect();
        terms.join(" ")
    }

    /// The same query without one of its conditions.
    pub(super) fn without(mut self, place: usize) -> Self {
        self.terms.remove(place);
        self
    }
}

/// A value to ask for, and which places of the table it means.
fn ask<'t>(random: &mut StdRng, values: &[&'t str]) -> (String, Vec<bool>) {
    let value: &'t str = values.choose(random).unwrap();
    let letters: Vec<char> = value.chars().collect();
    let (text, pattern): (String, String) = match random.random_range(0..6) {
        _ if value.is_empty() => ("*".to_owned(), "*".to_owned()),
        0 => (quoted(&value.to_ascii_uppercase()), literal(value)),
        1 if !value.contains([' ', ',', '*', '?', '"']) => {
            let start: String = letters[..letters.len().div_ceil(2)].iter().collect();
            (format!("{start}*"), format!("{}*", literal(&start)))
        }
        2 if !value.contains([' ', ',', '*', '?', '"']) => {
            let end: String = letters[letters.len() / 2..].iter().collect();
            (format!("*{end}"), format!("*{}", literal(&end)))
        }
        3 if !value.contains([' ', ',', '*', '?', '"']) => {
            let place = random.random_range(0..letters.len());
            let one: String = letters
                .iter()
                .enumerate()
                .map(|(at, &letter)| if at == place { '?' } else { letter })
                .collect();
            (one.clone(), one)
        }
        _ => (quoted(value), literal(value)),
    };
    let marks = values
        .iter()
        .map(|value| {
            !value.is_empty() && is_like(&pattern.to_ascii_lowercase(), &value.to_ascii_lowercase())
        })
        .collect();
    (text, marks)
}

/// No value of the tables has a wildcard of its own in it.
fn literal(value: &str) -> String {
    assert!(!value.contains(['*', '?']));
    value.to_owned()
}

fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// `*` and `?`, by trying everything.
fn is_like(pattern: &str, value: &str) -> bool {
    let (mut patterns, mut values) = (pattern.chars(), value.chars());
    match patterns.next() {
        None => value.is_empty(),
        Some('*') => {
            is_like(patterns.as_str(), value)
                || (values.next().is_some() && is_like(pattern, values.as_str()))
        }
        Some('?') => values.next().is_some() && is_like(patterns.as_str(), values.as_str()),
        Some(letter) => {
            values.next() == Some(letter) && is_like(patterns.as_str(), values.as_str())
        }
    }
}

fn table(
    random: &mut StdRng,
    qualifier: &str,
    field: Field,
    values: &[&str],
    place: fn(&Event) -> usize,
) -> Meant {
    let (mut text, mut marks) = ask(random, values);
    if random.random_ratio(1, 3) {
        let (more, others) = ask(random, values);
        text = format!("{text},{more}");
        marks.iter_mut().zip(others).for_each(|(mark, other)| *mark |= other);
    }
    (format!("{qualifier}:{text}"), field, Box::new(move |event| marks[place(event)]))
}

fn term(random: &mut StdRng, count: u32) -> Term {
    let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
    let sources: Vec<&str> = NAMES.iter().map(|(_, source)| *source).collect();
    let categories: Vec<&str> = KINDS.iter().map(|(category, _)| *category).collect();
    let types: Vec<&str> = KINDS.iter().map(|(_, kind)| *kind).collect();
    let (text, field, meaning): Meant = match random.random_range(0..18) {
        0 | 1 => {
            let (text, marks) = ask(random, &names);
            let pattern = text.trim_matches('"').to_ascii_lowercase();
            let is_wild = !text.starts_with('"');
            // A record without an id has a name of its own.
            let own = move |event: &Event| {
                is_wild && is_like(&pattern, &event.name().to_ascii_lowercase())
            };
            let meaning =
                move |event: &Event| if event.has_id { marks[event.name] } else { own(event) };
            (format!("event:{text}"), Field::Name, Box::new(meaning))
        }
        2 => table(random, "source", Field::Source, &sources, |event| event.name),
        3 => table(random, "region", Field::Region, &REGIONS, |event| event.region),
        4 => {
            let wanted =
                [random.random_range(0..ACCOUNTS.len()), random.random_range(0..ACCOUNTS.len())];
            let text = format!("account:{},{}", ACCOUNTS[wanted[0]], ACCOUNTS[wanted[1]]);
            (text, Field::Account, Box::new(move |event| wanted.contains(&event.account)))
        }
        5 | 6 => of_address(random),
        7 => table(random, "agent", Field::Agent, &AGENTS, |event| event.agent),
        8 => table(random, "error", Field::Error, &ERRORS, |event| event.error),
        9 => table(random, "category", Field::Other, &categories, |event| event.kind),
        10 => table(random, "type", Field::Other, &types, |event| event.kind),
        11..15 => of_actor(random),
        15 => {
            let values: Vec<&str> = RESOURCES.to_vec();
            table(random, "resource", Field::Other, &values, |event| event.resource)
        }
        16 => of_kind(random),
        _ => of_text(random, count),
    };
    Term { text, field, is_negated: random.random_ratio(1, 4), meaning }
}

fn of_actor(random: &mut StdRng) -> Meant {
    let both = |one: Vec<bool>, other: Vec<bool>| -> Vec<bool> {
        one.into_iter().zip(other).map(|(one, other)| one || other).collect()
    };
    let same = |text: &str, values: &[&str]| -> Vec<bool> {
        let pattern = text.trim_matches('"').to_ascii_lowercase();
        values
            .iter()
            .map(|value| !value.is_empty() && is_like(&pattern, &value.to_ascii_lowercase()))
            .collect()
    };
    let actors = &*ACTORS;
    let (text, field, marks) = match random.random_range(0..4) {
        0 => {
            let own: Vec<&str> = actors.iter().map(Actor::principal).collect();
            let written: Vec<&str> =
                actors.iter().map(|actor| actor.written_arn.as_str()).collect();
            let values = if random.random_bool(0.5) { &own } else { &written };
            let (text, marks) = ask(random, values);
            let marks = both(both(marks, same(&text, &own)), same(&text, &written));
            (format!("principal:{text}"), Field::Principal, marks)
        }
        1 => {
            let names: Vec<&str> = actors.iter().map(|actor| actor.name.as_str()).collect();
            let sessions: Vec<&str> = actors.iter().map(|actor| actor.session).collect();
            let values = if random.random_bool(0.7) { &names } else { &sessions };
            let (text, _) = ask(random, values);
            (
                format!("user:{text}"),
                Field::Other,
                both(same(&text, &names), same(&text, &sessions)),
            )
        }
        2 => {
            let kinds: Vec<&str> = actors.iter().map(|actor| actor.kind).collect();
            let (text, marks) = ask(random, &kinds);
            (format!("principal-type:{text}"), Field::Other, marks)
        }
        _ => {
            let keys: Vec<&str> = actors.iter().map(|actor| actor.access_key.as_str()).collect();
            let key = keys.iter().filter(|key| !key.is_empty()).collect::<Vec<_>>()
                [random.random_range(0..24)];
            (
                format!("access-key:{key}"),
                Field::Other,
                keys.iter().map(|other| other == key).collect(),
            )
        }
    };
    (text, field, Box::new(move |event| marks[event.actor]))
}

fn of_address(random: &mut StdRng) -> Meant {
    let (text, meant) = *[
        ("198.51.100.0/24", &["198.51.100.7", "198.51.100.200"][..]),
        ("198.51.100.0/25", &["198.51.100.7"]),
        ("10.0.0.0/8,203.0.113.9", &["10.0.0.1", "203.0.113.9"]),
        ("2001:db8::/33", &["2001:db8::1", "2001:DB8:1::5"]),
        ("::/0", &["2001:db8::1", "2001:DB8:1::5"]),
        ("192.0.2.1", &[]),
        ("\"AWS Internal\"", &["AWS Internal"]),
        ("*.amazonaws.com", &["ec2.amazonaws.com"]),
        ("\"198.51.100.7, 10.0.0.1\"", &["198.51.100.7, 10.0.0.1"]),
        ("198.51.*", &["198.51.100.7", "198.51.100.200", "198.51.100.7, 10.0.0.1"]),
    ]
    .choose(random)
    .unwrap();
    let marks: Vec<bool> = ADDRESSES.iter().map(|address| meant.contains(address)).collect();
    (format!("ip:{text}"), Field::Address, Box::new(move |event| marks[event.address]))
}

fn of_kind(random: &mut StdRng) -> Meant {
    type Kind = (&'static str, fn(&Event) -> bool);
    let kinds: [Kind; 6] = [
        ("read", |event| event.is_read == Some(true)),
        ("write", |event| event.is_read != Some(true)),
        ("root", |event| ACTORS[event.actor].kind == "Root"),
        ("failed", |event| event.error != 0),
        ("service", |event| ACTORS[event.actor].kind == "AWSService"),
        ("flagged", |event| event.is_flagged),
    ];
    let (name, meaning) = *kinds.choose(random).unwrap();
    (format!("is:{name}"), Field::Other, Box::new(meaning))
}

fn of_text(random: &mut StdRng, count: u32) -> Meant {
    match random.random_range(0..5) {
        0 => {
            let wanted = random.random_range(0..CUSTOMERS.len());
            (
                CUSTOMERS[wanted].to_owned(),
                Field::Other,
                Box::new(move |event| event.customer == wanted),
            )
        }
        1 => {
            let number = random.random_range(0..count);
            let id = crate::records::event_id(u128::from(number));
            (
                format!("id:{id}"),
                Field::Other,
                Box::new(move |event| event.number == number && event.has_id),
            )
        }
        2 => {
            let from = begin().timestamp() + random.random_range(0..DAYS * 86_400);
            let text = to_rfc3339(chrono::DateTime::from_timestamp(from, 0).unwrap());
            (format!("time:>={text}"), Field::Other, Box::new(move |event| event.seconds >= from))
        }
        3 => {
            let number = random.random_range(0..count);
            let text = word(number).to_ascii_uppercase();
            (text, Field::Other, Box::new(move |event| event.number / WORD_OF == number / WORD_OF))
        }
        _ => {
            let number = random.random_range(0..count);
            // As two records write it, one of them with an escape.
            let text = format!("/{}", word(number));
            (text, Field::Other, Box::new(move |event| event.number / WORD_OF == number / WORD_OF))
        }
    }
}
