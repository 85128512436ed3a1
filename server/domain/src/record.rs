//! One CloudTrail record: its fields, read tolerantly, and what the index keeps of it.
//!
//! Source: CloudTrail User Guide, "CloudTrail record contents". Services bump the version on their own, so
//! unknown fields are skipped, missing ones are empty, and a field of an unexpected type is not an error.

mod canonical;
mod fields;
mod principal;
pub mod split;

pub use canonical::canonical;
#[cfg(test)]
mod tests;

pub use fields::{Fields, Identity, Resource};

use chrono::{DateTime, NaiveDateTime, Utc};
use orgtrail_shared::event::{Access, EventFlag, Principal};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use uuid::Uuid;

/// Index time counts seconds from here, so that it fits 32 bits until 2078.
pub const INDEX_EPOCH: i64 = 1_262_304_000; // 2010-01-01T00:00:00Z

/// The earliest event time that is plausible: CloudTrail began in 2013.
const PLAUSIBLE_FROM: i64 = 1_356_998_400; // 2013-01-01T00:00:00Z

/// Why a record can't be indexed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The text is not one JSON object.
    #[error("the record is not a JSON object: {0}")]
    NotAnObject(String),
    /// The bytes are not UTF-8.
    #[error("the record is not UTF-8 from byte {0} on")]
    NotUtf8(usize),
    /// The record is larger than any that CloudTrail writes.
    #[error("the record has {0} bytes, more than the {max} that are read", max = split::RECORD_BYTES_MAX)]
    TooLarge(usize),
    /// Nothing in the object says that it is a CloudTrail record.
    #[error(
        "the object has neither eventTime, eventName nor eventID: it is not a CloudTrail record"
    )]
    NotARecord,
}

/// What a file's name claims about its records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileClaims {
    /// The account.
    pub account: Option<String>,
    /// The Region.
    pub region: Option<String>,
    /// The day of delivery, as days since 1970.
    pub day: Option<i64>,
}

/// What the index keeps of one record.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexedRecord<'a> {
    /// Event time, seconds since 1970; the epoch of the index when unreadable.
    pub seconds: i64,
    /// The event id, or one derived from the content.
    pub event_id: Uuid,
    /// The first half of the SHA-256 of the record's bytes: tells contents under one id apart.
    pub content: Uuid,
    /// Who made the call.
    pub principal: Principal,
    /// `eventName`.
    pub event_name: Cow<'a, str>,
    /// `eventSource`.
    pub event_source: Cow<'a, str>,
    /// The account the record was delivered for.
    pub account: Cow<'a, str>,
    /// `awsRegion`.
    pub region: Cow<'a, str>,
    /// `sourceIPAddress`.
    pub source_ip: Cow<'a, str>,
    /// `userAgent`.
    pub user_agent: Cow<'a, str>,
    /// `errorCode`.
    pub error_code: Cow<'a, str>,
    /// `userIdentity.accessKeyId`.
    pub access_key: Cow<'a, str>,
    /// `eventCategory`, or what follows from the other fields.
    pub category: Cow<'a, str>,
    /// `eventType`.
    pub event_type: Cow<'a, str>,
    /// Whether the call only read.
    pub access: Access,
    /// Resources by ARN and type.
    pub resources: Vec<Resource<'a>>,
    /// Remarks.
    pub flags: Vec<EventFlag>,
}

impl<'a> IndexedRecord<'a> {
    /// Reads one record's text.
    ///
    /// `now` bounds plausible times.
    ///
    /// # Errors
    ///
    /// [`RecordError`] when the text is not a record; the caller keeps its bytes.
    pub fn read(
        text: &'a str,
        claims: &FileClaims,
        now: DateTime<Utc>,
    ) -> Result<Self, RecordError> {
        let fields = Fields::parse(text)?;
        if fields.event_time.is_empty()
            && fields.event_name.is_empty()
            && fields.event_id.is_empty()
        {
            return Err(RecordError::NotARecord);
        }
        Ok(Self::from_fields(fields, text, claims, now))
    }

