use super::*;
use proptest::prelude::*;

fn print(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        text.push_str(&"  ".repeat(line.depth));
        if let Some(key) = &line.key {
            text.push_str(key);
            text.push_str(": ");
        }
        match &line.piece {
            Piece::Open(bracket) | Piece::Close(bracket) => text.push(*bracket),
            Piece::Empty(brackets) => text.push_str(brackets),
            Piece::Leaf(raw) => text.push_str(raw),
        }
        text.push_str(if line.has_comma { ",\n" } else { "\n" });
    }
    text
}

#[test]
fn keys_keep_their_order_and_values_their_spelling() {
    let text = r#"{"b":1.50,"a":"\u00e9\/","b":1e400,"list":[{"x":null},[],{}],"":true}"#;
    let lines = lay_out(text, 1_000_000).unwrap();
    assert_eq!(
        print(&lines),
        "{\n  \"b\": 1.50,\n  \"a\": \"\\u00e9\\/\",\n  \"b\": 1e400,\n  \"list\": [\n    {\n      \"x\": null\n    },\n    [],\n    {}\n  ],\n  \"\": true\n}\n"
    );
}

#[test]
fn paths_name_every_value() {
    let lines =
        lay_out(r#"{"resources":[{"ARN":"a"},{"ARN":"b"}],"a.b":{"c d":1}}"#, 1_000_000).unwrap();
    let leaves: Vec<_> = lines.iter().filter(|line| line.value().is_some()).collect();
    let paths: Vec<_> = leaves.iter().map(|line| line.path.as_str()).collect();
    assert_eq!(paths, ["resources[0].ARN", "resources[1].ARN", r#"["a.b"]["c d"]"#]);
    assert_eq!(leaves[1].value().as_deref(), Some("b"));
}

#[test]
fn what_is_not_json_is_not_laid_out() {
    for text in ["", "{", "{\"a\":}", "{} {}", "[1,]", "{\"a\" 1}", "nonsense"] {
        assert_eq!(lay_out(text, 1_000_000), None, "{text:?}");
    }
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        "\\PC{0,12}".prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::vec(("\\PC{0,6}", inner), 0..5)
                .prop_map(|entries| serde_json::Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    /// What is shown is what was verified: only white space between tokens differs.
    #[test]
    fn laying_out_changes_only_white_space(value in any_json()) {
        let text = value.to_string();
        let shown = print(&lay_out(&text, 1_000_000).unwrap());
        prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
        let squeeze = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        prop_assert_eq!(squeeze(&shown), squeeze(&text));
    }

    /// No text makes the reader fail.
    #[test]
    fn any_text_is_read_or_refused(text in r#"[\[\]{}",:0-9a-z\\ ]{0,40}"#) {
        let _outcome = lay_out(&text, 1_000_000);
    }
}

/// The paths of a deeply nested record would fill the memory, long before its lines are too many to be shown.
#[test]
fn what_is_too_long_to_be_shown_is_given_up_early() {
    let deep = format!("{}{}", "[".repeat(2_000_000), "]".repeat(2_000_000));
    assert_eq!(lay_out(&deep, 1500), None);
    let list = format!("[{}1]", "1,".repeat(1497));
    assert_eq!(lay_out(&list, 1500).map(|lines| lines.len()), Some(1500));
    assert_eq!(lay_out(&list, 1499), None);
    let long_key = format!("{{\"{}\":{list}}}", "k".repeat(1 << 20));
    assert_eq!(lay_out(&long_key, 10_000), None);
}
