//! Copies.

use super::{Capabilities, delete_bucket, get, new_bucket, put, refusal, refused};
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::MetadataDirective;

pub(super) async fn check(client: &Client, capabilities: &Capabilities) {
    let from = new_bucket(client, "copy-from").await;
    let to = new_bucket(client, "copy-to").await;
    let write =
        client.put_object().bucket(&from).key("a b+c/ü").body(ByteStream::from_static(b"copied"));
    let etag = write.metadata("kept", "yes").content_type("text/plain").send().await.unwrap();
    let etag = etag.e_tag().unwrap();
    let source = format!("{from}/a%20b%2Bc/%C3%BC");
    let copy = || client.copy_object().bucket(&to).key("copy").copy_source(&source);

    let copied = copy().send().await.unwrap();
    let bare = |etag: &str| etag.trim_matches('"').to_owned();
    assert_eq!(copied.copy_object_result().unwrap().e_tag().map(bare), Some(bare(etag)));
    let head = client.head_object().bucket(&to).key("copy").send().await.unwrap();
    assert_eq!(head.metadata().unwrap()["kept"], "yes");
    assert_eq!(head.content_type(), Some("text/plain"));

    let replace = copy().metadata_directive(MetadataDirective::Replace).metadata("new", "yes");
    replace.content_type("text/html").send().await.unwrap();
    let head = client.head_object().bucket(&to).key("copy").send().await.unwrap();
    assert_eq!(head.metadata().unwrap().get("kept"), None);
    assert_eq!(head.metadata().unwrap()["new"], "yes");
    assert_eq!(head.content_type(), Some("text/html"));

    client.delete_object().bucket(&from).key("a b+c/ü").send().await.unwrap();
    assert_eq!(get(client, &to, "copy").await, b"copied", "a copy outlives its source");
    assert_eq!(refusal(copy().send().await), refused(404, "NoSuchKey"));

    put(client, &to, "self", b"x").await;
    let onto_itself =
        client.copy_object().bucket(&to).key("self").copy_source(format!("{to}/self"));
    let onto_itself = onto_itself.send().await;
    if capabilities.is_strict {
        assert_eq!(refusal(onto_itself), refused(400, "InvalidRequest"));
    }
    let conditional =
        client.copy_object().bucket(&to).key("other").copy_source(format!("{to}/self"));
    let mismatch = conditional.copy_source_if_match("\"0\"").send().await;
    if capabilities.is_strict {
        assert_eq!(refusal(mismatch), refused(412, "PreconditionFailed"));
    }
    delete_bucket(client, &from).await;
    delete_bucket(client, &to).await;
}
