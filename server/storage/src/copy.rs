//! Event rows in the binary format of COPY, which is the cheapest way into a table.
//!
//! Source: PostgreSQL documentation, COPY, "Binary Format".

use orgtrail_domain::segment::SegmentRow;
use uuid::Uuid;

/// One row of the event index.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRow {
    /// Index time.
    pub t: i32,
    /// The record's place in its file, from 0.
    pub ordinal: i32,
    /// The account's number in the database.
    pub account_id: i32,
    /// The principal.
    pub principal_id: i32,
    /// The role session's name; 0 for none.
    pub session_id: i32,
    /// The event's name and source.
    pub name_id: i32,
    /// The Region.
    pub region_id: i32,
    /// The source address.
    pub ip_id: i32,
    /// The user agent.
    pub agent_id: i32,
    /// The error code; 0 for none.
    pub error_id: i32,
    /// Category and event type.
    pub kind_id: i32,
    /// Remarks and access.
    pub flags: i32,
    /// Which content under the event id.
    pub variant: i32,
    /// The event id.
    pub event_id: Uuid,
    /// Half of the record's SHA-256.
    pub content: Uuid,
    /// The access key's bits.
    pub access_key: Uuid,
    /// Hashes of resource ARNs and types.
    pub resources: Vec<i64>,
}

impl EventRow {
    /// What segments hold of the row.
    pub(crate) fn segment_row(&self, object_id: i32) -> SegmentRow {
        SegmentRow {
            t: self.t,
            object_id,
            ordinal: self.ordinal,
            ids: [
                self.name_id,
                self.region_id,
                self.principal_id,
                self.session_id,
                self.ip_id,
                self.agent_id,
                self.error_id,
                self.kind_id,
                self.flags,
            ],
        }
    }
}

/// The statement that the bytes belong to, for one partition.
pub(crate) fn copy_into(partition: &str) -> String {
    format!(
        "copy {partition} (t, object_id, ordinal, organization_id, account_id, principal_id, session_id, name_id, \
         region_id, ip_id, agent_id, error_id, kind_id, flags, variant, event_id, content, access_key, resources) \
         from stdin (format binary)"
    )
}

const FIELD_COUNT: i16 = 19;
const INT8_OID: i32 = 20;

/// Collects rows as COPY wants them.
pub(crate) struct EventCopy(Vec<u8>);

impl EventCopy {
    pub(crate) fn new() -> Self {
        let mut bytes = Vec::with_capacity(64 << 10);
        bytes.extend_from_slice(b"PGCOPY\n\xff\r\n\0");
        bytes.extend_from_slice(&[0; 8]); // no flags, no extension
        Self(bytes)
    }

    pub(crate) fn push(&mut self, object_id: i32, organization_id: i32, row: &EventRow) {
        let bytes = &mut self.0;
        bytes.extend_from_slice(&FIELD_COUNT.to_be_bytes());
        for value in [
            row.t,
            object_id,
            row.ordinal,
            organization_id,
            row.account_id,
            row.principal_id,
            row.session_id,
            row.name_id,
            row.region_id,
            row.ip_id,
            row.agent_id,
            row.error_id,
            row.kind_id,
            row.flags,
            row.variant,
        ] {
            bytes.extend_from_slice(&4_i32.to_be_bytes());
            bytes.extend_from_slice(&value.to_be_bytes());
        }
        for id in [row.event_id, row.content, row.access_key] {
            bytes.extend_from_slice(&16_i32.to_be_bytes());
            bytes.extend_from_slice(id.as_bytes());
        }
        push_array(bytes, &row.resources);
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.0.extend_from_slice(&(-1_i16).to_be_bytes());
        self.0
    }
}

fn push_array(bytes: &mut Vec<u8>, values: &[i64]) {
    if values.is_empty() {
        bytes.extend_from_slice(&(-1_i32).to_be_bytes());
        return;
    }
    let count = i32::try_from(values.len()).unwrap_or(i32::MAX);
    let length = count.saturating_mul(12).saturating_add(20);
    // Length, one dimension, no nulls, element type, count, lower bound.
    for value in [length, 1, 0, INT8_OID, count, 1] {
        bytes.extend_from_slice(&value.to_be_bytes());
    }
    for value in values {
        bytes.extend_from_slice(&8_i32.to_be_bytes());
        bytes.extend_from_slice(&value.to_be_bytes());
    }
}
