//! Requests that AWS published with their signatures.
//!
//! `vectors.json` holds facts only: requests, and the canonical form that leads to the signature in them.
//! - `crt`: the signing test suite of the repository awslabs/aws-c-auth 0.9.0, as the crate aws-sigv4 1.6.4 (Apache-2.0)
//!   has it, with that crate's two additions (`double-…`). The canonical form of `double-encode-path` has the date of
//!   its request here, because that is what was signed.
//! - `2015`: what the older suite of the AWS General Reference has and the newer one lacks or has with another signature.
//! - `iam`, `s3`: the worked examples of the IAM User Guide (`ListUsers`) and of the S3 API Reference.

use super::super::canonical::PathForm;
use super::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Vector {
    suite: String,
    name: String,
    form: String,
    path_form: String,
    secret: String,
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
    canonical: String,
}

impl Vector {
    fn all() -> Vec<Self> {
        serde_json::from_str(include_str!("vectors.json")).unwrap()
    }

    fn request(&self) -> OwnedRequest {
        let headers = self.headers.iter();
        OwnedRequest {
            method: self.method.clone(),
            path: self.path.clone(),
            query: self.query.clone(),
            headers: headers.map(|(name, value)| (name.clone(), value.clone().into())).collect(),
            body: self.body.clone().into(),
        }
    }

    fn label(&self) -> String {
        format!("{}/{} ({})", self.suite, self.name, self.form)
    }

    fn path_form(&self) -> PathForm {
        if self.path_form == "sent" { PathForm::Sent } else { PathForm::Normalized }
    }

    fn verdict(&self) -> Result<(), SignatureError> {
        let claim = self.request().read().unwrap().unwrap();
        let rules = Rules {
            session_tokens: SessionTokens::CheckedByCaller,
            ..Rules::new(claim.date(), &["service", "lambda", "iam", S3])
        };
        self.request().check(&self.secret, &rules)
    }
}

/// The token was added after signing. AWS has a few services that want that, and we issue no tokens at all.
fn has_a_late_token(vector: &Vector) -> bool {
    vector.name == "post-sts-header-after"
}

/// A service called `service` that wants paths as they are sent; only S3 does so here.
fn is_of_another_service(vector: &Vector) -> bool {
    vector.name.ends_with("-unnormalized") && vector.name != "get-space-unnormalized"
}

#[test]
fn published_signatures_are_right() {
    let mut right = 0;
    for vector in Vector::all() {
        if has_a_late_token(&vector) || is_of_another_service(&vector) {
            continue;
        }
        assert_eq!(vector.verdict(), Ok(()), "{}", vector.label());
        right += 1;
    }
    assert_eq!(right, 74);
}

#[test]
fn published_canonical_forms_are_ours() {
    let mut equal = 0;
    for vector in Vector::all().iter().filter(|vector| !has_a_late_token(vector)) {
        let claim = vector.request().read().unwrap().unwrap();
        let payload = vector.canonical.rsplit('\n').next().unwrap();
        let canonical = vector
            .request()
            .with(|request| claim.canonical_request_in(vector.path_form(), request, payload));
        assert_eq!(String::from_utf8(canonical).unwrap(), vector.canonical, "{}", vector.label());
        equal += 1;
    }
    assert_eq!(equal, 86);
}

#[test]
fn what_does_not_apply_is_refused() {
    for vector in Vector::all() {
        if has_a_late_token(&vector) {
            let mismatch = match vector.form.as_str() {
                "header" => Mismatch::UnsignedHeader("x-amz-security-token".to_owned()),
                _ => Mismatch::Signature,
            };
            assert_eq!(vector.verdict(), Err(mismatch.into()), "{}", vector.label());
        }
        if is_of_another_service(&vector) {
            assert_eq!(vector.verdict(), Err(Mismatch::Signature.into()), "{}", vector.label());
        }
    }
}

#[test]
fn another_secret_is_refused() {
    for mut vector in Vector::all() {
        vector.secret.push('x');
        assert!(vector.verdict().is_err(), "{}", vector.label());
    }
}
