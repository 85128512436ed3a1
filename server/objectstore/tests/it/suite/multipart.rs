//! Multipart uploads from beginning to end.

use super::{Capabilities, body, delete_bucket, get, new_bucket, put, refusal, refused};
use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::complete_multipart_upload::builders::CompleteMultipartUploadFluentBuilder;
use aws_sdk_s3::operation::upload_part_copy::builders::UploadPartCopyFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode, CompletedMultipartUpload, CompletedPart};

const PART: usize = 5 << 20;

pub(super) async fn check(client: &Client, capabilities: &Capabilities) {
    let bucket = new_bucket(client, "multipart").await;
    parts_become_an_object(client, &bucket, capabilities).await;
    parts_are_copied(client, &bucket, capabilities).await;
    small_parts_are_refused(client, &bucket, capabilities).await;
    if capabilities.is_strict {
        completion_is_checked(client, &bucket).await;
        an_aborted_upload_is_gone(client, &bucket).await;
        checksums_of_parts_are_combined(client, &bucket, capabilities).await;
    }
    if capabilities.completes_only_if_absent {
        completion_can_be_create_only(client, &bucket).await;
    }
    delete_bucket(client, &bucket).await;
}

/// An upload in progress.
struct InProgress<'client> {
    client: &'client Client,
    bucket: &'client str,
    key: &'client str,
    id: String,
}

impl<'client> InProgress<'client> {
    async fn start(client: &'client Client, bucket: &'client str, key: &'client str) -> Self {
        let create = client.create_multipart_upload().bucket(bucket).key(key);
        let created =
            create.metadata("made", "in parts").content_type("text/plain").send().await.unwrap();
        Self { client, bucket, key, id: created.upload_id().unwrap().to_owned() }
    }

    async fn send(&self, number: i32, bytes: &[u8]) -> CompletedPart {
        let upload =
            self.client.upload_part().bucket(self.bucket).key(self.key).upload_id(&self.id);
        let body = ByteStream::from(bytes.to_vec());
        let sent = upload.part_number(number).body(body).send().await.unwrap();
        CompletedPart::builder()
            .part_number(number)
            .set_e_tag(sent.e_tag().map(str::to_owned))
            .build()
    }

    fn complete(&self, parts: &[&CompletedPart]) -> CompleteMultipartUploadFluentBuilder {
        let parts = parts.iter().map(|part| (*part).clone()).collect();
        let list = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let complete = self.client.complete_multipart_upload().bucket(self.bucket).key(self.key);
        complete.upload_id(&self.id).multipart_upload(list)
    }

    async fn abort(&self) {
        let abort = self.client.abort_multipart_upload().bucket(self.bucket).key(self.key);
        abort.upload_id(&self.id).send().await.unwrap();
    }
}

async fn parts_become_an_object(client: &Client, bucket: &str, capabilities: &Capabilities) {
    let upload = InProgress::start(client, bucket, "joined").await;
    // Sent out of order, one of them twice, and one that isn't used.
    let last = upload.send(7, b"the end").await;
    upload.send(2, &vec![9; PART]).await;
    let second = upload.send(2, &vec![2; PART]).await;
    let first = upload.send(1, &vec![1; PART + 3]).await;
    if capabilities.is_strict {
        upload.send(8, b"unused").await;
    }
    let done = upload.complete(&[&first, &second, &last]).send().await.unwrap();
    let expected = [vec![1; PART + 3], vec![2; PART], b"the end".to_vec()].concat();

    let got = client.get_object().bucket(bucket).key("joined").send().await.unwrap();
    if capabilities.is_strict {
        assert_eq!(got.e_tag(), done.e_tag());
    }
    assert!(got.e_tag().unwrap().ends_with("-3\""), "{:?}", got.e_tag());
    assert_eq!(got.metadata().unwrap()["made"], "in parts");
    assert_eq!(got.content_type(), Some("text/plain"));
    assert!(body(got).await == expected);
    let seam = format!("bytes={}-{}", PART + 2, PART + 3);
    let got = client.get_object().bucket(bucket).key("joined").range(seam).send().await.unwrap();
    assert_eq!(body(got).await, [1, 2]);
}

