//! Passwords: argon2id, off the threads that serve requests, a few at a time.

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

/// Each hash takes 19 MiB and a good part of a core; more at once would starve everything else.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// A hash of no password, so that an unknown name takes as long as a known one.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm8$/xNGdzj8o1Yp1mRb+Ok9cCu1y9YwcYv2GJ2hPRO4cyw";

fn hasher() -> Argon2<'static> {
    // Source: OWASP Password Storage Cheat Sheet, argon2id with 19 MiB and two passes.
    Argon2::new(
        Algorithm::Argon2id,
        Version::V0x13,
        Params::new(19_456, 2, 1, None).unwrap_or_default(),
    )
}

/// Hashes a password with a salt of its own.
///
/// # Errors
///
/// When the hash can't be computed.
pub async fn hash_password(password: String) -> anyhow::Result<String> {
    let _permit = AT_ONCE.acquire().await?;
    tokio::task::spawn_blocking(move || {
        hasher()
            .hash_password(password.as_bytes())
            .map(|hash| hash.to_string())
            .map_err(|error| anyhow::anyhow!("could not hash the password: {error}"))
    })
    .await?
}

/// Whether the password belongs to the hash. Without a hash it takes as long, and is `false`.
///
/// # Errors
///
/// When the check can't be run.
pub async fn verify_password(password: String, hash: Option<String>) -> anyhow::Result<bool> {
    let _permit = AT_ONCE.acquire().await?;
    tokio::task::spawn_blocking(move || {
        let is_known = hash.is_some();
        let text = hash.unwrap_or_else(|| NOBODY.to_owned());
        let parsed = PasswordHash::new(&text)
            .map_err(|error| anyhow::anyhow!("the stored hash is broken: {error}"))?;
        Ok(hasher().verify_password(password.as_bytes(), &parsed).is_ok() && is_known)
    })
    .await?
}
