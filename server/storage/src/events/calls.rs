//! Calls of accounts, grouped: what was called by whom, how often.

use super::counts::bounds;
use crate::{Database, Result, Scope};
use orgtrail_shared::time::TimeRange;
use sqlx::FromRow;

/// Calls that are the same in all that a policy can ask for and the index knows.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct CallGroup {
    /// The account's number in the database.
    pub account_id: i32,
    /// `eventSource`.
    pub source: String,
    /// `eventName`.
    pub name: String,
    /// `awsRegion`.
    pub region: String,
    /// `sourceIPAddress`; empty where it isn't asked for.
    pub source_ip: String,
    /// The principal's kind, as `userIdentity.type` has it.
    pub principal_kind: String,
    /// Its ARN; empty for some.
    pub principal_arn: String,
    /// Its account.
    pub principal_account: String,
    /// Its name.
    pub principal_name: String,
    /// Whether they were denied.
    pub is_denied: bool,
    /// How many.
    pub calls: i64,
    /// When the newest of them was made: seconds since 2010.
    pub newest: i32,
}

/// What a call that was denied says, in lower case.
///
/// Source: CloudTrail user guide and the services' own "Common errors".
const DENIED: [&str; 6] = [
    "accessdenied",
    "accessdeniedexception",
    "unauthorizedoperation",
    "client.unauthorizedoperation",
    "unauthorizedexception",
    "notauthorized",
];

impl Database {
    /// The calls of accounts in a range, the most frequent first, up to a number of groups. Events of services that nobody
    /// called for, sign-ins and insights aren't calls.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn call_groups(
        &self,
        scope: &Scope,
        accounts: &[i32],
        range: TimeRange,
        by_address: bool,
        groups: i64,
    ) -> Result<Vec<CallGroup>> {
        let (from, to) = bounds(range);
        let mut tx = self.read(scope).await?;
        sqlx::query("set local statement_timeout = '30s'").execute(&mut *tx).await?;
        Ok(sqlx::query_as(
            "with g as (
                 select account_id, name_id, region_id, principal_id, error_id, kind_id,
                     case when $4 then ip_id else 0 end as ip_id, count(*) as calls, max(t) as newest
                 from event where account_id = any($1) and t >= $2 and t < $3 group by 1, 2, 3, 4, 5, 6, 7)
             select g.account_id, coalesce(n.detail, '') as source, coalesce(n.value, '') as name,
                 coalesce(r.value, '') as region, coalesce(i.value, '') as source_ip,
                 coalesce(p.kind, '') as principal_kind, coalesce(p.arn, '') as principal_arn,
                 coalesce(p.account, '') as principal_account, coalesce(p.name, '') as principal_name,
                 coalesce(lower(x.value) = any($5), false) as is_denied,
                 sum(calls)::bigint as calls, max(newest) as newest
             from g
             left join term n on n.term_id = g.name_id
             left join term r on r.term_id = g.region_id
             left join term i on i.term_id = g.ip_id
             left join term x on x.term_id = g.error_id
             left join term k on k.term_id = g.kind_id
             left join principal p on p.principal_id = g.principal_id
             where coalesce(k.detail, '') in ('', 'AwsApiCall')
             group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
             order by calls desc, newest desc limit $6",
        )
        .bind(accounts)
        .bind(from)
        .bind(to)
        .bind(by_address)
        .bind(DENIED.map(str::to_owned).to_vec())
        .bind(groups)
        .fetch_all(&mut *tx)
        .await?)
    }
}
