//! Ranges, of an object that is read at once and of one that is streamed.

use super::{Capabilities, delete_bucket, new_bucket, put, refusal, refused};
use aws_sdk_s3::Client;

pub(super) async fn check(client: &Client, capabilities: &Capabilities) {
    let bucket = new_bucket(client, "ranges").await;
    for length in [1000_u32, 3_000_000] {
        let bytes: Vec<u8> = (0..length).map(|index| (index / 3).to_le_bytes()[0]).collect();
        put(client, &bucket, "object", &bytes).await;
        let last = bytes.len() - 1;
        let half = bytes.len() / 2;
        for (range, start, end) in [
            ("bytes=0-0".to_owned(), 0, 0),
            ("bytes=0-9".to_owned(), 0, 9),
            (format!("bytes={half}-"), half, last),
            (format!("bytes={half}-{}", half + 299), half, half + 299),
            (format!("bytes={last}-"), last, last),
            ("bytes=-7".to_owned(), last - 6, last),
            ("bytes=5-99999999".to_owned(), 5, last),
            ("bytes=-99999999".to_owned(), 0, last),
        ] {
            let got = client
                .get_object()
                .bucket(&bucket)
                .key("object")
                .range(&range)
                .send()
                .await
                .unwrap();
            let expected = format!("bytes {start}-{end}/{length}");
            assert_eq!(got.content_range(), Some(expected.as_str()), "{range}");
            assert_eq!(got.content_length(), i64::try_from(end - start + 1).ok(), "{range}");
            assert!(super::body(got).await == bytes[start..=end], "{range} of {length}");
        }
        let empty = capabilities.is_strict.then(|| "bytes=-0".to_owned());
        for range in [format!("bytes={length}-")].into_iter().chain(empty) {
            let outside =
                client.get_object().bucket(&bucket).key("object").range(&range).send().await;
            assert_eq!(refusal(outside), refused(416, "InvalidRange"), "{range}");
        }
    }
    put(client, &bucket, "empty", b"").await;
    let nothing = client.get_object().bucket(&bucket).key("empty").range("bytes=0-").send().await;
    if capabilities.is_strict {
        assert_eq!(refusal(nothing), refused(416, "InvalidRange"));
    }
    delete_bucket(client, &bucket).await;
}
