//! The quick way finds what the thorough one finds.

use super::*;
use proptest::prelude::*;

fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        "-?[1-9][0-9]{0,3}(\\.[0-9]{1,2})?([eE][+-]?[0-9])?",
        any_text(),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            (prop::collection::vec(inner.clone(), 0..4), any_space())
                .prop_map(|(list, space)| format!("[{space}{}]", list.join(&format!("{space},")))),
            (prop::collection::vec((any_text(), inner), 0..4), any_space()).prop_map(
                |(entries, space)| {
                    let entries =
                        entries.iter().map(|(key, value)| format!("{key}{space}:{value}"));
                    format!("{{{}{space}}}", entries.collect::<Vec<_>>().join(","))
                }
            ),
        ]
    })
}

/// Strings with everything that could mislead who looks for brackets.
fn any_text() -> impl Strategy<Value = String> {
    let parts =
        ["a", "{", "}", "[", "]", ",", ":", "\\\"", "\\\\", "\\/", "\\u0041", "Records", "é"];
    prop::collection::vec(prop::sample::select(parts.to_vec()), 0..5)
        .prop_map(|parts| format!("\"{}\"", parts.concat()))
}

fn any_space() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", " ", "\n\t", "\r\n "])
}

proptest! {
    #[test]
    fn both_ways_find_the_same_records(
        records in prop::collection::vec(any_json(), 0..5),
        before in prop::collection::vec((any_text(), any_json()), 0..2),
        space in any_space(),
    ) {
        let before = before.iter().map(|(key, value)| format!("{key}:{value}{space},"));
        let before = before.collect::<Vec<_>>().concat();
        let list = records.join(&format!("{space},{space}"));
        let file = format!("{{{space}{before}\"Records\"{space}:{space}[{list}{space}]{space}}}{space}");
        let thorough = parse_log_file(file.as_bytes());
        let quick = Scanner { bytes: file.as_bytes(), at: 0 }.log_file();
        // A key before that reads "Records", too, makes two lists.
        prop_assert_eq!(thorough.is_none(), quick.is_err(), "{}", file);
        prop_assert_eq!(thorough.or_else(|| quick.ok()), split_log_file(file.as_bytes()).ok());
    }
}

#[test]
fn a_key_that_is_spelled_by_escapes_is_found() {
    let file = br#"{"\u0052ecords":[{"a":1}]}"#;
    assert_eq!(split_log_file(file), Ok(vec![Ok(r#"{"a":1}"#)]));
}

#[test]
fn broken_files_are_told_as_before() {
    assert_eq!(split_log_file(b"{}"), Err(SplitError::NoRecords));
    assert_eq!(split_log_file(b"{\"Records\":[1"), Err(SplitError::Truncated));
    assert_eq!(split_log_file(b"{\"Records\":[]}x"), Err(SplitError::Trailing(1)));
    assert_eq!(split_log_file(b"{\"Records\":[],\"Records\":[]}"), Err(SplitError::RecordsTwice));
}
