//! A small organization, and objects and events to put into its index.

use super::database;
use crate::Database;
use crate::acted;
use crate::copy::EventRow;
use crate::database::Scope;
use crate::dictionary::{Dictionary, PrincipalTerm, Term, TermField};
use crate::log_objects::{Committed, NewObject, ObjectClass, Observation};
use crate::organizations::Origin;
use crate::sources::NewSource;
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_domain::index_keys::{ResourceHasher, access_key_bits};
use orgtrail_domain::organization::OrganizationFile;
use orgtrail_domain::record::{IndexedRecord, to_index_time};
use orgtrail_shared::event::Access;
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use uuid::Uuid;

/// The time at which tests happen: 2026-11-20, noon.
pub const NOON: DateTime<Utc> =
    DateTime::from_timestamp(1_795_176_000, 0).expect("a time in range");

/// The accounts of [`World`]: the management account, one in the unit `ou-abcd-11111111`, one in the unit below.
pub const ACCOUNTS: [&str; 3] = ["111111111111", "222222222222", "333333333333"];

/// How [`World::rows`] hashes resources.
pub static HASHER: std::sync::LazyLock<ResourceHasher> =
    std::sync::LazyLock::new(|| ResourceHasher::new([7; 16]));

const ORGANIZATION: &str = r#"{"id": "o-aaaaaaaaaa", "name": "World", "management_account": "111111111111",
    "units": [{"id": "r-abcd", "name": "Root"},
        {"id": "ou-abcd-11111111", "parent": "r-abcd", "name": "Production"},
        {"id": "ou-abcd-22222222", "parent": "ou-abcd-11111111", "name": "Payments"}],
    "accounts": [
        {"id": "111111111111", "name": "manage", "unit": "r-abcd",
            "memberships": [{"joined_at": "2020-01-01T00:00:00Z", "left_at": null}]},
        {"id": "222222222222", "name": "web", "unit": "ou-abcd-11111111",
            "memberships": [{"joined_at": "2021-01-01T00:00:00Z", "left_at": null}]},
        {"id": "333333333333", "name": "pay", "unit": "ou-abcd-22222222",
            "memberships": [{"joined_at": "2022-01-01T00:00:00Z", "left_at": null}]}],
    "delegated_administrators": [{"account": "222222222222", "enabled_at": "2021-06-01T00:00:00Z"}]}"#;

/// A database with one organization and one log source, reached by the application's roles.
#[derive(Debug)]
pub struct World {
    /// The database as the product uses it.
    pub database: Database,
    /// A pool of the owner, who may do everything.
    pub owner: PgPool,
    /// How the owner connects.
    pub options: PgConnectOptions,
    /// The organization.
    pub organization_id: i32,
    /// Its log source.
    pub source_id: i32,
    /// The numbers of [`ACCOUNTS`].
    pub accounts: [i32; 3],
    /// The dictionary of the rows.
    pub dictionary: Dictionary,
}

/// Makes a database with an organization of three accounts and a source.
///
/// # Panics
///
/// When the test server can't be reached.
pub async fn world() -> World {
    let test = database().await;
    let database = Database::connect(test.options.clone()).await.expect("the roles are there");
    let file: OrganizationFile = OrganizationFile::parse(ORGANIZATION).expect("the file is right");
    let organization_id = acted!(database, load_organization(&file, Origin::Local, NOON))
        .expect("the organization is loaded")
        .organization_id;
    let source = NewSource {
        organization_id,
        name: "source".to_owned(),
        kind: "s3",
        bucket: "bucket".to_owned(),
        prefix: String::new(),
        settings: serde_json::json!({}),
        credentials: None,
        public_keys: serde_json::json!({"PublicKeyList": []}),
        expects_digests: true,
        is_adopted: false,
        trail_began_at: None,
    };
    let source_id =
        acted!(database, upsert_source(&source, NOON)).expect("the source is made").source_id;
    let dictionary = Dictionary::default();
    let numbers = ACCOUNTS.map(str::to_owned);
    let accounts =
        dictionary.accounts(database.worker(), organization_id, &numbers).await.expect("accounts");
    let accounts = accounts.try_into().expect("three accounts");
    World {
        database,
        owner: test.pool,
        options: test.options,
        organization_id,
        source_id,
        accounts,
        dictionary,
    }
}

/// The index time `seconds` after noon.
pub fn at(seconds: i64) -> i32 {
    to_index_time((NOON + TimeDelta::seconds(seconds)).timestamp())
}

impl World {
    /// Everything in the organization.
    pub fn scope(&self) -> Scope {
        Scope::organization(self.organization_id)
    }

