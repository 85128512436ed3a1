//! Which log files can't hold a text: a bitmap of the 4-byte grams of all records of a file.
//!
//! A bitmap answers for exactly the matcher [`crate::filter::contains`]: the bytes of a record's text, as it stands and in
//! its plain spelling, in lower case by ASCII, in any of the forms of [`crate::filter::needle_forms`]. It may say "maybe" wrongly, and never "no": a text of
//! four bytes or more stands in a record only if each of its grams does.
//!
//! Each distinct gram of a file becomes one bit of a bitmap with [`BITS_PER_GRAM`] bits per gram. Grams that nearly every
//! file holds (the names of fields) are left out and never asked for ([`stop`]); a UUID counts as a whole ([`opaque`]).
//! Why, and what was measured: `docs/decisions/0013-grams.md`.

mod builder;
mod opaque;
mod probe;
mod stop;
#[cfg(test)]
mod tests;

pub use builder::{GramCount, GramsBuilder};
pub use probe::{LENGTH_MIN, Probe, Unusable};

/// The version of the encoding and of what it means: bytes per gram, lower case, hash, place of a bit. The first had the
/// grams of texts as they stand only, without those of their plain spelling.
const FORMAT: u8 = 2;

/// The version of the set of grams that are left out.
const STOP_SET: u8 = 1;

/// Bytes before the bits: format, stop-set, bits of the hash, a zero, and the number of bytes that follow.
const HEADER_BYTES: usize = 8;

/// How many bits of the bitmap each distinct gram gets. A needle has many grams and their errors multiply, so few
/// bits are enough.
const BITS_PER_GRAM: u64 = 2;

/// How many bits of a gram's hash are kept, by the size of a file: a larger file has more grams to tell apart.
const HASH_BITS: [u8; 3] = [18, 20, 22];

/// How many bytes make a gram.
const GRAM_BYTES: usize = 4;

/// A gram's hash; its highest bits are used.
///
/// Multiplying by an odd number near 2³²/φ lets every byte of the gram reach the highest bits.
const fn hash(gram: u32) -> u32 {
    gram.wrapping_mul(0x9e37_79b1)
}

/// The bitmap of one file's grams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grams {
    /// An index into [`HASH_BITS`].
    size: usize,
    bits: Box<[u8]>,
}

/// Why a stored bitmap can't be used. The file it belongs to may hold anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GramsError {
    /// A newer program has written it, or an older one under rules that are gone.
    #[error(
        "the bitmap has format {format} and stop-set {stop_set}, which this program doesn't know"
    )]
    Unknown {
        /// The version of the encoding.
        format: u8,
        /// The version of the stop-set.
        stop_set: u8,
    },
    /// The bytes are not what their header says.
    #[error("the bitmap is damaged")]
    Damaged,
}

/// What the bits of bitmaps mean that this program makes: one of another version can't be used, and is made anew.
pub const VERSION: i16 = i16::from_be_bytes([FORMAT, STOP_SET]);

impl Grams {
    /// Reads stored bytes.
    ///
    /// # Errors
    ///
    /// [`GramsError`] when this program can't tell what they mean.
    pub fn decode(stored: &[u8]) -> Result<Self, GramsError> {
        let (header, bits) = stored.split_at_checked(HEADER_BYTES).ok_or(GramsError::Damaged)?;
        let &[format, stop_set, hash_bits, 0, ref length @ ..] = header else {
            return Err(GramsError::Damaged);
        };
        if (format, stop_set) != (FORMAT, STOP_SET) {
            return Err(GramsError::Unknown { format, stop_set });
        }
        let size = HASH_BITS.iter().position(|known| *known == hash_bits);
        let length: [u8; 4] = length.try_into().map_err(|_| GramsError::Damaged)?;
        if usize::try_from(u32::from_le_bytes(length)) != Ok(bits.len()) {
            return Err(GramsError::Damaged);
        }
        Ok(Self { size: size.ok_or(GramsError::Damaged)?, bits: bits.into() })
    }

    /// The bytes to store: they say themselves how they are to be read.
    pub fn encode(&self) -> Vec<u8> {
        // At most 2 bits for each of 2²² grams: one MiB.
        let length = u32::try_from(self.bits.len()).unwrap_or(u32::MAX);
        let mut stored = Vec::with_capacity(HEADER_BYTES + self.bits.len());
        stored.extend([FORMAT, STOP_SET, HASH_BITS[self.size], 0]);
        stored.extend(length.to_le_bytes());
        stored.extend(&self.bits);
        stored
    }

    /// How many bytes of memory the bits take.
    pub fn size_bytes(&self) -> usize {
        self.bits.len()
    }

    /// Whether a record of the file may hold the probe's text; `false` is certain.
    pub fn may_hold(&self, probe: &Probe) -> bool {
        let bits = self.bits.len() as u64 * 8;
        probe.ways(self.size).any(|buckets| {
            buckets.iter().all(|bucket| {
                bits > 0 && {
                    let (byte, bit) = place(*bucket, self.size, bits);
                    self.bits[byte] & bit != 0
                }
            })
        })
    }
}

/// The byte and the bit in it for a bucket of the hash, in a bitmap of `bits` bits.
fn place(bucket: u32, size: usize, bits: u64) -> (usize, u8) {
    // Below `bits`, which counts bytes in memory.
    let bit = (u64::from(bucket) * bits) >> HASH_BITS[size];
    (usize::try_from(bit / 8).unwrap_or(usize::MAX), 1 << (bit % 8))
}

/// The bucket of a hash: its highest bits.
fn bucket(hash: u32, size: usize) -> u32 {
    hash >> (32 - u32::from(HASH_BITS[size]))
}
