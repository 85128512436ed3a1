//! A segment as bytes: a mark with the version, then one zstd frame with its checksum.

use super::bytes::{Reader, push};
use super::{Coded, Codes, Column, ROWS_MAX, Segment, SegmentError};
use std::cell::RefCell;
use std::io::{Read, Write};
use zstd::bulk::Decompressor;

/// "orgtrail columns", version 1.
const MARK: [u8; 4] = *b"oc\0\x01";

/// The quickest of the usual ones: every event is compressed once per level of merging.
const ZSTD_LEVEL: i32 = 1;

/// The greatest window that a reader allocates, as a power of two; level 1 uses less.
const WINDOW_LOG: u32 = 22;

/// More than any segment has before compression: each row has at most 4 bytes of code and 4 of dictionary in ten
/// columns, and 8 of its own.
const RAW_MAX: u64 = ROWS_MAX as u64 * 88 + 1024;

impl Segment {
    /// The segment as bytes.
    ///
    /// # Panics
    ///
    /// Never: only memory is written to.
    pub fn encode(&self) -> Vec<u8> {
        seal(&self.raw())
    }

    pub(super) fn raw(&self) -> Vec<u8> {
        let mut raw = Vec::with_capacity(self.len() * 16 + 64);
        raw.extend(self.account_id.to_le_bytes());
        raw.extend(bits_of_len(self.len()).to_le_bytes());
        raw.extend(self.t.first().copied().unwrap_or_default().to_le_bytes());
        let steps: Vec<u32> = self.t.windows(2).map(|pair| difference(pair[0], pair[1])).collect();
        push(&mut raw, &steps);
        push_coded(&mut raw, &self.object);
        let mut guesses = Guesses::new(&self.object);
        let rows = self.ordinal.iter().enumerate();
        let misses: Vec<u32> = rows
            .map(|(row, ordinal)| zigzag(ordinal.wrapping_sub(guesses.next(row, |_| *ordinal).0)))
            .collect();
        push(&mut raw, &misses);
        for column in &self.columns {
            push_coded(&mut raw, column);
        }
        raw
    }

    /// Reads a segment. Any bytes are refused or lead to a segment in order; no more than some megabytes are
    /// allocated.
    ///
    /// # Errors
    ///
    /// [`SegmentError`] says what is wrong.
    pub fn decode(bytes: &[u8]) -> Result<Self, SegmentError> {
        let frame = bytes.strip_prefix(&MARK).ok_or(SegmentError::UnknownVersion)?;
        let raw = inflate(frame)?;
        let mut reader = Reader(&raw);
        let account_id = reader.number()?.cast_signed();
        let count = reader.number()? as usize;
        if count > ROWS_MAX {
            return Err(SegmentError::Impossible("number of rows"));
        }
        let t = read_times(&mut reader, count)?;
        let object = read_coded(&mut reader, count)?;
        let misses = reader.values(count)?;
        let mut guesses = Guesses::new(&object);
        let ordinal = misses
            .iter()
            .enumerate()
            .map(|(row, miss)| guesses.next(row, |guess| guess.wrapping_add(unzigzag(*miss))).1)
            .collect();
        let mut columns = Vec::with_capacity(Column::COUNT);
        for _ in 0..Column::COUNT {
            columns.push(read_coded(&mut reader, count)?);
        }
        let columns = columns.try_into().map_err(|_| SegmentError::Impossible("columns"))?;
        if !reader.0.is_empty() {
            return Err(SegmentError::Impossible("length"));
        }
        let segment = Self { account_id, t, object, ordinal, columns };
        if (1..segment.len()).any(|row| segment.place(row - 1) <= segment.place(row)) {
            return Err(SegmentError::Impossible("order"));
        }
        Ok(segment)
    }
}

pub(super) fn seal(raw: &[u8]) -> Vec<u8> {
    let mut bytes = MARK.to_vec();
    let mut encoder = zstd::stream::write::Encoder::new(&mut bytes, ZSTD_LEVEL)
        .expect("level and memory are given");
    encoder.include_checksum(true).expect("a new encoder takes parameters");
    // The frame says its length, so that a reader needs no window of its own.
    encoder.set_pledged_src_size(Some(raw.len() as u64)).expect("a new encoder takes parameters");
    encoder.write_all(raw).expect("memory can be written to");
    encoder.finish().expect("memory can be written to");
    bytes
}

