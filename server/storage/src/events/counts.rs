//! Histogram, totals and facets, in SQL.

use super::filter::{ACCESS_MASK, EventFilter, READ_BITS};
use super::sql::push_where;
use crate::{Database, Result, Scope};
use orgtrail_domain::record::{to_index_bound, to_index_time};
use orgtrail_shared::query::{Facet, TextField};
use orgtrail_shared::time::TimeRange;
use sqlx::{PgConnection, Postgres, QueryBuilder, Row};

/// One bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistogramRow {
    /// The bar's number, from 0.
    pub bucket: i32,
    /// Calls that may have changed something and succeeded.
    pub writes: i64,
    /// Calls that only read and succeeded.
    pub reads: i64,
    /// Calls that failed.
    pub errors: i64,
}

/// One value of a facet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetRow {
    /// The value.
    pub value: String,
    /// What to show; empty for the value itself.
    pub label: String,
    /// How many events have it.
    pub events: i64,
}

pub(super) fn bounds(range: TimeRange) -> (i32, i32) {
    (to_index_time(range.start().timestamp()), to_index_bound(range.end().timestamp()))
}

/// Where a facet's values are.
pub(super) fn facet_source(
    facet: Facet,
) -> Option<(&'static str, &'static str, &'static str, &'static str)> {
    const TERM: &str = "left join term d on d.term_id = c.id";
    Some(match facet {
        Facet::Account => {
            ("account_id", "left join account d on d.account_id = c.id", "d.number", "d.name")
        }
        Facet::Text(TextField::EventName) => ("name_id", TERM, "d.value", "''"),
        Facet::Text(TextField::EventSource) => ("name_id", TERM, "d.detail", "''"),
        Facet::Text(TextField::Principal) => (
            "principal_id",
            "left join principal d on d.principal_id = c.id",
            "case when d.arn = '' then d.name else d.arn end",
            "d.name",
        ),
        Facet::Text(TextField::Error) => ("error_id", TERM, "d.value", "''"),
        Facet::Text(TextField::Region) => ("region_id", TERM, "d.value", "''"),
        Facet::Text(TextField::SourceIp) => ("ip_id", TERM, "d.value", "''"),
        Facet::Text(TextField::UserAgent) => ("agent_id", TERM, "d.value", "''"),
        Facet::Text(_) => return None,
    })
}

impl Database {
    /// Counts events by time. Exact for the filter's predicates. The first bar begins `shift` seconds before the
    /// range, so that bars lie on round times.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn histogram(
        &self,
        scope: &Scope,
        filter: &EventFilter,
        range: TimeRange,
        shift: i32,
        bucket_seconds: i32,
    ) -> Result<Vec<HistogramRow>> {
        let (from, to) = bounds(range);
        let mut sql = QueryBuilder::<Postgres>::new("select ((e.t::bigint - ");
        sql.push_bind(i64::from(from) - i64::from(shift))
            .push(") / ")
            .push_bind(i64::from(bucket_seconds))
            .push(")::int as bucket, ");
        sql.push("count(*) filter (where e.error_id = 0 and e.flags & ");
        sql.push_bind(ACCESS_MASK).push(" <> ").push_bind(READ_BITS).push(") as writes, ");
        sql.push("count(*) filter (where e.error_id = 0 and e.flags & ");
        sql.push_bind(ACCESS_MASK).push(" = ").push_bind(READ_BITS).push(") as reads, ");
        sql.push("count(*) filter (where e.error_id <> 0) as errors from event e");
        push_where(&mut sql, filter, from, to);
        sql.push(" group by 1 order by 1");
        let mut tx = self.read(scope).await?;
        sql.build()
            .fetch_all(&mut *tx)
            .await?
            .into_iter()
            .map(|row| {
                Ok(HistogramRow {
                    bucket: row.try_get("bucket")?,
                    writes: row.try_get("writes")?,
                    reads: row.try_get("reads")?,
                    errors: row.try_get("errors")?,
                })
            })
            .collect()
    }

    /// Counts all events that the filter's predicates let through.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn count_events(
        &self,
        scope: &Scope,
        filter: &EventFilter,
        range: TimeRange,
    ) -> Result<i64> {
        let (from, to) = bounds(range);
        let mut sql = QueryBuilder::<Postgres>::new("select count(*) from event e");
        push_where(&mut sql, filter, from, to);
        let mut tx = self.read(scope).await?;
        Ok(sql.build_query_scalar().fetch_one(&mut *tx).await?)
    }

    /// The most frequent values of a facet, and how many further values there are.
    ///
    /// `beginning` narrows the values down to those that begin with it, for completion.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn facet(
        &self,
        scope: &Scope,
        filter: &EventFilter,
        range: TimeRange,
        facet: Facet,
        beginning: &str,
        values: i64,
    ) -> Result<(Vec<FacetRow>, i64)> {
        let Some((column, join, value, label)) = facet_source(facet) else {
            return Ok((Vec::new(), 0));
        };
        let (from, to) = bounds(range);
        let mut sql = QueryBuilder::<Postgres>::new("with c as (select e.");
        sql.push(column).push(" as id, count(*) as events from event e");
        push_where(&mut sql, filter, from, to);
        sql.push(" group by 1)");
        push_values(&mut sql, (join, value, label), beginning, values);
        let mut tx = self.read(scope).await?;
        read_values(&mut tx, sql).await
    }
}

/// Pushes how the values of the ids in `c` are put together and ordered.
pub(super) fn push_values(
    sql: &mut QueryBuilder<Postgres>,
    (join, value, label): (&str, &str, &str),
    beginning: &str,
    values: i64,
) {
    sql.push(", v as (select coalesce(").push(value).push(", '') as value, max(coalesce(");
    sql.push(label).push(", '')) as label, sum(c.events)::bigint as events from c ").push(join);
    sql.push(
        " group by 1) select value, label, events, count(*) over () as distinct_values from v",
    );
    if !beginning.is_empty() {
        sql.push(" where lower(value collate \"C\") like ")
            .push_bind(format!("{}%", super::filter::like(&beginning.replace(['*', '?'], ""))));
    }
    sql.push(" order by events desc, value limit ").push_bind(values);
}

/// The values, and how many further ones there are.
pub(super) async fn read_values(
    tx: &mut PgConnection,
    mut sql: QueryBuilder<Postgres>,
) -> Result<(Vec<FacetRow>, i64)> {
    let rows = sql.build().fetch_all(tx).await?;
    let distinct: i64 = rows.first().map_or(Ok(0), |row| row.try_get("distinct_values"))?;
    let found: Vec<FacetRow> = rows
        .into_iter()
        .map(|row| {
            Ok(FacetRow {
                value: row.try_get("value")?,
                label: row.try_get("label")?,
                events: row.try_get("events")?,
            })
        })
        .collect::<Result<_>>()?;
    let others = distinct - i64::try_from(found.len()).unwrap_or(0);
    Ok((found, others))
}
