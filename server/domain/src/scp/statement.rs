//! One statement: whom it concerns and what it says.

use super::arn::covers_resource;
use super::condition::Condition;
use super::context::{Context, Request};
use super::foresight::{Call, RESOURCE, Tri};
use super::json::Json;
use super::operand::Operand;
use super::operator::Operator;
use super::pattern::{Token, is_everything, matches};
use super::policy::{PolicyError, elements, entries, join, texts, wrong};
use super::template::{self, Template};
use std::collections::{BTreeMap, BTreeSet};

/// What a statement says about the requests that it applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// A statement of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    /// Its name, when it has one.
    pub(super) sid: Option<String>,
    pub(super) effect: Effect,
    /// Patterns in lower case.
    actions: Selection<Vec<Token>>,
    resources: Selection<Template>,
    /// All of them must hold.
    conditions: Vec<Condition>,
}

/// What a list selects.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Selection<T> {
    /// `Action`, `Resource`: what the list names.
    Listed(Vec<T>),
    /// `NotAction`, `NotResource`: everything else.
    Others(Vec<T>),
}

impl<T> Selection<T> {
    fn covers(&self, is_match: impl FnMut(&T) -> bool) -> bool {
        match self {
            Self::Listed(list) => list.iter().any(is_match),
            Self::Others(list) => !list.iter().any(is_match),
        }
    }
}

impl Statement {
    /// Reads a statement.
    pub(super) fn parse(json: Json, path: &str) -> Result<Self, PolicyError> {
        const KNOWN: [&str; 7] =
            ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"];
        let mut elements = elements(json, path, &KNOWN)?;
        Ok(Self {
            sid: sid(elements.remove("Sid"), &join(path, "Sid"))?,
            effect: effect(elements.remove("Effect"), &join(path, "Effect"))?,
            actions: selection(&mut elements, path, ["Action", "NotAction"], action)?,
            resources: selection(&mut elements, path, ["Resource", "NotResource"], resource)?,
            conditions: match elements.remove("Condition") {
                Some(json) => conditions(json, &join(path, "Condition"))?,
                None => Vec::new(),
            },
        })
    }

    /// What it asks of the request beside action and resource.
    pub(super) fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// Whether the statement is about this call, as far as that is known; what it depends on is added to `unknown`.
    pub(super) fn may_apply(&self, call: &Call, unknown: &mut BTreeSet<String>) -> Tri {
        let action = call.action.to_ascii_lowercase();
        if !self.actions.covers(|pattern| matches(pattern, action.chars())) {
            return Tri::No;
        }
        let is_everything = |list: &[Template]| list.iter().any(Template::is_everything);
        let mut applies = match &self.resources {
            Selection::Listed(list) if is_everything(list) => Tri::Yes,
            Selection::Others(list) if is_everything(list) => return Tri::No,
            Selection::Listed(_) | Selection::Others(_) => {
                unknown.insert(RESOURCE.to_owned());
                Tri::Maybe
            }
        };
        for condition in &self.conditions {
            let missing = condition.unknown_keys(&call.known);
            if !missing.is_empty() {
                unknown.extend(missing);
                applies = Tri::Maybe;
            } else if !condition.holds(&call.known) {
                return Tri::No;
            }
        }
        applies
    }

    /// Whether the statement is about this request: its action, its resource and every condition.
    pub(super) fn applies_to(&self, request: &Request) -> bool {
        let action = request.action.to_ascii_lowercase();
        self.actions.covers(|pattern| matches(pattern, action.chars()))
            && self.resources.covers(|one| is_covered(one, &request.resource, &request.context))
            && self.conditions.iter().all(|condition| condition.holds(&request.context))
    }
}

fn is_covered(template: &Template, resource: &str, context: &Context) -> bool {
    template.resolve(context).is_some_and(|pattern| covers_resource(&pattern, resource))
}

/// An empty `Sid` is none.
fn sid(json: Option<Json>, path: &str) -> Result<Option<String>, PolicyError> {
    match json {
        None => Ok(None),
        Some(Json::Text(sid)) if sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            Ok(Some(sid).filter(|sid| !sid.is_empty()))
        }
        Some(_) => Err(wrong(path, "must be a text of letters and digits")),
    }
}

