//! Signing, for tests: written after the specification once more, in the most obvious way, and sharing nothing with the
//! verification.

use super::{Claim, Payload, Rules, Secret, SignatureError, SignedRequest};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

/// A request that a test can change.
#[derive(Clone, Debug)]
pub(crate) struct OwnedRequest {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

impl OwnedRequest {
    pub(crate) fn with<T>(&self, ask: impl FnOnce(&SignedRequest<'_>) -> T) -> T {
        let headers: Vec<(&str, &[u8])> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
        let Self { method, path, query, .. } = self;
        ask(&SignedRequest { method, path, query, headers: &headers })
    }

    pub(crate) fn read(&self) -> Result<Option<Claim>, SignatureError> {
        self.with(Claim::read)
    }

    pub(crate) fn payload(&self) -> Payload {
        Payload::Sha256(Sha256::digest(&self.body).into())
    }

    /// Reads and verifies.
    pub(crate) fn check(&self, secret: &str, rules: &Rules<'_>) -> Result<(), SignatureError> {
        self.check_with(self.payload(), secret, rules)
    }

    pub(crate) fn check_with(
        &self,
        payload: Payload,
        secret: &str,
        rules: &Rules<'_>,
    ) -> Result<(), SignatureError> {
        let claim = self.read()?.ok_or(SignatureError::MissingAuthenticationToken)?;
        self.with(|request| claim.verify(request, payload, &Secret::new(secret.to_owned()), rules))
    }

    pub(crate) fn push(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.as_bytes().to_vec()));
    }

    fn push_parameter(&mut self, name: &str, value: &str) {
        self.query = format!("{}&{name}={}", self.query, encode(value.as_bytes(), ""));
    }

    /// The value of a header, to be changed.
    pub(crate) fn header(&mut self, name: &str) -> &mut Vec<u8> {
        let named = self.headers.iter_mut().find(|(other, _)| other.eq_ignore_ascii_case(name));
        &mut named.unwrap().1
    }

    /// Replaces a text in a header.
    pub(crate) fn rewrite(&mut self, name: &str, from: &str, to: &str) {
        let value = self.header(name);
        let text = String::from_utf8(value.clone()).unwrap();
        assert!(text.contains(from), "{text:?} lacks {from:?}");
        *value = text.replace(from, to).into_bytes();
    }
}

/// Who signs, for what, and when.
#[derive(Clone, Debug)]
pub(crate) struct Signer {
    pub(crate) access_key_id: String,
    pub(crate) secret: String,
    pub(crate) region: String,
    pub(crate) service: String,
    pub(crate) date: DateTime<Utc>,
    pub(crate) session_token: Option<String>,
}

/// Where the signature goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Header,
    /// In the query, valid for so many seconds.
    Presigned(u32),
}

fn is_content_sha256(name: &str) -> bool {
    name.eq_ignore_ascii_case("x-amz-content-sha256")
}

/// Signs a request with all its headers. What the header `x-amz-content-sha256` says is taken for the body's hash.
pub(crate) fn sign(request: &mut OwnedRequest, signer: &Signer, form: Form) {
    let hash = hex::encode(Sha256::digest(&request.body));
    let date = signer.date.format("%Y%m%dT%H%M%SZ").to_string();
    let day = signer.date.format("%Y%m%d");
    let scope = format!("{day}/{}/{}/aws4_request", signer.region, signer.service);
    let credential = format!("{}/{scope}", signer.access_key_id);
    let is_s3 = signer.service == "s3";
    if form == Form::Header {
        request.push("X-Amz-Date", &date);
        if is_s3 && !request.headers.iter().any(|(name, _)| is_content_sha256(name)) {
            request.push("X-Amz-Content-Sha256", &hash);
        }
        if let Some(token) = &signer.session_token {
            request.push("X-Amz-Security-Token", token);
        }
    }
    let mut names: Vec<String> =
        request.headers.iter().map(|(name, _)| name.to_lowercase()).collect();
    names.sort();
    names.dedup();
    let signed_headers = names.join(";");
    if let Form::Presigned(seconds) = form {
        request.push_parameter("X-Amz-Algorithm", "AWS4-HMAC-SHA256");
        request.push_parameter("X-Amz-Credential", &credential);
        request.push_parameter("X-Amz-Date", &date);
        request.push_parameter("X-Amz-Expires", &seconds.to_string());
        request.push_parameter("X-Amz-SignedHeaders", &signed_headers);
        if let Some(token) = &signer.session_token {
            request.push_parameter("X-Amz-Security-Token", token);
        }
    }
    let payload = match request.headers.iter().find(|(name, _)| is_content_sha256(name)) {
        Some((_, value)) => String::from_utf8(value.clone()).unwrap(),
        None if is_s3 => "UNSIGNED-PAYLOAD".to_owned(),
        None => hash,
    };
    let canonical = [
        request.method.clone(),
        canonical_path(&request.path, is_s3),
        canonical_query(&request.query),
        names.iter().map(|name| canonical_header(request, name)).collect(),
        signed_headers.clone(),
        payload,
    ]
    .join("\n");
    let text = format!(
        "AWS4-HMAC-SHA256\n{date}\n{scope}\n{}",
        hex::encode(Sha256::digest(canonical.as_bytes()))
    );
    let mut key = format!("AWS4{}", signer.secret).into_bytes();
    for part in scope.split('/') {
        key = hmac(&key, part.as_bytes());
    }
    let signature = hex::encode(hmac(&key, text.as_bytes()));
    match form {
        Form::Header => request.push(
            "Authorization",
            &format!(
                "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signed_headers}, Signature={signature}"
            ),
        ),
        Form::Presigned(_) => request.push_parameter("X-Amz-Signature", &signature),
    }
}