thread_local! {
    /// Making one costs more than reading a small segment.
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

fn inflate(frame: &[u8]) -> Result<Vec<u8>, SegmentError> {
    match zstd::zstd_safe::get_frame_content_size(frame) {
        Ok(Some(length)) if length > RAW_MAX => Err(SegmentError::Impossible("length")),
        Ok(Some(length)) => inflate_whole(frame, usize::try_from(length).unwrap_or(0)),
        // Frames of older segments don't say their length.
        Ok(None) => inflate_stream(frame),
        Err(_) => Err(SegmentError::Damaged),
    }
}

fn inflate_whole(frame: &[u8], length: usize) -> Result<Vec<u8>, SegmentError> {
    let raw = DECOMPRESSOR.with_borrow_mut(|kept| {
        let decompressor = match kept {
            Some(decompressor) => decompressor,
            None => kept.insert(Decompressor::new()?),
        };
        decompressor.decompress(frame, length)
    });
    raw.ok().filter(|raw| raw.len() == length).ok_or(SegmentError::Damaged)
}

fn inflate_stream(frame: &[u8]) -> Result<Vec<u8>, SegmentError> {
    let damaged = |_| SegmentError::Damaged;
    let mut decoder = zstd::stream::read::Decoder::with_buffer(frame).map_err(damaged)?;
    decoder.window_log_max(WINDOW_LOG).map_err(damaged)?;
    let mut raw = Vec::new();
    decoder.by_ref().take(RAW_MAX + 1).read_to_end(&mut raw).map_err(damaged)?;
    if raw.len() as u64 > RAW_MAX {
        return Err(SegmentError::Impossible("length"));
    }
    Ok(raw)
}

fn bits_of_len(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// How much greater the first value is; the values are in order.
fn difference(greater: i32, less: i32) -> u32 {
    greater.wrapping_sub(less).cast_unsigned()
}

fn zigzag(value: i32) -> u32 {
    (value << 1 ^ value >> 31).cast_unsigned()
}

fn unzigzag(value: u32) -> i32 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

fn read_times(reader: &mut Reader<'_>, count: usize) -> Result<Vec<i32>, SegmentError> {
    let newest = reader.number()?.cast_signed();
    let steps = reader.values(count.saturating_sub(1))?;
    let mut at = newest;
    let mut times = Vec::with_capacity(count);
    times.extend((count > 0).then_some(newest));
    for step in steps {
        at = at.checked_sub_unsigned(step).ok_or(SegmentError::Impossible("time"))?;
        times.push(at);
    }
    Ok(times)
}

fn push_coded(raw: &mut Vec<u8>, column: &Coded) {
    raw.extend(bits_of_len(column.values.len()).to_le_bytes());
    raw.extend(column.values.first().copied().unwrap_or_default().to_le_bytes());
    let steps: Vec<u32> =
        column.values.windows(2).map(|pair| difference(pair[1], pair[0])).collect();
    push(raw, &steps);
    match &column.codes {
        Codes::One(codes) => raw.extend(codes),
        Codes::Two(codes) => {
            raw.extend(codes.iter().map(|code| code.to_le_bytes()[0]));
            raw.extend(codes.iter().map(|code| code.to_le_bytes()[1]));
        }
        Codes::Four(codes) => push(raw, codes),
    }
}

fn read_coded(reader: &mut Reader<'_>, rows: usize) -> Result<Coded, SegmentError> {
    let length = reader.number()? as usize;
    let first = reader.number()?.cast_signed();
    // Every id of a dictionary occurs in some row.
    if length > rows || (length == 0) != (rows == 0) {
        return Err(SegmentError::Impossible("dictionary"));
    }
    let mut values = Vec::with_capacity(length);
    values.extend((length > 0).then_some(first));
    let mut value = first;
    for step in reader.values(length.saturating_sub(1))? {
        value = value
            .checked_add_unsigned(step)
            .filter(|_| step > 0)
            .ok_or(SegmentError::Impossible("dictionary"))?;
        values.push(value);
    }
    let codes = read_codes(reader, rows, length)?;
    Ok(Coded { values, codes })
}

fn read_codes(reader: &mut Reader<'_>, rows: usize, length: usize) -> Result<Codes, SegmentError> {
    let (codes, greatest) = match length {
        0..=0x100 => {
            let codes = reader.take(rows)?.to_vec();
            let greatest = codes.iter().copied().max().map_or(0, usize::from);
            (Codes::One(codes), greatest)
        }
        0x101..=0x1_0000 => {
            let (low, high) = (reader.take(rows)?, reader.take(rows)?);
            let codes: Vec<u16> =
                low.iter().zip(high).map(|(low, high)| u16::from_le_bytes([*low, *high])).collect();
            let greatest = codes.iter().copied().max().map_or(0, usize::from);
            (Codes::Two(codes), greatest)
        }
        _ => {
            let codes = reader.values(rows)?;
            let greatest = codes.iter().copied().max().map_or(0, |code| code as usize);
            (Codes::Four(codes), greatest)
        }
    };
    if greatest >= length.max(1) {
        return Err(SegmentError::Impossible("codes"));
    }
    Ok(codes)
}

/// Guesses a row's ordinal: files are mostly written in the order of time, so the row before in time is the record
/// before in the file.
struct Guesses<'a> {
    object: &'a Coded,
    /// The last ordinal of each file, one more than the guess; a file's first guess is 0.
    last: Vec<i32>,
}

impl<'a> Guesses<'a> {
    fn new(object: &'a Coded) -> Self {
        Self { object, last: vec![1; object.values.len()] }
    }

    /// Replaces a row's guess by the ordinal that `find` makes of it, and gives back both.
    fn next(&mut self, row: usize, find: impl FnOnce(i32) -> i32) -> (i32, i32) {
        let last = &mut self.last[self.object.code(row)];
        let guess = last.wrapping_sub(1);
        *last = find(guess);
        (guess, *last)
    }
}
