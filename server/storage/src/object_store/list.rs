//! Listing the keys of a bucket, page by page.

use super::bounds::successor;
use super::{ObjectMetadata, size_from_row};
use crate::{Result, StoreError};
use chrono::{DateTime, Utc};
use sqlx::FromRow;

/// Which keys to list.
#[derive(Clone, Debug)]
pub struct ListQuery<'query> {
    /// The bucket.
    pub bucket: &'query str,
    /// Keys must begin with it.
    pub prefix: &'query str,
    /// Keys that share everything up to its first occurrence after the prefix are one entry. Not empty.
    pub delimiter: Option<&'query str>,
    /// The smallest text that may be listed, as [`super::bounds::lower_bound`] makes it of a marker.
    pub from: &'query str,
    /// How many entries.
    pub limit: u32,
}

/// What a listing says about an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectSummary {
    /// Its key.
    pub key: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its entity tag without quotes.
    pub etag: String,
    /// Its storage class.
    pub storage_class: String,
    /// When it was written.
    pub last_modified: DateTime<Utc>,
}

/// One entry of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListEntry {
    /// An object.
    Object(ObjectSummary),
    /// All keys that begin with this text, which ends with the delimiter.
    Prefix(String),
}

/// One page of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPage {
    /// The entries in bytewise order of their names.
    pub entries: Vec<ListEntry>,
    /// Whether there are more.
    pub has_more: bool,
}

#[derive(FromRow)]
struct EntryRow {
    key: Option<String>,
    common_prefix: Option<String>,
    size: Option<i64>,
    etag: Option<String>,
    storage_class: Option<String>,
    last_modified: Option<DateTime<Utc>>,
}

/// Walks the index `object_version_latest`. The bucket comes with it, as a row of nulls when it is empty.
const LIST_KEYS: &str = "
    select entry.key, null::text as common_prefix, entry.size, entry.etag, entry.storage_class,
           entry.last_modified
    from object_store.bucket
    left join lateral (
        select version.key, version.size, version.etag, version.storage_class, version.last_modified
        from object_store.object_version as version
        where version.bucket_id = bucket.bucket_id and version.is_latest and not version.is_delete_marker
          and version.key >= $2 and version.key < $3
        order by version.key
        limit $4
    ) as entry on true
    where bucket.name = $1
    order by entry.key";

/// Jumps: one probe of `object_version_latest` per entry, so a common prefix over a million keys costs
/// as much as one over two. `cut` is where the delimiter begins in the rest of the key, or 0.
const LIST_WITH_DELIMITER: &str = r#"
    with recursive walk as (
        select 0::bigint as step, bucket_id, $2::text collate "C" as next_from, null::text collate "C" as key,
               null::text collate "C" as common_prefix, null::bigint as size, null::text as etag,
               null::text as storage_class, null::timestamptz as last_modified
        from object_store.bucket where name = $1
        union all
        select walk.step + 1, walk.bucket_id,
               case when found.cut > 0 then left(found.key, $5 + found.cut - 1) || $7
                    else found.key || chr(1) end,
               found.key,
               case when found.cut > 0 then left(found.key, $5 + found.cut - 1) || $6 end,
               found.size, found.etag, found.storage_class, found.last_modified
        from walk
        cross join lateral (
            select version.key, strpos(substr(version.key, $5 + 1), $6) as cut, version.size, version.etag,
                   version.storage_class, version.last_modified
            from object_store.object_version as version
            where version.bucket_id = walk.bucket_id and version.is_latest and not version.is_delete_marker
              and version.key >= walk.next_from and version.key < $3
            order by version.key
            limit 1
        ) as found
        where walk.step < $4
    )
    select key, common_prefix, size, etag, storage_class, last_modified from walk order by step"#;

impl ObjectMetadata {
    /// Lists one page of a bucket's keys, or nothing if there is no such bucket.
    pub async fn list(&self, query: &ListQuery<'_>) -> Result<Option<ListPage>> {
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        // One more than asked for tells whether there are more.
        let rows_max = i64::from(query.limit) + 1;
        let rows: Vec<EntryRow> = match query.delimiter {
            None => {
                sqlx::query_as(LIST_KEYS)
                    .bind(query.bucket)
                    .bind(query.from)
                    .bind(successor(query.prefix))
                    .bind(rows_max)
                    .fetch_all(&self.pool)
                    .await?
            }
            Some(delimiter) => {
                let prefix_characters =
                    i32::try_from(query.prefix.chars().count()).unwrap_or(i32::MAX - 1);
                sqlx::query_as(LIST_WITH_DELIMITER)
                    .bind(query.bucket)
                    .bind(query.from)
                    .bind(successor(query.prefix))
                    .bind(rows_max)
                    .bind(prefix_characters)
                    .bind(delimiter)
                    .bind(successor(delimiter))
                    .fetch_all(&self.pool)
                    .await?
            }
        };
        if rows.is_empty() {
            return Ok(None);
        }
        let mut entries = rows
            .into_iter()
            .filter(|row| row.key.is_some())
            .map(EntryRow::into_entry)
            .collect::<Result<Vec<_>>>()?;
        let has_more = entries.len() > limit;
        entries.truncate(limit);
        Ok(Some(ListPage { entries, has_more }))
    }
}

impl ListEntry {
    /// The key or the common prefix, by which entries are ordered.
    pub fn name(&self) -> &str {
        match self {
            Self::Object(object) => &object.key,
            Self::Prefix(prefix) => prefix,
        }
    }
}

impl EntryRow {
    fn into_entry(self) -> Result<ListEntry> {
        if let Some(prefix) = self.common_prefix {
            return Ok(ListEntry::Prefix(prefix));
        }
        match (self.key, self.size, self.etag, self.storage_class, self.last_modified) {
            (Some(key), Some(size), Some(etag), Some(storage_class), Some(last_modified)) => {
                let size = size_from_row(size);
                Ok(ListEntry::Object(ObjectSummary {
                    key,
                    size,
                    etag,
                    storage_class,
                    last_modified,
                }))
            }
            _ => Err(StoreError::Corrupt {
                table: "object_store.object_version",
                reason: "an object has no content".to_owned(),
            }),
        }
    }
}