/// Source: RFC 2104.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut block = if key.len() > 64 { Sha256::digest(key).to_vec() } else { key.to_vec() };
    block.resize(64, 0);
    let padded = |pad: u8| -> Vec<u8> { block.iter().map(|byte| byte ^ pad).collect() };
    let inner = Sha256::digest([padded(0x36).as_slice(), text].concat());
    Sha256::digest([padded(0x5c).as_slice(), inner.as_slice()].concat()).to_vec()
}

/// Encodes all but what RFC 3986 calls unreserved, and some more.
fn encode(bytes: &[u8], kept: &str) -> String {
    let is_kept = |character: char| {
        character.is_ascii_alphanumeric() || "-._~".contains(character) || kept.contains(character)
    };
    let pieces = bytes.iter().map(|byte| match char::from(*byte) {
        character if is_kept(character) => character.to_string(),
        _ => format!("%{byte:02X}"),
    });
    pieces.collect()
}

fn decode(text: &str) -> Vec<u8> {
    let (bytes, mut decoded, mut place) = (text.as_bytes(), Vec::new(), 0);
    while place < bytes.len() {
        let digits = bytes.get(place + 1..place + 3).unwrap_or_default();
        let value = hex::decode(digits).unwrap_or_default();
        match (bytes[place], value.as_slice()) {
            (b'%', [value]) => {
                decoded.push(*value);
                place += 2;
            }
            (b'+', _) => decoded.push(b' '),
            (byte, _) => decoded.push(byte),
        }
        place += 1;
    }
    decoded
}

/// Source: RFC 3986, section 5.2.4, step by step.
fn canonical_path(path: &str, is_s3: bool) -> String {
    let mut input = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    if is_s3 {
        return encode(input.as_bytes(), "/%");
    }
    while input.contains("//") {
        input = input.replace("//", "/");
    }
    let mut output = String::new();
    while !input.is_empty() {
        if input.starts_with("/./") || input == "/." {
            input = format!("/{}", input.get(3..).unwrap_or_default());
        } else if input.starts_with("/../") || input == "/.." {
            input = format!("/{}", input.get(4..).unwrap_or_default());
            output.truncate(output.rfind('/').unwrap_or_default());
        } else {
            let end = input[1..].find('/').map_or(input.len(), |end| end + 1);
            output += &input[..end];
            input = input[end..].to_owned();
        }
    }
    encode(output.as_bytes(), "/")
}

fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for piece in query.split('&').filter(|piece| !piece.is_empty()) {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        pairs.push((encode(&decode(name), ""), encode(&decode(value), "")));
    }
    pairs.sort();
    let pieces: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pieces.join("&")
}

fn canonical_header(request: &OwnedRequest, name: &str) -> String {
    let named = request.headers.iter().filter(|(other, _)| other.to_lowercase() == name);
    let values: Vec<String> = named
        .map(|(_, value)| {
            let text = std::str::from_utf8(value).unwrap();
            text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
        })
        .collect();
    format!("{name}:{}\n", values.join(","))
}