    /// A log file of the first account, whose content follows from its key, with these events.
    pub fn object(&self, key: &str, events: Vec<EventRow>) -> NewObject {
        let hash: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        NewObject {
            organization_id: self.organization_id,
            observation: Observation {
                source_id: self.source_id,
                bucket: "bucket".to_owned(),
                key: key.to_owned(),
                version: String::new(),
                etag: hex::encode(&hash[..16]),
                size: 100,
                last_modified: Some(NOON),
            },
            class: ObjectClass::Log,
            account_id: Some(self.accounts[0]),
            region: Some("eu-west-1".to_owned()),
            trail: None,
            delivered_at: Some(NOON),
            metadata: serde_json::json!({}),
            archive_bucket: "archive".to_owned(),
            archive_key: format!("archived/{key}"),
            stored_bytes: 100,
            stored_sha256: hash,
            content_sha256: Some(hash),
            content_bytes: Some(200),
            quarantine: None,
            events,
            deliveries: Vec::new(),
            bad_records: Vec::new(),
            grams: None,
            digest: None,
            retry_of: None,
        }
    }

    /// An event of the first account, `seconds` after noon.
    pub fn event(&self, id: u128, seconds: i64) -> EventRow {
        EventRow {
            t: at(seconds),
            ordinal: i32::try_from(id).unwrap_or(0),
            account_id: self.accounts[0],
            principal_id: 0,
            session_id: 0,
            name_id: 0,
            region_id: 0,
            ip_id: 0,
            agent_id: 0,
            error_id: 0,
            kind_id: 0,
            flags: 0,
            variant: 0,
            event_id: Uuid::from_u128(id),
            content: Uuid::from_u128(id),
            access_key: Uuid::nil(),
            resources: Vec::new(),
        }
    }

    /// Commits objects at noon.
    ///
    /// # Panics
    ///
    /// When the database refuses them.
    pub async fn commit(&self, objects: &[NewObject]) -> Committed {
        self.database.commit_objects(objects, NOON).await.expect("the objects can be stored")
    }

    /// The rows of records, in their order, as the collector makes them.
    ///
    /// # Panics
    ///
    /// When the database refuses their texts.
    pub async fn rows(&self, records: &[IndexedRecord<'_>]) -> Vec<EventRow> {
        let pool = self.database.worker();
        let terms: Vec<Term> = records.iter().flat_map(terms_of).collect();
        let principals: Vec<PrincipalTerm> = records.iter().map(principal_of).collect();
        let accounts: Vec<String> =
            records.iter().map(|record| record.account.to_string()).collect();
        let terms = self.dictionary.terms(pool, &terms).await.expect("terms");
        let principals = self.dictionary.principals(pool, &principals).await.expect("principals");
        let accounts = self
            .dictionary
            .accounts(pool, self.organization_id, &accounts)
            .await
            .expect("accounts");
        let ids = terms.chunks_exact(7).zip(principals).zip(accounts);
        let rows = records.iter().zip(ids).enumerate();
        rows.map(|(ordinal, (record, ((terms, principal_id), account_id)))| EventRow {
            t: to_index_time(record.seconds),
            ordinal: i32::try_from(ordinal).unwrap_or(i32::MAX),
            account_id,
            principal_id,
            session_id: terms[6],
            name_id: terms[0],
            region_id: terms[1],
            ip_id: terms[2],
            agent_id: terms[3],
            error_id: terms[4],
            kind_id: terms[5],
            flags: record.flag_bits() | access_bits(record.access),
            variant: 0,
            event_id: record.event_id,
            content: record.content,
            access_key: access_key_bits(&record.access_key),
            resources: resources_of(record),
        })
        .collect()
    }
}

fn access_bits(access: Access) -> i32 {
    match access {
        Access::Unknown => 0,
        Access::Read => 1 << 8,
        Access::Write => 2 << 8,
    }
}

fn terms_of(record: &IndexedRecord<'_>) -> [Term; 7] {
    let term = |field, value: &str, detail: &str| Term {
        field,
        value: value.to_owned(),
        detail: detail.to_owned(),
    };
    [
        term(TermField::Name, &record.event_name, &record.event_source),
        term(TermField::Region, &record.region, ""),
        term(TermField::Ip, &record.source_ip, ""),
        term(TermField::Agent, &record.user_agent, ""),
        term(TermField::Error, &record.error_code, ""),
        term(TermField::Kind, &record.category, &record.event_type),
        term(TermField::Session, &record.principal.session, ""),
    ]
}

fn principal_of(record: &IndexedRecord<'_>) -> PrincipalTerm {
    let principal = record.principal.clone();
    PrincipalTerm {
        kind: principal.kind,
        arn: principal.arn,
        account: principal.account,
        name: principal.name,
    }
}

fn resources_of(record: &IndexedRecord<'_>) -> Vec<i64> {
    let mut hashes = Vec::new();
    for resource in &record.resources {
        let arns = [&resource.arn, &resource.arn_prefix];
        hashes.extend(arns.into_iter().filter(|arn| !arn.is_empty()).map(|arn| HASHER.arn(arn)));
        hashes.extend(
            Some(&resource.kind).filter(|kind| !kind.is_empty()).map(|kind| HASHER.kind(kind)),
        );
    }
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}
