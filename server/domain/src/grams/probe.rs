//! A text that is looked for → the grams to ask bitmaps for.

use super::builder::grams;
use super::{GRAM_BYTES, HASH_BITS, bucket, opaque, stop};
use crate::filter::needle_forms;

/// The shortest text, in characters, that bitmaps are asked about. Four bytes are a single gram, which two files of
/// five seem to hold.
pub const LENGTH_MIN: usize = 5;

/// What bitmaps are asked about one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// For each size of the hash, each way in which a record may hold the text: the buckets that must be there.
    sizes: [Vec<Vec<u32>>; HASH_BITS.len()],
}

/// Why bitmaps can't tell anything about a text: every record must be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It is too short.
    #[error("it has fewer than {LENGTH_MIN} characters")]
    Short,
    /// It consists of what stands in nearly every record.
    #[error("it consists of what stands in nearly every log file")]
    Common,
    /// It may be a part of a UUID, of which only the whole is kept.
    #[error(
        "it may be a part of an id such as an event id, and log files are found by whole ids only"
    )]
    PartOfId,
}

impl Probe {
    /// What to ask about a text.
    ///
    /// # Errors
    ///
    /// [`Unusable`] when every bitmap would say "maybe".
    pub fn new(needle: &str) -> Result<Self, Unusable> {
        if needle.chars().count() < LENGTH_MIN {
            return Err(Unusable::Short);
        }
        let mut sizes: [Vec<Vec<u32>>; HASH_BITS.len()] = Default::default();
        for form in needle_forms(needle) {
            let lowered = form.to_ascii_lowercase();
            let is_part = !opaque::places(lowered.as_bytes()).is_empty();
            for hashes in ways(lowered.as_bytes()) {
                for (size, ways) in sizes.iter_mut().enumerate() {
                    let buckets = buckets(&hashes, size);
                    // A way that asks for nothing is open in every file.
                    if buckets.is_empty() {
                        return Err(if is_part { Unusable::PartOfId } else { Unusable::Common });
                    }
                    ways.push(buckets);
                }
            }
        }
        Ok(Self { sizes })
    }

    /// The ways in which a record may hold the text; a file holds it only if it has all buckets of one of them.
    pub(super) fn ways(&self, size: usize) -> impl Iterator<Item = &[u32]> {
        self.sizes[size].iter().map(Vec::as_slice)
    }
}

/// The hashes that a file has if it holds the bytes: apart from all values that are left out, or overlapping some.
fn ways(lowered: &[u8]) -> Vec<Vec<u32>> {
    let mut ways = vec![grams(lowered).collect()];
    let places = opaque::places(lowered);
    if places.is_empty() {
        return ways;
    }
    let touches = |gram: usize, value: isize| {
        let (gram, length) = (gram.cast_signed(), opaque::LENGTH.cast_signed());
        gram < value + length && value < gram + GRAM_BYTES.cast_signed()
    };
    // Which of the values are there isn't known: grams that none of them could touch must be there in any case.
    let mut sure: Vec<u32> = grams(lowered)
        .enumerate()
        .filter(|(gram, _)| !places.iter().any(|value| touches(*gram, *value)))
        .map(|(_, hash)| hash)
        .collect();
    if let [value] = places[..]
        && let Ok(from) = usize::try_from(value)
        && let Some(value) = lowered.get(from..from + opaque::LENGTH)
    {
        sure.extend(opaque::hashes(value));
    }
    ways.push(sure);
    ways
}

fn buckets(hashes: &[u32], size: usize) -> Vec<u32> {
    let mut buckets: Vec<u32> = hashes
        .iter()
        .map(|hash| bucket(*hash, size))
        .filter(|bucket| !stop::holds(*bucket, size))
        .collect();
    buckets.sort_unstable();
    buckets.dedup();
    buckets
}
