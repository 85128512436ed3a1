//! A bucket as a source.

use super::{Depth, FetchedObject, ListedObject, Listing, ObjectSource, Skipped};
use crate::error::{CloudError, Result};
use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Region;
use aws_sdk_s3::primitives::DateTime as AwsTime;
use chrono::{DateTime, Utc};
use std::sync::{Arc, OnceLock};

/// A bucket as a source. When the store says that the bucket is in another Region, it is read there.
#[derive(Clone, Debug)]
pub struct S3Source {
    client: Client,
    bucket: String,
    /// The client of the Region that the store has named.
    moved: Arc<OnceLock<(String, Client)>>,
}

impl S3Source {
    /// A source that reads `bucket`.
    pub fn new(client: Client, bucket: String) -> Self {
        Self { client, bucket, moved: Arc::default() }
    }

    fn client(&self) -> &Client {
        self.moved.get().map_or(&self.client, |(_, client)| client)
    }

    /// Follows a redirect, once: a store that sends us on and on is not followed.
    fn follow(&self, error: CloudError) -> Result<&Client> {
        let CloudError::WrongRegion { region: Some(region), .. } = &error else {
            return Err(error);
        };
        if self.moved.get().is_some_and(|(moved, _)| moved == region) {
            return Err(error);
        }
        let config = self.client.config().to_builder().region(Region::new(region.clone())).build();
        let (moved, client) =
            self.moved.get_or_init(|| (region.clone(), Client::from_conf(config)));
        if moved != region {
            return Err(error);
        }
        tracing::warn!(bucket = %self.bucket, %region, "the bucket is in another Region; it is read there");
        Ok(client)
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
        match self.list_by(self.client(), prefix, depth, next).await {
            Err(error @ CloudError::WrongRegion { .. }) => {
                self.list_by(self.follow(error)?, prefix, depth, next).await
            }
            answer => answer,
        }
    }

    async fn fetch(&self, key: &str, bytes_max: u64) -> Result<FetchedObject> {
        match self.fetch_by(self.client(), key, bytes_max).await {
            Err(error @ CloudError::WrongRegion { .. }) => {
                self.fetch_by(self.follow(error)?, key, bytes_max).await
            }
            answer => answer,
        }
    }

    fn remark(&self) -> Option<String> {
        let (region, _) = self.moved.get()?;
        Some(format!("the bucket is in {region}: set `region` of the source to it"))
    }
}

impl S3Source {
    async fn list_by(
        &self,
        client: &Client,
        prefix: &str,
        depth: Depth,
        next: Option<&str>,
    ) -> Result<Listing> {
        let what = format!("could not list s3://{}/{prefix}", self.bucket);
        let answer = client
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(prefix)
            .set_delimiter((depth == Depth::One).then(|| "/".to_owned()))
            .set_continuation_token(next.map(str::to_owned))
            .send()
            .await
            .map_err(|error| CloudError::from_sdk(&what, error))?;
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
        let next = answer.next_continuation_token().filter(|_| is_truncated).map(str::to_owned);
        if is_truncated && next.is_none() {
            let reason = "the listing is cut off and says not where it goes on".to_owned();
            return Err(CloudError::Other { what, reason });
        }
        Ok(Listing {
            objects: objects.collect(),
            folders: folders.collect(),
            next,
            skipped: Skipped::default(),
        })
    }

    async fn fetch_by(&self, client: &Client, key: &str, bytes_max: u64) -> Result<FetchedObject> {
        let what = format!("could not fetch s3://{}/{key}", self.bucket);
        let answer = client
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
