//! Seeded mutations: what a fuzzer does, without one.

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

/// Pieces that readers stumble over.
const PIECES: [&[u8]; 26] = [
    b"\0",
    b"\xff",
    b"\"",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"1e999",
    b"-",
    b"*",
    b"..",
    b"/",
    b"%00",
    b"\n",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xae",
    b"AWSLogs/",
    b"\"Records\":[",
    b"9999999999999999999999",
    b"\x1f\x8b\x08",
];

/// The longest input that is made.
const LENGTH_MAX: usize = 16 << 10;

/// One to eight changes to an input; the others lend parts.
pub fn mutate(random: &mut StdRng, input: &[u8], others: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..random.random_range(1..=8) {
        let at = random.random_range(0..=bytes.len());
        let end = random.random_range(at..=bytes.len().min(at + 64));
        match random.random_range(0..8) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.random_range(0..8),
            1 if at < bytes.len() => bytes[at] = random.random(),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let part = bytes[at..end].to_vec();
                let place = random.random_range(0..=bytes.len());
                bytes.splice(place..place, part);
            }
            4 => bytes.truncate(at.max(1)),
            5 => {
                let part = others.choose(random).map_or(&[][..], Vec::as_slice);
                let from = random.random_range(0..=part.len());
                let to = random.random_range(from..=part.len());
                bytes.splice(at..end, part[from..to].iter().copied());
            }
            _ => {
                let piece = PIECES.choose(random).copied().unwrap_or_default();
                bytes.splice(at..end, piece.repeat(random.random_range(1..3)));
            }
        }
        bytes.truncate(LENGTH_MAX);
    }
    bytes
}
