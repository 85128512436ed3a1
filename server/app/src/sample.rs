//! The sample organization: loaded into the installation, delivered into its own store, and kept alive.

use crate::access::hash_password;
use crate::audit::{Deed, acting, load_deed};
use crate::installation::Installation;
use crate::services::{Services, SourceSettings};
use anyhow::Context;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use orgtrail_objectstore::{NewObject, ObjectStore};
use orgtrail_sample::{DeliveryState, PublicKey, Sample, SampleObject};
use orgtrail_shared::console::Role;
use orgtrail_storage::organizations::Origin;
use orgtrail_storage::sources::NewSource;
use orgtrail_storage::users::NewUser;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The same on every installation: the sample is the same organization everywhere.
const SEED: u64 = 20_261_120;

/// How many objects go into the store at once.
const PART: usize = 2_000;

/// What is remembered of the sample between runs.
#[derive(Serialize, Deserialize)]
struct SampleFile {
    seed: u64,
    anchor: DateTime<Utc>,
    state: Option<DeliveryState>,
}

/// A sign-in of the sample, as `DIR/demo/sign-ins.json` lists it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SampleSignIn {
    /// The sign-in name.
    pub name: String,
    /// The password, random for each data directory.
    pub password: String,
    /// The role.
    pub role: Role,
    /// The account of the principal.
    pub account: String,
}

/// The sample in an installation.
pub struct LoadedSample {
    sample: Arc<Sample>,
    file: PathBuf,
    remembered: SampleFile,
    store: ObjectStore,
    /// The people who can sign in.
    pub sign_ins: Vec<SampleSignIn>,
}

/// `DIR/demo`.
pub fn directory(data_directory: &Path) -> PathBuf {
    data_directory.join("demo")
}

impl LoadedSample {
    /// Loads the sample's organization, source and people; makes them at the first start.
    ///
    /// # Errors
    ///
    /// When the installation has no embedded store, or a part can't be written.
    pub async fn load(services: &Services, installation: &Installation) -> anyhow::Result<Self> {
        let (store, _) = installation
            .embedded_store
            .clone()
            .context("the demo delivers into the embedded store: leave out --archive")?;
        let directory = directory(&installation.data_directory);
        std::fs::create_dir_all(&directory)
            .with_context(|| format!("could not make {}", directory.display()))?;
        let file = directory.join("sample.json");
        let remembered = match std::fs::read_to_string(&file) {
            Ok(text) => serde_json::from_str(&text)
                .with_context(|| format!("could not read {}", file.display()))?,
            Err(_) => SampleFile { seed: SEED, anchor: services.clock.now(), state: None },
        };
        let key =
            services.secret("sample-trail-key", || Ok(orgtrail_sample::generate_key()?)).await?;
        let sample = Sample::new(remembered.seed, remembered.anchor, &key)?;
        let mut loaded =
            Self { sample: Arc::new(sample), file, remembered, store, sign_ins: Vec::new() };
        loaded.remember()?;
        let organization_id = loaded.load_model(services).await?;
        loaded.sign_ins = loaded.load_people(services, organization_id, &directory).await?;
        Ok(loaded)
    }

    fn remember(&self) -> anyhow::Result<()> {
        let text = serde_json::to_string(&self.remembered)?;
        crate::installation::write_private(&self.file, &text)
    }

    async fn load_model(&self, services: &Services) -> anyhow::Result<i32> {
        let now = services.clock.now();
        let organization = self.sample.organization();
        let known = services.database.organizations().await?;
        let changed =
            known.iter().find(|row| row.id == organization.id && row.origin == Origin::Local);
        if let Some(row) = changed {
            // Somebody has changed it here: what they made of it stays.
            return self.load_source(services, row.organization_id, now).await;
        }
        let deed = load_deed(&organization, "sample");
        let mut load = acting(services, None, "demo", &deed).await?;
        let loaded = load.load_organization(&organization, Origin::Sample, now).await?;
        load.commit_if(loaded.is_changed, Value::Null).await?;
        self.load_source(services, loaded.organization_id, now).await
    }

