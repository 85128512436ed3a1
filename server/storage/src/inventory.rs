//! An inventory in the order of keys: its files have none, so the database sorts it, in a table of one connection.

use crate::{Database, Result};
use chrono::{DateTime, Utc};
use orgtrail_domain::reconciliation::ListedContent;
use sqlx::{PgConnection, Row};

/// The entries of an inventory. The table is gone with its connection.
#[derive(Debug)]
pub struct InventoryTable {
    connection: PgConnection,
}

impl Database {
    /// Makes an empty table for an inventory.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`], also when the application's role may make no temporary table.
    pub async fn inventory_table(&self) -> Result<InventoryTable> {
        // Not given back to the pool, as somebody else would find the table there.
        let mut connection = self.worker().acquire().await?.detach();
        sqlx::query(
            "create temporary table inventory_entry (key text collate \"C\" not null, etag text, size bigint,
                 last_modified timestamptz)",
        )
        .execute(&mut connection)
        .await?;
        Ok(InventoryTable { connection })
    }
}

impl InventoryTable {
    /// Adds entries, in any order.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn add(&mut self, entries: &[ListedContent]) -> Result<()> {
        let keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
        let etags: Vec<Option<&str>> = entries.iter().map(|entry| entry.etag.as_deref()).collect();
        let size = |entry: &ListedContent| entry.size.and_then(|size| i64::try_from(size).ok());
        let sizes: Vec<Option<i64>> = entries.iter().map(size).collect();
        let times: Vec<Option<DateTime<Utc>>> =
            entries.iter().map(|entry| entry.last_modified).collect();
        sqlx::query(
            "insert into inventory_entry
             select * from unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[])",
        )
        .bind(keys)
        .bind(etags)
        .bind(sizes)
        .bind(times)
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// Sorts what was added.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn sort(&mut self) -> Result<()> {
        for sql in [
            "create index inventory_entry_by_key on inventory_entry (key)",
            "analyze inventory_entry",
        ] {
            sqlx::query(sql).execute(&mut self.connection).await?;
        }
        Ok(())
    }

    /// A page in the order of keys, byte by byte. An entry that is there twice is given twice, if it isn't cut off by
    /// the end of a page.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn page(&mut self, after: Option<&str>, limit: i64) -> Result<Vec<ListedContent>> {
        let rows = sqlx::query(
            "select key, etag, size, last_modified from inventory_entry
             where $1::text is null or key > $1 collate \"C\" order by key limit $2",
        )
        .bind(after)
        .bind(limit)
        .fetch_all(&mut self.connection)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(ListedContent {
                    key: row.try_get(0)?,
                    etag: row.try_get(1)?,
                    size: row.try_get::<Option<i64>, _>(2)?.map(i64::unsigned_abs),
                    last_modified: row.try_get(3)?,
                })
            })
            .collect()
    }

    /// How many keys are there more than once; in a right inventory, none.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn doubled(&mut self) -> Result<i64> {
        Ok(sqlx::query_scalar(
            "select count(*) from (select from inventory_entry group by key having count(*) > 1) doubled",
        )
        .fetch_one(&mut self.connection)
        .await?)
    }
}

#[cfg(test)]
mod tests;
