//! Rows of the index → what people see.

use crate::services::Services;
use chrono::DateTime;
use orgtrail_domain::index_keys::access_key_text;
use orgtrail_domain::record::flags_from_bits;
use orgtrail_shared::event::{Access, Delivery, EventContent, EventSummary, Principal};
use orgtrail_shared::proof::FileVerdict;
use orgtrail_storage::events::{ContentRow, EventHit};

/// One event in a list.
pub fn summary(hit: &EventHit) -> EventSummary {
    let (kind, arn, account, name) = hit.principal.clone();
    EventSummary {
        event_id: hit.event_id.to_string(),
        time: DateTime::from_timestamp(hit.seconds, 0).unwrap_or_default(),
        event_name: hit.event_name.clone(),
        event_source: hit.event_source.clone(),
        account: hit.account.clone(),
        account_name: hit.account_name.clone(),
        region: hit.region.clone(),
        principal: Principal { kind, arn, account, name, session: hit.session.clone() },
        // A key of another form is kept as a hash only; its text is in the record.
        access_key: access_key_text(hit.access_key).unwrap_or_default(),
        source_ip: hit.source_ip.clone(),
        user_agent: hit.user_agent.clone(),
        error_code: hit.error_code.clone(),
        access: match hit.flags >> 8 & 3 {
            1 => Access::Read,
            2 => Access::Write,
            _ => Access::Unknown,
        },
        category: hit.category.clone(),
        flags: flags_from_bits(hit.flags & 0xff),
        proof: verdict(&hit.verdict),
        deliveries: u32::try_from(hit.deliveries).unwrap_or(u32::MAX),
        position: hit.position().to_token(),
    }
}

fn verdict(name: &str) -> FileVerdict {
    name.parse().unwrap_or(FileVerdict::NoDigestExpected)
}

/// One content of an event with its record, read back from the archive.
pub async fn content(services: &Services, row: &ContentRow) -> EventContent {
    let (record, record_unavailable) = match services
        .records
        .text(row.hit.object_id, row.hit.ordinal)
        .await
    {
        Ok(text) => (Some(text), None),
        Err(error) => {
            tracing::error!(
                object.id = row.hit.object_id,
                error = format!("{error:#}"),
                "could not read a record back"
            );
            (None, Some(format!("the original record can't be read from the archive now: {error}")))
        }
    };
    EventContent {
        summary: summary(&row.hit),
        record,
        record_unavailable,
        deliveries: row
            .deliveries
            .iter()
            .map(|delivery| Delivery {
                bucket: delivery.bucket.clone(),
                key: delivery.key.clone(),
                ordinal: u32::try_from(delivery.ordinal).unwrap_or(0),
                sha256: delivery.sha256.as_deref().map(hex::encode).unwrap_or_default(),
                verdict: verdict(&delivery.verdict),
                verdict_at: delivery.verdict_at,
                digest_key: delivery.digest_key.clone(),
                collected_at: delivery.collected_at,
            })
            .collect(),
    }
}