fn effect(json: Option<Json>, path: &str) -> Result<Effect, PolicyError> {
    match json {
        None => Err(wrong(path, "is missing")),
        Some(Json::Text(text)) if text == "Allow" => Ok(Effect::Allow),
        Some(Json::Text(text)) if text == "Deny" => Ok(Effect::Deny),
        Some(_) => Err(wrong(path, "must be `Allow` or `Deny`")),
    }
}

/// Reads the one of two elements that is there.
fn selection<T>(
    elements: &mut BTreeMap<String, Json>,
    path: &str,
    [listed, others]: [&str; 2],
    read: fn(&str) -> Result<T, String>,
) -> Result<Selection<T>, PolicyError> {
    let list = |json: Json, name: &str| -> Result<Vec<T>, PolicyError> {
        let texts = texts(json, &join(path, name))?.into_iter();
        texts.map(|(path, text)| read(&text).map_err(|reason| wrong(path, reason))).collect()
    };
    match (elements.remove(listed), elements.remove(others)) {
        (Some(json), None) => list(json, listed).map(Selection::Listed),
        (None, Some(json)) => list(json, others).map(Selection::Others),
        (Some(_), Some(_)) => {
            Err(wrong(join(path, others), format!("can't stand beside `{listed}`")))
        }
        (None, None) => Err(wrong(join(path, listed), format!("is missing, and so is `{others}`"))),
    }
}

/// Reads `*` or `service:Name`, either with wildcards.
fn action(text: &str) -> Result<Vec<Token>, String> {
    let is_part = |part: &str, more: &str| {
        !part.is_empty()
            && part.chars().all(|one| one.is_ascii_alphanumeric() || more.contains(one))
    };
    let pattern: Vec<Token> = text.to_ascii_lowercase().chars().map(Token::of).collect();
    let is_named = text
        .split_once(':')
        .is_some_and(|(service, name)| is_part(service, "*?-") && is_part(name, "*?-_."));
    if is_named || is_everything(&pattern) {
        Ok(pattern)
    } else {
        Err(format!("`{text}` is neither `*` nor an action such as `cloudtrail:StopLogging`"))
    }
}

/// Reads `*` or an ARN, with wildcards and variables.
fn resource(text: &str) -> Result<Template, String> {
    let template = Template::parse(text)?;
    let is_everything = !text.is_empty() && text.bytes().all(|byte| byte == b'*');
    if is_everything || text.starts_with("arn:") || template.begins_with_variable() {
        Ok(template)
    } else {
        Err(format!("`{text}` is neither `*` nor an ARN"))
    }
}

/// Reads `{Operator: {Key: Value or [Value, …]}}`.
fn conditions(json: Json, path: &str) -> Result<Vec<Condition>, PolicyError> {
    let mut conditions = Vec::new();
    for (name, block) in entries(json, path)? {
        let path = join(path, &name);
        let Some(operator) = Operator::parse(&name) else {
            return Err(wrong(path, "there is no such condition operator"));
        };
        let mut seen = BTreeSet::new();
        for (key, values) in entries(block, &path)? {
            let path = join(&path, &key);
            let key = template::key(&key).map_err(|reason| wrong(&path, reason))?;
            if !seen.insert(key.to_lowercase()) {
                return Err(wrong(path, "is there twice, in another spelling"));
            }
            let operands = operands(operator, values, &path)?;
            conditions.push(Condition { operator, key, operands });
        }
    }
    Ok(conditions)
}

/// Reads the values of a key. Booleans and numbers mean their text.
fn operands(operator: Operator, json: Json, path: &str) -> Result<Vec<Operand>, PolicyError> {
    let texts = texts(written_out(json), path)?.into_iter();
    let read = |text: &str| Operand::parse(operator.comparison, text);
    texts.map(|(path, text)| read(&text).map_err(|reason| wrong(path, reason))).collect()
}

fn written_out(json: Json) -> Json {
    match json {
        Json::Bool(value) => Json::Text(value.to_string()),
        Json::Number(text) => Json::Text(text),
        Json::List(list) => Json::List(list.into_iter().map(written_out).collect()),
        Json::Null | Json::Text(_) | Json::Object(_) => json,
    }
}