async fn completion_is_checked(client: &Client, bucket: &str) {
    let upload = InProgress::start(client, bucket, "checked").await;
    let first = upload.send(1, &vec![1; PART]).await;
    let second = upload.send(2, b"2").await;
    let complete = async |parts: &[&CompletedPart]| refusal(upload.complete(parts).send().await);
    assert_eq!(complete(&[&second, &first]).await, refused(400, "InvalidPartOrder"));
    assert_eq!(complete(&[&first, &first]).await, refused(400, "InvalidPartOrder"));
    let absent =
        CompletedPart::builder().part_number(3).set_e_tag(first.e_tag().map(str::to_owned)).build();
    assert_eq!(complete(&[&first, &absent]).await, refused(400, "InvalidPart"));
    let stale = CompletedPart::builder()
        .part_number(1)
        .e_tag("\"00000000000000000000000000000000\"")
        .build();
    assert_eq!(complete(&[&stale, &second]).await, refused(400, "InvalidPart"));
    assert_eq!(complete(&[]).await, refused(400, "MalformedXML"));
    let absent = client.head_object().bucket(bucket).key("checked").send().await;
    assert_eq!(refusal(absent).0, 404, "nothing of it shows before it is complete");
    upload.complete(&[&first, &second]).send().await.unwrap();
}

async fn small_parts_are_refused(client: &Client, bucket: &str, capabilities: &Capabilities) {
    let upload = InProgress::start(client, bucket, "small").await;
    let first = upload.send(1, &vec![1; PART - 1]).await;
    let second = upload.send(2, b"2").await;
    let complete = upload.complete(&[&first, &second]).send().await;
    assert_eq!(refusal(complete), refused(400, "EntityTooSmall"));
    if !capabilities.is_strict {
        return upload.abort().await;
    }
    // The last one may be small, also if it is the only one.
    upload.complete(&[&second]).send().await.unwrap();
    let got = client.get_object().bucket(bucket).key("small").send().await.unwrap();
    assert!(got.e_tag().unwrap().ends_with("-1\""));
    assert_eq!(body(got).await, b"2");
}

async fn an_aborted_upload_is_gone(client: &Client, bucket: &str) {
    let upload = InProgress::start(client, bucket, "aborted").await;
    let part = upload.send(1, b"1").await;
    upload.abort().await;
    let missing = refused(404, "NoSuchUpload");
    assert_eq!(refusal(upload.complete(&[&part]).send().await), missing);
    let late =
        client.upload_part().bucket(bucket).key("aborted").upload_id(&upload.id).part_number(1);
    let late: Result<_, SdkError<_, _>> = late.body(ByteStream::from_static(b"1")).send().await;
    assert_eq!(refusal(late), missing);
    let list = client.list_parts().bucket(bucket).key("aborted").upload_id(&upload.id).send().await;
    assert_eq!(refusal(list), missing);
}

async fn checksums_of_parts_are_combined(
    client: &Client,
    bucket: &str,
    capabilities: &Capabilities,
) {
    for (algorithm, is_composite) in [
        (ChecksumAlgorithm::Sha256, true),
        (ChecksumAlgorithm::Crc32, true),
        (ChecksumAlgorithm::Crc64Nvme, false),
    ] {
        let create = client.create_multipart_upload().bucket(bucket).key("summed");
        let created = create.checksum_algorithm(algorithm.clone()).send().await.unwrap();
        let id = created.upload_id().unwrap();
        let mut parts = Vec::new();
        for (number, bytes) in [(1, vec![1; PART]), (2, vec![2; 10])] {
            let upload = client.upload_part().bucket(bucket).key("summed").upload_id(id);
            let upload = upload.part_number(number).checksum_algorithm(algorithm.clone());
            let sent = upload.body(ByteStream::from(bytes)).send().await.unwrap();
            let part = CompletedPart::builder()
                .part_number(number)
                .set_e_tag(sent.e_tag().map(str::to_owned))
                .set_checksum_sha256(sent.checksum_sha256().map(str::to_owned))
                .set_checksum_crc32(sent.checksum_crc32().map(str::to_owned))
                .set_checksum_crc64_nvme(sent.checksum_crc64_nvme().map(str::to_owned));
            parts.push(part.build());
        }
        let list = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let complete = client.complete_multipart_upload().bucket(bucket).key("summed");
        complete.upload_id(id).multipart_upload(list).send().await.unwrap();
        if !capabilities.returns_sha256 {
            continue;
        }
        let get =
            client.get_object().bucket(bucket).key("summed").checksum_mode(ChecksumMode::Enabled);
        // The SDK checks a checksum of all bytes by itself.
        let got = get.send().await.unwrap();
        let shown = got.checksum_crc32().or(got.checksum_crc64_nvme()).or(got.checksum_sha256());
        assert_eq!(shown.unwrap().ends_with("-2"), is_composite, "{algorithm:?} {shown:?}");
        assert_eq!(body(got).await.len(), PART + 10);
    }
}

