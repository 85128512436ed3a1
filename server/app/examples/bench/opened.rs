//! An installation that a step works with.

use crate::Places;
use crate::generate::About;
use anyhow::Context;
use orgtrail_domain::clock::{Clock, SystemClock};
use orgtrail_domain::organization::OrganizationFile;
use orgtrail_server::installation::{Installation, Purpose};
use orgtrail_server::services::{Services, SourceSettings};
use orgtrail_storage::organizations::Origin;
use orgtrail_storage::sources::{NewSource, SourceRow};
use std::sync::Arc;

pub(crate) struct Opened {
    pub(crate) about: About,
    pub(crate) installation: Installation,
    pub(crate) services: Services,
    pub(crate) organization_id: i32,
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
        let organization_id = services
            .database
            .load_organization(&organization, Origin::Sample, services.clock.now())
            .await?;
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
        let source_id = database.upsert_source(&source, self.services.clock.now()).await?;
        let sources = database.sources().await?;
        sources.into_iter().find(|found| found.source_id == source_id).context("no such source")
    }

    pub(crate) async fn close(self) {
        drop(self.services);
        self.installation.close().await;
    }
}
