//! Trailers and lengths, which no client sends wrong on purpose.

use super::Expected;
use crate::checksum::{Digests, Hashers};
use http::HeaderMap;

const HELLO_CRC32: &str = "NhCmhg==";

#[test]
fn a_trailer_is_compared() {
    let expected = expected(&[("x-amz-trailer", "x-amz-checksum-crc32")]);
    let actual = digests(&expected, b"hello");
    let trailer = |value: &str| headers(&[("x-amz-checksum-crc32", value)]);
    let compare = |trailers: Option<&HeaderMap>| refusal(expected.compare(&actual, trailers));
    assert_eq!(compare(Some(&trailer(HELLO_CRC32))), None);
    assert_eq!(compare(Some(&trailer("AAAAAA=="))).as_deref(), Some("BadDigest"));
    assert_eq!(compare(Some(&trailer("AAAA"))).as_deref(), Some("InvalidRequest"));
    assert_eq!(
        compare(Some(&HeaderMap::new())).as_deref(),
        Some("InvalidRequest"),
        "announced and absent"
    );
    assert_eq!(compare(None).as_deref(), Some("InvalidRequest"));
    assert_eq!(expected.kept(&actual).unwrap().value, HELLO_CRC32);
}

#[test]
fn a_body_must_be_as_long_as_announced() {
    let expected = expected(&[("content-length", "6")]);
    let refused = refusal(expected.compare(&digests(&expected, b"hello"), None));
    assert_eq!(refused.as_deref(), Some("IncompleteBody"));
    let too_large = headers(&[("content-length", "5368709121")]);
    assert_eq!(
        refusal(Expected::of_upload(&too_large).map(drop)).as_deref(),
        Some("EntityTooLarge")
    );
}

#[test]
fn every_checksum_that_was_sent_is_compared() {
    let expected = expected(&[
        ("x-amz-checksum-crc32", HELLO_CRC32),
        ("x-amz-checksum-sha256", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    ]);
    let refused = refusal(expected.compare(&digests(&expected, b"hello"), None));
    assert_eq!(refused.as_deref(), Some("BadDigest"), "the first is right, the second is not");
}

fn expected(pairs: &[(&'static str, &str)]) -> Expected {
    Expected::of_upload(&headers(pairs)).unwrap()
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()))
        .collect()
}

fn digests(expected: &Expected, body: &[u8]) -> Digests {
    let mut hashers = Hashers::new(expected.algorithms());
    hashers.update(body);
    hashers.finish()
}

fn refusal(result: s3s::S3Result<()>) -> Option<String> {
    result.err().map(|error| error.code().as_str().to_owned())
}
