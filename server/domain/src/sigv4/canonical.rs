//! The one form of a request that both sides sign.
//!
//! Source: IAM User Guide, "Create a signed AWS API request", step 1.

use super::SignedRequest;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};

/// All but letters, digits, `-`, `.`, `_` and `~`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What is encoded in a path that stays as it was sent: it is encoded already, and its slashes have their meaning.
const RESERVED_IN_SENT_PATH: &AsciiSet = &RESERVED.remove(b'/').remove(b'%');

/// How a service wants paths to be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathForm {
    /// Without empty and dotted segments, and encoded once more: everywhere but in S3.
    Normalized,
    /// As it was sent, because in S3 `a//b` and `a/../b` are keys of their own.
    Sent,
}

/// A query's parameters, decoded, in their order. A plus sign is a space, as whoever answers the request will read it.
pub(super) fn parameters(query: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    let decoded = |text: &str| percent_decode(text.replace('+', " ").as_bytes()).collect();
    let pieces = query.split('&').filter(|piece| !piece.is_empty());
    pieces
        .map(|piece| {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

/// The request that is signed, with these parameters, signed headers (in order) and hash of the body.
pub(super) fn request(
    request: &SignedRequest<'_>,
    path_form: PathForm,
    parameters: &[(Vec<u8>, Vec<u8>)],
    signed_headers: &[String],
    payload: &str,
) -> Vec<u8> {
    let path = path(request.path, path_form);
    let query = query(parameters);
    let mut text = format!("{}\n{path}\n{query}\n", request.method).into_bytes();
    for name in signed_headers {
        text.extend_from_slice(name.as_bytes());
        text.push(b':');
        for (place, value) in request.values(name).enumerate() {
            if place > 0 {
                text.push(b',');
            }
            push_header_value(&mut text, value);
        }
        text.push(b'\n');
    }
    text.extend_from_slice(format!("\n{}\n{payload}", signed_headers.join(";")).as_bytes());
    text
}

/// The canonical path.
fn path(sent: &str, form: PathForm) -> String {
    match form {
        PathForm::Sent if sent.is_empty() => "/".to_owned(),
        PathForm::Sent => percent_encode(sent.as_bytes(), RESERVED_IN_SENT_PATH).to_string(),
        PathForm::Normalized => normalized(sent),
    }
}

/// Source: RFC 3986, section 5.2.4; empty segments go, too. The escapes of what was sent are escaped.
fn normalized(sent: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in sent.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            name => segments.push(name),
        }
    }
    let mut path = String::new();
    for segment in &segments {
        path.push('/');
        path.extend(percent_encode(segment.as_bytes(), RESERVED));
    }
    let last = sent.rsplit('/').next().unwrap_or_default();
    if segments.is_empty() || matches!(last, "" | "." | "..") {
        path.push('/');
    }
    path
}

/// The canonical query: encoded, and then sorted by name and value.
fn query(parameters: &[(Vec<u8>, Vec<u8>)]) -> String {
    let encoded = |bytes: &[u8]| percent_encode(bytes, RESERVED).to_string();
    let mut pairs: Vec<(String, String)> =
        parameters.iter().map(|(name, value)| (encoded(name), encoded(value))).collect();
    pairs.sort_unstable();
    let pieces: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pieces.join("&")
}

/// Without blanks around it, and with one space for any blanks inside. A value that goes on in the next line is one value.
fn push_header_value(text: &mut Vec<u8>, value: &[u8]) {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let words = value.split(is_blank).filter(|word| !word.is_empty());
    for (place, word) in words.enumerate() {
        if place > 0 {
            text.push(b' ');
        }
        text.extend_from_slice(word);
    }
}
