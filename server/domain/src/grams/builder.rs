//! The texts of a file's records → its bitmap.

use super::{BITS_PER_GRAM, GRAM_BYTES, Grams, HASH_BITS, bucket, hash, opaque, place, stop};
use crate::spelling::plain;
use std::borrow::Cow;

/// Up to how many bytes of text each size of [`HASH_BITS`] is used. A kilobyte of text has some 100 distinct grams.
const TEXT_BYTES_MAX: [usize; 2] = [512 << 10, 4 << 20];

/// Gathers the grams of the records of one file.
#[derive(Clone, Debug)]
pub struct GramsBuilder {
    size: usize,
    /// One bit for each bucket of the hash.
    seen: Vec<u64>,
    lowered: Vec<u8>,
}

/// How many distinct grams a file has: before and after the stop-set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GramCount {
    /// All that were seen.
    pub seen: u64,
    /// Those that are kept.
    pub kept: u64,
}

impl GramsBuilder {
    /// A builder for a file with about this many bytes of text. Another number costs accuracy only.
    pub fn new(text_bytes: usize) -> Self {
        let size = TEXT_BYTES_MAX.iter().filter(|max| text_bytes > **max).count();
        Self { size, seen: vec![0; words(size)], lowered: Vec::new() }
    }

    /// Takes one record's text.
    pub fn add(&mut self, text: &str) {
        self.add_spelling(text);
        if let Cow::Owned(plain) = plain(text) {
            self.add_spelling(&plain);
        }
    }

    fn add_spelling(&mut self, text: &str) {
        self.lowered.clear();
        self.lowered.extend_from_slice(text.as_bytes());
        self.lowered.make_ascii_lowercase();
        let mut from = 0;
        for value in opaque::values(&self.lowered) {
            let behind = value + opaque::LENGTH;
            mark(&mut self.seen, self.size, &self.lowered[from..value]);
            for hash in opaque::hashes(&self.lowered[value..behind]) {
                let bucket = bucket(hash, self.size);
                self.seen[bucket as usize / 64] |= 1 << (bucket % 64);
            }
            from = behind;
        }
        mark(&mut self.seen, self.size, &self.lowered[from..]);
    }

    /// How many grams there are so far.
    pub fn count(&self) -> GramCount {
        let kept = self.seen.iter().zip(stop::mask(self.size)).map(|(seen, stop)| seen & !stop);
        GramCount { seen: ones(self.seen.iter().copied()), kept: ones(kept) }
    }

    /// The bitmap of all texts that were taken.
    pub fn finish(mut self) -> Grams {
        for (seen, stop) in self.seen.iter_mut().zip(stop::mask(self.size)) {
            *seen &= !stop;
        }
        let bytes = (ones(self.seen.iter().copied()) * BITS_PER_GRAM).div_ceil(8);
        let mut bits = vec![0; usize::try_from(bytes).unwrap_or(usize::MAX)].into_boxed_slice();
        for (index, mut word) in (0_u32..).zip(self.seen) {
            while word != 0 {
                let (byte, bit) = place(index * 64 + word.trailing_zeros(), self.size, bytes * 8);
                bits[byte] |= bit;
                word &= word - 1;
            }
        }
        Grams { size: self.size, bits }
    }
}

fn ones(words: impl Iterator<Item = u64>) -> u64 {
    words.map(|word| u64::from(word.count_ones())).sum()
}

/// The hashes of the grams of a text in lower case.
pub(super) fn grams(lowered: &[u8]) -> impl Iterator<Item = u32> {
    lowered.array_windows::<GRAM_BYTES>().map(|window| hash(u32::from_le_bytes(*window)))
}

/// Sets the bits of the grams of a text in lower case: some 1,500 for a record, so the size is known to the compiler.
fn mark(seen: &mut [u64], size: usize, lowered: &[u8]) {
    match size {
        0 => mark_sized::<0, { words(0) }>(seen, lowered),
        1 => mark_sized::<1, { words(1) }>(seen, lowered),
        _ => mark_sized::<2, { words(2) }>(seen, lowered),
    }
}

fn mark_sized<const SIZE: usize, const WORDS: usize>(seen: &mut [u64], lowered: &[u8]) {
    let Some(seen) = seen.first_chunk_mut::<WORDS>() else { return };
    for hash in grams(lowered) {
        let bucket = bucket(hash, SIZE);
        seen[bucket as usize / 64 % WORDS] |= 1 << (bucket % 64);
    }
}

/// How many words hold one bit for each bucket.
pub(super) const fn words(size: usize) -> usize {
    1 << (HASH_BITS[size] - 6)
}
