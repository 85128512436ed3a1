//! The targets.

use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderName, HeaderValue, Request};
use orgtrail_domain::digest::{Digest, DigestObject, check};
use orgtrail_domain::filter::{Candidate, UnitTree, contains};
use orgtrail_domain::grams::{Grams, GramsBuilder, Probe};
use orgtrail_domain::inflate::inflate;
use orgtrail_domain::log_key::ObjectKind;
use orgtrail_domain::record::split::{split_log_file, split_loose};
use orgtrail_domain::record::{
    FileClaims, IndexedRecord, canonical, flag_bits, flags_from_bits, to_index_bound, to_index_time,
};
use orgtrail_domain::segment::Segment;
use orgtrail_domain::sigv4::{Claim, Payload, Rules, Secret, SessionTokens, SignedRequest};
use orgtrail_shared::ids::UnitId;
use orgtrail_shared::page::EventPosition;
use orgtrail_shared::proof::FileVerdict;
use orgtrail_shared::query::{Condition, Query, TextField};

/// A reader of bytes.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name, and that of its corpus.
    pub name: &'static str,
    /// Reads the bytes, and panics when an invariant doesn't hold.
    pub run: fn(&[u8]),
}

/// All targets.
pub const TARGETS: [Target; 12] = [
    Target { name: "record", run: record },
    Target { name: "split", run: split },
    Target { name: "inflate", run: inflated },
    Target { name: "digest", run: digest },
    Target { name: "log_key", run: log_key },
    Target { name: "query", run: query },
    Target { name: "cursor", run: cursor },
    Target { name: "segment", run: segment },
    Target { name: "grams", run: grams },
    Target { name: "guard", run: guard },
    Target { name: "endpoint", run: endpoint },
    Target { name: "sigv4", run: sigv4 },
];

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_176_000, 0).unwrap_or_default()
}

struct NoUnits;

impl UnitTree for NoUnits {
    fn is_below(&self, _: &str, _: &UnitId) -> bool {
        false
    }
}

/// What can be indexed can be compared, searched and placed in time.
fn record(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let claims = FileClaims {
        account: Some("444455556666".to_owned()),
        region: Some("us-east-1".to_owned()),
        day: Some(20_777),
    };
    let is_json = canonical(text).is_ok();
    let Ok(record) = IndexedRecord::read(text, &claims, noon()) else { return };
    assert!(is_json, "an indexed record can't be compared with another");
    assert_eq!(flag_bits(&flags_from_bits(record.flag_bits())), record.flag_bits());
    assert!(to_index_time(record.seconds) < to_index_bound(i64::MAX));
    let candidate = Candidate::read(text, &claims, noon(), FileVerdict::Verified);
    assert!(candidate.is_ok_and(|candidate| candidate.matches(&Query::default(), &NoUnits)));
}

/// A loose file has every record that a delivered one has.
fn split(bytes: &[u8]) {
    let loose = split_loose(bytes);
    let Ok(parts) = split_log_file(bytes) else { return };
    let read = |text: &str| IndexedRecord::read(text, &FileClaims::default(), noon()).is_ok();
    let delivered = parts.iter().flatten().filter(|text| read(text)).count();
    let Ok(loose) = loose else { panic!("a log file is no loose file") };
    let found = loose.iter().flatten().filter(|text| read(text)).count();
    assert!(found >= delivered, "{found} of {delivered} records are found in a loose file");
}

fn inflated(bytes: &[u8]) {
    if let Ok(inflated) = inflate(bytes) {
        assert_eq!(inflated.members == 0, !bytes.starts_with(&[0x1f, 0x8b]));
    }
}

/// Nothing is trusted without a key.
fn digest(bytes: &[u8]) {
    let Ok(digest) = Digest::parse(bytes) else { return };
    assert!(digest.start < digest.end);
    let texts = digest.log_files.iter().flat_map(|file| [&file.bucket, &file.key]);
    assert!(texts.chain([&digest.key]).all(|text| !text.contains('\0')), "Postgres can't hold it");
    let object = DigestObject {
        bucket: &digest.bucket,
        key: &digest.key,
        sha256: &[0; 32],
        signature: Some("00"),
        signature_algorithm: Some("SHA256withRSA"),
        backfill_generated_at: None,
    };
    assert!(check(&digest, &object, &[]).is_err());
}

/// What is printed is read as the same again.
fn log_key(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let kind = ObjectKind::parse(text);
    let printed = match &kind {
        ObjectKind::Log(key) => key.to_string(),
        ObjectKind::Digest(key) => key.to_string(),
        ObjectKind::FolderMarker | ObjectKind::Foreign => return,
    };
    assert_eq!(ObjectKind::parse(&printed), kind, "{text:?} is printed as {printed:?}");
}

