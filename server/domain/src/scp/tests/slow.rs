//! The rules once more, written so that nobody has to think: texts are replaced, everything is tried, all cells of
//! every table are filled. It shares no code with what it judges and knows only the spellings that `properties` makes.

use std::collections::BTreeMap;
use std::net::IpAddr;

/// A statement before it is written as JSON.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) is_allow: bool,
    /// `Action` or `NotAction`, with its list.
    pub(super) actions: (&'static str, Vec<&'static str>),
    /// `Resource` or `NotResource`, with its list.
    pub(super) resources: (&'static str, Vec<&'static str>),
    /// Operator → key and values.
    pub(super) conditions: BTreeMap<String, (&'static str, Vec<&'static str>)>,
}

/// A request as lists.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) action: &'static str,
    pub(super) resource: &'static str,
    /// Keys in lower case.
    pub(super) context: BTreeMap<&'static str, Vec<&'static str>>,
}

/// Levels of policies of statements.
pub(super) type Tree = Vec<Vec<Vec<Statement>>>;

pub(super) fn is_allowed(tree: &Tree, asked: &Asked) -> bool {
    let applying = |level: &Vec<Vec<Statement>>, is_allow: bool| {
        let statements: Vec<&Statement> = level.iter().flatten().collect();
        let same = statements.into_iter().filter(|statement| statement.is_allow == is_allow);
        same.filter(|statement| applies(statement, asked)).count()
    };
    !tree.is_empty()
        && tree.iter().all(|level| applying(level, false) == 0)
        && tree.iter().all(|level| applying(level, true) > 0)
}

fn applies(statement: &Statement, asked: &Asked) -> bool {
    let action = asked.action.to_lowercase();
    let is_listed =
        statement.actions.1.iter().any(|pattern| glob(&pattern.to_lowercase(), &mark(&action)));
    let is_action = is_listed == (statement.actions.0 == "Action");
    let is_covered = |pattern: &&str| {
        substituted(pattern, asked).is_some_and(|pattern| covers(&pattern, &mark(asked.resource)))
    };
    let is_listed = statement.resources.1.iter().any(is_covered);
    let is_resource = is_listed == (statement.resources.0 == "Resource");
    let mut conditions = statement.conditions.iter();
    is_action
        && is_resource
        && conditions.all(|(name, (key, wanted))| holds(name, key, wanted, asked))
}

fn holds(name: &str, key: &str, wanted: &[&str], asked: &Asked) -> bool {
    let values = asked.context.get(key.to_lowercase().as_str()).cloned().unwrap_or_default();
    let bare =
        name.replace("ForAllValues:", "").replace("ForAnyValue:", "").replace("IfExists", "");
    if bare == "Null" {
        return wanted.contains(&if values.is_empty() { "true" } else { "false" });
    }
    if name.ends_with("IfExists") && values.is_empty() {
        return true;
    }
    let positive = bare.replace("Not", "");
    let is_negated = bare != positive;
    // One row per value of the request, one column per value of the policy.
    let table: Vec<Vec<bool>> = values
        .iter()
        .map(|value| wanted.iter().map(|wanted| cell(&positive, wanted, value, asked)).collect())
        .collect();
    let rows: Vec<bool> = table.iter().map(|row| row.contains(&true)).collect();
    let is_null = values.iter().all(|value| value.is_empty());
    match (name.split(':').next(), is_negated) {
        (Some("ForAllValues"), false) => is_null || !rows.contains(&false),
        (Some("ForAllValues"), true) => is_null || !rows.contains(&true),
        (Some("ForAnyValue"), false) => !is_null && rows.contains(&true),
        (Some("ForAnyValue"), true) => !is_null && rows.contains(&false),
        (_, false) => rows.contains(&true),
        (_, true) => !rows.contains(&true),
    }
}

/// Whether one value matches another, by the positive operator.
fn cell(operator: &str, wanted: &str, value: &str, asked: &Asked) -> bool {
    let text = substituted(wanted, asked);
    let compared = |order: Option<std::cmp::Ordering>, relation: &str| {
        order.is_some_and(|order| match relation {
            "Equals" => order.is_eq(),
            "LessThan" => order.is_lt(),
            "LessThanEquals" => order.is_le(),
            "GreaterThan" => order.is_gt(),
            "GreaterThanEquals" => order.is_ge(),
            _ => panic!("{relation}"),
        })
    };
    if let Some(relation) = operator.strip_prefix("Numeric") {
        let numbers = (value.parse::<f64>(), wanted.parse::<f64>());
        let (Ok(value), Ok(wanted)) = numbers else { return false };
        return compared(value.partial_cmp(&wanted), relation);
    }
    if let Some(relation) = operator.strip_prefix("Date") {
        let (Some(value), Some(wanted)) = (seconds(value), seconds(wanted)) else { return false };
        return compared(Some(value.cmp(&wanted)), relation);
    }
    match operator {
        "StringEquals" => text.is_some_and(|text| mark(&text) == mark(value)),
        "StringEqualsIgnoreCase" => {
            text.is_some_and(|text| mark(&text).to_lowercase() == mark(value).to_lowercase())
        }
        "StringLike" => text.is_some_and(|text| glob(&text, &mark(value))),
        "ArnEquals" | "ArnLike" => text.is_some_and(|text| is_like(&text, &mark(value))),
        "Bool" | "BinaryEquals" => wanted == value,
        "IpAddress" => is_inside(wanted, value),
        _ => panic!("{operator}"),
    }
}

