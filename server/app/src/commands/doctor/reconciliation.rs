//! Whether all that is in the log sources is in the index, and all that is in the index in the archive.

use super::{Arguments, Check, Level, check};
use crate::reconcile::reconcile;
use crate::services::{Services, SourceSettings};
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_shared::reconciliation::{LastReconciliation, Reconciliation};
use orgtrail_shared::text::group_digits;
use orgtrail_storage::sources::SourceRow;
use std::collections::{BTreeMap, HashMap};

/// After which time the last comparison is called old.
const OLD_AFTER: TimeDelta = TimeDelta::days(3);

/// Compares the sources that were asked for, and takes in what is missing.
pub(super) async fn run(services: &Services, arguments: &Arguments, checks: &mut Vec<Check>) {
    let sources = match services.database.sources().await {
        Ok(sources) => sources,
        Err(error) => return checks.push(check(Level::Wrong, "sources", error.to_string())),
    };
    let wanted = &arguments.source;
    for name in wanted {
        if !sources.iter().any(|source| source.name == *name && source.kind != "loose") {
            checks.push(check(Level::Wrong, format!("source {name}"), "there is no such source"));
        }
    }
    let inventory = arguments.inventory.as_deref();
    if inventory.is_some() && wanted.len() > 1 {
        let text = "an inventory is of one source: name only that one by --source";
        return checks.push(check(Level::Wrong, "inventory", text));
    }
    let is_wanted = |source: &&SourceRow| {
        if wanted.is_empty() {
            SourceSettings::is_regular(source)
        } else {
            source.kind != "loose" && wanted.contains(&source.name)
        }
    };
    for source in sources.iter().filter(is_wanted) {
        checks.push(compare(services, source, inventory).await);
    }
}

async fn compare(services: &Services, source: &SourceRow, inventory: Option<&str>) -> Check {
    let what = format!("reconciliation of {}", source.name);
    match reconcile(services, source, inventory).await {
        Ok(found) => {
            let finding = sentence(&found);
            Check {
                reconciliation: Some(Box::new(found.clone())),
                ..check(level(&found), what, finding)
            }
        }
        Err(error) => check(Level::Wrong, what, format!("could not be done: {error:#}")),
    }
}

/// What the last comparison of each source said, as the job or somebody has made it.
pub(super) async fn last(services: &Services, checks: &mut Vec<Check>) {
    let (sources, last) =
        match (services.database.sources().await, services.database.reconciliations().await) {
            (Ok(sources), Ok(last)) => (sources, last),
            (Err(error), _) | (_, Err(error)) => {
                return checks.push(check(Level::Wrong, "reconciliation", error.to_string()));
            }
        };
    let last: HashMap<i32, LastReconciliation> = last.into_iter().collect();
    let now = services.clock.now();
    for source in sources.iter().filter(|source| SourceSettings::is_regular(source)) {
        let what = format!("reconciliation of {}", source.name);
        let Some(last) = last.get(&source.source_id) else {
            let text = "never done yet: the job does it within a day, and `orgtrail doctor --reconcile` now";
            checks.push(check(Level::Warning, what, text));
            continue;
        };
        if let Some(error) = &last.error {
            checks.push(check(Level::Wrong, &what, format!("the last attempt failed: {error}")));
        }
        if let Some(found) = &last.result {
            let is_old = found.ended_at + OLD_AFTER < now;
            let level =
                if is_old && level(found) == Level::Ok { Level::Warning } else { level(found) };
            let when = found.ended_at.format("%Y-%m-%d %H:%M UTC");
            checks.push(check(level, what, format!("{when}: {}", sentence(found))));
        }
    }
}

fn level(found: &Reconciliation) -> Level {
    if !found.findings().is_empty() {
        Level::Wrong
    } else if !found.remarks().is_empty() {
        Level::Warning
    } else {
        Level::Ok
    }
}

/// All that was found, what is wrong first.
fn sentence(found: &Reconciliation) -> String {
    let mut parts = found.findings();
    parts.push(listed(found));
    for (names, words) in [
        (&found.listing.quarantine_reasons, "in quarantine because"),
        (&found.listing.failures, "not readable because"),
        (&found.listing.foreign_folders, "others lie in"),
    ] {
        if !names.is_empty() {
            parts.push(format!("{words} {}", print_names(names)));
        }
    }
    parts.extend(indexed(found));
    parts.push(format!("the archive has {} of them", group_digits(found.archive.present)));
    if let Some(note) = &found.archive.note {
        let count = group_digits(found.archive.unchecked);
        parts.push(format!("{count} were not looked for there: {note}"));
    }
    parts.join("; ")
}

/// The classes of the listed objects.
fn listed(found: &Reconciliation) -> String {
    let listing = &found.listing;
    let origin = match found.inventory_at {
        Some(at) => format!("in the inventory of {}", at.format("%Y-%m-%d %H:%M UTC")),
        None => "in the source".to_owned(),
    };
    let classes = counted(&[
        (listing.indexed, "indexed"),
        (listing.quarantined, "in quarantine"),
        (listing.taken_in, "missing and taken in"),
        (listing.waiting, "left to the next passes"),
        (listing.failed, "not readable"),
        (listing.vanished, "gone when looked at"),
        (listing.foreign, "neither log file nor digest"),
        (listing.folder_markers, "folder markers"),
    ]);
    format!("{} objects {origin}: {}", group_digits(listing.listed), classes.join(", "))
}

/// The classes of the contents in the index that the listing doesn't have.
fn indexed(found: &Reconciliation) -> Vec<String> {
    let index = &found.index;
    let mut parts = Vec::new();
    if index.gone > 0 {
        let print = |time: Option<DateTime<Utc>>| {
            time.map_or_else(
                || "an unknown day".to_owned(),
                |time| time.format("%Y-%m-%d").to_string(),
            )
        };
        parts.push(format!(
            "{} indexed objects are no longer there (delivered from {} to {}); the archive keeps them",
            group_digits(index.gone),
            print(index.gone_from),
            print(index.gone_to)
        ));
    }
    parts.extend(counted(&[
        (found.listing.changed, "objects had another content than was known"),
        (index.earlier, "earlier contents are kept"),
        (index.newer, "are newer than the listing"),
        (index.elsewhere, "came from another bucket or prefix"),
        (index.unlisted, "lie where nothing may be listed"),
    ]));
    parts
}

fn counted(counts: &[(u64, &str)]) -> Vec<String> {
    let some = counts.iter().filter(|(count, _)| *count > 0);
    some.map(|(count, words)| format!("{} {words}", group_digits(*count))).collect()
}

fn print_names(names: &BTreeMap<String, u64>) -> String {
    let parts: Vec<String> =
        names.iter().map(|(name, count)| format!("{name} ({})", group_digits(*count))).collect();
    parts.join(", ")
}