fn query(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Query::parse(text) {
        Ok(query) => {
            let printed = query.to_string();
            let again = Query::parse(&printed);
            // An address as a text is printed as the network of that address alone, which means the same.
            let is_address = query.terms.iter().any(
                |term| matches!(&term.condition, Condition::Text(field, _) if *field == TextField::SourceIp),
            );
            let is_same = again.as_ref() == Ok(&query)
                || (is_address
                    && again.is_ok_and(|again| {
                        again.to_string()
                            == Query::parse(&again.to_string())
                                .map(|query| query.to_string())
                                .unwrap_or_default()
                    }));
            assert!(is_same, "{text:?} is printed as {printed:?}");
            let event = r#"{"eventName":"DeleteBucket","eventTime":"2026-11-20T10:00:00Z","sourceIPAddress":"10.0.0.1"}"#;
            let candidate =
                Candidate::read(event, &FileClaims::default(), noon(), FileVerdict::Verified);
            drop(candidate.map(|candidate| candidate.matches(&query, &NoUnits)));
        }
        Err(mistake) => {
            let length = text.chars().count();
            let is_inside = mistake.start < mistake.end && mistake.start <= length;
            assert!(is_inside, "{text:?}: {mistake:?} points outside");
        }
    }
}

fn cursor(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(position) = EventPosition::from_token(text) {
        assert_eq!(position.to_token(), text);
    }
}

fn segment(bytes: &[u8]) {
    let Ok(segment) = Segment::decode(bytes) else { return };
    let rows: Vec<_> = segment.rows().collect();
    assert_eq!(rows.len(), segment.len());
    let again = Segment::decode(&segment.encode());
    assert!(again.is_ok_and(|again| again == segment), "a segment doesn't come back");
}

/// A text that stands in a record is never skipped. The first line is the text.
fn grams(bytes: &[u8]) {
    drop(Grams::decode(bytes));
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some((needle, record)) = text.split_once('\n') else { return };
    let Ok(probe) = Probe::new(needle) else { return };
    let mut builder = GramsBuilder::new(record.len());
    builder.add(record);
    let grams = builder.finish();
    assert!(
        !contains(record, needle) || grams.may_hold(&probe),
        "{needle:?} is missed in {record:?}"
    );
    assert!(Grams::decode(&grams.encode()).is_ok());
}

/// A request, as lines: method and target, then headers.
fn guard(bytes: &[u8]) {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let first = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let (method, uri) = first.split_once(' ').unwrap_or(("GET", &first));
    let Ok(mut request) = Request::builder().method(method).uri(uri).body(()) else { return };
    for line in lines {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let name = HeaderName::from_bytes(&line[..colon]);
        if let (Ok(name), Ok(value)) =
            (name, HeaderValue::from_bytes(line[colon + 1..].trim_ascii()))
        {
            request.headers_mut().append(name, value);
        }
    }
    let is_signed =
        request.headers().contains_key("authorization") || uri.to_ascii_lowercase().contains("amz");
    let passes = orgtrail_objectstore::guard_request(&request, "us-east-1").is_ok();
    assert!(is_signed || !passes, "a request without a claim passes: {request:?}");
}

fn endpoint(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok((host, _)) = orgtrail_cloud::endpoint::host_and_port(text) {
        assert!(
            text.contains(&host) && !host.contains(['/', '@', '?', '#']),
            "{text:?} leads to {host:?}"
        );
    }
}

/// The request of a text in lines, method and target first and then headers, and the claim that it makes.
fn with_claim<T>(bytes: &[u8], ask: impl FnOnce(&SignedRequest<'_>, Claim) -> T) -> Option<T> {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let (method, target) = std::str::from_utf8(lines.next()?).ok()?.split_once(' ')?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers: Vec<(&str, &[u8])> = lines
        .filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            Some((std::str::from_utf8(&line[..colon]).ok()?, &line[colon + 1..]))
        })
        .collect();
    let request = SignedRequest { method, path, query, headers: &headers };
    let claim = Claim::read(&request).ok()??;
    Some(ask(&request, claim))
}

/// The secret of AWS's published examples, which the corpus is signed with.
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// A body that is empty.
const EMPTY_SHA256: [u8; 32] = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

/// Whether a request of the corpus's form is signed as it should be, `late` after it was.
pub fn is_signed(bytes: &[u8], secret: &str, late: TimeDelta) -> bool {
    let verified = with_claim(bytes, |request, claim| {
        let services = [claim.service()];
        let rules = Rules {
            session_tokens: SessionTokens::CheckedByCaller,
            ..Rules::new(claim.date() + late, &services)
        };
        let secret = Secret::new(secret.to_owned());
        claim.verify(request, Payload::Sha256(EMPTY_SHA256), &secret, &rules).is_ok()
    });
    verified == Some(true)
}

/// Nobody gets in with another secret, or when a week has passed; who gets in has signed the host and all `x-amz-*`.
fn sigv4(bytes: &[u8]) {
    let week = TimeDelta::days(7) + TimeDelta::seconds(1);
    assert!(!is_signed(bytes, "another", TimeDelta::zero()), "signed with another secret");
    assert!(!is_signed(bytes, SECRET, week), "signed for more than a week");
    if !is_signed(bytes, SECRET, TimeDelta::zero()) {
        return;
    }
    let is_covered = with_claim(bytes, |request, claim| {
        let is_signed = |name: &str| claim.signed_headers().iter().any(|signed| signed == name);
        let names = request.headers.iter().map(|(name, _)| name.to_ascii_lowercase());
        let mut special = names.filter(|name| name.starts_with("x-amz-"));
        is_signed("host") && special.all(|name| is_signed(&name))
    });
    assert_eq!(is_covered, Some(true), "a header could be changed");
}