/// A part out of a range, and one out of a whole object.
async fn parts_are_copied(client: &Client, bucket: &str, capabilities: &Capabilities) {
    let bytes: Vec<u8> = (0..=250).cycle().take(PART + 1_000).collect();
    let etag = put(client, bucket, "a source+", &bytes).await;
    put(client, bucket, "tail", b"the end").await;
    let upload = InProgress::start(client, bucket, "put together").await;
    let copy = |number: i32, source: &str| {
        let copy = client.upload_part_copy().bucket(bucket).key("put together");
        copy.upload_id(&upload.id).part_number(number).copy_source(format!("{bucket}/{source}"))
    };
    let part = async |copy: UploadPartCopyFluentBuilder, number: i32| {
        // Ceph wants to be told that nothing follows, which the SDK leaves out.
        let copy = copy.customize().mutate_request(|request| {
            request.headers_mut().insert("content-length", "0");
        });
        let copied = copy.send().await.unwrap();
        let etag = copied.copy_part_result().unwrap().e_tag().map(str::to_owned);
        CompletedPart::builder().part_number(number).set_e_tag(etag).build()
    };
    let range = format!("bytes=500-{}", PART + 599);
    let first = part(copy(1, "a%20source%2B").copy_source_range(&range), 1).await;
    let last = part(copy(2, "tail"), 2).await;
    if capabilities.is_strict {
        let source = "a%20source%2B";
        let invalid = refused(400, "InvalidArgument");
        let beyond = format!("bytes=0-{}", bytes.len());
        for range in [&beyond, "bytes=5-", "bytes=-5", "bytes=9-5", "5-9", "bytes=+1-5"] {
            let refusal = refusal(copy(3, source).copy_source_range(range).send().await);
            assert_eq!(refusal, invalid, "{range}");
        }
        assert_eq!(refusal(copy(0, source).send().await), invalid);
        assert_eq!(refusal(copy(3, "none").send().await), refused(404, "NoSuchKey"));
        let failed = refused(412, "PreconditionFailed");
        let unless = copy(3, source).copy_source_if_none_match(&etag).send().await;
        assert_eq!(refusal(unless), failed);
        let unknown = copy(3, source).upload_id("0".repeat(32)).send().await;
        assert_eq!(refusal(unknown), refused(404, "NoSuchUpload"));
    }
    client.delete_object().bucket(bucket).key("a source+").send().await.unwrap();
    upload.complete(&[&first, &last]).send().await.unwrap();
    let expected = [&bytes[500..PART + 600], b"the end"].concat();
    assert_eq!(get(client, bucket, "put together").await, expected, "it outlives its source");
}

async fn completion_can_be_create_only(client: &Client, bucket: &str) {
    let upload = InProgress::start(client, bucket, "taken").await;
    let part = upload.send(1, b"late").await;
    put(client, bucket, "taken", b"early").await;
    let late = upload.complete(&[&part]).if_none_match("*").send().await;
    assert_eq!(refusal(late), refused(412, "PreconditionFailed"));
    upload.abort().await;
    let upload = InProgress::start(client, bucket, "free").await;
    let part = upload.send(1, b"only").await;
    upload.complete(&[&part]).if_none_match("*").send().await.unwrap();
}
