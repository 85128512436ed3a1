//! When two texts are the same record: they differ in white space, in how characters are escaped and in the order of
//! different keys, and in nothing else.
//!
//! A repeated key makes a record that readers understand differently, so it is kept as it is, with all its values in
//! their order. Numbers are compared as texts: two that are equal as floating point may differ as written.
//!
//! Whatever can be indexed can be compared: no depth ends it, and no half of a surrogate pair. Otherwise two records
//! that somebody has made for it would keep a whole batch out of the index.

use super::RecordError;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

type Hash = [u8; 32];

/// The hash of what a record says. Equal hashes are the same event.
///
/// It is made from the leaves upwards, so that time and memory grow with the text and not with its depth.
///
/// # Errors
///
/// [`RecordError::NotAnObject`] when the text is not JSON.
pub fn canonical(text: &str) -> Result<Hash, RecordError> {
    let refuse = |error: serde_json::Error| RecordError::NotAnObject(error.to_string());
    // The parser decides what JSON is; the reader below only finds the places.
    let value: &RawValue = serde_json::from_str(text).map_err(refuse)?;
    Reader { bytes: value.get().as_bytes(), at: 0, hashes: Vec::new(), open: Vec::new() }
        .read()
        .ok_or_else(|| RecordError::NotAnObject("its brackets don't match".to_owned()))
}

/// An object or list that isn't closed yet: where its hashes begin.
struct Open {
    is_object: bool,
    start: usize,
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Of keys and values that are read, and don't belong to a closed object or list yet.
    hashes: Vec<Hash>,
    open: Vec<Open>,
}

impl Reader<'_> {
    fn read(mut self) -> Option<Hash> {
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'{' | b'[' => {
                    self.open.push(Open { is_object: byte == b'{', start: self.hashes.len() });
                    self.at += 1;
                }
                b'}' | b']' => {
                    self.close()?;
                    self.at += 1;
                }
                b'"' => {
                    let string = self.string()?;
                    self.hashes.push(tagged(b'"', &string));
                }
                b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
                _ => {
                    let start = self.at;
                    while self.bytes.get(self.at).is_some_and(|byte| is_of_word(*byte)) {
                        self.at += 1;
                    }
                    self.hashes.push(tagged(b'#', &self.bytes[start..self.at]));
                }
            }
        }
        self.open.is_empty().then(|| self.hashes.pop()).flatten()
    }

    fn close(&mut self) -> Option<()> {
        let open = self.open.pop()?;
        let parts = self.hashes.get_mut(open.start..)?;
        let (entries, rest) = parts.as_chunks_mut::<2>();
        if open.is_object {
            rest.is_empty().then_some(())?;
            // Stable, so that values of a repeated key stay in their order.
            entries.sort_by_key(|[key, _]| *key);
        }
        let hash = tagged(if open.is_object { b'{' } else { b'[' }, parts.as_flattened());
        self.hashes.truncate(open.start);
        self.hashes.push(hash);
        Some(())
    }

    /// The bytes of the string that begins here, without escapes.
    fn string(&mut self) -> Option<Vec<u8>> {
        self.at += 1;
        let mut string = Vec::new();
        loop {
            let rest = self.bytes.get(self.at..)?;
            let found = memchr::memchr2(b'"', b'\\', rest)?;
            string.extend_from_slice(&rest[..found]);
            self.at += found + 1;
            if rest[found] == b'"' {
                return Some(string);
            }
            let escape = *self.bytes.get(self.at)?;
            self.at += 1;
            string.push(match escape {
                b'b' => 0x08,
                b'f' => 0x0c,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'u' => {
                    push_code_point(self.unicode()?, &mut string);
                    continue;
                }
                other => other,
            });
        }
    }

    /// The code point of an escape, of which `\u` is read: two that make a pair are one.
    fn unicode(&mut self) -> Option<u32> {
        let high = self.unit()?;
        if (0xd800..0xdc00).contains(&high) && self.bytes.get(self.at..self.at + 2) == Some(b"\\u")
        {
            let back = self.at;
            self.at += 2;
            let low = self.unit()?;
            if (0xdc00..0xe000).contains(&low) {
                return Some(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00));
            }
            self.at = back;
        }
        Some(high)
    }

    fn unit(&mut self) -> Option<u32> {
        let digits = std::str::from_utf8(self.bytes.get(self.at..self.at + 4)?).ok()?;
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }
}

fn is_of_word(byte: u8) -> bool {
    !matches!(byte, b',' | b':' | b']' | b'}' | b' ' | b'\t' | b'\r' | b'\n')
}

/// UTF-8; half of a surrogate pair gets the three bytes that UTF-8 would have for it and never uses.
fn push_code_point(code: u32, to: &mut Vec<u8>) {
    if let Some(character) = char::from_u32(code) {
        to.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    } else {
        let six = |shift: u32| u8::try_from((code >> shift) & 0x3f).unwrap_or_default() | 0x80;
        to.extend_from_slice(&[0xed, six(6), six(0)]);
    }
}

fn tagged(tag: u8, bytes: &[u8]) -> Hash {
    Sha256::new().chain_update([tag]).chain_update(bytes).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::canonical;
    use proptest::prelude::*;
    use serde_json::Value;

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
        assert!(are_same(
            r#"["\ud83d\ude00\t\"\\é"]"#,
            "[\"\u{1f600}\\u0009\\u0022\\u005c\\u00e9\"]"
        ));
        assert!(are_same(r#" {"a":"\ud800"} "#, r#"{"a":"\uD800"}"#));
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
            (r#"["a","b"]"#, r#"{"a":"b"}"#),
            ("[[1],2]", "[1,[2]]"),
            ("[]", "{}"),
            (r#""[]""#, "[]"),
            (r#"{"a":"\ud800"}"#, r#"{"a":"\ud801"}"#),
            (r#"{"a":"\ud800"}"#, r#"{"a":"\ufffd"}"#),
            (r#"{"a":"\ud800\u0041"}"#, r#"{"a":"A"}"#),
        ] {
            assert!(!are_same(one, other), "{one} {other}");
        }
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in ["", "{", r#"{"a":}"#, "nonsense", &"[".repeat(10_000), "[}", r#"{"a":"\u12"}"#]
        {
            assert!(canonical(text).is_err(), "{text:.20}");
        }
    }

    /// Both ended the process, or the batch, before: one by its depth, the other as no text that Rust can hold.
    #[test]
    fn no_depth_and_no_half_of_a_pair_keeps_records_from_being_compared() {
        let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert!(are_same(&deep, &format!(" {deep}")));
        let mut objects = String::from("0");
        for _ in 0..2_000 {
            objects = format!(r#"{{"b":1,"a":{objects}}}"#);
        }
        assert!(are_same(&objects, &objects.replace("{\"b\"", "{ \"b\"")));
        assert!(are_same(r#"{"\udc00":"\ud800\n"}"#, r#"{ "\uDC00":"\uD800\u000a"}"#));
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a-c\"\\\\é\u{1}😀]{0,3}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map("[a-c]{0,2}", inner, 0..4)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// Two values are the same if and only if a JSON library says so, however they are written.
        #[test]
        fn hashes_are_equal_when_values_are(one in any_value(), other in any_value()) {
            let (compact, pretty) = (one.to_string(), serde_json::to_string_pretty(&one).unwrap());
            prop_assert!(are_same(&compact, &pretty));
            prop_assert_eq!(are_same(&compact, &other.to_string()), one == other);
        }
    }
}
