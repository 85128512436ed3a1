//! A delivered file or a loose one → the exact text of each record.

mod loose;

pub use loose::split_loose;

use super::RecordError;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The largest record that is read. CloudTrail writes at most 256 KB, event data stores 1 MB.
pub const RECORD_BYTES_MAX: usize = 4 << 20;

/// Why a file can't be split into records.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// The file ends inside a record or before its list is closed.
    #[error("the file ends before its list of records is closed")]
    Truncated,
    /// There is no list of records.
    #[error("the file has no list `Records`")]
    NoRecords,
    /// There are two lists.
    #[error("the file has the key `Records` twice")]
    RecordsTwice,
    /// Something stands where a record, a comma or the end must be.
    #[error("unexpected byte {found:?} at byte {at}")]
    Unexpected {
        /// The byte.
        found: char,
        /// Its offset.
        at: usize,
    },
    /// Bytes follow the end of the document.
    #[error("{0} bytes follow the end of the document")]
    Trailing(usize),
    /// The document is none of the known wrappings.
    #[error(
        "the file is neither a log file, an array of records, a record, lines of records nor a wrapper of them: {0}"
    )]
    UnknownShape(String),
}

/// One part of a file: a record's text, or bytes that are none.
pub type Part<'a> = Result<&'a str, (RecordError, &'a [u8])>;

/// One part of a loose file: a record's text, or bytes that are none.
pub type OwnedPart = Result<String, (RecordError, Vec<u8>)>;

#[derive(Deserialize)]
struct LogFile<'a> {
    #[serde(borrow, rename = "Records")]
    records: Vec<&'a RawValue>,
}

/// Splits the bytes of a delivered log file, `{"Records":[…]}`.
///
/// A record that is broken in itself is handed over as such and its neighbours are still found.
///
/// # Errors
///
/// [`SplitError`] when the file as a whole can't be taken apart.
pub fn split_log_file(bytes: &[u8]) -> Result<Vec<Part<'_>>, SplitError> {
    let bytes = without_byte_order_mark(bytes);
    let mut scanner = Scanner { bytes, at: 0 };
    // Of a document that is JSON both ways find the same parts, and this one costs half. It doesn't know a key that is
    // spelled by escapes.
    scanner.log_file().or_else(|error| parse_log_file(bytes).ok_or(error))
}

/// The records of a file that is JSON throughout.
fn parse_log_file(bytes: &[u8]) -> Option<Vec<Part<'_>>> {
    let file: LogFile<'_> = serde_json::from_str(std::str::from_utf8(bytes).ok()?).ok()?;
    Some(file.records.into_iter().map(|raw| checked(raw.get().as_bytes())).collect())
}

/// Some tools write a byte order mark when they copy a file.
fn without_byte_order_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

fn checked(bytes: &[u8]) -> Part<'_> {
    if bytes.len() > RECORD_BYTES_MAX {
        return Err((RecordError::TooLarge(bytes.len()), &bytes[..RECORD_BYTES_MAX]));
    }
    std::str::from_utf8(bytes).map_err(|error| (RecordError::NotUtf8(error.valid_up_to()), bytes))
}

/// Whether a key is `Records`, also when it is written with escapes: other readers would read that list.
fn is_records(key: &[u8]) -> bool {
    key == b"\"Records\""
        || (key.contains(&b'\\')
            && serde_json::from_slice::<String>(key).is_ok_and(|key| key == "Records"))
}

/// Finds the extent of values by their brackets and quotes alone, so that one broken record
/// doesn't hide the others.
struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    fn peek(&mut self) -> Option<u8> {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }

    fn expect(&mut self, wanted: u8) -> Result<(), SplitError> {
        match self.peek() {
            Some(found) if found == wanted => {
                self.at += 1;
                Ok(())
            }
            found => Err(self.unexpected(found)),
        }
    }

    fn unexpected(&self, found: Option<u8>) -> SplitError {
        found.map_or(SplitError::Truncated, |found| SplitError::Unexpected {
            found: char::from(found),
            at: self.at,
        })
    }

    fn log_file(&mut self) -> Result<Vec<Part<'a>>, SplitError> {
        self.expect(b'{')?;
        let mut records = None;
        if self.peek() == Some(b'}') {
            return Err(SplitError::NoRecords);
        }
        loop {
            // Only values may be broken: behind a broken key, nobody knows which list is meant.
            if self.peek() != Some(b'"') {
                let found = self.peek();
                return Err(self.unexpected(found));
            }
            let key = self.value()?;
            self.expect(b':')?;
            if is_records(key) {
                if records.is_some() {
                    return Err(SplitError::RecordsTwice);
                }
                records = Some(self.list()?);
            } else {
                self.value()?;
            }
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                found => return Err(self.unexpected(found)),
            }
        }
        self.at += 1;
        if self.peek().is_some() {
            return Err(SplitError::Trailing(self.bytes.len() - self.at));
        }
        records.ok_or(SplitError::NoRecords)
    }

    fn list(&mut self) -> Result<Vec<Part<'a>>, SplitError> {
        let mut parts = Vec::new();
        self.list_with(&mut |value| parts.push(checked(value)))?;
        Ok(parts)
    }

    fn list_with(&mut self, take: &mut dyn FnMut(&'a [u8])) -> Result<(), SplitError> {
        self.expect(b'[')?;
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            take(self.value()?);
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(());
                }
                found => return Err(self.unexpected(found)),
            }
        }
    }

    /// The bytes of one value: an object or array with its matching bracket, a string, or a bare word.
    fn value(&mut self) -> Result<&'a [u8], SplitError> {
        let first = self.peek();
        let start = self.at;
        match first {
            Some(b'{' | b'[') => self.skip_nested()?,
            Some(b'"') => self.skip_string()?,
            Some(byte) if byte != b',' && byte != b']' && byte != b'}' && byte != b':' => {
                while self.bytes.get(self.at).is_some_and(|byte| {
                    !matches!(
                        byte,
                        b',' | b']'
                            | b'}'
                            | b':'
                            | b'['
                            | b'{'
                            | b'"'
                            | b' '
                            | b'\t'
                            | b'\r'
                            | b'\n'
                    )
                }) {
                    self.at += 1;
                }
            }
            found => return Err(self.unexpected(found)),
        }
        Ok(&self.bytes[start..self.at])
    }

    fn skip_nested(&mut self) -> Result<(), SplitError> {
        let mut depth = 0_u32;
        loop {
            match self.bytes.get(self.at) {
                None => return Err(SplitError::Truncated),
                Some(b'"') => {
                    self.skip_string()?;
                    continue;
                }
                Some(b'{' | b'[') => depth += 1,
                Some(b'}' | b']') => depth -= 1,
                Some(_) => {}
            }
            self.at += 1;
            if depth == 0 {
                return Ok(());
            }
        }
    }

    fn skip_string(&mut self) -> Result<(), SplitError> {
        self.at += 1;
        loop {
            let rest = &self.bytes[self.at.min(self.bytes.len())..];
            let found = memchr::memchr2(b'"', b'\\', rest).ok_or(SplitError::Truncated)?;
            self.at += found + 1;
            if rest[found] == b'"' {
                return Ok(());
            }
            self.at += 1;
        }
    }
}
