//! One event: its contents and the files that delivered it.

use super::page::{EventHit, push_joins, read_hit, select_hits};
use crate::{Database, Result, Scope};
use chrono::{DateTime, Utc};
use orgtrail_domain::record::to_index_time;
use orgtrail_shared::page::EventPosition;
use sqlx::Row;
use uuid::Uuid;

/// One content under an event id.
#[derive(Clone, Debug, PartialEq)]
pub struct ContentRow {
    /// The row of the index.
    pub hit: EventHit,
    /// The files that delivered it, the one whose record is shown first.
    pub deliveries: Vec<DeliveryRow>,
}

/// A file that delivered an event.
#[derive(Clone, Debug, PartialEq)]
pub struct DeliveryRow {
    /// The object.
    pub object_id: i32,
    /// The record's place in it.
    pub ordinal: i32,
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// SHA-256 of the uncompressed bytes.
    pub sha256: Option<Vec<u8>>,
    /// The verdict.
    pub verdict: String,
    /// When it was reached.
    pub verdict_at: Option<DateTime<Utc>>,
    /// The digest that lists the file.
    pub digest_key: Option<String>,
    /// When the file was collected.
    pub collected_at: DateTime<Utc>,
}

impl Database {
    /// Every content under an event id that the scope shows.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn event_by_id(&self, scope: &Scope, event_id: Uuid) -> Result<Vec<ContentRow>> {
        let mut sql = select_hits("e.event_id = ");
        sql.push_bind(event_id).push(" limit 100");
        self.contents(scope, sql).await
    }

    /// The event at a position in the order of results.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn event_at(
        &self,
        scope: &Scope,
        position: EventPosition,
    ) -> Result<Option<ContentRow>> {
        let mut sql = select_hits("e.t = ");
        sql.push_bind(to_index_time(position.seconds))
            .push(" and e.object_id = ")
            .push_bind(position.file)
            .push(" and e.ordinal = ")
            .push_bind(position.ordinal);
        Ok(self.contents(scope, sql).await?.into_iter().next())
    }

    async fn contents(
        &self,
        scope: &Scope,
        mut sql: sqlx::QueryBuilder<sqlx::Postgres>,
    ) -> Result<Vec<ContentRow>> {
        push_joins(&mut sql);
        let mut tx = self.read(scope).await?;
        let rows = sql.build().fetch_all(&mut *tx).await?;
        let mut contents = Vec::new();
        for row in &rows {
            let hit = read_hit(row)?;
            let deliveries = deliveries(&mut tx, &hit).await?;
            contents.push(ContentRow { hit, deliveries });
        }
        contents.sort_by_key(|content| content.hit.variant);
        Ok(contents)
    }
}

async fn deliveries(tx: &mut sqlx::PgConnection, hit: &EventHit) -> Result<Vec<DeliveryRow>> {
    let rows = sqlx::query(
        "select o.object_id, w.ordinal, o.bucket, o.key, o.content_sha256, o.verdict, o.verdict_at,
                (select d.key from log_object d where d.object_id = o.digest_id), o.collected_at
         from (select $1::int as object_id, $2::int as ordinal, 0 as place
               union all
               select object_id, ordinal, 1 from event_delivery
               where event_id = $3 and t = $4 and account_id = $5 and variant = $6) w
         join log_object o using (object_id) order by w.place, o.object_id, w.ordinal",
    )
    .bind(hit.object_id)
    .bind(hit.ordinal)
    .bind(hit.event_id)
    .bind(to_index_time(hit.seconds))
    .bind(hit.account_id)
    .bind(hit.variant)
    .fetch_all(tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(DeliveryRow {
                object_id: row.try_get(0)?,
                ordinal: row.try_get(1)?,
                bucket: row.try_get(2)?,
                key: row.try_get(3)?,
                sha256: row.try_get(4)?,
                verdict: row.try_get(5)?,
                verdict_at: row.try_get(6)?,
                digest_key: row.try_get(7)?,
                collected_at: row.try_get(8)?,
            })
        })
        .collect()
}
