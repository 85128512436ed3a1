use super::*;

const GOOD: &str = r#"{
  "id": "o-exampleorg1", "name": "Example", "management_account": "111122223333",
  "units": [{"id": "r-ab12", "name": "Root"}, {"id": "ou-ab12-cd34ef56", "parent": "r-ab12", "name": "Workloads"}],
  "accounts": [
    {"id": "111122223333", "name": "management", "unit": "r-ab12", "memberships": [{"joined_at": "2026-01-01T00:00:00Z", "left_at": null}]},
    {"id": "444455556666", "unit": "ou-ab12-cd34ef56", "state": "SUSPENDED", "memberships": [{"joined_at": "2026-02-01T00:00:00Z", "left_at": null}]}
  ],
  "delegated_administrators": [{"account": "444455556666", "enabled_at": "2026-03-01T00:00:00Z"}]
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
