//! Lists of all objects of a bucket, as S3 Inventory delivers them for buckets that are too large to be listed daily.
//!
//! Source: S3 User Guide, "Cataloging and analyzing your data with S3 Inventory" and "Inventory manifest".

use crate::notification::decode;
use crate::reconciliation::ListedContent;
use chrono::{DateTime, Utc};
use flate2::read::MultiGzDecoder;
use md5::{Digest, Md5};
use orgtrail_shared::time::parse_time;
use serde::Deserialize;

/// Why an inventory can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidInventory {
    /// The manifest has another shape.
    #[error("the manifest can't be read: {0}")]
    Manifest(String),
    /// The files are of a kind that isn't read.
    #[error(
        "the inventory's files are {0}, and only CSV is read: configure the inventory with the output format CSV"
    )]
    Format(String),
    /// The inventory lacks a column without which nothing can be compared.
    #[error("the inventory has no column `{0}`: add it to the inventory's optional fields")]
    Column(&'static str),
    /// The bytes are others than those that the inventory was made of.
    #[error("`{0}` has another checksum than the inventory says")]
    Checksum(String),
    /// A line has another shape than the schema says.
    #[error("line {line} of `{file}` can't be read: {reason}")]
    Line {
        /// The data file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A data file is no gzip or no CSV.
    #[error("`{0}` can't be read: {1}")]
    File(String, String),
}

/// A data file of an inventory.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct DataFile {
    /// Its key in the bucket of inventories.
    pub key: String,
    /// MD5 of its bytes, hexadecimal.
    #[serde(rename = "MD5checksum")]
    pub md5: String,
}

/// What an inventory consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The bucket that was listed.
    pub source_bucket: String,
    /// When the listing began. What was written later may not be in it.
    pub created_at: DateTime<Utc>,
    /// The data files, in no order.
    pub files: Vec<DataFile>,
    columns: Columns,
}

/// Where the columns are that are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Columns {
    count: usize,
    key: usize,
    bucket: Option<usize>,
    size: Option<usize>,
    etag: Option<usize>,
    last_modified: Option<usize>,
    is_latest: Option<usize>,
    is_delete_marker: Option<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    source_bucket: String,
    creation_timestamp: String,
    file_format: String,
    #[serde(default)]
    file_schema: String,
    files: Vec<DataFile>,
}

impl Manifest {
    /// Reads a `manifest.json`.
    ///
    /// # Errors
    ///
    /// [`InvalidInventory`] when it has another shape, names another format than CSV, or lacks a column.
    pub fn parse(text: &[u8]) -> Result<Self, InvalidInventory> {
        let wrong = |reason: &dyn ToString| InvalidInventory::Manifest(reason.to_string());
        let document: Document = serde_json::from_slice(text).map_err(|error| wrong(&error))?;
        if !document.file_format.eq_ignore_ascii_case("csv") {
            return Err(InvalidInventory::Format(document.file_format));
        }
        let created_at = document
            .creation_timestamp
            .parse()
            .ok()
            .and_then(DateTime::from_timestamp_millis)
            .ok_or_else(|| wrong(&"its creation time is no number of milliseconds"))?;
        let columns = Columns::parse(&document.file_schema)?;
        Ok(Self {
            source_bucket: document.source_bucket,
            created_at,
            files: document.files,
            columns,
        })
    }

    /// Reads a line of a data file. `None` when it is no object that the bucket shows: an older version, or a marker
    /// of a deletion. An error says what is wrong with it.
    fn read_line<'a>(
        &self,
        field_count: usize,
        field: impl Fn(usize) -> Option<&'a str>,
    ) -> Result<Option<ListedContent>, &'static str> {
        let columns = &self.columns;
        if field_count != columns.count {
            return Err("it has another number of fields than the schema");
        }
        let text = |column: Option<usize>| column.and_then(&field).filter(|text| !text.is_empty());
        let is = |column, wanted: &str| {
            text(column).is_some_and(|text| text.eq_ignore_ascii_case(wanted))
        };
        if text(columns.bucket).is_some_and(|bucket| bucket != self.source_bucket) {
            return Err("it is of another bucket");
        }
        if is(columns.is_delete_marker, "true") || is(columns.is_latest, "false") {
            return Ok(None);
        }
        let key = decode(text(Some(columns.key)).ok_or("it has no key")?);
        let size = match text(columns.size) {
            Some(size) => Some(size.parse().map_err(|_| "its size is no number")?),
            None => None,
        };
        let last_modified = match text(columns.last_modified) {
            Some(time) => Some(parse_time(time).ok().ok_or("its time is none")?),
            None => None,
        };
        let etag = text(columns.etag).map(|etag| etag.trim_matches('"').to_owned());
        Ok(Some(ListedContent { key, etag, size, last_modified }))
    }
}

impl Manifest {
    /// Reads the entries of a data file that is gzip of CSV. After an error nothing of it counts.
    pub fn entries<'a>(
        &'a self,
        file: &'a str,
        bytes: &'a [u8],
    ) -> impl Iterator<Item = Result<ListedContent, InvalidInventory>> + 'a {
        let mut reader = csv::ReaderBuilder::new();
        reader.has_headers(false).flexible(true);
        let records = reader.from_reader(MultiGzDecoder::new(bytes)).into_records();
        (1..).zip(records).filter_map(move |(line, record)| {
            let entry = match record {
                Ok(record) => self.read_line(record.len(), |at| record.get(at)).map_err(|reason| {
                    InvalidInventory::Line { file: file.to_owned(), line, reason }
                }),
                Err(error) => Err(InvalidInventory::File(file.to_owned(), error.to_string())),
            };
            entry.transpose()
        })
    }
}

impl Columns {
    fn parse(schema: &str) -> Result<Self, InvalidInventory> {
        let names: Vec<&str> = schema.split(',').map(str::trim).collect();
        let place = |wanted: &str| names.iter().position(|name| name.eq_ignore_ascii_case(wanted));
        let columns = Self {
            count: names.len(),
            key: place("Key").ok_or(InvalidInventory::Column("Key"))?,
            bucket: place("Bucket"),
            size: place("Size"),
            etag: place("ETag"),
            last_modified: place("LastModifiedDate"),
            is_latest: place("IsLatest"),
            is_delete_marker: place("IsDeleteMarker"),
        };
        // By the key alone a file and its replacement would be the same.
        if columns.size.is_none() && columns.etag.is_none() {
            return Err(InvalidInventory::Column("ETag"));
        }
        // A versioned inventory without this column lists every version as if it were the latest.
        if place("VersionId").is_some() && columns.is_latest.is_none() {
            return Err(InvalidInventory::Column("IsLatest"));
        }
        Ok(columns)
    }
}

/// Checks bytes against an MD5 in hexadecimal digits, with or without white space about it. S3 gives no better one; it
/// tells a torn copy, not a forger.
///
/// # Errors
///
/// [`InvalidInventory::Checksum`].
pub fn check_md5(name: &str, bytes: &[u8], md5: &str) -> Result<(), InvalidInventory> {
    if hex::encode(Md5::digest(bytes)).eq_ignore_ascii_case(md5.trim()) {
        Ok(())
    } else {
        Err(InvalidInventory::Checksum(name.to_owned()))
    }
}

#[cfg(test)]
mod tests;
