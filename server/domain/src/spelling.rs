//! One spelling for each text of a JSON document. Producers differ in what they write as an escape: some spell `&`, some
//! every character beyond ASCII, some the slash.

use std::borrow::Cow;

/// The text with only those escapes that JSON demands, spelled as `serde_json` spells them. Whatever is no escape of JSON stays.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if !has_needless_escape(text) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        plain.push_str(before);
        rest = push_escape(&mut plain, escape);
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// Whether there may be an escape that could be left out: `\/` or `\u`. A backslash that is itself escaped may look like one.
fn has_needless_escape(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'\\', bytes).any(|at| matches!(bytes.get(at + 1), Some(b'/' | b'u')))
}

/// Takes the escape that `text` begins with. Gives back what follows it.
fn push_escape<'a>(plain: &mut String, text: &'a str) -> &'a str {
    if let Some(rest) = text.strip_prefix("\\/") {
        plain.push('/');
        return rest;
    }
    if let Some((character, rest)) = decoded(text) {
        push_quoted(plain, character);
        return rest;
    }
    // A backslash and what it escapes stay together, so that `\\u0041` isn't taken for an escape in its middle.
    let length = text.chars().take(2).map(char::len_utf8).sum();
    let (escape, rest) = text.split_at(length);
    plain.push_str(escape);
    rest
}

/// The character of an escape `\uXXXX`, or of two that are surrogates; none for half of a pair.
fn decoded(text: &str) -> Option<(char, &str)> {
    let (unit, rest) = unit(text)?;
    if let Some(character) = char::from_u32(u32::from(unit)) {
        return Some((character, rest));
    }
    let (low, rest) = self::unit(rest)?;
    let character = char::decode_utf16([unit, low]).next()?.ok()?;
    Some((character, rest))
}

fn unit(text: &str) -> Option<(u16, &str)> {
    let digits = text.strip_prefix("\\u")?;
    let (digits, rest) = digits.split_at_checked(4)?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let unit = is_hex.then(|| u16::from_str_radix(digits, 16).ok()).flatten()?;
    Some((unit, rest))
}

/// A character as it stands within quotes.
fn push_quoted(plain: &mut String, character: char) {
    match character {
        '"' | '\\' => plain.extend(['\\', character]),
        '\u{0}'..='\u{1f}' => {
            let quoted = serde_json::to_string(&character).unwrap_or_default();
            plain.push_str(quoted.trim_matches('"'));
        }
        _ => plain.push(character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fmt::Write;

    /// Each character as `way` spells it.
    fn spelled(text: &str, way: impl Fn(usize) -> u8) -> String {
        let mut spelled = String::from("\"");
        for (place, character) in text.chars().enumerate() {
            match way(place) % 3 {
                0 => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        write!(spelled, "\\u{unit:04X}").unwrap();
                    }
                }
                1 if character == '/' => spelled.push_str("\\/"),
                _ => spelled.push_str(serde_json::to_string(&character).unwrap().trim_matches('"')),
            }
        }
        // The quote itself was trimmed away.
        spelled.push('"');
        spelled
    }

    proptest! {
        #[test]
        fn every_spelling_of_a_text_becomes_the_same(text in "[^\"]{0,20}", ways: [u8; 20]) {
            let spelled = spelled(&text, |place| ways[place % 20]);
            prop_assert_eq!(serde_json::from_str::<String>(&spelled).unwrap(), text.clone());
            prop_assert_eq!(plain(&spelled), serde_json::to_string(&text).unwrap());
        }

        #[test]
        fn any_text_has_a_spelling_that_stays(text in any::<String>(), pieces in prop::collection::vec(0..6_usize, 0..8)) {
            let odd = ["\\", "\\u", "\\ud83d", "\\u00", "/", "\\\\u0026"];
            let text = pieces.iter().fold(text, |text, piece| text + odd[*piece]);
            let once = plain(&text).into_owned();
            let value = |text: &str| serde_json::from_str::<String>(&format!("\"{text}\"")).ok();
            if value(&text).is_some() {
                prop_assert_eq!(plain(&once), once.as_str());
                prop_assert_eq!(value(&once), value(&text));
            }
        }
    }

    #[test]
    fn only_what_json_demands_stays_escaped() {
        for (text, expected) in [
            (r#"{"a":"b"}"#, r#"{"a":"b"}"#),
            (r#""a=1\u0026b=2""#, r#""a=1&b=2""#),
            (r#""\u00e9\/\u00E9""#, r#""é/é""#),
            (r#""\ud83d\ude00\ud83d""#, r#""😀\ud83d""#),
            (r#""\u0022\u005c\u000a\u0001""#, r#""\"\\\n\u0001""#),
            (r#""\\u0026\\/""#, r#""\\u0026\\/""#),
            (r#""\u00""#, r#""\u00""#),
        ] {
            assert_eq!(plain(text), expected);
        }
    }
}
