//! Random records, made of few values so that queries meet some of them, and stored under three files.

use crate::log_objects::NewObject;
use crate::testing::{ACCOUNTS, NOON, World, world};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use orgtrail_domain::filter::{Candidate, UnitTree};
use orgtrail_domain::record::{FileClaims, IndexedRecord};
use orgtrail_shared::ids::UnitId;
use orgtrail_shared::proof::FileVerdict;
use orgtrail_shared::query::Query;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use uuid::Uuid;

/// Values that a query may ask for: ordinary ones, LIKE's own characters, letters beyond ASCII.
pub(super) const NAMES: [&str; 7] = [
    "CreateBucket",
    "DeleteBucket",
    "createbucket",
    "GetÄpfel",
    "100%_done",
    "back\\slash",
    "Star*Name?",
];
pub(super) const SOURCES: [&str; 3] =
    ["s3.amazonaws.com", "sts.amazonaws.com", "iam.amazonaws.com"];
pub(super) const REGIONS: [&str; 3] = ["eu-west-1", "us-east-1", "EU-WEST-1"];
pub(super) const ADDRESSES: [&str; 7] = [
    "198.51.100.7",
    "198.51.100.200",
    "203.0.113.9",
    "2001:db8::1",
    "2001:DB8:1::5",
    "ec2.amazonaws.com",
    "AWS Internal",
];
pub(super) const AGENTS: [&str; 3] =
    ["Boto3/1.34 md/Botocore#1", "aws-cli/2.15", "[S3Console/0.4]"];
pub(super) const ERRORS: [&str; 3] = ["", "AccessDenied", "Client.UnauthorizedOperation"];
pub(super) const KEYS: [&str; 3] = ["AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE", "odd key"];
pub(super) const ROLES: [&str; 3] = ["Deploy", "Deploy_Prod", "Ops%"];
pub(super) const SESSIONS: [&str; 4] = ["alice", "ci-1234", "a_b", "Ünal"];
pub(super) const RESOURCES: [&str; 3] =
    ["arn:aws:s3:::logs", "arn:aws:s3:::logs/a_b", "arn:aws:kms:eu-west-1:1:key/1"];

/// Records in three files of different verdicts, with the naive filter's view of them.
pub(super) struct Stored {
    pub(super) world: World,
    /// The texts, by file.
    texts: Vec<(FileVerdict, FileClaims, Vec<String>)>,
}

/// One record as both sides see it.
pub(super) struct Judged<'a> {
    pub(super) candidate: Candidate<'a>,
    pub(super) record: IndexedRecord<'a>,
    pub(super) file: usize,
    pub(super) ordinal: usize,
}

/// Makes and stores `count` records.
pub(super) async fn stored(seed: u64, count: usize) -> Stored {
    let mut random = StdRng::seed_from_u64(seed);
    let world = world().await;
    let verdicts = [FileVerdict::Verified, FileVerdict::NoDigestYet, FileVerdict::HashDiffers];
    let mut texts = Vec::new();
    let mut objects: Vec<NewObject> = Vec::new();
    for (file, verdict) in verdicts.into_iter().enumerate() {
        let claims = FileClaims {
            account: Some(ACCOUNTS[file].to_owned()),
            region: Some("eu-west-1".to_owned()),
            day: Some(NOON.timestamp() / 86_400),
        };
        let file_texts: Vec<String> =
            (0..count / 3).map(|_| record(&mut random).to_string()).collect();
        let records: Vec<IndexedRecord<'_>> = file_texts
            .iter()
            .map(|text| IndexedRecord::read(text, &claims, NOON).unwrap())
            .collect();
        objects.push(world.object(&format!("file {file}"), world.rows(&records).await));
        drop(records);
        texts.push((verdict, claims, file_texts));
    }
    for object in objects {
        world.commit(&[object]).await;
    }
    for (file, (verdict, ..)) in texts.iter().enumerate() {
        sqlx::query("update log_object set verdict = $2 where key = $1")
            .bind(format!("file {file}"))
            .bind(verdict.name())
            .execute(&world.owner)
            .await
            .unwrap();
    }
    Stored { world, texts }
}

impl Stored {
    pub(super) fn judged(&self) -> Vec<Judged<'_>> {
        let mut judged = Vec::new();
        for (file, (verdict, claims, texts)) in self.texts.iter().enumerate() {
            for (ordinal, text) in texts.iter().enumerate() {
                judged.push(Judged {
                    candidate: Candidate::read(text, claims, NOON, *verdict).unwrap(),
                    record: IndexedRecord::read(text, claims, NOON).unwrap(),
                    file,
                    ordinal,
                });
            }
        }
        judged
    }
}

