use super::*;
use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use std::io::Write;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn one_member_several_members_and_plain_text_are_read() {
    assert_eq!(inflate(&gzip(b"hello")).unwrap().bytes, b"hello");
    let two = [gzip(b"hello "), gzip(b"world")].concat();
    let inflated = inflate(&two).unwrap();
    assert_eq!((inflated.bytes.as_slice(), inflated.members), (b"hello world".as_slice(), 2));
    // Members of equal size, the case in which the size at the end misleads.
    let equal = [gzip(b"aaaa"), gzip(b"bbbb")].concat();
    assert_eq!(inflate(&equal).unwrap().bytes, b"aaaabbbb");
    assert_eq!(inflate(b"{}").unwrap().members, 0);
    assert_eq!(inflate(b"").unwrap().bytes, b"");
}

#[test]
fn the_hash_is_of_the_uncompressed_bytes() {
    let expected: [u8; 32] = Sha256::digest(b"hello").into();
    assert_eq!(inflate(&gzip(b"hello")).unwrap().sha256, expected);
}

#[test]
fn a_bomb_is_refused() {
    let bomb = gzip(&vec![0; 64 << 20]);
    assert!(bomb.len() < 100_000);
    assert_eq!(inflate(&bomb), Err(InflateError::Ratio));
    let parts: Vec<u8> = std::iter::repeat_n(gzip(&vec![0; 1 << 20]), 64).flatten().collect();
    assert_eq!(inflate(&parts), Err(InflateError::Ratio));
}

#[test]
fn damage_is_an_error_and_never_half_a_file() {
    let whole = gzip(&b"some text that is long enough to be cut ".repeat(50));
    for cut in [1, 5, 12, whole.len() / 2, whole.len() - 2] {
        assert!(inflate(&whole[..whole.len() - cut]).is_err(), "cut {cut}");
    }
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x55;
    assert!(inflate(&flipped).is_err());
    assert!(inflate(&[whole.as_slice(), b"garbage"].concat()).is_err());
    // Trailing bytes whose last four are the size of what is before them.
    let size = &whole[whole.len() - 4..];
    for more in [&[][..], b"x", b"more bytes"] {
        assert!(inflate(&[&whole, more, size].concat()).is_err(), "{more:?}");
    }
    assert!(inflate(&[whole.as_slice(), &[0; 512]].concat()).is_err());
}

proptest! {
    /// What was compressed comes back, in however many members it was written.
    #[test]
    fn members_are_joined(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..400), 1..5)) {
        let file: Vec<u8> = parts.iter().flat_map(|part| gzip(part)).collect();
        prop_assert_eq!(inflate(&file).unwrap().bytes, parts.concat());
    }

    /// No bytes make it panic.
    #[test]
    fn any_bytes_are_inflated_or_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..200), gz in any::<bool>()) {
        if gz { bytes.splice(0..0, [0x1f, 0x8b, 8, 0]); }
        drop(inflate(&bytes));
    }
}
