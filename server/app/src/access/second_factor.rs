//! Codes of a second factor, as authenticator apps make them. Source: RFC 6238.

use crate::services::Services;
use anyhow::Context;
use orgtrail_storage::users::{SecondFactorRow, UserRow};
use totp_rs::{Builder, Totp};

/// Who gives the codes, as apps show it.
const ISSUER: &str = "orgtrail";

/// A secret that is to be confirmed, for its owner's app.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Enrolment {
    /// The secret, in base32.
    pub(crate) secret: String,
    /// The address that apps read.
    pub(crate) uri: String,
}

fn secret_name(user_id: i32) -> String {
    format!("second-factor {user_id}")
}

fn generator(secret: Vec<u8>, name: &str) -> anyhow::Result<Totp> {
    let builder = Builder::new().with_secret(secret).with_issuer(Some(ISSUER));
    builder
        .with_account_name(name)
        .build()
        .map_err(|error| anyhow::anyhow!("the second factor can't be used: {error}"))
}

/// A new secret, sealed.
///
/// # Errors
///
/// When it can't be sealed.
pub(crate) fn new_secret(services: &Services, user_id: i32) -> anyhow::Result<Vec<u8>> {
    let secret: [u8; 20] = rand::random();
    services.master_key.seal(&secret_name(user_id), &secret)
}

fn open(services: &Services, user: &UserRow, row: &SecondFactorRow) -> anyhow::Result<Totp> {
    let secret = services.master_key.open(&secret_name(user.user_id), &row.sealed);
    let secret = secret.with_context(|| {
        format!("the second factor of {} is sealed under the master key {}", user.name, row.key_id)
    })?;
    generator(secret, &user.name)
}

/// What the owner's app is to be told.
///
/// # Errors
///
/// When it can't be opened.
pub(crate) fn enrolment(
    services: &Services,
    user: &UserRow,
    row: &SecondFactorRow,
) -> anyhow::Result<Enrolment> {
    let totp = open(services, user, row)?;
    let uri = totp
        .to_url()
        .map_err(|error| anyhow::anyhow!("no address of the second factor: {error}"))?;
    // The address has the secret in base32 already.
    let secret = uri.split_once("secret=").map_or("", |(_, rest)| rest);
    let secret = secret.split('&').next().unwrap_or_default().to_owned();
    Ok(Enrolment { secret, uri })
}

/// The time step of a code; none for a wrong one. The caller takes each step once.
///
/// # Errors
///
/// When the secret can't be opened.
pub(crate) fn step_of(
    services: &Services,
    user: &UserRow,
    row: &SecondFactorRow,
    code: &str,
) -> anyhow::Result<Option<i64>> {
    let code: String = code.chars().filter(|one| !one.is_whitespace()).collect();
    let now = u64::try_from(services.clock.now().timestamp()).unwrap_or_default();
    let step = open(services, user, row)?.check(&code, now);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}
