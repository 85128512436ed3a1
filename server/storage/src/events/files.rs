//! The log files that hold the candidates of a search.

use super::filter::{EventFilter, Predicate};
use super::sql::push_where;
use crate::{Database, Result, Scope};
use orgtrail_domain::record::{to_index_bound, to_index_time};
use orgtrail_shared::time::TimeRange;
use sqlx::{Postgres, QueryBuilder};

impl EventFilter {
    /// The same filter, for events in some files only.
    #[must_use]
    pub fn in_files(&self, object_ids: Vec<i32>) -> Self {
        let mut filter = self.clone();
        filter.predicates.push((false, Predicate::Ids("object_id", object_ids)));
        filter
    }
}

impl Database {
    /// The files that hold an event of the range which the filter's predicates let through, in no order.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn candidate_files(
        &self,
        scope: &Scope,
        filter: &EventFilter,
        range: TimeRange,
    ) -> Result<Vec<i32>> {
        let mut tx = self.read(scope).await?;
        let from = to_index_time(range.start().timestamp());
        let to = to_index_bound(range.end().timestamp());
        let mut sql = QueryBuilder::<Postgres>::new("select distinct e.object_id from event e");
        push_where(&mut sql, filter, from, to);
        Ok(sql.build_query_scalar().fetch_all(&mut *tx).await?)
    }
}
