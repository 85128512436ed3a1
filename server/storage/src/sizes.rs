//! How many bytes each table and index takes.

use crate::{Database, Result};

/// The size of a table without its indexes, or of one index; partitions count as one.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct RelationSize {
    /// The table that it belongs to.
    pub table: String,
    /// The table or index.
    pub name: String,
    /// Bytes on disk, with what is stored out of line.
    pub bytes: i64,
}

impl Database {
    /// The sizes of all tables and indexes, the largest first; those of the embedded store, too.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn relation_sizes(&self) -> Result<Vec<RelationSize>> {
        // An index of a partition belongs to the index of the whole table, also when it was made before it was attached.
        Ok(sqlx::query_as(
            "with relation as (
                 -- Of an index this function gives the size with its map of free space, too.
                 select coalesce(parent.oid, c.oid) as oid, pg_table_size(c.oid) as bytes
                 from pg_class c
                 join pg_namespace n on n.oid = c.relnamespace
                 left join pg_inherits i on i.inhrelid = c.oid
                 left join pg_class parent on parent.oid = i.inhparent
                 where n.nspname in ('public', 'object_store') and c.relkind in ('r', 'i'))
             select coalesce(t.relname, r.relname)::text as \"table\", r.relname::text as name,
                    sum(relation.bytes)::bigint as bytes
             from relation
             join pg_class r on r.oid = relation.oid
             left join pg_index x on x.indexrelid = r.oid
             left join pg_class t on t.oid = x.indrelid
             group by 1, 2 order by 3 desc, 2",
        )
        .fetch_all(self.worker())
        .await?)
    }
}

#[cfg(test)]
mod tests;