impl Judged<'_> {
    /// Whether the naive filter lets the record through, and the range holds it.
    pub(super) fn is_found(&self, query: &Query, from: DateTime<Utc>, to: DateTime<Utc>) -> bool {
        let at = self.record.seconds;
        from.timestamp() <= at && at < to.timestamp() && self.candidate.matches(query, &Units)
    }
}

/// The units of [`World`], written down once more.
struct Units;

impl UnitTree for Units {
    fn is_below(&self, account: &str, unit: &UnitId) -> bool {
        let first = match unit.as_str() {
            "r-abcd" => 0,
            "ou-abcd-11111111" => 1,
            "ou-abcd-22222222" => 2,
            _ => ACCOUNTS.len(),
        };
        ACCOUNTS[first..].contains(&account)
    }
}

fn record(random: &mut StdRng) -> Value {
    let back = match random.random_range(0..10) {
        0 => random.random_range(0..90 * 86_400),
        1 => -random.random_range(0..400 * 86_400), // from the future
        _ => random.random_range(0..3 * 86_400),
    };
    let time = (NOON - TimeDelta::seconds(back)).to_rfc3339_opts(SecondsFormat::Secs, true);
    let account =
        pick(random, &[ACCOUNTS[0], ACCOUNTS[1], ACCOUNTS[2], "999999999999", "anonymous"]);
    let mut record = json!({
        "eventVersion": "1.09",
        "eventTime": time,
        "eventName": pick(random, &NAMES),
        "eventSource": pick(random, &SOURCES),
        "awsRegion": pick(random, &REGIONS),
        "sourceIPAddress": pick(random, &ADDRESSES),
        "userAgent": pick(random, &AGENTS),
        "errorCode": pick(random, &ERRORS),
        "eventType": pick(random, &["AwsApiCall", "AwsConsoleSignIn"]),
        "eventCategory": pick(random, &["Management", "Data"]),
        "requestID": pick(random, &["r-1", "r-2"]),
        "vpcEndpointId": pick(random, &["vpce-1", ""]),
        "eventID": Uuid::from_u128(random.random()).to_string(),
        "recipientAccountId": account,
        "userIdentity": identity(random),
    });
    let fields = record.as_object_mut().unwrap();
    match random.random_range(0..4) {
        0 => {}
        1 => drop(fields.insert("readOnly".to_owned(), json!(true))),
        _ => drop(fields.insert("readOnly".to_owned(), json!(false))),
    }
    match random.random_range(0..4) {
        0 => drop(fields.insert(
            "resources".to_owned(),
            json!([{"ARN": pick(random, &RESOURCES), "type": "AWS::S3::Bucket"}, {"ARNPrefix": pick(random, &RESOURCES)}]),
        )),
        1 => drop(fields.insert("resources".to_owned(), json!([{"type": "AWS::KMS::Key", "ARN": RESOURCES[2]}]))),
        _ => {}
    }
    // A field that is missing is not one that is empty; an id may be none.
    for field in
        ["errorCode", "userAgent", "eventSource", "sourceIPAddress", "userIdentity", "eventID"]
    {
        if random.random_ratio(1, 12) {
            fields.remove(field);
        }
    }
    record
}

fn identity(random: &mut StdRng) -> Value {
    let account = pick(random, &ACCOUNTS);
    let key = pick(random, &KEYS);
    match random.random_range(0..6) {
        0 => {
            json!({"type": "Root", "accountId": account, "arn": format!("arn:aws:iam::{account}:root")})
        }
        1 => json!({"type": "AWSService", "invokedBy": "config.amazonaws.com"}),
        2 => {
            json!({"type": "IAMUser", "userName": "alice", "accountId": account, "accessKeyId": key,
                    "arn": format!("arn:aws:iam::{account}:user/alice")})
        }
        3 => json!({"type": "AWSAccount", "accountId": account}),
        kind => {
            let (role, session) = (pick(random, &ROLES), pick(random, &SESSIONS));
            let mut identity = json!({"type": "AssumedRole", "accountId": account, "accessKeyId": key,
                "arn": format!("arn:aws:sts::{account}:assumed-role/{role}/{session}")});
            if kind == 4 {
                identity["sessionContext"] = json!({"sessionIssuer": {
                    "arn": format!("arn:aws:iam::{account}:role/some/path/{role}"), "userName": role}});
            }
            identity
        }
    }
}

fn pick<'a>(random: &mut StdRng, values: &[&'a str]) -> &'a str {
    values.choose(random).unwrap()
}
