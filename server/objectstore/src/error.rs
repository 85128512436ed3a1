//! What can go wrong below the wire.

use orgtrail_storage::StoreError;
use s3s::{S3Error, S3ErrorCode};
use std::io;
use std::path::PathBuf;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store's directory could not be read or written; nothing was recorded.
    #[error("could not use the object store's file or directory `{path}`")]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process has the directory open.
    #[error("the object store's directory `{path}` is in use by another process")]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// The metadata could not be read or written.
    #[error("the object store's metadata could not be used")]
    Metadata(#[from] StoreError),
    /// The file of a content is missing or holds other bytes than it should.
    #[error("the content {sha256} is {state}")]
    Damaged {
        /// The content's name in hexadecimal.
        sha256: String,
        /// What is wrong with it: `missing` or `altered`.
        state: &'static str,
    },
    /// The bucket does not exist.
    #[error("there is no bucket `{bucket}`")]
    NoSuchBucket {
        /// Its name.
        bucket: String,
    },
    /// The name can't be a bucket's.
    #[error("`{bucket}` is no valid name of a bucket")]
    InvalidBucketName {
        /// The name.
        bucket: String,
    },
    /// The key is empty, longer than 1,024 bytes or holds a NUL.
    #[error("`{key}` is no valid key of an object")]
    InvalidKey {
        /// The key.
        key: String,
    },
    /// The process is shutting down.
    #[error("the object store is shutting down")]
    Stopped,
}

/// The result of everything in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Makes the function that names the file behind an I/O error.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { path: path.into(), source }
    }
}

impl From<Error> for S3Error {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::NoSuchBucket { .. } => S3ErrorCode::NoSuchBucket,
            Error::InvalidBucketName { .. } => S3ErrorCode::InvalidBucketName,
            Error::InvalidKey { .. } => S3ErrorCode::InvalidArgument,
            Error::InUse { .. } | Error::Stopped => S3ErrorCode::ServiceUnavailable,
            Error::File { .. } | Error::Metadata(_) | Error::Damaged { .. } => {
                S3ErrorCode::InternalError
            }
        };
        // The source goes to the log, never to the client: it names paths and statements.
        Self::with_source(code, Box::new(error))
    }
}
