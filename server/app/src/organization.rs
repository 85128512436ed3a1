//! Keeps the organization in step with AWS Organizations. A pass that fails, or reads a part only, changes nothing.

use crate::audit::{Actor, Deed};
use crate::services::Services;
use anyhow::{Context, bail};
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_cloud::organizations::AwsOrganizations;
use orgtrail_domain::organization::changes::{Changes, compare};
use orgtrail_domain::organization::snapshot::Snapshot;
use orgtrail_shared::ids::OrganizationId;
use orgtrail_storage::organizations::{FollowedRow, OrganizationRow, Read};
use serde_json::{Value, json};

/// What a pass found.
#[derive(Clone, Debug)]
pub struct Synced {
    /// The organization's id.
    pub organization: OrganizationId,
    /// How many accounts AWS lists.
    pub accounts: usize,
    /// Whether nothing was known of it before.
    pub is_new: bool,
    /// What is different in AWS.
    pub changes: Changes,
    /// Why somebody has to confirm that; empty when nobody has to.
    pub suspicions: Vec<String>,
    /// Whether the changes were made here.
    pub is_applied: bool,
}

/// How far a time of AWS may be ahead of ours.
const AHEAD_MAX: TimeDelta = TimeDelta::hours(1);

/// For how long accounts that left count with those that leave.
const LATELY: TimeDelta = TimeDelta::days(1);

/// How many changes one record tells; the history has all of them.
const TOLD_MAX: usize = 100;

/// What a pass may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Only say what would change.
    DryRun,
    /// Make the changes, unless they are so large that somebody must confirm them.
    Unless,
    /// Somebody has seen the changes and confirmed them.
    Confirmed,
}

/// Reads the organization that the credentials belong to, and makes ours equal to it. With `expected` it must be that one.
///
/// # Errors
///
/// When AWS can't be read as a whole, the credentials belong to no organization or to another one, or the changes need
/// a confirmation: nothing was changed. Or when the database fails.
pub async fn sync(
    services: &Services,
    aws: &AwsOrganizations,
    expected: Option<&OrganizationId>,
    consent: Consent,
    actor: &Actor,
) -> anyhow::Result<Synced> {
    let (database, started_at) = (&services.database, services.clock.now());
    // Before AWS is asked: what somebody else makes of a newer answer meanwhile must win.
    let rows = database.organizations().await?;
    let found = aws.snapshot().await.context("the organization can't be read from AWS")?;
    let Some(found) = found else {
        bail!("the credentials belong to an account that is in no organization");
    };
    if let Some(expected) = expected.filter(|expected| **expected != found.id) {
        bail!("the credentials belong to {}, and not to {expected}", found.id);
    }
    found.check().context("AWS says something of the organization that can't be")?;
    check_times(&found, started_at)?;
    let (row, others): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.id == found.id);
    let row = row.into_iter().next();
    let changes = changes(services, row.as_ref(), &found).await?;
    let mut suspicions = changes.suspicions();
    if let (None, Some(other)) = (&row, others.iter().find(|other| other.is_in_use)) {
        suspicions.push(format!(
            "the credentials belong to {}, of which nothing is known, and not to {}",
            found.id, other.id
        ));
    }
    let mut synced = Synced {
        organization: found.id.clone(),
        accounts: found.accounts.len(),
        is_new: row.as_ref().is_none_or(|row| row.revision == 0),
        changes,
        suspicions,
        is_applied: false,
    };
    if consent == Consent::DryRun {
        return Ok(synced);
    }
    if consent == Consent::Unless && !synced.suspicions.is_empty() {
        bail!(
            "{}: look at it by `orgtrail organization sync --dry-run`, and confirm it by `orgtrail organization sync --confirm`",
            synced.suspicions.join("; ")
        );
    }
    let revision = row.as_ref().map_or(0, |row| row.revision);
    let read = Read { revision, started_at, is_confirmed: consent == Consent::Confirmed };
    apply(services, row.as_ref(), &found, &synced.changes, read, actor).await?;
    synced.is_applied = true;
    Ok(synced)
}

