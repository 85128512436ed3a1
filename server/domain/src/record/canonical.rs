//! When two texts are the same record: they differ in white space, in how characters are escaped and in the order of
//! different keys, and in nothing else.
//!
//! A repeated key makes a record that readers understand differently, so it is kept as it is, with all its values in
//! their order. Numbers are compared as texts: two that are equal as floating point may differ as written.

use super::RecordError;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// The canonical text of a record. Equal texts are the same event.
///
/// # Errors
///
/// [`RecordError::NotAnObject`] when the text is not JSON.
pub fn canonical(text: &str) -> Result<String, RecordError> {
    let refuse = |error: serde_json::Error| RecordError::NotAnObject(error.to_string());
    let value: &RawValue = serde_json::from_str(text).map_err(refuse)?;
    let mut written = String::with_capacity(text.len());
    write(value, &mut written).map_err(refuse)?;
    Ok(written)
}

fn write(value: &RawValue, to: &mut String) -> Result<(), serde_json::Error> {
    let text = value.get();
    match text.as_bytes().first() {
        Some(b'{') => {
            let Entries(mut entries) = serde_json::from_str(text)?;
            // Stable, so that values of a repeated key stay in their order.
            entries.sort_by(|(one, _), (other, _)| one.cmp(other));
            to.push('{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    to.push(',');
                }
                to.push_str(&serde_json::to_string(&key)?);
                to.push(':');
                write(value, to)?;
            }
            to.push('}');
        }
        Some(b'[') => {
            let values: Vec<&RawValue> = serde_json::from_str(text)?;
            to.push('[');
            for (index, value) in values.into_iter().enumerate() {
                if index > 0 {
                    to.push(',');
                }
                write(value, to)?;
            }
            to.push(']');
        }
        Some(b'"') => {
            let string: String = serde_json::from_str(text)?;
            to.push_str(&serde_json::to_string(&string)?);
        }
        _ => to.push_str(text),
    }
    Ok(())
}

/// The entries of an object, repeated keys included.
struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Entries<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(All)
    }
}

#[cfg(test)]
mod tests {
    use super::canonical;
    use proptest::prelude::*;

    #[track_caller]
    fn are_same(one: &str, other: &str) -> bool {
        canonical(one).unwrap() == canonical(other).unwrap()
    }

    #[test]
    fn order_white_space_and_escapes_make_no_difference() {
        assert!(are_same(
            r#"{"a":1,"b":[true,"x/y"]}"#,
            "{ \"b\" : [ true, \"x\\/\\u0079\" ],\n\"a\":1 }"
        ));
        assert!(are_same(r#"{"a":{"c":1,"b":2}}"#, r#"{"a":{"b":2,"c":1}}"#));
    }

    #[test]
    fn whatever_a_reader_may_see_differently_is_different() {
        for (one, other) in [
            (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
            (r#"{"a":1,"a":2}"#, r#"{"a":1}"#),
            (r#"{"a":1,"a":2}"#, r#"{"a":2,"a":1}"#),
            (r#"{"b":{"a":1,"a":2}}"#, r#"{"b":{"a":2}}"#),
            (r#"{"a":0.1}"#, r#"{"a":0.1000000000000000055511}"#),
            (r#"{"a":12345678901234567890123}"#, r#"{"a":12345678901234567890124}"#),
            (r#"{"a":"1"}"#, r#"{"a":1}"#),
            (r#"{"a":[1,2]}"#, r#"{"a":[2,1]}"#),
            (r#"{"a":null}"#, "{}"),
        ] {
            assert!(!are_same(one, other), "{one} {other}");
        }
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in ["", "{", r#"{"a":}"#, "nonsense", &"[".repeat(10_000)] {
            assert!(canonical(text).is_err(), "{text:.20}");
        }
    }

    proptest! {
        /// The canonical text is JSON, reads the same, and is canonical itself.
        #[test]
        fn canonical_texts_stay_as_they_are(
            keys in prop::collection::vec("[a-c\"\\\\é\u{1}]{0,3}", 0..5),
            numbers in prop::collection::vec(any::<i64>(), 5),
        ) {
            let entries: serde_json::Map<String, serde_json::Value> = keys
                .into_iter()
                .zip(numbers.iter().map(|number| serde_json::json!([{"n": number}, "x"])))
                .collect();
            let text = serde_json::Value::from(entries.clone()).to_string();
            let once = canonical(&text).unwrap();
            prop_assert_eq!(&canonical(&once).unwrap(), &once);
            let read: serde_json::Value = serde_json::from_str(&once).unwrap();
            prop_assert_eq!(read, serde_json::Value::from(entries));
        }
    }
}
