//! What stands in front of s3s, because s3s lets it through: Signature Version 2, form uploads, any
//! Region, any expiry of presigned URLs, and headers that nobody signed.
//!
//! It only refuses. Whether the signature is right is for s3s to find out.

pub(crate) mod document;
#[cfg(test)]
mod tests;

use crate::percent;
use http::{HeaderMap, HeaderName, Method, header};
use s3s::{S3Error, S3Result, s3_error};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// S3's limit on the life of a presigned URL.
const EXPIRY_MAX_SECONDS: u32 = 7 * 24 * 60 * 60;

/// Parameters of a presigned URL, each at most once.
const PRESIGNED: [&str; 6] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
];

/// How a request is authenticated.
enum Form {
    Header,
    Query,
}

/// What the two forms have in common.
struct Claim {
    form: Form,
    credential: String,
    signed_headers: String,
}

/// Refuses all requests but those that s3s may judge.
///
/// # Errors
///
/// What S3 answers to such a request.
pub fn check<B>(request: &http::Request<B>, region: &str) -> S3Result<()> {
    refuse_forms(request)?;
    let parameters = parameters(request.uri().query().unwrap_or_default());
    let claim = claim(request.headers(), &parameters)?;
    check_scope(&claim, region)?;
    check_signed_headers(&claim, request.headers())
}

/// Browser form uploads carry their signature in the body, where nothing of this could look.
fn refuse_forms<B>(request: &http::Request<B>) -> S3Result<()> {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    let is_form = content_type.is_some_and(|value| {
        value.as_bytes().to_ascii_lowercase().starts_with(b"multipart/form-data")
    });
    if is_form && request.method() == Method::POST {
        return Err(s3_error!(NotImplemented, "Form uploads are not implemented."));
    }
    Ok(())
}

/// The query string, decoded, since s3s compares decoded names, too.
fn parameters(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (percent::decode(name), percent::decode(value))
        })
        .collect()
}

fn claim(headers: &HeaderMap, parameters: &[(String, String)]) -> S3Result<Claim> {
    let has = |name: &str| parameters.iter().any(|(other, _)| other == name);
    if has("AWSAccessKeyId") || has("Signature") {
        return Err(unsupported_mechanism());
    }
    let is_presigned = PRESIGNED.into_iter().any(has);
    let mut authorizations = headers.get_all(header::AUTHORIZATION).into_iter();
    match (authorizations.next(), authorizations.next()) {
        (None, _) if is_presigned => query_claim(parameters),
        (None, _) => Err(s3_error!(AccessDenied, "Requests must be signed.")),
        (Some(authorization), None) if !is_presigned => {
            header_claim(authorization.to_str().unwrap_or_default())
        }
        (Some(_), _) => Err(s3_error!(InvalidArgument, "Only one auth mechanism allowed.")),
    }
}

fn header_claim(authorization: &str) -> S3Result<Claim> {
    let Some(fields) =
        authorization.strip_prefix(ALGORITHM).and_then(|rest| rest.strip_prefix(' '))
    else {
        return Err(unsupported_mechanism());
    };
    let field = |name: &str| {
        let mut values = fields
            .split(',')
            .filter_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='));
        values.next().filter(|_| values.next().is_none()).map(str::to_owned)
    };
    match (field("Credential"), field("SignedHeaders"), field("Signature")) {
        (Some(credential), Some(signed_headers), Some(_)) => {
            Ok(Claim { form: Form::Header, credential, signed_headers })
        }
        _ => Err(s3_error!(AuthorizationHeaderMalformed, "The authorization header is malformed.")),
    }
}

fn query_claim(parameters: &[(String, String)]) -> S3Result<Claim> {
    let value = |name: &str| {
        let mut values = parameters.iter().filter(|(other, _)| other == name);
        let value = values.next().filter(|_| values.next().is_none());
        value.map(|(_, value)| value.clone()).ok_or_else(|| {
            s3_error!(AuthorizationQueryParametersError, "The query must have {name} exactly once.")
        })
    };
    if value("X-Amz-Algorithm")? != ALGORITHM {
        return Err(unsupported_mechanism());
    }
    let expires = value("X-Amz-Expires")?.parse::<u32>();
    if !expires.is_ok_and(|seconds| (1..=EXPIRY_MAX_SECONDS).contains(&seconds)) {
        return Err(s3_error!(
            AuthorizationQueryParametersError,
            "X-Amz-Expires must be between 1 and {EXPIRY_MAX_SECONDS} seconds."
        ));
    }
    value("X-Amz-Date")?;
    value("X-Amz-Signature")?;
    Ok(Claim {
        form: Form::Query,
        credential: value("X-Amz-Credential")?,
        signed_headers: value("X-Amz-SignedHeaders")?,
    })
}

/// `KEY/DATE/REGION/SERVICE/aws4_request`; the key may contain slashes, so it is read from the end.
fn check_scope(claim: &Claim, region: &str) -> S3Result<()> {
    let mut parts = claim.credential.rsplit('/');
    let scope = (parts.next(), parts.next(), parts.next());
    let has_key = parts.count() >= 2;
    match scope {
        (Some("aws4_request"), Some("s3"), Some(actual)) if has_key && actual == region => Ok(()),
        (Some("aws4_request"), Some("s3"), Some(actual)) if has_key => {
            Err(malformed(claim, &format!("the region '{actual}' is wrong; expecting '{region}'")))
        }
        _ => Err(malformed(claim, "the credential must be for the service 's3'")),
    }
}

/// A header that S3 gives a meaning to and that nobody signed was perhaps added on the way.
fn check_signed_headers(claim: &Claim, headers: &HeaderMap) -> S3Result<()> {
    let signed: Vec<&str> = claim.signed_headers.split(';').collect();
    if !signed.contains(&"host") {
        return Err(malformed(claim, "the header 'host' must be signed"));
    }
    let absent = signed.iter().find(|&&name| !headers.contains_key(name) && name != "host");
    if let Some(name) = absent {
        return Err(malformed(claim, &format!("the signed header '{name}' is absent")));
    }
    let must_be_signed = |name: &HeaderName| {
        // An unsigned hash of the body can only make the check stricter.
        let is_harmless = matches!(claim.form, Form::Query) && *name == "x-amz-content-sha256";
        name.as_str().starts_with("x-amz-") && !is_harmless
    };
    let unsigned =
        headers.keys().find(|name| must_be_signed(name) && !signed.contains(&name.as_str()));
    match unsigned {
        Some(name) => Err(s3_error!(
            AccessDenied,
            "There were headers present in the request which were not signed: {name}"
        )),
        None => Ok(()),
    }
}

fn malformed(claim: &Claim, reason: &str) -> S3Error {
    match claim.form {
        Form::Header => s3_error!(
            AuthorizationHeaderMalformed,
            "The authorization header is malformed; {reason}"
        ),
        Form::Query => s3_error!(
            AuthorizationQueryParametersError,
            "Error parsing the X-Amz-Credential parameter; {reason}"
        ),
    }
}

fn unsupported_mechanism() -> S3Error {
    s3_error!(
        InvalidRequest,
        "The authorization mechanism you have provided is not supported. Please use {ALGORITHM}."
    )
}
