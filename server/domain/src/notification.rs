//! What a message of a queue says about new objects, in any of the forms in which such messages arrive.
//!
//! Sources: S3 User Guide, "Event message structure" and "EventBridge event message structure"; SNS Developer Guide,
//! "Parsing message formats"; CloudTrail User Guide, "Configuring SNS notifications".

use crate::log_key::ObjectKind;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// How deep messages are wrapped into one another at most.
const DEPTH_MAX: usize = 8;

/// What CloudTrail says to a topic to try it.
const VALIDATION: &str = "CloudTrail validation message";

/// An object that a message names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamedObject {
    /// The bucket.
    pub bucket: String,
    /// The key, decoded.
    pub key: String,
}

/// What a message says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notification {
    /// The objects that were written, each once.
    pub objects: BTreeSet<NamedObject>,
    /// How many statements tell of no new object: test events, deletions.
    pub other: u64,
    /// Why it isn't understood as a whole, when it isn't.
    pub unknown: Option<String>,
}

impl Notification {
    /// Reads a message's body. Whatever isn't understood is said, and what is understood beside it is still used.
    pub fn read(body: &str) -> Self {
        let mut found = Self::default();
        found.text(body, 0);
        found
    }

    /// Whether nothing in it was left out. Only such a message may be deleted.
    pub fn is_understood(&self) -> bool {
        self.unknown.is_none()
    }

    fn unknown(&mut self, reason: &str) {
        self.unknown.get_or_insert_with(|| reason.to_owned());
    }

    fn text(&mut self, text: &str, depth: usize) {
        if text.trim_start().starts_with(VALIDATION) {
            self.other += 1;
            return;
        }
        match serde_json::from_str::<Value>(text) {
            Ok(value) => self.value(&value, depth),
            Err(_) => self.unknown("it is no JSON"),
        }
    }

    fn value(&mut self, value: &Value, depth: usize) {
        if depth >= DEPTH_MAX {
            return self.unknown("it is wrapped too often");
        }
        match value {
            Value::String(text) => self.text(text, depth + 1),
            Value::Array(list) if list.is_empty() => self.unknown("it is an empty list"),
            Value::Array(list) => list.iter().for_each(|one| self.value(one, depth + 1)),
            Value::Object(map) => self.object(map, depth + 1),
            Value::Null | Value::Bool(_) | Value::Number(_) => self.unknown("it names no object"),
        }
    }

    fn object(&mut self, map: &Map<String, Value>, depth: usize) {
        // A list of records, or the only one without a list.
        if let Some(records) = map.get("Records") {
            return self.value(records, depth);
        }
        if map.get("Event").and_then(Value::as_str) == Some("s3:TestEvent") {
            self.other += 1;
        } else if let Some(s3) = map.get("s3") {
            self.s3_record(text_of(map, "eventName"), s3);
        } else if map.contains_key("s3ObjectKey") {
            self.cloudtrail(map);
        } else if let Some(kind) = map.get("detail-type").and_then(Value::as_str) {
            self.eventbridge(kind, map);
        } else if let Some(inner) = wrapped(map) {
            self.value(inner, depth);
        } else {
            self.unknown("it names no object");
        }
    }

    /// A record of an S3 event notification. Its key is encoded as in a form.
    fn s3_record(&mut self, name: Option<&str>, s3: &Value) {
        let Some(name) = name else { return self.unknown("an S3 record has no event name") };
        let name = name.strip_prefix("s3:").unwrap_or(name);
        if !name.starts_with("ObjectCreated") && name != "ObjectRestore:Completed" {
            self.other += 1;
            return;
        }
        match bucket_and_key(s3) {
            Some((bucket, key)) => self.add(bucket, key, IsEncoded::Yes),
            None => self.unknown("an S3 record lacks bucket or key"),
        }
    }

