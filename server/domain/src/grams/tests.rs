use super::*;
use crate::filter::contains;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use sha2::{Digest, Sha256};

/// Sizes of files that lead to each size of the hash.
fn text_bytes() -> impl Strategy<Value = usize> {
    prop_oneof![30 => Just(0), 3 => Just(1 << 20), 1 => Just(1 << 30)]
}

const UUID: &str = "6f6e8f0a-4d9c-4d9a-9b6a-3b8a1c0f2d11";

fn build(texts: &[String], text_bytes: usize) -> Grams {
    let mut builder = GramsBuilder::new(text_bytes);
    for text in texts {
        builder.add(text);
    }
    let grams = builder.finish();
    assert_eq!(Grams::decode(&grams.encode()).as_ref(), Ok(&grams));
    grams
}

/// The bitmap says "maybe" wherever the matcher says yes.
fn never_missed(texts: &[String], needle: &str, size: usize) -> Result<(), TestCaseError> {
    let Ok(probe) = Probe::new(needle) else { return Ok(()) };
    if texts.iter().any(|text| contains(text, needle)) {
        prop_assert!(build(texts, size).may_hold(&probe), "{needle:?} is missed in {texts:?}");
    }
    Ok(())
}

fn uuid() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
        "[0-9a-f]{8}-[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{12}",
    ]
}

/// What records consist of, and what they shouldn't.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => uuid().prop_map(|id| format!("\"{id}\"")),
        2 => uuid(),
        1 => "[\"a-f0-9-]{0,50}",
        2 => r#"[ \t\r\n]{0,3}"(eventID|requestID|userIdentity|q)"[ \t\r\n]{0,3}:"#,
        2 => any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        1 => any::<String>(),
        2 => select(vec![r"\u0026", r"\/", r#"\""#, r"\\", r"\u00e9", "é", "\u{0}", "\u{7f}", "{", "}", ",", "[", "]", r#""a/b&c""#])
            .prop_map(str::to_owned),
        2 => "[a-zA-Z0-9+/]{16,80}={0,2}".prop_map(|value| format!("\"{value}\"")),
        1 => "arn:aws:iam::[0-9]{12}:role/[A-Z][a-z]{3,9}".prop_map(|arn| format!("\"{arn}\"")),
    ]
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    vec(vec(piece(), 0..12).prop_map(|pieces| pieces.concat()), 1..4)
}

/// A character as JSON in pure ASCII has it.
fn spelled(character: char) -> String {
    if character.is_ascii() {
        return character.to_string();
    }
    let mut units = [0; 2];
    let units = character.encode_utf16(&mut units);
    units.iter().fold(String::new(), |spelled, unit| format!("{spelled}\\u{unit:04X}"))
}

