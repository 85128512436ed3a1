//! Numbers that look random and depend on nothing but their seed.

/// The alphabet of access key ids and unique ids: base 32.
pub(crate) const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Lower-case hexadecimal digits.
pub(crate) const HEX: &[u8] = b"0123456789abcdef";
/// Letters of both cases and digits.
pub(crate) const ALPHANUMERIC: &[u8] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// The alphabet of base 64.
pub(crate) const BASE64: &[u8] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A source of numbers; two with the same seed give the same numbers on every machine.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// A source whose seed is made of several parts; their order matters.
    pub(crate) fn new(parts: &[u64]) -> Self {
        Self(parts.iter().fold(0x9e37_79b9_7f4a_7c15, |state, part| mix(state ^ *part)))
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0xa076_1d64_78bd_642f);
        fold(self.0, self.0 ^ 0xe703_7ed1_a0b4_28db)
    }

    /// A number below `bound`, or 0 when there is none.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        high(product(self.next(), bound))
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// A number of seconds below `bound`.
    pub(crate) fn seconds(&mut self, bound: i64) -> i64 {
        i64::try_from(self.below(bound.unsigned_abs())).unwrap_or(0)
    }

    /// True in `permille` of 1000 cases.
    pub(crate) fn happens(&mut self, permille: u64) -> bool {
        self.below(1000) < permille
    }

    /// One of the items, of which there must be some.
    pub(crate) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        let index = usize::try_from(self.below(items.len() as u64)).unwrap_or(0);
        items[index]
    }

    /// Appends `length` characters of an alphabet.
    pub(crate) fn text(&mut self, length: usize, alphabet: &[u8], out: &mut String) {
        let mut bits = 0;
        for index in 0..length {
            if index % 8 == 0 {
                bits = self.next();
            }
            let place = usize::try_from(bits & 0xff).unwrap_or(0) * alphabet.len() / 256;
            out.push(char::from(alphabet[place]));
            bits >>= 8;
        }
    }

    /// Appends a version 4 UUID.
    pub(crate) fn uuid(&mut self, out: &mut String) {
        const VARIANTS: &[u8] = b"89ab";
        for (length, prefix) in [(8, ""), (4, "-"), (3, "-4")] {
            out.push_str(prefix);
            self.text(length, HEX, out);
        }
        out.push('-');
        self.text(1, VARIANTS, out);
        self.text(3, HEX, out);
        out.push('-');
        self.text(12, HEX, out);
    }
}

/// The hash of a text (FNV-1a), to make it part of a seed.
pub(crate) const fn hash(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let (mut hash, mut index) = (0xcbf2_9ce4_8422_2325_u64, 0);
    while index < bytes.len() {
        hash = (hash ^ bytes[index] as u64).wrapping_mul(0x0100_0000_01b3);
        index += 1;
    }
    hash
}

/// A signed number as part of a seed.
pub(crate) fn part(number: i64) -> u64 {
    number.cast_unsigned()
}

fn mix(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

fn product(left: u64, right: u64) -> u128 {
    u128::from(left) * u128::from(right)
}

fn fold(left: u64, right: u64) -> u64 {
    low(product(left, right)) ^ high(product(left, right))
}

fn low(wide: u128) -> u64 {
    u64::try_from(wide & u128::from(u64::MAX)).expect("64 bits are left")
}

fn high(wide: u128) -> u64 {
    u64::try_from(wide >> 64).expect("64 bits are left")
}

#[cfg(test)]
mod tests;
