//! The organization made equal to a file.

use super::intervals::{History, keep_places};
use super::snapshot::{begin_revision, corrupt};
use super::writing::{method_name, write_changes, write_rest};
use super::{Origin, kind_name, state_name};
use crate::{Database, Result};
use chrono::{DateTime, Utc};
use orgtrail_domain::organization::OrganizationFile;
use orgtrail_domain::organization::changes::compare;
use orgtrail_shared::ids::UnitId;
use sqlx::PgConnection;

impl Database {
    /// Makes the model equal to a file, in one transaction. Accounts that the file doesn't name stay, as *unknown*.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] for a file whose policies contradict its accounts, [`StoreError::Database`]; nothing was
    /// changed.
    pub async fn load_organization(
        &self,
        file: &OrganizationFile,
        origin: Origin,
        now: DateTime<Utc>,
    ) -> Result<i32> {
        // A file may say nothing of units; then it says nothing of policies, either.
        let snapshot = match file.to_snapshot() {
            Ok(snapshot) => Some(snapshot),
            Err(_) if file.units.is_empty() => None,
            Err(error) => return Err(corrupt("organization", &error)),
        };
        let organization_id = self.ensure_organization(&file.id, &file.name, origin, now).await?;
        let known = self.snapshot(organization_id).await?;
        let mut tx = self.worker().begin().await?;
        let is_first = begin_revision(&mut tx, organization_id, origin).await? == 0;
        write_file(&mut tx, organization_id, file).await?;
        let history = History { organization_id, now, is_first };
        keep_places(&mut tx, history).await?;
        if let Some(snapshot) = snapshot {
            write_rest(&mut tx, history, &snapshot).await?;
            let changes = known.map(|known| compare(&known, &snapshot)).unwrap_or_default();
            write_changes(&mut tx, organization_id, &changes, origin, now).await?;
        }
        sqlx::query("update chain set is_stale = true where organization_id = $1")
            .bind(organization_id)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(organization_id)
    }
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