    /// What S3 sends to EventBridge, and what CloudTrail sends there about calls of S3. Keys are not encoded.
    fn eventbridge(&mut self, kind: &str, map: &Map<String, Value>) {
        let Some(detail) = map.get("detail") else { return self.unknown("an event has no detail") };
        let named = match (text_of(map, "source"), kind) {
            (Some("aws.s3"), "Object Created" | "Object Restore Completed") => {
                bucket_and_key(detail)
            }
            (Some("aws.s3"), "AWS API Call via CloudTrail") => {
                let parameters = detail.get("requestParameters");
                let text = |name| parameters.and_then(|it| it.get(name)).and_then(Value::as_str);
                let writes = ["PutObject", "CopyObject", "CompleteMultipartUpload"];
                let name = detail.get("eventName").and_then(Value::as_str).unwrap_or_default();
                if !writes.contains(&name) {
                    self.other += 1;
                    return;
                }
                text("bucketName").zip(text("key"))
            }
            (Some("aws.s3"), _) => {
                self.other += 1;
                return;
            }
            _ => return self.unknown("an event is not about S3"),
        };
        match named {
            Some((bucket, key)) => self.add(bucket, key, IsEncoded::No),
            None => self.unknown("an event lacks bucket or key"),
        }
    }

    /// What CloudTrail says to a topic when it has delivered: a bucket and one or several keys.
    fn cloudtrail(&mut self, map: &Map<String, Value>) {
        let Some(bucket) = text_of(map, "s3Bucket") else {
            return self.unknown("a message of CloudTrail lacks the bucket");
        };
        let keys: Vec<&Value> = match map.get("s3ObjectKey") {
            Some(Value::Array(keys)) => keys.iter().collect(),
            Some(one) => vec![one],
            None => Vec::new(),
        };
        if keys.is_empty() {
            self.unknown("a message of CloudTrail names no key");
        }
        for key in keys {
            match key.as_str() {
                Some(key) => self.add(bucket, key, IsEncoded::No),
                None => self.unknown("a message of CloudTrail lacks a key"),
            }
        }
    }

    /// Adds an object. Not everybody encodes as the form says, so the other reading is taken if only that one is a key
    /// of the layout.
    fn add(&mut self, bucket: &str, text: &str, is_encoded: IsEncoded) {
        if bucket.is_empty() || text.is_empty() {
            return self.unknown("a bucket or key is empty");
        }
        let decoded = decode(text);
        let (first, second) = match is_encoded {
            IsEncoded::Yes => (decoded.as_str(), text),
            IsEncoded::No => (text, decoded.as_str()),
        };
        let is_layout = |key| ObjectKind::parse(key).place().is_some();
        let key = if !is_layout(first) && is_layout(second) { second } else { first };
        self.objects.insert(NamedObject { bucket: bucket.to_owned(), key: key.to_owned() });
    }
}

/// Whether a form says that its keys are encoded.
#[derive(Clone, Copy)]
enum IsEncoded {
    Yes,
    No,
}

/// A key as forms encode it: `+` is a space, `%XX` a byte. What is no such text is taken as it stands.
pub(crate) fn decode(text: &str) -> String {
    let spaced = text.replace('+', " ");
    match percent_decode_str(&spaced).decode_utf8() {
        Ok(decoded) => decoded.into_owned(),
        Err(_) => text.to_owned(),
    }
}

fn text_of<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    map.get(name).and_then(Value::as_str)
}

/// `bucket.name` and `object.key`.
fn bucket_and_key(value: &Value) -> Option<(&str, &str)> {
    let bucket = value.get("bucket")?.get("name")?.as_str()?;
    Some((bucket, value.get("object")?.get("key")?.as_str()?))
}

/// The message that another one carries: of SNS, of SNS or SQS to a function, of a function that failed.
fn wrapped(map: &Map<String, Value>) -> Option<&Value> {
    map.get("Message")
        .or_else(|| map.get("Sns")?.get("Message"))
        .or_else(|| map.get("body"))
        .or_else(|| map.get("requestPayload"))
}

#[cfg(test)]
mod tests;