/// Wildcards that mean themselves.
fn mark(text: &str) -> String {
    text.replace('*', "\u{1}").replace('?', "\u{2}")
}

/// The pattern with the variables that `properties` uses, or nothing when one has no value.
fn substituted(pattern: &str, asked: &Asked) -> Option<String> {
    let value = |key: &str| match asked.context.get(key).map(Vec::as_slice) {
        Some([value]) if !value.is_empty() => Some(mark(value)),
        _ => None,
    };
    let mut text = pattern.to_owned();
    if text.contains("${aws:USERname}") {
        text = text.replace("${aws:USERname}", &value("aws:username")?);
    }
    let team = value("aws:team").unwrap_or_else(|| mark("no*team"));
    text = text.replace("${aws:team, 'no*team'}", &team);
    Some(text.replace("${*}", "\u{1}").replace("${?}", "\u{2}").replace("${$}", "$"))
}

/// Whether a text matches a pattern: every length of every run is tried.
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    let mut pattern_rest = pattern.chars();
    let mut text_rest = text.chars();
    match pattern_rest.next() {
        None => text.is_empty(),
        Some('*') => {
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.into_iter().any(|at| glob(pattern_rest.as_str(), &text[at..]))
        }
        Some('?') => text_rest.next().is_some() && glob(pattern_rest.as_str(), text_rest.as_str()),
        Some(one) => {
            text_rest.next() == Some(one) && glob(pattern_rest.as_str(), text_rest.as_str())
        }
    }
}

fn is_everything(pattern: &str) -> bool {
    !pattern.is_empty() && pattern.chars().all(|one| one == '*')
}

/// Whether a pattern of `Resource` covers a text.
pub(super) fn covers(pattern: &str, resource: &str) -> bool {
    let mut parts: Vec<&str> = pattern.splitn(6, ':').collect();
    parts.resize(6, "*");
    is_everything(pattern) || parts_cover(&parts, resource)
}

/// Tries every colon of the text as the end of the first part.
fn parts_cover(parts: &[&str], text: &str) -> bool {
    if parts.len() == 1 {
        return glob(parts[0], text);
    }
    text.match_indices(':').any(|(at, _)| {
        let (head, tail) = (&text[..at], &text[at + 1..]);
        let is_within = !head.contains(':') && glob(parts[0], head);
        (is_within || goes_beyond(parts[0], head)) && parts_cover(&parts[1..], tail)
    })
}

/// Whether a part's last `*` takes what is left after some beginning without a colon.
fn goes_beyond(part: &str, head: &str) -> bool {
    let Some(stem) = part.strip_suffix('*') else { return false };
    let ends = head.char_indices().map(|(at, _)| at).chain([head.len()]);
    ends.into_iter().any(|at| !head[..at].contains(':') && glob(stem, &head[..at]))
}

fn is_like(pattern: &str, arn: &str) -> bool {
    let (wanted, parts): (Vec<&str>, Vec<&str>) =
        (pattern.splitn(6, ':').collect(), arn.splitn(6, ':').collect());
    let is_each = || wanted.iter().zip(&parts).all(|(wanted, part)| glob(wanted, part));
    is_everything(pattern) || (wanted.len() == 6 && parts.len() == 6 && is_each())
}

/// The times that `properties` knows.
fn seconds(text: &str) -> Option<i64> {
    match text {
        "2026-03-01" | "2026-03-01T00:00Z" | "1772323200" => Some(1_772_323_200),
        "2026-03-01T13:00:00+01:00" => Some(1_772_366_400),
        "2026-03-02T00:00:00Z" => Some(1_772_409_600),
        "1" | "2" => text.parse().ok(),
        _ => None,
    }
}

fn is_inside(network: &str, address: &str) -> bool {
    let bits = |text: &str| -> Option<String> {
        let digits = |byte: &u8| format!("{byte:08b}");
        match text.parse().ok()? {
            IpAddr::V4(address) => Some(address.octets().iter().map(digits).collect()),
            IpAddr::V6(address) => Some(address.octets().iter().map(digits).collect()),
        }
    };
    let (start, length) = network.split_once('/').unwrap_or((network, "128"));
    let (Some(start), Some(address)) = (bits(start), bits(address)) else { return false };
    let length = length.parse::<usize>().unwrap().min(start.len());
    start.len() == address.len() && start[..length] == address[..length]
}
