//! Whether a claim is true.

use super::canonical::{self, PathForm};
use super::claim::SIGNATURE_PARAMETER;
use super::{
    ALGORITHM, Claim, Mismatch, Payload, Rules, S3, Secret, SessionTokens, SignatureError,
    SignedRequest, Untimely,
};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac::{self, HMAC_SHA256, Key};

/// The end of every credential's scope.
const TERMINATOR: &str = "aws4_request";

/// What stands for the hash of a body that isn't signed.
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

const CONTENT_SHA256: &str = "x-amz-content-sha256";

impl Claim {
    /// Finds out whether the request was signed with this secret, for this place, at about this time, and came whole.
    ///
    /// The request must be the one that the claim was read from. Nothing of the signature that would be right can be
    /// learned from the answer or from how long it takes.
    ///
    /// # Errors
    ///
    /// [`SignatureError`] for the first thing that is wrong.
    pub fn verify(
        &self,
        request: &SignedRequest<'_>,
        payload: Payload,
        secret: &Secret,
        rules: &Rules<'_>,
    ) -> Result<(), SignatureError> {
        self.check(rules)?;
        self.check_headers(request)?;
        let payload = self.payload_text(request, payload)?;
        let text = self.text_to_sign(&self.canonical_request(request, &payload));
        hmac::verify(&self.signing_key(secret), text.as_bytes(), &self.signature)
            .map_err(|_| Mismatch::Signature.into())
    }

    /// Finds out whether the claim is for this place and about this time: what can be said without knowing any secret.
    ///
    /// # Errors
    ///
    /// [`SignatureError`] for the first thing that is wrong.
    pub fn check(&self, rules: &Rules<'_>) -> Result<(), SignatureError> {
        self.check_scope(rules)?;
        self.check_time(rules)?;
        if self.session_token.is_some() && rules.session_tokens == SessionTokens::Refused {
            return Err(SignatureError::InvalidClientTokenId);
        }
        Ok(())
    }

    fn check_scope(&self, rules: &Rules<'_>) -> Result<(), SignatureError> {
        if self.terminator != TERMINATOR {
            return Err(Mismatch::Terminator(self.terminator.clone()).into());
        }
        if !rules.services.contains(&self.service.as_str()) {
            let expected = rules.services.iter().map(|service| (*service).to_owned()).collect();
            return Err(Mismatch::Service { scoped: self.service.clone(), expected }.into());
        }
        if self.date_text.split('T').next() != Some(self.scope_date.as_str()) {
            let (scoped, requested) = (self.scope_date.clone(), self.date_text.clone());
            return Err(Mismatch::Date { scoped, requested }.into());
        }
        Ok(())
    }

    /// A presigned URL has its own end, which AWS doesn't extend by the skew.
    fn check_time(&self, rules: &Rules<'_>) -> Result<(), SignatureError> {
        let (signed_at, now, skew_max) = (self.date, rules.now, rules.clock_skew_max);
        let age = now - signed_at;
        if age < -skew_max {
            return Err(Untimely::NotYet { signed_at, now, skew_max }.into());
        }
        match self.expires {
            Some(expires) if expires > rules.presigned_expiry_max => {
                Err(SignatureError::incomplete(format!(
                    "'X-Amz-Expires' is more than {} seconds",
                    rules.presigned_expiry_max.num_seconds()
                )))
            }
            Some(expires) if age > expires => {
                Err(Untimely::UrlExpired { signed_at, expires, now }.into())
            }
            None if age > skew_max => Err(Untimely::TooOld { signed_at, now, skew_max }.into()),
            Some(_) | None => Ok(()),
        }
    }

