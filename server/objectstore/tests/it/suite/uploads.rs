//! Listings of parts and of unfinished uploads.

use super::{delete_bucket, new_bucket};
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;

pub(super) async fn check(client: &Client) {
    let bucket = new_bucket(client, "uploads").await;
    let mut ids = Vec::new();
    for key in ["a/1", "a/2", "a/2", "b", "c/1"] {
        let created =
            client.create_multipart_upload().bucket(&bucket).key(key).send().await.unwrap();
        ids.push((key, created.upload_id().unwrap().to_owned()));
    }
    parts_are_listed_in_pages(client, &bucket, "b", &ids[3].1).await;
    uploads_are_listed_in_pages(client, &bucket, &ids).await;
    uploads_are_grouped(client, &bucket).await;
    for (key, id) in ids {
        client
            .abort_multipart_upload()
            .bucket(&bucket)
            .key(key)
            .upload_id(id)
            .send()
            .await
            .unwrap();
    }
    let left = client.list_multipart_uploads().bucket(&bucket).send().await.unwrap();
    assert_eq!(left.uploads(), []);
    delete_bucket(client, &bucket).await;
}

async fn parts_are_listed_in_pages(client: &Client, bucket: &str, key: &str, id: &str) {
    for number in [1, 2, 5, 9, 10_000] {
        let upload = client.upload_part().bucket(bucket).key(key).upload_id(id).part_number(number);
        upload.body(ByteStream::from(number.to_string().into_bytes())).send().await.unwrap();
    }
    let (mut listed, mut marker) = (Vec::new(), None);
    loop {
        let page = client.list_parts().bucket(bucket).key(key).upload_id(id).max_parts(2);
        let page = page.set_part_number_marker(marker).send().await.unwrap();
        listed.extend(
            page.parts().iter().map(|part| (part.part_number().unwrap(), part.size().unwrap())),
        );
        if page.is_truncated() != Some(true) {
            break;
        }
        marker = page.next_part_number_marker().map(str::to_owned);
    }
    assert_eq!(listed, [(1, 1), (2, 1), (5, 1), (9, 1), (10_000, 5)]);
}

async fn uploads_are_listed_in_pages(client: &Client, bucket: &str, ids: &[(&str, String)]) {
    for size in 1..=5 {
        let (mut listed, mut key_marker, mut id_marker) = (Vec::new(), None, None);
        loop {
            let page = client.list_multipart_uploads().bucket(bucket).max_uploads(size);
            let page = page.set_key_marker(key_marker).set_upload_id_marker(id_marker);
            let page = page.send().await.unwrap();
            assert!(page.uploads().len() <= usize::try_from(size).unwrap());
            for upload in page.uploads() {
                listed.push((
                    upload.key().unwrap().to_owned(),
                    upload.upload_id().unwrap().to_owned(),
                ));
            }
            if page.is_truncated() != Some(true) {
                break;
            }
            key_marker = page.next_key_marker().map(str::to_owned);
            id_marker = page.next_upload_id_marker().map(str::to_owned);
        }
        assert!(listed.is_sorted_by_key(|(key, _)| key.clone()), "{size}");
        let mut expected: Vec<(String, String)> =
            ids.iter().map(|(key, id)| ((*key).to_owned(), id.clone())).collect();
        expected.sort();
        listed.sort();
        assert_eq!(listed, expected, "pages of {size}");
    }
}

async fn uploads_are_grouped(client: &Client, bucket: &str) {
    let list = || client.list_multipart_uploads().bucket(bucket);
    let grouped = list().delimiter("/").send().await.unwrap();
    let prefixes: Vec<&str> =
        grouped.common_prefixes().iter().map(|found| found.prefix().unwrap()).collect();
    let keys: Vec<&str> = grouped.uploads().iter().map(|found| found.key().unwrap()).collect();
    assert_eq!((prefixes, keys), (vec!["a/", "c/"], vec!["b"]));
    let inside = list().prefix("a/").delimiter("/").send().await.unwrap();
    assert_eq!((inside.uploads().len(), inside.common_prefixes().len()), (3, 0));
    let behind = list().key_marker("a/2").send().await.unwrap();
    assert_eq!(behind.uploads().len(), 2);
}