/// A time in the future would make accounts expected of nobody until then.
fn check_times(found: &Snapshot, now: DateTime<Utc>) -> anyhow::Result<()> {
    let joined = found.accounts.iter().map(|(id, account)| (id, account.joined_at));
    let registered = found.delegated_administrators.iter().map(|(id, at)| (id, *at));
    match joined.chain(registered).find(|(_, at)| *at > now + AHEAD_MAX) {
        Some((id, at)) => {
            bail!("AWS says of the account {id} what happens at {at}; our time is {now}")
        }
        None => Ok(()),
    }
}

/// What is different, with what left lately.
async fn changes(
    services: &Services,
    row: Option<&OrganizationRow>,
    found: &Snapshot,
) -> anyhow::Result<Changes> {
    let Some(row) = row else { return Ok(Changes::default()) };
    let (database, id) = (&services.database, row.organization_id);
    let mut changes = match database.snapshot(id).await? {
        Some(known) => compare(&known, found),
        None => Changes::of_members(&database.open_members(id).await?, found),
    };
    changes.lately_left = database.left_since(id, services.clock.now() - LATELY).await?;
    Ok(changes)
}

/// How often the organization is read from AWS.
const EVERY: TimeDelta = TimeDelta::minutes(15);

/// After which time it is read again because an event tells of a change: changes come in groups.
const AGAIN_AFTER: TimeDelta = TimeDelta::minutes(2);

/// Reads the organization from AWS if that is due: from time to time, and soon after an event that tells of a change.
///
/// # Errors
///
/// As [`sync`]; the failure is noted for people to see.
pub async fn follow(
    services: &Services,
    aws: &AwsOrganizations,
    expected: Option<&OrganizationId>,
) -> anyhow::Result<String> {
    let followed = services.database.followed_organizations().await?;
    let mut reason = followed.is_empty().then_some("for the first time");
    for row in &followed {
        reason = reason.or(due(services, row).await?);
    }
    let Some(reason) = reason else { return Ok("nothing was due".to_owned()) };
    let actor =
        Actor::service(followed.first().map(|row| row.organization_id), "follow organization");
    match sync(services, aws, expected, Consent::Unless, &actor).await {
        Ok(Synced { organization, changes, .. }) => {
            Ok(format!("{organization} was read {reason}: {} changes", changes.changes.len()))
        }
        Err(error) => {
            let (text, now) = (format!("{error:#}"), services.clock.now());
            for row in followed {
                services.database.note_sync_failure(row.organization_id, &text, now).await?;
            }
            Err(error)
        }
    }
}

async fn due(services: &Services, row: &FollowedRow) -> anyhow::Result<Option<&'static str>> {
    let now = services.clock.now();
    let Some(tried_at) = row.sync_tried_at else { return Ok(Some("for the first time")) };
    if tried_at + EVERY <= now {
        return Ok(Some("as it is from time to time"));
    }
    if tried_at + AGAIN_AFTER > now {
        return Ok(None);
    }
    let is_told = services.database.has_organization_events(row.organization_id, tried_at).await?;
    Ok(is_told.then_some("because an event told of a change"))
}

async fn apply(
    services: &Services,
    row: Option<&OrganizationRow>,
    found: &Snapshot,
    changes: &Changes,
    read: Read,
    actor: &Actor,
) -> anyhow::Result<()> {
    let (database, now) = (&services.database, services.clock.now());
    if let Some(row) = row.filter(|row| changes.is_empty() && row.revision > 0) {
        database.note_sync(row.organization_id, read.started_at, now).await?;
        return Ok(());
    }
    let told: Vec<String> = changes.changes.iter().map(ToString::to_string).collect();
    let deed = Deed::change(
        "SyncOrganization",
        json!({"organizationId": found.id, "accounts": found.accounts.len(),
            "isConfirmed": read.is_confirmed, "changes": &told[..told.len().min(TOLD_MAX)],
            "changeCount": told.len()}),
    );
    let mut acting = database.act(actor.act(now, &deed)).await?;
    if !acting.apply_snapshot(found, changes, read, now).await? {
        bail!(
            "the organization was changed here while AWS was read; nothing was changed by this, and it may be repeated"
        );
    }
    acting.commit(Value::Null).await?;
    for change in &changes.changes {
        tracing::info!(organization = %found.id, "{change}");
    }
    Ok(())
}
