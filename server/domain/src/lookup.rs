//! `LookupEvents`: what a record answers to it, and whether it is asked for.
//!
//! Source: CloudTrail API Reference, `LookupEvents`; CloudTrail User Guide, "Viewing events with CloudTrail Event history".

mod resources;
#[cfg(test)]
mod tests;

use crate::record::{Fields, RecordError};
use chrono::{DateTime, Utc};
use orgtrail_shared::event::{Access, Principal};
use resources::resources;
use serde_json::{Value, json};

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

impl Category {
    /// `eventCategory` of its records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Management => "Management",
            Self::Insight => "Insight",
        }
    }
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

/// A record as `LookupEvents` sees it. What the index has of a record is read by the same reader, so that it finds no less.
#[derive(Clone, Debug, PartialEq)]
pub struct Event<'a> {
    text: &'a str,
    fields: Fields<'a>,
    principal: Principal,
    /// All of the record; none for one that is nested deeper, or spelled otherwise, than can be taken apart.
    all: Option<Value>,
}

impl<'a> Event<'a> {
    /// Reads a record.
    ///
    /// # Errors
    ///
    /// [`RecordError`] for what is no record: the index has none of these.
    pub fn read(text: &'a str) -> Result<Self, RecordError> {
        let fields = Fields::parse(text)?;
        let principal = fields.principal();
        Ok(Self { text, fields, principal, all: serde_json::from_str(text).ok() })
    }

    /// Whether the event is of a category.
    pub fn is_of(&self, category: Category) -> bool {
        self.fields.category() == category.name()
    }

    /// A field of an insight, which stands deeper than other events have it.
    fn of_insight(&self, name: &str) -> Option<&str> {
        self.all.as_ref()?.get("insightDetails")?.get(name)?.as_str()
    }

    fn name(&self) -> Option<&str> {
        present(&self.fields.event_name).or_else(|| self.of_insight("eventName"))
    }

    fn source(&self) -> Option<&str> {
        present(&self.fields.event_source).or_else(|| self.of_insight("eventSource"))
    }

    fn read_only(&self) -> Option<&'static str> {
        match self.fields.access() {
            Access::Read => Some("true"),
            Access::Write => Some("false"),
            Access::Unknown => None,
        }
    }

    /// The name of the role's session, or the user's, or `root`. Services and other accounts have none.
    fn username(&self) -> Option<&str> {
        let identity = &self.fields.identity;
        if let Some(session) = present(&self.principal.session) {
            return Some(session);
        }
        let is_named = matches!(&*identity.kind, "Root" | "FederatedUser");
        let is_told = is_named || !identity.user_name.is_empty();
        present(&self.principal.name).filter(|_| is_told)
    }

    /// Type and name of each resource; a type that isn't known is empty. None when the record can't be taken apart.
    fn resources(&self) -> Option<Vec<(String, String)>> {
        Some(resources(&self.fields, self.all.as_ref()?))
    }

    /// Whether a resource is told; by what the text says where it can't be taken apart.
    fn has_resource(&self, wanted: &str, part: fn(&(String, String)) -> &str) -> bool {
        match self.resources() {
            Some(resources) => resources.iter().any(|resource| part(resource) == wanted),
            None => self.text.contains(wanted),
        }
    }

    /// Whether an attribute holds.
    pub fn has(&self, attribute: &Attribute) -> bool {
        let wanted = attribute.value.as_str();
        match attribute.key {
            Key::EventId => self.fields.event_id == wanted,
            Key::EventName => self.name() == Some(wanted),
            Key::ReadOnly => self.read_only() == Some(wanted),
            Key::Username => self.username() == Some(wanted),
            Key::EventSource => self.source() == Some(wanted),
            Key::AccessKeyId => self.fields.identity.access_key == wanted,
            Key::ResourceType => self.has_resource(wanted, |(kind, _)| kind),
            Key::ResourceName => self.has_resource(wanted, |(_, name)| name),
        }
    }

    /// The event as `LookupEvents` tells it. What the record doesn't say isn't there.
    pub fn shape(&self, at: DateTime<Utc>) -> Value {
        let resources = self.resources().unwrap_or_default().into_iter().map(|(kind, name)| {
            if kind.is_empty() {
                json!({ "ResourceName": name })
            } else {
                json!({"ResourceType": kind, "ResourceName": name})
            }
        });
        let mut shape = json!({
            "EventTime": at.timestamp(),
            "Resources": resources.collect::<Vec<Value>>(),
            "CloudTrailEvent": self.text,
        });
        for (name, value) in [
            ("EventId", present(&self.fields.event_id)),
            ("EventName", self.name()),
            ("ReadOnly", self.read_only()),
            ("AccessKeyId", present(&self.fields.identity.access_key)),
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

/// A text that is there.
fn present(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
