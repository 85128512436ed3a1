//! What everything in the server shares.

use crate::access::{CodeThrottle, FailureLimit, Providers, Rules};
use crate::audit::{Journal, Looks};
use crate::grams::GramsReader;
use crate::installation::Installation;
use crate::master_key::MasterKey;
use crate::records::RecordReader;
use crate::search::Answers;
use anyhow::Context;
use async_trait::async_trait;
use orgtrail_authz::Engine;
use orgtrail_cloud::archive::Archive;
use orgtrail_cloud::credentials::{StoreAccess, s3_client};
use orgtrail_cloud::endpoint::check_endpoint;
use orgtrail_cloud::error::Result as CloudResult;
use orgtrail_cloud::objects::{
    Depth, DirectorySource, FetchedObject, Listing, ObjectSource, S3Source,
};
use orgtrail_cloud::queue::{Queue, region_of};
use orgtrail_domain::clock::Clock;
use orgtrail_domain::index_keys::ResourceHasher;
use orgtrail_storage::Database;
use orgtrail_storage::dictionary::Dictionary;
use orgtrail_storage::events::{FilterNeeds, SegmentCache};
use orgtrail_storage::sources::SourceRow;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// How many bytes of decoded segments are remembered: about ten million events.
const SEGMENT_CACHE_BYTES: usize = 256 << 20;

/// How many refusals of one person are recorded in a minute, before they have to wait.
const REFUSALS_PER_MINUTE: u32 = 120;

/// How many refusals of one stranger are recorded in a minute.
const STRANGERS_PER_MINUTE: u32 = 10;

/// How long they have to wait.
const REFUSAL_PAUSE: Duration = Duration::from_mins(1);

/// The shared parts. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    /// The database.
    pub database: Database,
    /// The archive.
    pub archive: Archive,
    /// How the archive's store is reached.
    pub store_access: StoreAccess,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Seals secrets.
    pub master_key: Arc<MasterKey>,
    /// Ids of texts.
    pub dictionary: Arc<Dictionary>,
    /// Hashes resources under the installation's key.
    pub hasher: ResourceHasher,
    /// Tells which log files can't hold a text.
    pub grams: Arc<GramsReader>,
    /// Reads records back from the archive.
    pub records: Arc<RecordReader>,
    /// Remembers decoded segments.
    pub segments: SegmentCache,
    /// How searches were answered.
    pub answers: Arc<Answers>,
    /// Hosts that endpoints may name although they are not public.
    pub allowed_endpoints: Arc<Vec<String>>,
    /// Who may do what.
    pub authorization: Arc<Engine>,
    /// Limits guesses of codes.
    pub codes: Arc<CodeThrottle>,
    /// Limits refusals, which are recorded each, by person.
    pub refusals: Arc<FailureLimit<i32>>,
    /// Limits how often somebody of a provider is refused, which is recorded each time.
    pub strangers: Arc<FailureLimit<Uuid>>,
    /// What organizations forbid.
    pub rules: Arc<Rules>,
    /// The identity providers that were asked.
    pub providers: Arc<Providers>,
    /// What was asked lately.
    pub looks: Arc<Looks>,
    /// Takes acts when the database can't.
    pub journal: Arc<Journal>,
}

/// The settings of an S3 source, without its secret.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SourceSettings {
    /// The endpoint; AWS's own when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The Region.
    #[serde(default)]
    pub region: String,
    /// A role to assume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    /// The external id that the role demands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// A profile of the AWS configuration files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Whether the bucket is in the installation's own embedded store, whose address changes.
    #[serde(default)]
    pub is_embedded: bool,
    /// Whether the source is read by `orgtrail import` only, and not again by jobs.
    #[serde(default)]
    pub is_one_time: bool,
    /// The bucket that a directory's files were copied from, so that digests find them by their own names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_bucket: Option<String>,
    /// The queue that tells of new objects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_url: Option<String>,
    /// The queue's Region, when it isn't the source's and the URL doesn't tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_region: Option<String>,
}

