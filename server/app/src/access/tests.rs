use super::*;
use std::net::IpAddr;

fn user(role: Role, account_id: Option<i32>, granted_accounts: Vec<i32>) -> UserRow {
    UserRow {
        user_id: 1,
        organization_id: 7,
        name: "x".into(),
        password_hash: String::new(),
        role,
        account_id,
        granted_accounts,
        period: (None, None),
        expires_at: None,
        is_disabled: false,
    }
}

#[test]
fn roles_lead_to_scopes() {
    for (role, account, granted, expected) in [
        (Role::SecurityAnalyst, None, vec![], AccountScope::All),
        (Role::OrganizationAdministrator, Some(1), vec![], AccountScope::All),
        (Role::TrailAdministrator, Some(2), vec![], AccountScope::All),
        (Role::Member, Some(3), vec![], AccountScope::Only(vec![3])),
        (Role::Member, Some(3), vec![4], AccountScope::Only(vec![3])),
        (Role::Member, None, vec![], AccountScope::Only(vec![])),
        (Role::Auditor, Some(5), vec![6, 7], AccountScope::Only(vec![6, 7])),
        (Role::Auditor, Some(5), vec![], AccountScope::All),
    ] {
        let scope = scope_of(&user(role, account, granted));
        assert_eq!((scope.organization_id, scope.accounts), (7, expected), "{role:?}");
    }
}

#[test]
fn only_an_auditors_grant_has_a_period() {
    let period = (DateTime::from_timestamp(1_800_000_000, 0), None);
    let auditor = UserRow { period, ..user(Role::Auditor, None, vec![]) };
    assert!(scope_of(&auditor).from.is_some());
    let analyst = UserRow { period, ..user(Role::SecurityAnalyst, None, vec![]) };
    assert_eq!(scope_of(&analyst).from, None);
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
