//! UUIDs that are a whole value: more than half of a record's grams would come from its event id and request id.
//!
//! Grams that touch such a value are left out; the value as a whole gets a few bits instead, so that a whole UUID is
//! still found. Nothing else is left out: base64 may spell any word, so a word could never be asked for any more.

/// How many bytes a UUID has as text.
pub(super) const LENGTH: usize = 36;

/// How many bits stand for a value. A value has no other grams, so these alone must tell it apart.
const HASHES: u64 = 8;

/// A UUID with as many digits in a row is kept like any other text, so that account numbers and other long numbers
/// never look like a part of one.
const DIGITS_MAX: usize = 8;

/// Where the values are, in a text in lower case: the place of their first byte behind the quote.
pub(super) fn values(lowered: &[u8]) -> impl Iterator<Item = usize> {
    memchr::memchr_iter(b'"', lowered).filter_map(move |quote| {
        let value = lowered.get(quote..quote + LENGTH + 2)?;
        (value[9] == b'-' && fits(value, 1)).then_some(quote + 1)
    })
}

/// The hashes of a value, which stand for it in place of its grams.
pub(super) fn hashes(value: &[u8]) -> impl Iterator<Item = u32> {
    let folded = value.iter().fold(0xcbf2_9ce4_8422_2325_u64, |folded, byte| {
        (folded ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    // Each is mixed by itself: hashes at equal distances would often share bits of a small bitmap.
    (1..=HASHES).map(move |index| {
        let mixed = folded.wrapping_add(index.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed >> 32) as u32
    })
}

/// Every place at which a value could begin, relative to an occurrence of `part`, so that the two overlap: before its
/// first byte, too.
pub(super) fn places(part: &[u8]) -> Vec<isize> {
    let before = -(LENGTH.cast_signed() - 1);
    (before..part.len().cast_signed()).filter(|start| fits(part, *start)).collect()
}

/// Whether a quoted UUID whose first digit is at `start` of `part`, or before it, agrees with all bytes of `part`.
fn fits(part: &[u8], start: isize) -> bool {
    let mut digits = 0;
    (0..).zip(part).all(|(at, byte)| match at - start {
        -1 | 36 => *byte == b'"',
        8 | 13 | 18 | 23 => {
            digits = 0;
            *byte == b'-'
        }
        0..36 => {
            digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
            digits < DIGITS_MAX && matches!(byte, b'0'..=b'9' | b'a'..=b'f')
        }
        _ => true,
    })
}
