//! Bitmaps that tell which log files can't hold a text.

use crate::log_objects::NewObject;
use crate::{Database, Result};
use orgtrail_domain::grams::{Grams, VERSION};
use sqlx::PgConnection;

impl Database {
    /// Files with events that have no bitmap, or one of an older version, the newest first.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn files_without_grams(&self, limit: i64) -> Result<Vec<i32>> {
        Ok(sqlx::query_scalar(
            "select object_id from log_object as o where event_count > 0
                 and not exists (
                     select from object_grams as g where g.object_id = o.object_id and g.stop_set >= $2)
             order by object_id desc limit $1",
        )
        .bind(limit)
        .bind(VERSION)
        .fetch_all(self.worker())
        .await?)
    }

    /// Stores bitmaps of files that have none yet, or one of an older version. They must be made of the very texts that a search reads.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was stored.
    pub async fn add_grams(&self, made: &[(i32, Grams)]) -> Result<()> {
        let ids: Vec<i32> = made.iter().map(|(id, _)| *id).collect();
        let bits: Vec<Vec<u8>> = made.iter().map(|(_, grams)| grams.encode()).collect();
        sqlx::query(
            "insert into object_grams (object_id, organization_id, stop_set, bits)
             select o.object_id, o.organization_id, $2, made.bits
             from unnest($1::int[], $3::bytea[]) as made (object_id, bits)
             join log_object as o on o.object_id = made.object_id
             on conflict (object_id) do update set stop_set = excluded.stop_set, bits = excluded.bits
                 where object_grams.stop_set < excluded.stop_set",
        )
        .bind(ids)
        .bind(VERSION)
        .bind(bits)
        .execute(self.worker())
        .await?;
        Ok(())
    }

    /// The stored bitmaps of some files, as [`orgtrail_domain::grams::Grams::decode`] reads them. A file without one is
    /// not among them.
    ///
    /// A bitmap is outside every scope: the ids must come from a query within the caller's.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn object_grams(&self, object_ids: &[i32]) -> Result<Vec<(i32, Vec<u8>)>> {
        Ok(sqlx::query_as("select object_id, bits from object_grams where object_id = any($1)")
            .bind(object_ids)
            .fetch_all(self.worker())
            .await?)
    }
}

/// Stores the bitmaps of new objects, in their transaction.
pub(crate) async fn insert(tx: &mut PgConnection, fresh: &[(&NewObject, i32)]) -> Result<()> {
    let (mut ids, mut organizations, mut bits) = (Vec::new(), Vec::new(), Vec::new());
    for (object, id) in fresh {
        let Some(grams) = &object.grams else { continue };
        ids.push(*id);
        organizations.push(object.organization_id);
        bits.push(grams.encode());
    }
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into object_grams (object_id, organization_id, stop_set, bits)
         select object_id, organization_id, $3, bits
         from unnest($1::int[], $2::int[], $4::bytea[]) as made (object_id, organization_id, bits)",
    )
    .bind(ids)
    .bind(organizations)
    .bind(VERSION)
    .bind(bits)
    .execute(tx)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests;
