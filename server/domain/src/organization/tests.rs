mod apply;
mod changes;
mod snapshot;

use super::snapshot::{FeatureSet, JoinedMethod};
use super::*;
use orgtrail_shared::organization::{AccountKind, AccountState};

const GOOD: &str = r#"{
  "id": "o-exampleorg1", "name": "Example", "management_account": "111122223333",
  "units": [{"id": "r-ab12", "name": "Root"}, {"id": "ou-ab12-cd34ef56", "parent": "r-ab12", "name": "Workloads"}],
  "accounts": [
    {"id": "111122223333", "name": "management", "unit": "r-ab12", "memberships": [{"joined_at": "2026-01-01T00:00:00Z", "left_at": null}]},
    {"id": "444455556666", "unit": "ou-ab12-cd34ef56", "state": "SUSPENDED", "memberships": [{"joined_at": "2026-02-01T00:00:00Z", "left_at": null}]}
  ],
  "delegated_administrators": [{"account": "444455556666", "enabled_at": "2026-03-01T00:00:00Z"}]
}"#;

/// The same with everything that may be left out.
const FULL: &str = r#"{
  "id": "o-exampleorg1", "name": "Example", "management_account": "111122223333",
  "feature_set": "ALL", "trusted_access_since": "2026-01-05T00:00:00Z",
  "units": [{"id": "r-ab12", "name": "Root"}, {"id": "ou-ab12-cd34ef56", "parent": "r-ab12", "name": "Workloads"}],
  "accounts": [
    {"id": "111122223333", "name": "management", "unit": "r-ab12", "email": "management@example.com",
     "joined_method": "INVITED", "memberships": [{"joined_at": "2026-01-01T00:00:00Z", "left_at": null}]},
    {"id": "444455556666", "name": "payments", "unit": "ou-ab12-cd34ef56", "email": "payments@example.com",
     "joined_method": "CREATED", "memberships": [
       {"joined_at": "2026-01-02T00:00:00Z", "left_at": "2026-01-03T00:00:00Z"},
       {"joined_at": "2026-02-01T00:00:00Z", "left_at": null}]},
    {"id": "777788889999", "name": "old", "memberships": [{"joined_at": "2026-01-01T00:00:00Z", "left_at": "2026-01-09T00:00:00Z"}]}
  ],
  "delegated_administrators": [{"account": "444455556666", "enabled_at": "2026-03-01T00:00:00Z"}],
  "policies": [
    {"id": "p-FullAWSAccess", "name": "FullAWSAccess", "is_aws_managed": true, "content": "{\"Statement\":[]}"},
    {"id": "p-guardrail01", "name": "guardrail", "description": "keeps trails", "content": "{}"}
  ],
  "attachments": [
    {"policy": "p-FullAWSAccess", "target": "r-ab12"},
    {"policy": "p-FullAWSAccess", "target": "ou-ab12-cd34ef56"},
    {"policy": "p-guardrail01", "target": "444455556666"}
  ]
}"#;

#[test]
fn a_good_file_is_read() {
    let file = OrganizationFile::parse(GOOD).unwrap();
    assert_eq!(file.kind(&"111122223333".parse().unwrap()), AccountKind::Management);
    assert_eq!(file.kind(&"444455556666".parse().unwrap()), AccountKind::DelegatedAdministrator);
    assert_eq!(file.kind(&"999999999999".parse().unwrap()), AccountKind::Unknown);
    assert_eq!(file.accounts[1].state, AccountState::Suspended);
}

