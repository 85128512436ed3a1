//! The text of a policy → its statements.

use super::json::Json;
use super::statement::Statement;
use std::collections::{BTreeMap, BTreeSet};

/// How long the content of a policy may be, in characters as it is stored, white space included.
///
/// Source: Organizations User Guide, "Quotas and service limits".
pub const POLICY_CHARS_MAX: usize = 5120;

/// The only version of the policy language that service control policies speak.
const VERSION: &str = "2012-10-17";

/// What is wrong with a policy, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct PolicyError {
    /// Where in the content, e.g. `Statement[1].Condition.StringEquals`, or a line and column if it is no JSON.
    pub path: String,
    /// What is wrong there.
    pub reason: String,
}

pub(super) fn wrong(path: impl Into<String>, reason: impl Into<String>) -> PolicyError {
    PolicyError { path: path.into(), reason: reason.into() }
}

/// A service control policy that was read and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy(Vec<Statement>);

impl Policy {
    /// Reads and checks a policy's content.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] for the first thing that is wrong.
    pub fn parse(content: &str) -> Result<Self, PolicyError> {
        let length = content.chars().count();
        if length > POLICY_CHARS_MAX {
            let reason = format!("has {length} characters; {POLICY_CHARS_MAX} are allowed");
            return Err(wrong("document", reason));
        }
        let json: Json = serde_json::from_str(content).map_err(|error| {
            wrong(format!("line {}, column {}", error.line(), error.column()), error.to_string())
        })?;
        let mut elements = elements(json, "", &["Version", "Statement"])?;
        match elements.remove("Version") {
            Some(Json::Text(version)) if version == VERSION => {}
            Some(_) => return Err(wrong("Version", format!("must be `{VERSION}`"))),
            None => return Err(wrong("Version", "is missing")),
        }
        let statements = match elements.remove("Statement") {
            Some(Json::List(list)) if list.is_empty() => {
                return Err(wrong("Statement", "is an empty list"));
            }
            Some(Json::List(list)) => list
                .into_iter()
                .enumerate()
                .map(|(index, json)| Statement::parse(json, &format!("Statement[{index}]")))
                .collect::<Result<_, _>>()?,
            Some(one) => vec![Statement::parse(one, "Statement")?],
            None => return Err(wrong("Statement", "is missing")),
        };
        check_sids(&statements)?;
        Ok(Self(statements))
    }

    pub(super) fn statements(&self) -> &[Statement] {
        &self.0
    }
}

fn check_sids(statements: &[Statement]) -> Result<(), PolicyError> {
    let mut seen = BTreeSet::new();
    for (index, statement) in statements.iter().enumerate() {
        if let Some(sid) = &statement.sid
            && !seen.insert(sid)
        {
            return Err(wrong(
                format!("Statement[{index}].Sid"),
                format!("`{sid}` is there twice"),
            ));
        }
    }
    Ok(())
}

/// The entries of an object in their order, each key once.
pub(super) fn entries(json: Json, path: &str) -> Result<Vec<(String, Json)>, PolicyError> {
    let place = if path.is_empty() { "document" } else { path };
    let entries = match json {
        Json::Object(entries) => entries,
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::List(_) => {
            return Err(wrong(place, format!("must be an object, not {}", json.kind())));
        }
    };
    let mut seen = BTreeSet::new();
    for (key, _) in &entries {
        if !seen.insert(key) {
            return Err(wrong(join(path, key), "is there twice"));
        }
    }
    Ok(entries)
}

/// The elements of an object, all of which must be known.
pub(super) fn elements(
    json: Json,
    path: &str,
    known: &[&str],
) -> Result<BTreeMap<String, Json>, PolicyError> {
    let entries = entries(json, path)?;
    for (name, _) in &entries {
        if matches!(name.as_str(), "Principal" | "NotPrincipal") {
            return Err(wrong(join(path, name), "a service control policy names no principals"));
        }
        if !known.contains(&name.as_str()) {
            return Err(wrong(join(path, name), "there is no such element"));
        }
    }
    Ok(entries.into_iter().collect())
}

/// One text or a list of texts, each with its path.
pub(super) fn texts(json: Json, path: &str) -> Result<Vec<(String, String)>, PolicyError> {
    match json {
        Json::List(list) if list.is_empty() => Err(wrong(path, "is an empty list")),
        Json::List(list) => list
            .into_iter()
            .enumerate()
            .map(|(index, json)| text(json, format!("{path}[{index}]")))
            .collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::Object(_) => {
            Ok(vec![text(json, path.to_owned())?])
        }
    }
}

fn text(json: Json, path: String) -> Result<(String, String), PolicyError> {
    match json {
        Json::Text(text) => Ok((path, text)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::List(_) | Json::Object(_) => {
            Err(wrong(path, format!("must be a text, not {}", json.kind())))
        }
    }
}

/// The path of an element.
pub(super) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
