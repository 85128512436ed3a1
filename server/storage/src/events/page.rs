//! Pages of events, newest first.

use super::filter::EventFilter;
use super::sql::push_where;
use crate::{Database, Result, Scope};
use orgtrail_domain::record::{from_index_time, to_index_bound, to_index_time};
use orgtrail_domain::segment::{Column, SegmentRow};
use orgtrail_shared::page::EventPosition;
use orgtrail_shared::time::TimeRange;
use sqlx::{PgConnection, Postgres, QueryBuilder, Row};
use uuid::Uuid;

/// One row of the index with its texts.
#[derive(Clone, Debug, PartialEq)]
pub struct EventHit {
    /// Seconds since 1970.
    pub seconds: i64,
    /// The file that holds the record.
    pub object_id: i32,
    /// The record's place in it.
    pub ordinal: i32,
    /// The event id.
    pub event_id: Uuid,
    /// The content under the id.
    pub variant: i32,
    /// The account's number in the database.
    pub account_id: i32,
    /// The account.
    pub account: String,
    /// The account's name.
    pub account_name: String,
    /// `eventName`.
    pub event_name: String,
    /// `eventSource`.
    pub event_source: String,
    /// `awsRegion`.
    pub region: String,
    /// `sourceIPAddress`.
    pub source_ip: String,
    /// `userAgent`.
    pub user_agent: String,
    /// `errorCode`.
    pub error_code: String,
    /// `eventCategory`.
    pub category: String,
    /// The principal: kind, ARN, account, name.
    pub principal: (String, String, String, String),
    /// The role session's name.
    pub session: String,
    /// Remarks and access.
    pub flags: i32,
    /// The access key's bits.
    pub access_key: Uuid,
    /// The verdict on the file; empty when the caller may not know of the file.
    pub verdict: String,
    /// How many files delivered the event.
    pub deliveries: i64,
}

impl EventHit {
    /// The place of the event in the order of results.
    pub fn position(&self) -> EventPosition {
        EventPosition { seconds: self.seconds, file: self.object_id, ordinal: self.ordinal }
    }
}

const ROW: &str = "select e.t, e.object_id, e.ordinal, e.event_id, e.variant, e.account_id,
    coalesce(a.number, '') as account, coalesce(a.name, '') as account_name,
    coalesce(n.value, '') as event_name, coalesce(n.detail, '') as event_source,
    coalesce(r.value, '') as region, coalesce(i.value, '') as source_ip, coalesce(g.value, '') as user_agent,
    coalesce(x.value, '') as error_code, coalesce(k.value, '') as category,
    coalesce(p.kind, '') as p_kind, coalesce(p.arn, '') as p_arn, coalesce(p.account, '') as p_account,
    coalesce(p.name, '') as p_name, coalesce(s.value, '') as session, e.flags, e.access_key,
    coalesce(o.verdict, '') as verdict,
    (select count(*) from event_delivery d where d.event_id = e.event_id and d.t = e.t
         and d.account_id = e.account_id and d.variant = e.variant) + 1 as deliveries
    from (";

const JOINS: &str = ") e
    left join account a on a.account_id = e.account_id
    left join term n on n.term_id = e.name_id
    left join term r on r.term_id = e.region_id
    left join term i on i.term_id = e.ip_id
    left join term g on g.term_id = e.agent_id
    left join term x on x.term_id = e.error_id
    left join term k on k.term_id = e.kind_id
    left join term s on s.term_id = e.session_id
    left join principal p on p.principal_id = e.principal_id
    left join log_object o on o.object_id = e.object_id
    order by e.t desc, e.object_id desc, e.ordinal desc";

impl Database {
    /// The newest events of the range that the filter's predicates let through, behind `after`.
    ///
    /// The order is total and never changes for a stored event, so pages neither repeat nor skip rows while new
    /// events arrive. The filter's residual is the caller's to check.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn events_page(
        &self,
        scope: &Scope,
        filter: &EventFilter,
        range: TimeRange,
        after: Option<EventPosition>,
        rows: u32,
    ) -> Result<Vec<EventHit>> {
        let mut tx = self.read(scope).await?;
        let low = to_index_time(range.start().timestamp());
        let mut high = to_index_bound(range.end().timestamp());
        if let Some(after) = after {
            high = high.min(to_index_time(after.seconds).saturating_add(1));
        }
        // Without an index that gives the order, a window is read and sorted; it grows until it holds enough.
        let mut window = if filter.has_needle() { 7 * 86_400 } else { 3_600 };
        let mut hits = Vec::new();
        while high > low {
            let from = low.max(high.saturating_sub(window));
            let wanted = i64::from(rows) - i64::try_from(hits.len()).unwrap_or(0);
            hits.extend(window_page(&mut tx, filter, (from, high), after, wanted).await?);
            if hits.len() >= rows as usize {
                break;
            }
            high = from;
            window = window.saturating_mul(4);
        }
        Ok(hits)
    }
}

