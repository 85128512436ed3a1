//! Keeps the organization in step with AWS Organizations. A pass that fails, or reads a part only, changes nothing.

use crate::services::Services;
use anyhow::{Context, bail};
use chrono::TimeDelta;
use orgtrail_cloud::organizations::AwsOrganizations;
use orgtrail_domain::organization::changes::{Changes, compare};
use orgtrail_domain::organization::snapshot::Snapshot;
use orgtrail_shared::ids::OrganizationId;
use orgtrail_storage::organizations::{FollowedRow, OrganizationRow, Origin};

/// What a pass found.
#[derive(Clone, Debug)]
pub struct Synced {
    /// The organization's id.
    pub organization: OrganizationId,
    /// What is different in AWS.
    pub changes: Changes,
    /// Whether the changes were made here.
    pub is_applied: bool,
}

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

/// Reads the organization that the credentials belong to, and makes ours equal to it.
///
/// # Errors
///
/// When AWS can't be read as a whole, the credentials belong to no organization or to another one, or the changes need
/// a confirmation: nothing was changed. Or when the database fails.
pub async fn sync(
    services: &Services,
    aws: &AwsOrganizations,
    consent: Consent,
) -> anyhow::Result<Synced> {
    let found = aws.snapshot().await.context("the organization can't be read from AWS")?;
    let Some(found) = found else {
        bail!("the credentials belong to an account that is in no organization");
    };
    found.check().context("AWS says something of the organization that can't be")?;
    let row = row_of(services, &found.id).await?;
    let known = match &row {
        Some(row) => services.database.snapshot(row.organization_id).await?,
        None => None,
    };
    let changes = known.as_ref().map(|known| compare(known, &found)).unwrap_or_default();
    let is_new = known.is_none();
    if consent == Consent::DryRun {
        return Ok(Synced { organization: found.id, changes, is_applied: false });
    }
    if consent == Consent::Unless && !changes.suspicions().is_empty() {
        bail!(
            "{}: look at it by `orgtrail organization sync --dry-run`, and confirm it by `orgtrail organization sync --confirm`",
            changes.suspicions().join("; ")
        );
    }
    apply(services, &found, &changes, is_new).await?;
    Ok(Synced { organization: found.id, changes, is_applied: true })
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
pub async fn follow(services: &Services, aws: &AwsOrganizations) -> anyhow::Result<String> {
    let followed = services.database.followed_organizations().await?;
    let mut reason = followed.is_empty().then_some("for the first time");
    for row in &followed {
        reason = reason.or(due(services, row).await?);
    }
    let Some(reason) = reason else { return Ok("nothing was due".to_owned()) };
    match sync(services, aws, Consent::Unless).await {
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

/// The organization of this installation that is the one of AWS, if there is one.
async fn row_of(
    services: &Services,
    id: &OrganizationId,
) -> anyhow::Result<Option<OrganizationRow>> {
    let rows = services.database.organizations().await?;
    Ok(rows.into_iter().find(|row| row.id == *id))
}

async fn apply(
    services: &Services,
    found: &Snapshot,
    changes: &Changes,
    is_new: bool,
) -> anyhow::Result<()> {
    let (database, now) = (&services.database, services.clock.now());
    let organization_id = database.ensure_organization(&found.id, "", Origin::Aws, now).await?;
    if changes.is_empty() && !is_new {
        database.note_sync(organization_id, now).await?;
        return Ok(());
    }
    database.apply_snapshot(organization_id, found, changes, Origin::Aws, now).await?;
    for change in &changes.changes {
        tracing::info!(organization = %found.id, "{change}");
    }
    Ok(())
}
