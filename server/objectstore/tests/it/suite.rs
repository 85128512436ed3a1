//! What an S3 store must do, whichever it is. Gaps of known stores are flags, so that each is a decision.

mod buckets;
mod checksums;
mod conditions;
mod copies;
mod listing;
mod model;
mod multipart;
mod objects;
mod ranges;
mod uploads;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use std::fmt::Debug;
use std::sync::atomic::{AtomicU32, Ordering};

/// Where stores differ.
#[expect(clippy::struct_excessive_bools, reason = "each is an independent gap of some store")]
pub(crate) struct Capabilities {
    /// The SHA-256 is returned by HEAD and GET when asked for.
    pub(crate) returns_sha256: bool,
    /// A wrong checksum, other than Content-MD5, is refused.
    pub(crate) compares_checksums: bool,
    /// The SHA-256 of every object is known, also of those that were sent with another checksum.
    pub(crate) knows_every_sha256: bool,
    /// `If-None-Match: *` counts when a multipart upload is completed.
    pub(crate) completes_only_if_absent: bool,
    /// `If-Match` takes an entity tag as HTTP writes it, with quotes.
    pub(crate) takes_quoted_if_match: bool,
    /// A streamed body with its checksum behind it is understood.
    pub(crate) takes_trailers: bool,
    /// Corner cases of HTTP and S3 are answered to the letter.
    pub(crate) is_strict: bool,
    /// The code for a storage class that there is not.
    pub(crate) unknown_class_code: &'static str,
    /// Making one's own bucket again is an error.
    pub(crate) refuses_second_create: bool,
    /// What the embedded store leaves out is left out.
    pub(crate) is_embedded: bool,
}

impl Capabilities {
    pub(crate) const EMBEDDED: Self = Self {
        returns_sha256: true,
        compares_checksums: true,
        knows_every_sha256: true,
        completes_only_if_absent: true,
        takes_quoted_if_match: true,
        takes_trailers: true,
        is_strict: true,
        unknown_class_code: "InvalidStorageClass",
        refuses_second_create: true,
        is_embedded: true,
    };

    pub(crate) const AWS: Self = Self {
        knows_every_sha256: false,
        // In us-east-1; other Regions refuse.
        refuses_second_create: false,
        is_embedded: false,
        ..Self::EMBEDDED
    };

    pub(crate) const CEPH: Self = Self {
        returns_sha256: false,
        compares_checksums: false,
        completes_only_if_absent: false,
        takes_quoted_if_match: false,
        takes_trailers: false,
        is_strict: false,
        unknown_class_code: "InvalidArgument",
        ..Self::AWS
    };

    /// An entity tag as this store's `If-Match` wants it.
    pub(crate) fn if_match(&self, etag: &str) -> String {
        if self.takes_quoted_if_match { etag.to_owned() } else { etag.replace('"', "") }
    }
}

/// Checks a store with buckets that it makes and deletes.
pub(crate) async fn check_s3_store(client: &Client, capabilities: &Capabilities) {
    buckets::check(client, capabilities).await;
    objects::check(client, capabilities).await;
    ranges::check(client, capabilities).await;
    conditions::check(client, capabilities).await;
    checksums::check(client, capabilities).await;
    listing::check(client, capabilities).await;
    copies::check(client, capabilities).await;
    multipart::check(client, capabilities).await;
    if capabilities.is_strict {
        uploads::check(client).await;
    }
}

/// Makes a bucket with a name that nobody else uses.
pub(crate) async fn new_bucket(client: &Client, topic: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let process = std::process::id();
    let name = format!("orgtrail-test-{topic}-{process}-{number}");
    client.create_bucket().bucket(&name).send().await.unwrap();
    name
}

/// Empties and deletes a bucket.
pub(crate) async fn delete_bucket(client: &Client, bucket: &str) {
    loop {
        let page = client.list_objects_v2().bucket(bucket).send().await.unwrap();
        for object in page.contents() {
            let key = object.key().unwrap();
            client.delete_object().bucket(bucket).key(key).send().await.unwrap();
        }
        if page.is_truncated() != Some(true) {
            break;
        }
    }
    client.delete_bucket().bucket(bucket).send().await.unwrap();
}

/// Stores a small object and returns its entity tag.
pub(crate) async fn put(client: &Client, bucket: &str, key: &str, body: &[u8]) -> String {
    let body = ByteStream::from(body.to_vec());
    let put = client.put_object().bucket(bucket).key(key).body(body).send().await.unwrap();
    put.e_tag().unwrap().to_owned()
}

/// Reads an object.
pub(crate) async fn get(client: &Client, bucket: &str, key: &str) -> Vec<u8> {
    body(client.get_object().bucket(bucket).key(key).send().await.unwrap()).await
}

/// Reads an answer to its end.
pub(crate) async fn body(got: GetObjectOutput) -> Vec<u8> {
    got.body.collect().await.unwrap().to_vec()
}

/// The status and the code of a refusal. Answers to HEAD have no code.
#[track_caller]
pub(crate) fn refusal<T: Debug, E: ProvideErrorMetadata + Debug>(
    result: Result<T, SdkError<E, HttpResponse>>,
) -> (u16, String) {
    let error = result.expect_err("the store refuses");
    let status = error.raw_response().expect("the store answers").status().as_u16();
    (status, error.code().unwrap_or_default().to_owned())
}

/// What [`refusal`] is compared with.
pub(crate) fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}
