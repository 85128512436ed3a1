use super::*;
use proptest::prelude::*;

#[test]
fn wildcards_stand_for_runs_and_single_characters() {
    for (pattern, text, expected) in [
        ("Delete*", "DeleteBucket", true),
        ("delete*", "DeleteBucket", true),
        ("*Bucket", "DeleteBucket", true),
        ("D?lete*t", "DeleteBucket", true),
        ("*", "", true),
        ("", "", true),
        ("?", "", false),
        ("Delete", "DeleteBucket", false),
        ("a*b*c", "aXbYbZc", true),
        ("a*b*c", "aXbYbZ", false),
    ] {
        assert_eq!(matches_wildcard(pattern, text), expected, "{pattern:?} on {text:?}");
    }
}

#[test]
fn long_values_keep_both_ends() {
    assert_eq!(shorten_middle("arn:aws:iam::111122223333:role/Deploy", 15), "arn:aws…/Deploy");
    assert_eq!(shorten_middle("short", 15), "short");
}

#[test]
fn numbers_and_bytes_read_well() {
    assert_eq!(group_digits(0), "0");
    assert_eq!(group_digits(1_234_567), "1\u{2009}234\u{2009}567");
    assert_eq!(display_bytes(1023), "1023 B");
    assert_eq!(display_bytes(1536), "1.5 KiB");
    assert_eq!(display_bytes(5 << 30), "5.0 GiB");
}

/// Slow and obvious: tries every split.
fn matches_slowly(pattern: &[char], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('*', rest)) => (0..=text.len()).any(|skip| matches_slowly(rest, &text[skip..])),
        Some((wanted, rest)) => text.split_first().is_some_and(|(first, others)| {
            (*wanted == '?' || wanted.eq_ignore_ascii_case(first)) && matches_slowly(rest, others)
        }),
    }
}

proptest! {
    /// The linear matcher and the obvious one agree.
    #[test]
    fn the_matcher_agrees_with_an_obvious_one(pattern in "[abA*?]{0,7}", text in "[abAB]{0,9}") {
        let slow = matches_slowly(
            &pattern.chars().collect::<Vec<_>>(),
            &text.chars().collect::<Vec<_>>(),
        );
        prop_assert_eq!(matches_wildcard(&pattern, &text), slow);
    }
}
