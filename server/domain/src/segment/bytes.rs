//! Numbers as planes of bytes: first the low bytes of all, then the next ones. A plane holds few different values,
//! which the compression behind it makes use of.

use super::SegmentError;

/// How many bytes the greatest of the values needs: 0 to 4.
fn width(values: &[u32]) -> u8 {
    let all = values.iter().fold(0, |all, value| all | value);
    match all {
        0 => 0,
        1..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xff_ffff => 3,
        _ => 4,
    }
}

/// Writes the width, then the planes.
pub(super) fn push(bytes: &mut Vec<u8>, values: &[u32]) {
    let width = width(values);
    bytes.push(width);
    for plane in 0..usize::from(width) {
        bytes.extend(values.iter().map(|value| value.to_le_bytes()[plane]));
    }
}

/// Reads what was written, and never beyond it.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], SegmentError> {
        let (taken, rest) =
            self.0.split_at_checked(length).ok_or(SegmentError::Impossible("length"))?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn number(&mut self) -> Result<u32, SegmentError> {
        let bytes = self.take(4)?;
        Ok(bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    /// Reads `count` values in planes. `count` is bounded by the caller.
    pub(super) fn values(&mut self, count: usize) -> Result<Vec<u32>, SegmentError> {
        let width = self.take(1)?[0];
        if width > 4 {
            return Err(SegmentError::Impossible("width of values"));
        }
        let mut values = vec![0_u32; count];
        for plane in 0..width {
            for (value, byte) in values.iter_mut().zip(self.take(count)?) {
                *value |= u32::from(*byte) << (8 * plane);
            }
        }
        Ok(values)
    }
}
