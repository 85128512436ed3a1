//! A bucket as a source.

use super::{Depth, FetchedObject, ListedObject, Listing, ObjectSource};
use crate::error::{CloudError, Result};
use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::DateTime as AwsTime;
use chrono::{DateTime, Utc};

/// A bucket as a source.
#[derive(Clone, Debug)]
pub struct S3Source {
    client: Client,
    bucket: String,
}

impl S3Source {
    /// A source that reads `bucket`.
    pub fn new(client: Client, bucket: String) -> Self {
        Self { client, bucket }
    }
}

pub(crate) fn to_chrono(time: Option<&AwsTime>) -> Option<DateTime<Utc>> {
    time.and_then(|time| DateTime::from_timestamp(time.secs(), 0))
}

pub(crate) fn bare_etag(etag: Option<&str>) -> String {
    etag.unwrap_or_default().trim_matches('"').to_owned()
}

#[async_trait]
impl ObjectSource for S3Source {
    fn bucket(&self) -> &str {
        &self.bucket
    }

    async fn list(&self, prefix: &str, depth: Depth, next: Option<&str>) -> Result<Listing> {
        let what = format!("could not list s3://{}/{prefix}", self.bucket);
        let answer = self
            .client
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(prefix)
            .set_delimiter((depth == Depth::One).then(|| "/".to_owned()))
            .set_continuation_token(next.map(str::to_owned))
            .send()
            .await
            .map_err(|error| CloudError::from_sdk(what, error))?;
        let objects = answer.contents().iter().filter_map(|object| {
            Some(ListedObject {
                key: object.key()?.to_owned(),
                size: u64::try_from(object.size().unwrap_or(0)).unwrap_or(0),
                etag: bare_etag(object.e_tag()),
                last_modified: to_chrono(object.last_modified()),
            })
        });
        let folders =
            answer.common_prefixes().iter().filter_map(|folder| folder.prefix().map(str::to_owned));
        let is_truncated = answer.is_truncated().unwrap_or(false);
        Ok(Listing {
            objects: objects.collect(),
            folders: folders.collect(),
            next: answer.next_continuation_token().filter(|_| is_truncated).map(str::to_owned),
        })
    }

    async fn fetch(&self, key: &str, bytes_max: u64) -> Result<FetchedObject> {
        let what = format!("could not fetch s3://{}/{key}", self.bucket);
        let answer = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .send()
            .await
            .map_err(|error| CloudError::from_sdk(&what, error))?;
        let size = u64::try_from(answer.content_length().unwrap_or(0)).unwrap_or(0);
        if size > bytes_max {
            return Err(CloudError::TooLarge { what, size, limit: bytes_max });
        }
        let mut metadata: Vec<(String, String)> = answer
            .metadata()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        metadata.sort();
        let object = ListedObject {
            key: key.to_owned(),
            size,
            etag: bare_etag(answer.e_tag()),
            last_modified: to_chrono(answer.last_modified()),
        };
        let version =
            answer.version_id().filter(|version| *version != "null").unwrap_or_default().to_owned();
        let body = answer
            .body
            .collect()
            .await
            .map_err(|error| CloudError::Unreachable {
                what: what.clone(),
                reason: error.to_string(),
            })?
            .into_bytes();
        if body.len() as u64 != size {
            let reason = format!("{} of {size} bytes arrived", body.len());
            return Err(CloudError::Unreachable { what, reason });
        }
        Ok(FetchedObject { object, version, metadata, body })
    }
}
