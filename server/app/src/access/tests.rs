use super::*;
use chrono::DateTime;
use orgtrail_authz::Engine;
use orgtrail_storage::AccountScope;
use std::net::IpAddr;

/// The organization with a root, a unit of two accounts, one account beside it, and one that has left.
fn tree() -> OrganizationTree {
    let above = [
        ("o-exampleorg1", None),
        ("r-ab12", Some("o-exampleorg1")),
        ("ou-ab12-11111111", Some("r-ab12")),
        ("111111111111", Some("r-ab12")),
        ("222222222222", Some("ou-ab12-11111111")),
        ("333333333333", Some("ou-ab12-11111111")),
        ("444444444444", Some("o-exampleorg1")),
    ];
    let numbers = [1, 2, 3, 4].map(|id: i32| (id.to_string().repeat(12), id));
    OrganizationTree {
        above: above.map(|(place, above)| (place.to_owned(), above.map(str::to_owned))).into(),
        accounts: numbers.into(),
    }
}

fn grant(role: Role, target: &str) -> GrantFacts {
    GrantFacts { id: 1, role, target: target.to_owned(), expires_at: None, from: None, to: None }
}

fn scope(grants: &[GrantFacts], is_suspended: bool) -> Scope {
    let person = Person { name: "x".into(), is_suspended, ..Person::default() };
    let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let engine = Engine::new().unwrap();
    let rules = scope::Rules { engine: &engine, own: None };
    scope::scope_of(rules, &person, grants, &tree(), now).unwrap()
}

#[test]
fn what_the_organization_forbids_is_cut_out_of_what_is_seen() {
    let engine = Engine::new().unwrap();
    let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let person = Person { name: "x".into(), ..Person::default() };
    let seen = |text: &str, target: &str| {
        let own = engine.read_own(text).unwrap();
        let rules = scope::Rules { engine: &engine, own: Some(&own) };
        let grants = [grant(Role::SecurityAnalyst, target)];
        scope::scope_of(rules, &person, &grants, &tree(), now).unwrap().accounts
    };
    let unit = r#"@id("unit") forbid (principal, action == Action::"orgtrail:SearchEvents", resource in Node::"ou-ab12-11111111");"#;
    assert_eq!(seen(unit, "o-exampleorg1"), only(&[1, 4]));
    assert_eq!(seen(unit, "ou-ab12-11111111"), only(&[]));
    assert_eq!(seen(unit, "111111111111"), only(&[1]));
    let other =
        r#"@id("other") forbid (principal, action == Action::"orgtrail:ManagePeople", resource);"#;
    assert_eq!(seen(other, "o-exampleorg1"), AccountScope::All);
    let all = r#"@id("all") forbid (principal, action, resource);"#;
    assert_eq!(seen(all, "o-exampleorg1"), only(&[]));
}

fn only(accounts: &[i32]) -> AccountScope {
    AccountScope::Only(accounts.to_vec())
}

#[test]
fn grants_lead_to_scopes() {
    for role in Role::ALL {
        for (target, expected) in [
            ("o-exampleorg1", AccountScope::All),
            ("r-ab12", only(&[1, 2, 3])),
            ("ou-ab12-11111111", only(&[2, 3])),
            ("333333333333", only(&[3])),
            ("444444444444", only(&[4])),
            ("999999999999", only(&[])),
        ] {
            let found = scope(&[grant(role, target)], false);
            assert_eq!(found.accounts, expected, "{role:?} at {target}");
            assert_eq!(scope(&[grant(role, target)], true).accounts, only(&[]), "suspended");
        }
    }
    let several = [grant(Role::Member, "444444444444"), grant(Role::Auditor, "ou-ab12-11111111")];
    assert_eq!(scope(&several, false).accounts, only(&[2, 3, 4]));
    assert_eq!(scope(&[], false).accounts, only(&[]));
}

#[test]
fn of_several_periods_only_what_all_show_is_seen() {
    let at = |days: i64| DateTime::from_timestamp(1_790_000_000 + days * 86_400, 0);
    let period = |from, to| GrantFacts { from, to, ..grant(Role::Auditor, "o-exampleorg1") };
    let both = scope(&[period(at(0), at(10)), period(at(5), None)], false);
    let one = scope(&[period(at(5), at(10))], false);
    assert_eq!((both.from, both.to), (one.from, one.to));
    assert!(one.from.is_some() && one.to.is_some());
    let open = scope(&[period(None, None)], false);
    assert_eq!((open.from, open.to), (None, None));
    // A grant that is over shows nothing.
    let over = GrantFacts { expires_at: at(0), ..grant(Role::Auditor, "o-exampleorg1") };
    assert_eq!(scope(&[over], false).accounts, only(&[]));
}

#[tokio::test]
async fn a_password_is_checked_and_an_unknown_name_never_passes() {
    let hash = hash_password("correct horse".into()).await.unwrap();
    assert!(verify_password("correct horse".into(), Some(hash.clone())).await.unwrap());
    assert!(!verify_password("wrong".into(), Some(hash)).await.unwrap());
    assert!(!verify_password("anything".into(), None).await.unwrap());
}

#[test]
fn attempts_are_limited_by_name_and_by_address() {
    let throttle = SignInThrottle::default();
    let address = |last: u8| IpAddr::from([198, 51, 100, last]);
    let refused = (0..40).filter(|_| throttle.check("alice", address(1)).is_err()).count();
    assert!(refused >= 29, "{refused}");
    assert!(throttle.check("Alice", address(2)).is_err(), "the name is limited from any address");
    assert!(throttle.check("bob", address(3)).is_ok());
    let many =
        (0..40).filter(|index| throttle.check(&format!("u{index}"), address(4)).is_err()).count();
    assert!(many >= 9, "{many}");
}