#[test]
fn errors_name_the_place() {
    for (from, to, path) in [
        (
            r#""management_account": "111122223333""#,
            r#""management_account": "999999999999""#,
            "management_account",
        ),
        (r#""parent": "r-ab12""#, r#""parent": "r-zzzz""#, "units[1].parent"),
        (r#""parent": "r-ab12""#, r#""parent": "ou-ab12-cd34ef56""#, "units[1].parent"),
        (r#", "parent": "r-ab12""#, "", "units"),
        (r#""unit": "ou-ab12-cd34ef56""#, r#""unit": "ou-ab12-ffffffff""#, "accounts[1].unit"),
        (r#"{"id": "444455556666""#, r#"{"id": "111122223333""#, "accounts[1].id"),
        (
            r#""account": "444455556666""#,
            r#""account": "111122223333""#,
            "delegated_administrators[0].account",
        ),
        (
            r#""2026-02-01T00:00:00Z", "left_at": null"#,
            r#""2026-02-01T00:00:00Z", "left_at": "2026-01-01T00:00:00Z""#,
            "accounts[1].memberships[0]",
        ),
        (r#""id": "o-exampleorg1""#, r#""id": "exampleorg1""#, "line 2"),
        (r#""name": "Example""#, r#""nmae": "Example""#, "line 2"),
    ] {
        let text = GOOD.replace(from, to);
        assert_ne!(text, GOOD, "{from}");
        let error = OrganizationFile::parse(&text).unwrap_err();
        assert!(error.path.starts_with(path), "{error} for {to}");
    }
}

#[test]
fn errors_in_what_may_be_left_out_name_the_place_too() {
    let others = r#""p-guardrail01", "target": "444455556666"}"#;
    let repeated = format!(r#"{others}, {{"policy": "p-guardrail01", "target": "444455556666"}}"#);
    for (from, to, path) in [
        (r#""feature_set": "ALL""#, r#""feature_set": "SOME""#, "line 3"),
        ("2026-01-05T00:00:00Z", "yesterday", "line 3"),
        ("payments@example.com", "payments", "accounts[1].email"),
        (r#""joined_method": "CREATED""#, r#""joined_method": "BORN""#, "line 9"),
        (r#"{"id": "p-guardrail01""#, r#"{"id": "p-FullAWSAccess""#, "policies[1].id"),
        (r#"{"id": "p-guardrail01""#, r#"{"id": "guardrail01""#, "line 17"),
        (r#""content": "{}""#, r#""content": "[]""#, "policies[1].content"),
        (r#""content": "{}""#, r#""content": "{""#, "policies[1].content"),
        (others, r#""p-unknown0001", "target": "444455556666"}"#, "attachments[2].policy"),
        (others, r#""p-guardrail01", "target": "999999999999"}"#, "attachments[2].target"),
        (others, r#""p-guardrail01", "target": "ou-ab12-ffffffff"}"#, "attachments[2].target"),
        (others, r#""p-guardrail01", "target": "4444"}"#, "line 22"),
        (others, &repeated, "attachments[3]"),
    ] {
        let text = FULL.replace(from, to);
        assert_ne!(text, FULL, "{from}");
        let error = OrganizationFile::parse(&text).unwrap_err();
        assert!(error.path.starts_with(path), "{error} for {to}");
    }
}

#[test]
fn at_most_five_policies_are_attached_to_one_target() {
    let mut file = OrganizationFile::parse(FULL).unwrap();
    for number in 0..5 {
        let policy: orgtrail_shared::ids::PolicyId = format!("p-further0{number}").parse().unwrap();
        file.policies.push(PolicyEntry { id: policy.clone(), ..file.policies[0].clone() });
        file.attachments.push(AttachmentEntry { policy, ..file.attachments[0].clone() });
        let error = file.check().err().map(|error| error.path);
        assert_eq!(error.as_deref(), (number == 4).then_some("attachments[7]"));
    }
}

#[test]
fn a_file_is_a_snapshot_of_those_who_are_members_now() {
    let snapshot = OrganizationFile::parse(FULL).unwrap().to_snapshot().unwrap();
    let accounts: Vec<_> = snapshot.accounts.keys().map(ToString::to_string).collect();
    assert_eq!(accounts, ["111122223333", "444455556666"]);
    let payments = &snapshot.accounts[&"444455556666".parse().unwrap()];
    assert_eq!(
        payments.joined_at,
        "2026-02-01T00:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap()
    );
    assert_eq!(payments.joined_method, Some(JoinedMethod::Created));
    assert_eq!(payments.email.as_deref(), Some("payments@example.com"));
    assert_eq!(snapshot.feature_set, FeatureSet::All);
    assert!(snapshot.trusted_access_since.is_some() && snapshot.has_policies);
    assert_eq!((snapshot.root.id.as_str(), snapshot.units.len()), ("r-ab12", 1));
    assert_eq!((snapshot.policies.len(), snapshot.attachments.len()), (2, 3));

    let little = OrganizationFile::parse(GOOD).unwrap().to_snapshot().unwrap();
    assert_eq!(little.feature_set, FeatureSet::All);
    assert!(little.trusted_access_since.is_none() && !little.has_policies);
}

#[test]
fn a_file_that_says_too_little_is_no_snapshot() {
    for (from, to, path) in [
        (r#""unit": "ou-ab12-cd34ef56", "#, "", "accounts[1].unit"),
        (
            r#""joined_at": "2026-01-01T00:00:00Z", "left_at": null"#,
            r#""joined_at": "2026-01-01T00:00:00Z", "left_at": "2026-01-02T00:00:00Z""#,
            "management_account",
        ),
    ] {
        let file = OrganizationFile::parse(&GOOD.replace(from, to)).unwrap();
        assert_eq!(file.to_snapshot().unwrap_err().path, path);
    }
    let mut rootless = OrganizationFile::parse(GOOD).unwrap();
    rootless.units.clear();
    assert_eq!(rootless.to_snapshot().unwrap_err().path, "units");
}

#[test]
fn what_may_be_left_out_survives_a_round_trip() {
    for text in [GOOD, FULL] {
        let file = OrganizationFile::parse(text).unwrap();
        let printed = serde_json::to_string(&file).unwrap();
        assert_eq!(OrganizationFile::parse(&printed).unwrap(), file);
    }
    let printed = serde_json::to_string(&OrganizationFile::parse(GOOD).unwrap()).unwrap();
    assert!(!printed.contains("policies") && !printed.contains("email"), "{printed}");
}

/// [`GOOD`] as people write it by hand: ids without quotation marks, one of them with a leading zero.
const YAML: &str = "
# The organization
id: o-exampleorg1
name: Example
management_account: 012345678901
units:
  - { id: r-ab12, name: Root }
accounts:
  - id: 012345678901
    unit: r-ab12
    memberships: [{ joined_at: 2026-01-01T00:00:00Z, left_at: null }]
  - id: 444455556666
    name: no # a word, and no boolean
    memberships:
      - joined_at: 2026-02-01T00:00:00Z
";

#[test]
fn a_file_may_be_yaml() {
    let file = OrganizationFile::parse(YAML).unwrap();
    assert_eq!(file.management_account.as_str(), "012345678901");
    assert_eq!(file.accounts[1].id.as_str(), "444455556666");
    assert_eq!(file.accounts[1].name, "no");
    assert_eq!(file.accounts[0].memberships[0].joined_at.to_rfc3339(), "2026-01-01T00:00:00+00:00");
    let of_json = OrganizationFile::parse(GOOD).unwrap();
    let value: serde_json::Value = serde_json::from_str(GOOD).unwrap();
    // JSON is YAML, too: what both say is the same.
    assert_eq!(OrganizationFile::parse(&format!("# a remark\n{value}")).unwrap(), of_json);
}

#[test]
fn errors_in_yaml_name_the_line() {
    let wrong = |text: &str| OrganizationFile::parse(text).unwrap_err().to_string();
    let unknown = wrong(&YAML.replace("name: Example", "title: Example"));
    assert!(unknown.contains("line 4") && unknown.contains("title"), "{unknown}");
    let short = wrong(&YAML.replace("- id: 444455556666", "- id: 4444"));
    assert!(short.contains("line 1"), "{short}");
    let missing = wrong(&YAML.replace("unit: r-ab12", "unit: r-cd34"));
    assert!(missing.contains("accounts[0].unit"), "{missing}");
    for text in ["", "- a\n- b", "id: [", "id: &a [*a]", "\t"] {
        assert!(!wrong(text).is_empty(), "{text:?}");
    }
    // Anchors that stand for anchors grow without bounds elsewhere.
    let level = |level: u32| {
        let below = level - 1;
        format!("a{level}: &a{level} [*a{below}, *a{below}, *a{below}, *a{below}, *a{below}]\n")
    };
    let bomb = format!("a0: &a0 [x, x, x]\n{}", (1..30).map(level).collect::<String>());
    assert!(!wrong(&bomb).is_empty());
}
