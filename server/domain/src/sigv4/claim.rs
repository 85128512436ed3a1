//! Who says to have signed a request, when, and what of it.

mod written;

use super::canonical::parameters;
use super::{ALGORITHM, SignatureError, SignedRequest};
use chrono::{DateTime, TimeDelta, Utc};
use std::fmt;
use written::Written;

/// What a presigned URL says; one of them makes a request presigned.
const PARAMETERS: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    SIGNATURE_PARAMETER,
    "X-Amz-Security-Token",
];

/// The one parameter that can't be signed itself.
pub(super) const SIGNATURE_PARAMETER: &str = "X-Amz-Signature";

const SESSION_TOKEN_HEADER: &str = "x-amz-security-token";

/// What a request says about its signature: well-formed, but not yet trusted.
#[derive(Clone, PartialEq, Eq)]
pub struct Claim {
    pub(super) access_key_id: String,
    /// The day of the credential's scope.
    pub(super) scope_date: String,
    pub(super) region: String,
    pub(super) service: String,
    /// The end of the credential's scope.
    pub(super) terminator: String,
    /// The time exactly as written, because this text is signed.
    pub(super) date_text: String,
    pub(super) date: DateTime<Utc>,
    pub(super) signed_headers: Vec<String>,
    pub(super) signature: [u8; 32],
    /// How long a presigned URL is valid; `None` for the header form.
    pub(super) expires: Option<TimeDelta>,
    pub(super) session_token: Option<String>,
}

impl Claim {
    /// Reads the claim of a request, from its `Authorization` header or its query. `None` when it makes none: then it is
    /// anonymous, or authenticated in another way, such as by a bearer token.
    ///
    /// # Errors
    ///
    /// [`SignatureError::IncompleteSignature`] for a claim that can't be read, that is made twice, or that is of another
    /// version or algorithm. Such a request must not be treated as an anonymous one.
    pub fn read(request: &SignedRequest<'_>) -> Result<Option<Self>, SignatureError> {
        let parameters = parameters(request.query);
        let has = |wanted: &str| parameters.iter().any(|(name, _)| name == wanted.as_bytes());
        let is_presigned = PARAMETERS.into_iter().any(has);
        if has("AWSAccessKeyId") {
            return Err(unknown_algorithm("Signature Version 2"));
        }
        let mut authorizations = request.values("authorization");
        match (authorizations.next(), authorizations.next()) {
            (Some(_), Some(_)) => {
                Err(SignatureError::incomplete("the header 'authorization' is there twice"))
            }
            (Some(_), None) if is_presigned => Err(SignatureError::incomplete(
                "the signature is both in the query and in the header 'authorization'",
            )),
            (Some(authorization), None) => read_header(request, authorization),
            (None, _) if is_presigned => read_query(request, &parameters).map(Some),
            (None, _) => Ok(None),
        }
    }

    /// The access key that the request is signed with.
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// When it was signed.
    pub fn date(&self) -> DateTime<Utc> {
        self.date
    }

    /// The Region that the credential is scoped to. It is graphic ASCII; which Regions there are is for the caller to know.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The service that the credential is scoped to.
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The names of the signed headers, in lower case and sorted.
    pub fn signed_headers(&self) -> &[String] {
        &self.signed_headers
    }

    /// Whether the signature is in the query.
    pub fn is_presigned(&self) -> bool {
        self.expires.is_some()
    }

    /// How long a presigned URL is valid after [`Self::date`]; `None` for the header form.
    pub fn expires(&self) -> Option<TimeDelta> {
        self.expires
    }

    /// The token of a temporary access key. See [`super::SessionTokens`].
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }
}

/// Neither signature nor token: who reads them in a log could use them.
impl fmt::Debug for Claim {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Claim")
            .field("access_key_id", &self.access_key_id)
            .field("date", &self.date_text)
            .field("region", &self.region)
            .field("service", &self.service)
            .field("signed_headers", &self.signed_headers)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`
fn read_header(
    request: &SignedRequest<'_>,
    authorization: &[u8],
) -> Result<Option<Claim>, SignatureError> {
    let scheme = authorization.trim_ascii().get(..3);
    if !scheme.is_some_and(|start| start.eq_ignore_ascii_case(b"AWS")) {
        return Ok(None);
    }
    let text = request.value("authorization")?.unwrap_or_default();
    let (algorithm, fields) = text.split_once([' ', '\t']).unwrap_or((text, ""));
    check_algorithm(algorithm)?;
    let [mut credential, mut signed_headers, mut signature] = [None; 3];
    for field in fields.split(',') {
        let (name, value) = field.trim().split_once('=').unwrap_or((field.trim(), ""));
        let place = match name {
            "Credential" => &mut credential,
            "SignedHeaders" => &mut signed_headers,
            "Signature" => &mut signature,
            _ => return Err(SignatureError::incomplete("the header 'authorization' is malformed")),
        };
        if place.replace(value).is_some() {
            return Err(twice(name));
        }
    }
    let written = Written {
        credential: credential.ok_or_else(|| lacks("Credential"))?,
        signed_headers: signed_headers.ok_or_else(|| lacks("SignedHeaders"))?,
        signature: signature.ok_or_else(|| lacks("Signature"))?,
        date: request.value("x-amz-date")?.ok_or_else(|| lacks("X-Amz-Date"))?,
        expires: None,
        session_token: request.value(SESSION_TOKEN_HEADER)?,
    };
    written.read().map(Some)
}

fn read_query(
    request: &SignedRequest<'_>,
    parameters: &[(Vec<u8>, Vec<u8>)],
) -> Result<Claim, SignatureError> {
    let optional = |wanted: &str| {
        let mut values = parameters.iter().filter(|(name, _)| name == wanted.as_bytes());
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some((_, value)), None) => std::str::from_utf8(value)
                .map(Some)
                .map_err(|_| SignatureError::incomplete(format!("'{wanted}' is not text"))),
            (Some(_), Some(_)) => Err(twice(wanted)),
        }
    };
    let value = |wanted: &str| optional(wanted)?.ok_or_else(|| lacks(wanted));
    check_algorithm(value("X-Amz-Algorithm")?)?;
    if request.values(SESSION_TOKEN_HEADER).next().is_some() {
        return Err(SignatureError::incomplete(
            "a presigned request carries its session token in the query",
        ));
    }
    let written = Written {
        credential: value("X-Amz-Credential")?,
        signed_headers: value("X-Amz-SignedHeaders")?,
        signature: value(SIGNATURE_PARAMETER)?,
        date: value("X-Amz-Date")?,
        expires: Some(value("X-Amz-Expires")?),
        session_token: optional("X-Amz-Security-Token")?,
    };
    written.read()
}

fn check_algorithm(name: &str) -> Result<(), SignatureError> {
    match name {
        ALGORITHM => Ok(()),
        _ if name.starts_with("AWS4-ECDSA-") => Err(unknown_algorithm("Signature Version 4A")),
        "AWS" => Err(unknown_algorithm("Signature Version 2")),
        _ => Err(unknown_algorithm("the algorithm that is named")),
    }
}

fn unknown_algorithm(what: &str) -> SignatureError {
    SignatureError::incomplete(format!("{what} is not supported; sign with '{ALGORITHM}'"))
}

fn lacks(name: &str) -> SignatureError {
    SignatureError::incomplete(format!("'{name}' is missing"))
}

fn twice(name: &str) -> SignatureError {
    SignatureError::incomplete(format!("'{name}' is there twice"))
}