/// A part of a text between two of its characters.
fn part(text: &str, ends: (Index, Index)) -> &str {
    let places: Vec<usize> =
        text.char_indices().map(|(place, _)| place).chain([text.len()]).collect();
    let (one, other) = (*ends.0.get(&places), *ends.1.get(&places));
    &text[one.min(other)..one.max(other)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_part_of_a_record_is_missed(
        texts in texts(),
        which: Index,
        ends: (Index, Index),
        is_upper: bool,
        size in text_bytes(),
    ) {
        let text: &String = which.get(&texts);
        let part = part(text, ends);
        let needle = if is_upper { part.to_ascii_uppercase() } else { part.to_owned() };
        prop_assert!(texts.iter().any(|text| contains(text, &needle)));
        never_missed(&texts, &needle, size)?;
    }

    #[test]
    fn no_short_part_of_a_record_is_missed(
        texts in texts(),
        which: Index,
        start: Index,
        length in 5_usize..60,
        size in text_bytes(),
    ) {
        let text: &String = which.get(&texts);
        let text: Vec<char> = text.chars().collect();
        let start = start.index(text.len() + 1);
        let needle: String = text.into_iter().skip(start).take(length).collect();
        never_missed(&texts, &needle, size)?;
    }

    #[test]
    fn no_value_is_missed_however_it_is_escaped(value in "([a-z]{0,4}|[<>&'=/é😀]|\\PC){0,9}", ways in 0..8, size in text_bytes()) {
        let mut json = serde_json::to_string(&value).unwrap();
        if ways & 1 != 0 {
            json = json.replace('/', "\\/");
        }
        if ways & 2 != 0 {
            json = json.replace('&', "\\u0026").replace('<', "\\u003C");
        }
        if ways & 4 != 0 {
            json = json.chars().map(spelled).collect();
        }
        let text = format!("{{\"q\":{json}}}");
        prop_assert!(contains(&text, &value), "{value:?} is not found in {text}");
        never_missed(&[text], &value, size)?;
    }

    #[test]
    fn no_piece_of_an_id_is_missed(
        before in "[\"a-f0-9-]{0,6}",
        id in uuid(),
        behind in "[\"a-f0-9-]{0,6}",
        ends: (Index, Index),
        size in text_bytes(),
    ) {
        let text = format!("{{\"requestID\":\"{before}{id}{behind}\",\"eventID\":\"{id}\",\"x\":\"{UUID}\"}}");
        never_missed(std::slice::from_ref(&text), part(&text, ends), size)?;
    }

    #[test]
    fn any_bytes_are_a_bitmap_or_refused(stored in vec(any::<u8>(), 0..40), is_ours: bool) {
        let mut stored = stored;
        if is_ours && stored.len() >= HEADER_BYTES {
            let bytes = u32::try_from(stored.len() - HEADER_BYTES).unwrap();
            stored[..4].copy_from_slice(&[FORMAT, STOP_SET, HASH_BITS[0], 0]);
            stored[4..8].copy_from_slice(&bytes.to_le_bytes());
            prop_assert!(Grams::decode(&stored).is_ok());
        }
        if let Ok(grams) = Grams::decode(&stored) {
            prop_assert_eq!(grams.encode(), stored);
            grams.may_hold(&Probe::new("customer-4711").unwrap());
        }
    }
}

#[test]
fn what_no_bitmap_can_tell_says_why() {
    for (needle, expected) in [
        ("", Some(Unusable::Short)),
        ("key", Some(Unusable::Short)),
        ("4711", Some(Unusable::Short)),
        ("été!", Some(Unusable::Short)),
        ("eventName", Some(Unusable::Common)),
        ("USERIDENTITY", Some(Unusable::Common)),
        ("facade", Some(Unusable::PartOfId)),
        ("2d11\"", Some(Unusable::PartOfId)),
        (&UUID[..35], Some(Unusable::PartOfId)),
        (UUID, None),
        (&UUID.to_uppercase(), None),
        ("-4d9c-4d9a-9b6a-3b8a1c0f2d11\"", Some(Unusable::PartOfId)),
        ("eventID\":\"6f6e8f0a", Some(Unusable::PartOfId)),
        ("customer-4711", None),
        ("444455556666", None),
        ("198.51.100.42", None),
        ("AKIAEXAMPLE", None),
        ("i-0abc12def34567890", None),
        ("i-0abc1", None),
        ("2026-11-20", None),
        ("x&y/z", None),
        ("日本語日本", None),
    ] {
        assert_eq!(Probe::new(needle).err(), expected, "{needle:?}");
    }
}

#[test]
fn forms_that_json_may_have_are_found() {
    let text = r#"{"eventID":"6f6e8f0a-4d9c-4d9a-9b6a-3b8a1c0f2d11","a":"one\/two","b":"ax\u0026yz","c":"\u00e9t\u00e9s1","d":"say \"hi\"","e":"no-UUID-6f6e8f0a-4d9c-4d9a-9b6a-3b8a1c0f2d12"}"#;
    let grams = build(&[text.to_owned()], text.len());
    for (needle, expected) in [
        ("one/two", true),
        ("ax&yz", true),
        ("étés1", true),
        ("say \"hi\"", true),
        ("ONE/TWO", true),
        (UUID, true),
        ("6f6e8f0a-4d9c-4d9a-9b6a-3b8a1c0f2d12", true),
        ("0c1d2e3f-5a6b-4e3f-8a9b-77a8b9c0d1e2", false),
        ("one/three/four", false),
        ("arn:aws:s3:::other-bucket", false),
    ] {
        assert_eq!(contains(text, needle), expected, "{needle}");
        assert_eq!(grams.may_hold(&Probe::new(needle).unwrap()), expected, "{needle}");
    }
}

#[test]
fn an_unknown_or_damaged_bitmap_is_told_apart() {
    let stored = build(&[UUID.repeat(3)], 0).encode();
    let with = |place: usize, byte: u8| {
        let mut changed = stored.clone();
        changed[place] = byte;
        Grams::decode(&changed)
    };
    let unknown = |format, stop_set| Err(GramsError::Unknown { format, stop_set });
    assert_eq!(with(0, 1), unknown(1, 1));
    assert_eq!(with(1, 9), unknown(2, 9));
    for (place, byte) in [(2, 19), (3, 1), (4, 0)] {
        assert_eq!(with(place, byte), Err(GramsError::Damaged));
    }
    assert_eq!(Grams::decode(&stored[..stored.len() - 1]), Err(GramsError::Damaged));
    assert_eq!(Grams::decode(&[]), Err(GramsError::Damaged));
}

#[test]
fn a_file_without_records_holds_nothing() {
    let grams = build(&[], 0);
    assert_eq!(grams.size_bytes(), 0);
    assert!(!grams.may_hold(&Probe::new("customer-4711").unwrap()));
}

/// Stored bitmaps mean something under this set only: another one needs another number.
#[test]
fn the_stop_set_is_never_changed() {
    let hash = hex::encode(Sha256::digest(stop::VERSION_1));
    assert_eq!(hash, "8bcab1f43040b66fb694019d514978cdf3ebee582aadcc8eb70c688a8dd45722");
    for line in stop::VERSION_1.lines() {
        assert!(line.len() >= GRAM_BYTES && line.is_ascii(), "{line}");
        assert_eq!(line, line.to_ascii_lowercase());
    }
}
