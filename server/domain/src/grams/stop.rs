//! Grams that nearly every file holds: asking for them tells nothing, and keeping them costs bits.
//!
//! A set is a part of what a stored bitmap means. Version 1 is never changed: another set gets another number, and a
//! program keeps those that are still stored.

use super::builder::{grams, words};
use super::{HASH_BITS, bucket};
use std::sync::LazyLock;

/// Version 1: every window of four bytes in a line is a gram. Made by `server/sample/examples/grams.rs`.
pub(super) const VERSION_1: &str = include_str!("stop_1.txt");

static MASKS: LazyLock<[Vec<u64>; HASH_BITS.len()]> = LazyLock::new(|| {
    std::array::from_fn(|size| {
        let mut mask = vec![0; words(size)];
        for hash in hashes() {
            let bucket = bucket(hash, size);
            mask[bucket as usize / 64] |= 1 << (bucket % 64);
        }
        mask
    })
});

/// The hashes of the grams of the set.
fn hashes() -> impl Iterator<Item = u32> {
    VERSION_1.lines().flat_map(|line| grams(line.as_bytes()))
}

/// One bit for each bucket into which a gram of the set falls. Whatever else falls into it is left out, too; builder
/// and probe both ask here, so they agree.
pub(super) fn mask(size: usize) -> &'static [u64] {
    &MASKS[size]
}

/// Whether a bucket is left out.
pub(super) fn holds(bucket: u32, size: usize) -> bool {
    mask(size)[bucket as usize / 64] >> (bucket % 64) & 1 == 1
}
