//! `LookupEvents`: what a record answers to it, and whether it is asked for.
//!
//! Source: CloudTrail API Reference, `LookupEvents`; CloudTrail User Guide, "Viewing events with CloudTrail Event history".

mod resources;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use resources::resources;
use serde_json::{Map, Value, json};

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// The event's id.
    EventId,
    /// The event's name.
    EventName,
    /// `true` or `false`.
    ReadOnly,
    /// The user's name, or that of the role's session.
    Username,
    /// The type of a resource, such as `AWS::S3::Bucket`.
    ResourceType,
    /// The name of a resource, or its ARN.
    ResourceName,
    /// The service that answered.
    EventSource,
    /// The access key that signed.
    AccessKeyId,
}

impl Key {
    /// Every one, by CloudTrail's name.
    pub const ALL: [(&'static str, Self); 8] = [
        ("EventId", Self::EventId),
        ("EventName", Self::EventName),
        ("ReadOnly", Self::ReadOnly),
        ("Username", Self::Username),
        ("ResourceType", Self::ResourceType),
        ("ResourceName", Self::ResourceName),
        ("EventSource", Self::EventSource),
        ("AccessKeyId", Self::AccessKeyId),
    ];

    /// The key of that name; case counts.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, key)| *key)
    }
}

/// One condition: a value that must be equal, letter by letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// What is compared.
    pub key: Key,
    /// With what.
    pub value: String,
}

/// Which events are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// Management events.
    Management,
    /// Insights events.
    Insight,
}

/// The longest value, in characters; some of them count twice.
const VALUE_CHARACTERS_MAX: usize = 2_000;

impl Attribute {
    /// Reads an attribute.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words.
    pub fn read(key: &str, value: &str, category: Category) -> Result<Self, String> {
        let Some(known) = Key::from_name(key) else {
            let names = Key::ALL.map(|(name, _)| name).join(", ");
            return Err(format!("{key} is not a lookup attribute: use one of {names}."));
        };
        let is_of_insights = matches!(known, Key::EventId | Key::EventName | Key::EventSource);
        if category == Category::Insight && !is_of_insights {
            return Err(format!("Insights events are not looked up by {key}."));
        }
        // Source: CloudTrail API Reference, `LookupAttribute`: these count as two characters.
        let doubles = value.chars().filter(|one| matches!(one, '_' | ' ' | ',' | '\n')).count();
        let length = value.chars().count() + doubles;
        if value.is_empty() || length > VALUE_CHARACTERS_MAX {
            return Err(format!("The value of {key} has 1 to {VALUE_CHARACTERS_MAX} characters."));
        }
        if known == Key::ReadOnly && !matches!(value, "true" | "false") {
            return Err("The value of ReadOnly is true or false.".to_owned());
        }
        Ok(Self { key: known, value: value.to_owned() })
    }
}

/// A record as `LookupEvents` sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event<'a> {
    text: &'a str,
    fields: Map<String, Value>,
}

impl<'a> Event<'a> {
    /// Reads a record; `None` for what is no JSON object.
    pub fn read(text: &'a str) -> Option<Self> {
        match serde_json::from_str(text) {
            Ok(Value::Object(fields)) => Some(Self { text, fields }),
            Ok(_) | Err(_) => None,
        }
    }

    fn text_at(&self, pointer: &[&str]) -> Option<&str> {
        let (first, rest) = pointer.split_first()?;
        let value = self.fields.get(*first)?;
        rest.iter().try_fold(value, |value, name| value.get(name))?.as_str()
    }

    /// Whether the event is of a category. Records of before there were categories say it by `managementEvent`, or are management events.
    pub fn is_of(&self, category: Category) -> bool {
        let own = self.text_at(&["eventCategory"]);
        match (category, own) {
            (Category::Management, Some(own)) => own == "Management",
            (Category::Insight, Some(own)) => own == "Insight",
            (Category::Insight, None) => {
                self.text_at(&["eventType"]) == Some("AwsCloudTrailInsight")
            }
            (Category::Management, None) => {
                let is_insight = self.text_at(&["eventType"]) == Some("AwsCloudTrailInsight");
                let says = self.fields.get("managementEvent").and_then(Value::as_bool);
                !is_insight && says != Some(false)
            }
        }
    }

    /// What the event is called; of an insight, what it is about.
    fn name(&self) -> Option<&str> {
        self.text_at(&["eventName"]).or_else(|| self.text_at(&["insightDetails", "eventName"]))
    }

    fn source(&self) -> Option<&str> {
        self.text_at(&["eventSource"]).or_else(|| self.text_at(&["insightDetails", "eventSource"]))
    }

    /// `true` and `false` as texts; older records have texts themselves.
    fn read_only(&self) -> Option<String> {
        match self.fields.get("readOnly")? {
            Value::Bool(is_read) => Some(is_read.to_string()),
            Value::String(text) => Some(text.to_lowercase()),
            Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// The user's name, `root`, or the name of a role's session: what follows the role in the principal's id and ARN.
    fn username(&self) -> Option<&str> {
        if let Some(name) = self.text_at(&["userIdentity", "userName"]) {
            return Some(name);
        }
        match self.text_at(&["userIdentity", "type"])? {
            "Root" => Some("root"),
            "AssumedRole" | "FederatedUser" => {
                let session = self.text_at(&["userIdentity", "principalId"]);
                let session = session.and_then(|id| id.split_once(':')).map(|(_, name)| name);
                let arn = self.text_at(&["userIdentity", "arn"]);
                session.or_else(|| arn.and_then(|arn| arn.rsplit_once('/')).map(|(_, name)| name))
            }
            _ => None,
        }
    }

    /// Whether an attribute holds.
    pub fn has(&self, attribute: &Attribute) -> bool {
        let wanted = attribute.value.as_str();
        match attribute.key {
            Key::EventId => self.text_at(&["eventID"]) == Some(wanted),
            Key::EventName => self.name() == Some(wanted),
            Key::ReadOnly => self.read_only().as_deref() == Some(wanted),
            Key::Username => self.username() == Some(wanted),
            Key::EventSource => self.source() == Some(wanted),
            Key::AccessKeyId => self.text_at(&["userIdentity", "accessKeyId"]) == Some(wanted),
            Key::ResourceType => resources(&self.fields).iter().any(|(kind, _)| kind == wanted),
            Key::ResourceName => resources(&self.fields).iter().any(|(_, name)| name == wanted),
        }
    }

    /// The event as `LookupEvents` tells it. What the record doesn't say isn't there.
    pub fn shape(&self, at: DateTime<Utc>) -> Value {
        let resources: Vec<Value> = resources(&self.fields)
            .into_iter()
            .map(|(kind, name)| {
                if kind.is_empty() {
                    json!({ "ResourceName": name })
                } else {
                    json!({"ResourceType": kind, "ResourceName": name})
                }
            })
            .collect();
        let mut shape = json!({
            "EventTime": at.timestamp(),
            "Resources": resources,
            "CloudTrailEvent": self.text,
        });
        let read_only = self.read_only();
        for (name, value) in [
            ("EventId", self.text_at(&["eventID"])),
            ("EventName", self.name()),
            ("ReadOnly", read_only.as_deref()),
            ("AccessKeyId", self.text_at(&["userIdentity", "accessKeyId"])),
            ("EventSource", self.source()),
            ("Username", self.username()),
        ] {
            if let Some(value) = value {
                shape[name] = json!(value);
            }
        }
        shape
    }
}