impl SourceSettings {
    /// The settings of a source.
    ///
    /// # Errors
    ///
    /// When they have another shape.
    pub fn of(source: &SourceRow) -> anyhow::Result<Self> {
        serde_json::from_value(source.settings.clone())
            .with_context(|| format!("the settings of the source `{}` can't be read", source.name))
    }

    /// Whether jobs read and compare a source, and not only a command.
    pub(crate) fn is_regular(source: &SourceRow) -> bool {
        source.kind != "loose" && Self::of(source).is_ok_and(|settings| !settings.is_one_time)
    }
}

impl Services {
    /// Puts the services of an installation together.
    ///
    /// # Errors
    ///
    /// When the installation's keys can't be read or made.
    pub async fn new(
        installation: &Installation,
        clock: Arc<dyn Clock>,
        allowed_endpoints: Vec<String>,
    ) -> anyhow::Result<Self> {
        let database = installation.database.clone();
        let make = || Ok(rand::random::<[u8; 16]>().to_vec());
        let key =
            secret(&database, &installation.master_key, "resource-hash", make, &*clock).await?;
        let key: [u8; 16] =
            key.try_into().map_err(|_| anyhow::anyhow!("the resource key has another length"))?;
        Ok(Self {
            records: Arc::new(RecordReader::new(database.clone(), installation.archive.clone())),
            grams: Arc::new(GramsReader::new(database.clone())),
            segments: SegmentCache::new(SEGMENT_CACHE_BYTES),
            answers: Arc::default(),
            database,
            archive: installation.archive.clone(),
            store_access: installation.store_access.clone(),
            clock,
            master_key: installation.master_key.clone(),
            dictionary: Arc::new(Dictionary::default()),
            hasher: ResourceHasher::new(key),
            allowed_endpoints: Arc::new(allowed_endpoints),
            authorization: Arc::new(Engine::new()?),
            codes: Arc::default(),
            refusals: Arc::new(FailureLimit::new(REFUSALS_PER_MINUTE, REFUSAL_PAUSE)),
            strangers: Arc::new(FailureLimit::new(STRANGERS_PER_MINUTE, REFUSAL_PAUSE)),
            rules: Arc::default(),
            providers: Arc::default(),
            looks: Arc::default(),
            journal: Arc::new(Journal::new(&installation.data_directory)),
        })
    }

    /// What resolving a query needs.
    pub fn filter_needs(&self) -> FilterNeeds {
        FilterNeeds { hasher: self.hasher }
    }

    /// A secret of the installation, made when there is none.
    ///
    /// # Errors
    ///
    /// When it was sealed under another master key.
    pub async fn secret(
        &self,
        name: &str,
        make: impl FnOnce() -> anyhow::Result<Vec<u8>>,
    ) -> anyhow::Result<Vec<u8>> {
        secret(&self.database, &self.master_key, name, make, &*self.clock).await
    }

    /// What lies in a bucket of the archive's store, to be listed.
    pub async fn stored_objects(&self, bucket: &str) -> S3Source {
        S3Source::new(s3_client(&self.store_access).await, bucket.to_owned())
    }

    /// Opens a source for reading.
    ///
    /// # Errors
    ///
    /// When its settings are wrong, its credentials can't be opened, or its endpoint is refused.
    pub async fn open_source(&self, source: &SourceRow) -> anyhow::Result<Arc<dyn ObjectSource>> {
        let settings = SourceSettings::of(source)?;
        if source.kind == "directory" {
            let root = PathBuf::from(&source.bucket);
            return Ok(match settings.original_bucket {
                Some(bucket) => Arc::new(DirectorySource::with_bucket(root, bucket)),
                None => Arc::new(DirectorySource::new(root)),
            });
        }
        if settings.is_embedded {
            let client = s3_client(&self.store_access).await;
            let listing = S3Source::new(client, source.bucket.clone());
            return Ok(Arc::new(EmbeddedSource { archive: self.archive.clone(), listing }));
        }
        if let Some(endpoint) = &settings.endpoint {
            check_endpoint(endpoint, &self.allowed_endpoints).await?;
        }
        let access = self.access_of(source, settings)?;
        Ok(Arc::new(S3Source::new(s3_client(&access).await, source.bucket.clone())))
    }