    async fn load_source(
        &self,
        services: &Services,
        organization_id: i32,
        now: DateTime<Utc>,
    ) -> anyhow::Result<i32> {
        let (trail, key) = (self.sample.trail(), self.sample.public_key());
        self.store.create_bucket(trail.bucket).await?;
        let settings = SourceSettings {
            region: trail.home_region.to_string(),
            is_embedded: true,
            ..SourceSettings::default()
        };
        let source = NewSource {
            organization_id,
            name: trail.name.to_owned(),
            kind: "s3",
            bucket: trail.bucket.to_owned(),
            prefix: trail.prefix.to_owned(),
            settings: serde_json::to_value(settings)?,
            credentials: None,
            public_keys: public_keys(&key),
            expects_digests: true,
            is_adopted: false,
            trail_began_at: Some(trail.began_at),
        };
        let deed =
            Deed::change("PutLogSource", json!({"name": source.name, "bucket": source.bucket}));
        let mut acting = acting(services, Some(organization_id), "demo", &deed).await?;
        let is_changed = acting.upsert_source(&source, now).await?.is_changed;
        acting.commit_if(is_changed, Value::Null).await?;
        Ok(organization_id)
    }

    /// Passwords are random for each data directory and are kept in a file that only we can read.
    async fn load_people(
        &self,
        services: &Services,
        organization_id: i32,
        directory: &Path,
    ) -> anyhow::Result<Vec<SampleSignIn>> {
        let file = directory.join("sign-ins.json");
        if let Ok(text) = std::fs::read_to_string(&file) {
            return serde_json::from_str(&text)
                .with_context(|| format!("could not read {}", file.display()));
        }
        let mut sign_ins = Vec::new();
        for user in self.sample.sign_ins() {
            let password = hex::encode(rand::random::<[u8; 8]>());
            let account =
                services.database.lookup_account(organization_id, user.account.as_str()).await?;
            let grant =
                if user.role == Role::Auditor { account.into_iter().collect() } else { Vec::new() };
            let new = NewUser {
                organization_id,
                name: user.name.to_owned(),
                password_hash: hash_password(password.clone()).await?,
                is_service: false,
                role: user.role,
                account_id: account,
                granted_accounts: grant,
                period: (None, None),
                expires_at: None,
            };
            let deed = Deed::change(
                "PutUser",
                json!({"userName": new.name, "role": new.role.name(), "accounts": [user.account]}),
            );
            let mut acting = acting(services, Some(organization_id), "demo", &deed).await?;
            acting.upsert_user(&new, services.clock.now()).await?;
            acting.commit(Value::Null).await?;
            sign_ins.push(SampleSignIn {
                name: user.name.to_owned(),
                password,
                role: user.role,
                account: user.account.to_string(),
            });
        }
        crate::installation::write_private(&file, &serde_json::to_string_pretty(&sign_ins)?)?;
        Ok(sign_ins)
    }

    /// Delivers what is due by now. The same slots give the same objects, so a pass that was cut off is repeated
    /// without a trace.
    ///
    /// # Errors
    ///
    /// When the store can't take the objects; the next pass delivers them.
    pub async fn deliver(&mut self, now: DateTime<Utc>) -> anyhow::Result<u64> {
        let (sample, mut state) =
            (self.sample.clone(), self.remembered.state.clone().unwrap_or_default());
        let (objects, state) = tokio::task::spawn_blocking(move || {
            let mut objects = Vec::new();
            sample.deliver(&mut state, now, &mut |object| objects.push(object));
            (objects, state)
        })
        .await?;
        let count = objects.len() as u64;
        let bucket = self.sample.trail().bucket;
        let mut objects = objects.into_iter().map(to_new_object).peekable();
        while objects.peek().is_some() {
            self.store.put_many(bucket, objects.by_ref().take(PART).collect()).await?;
        }
        self.remembered.state = Some(state);
        self.remember()?;
        Ok(count)
    }
}

/// An object of the sample as the embedded store takes it.
pub fn to_new_object(object: SampleObject) -> NewObject {
    NewObject {
        key: object.key,
        body: object.body.into(),
        content_type: Some(object.content_type.to_owned()),
        content_encoding: Some(object.content_encoding.to_owned()),
        metadata: object.metadata,
        last_modified: Some(object.delivered_at),
    }
}

/// The sample's key in the shape of `list-public-keys`.
pub fn public_keys(key: &PublicKey) -> Value {
    json!({"PublicKeyList": [{
        "Value": BASE64_STANDARD.encode(&key.der),
        "ValidityStartTime": key.valid_from,
        "ValidityEndTime": key.valid_to,
        "Fingerprint": key.fingerprint,
    }]})
}
