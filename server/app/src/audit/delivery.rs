//! Acts become events: one log file for each account, taken in by the same pipeline as any other.

use super::actor::REGION;
use crate::collect::take_in_bytes;
use crate::services::Services;
use anyhow::Context;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use orgtrail_storage::audit::AuditFile;
use orgtrail_storage::sources::{NewSource, SourceRow};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::Write;

/// The name of the source that our own events come from.
pub const SOURCE: &str = "orgtrail itself";

/// How many rounds of gathering one pass makes at the most; what is left comes with the next.
const ROUNDS_MAX: usize = 20;

/// Delivers all acts that wait. A pass may end anywhere: what a file holds never changes, and a file that was taken in is
/// known, so each act becomes one event.
///
/// # Errors
///
/// When the database or the archive fails; what was delivered stays, and the rest waits.
pub async fn deliver_acts(services: &Services) -> anyhow::Result<String> {
    let (mut acts, mut files) = (0, 0);
    for _ in 0..ROUNDS_MAX {
        let gathered = services.database.gather_acts(services.clock.now()).await?;
        let waiting = services.database.audit_files().await?;
        if waiting.is_empty() {
            break;
        }
        for file in waiting {
            deliver(services, &file).await?;
            files += 1;
        }
        acts += gathered;
    }
    Ok(format!("{acts} acts delivered in {files} log files"))
}

async fn deliver(services: &Services, file: &AuditFile) -> anyhow::Result<()> {
    let database = &services.database;
    let source = source(services, file.organization_id).await?;
    let key = key(file);
    let known = database.audit_object(source.source_id, &key).await?;
    let object_id = if let Some(known) = known {
        known
    } else {
        let body = body(&database.audit_records(file.file_id).await?, &file.account)?;
        let summary = take_in_bytes(services, &source, &file.account, (key.clone(), body)).await?;
        if summary.quarantined > 0 {
            tracing::error!(object.key = key, reasons = ?summary.reasons, "acts of ours are in quarantine");
        }
        let made = database.audit_object(source.source_id, &key).await?;
        made.context("a log file of acts was taken in and is not there")?
    };
    database.finish_audit_file(file.file_id, object_id).await?;
    Ok(())
}

/// Where CloudTrail would put it. The name is the same each time.
fn key(file: &AuditFile) -> String {
    let AuditFile { organization, account, created_at, .. } = file;
    let hash = Sha256::digest(format!("{organization} {account} {}", file.file_id));
    let unique: String = hash.iter().take(16).map(|byte| letter(*byte)).collect();
    let (day, minute) = (created_at.format("%Y/%m/%d"), created_at.format("%Y%m%dT%H%MZ"));
    format!(
        "AWSLogs/{organization}/{account}/CloudTrail/{REGION}/{day}/{account}_CloudTrail_{REGION}_{minute}_{unique}.json.gz"
    )
}

fn letter(byte: u8) -> char {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    char::from(LETTERS[usize::from(byte) % LETTERS.len()])
}

fn body(records: &[String], account: &str) -> anyhow::Result<Bytes> {
    let records = records.iter().map(|text| {
        let mut record: Value = serde_json::from_str(text)?;
        let fields = record.as_object_mut().context("an act is no object")?;
        fields.insert("recipientAccountId".to_owned(), json!(account));
        Ok(record)
    });
    let records: anyhow::Result<Vec<Value>> = records.collect();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(json!({ "Records": records? }).to_string().as_bytes())?;
    Ok(encoder.finish()?.into())
}

async fn source(services: &Services, organization_id: i32) -> anyhow::Result<SourceRow> {
    let source = NewSource {
        organization_id,
        name: SOURCE.to_owned(),
        kind: "loose",
        bucket: "orgtrail".to_owned(),
        prefix: String::new(),
        settings: json!({}),
        credentials: None,
        public_keys: json!({"PublicKeyList": []}),
        expects_digests: false,
        is_adopted: false,
        trail_began_at: None,
    };
    Ok(services.database.ensure_own_source(&source, services.clock.now()).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use orgtrail_domain::log_key::ObjectKind;

    #[test]
    fn a_file_has_a_name_of_the_layout_and_the_same_bytes_each_time() {
        let file = AuditFile {
            file_id: 7,
            organization_id: 1,
            organization: "o-exampleorg1".to_owned(),
            account: "111122223333".to_owned(),
            created_at: DateTime::from_timestamp(1_795_000_000, 0).unwrap(),
        };
        let kind = ObjectKind::parse(&key(&file));
        let place = kind.place().expect("a key of the layout");
        assert_eq!(place.account.as_str(), "111122223333");
        assert_eq!(key(&file), key(&file));
        assert_ne!(key(&file), key(&AuditFile { file_id: 8, ..file.clone() }));
        let records = [r#"{"eventName": "Test"}"#.to_owned()];
        assert_eq!(body(&records, "1").unwrap(), body(&records, "1").unwrap());
    }
}
