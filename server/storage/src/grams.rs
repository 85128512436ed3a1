//! Bitmaps that tell which log files can't hold a text.

use crate::log_objects::NewObject;
use crate::{Database, Result};
use sqlx::PgConnection;

impl Database {
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
    let (mut ids, mut organizations, mut stop_sets, mut bits) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (object, id) in fresh {
        let Some(grams) = &object.grams else { continue };
        ids.push(*id);
        organizations.push(object.organization_id);
        stop_sets.push(i16::from(grams.stop_set()));
        bits.push(grams.encode());
    }
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into object_grams (object_id, organization_id, stop_set, bits)
         select * from unnest($1::int[], $2::int[], $3::smallint[], $4::bytea[])",
    )
    .bind(ids)
    .bind(organizations)
    .bind(stop_sets)
    .bind(bits)
    .execute(tx)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests;
