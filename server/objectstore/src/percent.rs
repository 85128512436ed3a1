//! Percent-encoding, as `encoding-type=url` and query strings want it.

#[cfg(test)]
mod tests;

use std::fmt::Write;

/// Encodes all but letters, digits and `-_.~/`.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to a String can't fail");
        }
    }
    encoded
}

/// Decodes one name or value of a query string; what is no valid escape stays as it is.
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut position = 0;
    while let Some(&byte) = bytes.get(position) {
        let escaped = bytes.get(position + 1..position + 3).filter(|_| byte == b'%');
        let value = escaped.and_then(|digits| hex::decode(digits).ok());
        position += if value.is_some() { 3 } else { 1 };
        match value {
            Some(value) => decoded.extend(value),
            None if byte == b'+' => decoded.push(b' '),
            None => decoded.push(byte),
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
