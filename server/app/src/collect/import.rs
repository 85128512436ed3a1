//! Import of loose files: whatever wrapping, whatever name.

use super::pass::{Collector, PassSummary, listed};
use crate::services::Services;
use bytes::Bytes;
use orgtrail_cloud::objects::{FetchedObject, ObjectSource};
use orgtrail_domain::log_key::ObjectKind;
use orgtrail_storage::sources::{NewSource, SourceRow};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// The name of the source of imported files.
pub const IMPORTED: &str = "imported files";

/// What an import did.
pub type ImportSummary = PassSummary;

/// A file to be imported.
#[derive(Clone, Debug)]
pub struct LooseFile {
    /// Where it comes from: a directory or bucket.
    pub place: String,
    /// Its path or key there.
    pub name: String,
    /// Its bytes.
    pub body: Bytes,
}

/// A file's name is all that a loose source has; its bytes come with it.
struct Nowhere(String);

#[async_trait::async_trait]
impl ObjectSource for Nowhere {
    fn bucket(&self) -> &str {
        &self.0
    }
    async fn list(
        &self,
        _: &str,
        _: orgtrail_cloud::objects::Depth,
        _: Option<&str>,
    ) -> orgtrail_cloud::error::Result<orgtrail_cloud::objects::Listing> {
        Ok(orgtrail_cloud::objects::Listing::default())
    }
    async fn fetch(&self, key: &str, _: u64) -> orgtrail_cloud::error::Result<FetchedObject> {
        Err(orgtrail_cloud::error::CloudError::NotFound(key.to_owned()))
    }
}

/// Imports loose files. The same bytes under the same name are known and change nothing.
///
/// # Errors
///
/// When the database or archive fails; what was committed stays, and the import may be repeated.
pub async fn import_loose(
    services: &Services,
    organization_id: i32,
    files: Vec<LooseFile>,
    summary: &mut ImportSummary,
) -> anyhow::Result<()> {
    let source = loose_source(services, organization_id).await?;
    for file in files {
        let objects: Arc<dyn ObjectSource> = Arc::new(Nowhere(file.place));
        let collector = Collector::new(services, &source, objects)?;
        // The content names the version: another content under the same name is another file.
        let etag = hex::encode(Sha256::digest(&file.body));
        let object = listed(file.name, file.body.len() as u64, etag);
        let observation = super::discover::observe(&source, collector.objects.bucket(), &object);
        if services.database.unknown_observations(&[observation]).await? != [true] {
            continue;
        }
        let fetched =
            FetchedObject { object, version: String::new(), metadata: Vec::new(), body: file.body };
        let new = collector.take_in(ObjectKind::Foreign, fetched).await?;
        collector.commit(vec![new], &[], summary).await?;
    }
    Ok(())
}

/// Takes in one object of a source of our own, whose bytes are here, as one of an account. No trail delivers it, so no digest
/// is expected to list it. The caller knows that it is new.
///
/// # Errors
///
/// When the database or archive fails; nothing was taken in.
pub(crate) async fn take_in_bytes(
    services: &Services,
    source: &SourceRow,
    account: &str,
    (key, body): (String, Bytes),
) -> anyhow::Result<PassSummary> {
    let objects: Arc<dyn ObjectSource> = Arc::new(Nowhere(source.bucket.clone()));
    let collector = Collector::new(services, source, objects)?;
    let etag = hex::encode(Sha256::digest(&body));
    let object = listed(key, body.len() as u64, etag);
    let fetched = FetchedObject { object, version: String::new(), metadata: Vec::new(), body };
    let mut new = collector.take_in(ObjectKind::Foreign, fetched).await?;
    let (worker, accounts) = (services.database.worker(), [account.to_owned()]);
    let ids = services.dictionary.accounts(worker, source.organization_id, &accounts).await?;
    new.account_id = ids.first().copied();
    let mut summary = PassSummary::default();
    collector.commit(vec![new], &[], &mut summary).await?;
    Ok(summary)
}

async fn loose_source(services: &Services, organization_id: i32) -> anyhow::Result<SourceRow> {
    let source = NewSource {
        organization_id,
        name: IMPORTED.to_owned(),
        kind: "loose",
        bucket: "imported".to_owned(),
        prefix: String::new(),
        settings: serde_json::json!({}),
        credentials: None,
        public_keys: serde_json::json!({"PublicKeyList": []}),
        expects_digests: false,
        is_adopted: false,
        trail_began_at: None,
    };
    Ok(services.database.ensure_own_source(&source, services.clock.now()).await?)
}
