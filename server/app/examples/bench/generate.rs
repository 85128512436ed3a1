//! Writing the sample's files as a bucket would be copied to disk.

use anyhow::Context;
use orgtrail_domain::clock::{Clock, SystemClock};
use orgtrail_sample::{DeliveryState, Sample, SampleObject, SampleOptions, generate_key};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// How many events the sample has in fifteen days at its own scale.
const EVENTS_OF_FIFTEEN_DAYS: u64 = 120_000;

/// What the other steps have to know about the files.
#[derive(Serialize, Deserialize)]
pub(crate) struct About {
    pub(crate) anchor: chrono::DateTime<chrono::Utc>,
    pub(crate) began_at: chrono::DateTime<chrono::Utc>,
    pub(crate) days: i64,
    pub(crate) bucket: String,
    pub(crate) trail_arn: String,
    pub(crate) organization: Value,
    pub(crate) public_keys: Value,
    pub(crate) log_files: u64,
    pub(crate) digests: u64,
    pub(crate) events: u64,
    pub(crate) stored_bytes: u64,
}

impl About {
    pub(crate) fn read(input: &Path) -> anyhow::Result<Self> {
        let path = input.join("about.json");
        let text = fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
        Ok(serde_json::from_slice(&text)?)
    }
}

/// `logs` holds all but the last day of the history, `later` the rest, which arrives while searches run.
pub(crate) fn run(input: &Path, events: u64) -> anyhow::Result<Value> {
    // More events are both a busier organization and a longer time: neither files nor days grow beyond what is usual.
    let fifteens = (events / 1_500_000).clamp(1, 6);
    let percent = (events * 100 / EVENTS_OF_FIFTEEN_DAYS / fifteens).max(1);
    let days = u16::try_from(fifteens * 15)?;
    let options =
        SampleOptions { scale_percent: u32::try_from(percent)?, history_days: days.into() };
    let now = SystemClock.now();
    let sample = Sample::with_options(7, now, &generate_key()?, options)?;
    let trail = sample.trail();
    let mut about = About {
        anchor: now,
        began_at: trail.began_at,
        days: days.into(),
        bucket: trail.bucket.to_owned(),
        trail_arn: trail.arn.to_owned(),
        organization: serde_json::to_value(sample.organization())?,
        public_keys: orgtrail_server::sample::public_keys(&sample.public_key()),
        log_files: 0,
        digests: 0,
        events: 0,
        stored_bytes: 0,
    };
    let last_day = now - chrono::TimeDelta::days(1);
    let mut written = Ok(());
    sample.deliver(&mut DeliveryState::default(), now, &mut |object| {
        let folder = if object.delivered_at < last_day { "logs" } else { "later" };
        if folder == "logs" {
            about.log_files += u64::from(object.event_count > 0);
            about.digests += u64::from(object.event_count == 0);
            about.events += u64::from(object.event_count);
            about.stored_bytes += object.body.len() as u64;
        }
        if written.is_ok() {
            written = write(&input.join(folder), object);
        }
    });
    written?;
    fs::write(input.join("about.json"), serde_json::to_vec(&about)?)?;
    Ok(json!({
        "events": about.events, "log_files": about.log_files, "digests": about.digests,
        "stored_bytes": about.stored_bytes, "days": about.days,
    }))
}

fn write(root: &Path, object: SampleObject) -> anyhow::Result<()> {
    let path = root.join(&object.key);
    fs::create_dir_all(path.parent().context("a key has folders")?)?;
    fs::write(&path, object.body)?;
    if !object.metadata.is_empty() {
        let metadata: serde_json::Map<String, Value> =
            object.metadata.into_iter().map(|(name, value)| (name, value.into())).collect();
        fs::write(
            root.join(format!("{}.metadata.json", object.key)),
            Value::from(metadata).to_string(),
        )?;
    }
    Ok(())
}