    /// Opens another bucket with a source's credentials, at the source's endpoint.
    ///
    /// # Errors
    ///
    /// As [`Services::open_source`].
    pub async fn open_bucket(
        &self,
        source: &SourceRow,
        bucket: &str,
    ) -> anyhow::Result<Arc<dyn ObjectSource>> {
        let mut settings = SourceSettings::of(source)?;
        settings.original_bucket = None;
        let other = SourceRow {
            kind: "s3".to_owned(),
            bucket: bucket.to_owned(),
            settings: serde_json::to_value(settings)?,
            ..source.clone()
        };
        self.open_source(&other).await
    }

    /// Opens the queue that tells of a source's new objects, with the source's credentials.
    ///
    /// # Errors
    ///
    /// As [`Services::open_source`].
    pub async fn open_queue(&self, source: &SourceRow, url: &str) -> anyhow::Result<Queue> {
        let settings = SourceSettings::of(source)?;
        let (region, endpoint) = if let Some(region) = region_of(url) {
            (Some(region.to_owned()), None)
        } else {
            check_endpoint(url, &self.allowed_endpoints).await?;
            // The queue's own host is asked, without the path that names the queue.
            let endpoint: Vec<&str> = url.splitn(4, '/').take(3).collect();
            (None, Some(endpoint.join("/")))
        };
        let region = settings.queue_region.clone().or(region);
        let mut access = self.access_of(source, settings)?;
        access.endpoint = endpoint;
        access.region = region.unwrap_or(access.region);
        Ok(Queue::open(&access, url.to_owned()).await)
    }

    fn access_of(
        &self,
        source: &SourceRow,
        settings: SourceSettings,
    ) -> anyhow::Result<StoreAccess> {
        let keys = match &source.credentials {
            Some(sealed) => {
                let name = format!("source-credentials-{}-{}", source.organization_id, source.name);
                let text = String::from_utf8(self.master_key.open(&name, sealed)?)?;
                text.split_once('\n').map(|(id, secret)| (id.to_owned(), secret.to_owned()))
            }
            None => None,
        };
        Ok(StoreAccess {
            endpoint: settings.endpoint,
            region: settings.region,
            keys,
            profile: settings.profile,
            role_arn: settings.role_arn,
            external_id: settings.external_id,
        })
    }
}

/// A bucket of the embedded store, which holds the archive, too: what reads one reads the other.
struct EmbeddedSource {
    archive: Archive,
    listing: S3Source,
}

#[async_trait]
impl ObjectSource for EmbeddedSource {
    fn bucket(&self) -> &str {
        self.listing.bucket()
    }

    async fn list(&self, prefix: &str, depth: Depth, next: Option<&str>) -> CloudResult<Listing> {
        self.listing.list(prefix, depth, next).await
    }

    async fn fetch(&self, key: &str, bytes_max: u64) -> CloudResult<FetchedObject> {
        self.archive.get(self.bucket(), key, bytes_max).await
    }
}

async fn secret(
    database: &Database,
    master_key: &MasterKey,
    name: &str,
    make: impl FnOnce() -> anyhow::Result<Vec<u8>>,
    clock: &dyn Clock,
) -> anyhow::Result<Vec<u8>> {
    let (key_id, sealed) = if let Some(found) = database.lookup_secret(name).await? {
        found
    } else {
        let sealed = master_key.seal(name, &make()?)?;
        database.insert_secret(name, master_key.id(), &sealed, clock.now()).await?
    };
    master_key.open(name, &sealed).with_context(|| {
        format!(
            "the secret is sealed under the master key {key_id}, and this one is {}",
            master_key.id()
        )
    })
}
