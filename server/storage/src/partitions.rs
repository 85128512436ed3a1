//! Partitions of days that are over are vacuumed, frozen and analyzed once.

use crate::{Database, Result};
use chrono::{DateTime, Utc};
use orgtrail_domain::record::to_index_time;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// How long after its end a partition is left open for late deliveries, in seconds.
const OPEN_AFTER_END: i32 = 2 * 86_400;

impl Database {
    /// Closes partitions whose time is over. Only the owner of a table may vacuum it.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; partitions that were done stay done.
    pub async fn close_partitions(
        &self,
        owner: &PgConnectOptions,
        now: DateTime<Utc>,
    ) -> Result<u64> {
        let before = to_index_time(now.timestamp()).saturating_sub(OPEN_AFTER_END);
        let names: Vec<String> = sqlx::query_scalar(
            "select name from event_partition where closed_at is null and high_t < $1 order by low_t limit 100",
        )
        .bind(before)
        .fetch_all(self.worker())
        .await?;
        if names.is_empty() {
            return Ok(0);
        }
        let mut connection = PgConnection::connect_with(owner).await?;
        for name in &names {
            // The name was made by our own function out of digits and underscores.
            connection.execute(AssertSqlSafe(format!("vacuum (freeze, analyze) {name}"))).await?;
            sqlx::query("update event_partition set closed_at = $2 where name = $1")
                .bind(name)
                .bind(now)
                .execute(self.worker())
                .await?;
        }
        connection.close().await?;
        Ok(names.len() as u64)
    }
}
