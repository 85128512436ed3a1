//! Listings, page by page, against a model.

use super::model::{Entry, Question, list};
use super::objects::ODD_KEYS;
use super::{Capabilities, delete_bucket, new_bucket, put, refusal, refused};
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{CommonPrefix, EncodingType, Object};
use futures::StreamExt;
use proptest::prelude::{Strategy, prop};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// Neighbours in bytewise order, and what languages sort otherwise.
const KEYS: [&str; 24] = [
    "a",
    "a/",
    "a/1",
    "a/2",
    "a/b/1",
    "a/b/2",
    "a/b/c/1",
    "a0",
    "a\u{7f}",
    "b/1",
    "b/2",
    "b/3",
    "B/1",
    "c//1",
    "c//2",
    "c/1",
    "d+e/1",
    "d%2Fe/1",
    "d e/1",
    "é/1",
    "z\u{d7ff}/1",
    "z\u{e000}/1",
    "z\u{10ffff}/1",
    "z\u{10ffff}/2",
];

pub(super) async fn check(client: &Client, capabilities: &Capabilities) {
    let bucket = new_bucket(client, "listing").await;
    an_empty_bucket_has_an_empty_page(client, &bucket).await;
    let keys: Vec<String> = KEYS.into_iter().chain(ODD_KEYS).map(str::to_owned).collect();
    futures::stream::iter(&keys)
        .for_each_concurrent(8, |key| async { drop(put(client, &bucket, key, b"x").await) })
        .await;
    every_listing_agrees_with_the_model(client, &bucket, &keys).await;
    if capabilities.is_strict {
        keys_are_encoded_on_request(client, &bucket).await;
        page_sizes_are_clamped(client, &bucket, keys.len()).await;
        tokens_are_checked(client, &bucket).await;
    }
    delete_bucket(client, &bucket).await;
}

async fn an_empty_bucket_has_an_empty_page(client: &Client, bucket: &str) {
    let page = client.list_objects_v2().bucket(bucket).delimiter("/").send().await.unwrap();
    assert_eq!((page.contents(), page.common_prefixes()), (&[][..], &[][..]));
    assert_eq!((page.key_count(), page.is_truncated()), (Some(0), Some(false)));
}

async fn every_listing_agrees_with_the_model(client: &Client, bucket: &str, keys: &[String]) {
    let mut runner = TestRunner::deterministic();
    let pieces = [
        "",
        "a",
        "a/",
        "a/b",
        "a/b/",
        "b/",
        "b/2",
        "c/",
        "c//",
        "d",
        "z",
        "é",
        "zzz",
        "//",
        "z\u{10ffff}/",
    ];
    let text = prop::sample::select(pieces.to_vec());
    let delimiter = prop::sample::select(vec!["", "/", "/", "//", "b/", "\u{10ffff}"]);
    let question =
        (text.clone(), delimiter, text, 1..6_i32).prop_map(|(prefix, delimiter, after, size)| {
            let question = Question {
                prefix: prefix.to_owned(),
                delimiter: delimiter.to_owned(),
                after: after.to_owned(),
            };
            (question, size)
        });
    for _ in 0..60 {
        let (question, size) = question.new_tree(&mut runner).unwrap().current();
        let expected = list(keys, &question);
        assert_eq!(
            all_pages_v1(client, bucket, &question, size).await,
            expected,
            "v1 {question:?} {size}"
        );
        assert_eq!(
            all_pages_v2(client, bucket, &question, size).await,
            expected,
            "v2 {question:?} {size}"
        );
    }
}