    fn from_fields(
        fields: Fields<'a>,
        text: &str,
        claims: &FileClaims,
        now: DateTime<Utc>,
    ) -> Self {
        let mut flags = Vec::new();
        let hash = Sha256::digest(text.as_bytes());
        let mut half = [0; 16];
        half.copy_from_slice(&hash[..16]);
        let content = Uuid::from_bytes(half);
        let event_id = fields.event_id.parse().ok().filter(|_| fields.event_id.len() == 36);
        if event_id.is_none() {
            flags.push(EventFlag::DerivedId);
        }
        let time = parse_event_time(&fields.event_time);
        let seconds = time.unwrap_or(INDEX_EPOCH);
        if time.is_none_or(|time| time < PLAUSIBLE_FROM || time > now.timestamp() + 86_400) {
            flags.push(EventFlag::OddTime);
        }
        let account = fields.account(claims);
        let region = fields.region.clone();
        let differs = |claimed: &Option<String>, actual: &str| {
            !actual.is_empty() && claimed.as_ref().is_some_and(|claimed| claimed != actual)
        };
        if differs(&claims.account, &account) {
            flags.push(EventFlag::OtherAccount);
        }
        if differs(&claims.region, &region) {
            flags.push(EventFlag::OtherRegion);
        }
        let day = time.map(|time| time.div_euclid(86_400));
        if let (Some(claimed), Some(day)) = (claims.day, day)
            && (claimed - day).abs() > 1
        {
            flags.push(EventFlag::OtherDay);
        }
        Self {
            seconds,
            event_id: event_id.unwrap_or_else(|| derived_id(half)),
            content,
            principal: fields.principal(),
            category: fields.category(),
            access: fields.access(),
            account,
            region,
            event_name: fields.event_name,
            event_source: fields.event_source,
            source_ip: fields.source_ip,
            user_agent: fields.user_agent,
            error_code: fields.error_code,
            access_key: fields.identity.access_key,
            event_type: fields.event_type,
            resources: fields.resources,
            flags,
        }
    }

    /// The bits of the flags, as the index stores them.
    pub fn flag_bits(&self) -> i32 {
        flag_bits(&self.flags)
    }
}

/// The bits of flags, as the index stores them.
pub fn flag_bits(flags: &[EventFlag]) -> i32 {
    EventFlag::ALL.iter().filter(|(flag, _)| flags.contains(flag)).map(|(_, bit)| bit).sum()
}

/// The flags behind stored bits.
pub fn flags_from_bits(bits: i32) -> Vec<EventFlag> {
    EventFlag::ALL.iter().filter(|(_, bit)| bits & bit != 0).map(|(flag, _)| *flag).collect()
}

/// An id for a record that has none: a UUID of version 8, made from its content.
fn derived_id(content: [u8; 16]) -> Uuid {
    uuid::Builder::from_custom_bytes(content).into_uuid()
}

/// Reads `eventTime`: RFC 3339, basic ISO 8601 as in very old records, or seconds since 1970.
fn parse_event_time(text: &str) -> Option<i64> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.timestamp());
    }
    if let Ok(time) = NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%SZ") {
        return Some(time.and_utc().timestamp());
    }
    let seconds: f64 = text.parse().ok()?;
    // Milliseconds since 1970, as some wrappers write, are far beyond any plausible second.
    let seconds = if seconds > 1e11 { seconds / 1000.0 } else { seconds };
    #[expect(clippy::cast_possible_truncation, reason = "the comparison bounds the value")]
    (0.0..1e11).contains(&seconds).then_some(seconds as i64)
}

/// Seconds since 1970 → index time, held inside what 32 bits can carry.
pub fn to_index_time(seconds: i64) -> i32 {
    let offset = seconds.saturating_sub(INDEX_EPOCH);
    // The greatest value stays free: ranges are half-open, and every event must lie below some end.
    i32::try_from(offset).unwrap_or(if offset < 0 { i32::MIN } else { i32::MAX }).min(i32::MAX - 1)
}

/// Seconds since 1970 → the end of a half-open range of index time; above every event when it is far enough.
pub fn to_index_bound(seconds: i64) -> i32 {
    let offset = seconds.saturating_sub(INDEX_EPOCH);
    i32::try_from(offset).unwrap_or(if offset < 0 { i32::MIN } else { i32::MAX })
}

/// Index time → seconds since 1970.
pub fn from_index_time(time: i32) -> i64 {
    INDEX_EPOCH + i64::from(time)
}
