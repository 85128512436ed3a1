//! Opening what a key of AWS KMS has sealed.

use crate::error::{CloudError, Result};
use aws_sdk_kms::config::retry::RetryConfig;
use aws_sdk_kms::config::timeout::TimeoutConfig;
use aws_sdk_kms::primitives::Blob;
use std::time::Duration;

/// Decrypts what a symmetric key has encrypted; which key, the ciphertext says itself. Region and credentials come from the usual
/// places of AWS clients.
///
/// Source: AWS KMS API Reference, `Decrypt`.
///
/// # Errors
///
/// [`CloudError`] when KMS can't be reached, or refuses.
pub async fn decrypt(endpoint: Option<&str>, ciphertext: Vec<u8>) -> Result<Vec<u8>> {
    let base = aws_config::defaults(aws_config::BehaviorVersion::latest()).load().await;
    let mut config = aws_sdk_kms::config::Builder::from(&base)
        .retry_config(RetryConfig::standard().with_max_attempts(5))
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(Duration::from_secs(10))
                .operation_attempt_timeout(Duration::from_secs(30))
                .build(),
        );
    if let Some(endpoint) = endpoint {
        config = config.endpoint_url(endpoint);
    }
    let client = aws_sdk_kms::Client::from_conf(config.build());
    let what = "could not have KMS decrypt";
    let answer = client.decrypt().ciphertext_blob(Blob::new(ciphertext)).send().await;
    let answer = answer.map_err(|error| CloudError::from_sdk(what, error))?;
    match answer.plaintext {
        Some(plaintext) => Ok(plaintext.into_inner()),
        None => Err(CloudError::Other {
            what: what.to_owned(),
            reason: "the answer has no plaintext".to_owned(),
        }),
    }
}
