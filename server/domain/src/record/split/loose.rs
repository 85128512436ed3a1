//! Loose files: whatever somebody has exported, saved or copied, in whatever wrapping.

use super::{OwnedPart, RECORD_BYTES_MAX, Scanner, SplitError, checked, without_byte_order_mark};
use crate::record::RecordError;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// How deep records may be wrapped. What lies deeper is handed over with its wrapping, and refused as no record.
const DEPTH_MAX: u32 = 12;

/// Splits a loose file: a log file, an array of records, one record, one record per line, the output of
/// `lookup-events`, EventBridge events, or an export of some tool. Values that wrap a record are unwrapped.
///
/// Every value yields its records, or itself: what holds none is handed over, so that it is refused with a reason.
///
/// # Errors
///
/// [`SplitError`] when the bytes are none of these.
pub fn split_loose(bytes: &[u8]) -> Result<Vec<OwnedPart>, SplitError> {
    let bytes = without_byte_order_mark(bytes);
    let mut scanner = Scanner { bytes, at: 0 };
    let mut unwrapping = Unwrapping::default();
    while let Some(first) = scanner.peek() {
        match first {
            b'[' => scanner.list_with(&mut |value| unwrapping.value(value))?,
            b'{' => unwrapping.value(scanner.value()?),
            found => {
                let found = char::from(found);
                return Err(SplitError::UnknownShape(format!("it begins with {found:?}")));
            }
        }
    }
    Ok(unwrapping.parts)
}

#[derive(Default)]
struct Unwrapping {
    parts: Vec<OwnedPart>,
}

impl Unwrapping {
    /// A value that must yield something.
    fn value(&mut self, bytes: &[u8]) {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.text(text, DEPTH_MAX),
            Err(error) => self.broken(bytes, RecordError::NotUtf8(error.valid_up_to())),
        }
    }

    /// A log file of which one record is broken still has the others.
    fn broken(&mut self, bytes: &[u8], error: RecordError) {
        let mut scanner = Scanner { bytes, at: 0 };
        match scanner.log_file() {
            Ok(parts) => parts
                .into_iter()
                .for_each(|part| self.parts.push(part.map(str::to_owned).map_err(owned))),
            Err(_) => self.parts.push(Err((error, start_of(bytes)))),
        }
    }

    fn push(&mut self, text: &str) {
        self.parts.push(checked(text.as_bytes()).map(str::to_owned).map_err(owned));
    }

    /// The records of a JSON text, or else the text itself.
    fn text(&mut self, text: &str, depth: u32) {
        let before = self.parts.len();
        let mut is_empty_list = false;
        if depth > 0 {
            match serde_json::from_str(text) {
                Ok(object) => is_empty_list = self.object(text, &object, depth),
                Err(error) if text.trim_start().starts_with('{') => {
                    let error = RecordError::NotAnObject(error.to_string());
                    return self.broken(text.as_bytes(), error);
                }
                Err(_) => self.search(text, depth),
            }
        }
        if self.parts.len() == before && !is_empty_list {
            self.push(text);
        }
    }

    /// The records of an object, and whether it says by an empty list that it has none.
    fn object(&mut self, text: &str, object: &Object<'_>, depth: u32) -> bool {
        let (before, below) = (self.parts.len(), depth.saturating_sub(1));
        let is_event = object.has(&["detail-type"]);
        let mut is_empty_list = false;
        for (key, value) in &object.0 {
            let value = value.get();
            match key.0.as_slice() {
                b"Records" | b"Events" => match serde_json::from_str::<Vec<&RawValue>>(value) {
                    Ok(values) => {
                        is_empty_list |= values.is_empty();
                        for value in values {
                            self.text(value.get(), below);
                        }
                    }
                    Err(_) => self.search(value, below),
                },
                b"CloudTrailEvent" if value.starts_with('"') => {
                    let inner = serde_json::from_str::<String>(value);
                    self.push(inner.as_deref().unwrap_or(value));
                }
                b"detail" if is_event && value.starts_with('{') => self.push(value),
                _ => {}
            }
        }
        if object.has(&["eventID", "eventTime", "eventName"]) {
            // Also when it has a list beside: neither hides the other.
            self.push(text);
        } else if self.parts.len() == before {
            object.0.iter().for_each(|(_, value)| self.search(value.get(), below));
        }
        is_empty_list
    }

    /// Finds records inside a wrapping of unknown shape. What holds none is part of the wrapping.
    fn search(&mut self, text: &str, depth: u32) {
        match text.as_bytes().first() {
            Some(b'{' | b'[') if depth == 0 && text.len() > 2 => self.push(text),
            Some(b'{' | b'[') if depth == 0 => {}
            Some(b'{') => {
                if let Ok(object) = serde_json::from_str(text) {
                    self.object(text, &object, depth);
                }
            }
            Some(b'[') => {
                for value in serde_json::from_str::<Vec<&RawValue>>(text).unwrap_or_default() {
                    self.search(value.get(), depth - 1);
                }
            }
            // CloudWatch Logs, SNS and queries of event data stores carry JSON as text.
            Some(b'"') if depth > 0 => {
                let Ok(inner) = serde_json::from_str::<String>(text) else { return };
                if let Ok(object) = serde_json::from_str(&inner) {
                    self.object(&inner, &object, depth - 1);
                }
            }
            _ => {}
        }
    }
}

fn owned((error, bytes): (RecordError, &[u8])) -> (RecordError, Vec<u8>) {
    (error, bytes.to_vec())
}

fn start_of(bytes: &[u8]) -> Vec<u8> {
    bytes[..bytes.len().min(RECORD_BYTES_MAX)].to_vec()
}

/// The entries of an object: repeated keys included, and keys that are no text.
struct Object<'a>(Vec<(Key, &'a RawValue)>);

impl Object<'_> {
    fn has(&self, keys: &[&str]) -> bool {
        self.0.iter().any(|(found, _)| keys.iter().any(|key| found.0 == key.as_bytes()))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Object<'de>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Object(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// A key's bytes: half of a surrogate pair is no text, and must not hide its neighbours.
struct Key(Vec<u8>);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Key;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a key")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Key, E> {
                Ok(Key(bytes.to_vec()))
            }
            fn visit_str<E>(self, text: &str) -> Result<Key, E> {
                Ok(Key(text.as_bytes().to_vec()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}