async fn window_page(
    tx: &mut PgConnection,
    filter: &EventFilter,
    (from, to): (i32, i32),
    after: Option<EventPosition>,
    rows: i64,
) -> Result<Vec<EventHit>> {
    let mut sql = QueryBuilder::<Postgres>::new(ROW);
    sql.push("select * from event e");
    push_where(&mut sql, filter, from, to);
    if let Some(after) = after {
        sql.push(" and (e.t, e.object_id, e.ordinal) < (")
            .push_bind(to_index_time(after.seconds))
            .push(", ")
            .push_bind(after.file)
            .push(", ")
            .push_bind(after.ordinal)
            .push(")");
    }
    sql.push(" order by e.t desc, e.object_id desc, e.ordinal desc limit ").push_bind(rows);
    sql.push(JOINS);
    let found = sql.build().fetch_all(tx).await?;
    found.iter().map(read_hit).collect()
}

/// The rows at places that segments named. Each is looked up by its principal and time, for which there is an index;
/// `limit` keeps Postgres from reading whole partitions instead.
pub(super) fn page_of_places(rows: &[SegmentRow]) -> QueryBuilder<Postgres> {
    let of = |value: fn(&SegmentRow) -> i32| rows.iter().map(value).collect::<Vec<_>>();
    let mut sql = QueryBuilder::<Postgres>::new(ROW);
    sql.push("select e.* from unnest(").push_bind(of(|row| row.t)).push("::int[], ");
    sql.push_bind(of(|row| row.object_id)).push("::int[], ");
    sql.push_bind(of(|row| row.ordinal)).push("::int[], ");
    sql.push_bind(of(|row| row.id(Column::Principal)));
    sql.push(
        "::int[]) as w (t, object_id, ordinal, principal_id) cross join lateral (
             select * from event where event.principal_id = w.principal_id and event.t = w.t
                 and event.object_id = w.object_id and event.ordinal = w.ordinal limit 1) e",
    );
    sql.push(JOINS);
    sql
}

/// Rows of the index, selected by the caller's own condition on `event e`.
pub(super) fn select_hits(condition: &str) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::<Postgres>::new(ROW);
    sql.push("select * from event e where ").push(condition);
    sql
}

/// Ends a statement begun by [`select_hits`].
pub(super) fn push_joins(sql: &mut QueryBuilder<Postgres>) {
    sql.push(JOINS);
}

pub(super) fn read_hit(row: &sqlx::postgres::PgRow) -> Result<EventHit> {
    Ok(EventHit {
        seconds: from_index_time(row.try_get("t")?),
        object_id: row.try_get("object_id")?,
        ordinal: row.try_get("ordinal")?,
        event_id: row.try_get("event_id")?,
        variant: row.try_get("variant")?,
        account_id: row.try_get("account_id")?,
        account: row.try_get("account")?,
        account_name: row.try_get("account_name")?,
        event_name: row.try_get("event_name")?,
        event_source: row.try_get("event_source")?,
        region: row.try_get("region")?,
        source_ip: row.try_get("source_ip")?,
        user_agent: row.try_get("user_agent")?,
        error_code: row.try_get("error_code")?,
        category: row.try_get("category")?,
        principal: (
            row.try_get("p_kind")?,
            row.try_get("p_arn")?,
            row.try_get("p_account")?,
            row.try_get("p_name")?,
        ),
        session: row.try_get("session")?,
        flags: row.try_get("flags")?,
        access_key: row.try_get("access_key")?,
        verdict: row.try_get("verdict")?,
        deliveries: row.try_get("deliveries")?,
    })
}
