//! Conditional reads and writes.

use super::{Capabilities, delete_bucket, get, new_bucket, put, refusal, refused};
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::{ByteStream, DateTime};

const FAILED: (u16, &str) = (412, "PreconditionFailed");

pub(super) async fn check(client: &Client, capabilities: &Capabilities) {
    let bucket = new_bucket(client, "conditions").await;
    reads_can_depend_on_the_entity_tag(client, &bucket).await;
    if capabilities.is_strict {
        reads_can_depend_on_the_time(client, &bucket).await;
    }
    writes_can_depend_on_what_is_there(client, &bucket, capabilities).await;
    one_of_many_creators_wins(client, &bucket).await;
    compare_and_swap_loses_no_update(client, &bucket, capabilities).await;
    delete_bucket(client, &bucket).await;
}

async fn reads_can_depend_on_the_entity_tag(client: &Client, bucket: &str) {
    let etag = put(client, bucket, "read", b"body").await;
    let read = || client.get_object().bucket(bucket).key("read");
    assert_eq!(refusal(read().if_none_match(&etag).send().await).0, 304);
    assert_eq!(refusal(read().if_match("\"0\"").send().await), refused(FAILED.0, FAILED.1));
    assert_eq!(super::body(read().if_match(&etag).send().await.unwrap()).await, b"body");
    assert_eq!(super::body(read().if_none_match("\"0\"").send().await.unwrap()).await, b"body");
    let head = || client.head_object().bucket(bucket).key("read");
    assert_eq!(refusal(head().if_none_match(&etag).send().await).0, 304);
    assert_eq!(refusal(head().if_match("\"0\"").send().await).0, 412);
}

async fn reads_can_depend_on_the_time(client: &Client, bucket: &str) {
    let head = client.head_object().bucket(bucket).key("read").send().await.unwrap();
    let written = head.last_modified().unwrap().secs();
    let read = || client.get_object().bucket(bucket).key("read");
    let at = |offset| DateTime::from_secs(written + offset);
    assert_eq!(refusal(read().if_modified_since(at(0)).send().await).0, 304);
    read().if_modified_since(at(-1)).send().await.unwrap();
    assert_eq!(refusal(read().if_unmodified_since(at(-1)).send().await).0, 412);
    read().if_unmodified_since(at(0)).send().await.unwrap();
    // An entity tag outweighs a time.
    read().if_match("*").if_unmodified_since(at(-1)).send().await.unwrap();
}

async fn writes_can_depend_on_what_is_there(
    client: &Client,
    bucket: &str,
    capabilities: &Capabilities,
) {
    let write = |body: &'static [u8]| {
        client.put_object().bucket(bucket).key("write").body(ByteStream::from_static(body))
    };
    let first = write(b"first").if_none_match("*").send().await.unwrap();
    let first = capabilities.if_match(first.e_tag().unwrap());
    let again = write(b"again").if_none_match("*").send().await;
    assert_eq!(refusal(again), refused(FAILED.0, FAILED.1));
    assert_eq!(get(client, bucket, "write").await, b"first");
    write(b"second").if_match(&first).send().await.unwrap();
    let stale = write(b"third").if_match(&first).send().await;
    assert_eq!(refusal(stale), refused(FAILED.0, FAILED.1));
    assert_eq!(get(client, bucket, "write").await, b"second");
    if capabilities.is_embedded {
        let absent = client.put_object().bucket(bucket).key("absent").if_match(&first).send().await;
        assert_eq!(refusal(absent), refused(404, "NoSuchKey"));
        let both = write(b"x").if_match(&first).if_none_match("*").send().await;
        assert_eq!(refusal(both), refused(400, "InvalidRequest"));
    }
}

async fn one_of_many_creators_wins(client: &Client, bucket: &str) {
    for round in 0..5 {
        let key = format!("race/{round}");
        let writers = (0..16).map(|writer| {
            let (client, bucket, key) = (client.clone(), bucket.to_owned(), key.clone());
            tokio::spawn(async move {
                let body = ByteStream::from(format!("writer {writer}").into_bytes());
                let put = client.put_object().bucket(bucket).key(key).body(body).if_none_match("*");
                put.send().await.map(|_| writer)
            })
        });
        let mut winners = Vec::new();
        for writer in futures::future::join_all(writers).await {
            match writer.unwrap() {
                Ok(winner) => winners.push(winner),
                // 409 is allowed to a store that gives up instead of deciding.
                lost => assert!([409, 412].contains(&refusal(lost).0)),
            }
        }
        assert_eq!(winners.len(), 1, "round {round}: {winners:?}");
        let expected = format!("writer {}", winners[0]);
        assert_eq!(get(client, bucket, &key).await, expected.as_bytes());
    }
}

async fn compare_and_swap_loses_no_update(
    client: &Client,
    bucket: &str,
    capabilities: &Capabilities,
) {
    put(client, bucket, "counter", b"0").await;
    let unquoted = !capabilities.takes_quoted_if_match;
    // Whatever a store answers to the loser of a race, it must not lose the update of the winner.
    let is_strict = capabilities.is_strict;
    let workers = (0..4).map(|_| {
        let (client, bucket) = (client.clone(), bucket.to_owned());
        tokio::spawn(async move {
            let mut added = 0;
            while added < 5 {
                let got = client.get_object().bucket(&bucket).key("counter").send().await.unwrap();
                let mut etag = got.e_tag().unwrap().to_owned();
                if unquoted {
                    etag = etag.replace('"', "");
                }
                let count: u32 =
                    String::from_utf8(super::body(got).await).unwrap().parse().unwrap();
                let body = ByteStream::from((count + 1).to_string().into_bytes());
                let put = client.put_object().bucket(&bucket).key("counter").body(body);
                match put.if_match(etag).send().await {
                    Ok(_) => added += 1,
                    lost => assert!(!is_strict || [409, 412].contains(&refusal(lost).0)),
                }
            }
        })
    });
    for worker in futures::future::join_all(workers).await {
        worker.unwrap();
    }
    assert_eq!(get(client, bucket, "counter").await, b"20");
}
