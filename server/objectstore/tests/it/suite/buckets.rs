//! Buckets.

use super::{Capabilities, delete_bucket, new_bucket, put, refusal, refused};
use aws_sdk_s3::Client;

pub(super) async fn check(client: &Client, capabilities: &Capabilities) {
    a_bucket_lives_and_dies(client, capabilities).await;
    nothing_works_without_a_bucket(client).await;
    if capabilities.is_embedded {
        unimplemented_operations_say_so(client).await;
    }
}

async fn a_bucket_lives_and_dies(client: &Client, capabilities: &Capabilities) {
    let bucket = new_bucket(client, "bucket").await;
    client.head_bucket().bucket(&bucket).send().await.unwrap();
    let listed = client.list_buckets().send().await.unwrap();
    assert!(listed.buckets().iter().any(|found| found.name() == Some(&bucket)));
    client.get_bucket_location().bucket(&bucket).send().await.unwrap();

    let again = client.create_bucket().bucket(&bucket).send().await;
    if capabilities.refuses_second_create {
        assert_eq!(refusal(again), refused(409, "BucketAlreadyOwnedByYou"));
    } else {
        again.unwrap();
    }

    put(client, &bucket, "key", b"body").await;
    let not_empty = client.delete_bucket().bucket(&bucket).send().await;
    assert_eq!(refusal(not_empty), refused(409, "BucketNotEmpty"));
    client.delete_object().bucket(&bucket).key("key").send().await.unwrap();
    client.delete_bucket().bucket(&bucket).send().await.unwrap();
    assert_eq!(refusal(client.head_bucket().bucket(&bucket).send().await).0, 404);
    let gone = client.delete_bucket().bucket(&bucket).send().await;
    assert_eq!(refusal(gone), refused(404, "NoSuchBucket"));
}

async fn nothing_works_without_a_bucket(client: &Client) {
    let bucket = "orgtrail-test-there-is-no-such-bucket";
    let missing = refused(404, "NoSuchBucket");
    assert_eq!(refusal(client.put_object().bucket(bucket).key("k").send().await), missing);
    assert_eq!(refusal(client.get_object().bucket(bucket).key("k").send().await), missing);
    assert_eq!(refusal(client.delete_object().bucket(bucket).key("k").send().await), missing);
    assert_eq!(refusal(client.list_objects().bucket(bucket).send().await), missing);
    assert_eq!(refusal(client.list_objects_v2().bucket(bucket).send().await), missing);
    assert_eq!(refusal(client.list_multipart_uploads().bucket(bucket).send().await), missing);
    let create = client.create_multipart_upload().bucket(bucket).key("k").send().await;
    assert_eq!(refusal(create), missing);
    let put_if = client.put_object().bucket(bucket).key("k").if_none_match("*").send().await;
    assert_eq!(refusal(put_if), missing);
}

async fn unimplemented_operations_say_so(client: &Client) {
    let bucket = new_bucket(client, "unimplemented").await;
    let unimplemented = refused(501, "NotImplemented");
    assert_eq!(refusal(client.get_bucket_policy().bucket(&bucket).send().await), unimplemented);
    assert_eq!(refusal(client.list_object_versions().bucket(&bucket).send().await), unimplemented);
    let tagged = client.put_object().bucket(&bucket).key("k").tagging("a=b").send().await;
    assert_eq!(refusal(tagged), unimplemented);
    // A lock that would be dropped silently is worse than none.
    let locked = client
        .put_object()
        .bucket(&bucket)
        .key("k")
        .object_lock_legal_hold_status(aws_sdk_s3::types::ObjectLockLegalHoldStatus::On)
        .send()
        .await;
    assert_eq!(refusal(locked), refused(400, "InvalidRequest"));
    let version = client.get_object().bucket(&bucket).key("k").version_id("abc").send().await;
    assert_eq!(refusal(version), refused(400, "InvalidArgument"));
    delete_bucket(client, &bucket).await;
}
