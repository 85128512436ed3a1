//! Conditional requests.

use super::timestamp;
use chrono::SubsecRound;
use http::{HeaderMap, HeaderValue, header};
use orgtrail_storage::object_store::{Condition, ObjectVersion, PutOutcome};
use s3s::dto::{ETag, ETagCondition, Timestamp};
use s3s::{S3Error, S3Result, s3_error};

/// The conditions of a read.
#[expect(clippy::struct_field_names, reason = "the names of the headers")]
pub(super) struct ReadConditions<'request> {
    pub(super) if_match: Option<&'request ETagCondition>,
    pub(super) if_none_match: Option<&'request ETagCondition>,
    pub(super) if_modified_since: Option<&'request Timestamp>,
    pub(super) if_unmodified_since: Option<&'request Timestamp>,
}

/// What the conditions of a read come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Proceed,
    PreconditionFailed,
    NotModified,
}

impl ReadConditions<'_> {
    /// Decides, in the order of RFC 9110: the entity tags outweigh the times.
    pub(super) fn verdict(&self, version: &ObjectVersion) -> Verdict {
        // Times go over the wire in seconds.
        let modified = timestamp(version.last_modified.trunc_subsecs(0));
        let is_wanted = match (self.if_match, self.if_unmodified_since) {
            (Some(condition), _) => matches(condition, &version.content.etag),
            (None, Some(since)) => modified <= *since,
            (None, None) => true,
        };
        if !is_wanted {
            return Verdict::PreconditionFailed;
        }
        let is_known = match (self.if_none_match, self.if_modified_since) {
            (Some(condition), _) => matches(condition, &version.content.etag),
            (None, Some(since)) => modified <= *since,
            (None, None) => false,
        };
        if is_known { Verdict::NotModified } else { Verdict::Proceed }
    }

    /// Refuses a GET or HEAD whose conditions don't hold.
    pub(super) fn check(&self, version: &ObjectVersion) -> S3Result<()> {
        match self.verdict(version) {
            Verdict::Proceed => Ok(()),
            Verdict::PreconditionFailed => Err(precondition_failed()),
            Verdict::NotModified => {
                let mut error = s3_error!(NotModified);
                let mut headers = HeaderMap::new();
                let etag = format!("\"{}\"", version.content.etag);
                headers.extend(HeaderValue::from_str(&etag).ok().map(|etag| (header::ETAG, etag)));
                error.set_headers(headers);
                Err(error)
            }
        }
    }
}

/// Reads the condition of a write.
pub(super) fn write_condition(
    if_match: Option<&ETagCondition>,
    if_none_match: Option<&ETagCondition>,
) -> S3Result<Condition> {
    match (if_match, if_none_match) {
        (None, None) => Ok(Condition::Always),
        (None, Some(ETagCondition::Any)) => Ok(Condition::IfAbsent),
        (Some(ETagCondition::Any), None) => Ok(Condition::IfPresent),
        (Some(ETagCondition::ETag(etag)), None) => Ok(Condition::IfMatch(etag.value().to_owned())),
        (None, Some(ETagCondition::ETag(_))) => Err(s3_error!(
            NotImplemented,
            "A header you provided implies functionality that is not implemented: If-None-Match with an ETag"
        )),
        (Some(_), Some(_)) => {
            Err(s3_error!(InvalidRequest, "If-Match and If-None-Match can't be combined."))
        }
    }
}

/// Turns the outcome of a write into an answer.
pub(super) fn check_outcome(outcome: PutOutcome) -> S3Result<()> {
    match outcome {
        PutOutcome::Stored => Ok(()),
        PutOutcome::NoSuchBucket => Err(no_such_bucket()),
        PutOutcome::NoSuchKey => Err(no_such_key()),
        PutOutcome::PreconditionFailed => Err(precondition_failed()),
    }
}

pub(super) fn no_such_bucket() -> S3Error {
    s3_error!(NoSuchBucket, "The specified bucket does not exist")
}

pub(super) fn no_such_key() -> S3Error {
    s3_error!(NoSuchKey, "The specified key does not exist.")
}

pub(super) fn precondition_failed() -> S3Error {
    s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold")
}

/// Entity tags are compared weakly: ours are strong, and a cache may have weakened them.
fn matches(condition: &ETagCondition, etag: &str) -> bool {
    condition.as_etag().is_none_or(|wanted| wanted.weak_cmp(&ETag::Strong(etag.to_owned())))
}