async fn all_pages_v1(client: &Client, bucket: &str, question: &Question, size: i32) -> Vec<Entry> {
    let (mut entries, mut marker) = (Vec::new(), question.after.clone());
    loop {
        let page = client
            .list_objects()
            .bucket(bucket)
            .prefix(&question.prefix)
            .set_delimiter(Some(question.delimiter.clone()).filter(|text| !text.is_empty()))
            .marker(&marker)
            .max_keys(size)
            .send()
            .await
            .unwrap();
        let merged = merge(page.contents(), page.common_prefixes());
        assert!(merged.len() <= usize::try_from(size).unwrap());
        entries.extend(merged);
        if page.is_truncated() != Some(true) {
            return entries;
        }
        // Without a delimiter a store may leave the marker away: it is the last key.
        let last = page.contents().last().and_then(Object::key);
        page.next_marker().or(last).unwrap().clone_into(&mut marker);
    }
}

async fn all_pages_v2(client: &Client, bucket: &str, question: &Question, size: i32) -> Vec<Entry> {
    let (mut entries, mut token) = (Vec::new(), None);
    loop {
        let page = client
            .list_objects_v2()
            .bucket(bucket)
            .prefix(&question.prefix)
            .set_delimiter(Some(question.delimiter.clone()).filter(|text| !text.is_empty()))
            .start_after(&question.after)
            .set_continuation_token(token)
            .max_keys(size)
            .send()
            .await
            .unwrap();
        let merged = merge(page.contents(), page.common_prefixes());
        assert_eq!(page.key_count(), i32::try_from(merged.len()).ok());
        entries.extend(merged);
        if page.is_truncated() != Some(true) {
            return entries;
        }
        token = Some(page.next_continuation_token().unwrap().to_owned());
    }
}

/// S3 gives objects and common prefixes apart; their order together is that of their names.
fn merge(objects: &[Object], prefixes: &[CommonPrefix]) -> Vec<Entry> {
    let objects = objects.iter().map(|object| object.key().unwrap().to_owned());
    let prefixes = prefixes.iter().map(|prefix| prefix.prefix().unwrap().to_owned());
    let mut entries: Vec<(String, Entry)> = objects
        .map(|key| (key.clone(), Entry::Key(key)))
        .chain(prefixes.map(|prefix| (prefix.clone(), Entry::Prefix(prefix))))
        .collect();
    entries.sort_by(|left, right| left.0.cmp(&right.0));
    entries.into_iter().map(|(_, entry)| entry).collect()
}

async fn keys_are_encoded_on_request(client: &Client, bucket: &str) {
    let page = client
        .list_objects_v2()
        .bucket(bucket)
        .prefix("d")
        .delimiter("/")
        .encoding_type(EncodingType::Url)
        .send()
        .await
        .unwrap();
    let mut prefixes: Vec<&str> =
        page.common_prefixes().iter().map(|found| found.prefix().unwrap()).collect();
    // A space may be written in two ways; clients read both.
    let space = prefixes.remove(0);
    assert!(["d%20e/", "d+e/"].contains(&space), "{space}");
    assert_eq!(prefixes, ["d%252Fe/", "d%2Be/"]);
    let page = client.list_objects().bucket(bucket).prefix("é/").encoding_type(EncodingType::Url);
    let page = page.send().await.unwrap();
    assert_eq!(page.contents()[0].key(), Some("%C3%A9/1"));
    assert_eq!(page.encoding_type(), Some(&EncodingType::Url));
}

async fn page_sizes_are_clamped(client: &Client, bucket: &str, keys: usize) {
    let all = client.list_objects_v2().bucket(bucket).max_keys(100_000).send().await.unwrap();
    assert_eq!((all.contents().len(), all.is_truncated()), (keys, Some(false)));
    let none = client.list_objects_v2().bucket(bucket).max_keys(0).send().await.unwrap();
    assert_eq!((none.contents().len(), none.is_truncated()), (0, Some(false)));
    let negative = client.list_objects_v2().bucket(bucket).max_keys(-1).send().await;
    assert_eq!(refusal(negative), refused(400, "InvalidArgument"));
}

async fn tokens_are_checked(client: &Client, bucket: &str) {
    let forged = client.list_objects_v2().bucket(bucket).continuation_token("!").send().await;
    assert_eq!(refusal(forged).0, 400);
}
