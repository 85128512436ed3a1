use super::*;
use proptest::prelude::*;

const LOG: &str = "AWSLogs/o-exampleorg1/444455556666/CloudTrail/us-east-1/2026/01/10/\
444455556666_CloudTrail_us-east-1_20260110T1206Z_0105AbCdEfGhIjKl.json.gz";
const DIGEST: &str = "AWSLogs/o-exampleorg1/444455556666/CloudTrail-Digest/us-east-1/2026/01/10/\
444455556666_CloudTrail-Digest_us-east-1_org_trail_eu-west-1_20260110T130131Z.json.gz";

#[test]
fn a_log_key_is_taken_apart() {
    let ObjectKind::Log(key) = ObjectKind::parse(LOG) else { panic!("not a log key") };
    assert_eq!(key.place.prefix, "");
    assert_eq!(key.place.organization.as_ref().unwrap().as_str(), "o-exampleorg1");
    assert_eq!(key.place.account.as_str(), "444455556666");
    assert_eq!(key.place.day.to_string(), "2026-01-10");
    assert_eq!(key.delivered_at.to_rfc3339(), "2026-01-10T12:06:00+00:00");
    assert_eq!(key.unique, "0105AbCdEfGhIjKl");
    assert_eq!(key.to_string(), LOG);
}

#[test]
fn a_digest_key_keeps_underscores_in_the_trails_name() {
    let ObjectKind::Digest(key) = ObjectKind::parse(DIGEST) else { panic!("not a digest key") };
    assert_eq!((key.trail.as_str(), key.home_region.as_str()), ("org_trail", "eu-west-1"));
    assert!(!key.is_backfill);
    assert_eq!(key.to_string(), DIGEST);
    let backfill = DIGEST.replace(".json.gz", "_backfill.json.gz");
    let ObjectKind::Digest(key) = ObjectKind::parse(&backfill) else { panic!("not a digest key") };
    assert!(key.is_backfill);
    assert_eq!(key.to_string(), backfill);
}

#[test]
fn prefixes_of_several_levels_and_account_trails_parse() {
    for prefix in ["o-abcdefghij/", "a/b/c/", "team/AWSLogs/x/", ""] {
        let key = format!("{prefix}{}", LOG.replace("o-exampleorg1/", ""));
        let ObjectKind::Log(parsed) = ObjectKind::parse(&key) else { panic!("{key}") };
        assert_eq!(parsed.place.prefix, prefix.trim_end_matches('/'));
        assert_eq!(parsed.place.organization, None);
        assert_eq!(parsed.to_string(), key);
    }
}

#[test]
fn other_folders_are_log_files_too() {
    for folder in ["CloudTrail-Insight", "CloudTrail-NetworkActivity", "CloudTrail-Aggregated"] {
        let key = LOG
            .replace("/CloudTrail/", &format!("/{folder}/"))
            .replace("_CloudTrail_", &format!("_{folder}_"));
        assert!(matches!(ObjectKind::parse(&key), ObjectKind::Log(_)), "{key}");
    }
}

#[test]
fn markers_and_foreign_objects_are_told_apart() {
    assert_eq!(ObjectKind::parse("AWSLogs/444455556666/CloudTrail/"), ObjectKind::FolderMarker);
    for key in [
        "",
        "readme.txt",
        "AWSLogs/444455556666/Config/us-east-1/2026/1/10/x.json.gz",
        &LOG.replace("2026/01/10", "2026/13/10"),
        &LOG.replace("/444455556666_", "/111122223333_"),
        &LOG.replace(".json.gz", ".txt"),
        &LOG.replace("_0105AbCdEfGhIjKl", ""),
        &LOG.replace("AWSLogs", "xAWSLogs"),
        &LOG.replace("/2026/01/10/", "/2026/01/10/x/"),
    ] {
        assert_eq!(ObjectKind::parse(key), ObjectKind::Foreign, "{key}");
    }
}

fn any_place() -> impl Strategy<Value = Place> {
    let organization = prop::option::of("o-[a-z0-9]{10,12}");
    (
        "([a-z]{1,5}(/[a-z0-9-]{1,6}){0,2})?",
        organization,
        "[0-9]{12}",
        "[a-z]{2}-[a-z]{4,9}-[1-9]",
        0_i64..40_000,
    )
        .prop_map(|(prefix, organization, account, region, day)| Place {
            prefix,
            organization: organization.map(|id| id.parse().unwrap()),
            account: account.parse().unwrap(),
            region: region.parse().unwrap(),
            day: DateTime::from_timestamp(day * 86_400, 0).unwrap().date_naive(),
        })
}

proptest! {
    /// A printed key is read back as the same key, so a file is found by what a digest says of it.
    #[test]
    fn printing_and_parsing_log_keys_agree(
        place in any_place(), minutes in 0_i64..60_000_000, unique in "[a-zA-Z0-9]{16}",
        folder in prop::sample::select(vec![Folder::CloudTrail, Folder::Insight, Folder::NetworkActivity]),
    ) {
        let delivered_at = DateTime::from_timestamp(minutes * 60, 0).unwrap();
        let key = LogKey { place, folder, delivered_at, unique };
        prop_assert_eq!(ObjectKind::parse(&key.to_string()), ObjectKind::Log(key));
    }

    /// The same for digests.
    #[test]
    fn printing_and_parsing_digest_keys_agree(
        place in any_place(), trail in "[A-Za-z0-9._-]{3,20}", home in "[a-z]{2}-[a-z]{4,9}-[1-9]",
        seconds in 0_i64..4_000_000_000, is_backfill in any::<bool>(),
    ) {
        let ends_at = DateTime::from_timestamp(seconds, 0).unwrap();
        let key = DigestKey { place, trail, home_region: home.parse().unwrap(), ends_at, is_backfill };
        prop_assert_eq!(ObjectKind::parse(&key.to_string()), ObjectKind::Digest(key));
    }

    /// No key makes the parser panic.
    #[test]
    fn any_text_is_something(key in "(\\PC|/|AWSLogs/){0,60}") {
        ObjectKind::parse(&key);
    }
}
