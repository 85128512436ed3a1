//! An installation that a step works with.

use crate::Places;
use crate::generate::About;
use anyhow::Context;
use orgtrail_domain::clock::{Clock, SystemClock};
use orgtrail_domain::organization::OrganizationFile;
use orgtrail_server::audit::{Actor, Deed};
use orgtrail_server::installation::{Installation, Purpose};
use orgtrail_server::services::{Services, SourceSettings};
use orgtrail_storage::audit::Acting;
use orgtrail_storage::organizations::Origin;
use orgtrail_storage::sources::{NewSource, SourceRow};
use serde_json::Value;
use std::sync::Arc;

pub(crate) struct Opened {
    pub(crate) about: About,
    pub(crate) installation: Installation,
    pub(crate) services: Services,
    pub(crate) organization_id: i32,
}

/// What the benchmark changes is recorded like everything else.
pub(crate) async fn acting(
    services: &Services,
    organization_id: Option<i32>,
) -> anyhow::Result<Acting> {
    let deed = Deed::change("Benchmark", Value::Null);
    let act = Actor::operator(organization_id, "bench").act(services.clock.now(), &deed);
    Ok(services.database.act(act).await?)
}

impl Opened {
    pub(crate) async fn new(places: &Places) -> anyhow::Result<Self> {
        let about = About::read(&places.input)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let installation =
            Installation::open(&places.installation, &places.data, Purpose::Server, clock.clone())
                .await?;
        let services = Services::new(&installation, clock, Vec::new()).await?;
        let organization = OrganizationFile::parse(&about.organization.to_string())?;
        let now = services.clock.now();
        let mut acting = acting(&services, None).await?;
        let loaded = acting.load_organization(&organization, Origin::Sample, now).await?;
        acting.commit_if(loaded.is_changed, Value::Null).await?;
        let organization_id = loaded.organization_id;
        Ok(Self { about, installation, services, organization_id })
    }

    /// One of the folders of the input as a source that is taken in once.
    pub(crate) async fn source(&self, places: &Places, folder: &str) -> anyhow::Result<SourceRow> {
        self.any_source(places, folder, true).await
    }

    /// One of the folders of the input as a source that jobs follow.
    pub(crate) async fn followed(
        &self,
        places: &Places,
        folder: &str,
    ) -> anyhow::Result<SourceRow> {
        self.any_source(places, folder, false).await
    }

    async fn any_source(
        &self,
        places: &Places,
        folder: &str,
        is_one_time: bool,
    ) -> anyhow::Result<SourceRow> {
        let settings = SourceSettings {
            original_bucket: Some(self.about.bucket.clone()),
            is_one_time,
            ..SourceSettings::default()
        };
        let source = NewSource {
            organization_id: self.organization_id,
            name: folder.to_owned(),
            kind: "directory",
            bucket: places.input.join(folder).display().to_string(),
            prefix: String::new(),
            settings: serde_json::to_value(settings)?,
            credentials: None,
            public_keys: self.about.public_keys.clone(),
            expects_digests: true,
            is_adopted: false,
            trail_began_at: Some(self.about.began_at),
        };
        let database = &self.services.database;
        let mut acting = acting(&self.services, Some(self.organization_id)).await?;
        let kept = acting.upsert_source(&source, self.services.clock.now()).await?;
        acting.commit_if(kept.is_changed, Value::Null).await?;
        let source_id = kept.source_id;
        let sources = database.sources().await?;
        sources.into_iter().find(|found| found.source_id == source_id).context("no such source")
    }

    pub(crate) async fn close(self) {
        drop(self.services);
        self.installation.close().await;
    }
}
