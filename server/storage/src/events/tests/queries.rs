//! Random queries: each qualifier in turn, with values that some records have, almost have, or don't have.

use super::records::{
    ADDRESSES, AGENTS, ERRORS, KEYS, NAMES, REGIONS, RESOURCES, ROLES, SESSIONS, SOURCES,
};
use crate::testing::{ACCOUNTS, NOON};
use chrono::TimeDelta;
use orgtrail_shared::proof::FileVerdict;
use orgtrail_shared::query::{Condition, Kind, Pattern, Query, TextField};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

/// How many kinds of conditions [`condition`] makes.
pub(super) const KINDS: usize = TextField::ALL.len() + 7;

/// A query of one to three conditions, of which the first is of the given kind.
pub(super) fn query(random: &mut StdRng, kind: usize) -> Query {
    let mut query = Query::default();
    let more = random.random_range(0..=2);
    for place in 0..=more {
        let kind = if place == 0 { kind } else { random.random_range(0..KINDS) };
        let condition = condition(random, kind);
        query.add(random.random_ratio(1, 3), condition);
    }
    query
}

fn condition(random: &mut StdRng, kind: usize) -> Condition {
    if let Some((field, ..)) = TextField::ALL.get(kind) {
        let patterns = (0..random.random_range(1..=2)).map(|_| pattern(random, *field)).collect();
        return Condition::Text(*field, patterns);
    }
    match kind - TextField::ALL.len() {
        0 => {
            let account = pick(random, &[ACCOUNTS[0], ACCOUNTS[1], "999999999999", "123456789012"]);
            Condition::Account(vec![account.parse().unwrap(), ACCOUNTS[2].parse().unwrap()])
        }
        1 => {
            let unit = pick(
                random,
                &["r-abcd", "ou-abcd-11111111", "ou-abcd-22222222", "ou-abcd-99999999"],
            );
            Condition::Unit(vec![unit.parse().unwrap()])
        }
        2 => {
            let networks = [
                "198.51.100.0/24",
                "198.51.100.7/25",
                "203.0.113.9/32",
                "0.0.0.0/0",
                "2001:db8::/33",
                "::/0",
                "10.0.0.0/8",
            ];
            Condition::Network(vec![
                pick(random, &networks).parse().unwrap(),
                "203.0.113.0/30".parse().unwrap(),
            ])
        }
        3 => {
            let kinds = Kind::ALL.map(|(kind, _)| kind);
            Condition::Is(
                (0..random.random_range(1..=2)).map(|_| *kinds.choose(random).unwrap()).collect(),
            )
        }
        4 => Condition::Proof(vec![
            *FileVerdict::ALL.choose(random).unwrap(),
            FileVerdict::HashDiffers,
        ]),
        5 => {
            let mut side = || {
                random
                    .random_bool(0.7)
                    .then(|| NOON - TimeDelta::seconds(random.random_range(0..4 * 86_400)))
            };
            Condition::Time(side(), side())
        }
        _ => Condition::Contains(pick(random, &["Bucket", "vpce-1", "ünal", "nowhere"]).to_owned()),
    }
}

/// A value of the field, as it is, in other letters, or with wildcards in it.
fn pattern(random: &mut StdRng, field: TextField) -> Pattern {
    let mut text = value(random, field);
    match random.random_range(0..8) {
        0 => text = text.to_ascii_lowercase(),
        1 => text = text.to_ascii_uppercase(),
        2 => return Pattern { text: "*".to_owned(), is_wildcard: true },
        3 => return wild(text.chars().take(6).chain(['*']).collect()),
        4 => return wild(format!("*{}", text.chars().skip(3).collect::<String>())),
        5 => {
            let place = random.random_range(0..text.chars().count().max(1));
            return wild(
                text.chars()
                    .enumerate()
                    .map(|(at, letter)| if at == place { '?' } else { letter })
                    .collect(),
            );
        }
        _ => {}
    }
    Pattern::exact(text)
}

fn wild(text: String) -> Pattern {
    Pattern { text, is_wildcard: true }
}

fn value(random: &mut StdRng, field: TextField) -> String {
    match field {
        TextField::EventName => pick(random, &NAMES).to_owned(),
        TextField::EventSource => pick(random, &SOURCES).to_owned(),
        TextField::Region => pick(random, &REGIONS).to_owned(),
        TextField::Principal => principal(random),
        TextField::PrincipalType => {
            pick(random, &["Root", "AssumedRole", "AWSService", "IAMUser", "Robot"]).to_owned()
        }
        TextField::User => match random.random_range(0..3) {
            0 => pick(random, &ROLES).to_owned(),
            1 => pick(random, &SESSIONS).to_owned(),
            _ => pick(random, &["root", "config.amazonaws.com", ACCOUNTS[0], "nobody"]).to_owned(),
        },
        TextField::AccessKey => pick(random, &KEYS).to_owned(),
        TextField::SourceIp => pick(random, &ADDRESSES).to_owned(),
        TextField::UserAgent => pick(random, &AGENTS).to_owned(),
        TextField::Error => pick(random, &ERRORS[1..]).to_owned(),
        TextField::Category => pick(random, &["Management", "Data", "Insight"]).to_owned(),
        TextField::EventType => pick(random, &["AwsApiCall", "AwsConsoleSignIn"]).to_owned(),
        TextField::Resource => pick(random, &RESOURCES).to_owned(),
        TextField::ResourceType => pick(random, &["AWS::S3::Bucket", "AWS::KMS::Key"]).to_owned(),
        TextField::EventId => uuid::Uuid::from_u128(random.random()).to_string(),
        TextField::VpcEndpoint => "vpce-1".to_owned(),
        TextField::RequestId => pick(random, &["r-1", "r-3"]).to_owned(),
    }
}

fn principal(random: &mut StdRng) -> String {
    let (account, role, session) =
        (pick(random, &ACCOUNTS), pick(random, &ROLES), pick(random, &SESSIONS));
    match random.random_range(0..6) {
        0 => format!("arn:aws:iam::{account}:root"),
        1 => format!("arn:aws:iam::{account}:user/alice"),
        2 => format!("arn:aws:iam::{account}:role/some/path/{role}"),
        3 => format!("arn:aws:sts::{account}:assumed-role/{role}"),
        4 => format!("arn:aws:sts::{account}:assumed-role/{role}/{session}"),
        _ => "config.amazonaws.com".to_owned(),
    }
}

fn pick<'a>(random: &mut StdRng, values: &[&'a str]) -> &'a str {
    values.choose(random).unwrap()
}
