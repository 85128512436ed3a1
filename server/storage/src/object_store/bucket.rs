//! Buckets.

use super::ObjectMetadata;
use crate::Result;
use chrono::{DateTime, Utc};
use sqlx::FromRow;

/// A bucket.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// What became of a request to make a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BucketCreation {
    /// It was made.
    New,
    /// It was there already.
    AlreadyKnown,
}

/// What became of a request to delete a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BucketDeletion {
    /// It is gone.
    Deleted,
    /// It holds objects or unfinished uploads, and stays.
    NotEmpty,
    /// There was none.
    NoSuchBucket,
}

impl ObjectMetadata {
    /// Makes a bucket, once: a concurrent caller with the same name sees that it is known.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was written and the call may be repeated.
    pub async fn create_bucket(&self, name: &str, now: DateTime<Utc>) -> Result<BucketCreation> {
        let inserted = sqlx::query(
            "insert into object_store.bucket (name, created_at) values ($1, $2)
             on conflict (name) do nothing",
        )
        .bind(name)
        .bind(now)
        .execute(&self.pool)
        .await?;
        Ok(if inserted.rows_affected() == 1 {
            BucketCreation::New
        } else {
            BucketCreation::AlreadyKnown
        })
    }

    /// Looks a bucket up by its name.
    pub async fn lookup_bucket(&self, name: &str) -> Result<Option<Bucket>> {
        Ok(sqlx::query_as("select name, created_at from object_store.bucket where name = $1")
            .bind(name)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// Lists all buckets by name.
    pub async fn list_buckets(&self) -> Result<Vec<Bucket>> {
        Ok(sqlx::query_as("select name, created_at from object_store.bucket order by name")
            .fetch_all(&self.pool)
            .await?)
    }

    /// Deletes a bucket that holds nothing.
    ///
    /// A concurrent writer holds a key share lock on the bucket's row until its own row is visible. This
    /// waits for it, and then the foreign key refuses, which is *not empty* just the same.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was deleted and the call may be repeated.
    pub async fn delete_bucket(&self, name: &str) -> Result<BucketDeletion> {
        let deleted = sqlx::query(
            "delete from object_store.bucket as bucket
             where name = $1
               and not exists (select from object_store.object_version as version
                               where version.bucket_id = bucket.bucket_id)
               and not exists (select from object_store.multipart_upload as upload
                               where upload.bucket_id = bucket.bucket_id)",
        )
        .bind(name)
        .execute(&self.pool)
        .await;
        match deleted {
            Ok(done) if done.rows_affected() == 1 => Ok(BucketDeletion::Deleted),
            Ok(_) if self.lookup_bucket(name).await?.is_none() => Ok(BucketDeletion::NoSuchBucket),
            Ok(_) => Ok(BucketDeletion::NotEmpty),
            Err(sqlx::Error::Database(error)) if error.is_foreign_key_violation() => {
                Ok(BucketDeletion::NotEmpty)
            }
            Err(error) => Err(error.into()),
        }
    }
}
