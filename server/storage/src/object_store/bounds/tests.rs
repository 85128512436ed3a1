//! Key ranges.

use super::{common_prefix, lower_bound, successor};

#[test]
fn a_successor_is_above_all_that_begins_alike_and_nothing_else() {
    for (prefix, expected) in
        [("a", "b"), ("a/", "a0"), ("\u{d7ff}", "\u{e000}"), ("a\u{10ffff}", "b")]
    {
        assert_eq!(successor(prefix), expected);
    }
    let longest_key = "\u{10ffff}".repeat(256);
    assert!(successor("") > longest_key);
    assert!(successor(&longest_key) > longest_key);
}

#[test]
fn a_listing_goes_on_behind_its_marker() {
    assert_eq!(lower_bound("p", None, ""), "p");
    assert_eq!(lower_bound("p", None, "a"), "p", "a marker before the prefix");
    assert_eq!(lower_bound("p", None, "pa"), "pa\u{1}");
    assert_eq!(lower_bound("p/", Some("/"), "p/a/b"), "p/a0", "a marker inside a common prefix");
    assert_eq!(common_prefix("p/a/b/c", "p/", "/"), Some("p/a/"));
    assert_eq!(common_prefix("p/a", "p/", "/"), None);
}
