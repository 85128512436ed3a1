//! Checksums: what is sent is compared, and what is asked for is returned.

use super::{Capabilities, delete_bucket, new_bucket, refusal, refused};
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode};

/// The checksums of `hello` by header.
const HELLO_SHA256: &str = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
const HELLO_SHA1: &str = "qvTGHdzF6KLavt4PO0gs2a6pQ00=";
const HELLO_CRC32: &str = "NhCmhg==";
const HELLO_CRC32C: &str = "mnG7TA==";
const HELLO_CRC64NVME: &str = "M3eFcAZSQlc=";
const HELLO_MD5: &str = "XUFAKrxLKna5cZ2REBfFkg==";

pub(super) async fn check(client: &Client, capabilities: &Capabilities) {
    let bucket = new_bucket(client, "checksums").await;
    content_md5_is_compared(client, &bucket).await;
    right_checksums_are_taken(client, &bucket).await;
    if capabilities.compares_checksums {
        wrong_checksums_are_refused(client, &bucket).await;
    }
    if capabilities.returns_sha256 {
        the_sha256_is_returned(client, &bucket, capabilities).await;
    }
    if capabilities.takes_trailers {
        trailers_are_taken(client, &bucket).await;
    }
    delete_bucket(client, &bucket).await;
}

fn hello(client: &Client, bucket: &str) -> PutObjectFluentBuilder {
    client.put_object().bucket(bucket).key("hello").body(ByteStream::from_static(b"hello"))
}

async fn content_md5_is_compared(client: &Client, bucket: &str) {
    hello(client, bucket).content_md5(HELLO_MD5).send().await.unwrap();
    let wrong = hello(client, bucket).content_md5("AAAAAAAAAAAAAAAAAAAAAA==").send().await;
    assert_eq!(refusal(wrong), refused(400, "BadDigest"));
    let malformed = hello(client, bucket).content_md5("no digest").send().await;
    assert_eq!(refusal(malformed), refused(400, "InvalidDigest"));
}

async fn right_checksums_are_taken(client: &Client, bucket: &str) {
    let put = || hello(client, bucket);
    put().checksum_sha256(HELLO_SHA256).send().await.unwrap();
    put().checksum_sha1(HELLO_SHA1).send().await.unwrap();
    put().checksum_crc32(HELLO_CRC32).send().await.unwrap();
    put().checksum_crc32_c(HELLO_CRC32C).send().await.unwrap();
    put().checksum_crc64_nvme(HELLO_CRC64NVME).send().await.unwrap();
}

async fn wrong_checksums_are_refused(client: &Client, bucket: &str) {
    let put =
        || client.put_object().bucket(bucket).key("wrong").body(ByteStream::from_static(b"other"));
    let bad = refused(400, "BadDigest");
    assert_eq!(refusal(put().checksum_sha256(HELLO_SHA256).send().await), bad);
    assert_eq!(refusal(put().checksum_sha1(HELLO_SHA1).send().await), bad);
    assert_eq!(refusal(put().checksum_crc32(HELLO_CRC32).send().await), bad);
    assert_eq!(refusal(put().checksum_crc32_c(HELLO_CRC32C).send().await), bad);
    assert_eq!(refusal(put().checksum_crc64_nvme(HELLO_CRC64NVME).send().await), bad);
    let malformed = put().checksum_sha256("c2hvcnQ=").send().await;
    assert_eq!(refusal(malformed), refused(400, "InvalidRequest"));
    let absent = client.head_object().bucket(bucket).key("wrong").send().await;
    assert_eq!(refusal(absent).0, 404);
}

async fn the_sha256_is_returned(client: &Client, bucket: &str, capabilities: &Capabilities) {
    let put = hello(client, bucket).checksum_sha256(HELLO_SHA256).send().await.unwrap();
    assert_eq!(put.checksum_sha256(), Some(HELLO_SHA256));
    let head = || client.head_object().bucket(bucket).key("hello");
    let asked = head().checksum_mode(ChecksumMode::Enabled).send().await.unwrap();
    assert_eq!(asked.checksum_sha256(), Some(HELLO_SHA256));
    assert_eq!(head().send().await.unwrap().checksum_sha256(), None);
    let got = client.get_object().bucket(bucket).key("hello").checksum_mode(ChecksumMode::Enabled);
    let got = got.send().await.unwrap();
    assert_eq!(got.checksum_sha256(), Some(HELLO_SHA256));
    assert_eq!(super::body(got).await, b"hello");
    if capabilities.knows_every_sha256 {
        hello(client, bucket).checksum_crc32_c(HELLO_CRC32C).send().await.unwrap();
        let both = head().checksum_mode(ChecksumMode::Enabled).send().await.unwrap();
        assert_eq!(both.checksum_crc32_c(), Some(HELLO_CRC32C));
        assert_eq!(both.checksum_sha256(), Some(HELLO_SHA256));
    }
}

/// A body from a file is sent in chunks, with its checksum behind them.
async fn trailers_are_taken(client: &Client, bucket: &str) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), vec![7; 200_000]).unwrap();
    for algorithm in [
        ChecksumAlgorithm::Crc32,
        ChecksumAlgorithm::Crc32C,
        ChecksumAlgorithm::Crc64Nvme,
        ChecksumAlgorithm::Sha1,
        ChecksumAlgorithm::Sha256,
    ] {
        let body = ByteStream::from_path(file.path()).await.unwrap();
        let put = client.put_object().bucket(bucket).key("trailer").body(body);
        put.checksum_algorithm(algorithm).content_encoding("gzip").send().await.unwrap();
        let head = client.head_object().bucket(bucket).key("trailer").send().await.unwrap();
        assert_eq!(head.content_length(), Some(200_000));
        assert_eq!(head.content_encoding(), Some("gzip"));
    }
}
