//! Encoding and decoding.

use super::{decode, encode};
use proptest::prelude::{prop_assert_eq, proptest};

#[test]
fn what_means_something_is_escaped() {
    assert_eq!(encode("a/b c+d%e-_.~é"), "a/b%20c%2Bd%25e-_.~%C3%A9");
    assert_eq!(decode("%53ignature"), "Signature");
    assert_eq!(decode("a+b%2Bc%2fd"), "a b+c/d");
    assert_eq!(decode("100%&%zz%4"), "100%&%zz%4");
}

proptest! {
    /// A key that goes over the wire encoded is the same key again.
    #[test]
    fn decoding_undoes_encoding(text in ".*") {
        prop_assert_eq!(decode(&encode(&text)), text);
    }
}
