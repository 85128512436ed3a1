//! Log files.

use super::digest::ListedFile;
use super::{SampleObject, compress};
use crate::activity::{Activity, Draft};
use crate::chain::Chain;
use crate::organization;
use crate::plan::HourPlan;
use crate::random::{hash, part};
use crate::record;
use crate::time::to_utc;
use orgtrail_domain::log_key::{Folder, LogKey, Place};
use sha2::{Digest, Sha256};

/// A log file as it is delivered, and what its digest says about it.
pub(super) struct Written {
    pub(super) object: SampleObject,
    pub(super) listed: ListedFile,
}

/// Where an object of a chain lies that is delivered at a time.
pub(super) fn place(chain: &Chain, delivered_at: i64) -> Place {
    Place {
        prefix: String::new(),
        organization: Some(organization::organization_id()),
        account: chain.account.account_id(),
        region: organization::region(chain.region),
        day: to_utc(delivered_at).date_naive(),
    }
}

/// Writes the file at an index of an hour; of the file with the event at `altered_at` the digest
/// lists the true hash, and the delivered object lacks the intruder's events.
pub(super) fn write(
    chain: &Chain,
    plan: &HourPlan,
    (hour, index): (i64, usize),
    altered_at: Option<i64>,
) -> Written {
    let file = &plan.files[index];
    let events: Vec<(&Activity, &Draft)> =
        file.events.iter().map(|place| plan.event(*place)).collect();
    let key = LogKey {
        place: place(chain, file.slot),
        folder: Folder::CloudTrail,
        delivered_at: to_utc(file.slot),
        unique: record::unique_name(&[chain.seed, hash("file"), part(hour), index as u64]),
    };
    let key = key.to_string();
    let text = text(&events);
    let times = || events.iter().map(|(_, draft)| draft.time);
    let listed = ListedFile {
        key: key.clone(),
        hash: hex::encode(Sha256::digest(text.as_bytes())),
        oldest: times().min().unwrap_or_default(),
        newest: times().max().unwrap_or_default(),
        delivered_at: file.slot,
    };
    let is_altered = altered_at.is_some_and(|altered_at| {
        events.iter().any(|(activity, draft)| activity.is_intruder && draft.time == altered_at)
    });
    let (body, count) = if is_altered {
        let left: Vec<_> =
            events.into_iter().filter(|(activity, _)| !activity.is_intruder).collect();
        (compress(&self::text(&left)), left.len())
    } else {
        (compress(&text), events.len())
    };
    let object = SampleObject {
        key,
        body,
        content_type: "application/json",
        content_encoding: "gzip",
        metadata: Vec::new(),
        delivered_at: to_utc(file.slot),
        event_count: u32::try_from(count).unwrap_or(u32::MAX),
    };
    Written { object, listed }
}

fn text(events: &[(&Activity, &Draft)]) -> String {
    let mut text = String::with_capacity(events.len() * 1700 + 16);
    text.push_str(r#"{"Records":["#);
    for (index, (activity, draft)) in events.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        record::write(activity, draft, &mut text);
    }
    text.push_str("]}");
    text
}
