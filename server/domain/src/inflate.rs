//! Bounded decompression: whatever a file claims, memory and time stay within limits.

use flate2::bufread::GzDecoder;
use sha2::{Digest, Sha256};
use std::io::Read;

/// The most that one file may inflate to.
pub const INFLATED_BYTES_MAX: usize = 768 << 20;

/// The highest ratio of inflated to compressed bytes, above [`RATIO_FREE_BYTES`].
///
/// Repetitive JSON reaches about 60; a gzip bomb 1,000.
pub const RATIO_MAX: usize = 250;

/// Up to this size the ratio doesn't matter: small, very repetitive files are harmless.
pub const RATIO_FREE_BYTES: usize = 8 << 20;

/// The most members that a gzip file may have.
const MEMBERS_MAX: u32 = 10_000;

/// Why a file can't be inflated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InflateError {
    /// The stream is broken: its data or checksum is wrong, or it ends too soon.
    #[error("the gzip stream is broken: {0}")]
    Broken(String),
    /// The file inflates to more than the limit.
    #[error("the file inflates to more than {0} bytes")]
    TooLarge(usize),
    /// The file inflates far more than log files do.
    #[error("the file inflates more than {RATIO_MAX} times: it may be a gzip bomb")]
    Ratio,
    /// The file consists of too many members.
    #[error("the file has more than {MEMBERS_MAX} gzip members")]
    Members,
}

/// A file's uncompressed bytes with their hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inflated {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// SHA-256 of the bytes, as digests list it.
    pub sha256: [u8; 32],
    /// How many gzip members the file has; 0 when it was not compressed.
    pub members: u32,
}

/// Inflates a file, or takes it as it is when it isn't gzip.
///
/// # Errors
///
/// [`InflateError`]; the caller keeps the bytes.
pub fn inflate(file: &[u8]) -> Result<Inflated, InflateError> {
    if !file.starts_with(&[0x1f, 0x8b]) {
        if file.len() > INFLATED_BYTES_MAX {
            return Err(InflateError::TooLarge(INFLATED_BYTES_MAX));
        }
        let sha256 = Sha256::digest(file).into();
        return Ok(Inflated { bytes: file.to_vec(), sha256, members: 0 });
    }
    let (bytes, members) = inflate_whole(file).map_or_else(|| inflate_streaming(file), Ok)?;
    Ok(Inflated { sha256: Sha256::digest(&bytes).into(), bytes, members })
}

/// The limit for a file of this size.
fn limit(compressed: usize) -> usize {
    compressed.saturating_mul(RATIO_MAX).clamp(RATIO_FREE_BYTES, INFLATED_BYTES_MAX)
}

/// The fast way: the last four bytes tell the size of a single member. `None` sends the file the slow way,
/// which also finds out about several members: this decoder would silently stop after the first.
fn inflate_whole(file: &[u8]) -> Option<(Vec<u8>, u32)> {
    let tail: [u8; 4] = file.get(file.len().checked_sub(4)?..)?.try_into().ok()?;
    let size = u32::from_le_bytes(tail) as usize;
    // A second member begins with this; in compressed data of this size a chance match is rare and harmless.
    let may_have_members = memchr::memmem::find_iter(file, &[0x1f, 0x8b, 0x08]).nth(1).is_some();
    if size > limit(file.len()) || size > 64 << 20 || may_have_members {
        return None;
    }
    let mut bytes = vec![0; size];
    let written = libdeflater::Decompressor::new().gzip_decompress(file, &mut bytes).ok()?;
    // Bytes behind the member are not looked at by this decoder, so the end must be the member's own: else they go
    // the slow way, which refuses them.
    let checksum = file.get(file.len().checked_sub(8)?..file.len() - 4)?;
    let is_whole = written == size && libdeflater::crc32(&bytes).to_le_bytes() == *checksum;
    is_whole.then_some((bytes, 1))
}

fn inflate_streaming(file: &[u8]) -> Result<(Vec<u8>, u32), InflateError> {
    let limit = limit(file.len());
    let (mut rest, mut members, mut bytes) = (file, 0, Vec::new());
    while !rest.is_empty() {
        members += 1;
        if members > MEMBERS_MAX {
            return Err(InflateError::Members);
        }
        let mut decoder = GzDecoder::new(rest);
        let room = (limit - bytes.len()) as u64 + 1;
        decoder
            .by_ref()
            .take(room)
            .read_to_end(&mut bytes)
            .map_err(|error| InflateError::Broken(error.to_string()))?;
        if bytes.len() > limit {
            return Err(if limit == INFLATED_BYTES_MAX {
                InflateError::TooLarge(limit)
            } else {
                InflateError::Ratio
            });
        }
        rest = decoder.into_inner();
    }
    Ok((bytes, members))
}

#[cfg(test)]
mod tests;
