//! The canonical form, row by row. Vectors and properties test it, too; these rows say what the rules are.

use super::super::canonical::{PathForm, parameters, request as canonical_request};
use super::*;

#[test]
fn paths_are_normalized_and_encoded_again() {
    for (sent, canonical) in [
        ("", "/"),
        ("/", "/"),
        ("//", "/"),
        ("/..", "/"),
        ("/../a", "/a"),
        ("/a/b/..", "/a/"),
        ("/a/b/.", "/a/b/"),
        ("/a/./b//c", "/a/b/c"),
        ("/a/...", "/a/..."),
        ("/a/%2e%2E/b", "/a/%252e%252E/b"),
        ("/a%2Fb%20c@:+é", "/a%252Fb%2520c%40%3A%2B%C3%A9"),
    ] {
        assert_eq!(line(1, sent, "", PathForm::Normalized), canonical, "{sent}");
    }
}

#[test]
fn paths_of_s3_stay() {
    for (sent, canonical) in [
        ("", "/"),
        ("/a//b/../c/.", "/a//b/../c/."),
        ("/a%2Fb%20c%", "/a%2Fb%20c%"),
        ("/a b@:+é", "/a%20b%40%3A%2B%C3%A9"),
    ] {
        assert_eq!(line(1, sent, "", PathForm::Sent), canonical, "{sent}");
    }
}

#[test]
fn parameters_are_decoded_encoded_and_sorted() {
    for (sent, canonical) in [
        ("", ""),
        ("b=2&a=1", "a=1&b=2"),
        ("a=2&a=1&a", "a=&a=1&a=2"),
        ("a-=1&a=2", "a=2&a-=1"),
        ("é=1&z=2", "%C3%A9=1&z=2"),
        ("a=b=c", "a=b%3Dc"),
        ("a=+%2B%20", "a=%20%2B%20"),
        ("a=%7e%2f/", "a=~%2F%2F"),
        ("a=%zz%4&=&&", "=&a=%25zz%254"),
    ] {
        assert_eq!(line(2, "/", sent, PathForm::Normalized), canonical, "{sent}");
    }
}

/// A line of the canonical request.
fn line(number: usize, path: &str, query: &str, form: PathForm) -> String {
    let request = SignedRequest { method: "GET", path, query, headers: &[] };
    let text = canonical_request(&request, form, &parameters(query), &[], "");
    String::from_utf8(text).unwrap().lines().nth(number).unwrap().to_owned()
}
