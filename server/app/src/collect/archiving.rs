//! Takes an object's bytes into the archive: create only, and proven to be there.

use crate::services::Services;
use bytes::Bytes;
use orgtrail_cloud::archive::NewCopy;
use orgtrail_storage::sources::SourceRow;
use sha2::{Digest, Sha256};

/// S3's limit for keys, in bytes.
const KEY_BYTES_MAX: usize = 1024;

/// Hashing more than this would keep others from the thread.
const HASHED_HERE_MAX: usize = 256 << 10;

/// Where an object's bytes are kept.
#[derive(Clone, Debug)]
pub(super) struct Archived {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) sha256: [u8; 32],
}

/// What the archive's keys of a source's bucket begin with, but those of very long keys.
pub(crate) fn archive_folder(organization_id: i32, source_id: i32, bucket: &str) -> String {
    format!("organization/{organization_id}/source/{source_id}/{bucket}/")
}

/// The archive's key of a content: organization and source keep equal buckets apart, the hash keeps second
/// contents under one key apart.
fn archive_key(
    organization_id: i32,
    source_id: i32,
    bucket: &str,
    key: &str,
    sha256: &[u8; 32],
) -> String {
    let hash = hex::encode(sha256);
    let name = format!("{}{key}/{hash}", archive_folder(organization_id, source_id, bucket));
    if name.len() <= KEY_BYTES_MAX {
        return name;
    }
    let place = hex::encode(Sha256::digest(format!("{bucket}/{key}").as_bytes()));
    format!("organization/{organization_id}/source/{source_id}/by-hash/{place}/{hash}")
}

/// Archives the bytes. An adopted source's are where they should be already.
pub(super) async fn archive(
    services: &Services,
    source: &SourceRow,
    bucket: &str,
    key: &str,
    body: &Bytes,
    metadata: &[(String, String)],
) -> anyhow::Result<Archived> {
    let sha256 = hash(body).await?;
    if source.is_adopted {
        return Ok(Archived { bucket: bucket.to_owned(), key: key.to_owned(), sha256 });
    }
    let archive_key = archive_key(source.organization_id, source.source_id, bucket, key, &sha256);
    // Original metadata may hold characters that a header can't; what matters is in the database, too.
    let metadata = metadata
        .iter()
        .filter(|(name, value)| is_portable(name) && is_portable(value) && value.len() < 1500)
        .cloned()
        .collect();
    let copy = NewCopy { key: archive_key.clone(), body: body.clone(), sha256, metadata };
    services.archive.keep(copy).await?;
    Ok(Archived { bucket: services.archive.bucket().to_owned(), key: archive_key, sha256 })
}

async fn hash(body: &Bytes) -> anyhow::Result<[u8; 32]> {
    if body.len() <= HASHED_HERE_MAX {
        return Ok(Sha256::digest(body).into());
    }
    let body = body.clone();
    Ok(tokio::task::spawn_blocking(move || Sha256::digest(&body).into()).await?)
}

fn is_portable(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_organizations_and_sources_never_share_a_key() {
        let keys = [
            archive_key(1, 1, "b", "k", &[1; 32]),
            archive_key(1, 1, "b", "k", &[2; 32]),
            archive_key(1, 2, "b", "k", &[1; 32]),
            archive_key(2, 1, "b", "k", &[1; 32]),
            archive_key(1, 1, "b", &"k".repeat(1020), &[1; 32]),
            archive_key(1, 1, "b", &"j".repeat(1020), &[1; 32]),
        ];
        let distinct: std::collections::HashSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
        assert!(keys.iter().all(|key| key.len() <= KEY_BYTES_MAX));
    }
}