    /// What names the receiver, and what AWS gives a meaning to, could otherwise be added or changed on the way.
    ///
    /// Source: IAM User Guide, "Create a signed AWS API request", step 1, on signed headers.
    fn check_headers(&self, request: &SignedRequest<'_>) -> Result<(), SignatureError> {
        let is_signed = |name: &str| self.signed_headers.iter().any(|signed| signed == name);
        let names = request.headers.iter().map(|(name, _)| name.to_ascii_lowercase());
        let mut needed = std::iter::once("host".to_owned())
            .chain(names.filter(|name| name.starts_with("x-amz-")));
        if let Some(name) = needed.find(|name| !is_signed(name)) {
            return Err(Mismatch::UnsignedHeader(name).into());
        }
        let mut signed = self.signed_headers.iter();
        match signed.find(|name| request.values(name).next().is_none()) {
            Some(absent) => Err(Mismatch::AbsentHeader(absent.clone()).into()),
            None => Ok(()),
        }
    }

    /// What stands for the body in the request that is signed.
    ///
    /// Only S3 has bodies that nobody signs: elsewhere the body says what is asked for, and a presigned address would
    /// be good for anything.
    ///
    /// Source: S3 API Reference, "Authenticating Requests", on `x-amz-content-sha256`; elsewhere that header is optional.
    fn payload_text(
        &self,
        request: &SignedRequest<'_>,
        payload: Payload,
    ) -> Result<String, SignatureError> {
        let may_be_unsigned = self.service == S3;
        let hash = match payload {
            Payload::Sha256(hash) => Some(hex::encode(hash)),
            Payload::Unhashed => None,
        };
        match (request.value(CONTENT_SHA256)?, hash) {
            (Some(UNSIGNED), _) if may_be_unsigned => Ok(UNSIGNED.to_owned()),
            (Some(UNSIGNED), _) => Err(Mismatch::UnsignedBody.into()),
            (Some(claimed), _) if claimed.starts_with("STREAMING-") => {
                Err(SignatureError::incomplete(
                    "bodies that are signed chunk by chunk are not supported",
                ))
            }
            (Some(claimed), Some(hash)) if claimed == hash => Ok(hash),
            (Some(_), _) => Err(SignatureError::ContentSha256Mismatch),
            (None, _) if self.service == S3 && self.is_presigned() => Ok(UNSIGNED.to_owned()),
            (None, _) if self.service == S3 => {
                Err(SignatureError::incomplete(format!("the header '{CONTENT_SHA256}' is missing")))
            }
            (None, Some(hash)) => Ok(hash),
            (None, None) if may_be_unsigned => Ok(UNSIGNED.to_owned()),
            (None, None) => Err(Mismatch::UnsignedBody.into()),
        }
    }

    pub(super) fn canonical_request(&self, request: &SignedRequest<'_>, payload: &str) -> Vec<u8> {
        let form = if self.service == S3 { PathForm::Sent } else { PathForm::Normalized };
        self.canonical_request_in(form, request, payload)
    }

    pub(super) fn canonical_request_in(
        &self,
        form: PathForm,
        request: &SignedRequest<'_>,
        payload: &str,
    ) -> Vec<u8> {
        let mut parameters = canonical::parameters(request.query);
        if self.is_presigned() {
            parameters.retain(|(name, _)| name != SIGNATURE_PARAMETER.as_bytes());
        }
        canonical::request(request, form, &parameters, &self.signed_headers, payload)
    }

    /// Source: IAM User Guide, "Create a signed AWS API request", steps 2 and 3.
    fn text_to_sign(&self, canonical_request: &[u8]) -> String {
        let Self { date_text, scope_date, region, service, .. } = self;
        let hash = hex::encode(digest(&SHA256, canonical_request));
        format!("{ALGORITHM}\n{date_text}\n{scope_date}/{region}/{service}/{TERMINATOR}\n{hash}")
    }

    /// Source: IAM User Guide, "Create a signed AWS API request", step 4.
    fn signing_key(&self, secret: &Secret) -> Key {
        let first = Key::new(HMAC_SHA256, format!("AWS4{}", secret.0).as_bytes());
        let scope = [self.scope_date.as_str(), &self.region, &self.service, TERMINATOR];
        scope.into_iter().fold(first, |key, part| {
            Key::new(HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref())
        })
    }
}
