//! Who gets in, and what they may do.

use crate::suite::{delete_bucket, get, put, refusal, refused};
use crate::world::{REGION, SECRET, World, key};
use aws_sdk_s3::Client;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::{Request, StatusCode};
use orgtrail_objectstore::Permission;
use std::time::Duration;
use tower::ServiceExt;

#[tokio::test]
async fn only_a_right_signature_of_a_known_key_gets_in() {
    let world = with_object().await;
    for (id, secret, region, expected) in [
        ("owner", "wrong", REGION, refused(403, "SignatureDoesNotMatch")),
        ("nobody", SECRET, REGION, refused(403, "InvalidAccessKeyId")),
        ("owner", SECRET, "eu-central-1", refused(400, "AuthorizationHeaderMalformed")),
    ] {
        let client = world.client_of(id, secret, region);
        let got = client.get_object().bucket("bucket").key("key").send().await;
        assert_eq!(refusal(got), expected, "{id} {secret} {region}");
        let put = client.put_object().bucket("bucket").key("new").send().await;
        assert_eq!(refusal(put), expected, "{id} {secret} {region}");
    }
    world.stop().await;
}

#[tokio::test]
async fn requests_without_or_with_an_old_signature_are_refused() {
    let world = with_object().await;
    let old_query = "AWSAccessKeyId=owner&Signature=c2ln&Expires=99999999999";
    for (query, authorization, expected) in [
        ("", None, (StatusCode::FORBIDDEN, "AccessDenied")),
        ("", Some("AWS owner:c2lnbmF0dXJl"), (StatusCode::BAD_REQUEST, "InvalidRequest")),
        (old_query, None, (StatusCode::BAD_REQUEST, "InvalidRequest")),
    ] {
        let mut request =
            Request::builder().uri(format!("/bucket/key?{query}")).header("host", "localhost");
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        let (status, text) = answer(&world, request.body(Body::empty()).unwrap()).await;
        assert_eq!(status, expected.0, "{text}");
        assert!(
            text.starts_with("<?xml") && text.contains(&format!("<Code>{}</Code>", expected.1)),
            "{text}"
        );
    }
    world.stop().await;
}

