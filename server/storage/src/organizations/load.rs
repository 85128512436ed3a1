//! The organization made equal to a file.

use super::intervals::{History, keep_places};
use super::snapshot::{begin_revision, corrupt, read_snapshot};
use super::writing::{method_name, write_changes, write_rest};
use super::{Origin, kind_name, state_name};
use crate::audit::Acting;
use crate::{MIGRATOR, Result};
use chrono::{DateTime, Utc};
use orgtrail_domain::organization::OrganizationFile;
use orgtrail_domain::organization::changes::compare;
use orgtrail_shared::ids::UnitId;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

/// What came of loading an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The organization.
    pub organization_id: i32,
    /// Whether anything was changed; if not, there is nothing to record.
    pub is_changed: bool,
}

impl Acting {
    /// Makes the model equal to a file. Accounts that the file doesn't name stay, as *unknown*. The file that was loaded last
    /// changes nothing.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Corrupt`] for a file whose policies contradict its accounts, [`crate::StoreError::Database`]; nothing was
    /// changed.
    pub async fn load_organization(
        &mut self,
        file: &OrganizationFile,
        origin: Origin,
        now: DateTime<Utc>,
    ) -> Result<Loaded> {
        // A file may say nothing of units; then it says nothing of policies, either.
        let snapshot = match file.to_snapshot() {
            Ok(snapshot) => Some(snapshot),
            Err(_) if file.units.is_empty() => None,
            Err(error) => return Err(corrupt("organization", &error)),
        };
        let organization_id = self.ensure_organization(&file.id, &file.name, origin, now).await?;
        let tx = &mut self.tx;
        let hash = file_hash(file, origin);
        let is_known: bool = sqlx::query_scalar(
            "select file_hash is not distinct from $2 and file_revision = revision from organization
             where organization_id = $1 for update",
        )
        .bind(organization_id)
        .bind(hash)
        .fetch_one(&mut **tx)
        .await?;
        if is_known {
            return Ok(Loaded { organization_id, is_changed: false });
        }
        let known = read_snapshot(tx, organization_id).await?;
        let is_first = begin_revision(&mut *tx, organization_id, origin).await? == 0;
        write_file(tx, organization_id, file).await?;
        let history = History { organization_id, now, is_first };
        keep_places(tx, history).await?;
        if let Some(snapshot) = snapshot {
            write_rest(tx, history, &snapshot).await?;
            let changes = known.map(|known| compare(&known, &snapshot)).unwrap_or_default();
            write_changes(tx, organization_id, &changes, origin, now).await?;
        }
        for sql in [
            "update chain set is_stale = true where organization_id = $1 and $2::bytea is not null",
            "update organization set file_hash = $2, file_revision = revision where organization_id = $1",
        ] {
            sqlx::query(sql).bind(organization_id).bind(hash).execute(&mut **tx).await?;
        }
        Ok(Loaded { organization_id, is_changed: true })
    }
}

/// What a file says, as this version reads it.
fn file_hash(file: &OrganizationFile, origin: Origin) -> [u8; 32] {
    let version = MIGRATOR.iter().count();
    Sha256::digest(format!("{version} {} {file:?}", origin.name())).into()
}

/// Units, accounts, memberships and delegations as the file has them, in place of those that were.
async fn write_file(
    tx: &mut PgConnection,
    organization_id: i32,
    file: &OrganizationFile,
) -> Result<()> {
    for sql in [
        "update account set unit_id = null, kind = 'unknown', state = null where organization_id = $1",
        "delete from membership where organization_id = $1",
        "delete from delegation where organization_id = $1",
        "delete from unit where organization_id = $1",
    ] {
        sqlx::query(sql).bind(organization_id).execute(&mut *tx).await?;
    }
    for unit in &file.units {
        sqlx::query("insert into unit (organization_id, unit_id, parent_unit_id, name) values ($1, $2, $3, $4)")
            .bind(organization_id)
            .bind(unit.id.as_str())
            .bind(unit.parent.as_ref().map(UnitId::as_str))
            .bind(&unit.name)
            .execute(&mut *tx)
            .await?;
    }
    for account in &file.accounts {
        let account_id: i32 = sqlx::query_scalar(
            "insert into account (organization_id, number, name, kind, state, unit_id, email, joined_method)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (organization_id, number) do update set name = excluded.name, kind = excluded.kind,
                 state = excluded.state, unit_id = excluded.unit_id, email = excluded.email,
                 joined_method = excluded.joined_method
             returning account_id",
        )
        .bind(organization_id)
        .bind(account.id.as_str())
        .bind(&account.name)
        .bind(kind_name(file.kind(&account.id)))
        .bind(state_name(account.state))
        .bind(account.unit.as_ref().map(UnitId::as_str))
        .bind(account.email.as_deref())
        .bind(account.joined_method.map(method_name))
        .fetch_one(&mut *tx)
        .await?;
        for membership in &account.memberships {
            sqlx::query("insert into membership values ($1, $2, $3, $4)")
                .bind(organization_id)
                .bind(account_id)
                .bind(membership.joined_at)
                .bind(membership.left_at)
                .execute(&mut *tx)
                .await?;
        }
        let delegation = file
            .delegated_administrators
            .iter()
            .find(|delegation| delegation.account == account.id);
        if let Some(delegation) = delegation {
            sqlx::query("insert into delegation values ($1, $2, $3, null)")
                .bind(organization_id)
                .bind(account_id)
                .bind(delegation.enabled_at)
                .execute(&mut *tx)
                .await?;
        }
    }
    Ok(())
}