#[tokio::test]
async fn a_presigned_url_is_good_for_what_it_says() {
    let world = with_object().await;
    let url = presigned_get(&world.client()).await;
    let get = async |url: &str| answer(&world, request("GET", url, Body::empty())).await;
    assert_eq!(get(&url).await, (StatusCode::OK, "body".to_owned()));
    for tampered in [
        url.replace("/bucket/key", "/bucket/other"),
        url.replace("X-Amz-Expires=60", "X-Amz-Expires=600"),
        format!("{url}&response-content-type=text%2Fhtml"),
    ] {
        let (status, text) = get(&tampered).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{tampered}");
        assert!(text.contains("SignatureDoesNotMatch"), "{text}");
    }
    let long = url.replace("X-Amz-Expires=60", "X-Amz-Expires=604801");
    let (status, text) = get(&long).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(text.contains("AuthorizationQueryParametersError"), "{text}");
    let other_method = answer(&world, request("DELETE", &url, Body::empty())).await;
    assert_eq!(other_method.0, StatusCode::FORBIDDEN);
    let mut extended = request("GET", &url, Body::empty());
    extended.headers_mut().insert("x-amz-security-token", "x".parse().unwrap());
    assert_eq!(
        answer(&world, extended).await.0,
        StatusCode::FORBIDDEN,
        "a header that nobody signed"
    );
    world.stop().await;
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_nothing() {
    let world = with_object().await;
    let config = PresigningConfig::expires_in(Duration::from_mins(1)).unwrap();
    let put =
        world.client().put_object().bucket("bucket").key("broken").presigned(config).await.unwrap();
    let before = world.blobs();
    let pieces = [Ok(Bytes::from(vec![1; 2 << 20])), Err(std::io::Error::other("the line is cut"))];
    let body = Body::from_stream(futures::stream::iter(pieces));
    let mut request = request("PUT", put.uri(), body);
    for (name, value) in put.headers() {
        request
            .headers_mut()
            .insert(http::HeaderName::try_from(name).unwrap(), value.parse().unwrap());
    }
    request.headers_mut().insert("content-length", "4194304".parse().unwrap());
    let (status, text) = answer(&world, request).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{text}");
    assert!(text.contains("IncompleteBody"), "{text}");
    assert_eq!(world.temporary_files().len(), 0);
    assert_eq!(world.blobs(), before);
    let absent = world.client().head_object().bucket("bucket").key("broken").send().await;
    assert_eq!(refusal(absent).0, 404);
    world.stop().await;
}

#[tokio::test]
async fn a_read_only_key_changes_nothing() {
    let world = with_object().await;
    world.keys.insert(key("reader", Permission::ReadOnly, None));
    let reader = world.client_of("reader", SECRET, REGION);
    let denied = refused(403, "AccessDenied");
    assert_eq!(get(&reader, "bucket", "key").await, b"body");
    reader.head_object().bucket("bucket").key("key").send().await.unwrap();
    reader.list_objects_v2().bucket("bucket").send().await.unwrap();
    reader.list_buckets().send().await.unwrap();

    let put = reader.put_object().bucket("bucket").key("key").body(ByteStream::from_static(b"x"));
    assert_eq!(refusal(put.send().await), denied);
    let delete = reader.delete_object().bucket("bucket").key("key").send().await;
    assert_eq!(refusal(delete), denied);
    let doomed = ObjectIdentifier::builder().key("key").build().unwrap();
    let doomed = Delete::builder().objects(doomed).build().unwrap();
    let delete = reader.delete_objects().bucket("bucket").delete(doomed).send().await;
    assert_eq!(refusal(delete), denied);
    let copy =
        reader.copy_object().bucket("bucket").key("copy").copy_source("bucket/key").send().await;
    assert_eq!(refusal(copy), denied);
    assert_eq!(refusal(reader.create_bucket().bucket("another").send().await), denied);
    assert_eq!(refusal(reader.delete_bucket().bucket("bucket").send().await), denied);
    let create = reader.create_multipart_upload().bucket("bucket").key("k").send().await;
    assert_eq!(refusal(create), denied);
    assert_eq!(get(&world.client(), "bucket", "key").await, b"body");
    world.stop().await;
}

#[tokio::test]
async fn a_key_for_some_buckets_sees_no_others() {
    let world = with_object().await;
    world.store.create_bucket("mine").await.unwrap();
    world.keys.insert(key("guest", Permission::ReadWrite, Some(&["mine", "soon"])));
    let guest = world.client_of("guest", SECRET, REGION);
    let denied = refused(403, "AccessDenied");
    put(&guest, "mine", "key", b"mine").await;
    assert_eq!(refusal(guest.get_object().bucket("bucket").key("key").send().await), denied);
    assert_eq!(refusal(guest.list_objects_v2().bucket("bucket").send().await), denied);
    let copy =
        guest.copy_object().bucket("mine").key("stolen").copy_source("bucket/key").send().await;
    assert_eq!(refusal(copy), denied);
    let created = guest.create_multipart_upload().bucket("mine").key("stolen").send().await;
    let created = created.unwrap();
    let copy = guest.upload_part_copy().bucket("mine").key("stolen").copy_source("bucket/key");
    let copy = copy.upload_id(created.upload_id().unwrap()).part_number(1).send().await;
    assert_eq!(refusal(copy), denied);
    let abort = guest.abort_multipart_upload().bucket("mine").key("stolen");
    abort.upload_id(created.upload_id().unwrap()).send().await.unwrap();
    assert_eq!(refusal(guest.create_bucket().bucket("other").send().await), denied);
    guest.create_bucket().bucket("soon").send().await.unwrap();
    let listed = guest.list_buckets().send().await.unwrap();
    let names: Vec<&str> = listed.buckets().iter().map(|bucket| bucket.name().unwrap()).collect();
    assert_eq!(names, ["mine", "soon"]);
    delete_bucket(&guest, "mine").await;
    world.stop().await;
}

#[tokio::test]
async fn keys_come_and_go_while_the_server_runs() {
    let world = with_object().await;
    let client = world.client_of("temporary", SECRET, REGION);
    let read = async || client.get_object().bucket("bucket").key("key").send().await;
    assert_eq!(refusal(read().await), refused(403, "InvalidAccessKeyId"));
    world.keys.insert(key("temporary", Permission::ReadOnly, None));
    read().await.unwrap();
    assert!(world.keys.remove("temporary"));
    assert!(!world.keys.remove("temporary"));
    assert_eq!(refusal(read().await), refused(403, "InvalidAccessKeyId"));
    world.stop().await;
}

#[test]
fn secrets_are_in_no_debug_text() {
    let keys = orgtrail_objectstore::KeyRing::new();
    keys.insert(key("owner", Permission::ReadWrite, None));
    let text = format!("{keys:?} {:?}", key("owner", Permission::ReadWrite, None));
    assert!(text.contains("owner") && !text.contains(SECRET), "{text}");
}

#[tokio::test]
async fn a_deletion_whose_document_was_changed_is_refused() {
    let world = with_object().await;
    let doomed = ObjectIdentifier::builder().key("key").build().unwrap();
    let doomed = Delete::builder().objects(doomed).build().unwrap();
    let delete = world.client().delete_objects().bucket("bucket").delete(doomed);
    let delete = delete.customize().mutate_request(|request| {
        request.headers_mut().insert("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==");
    });
    assert_eq!(refusal(delete.send().await), refused(400, "BadDigest"));
    assert_eq!(get(&world.client(), "bucket", "key").await, b"body");
    world.stop().await;
}

async fn with_object() -> World {
    let world = World::start().await;
    world.store.create_bucket("bucket").await.unwrap();
    put(&world.client(), "bucket", "key", b"body").await;
    world
}

async fn presigned_get(client: &Client) -> String {
    let config = PresigningConfig::expires_in(Duration::from_mins(1)).unwrap();
    let presigned =
        client.get_object().bucket("bucket").key("key").presigned(config).await.unwrap();
    presigned.uri().to_owned()
}

/// A request as a browser or `curl` would send it.
fn request(method: &str, url: &str, body: Body) -> Request<Body> {
    let uri: http::Uri = url.parse().unwrap();
    let host = uri.authority().unwrap().to_string();
    let path = uri.path_and_query().unwrap().to_string();
    Request::builder().method(method).uri(path).header("host", host).body(body).unwrap()
}

async fn answer(world: &World, request: Request<Body>) -> (StatusCode, String) {
    let response = world.router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8_lossy(&bytes).into_owned())
}
