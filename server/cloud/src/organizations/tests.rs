//! Reading an organization from a server on loopback that speaks the protocol of Organizations and fails on demand.
//! Whatever fails, there is a whole snapshot or an error.

mod fake;

use super::*;
use crate::error::CloudError;
use fake::{Fake, Reply, model};
use orgtrail_domain::organization::snapshot::{JoinedMethod, Snapshot};
use orgtrail_shared::operations::Trouble;
use orgtrail_shared::organization::AccountState;
use serde_json::{Value, json};
use std::time::Duration;

const ROOT: &str = "r-ab12";
const UNIT: &str = "ou-ab12-00000001";
const BELOW: &str = "ou-ab12-00000002";

fn pace() -> Pace {
    Pace {
        between_calls: Duration::ZERO,
        attempts: 3,
        backoff: Duration::from_millis(1),
        backoff_max: Duration::from_millis(2),
        pages_max: 20,
    }
}

async fn fetch(fake: &Fake) -> Result<Option<Snapshot>> {
    fetch_snapshot(&fake.config(), &pace()).await
}

#[tokio::test]
async fn a_whole_organization_is_read() {
    let fake = Fake::start(model()).await;
    let snapshot = fetch(&fake).await.unwrap().unwrap();

    assert_eq!(snapshot.id.as_str(), "o-exampleorg1");
    assert_eq!(snapshot.management_account.as_str(), "000000000001");
    assert_eq!((snapshot.root.id.as_str(), snapshot.root.name.as_str()), (ROOT, "Root"));
    let tree: Vec<_> =
        snapshot.units.iter().map(|(id, unit)| (id.as_str(), unit.parent.as_str())).collect();
    assert_eq!(tree, [(UNIT, ROOT), (BELOW, UNIT)]);
    let lies: Vec<_> =
        snapshot.accounts.iter().map(|(id, it)| (id.as_str(), it.unit.as_str())).collect();
    let expected = [("000000000001", ROOT), ("000000000002", UNIT), ("000000000003", UNIT)];
    assert_eq!(lies[..3], expected);
    assert_eq!(lies[3..], [("000000000004", UNIT), ("000000000005", BELOW)]);
    let since = snapshot.trusted_access_since.unwrap();
    assert_eq!(since.to_rfc3339(), "2023-11-14T22:13:20.123+00:00");
    let administrators: Vec<_> = snapshot.delegated_administrators.keys().collect();
    assert_eq!(administrators, [&"000000000002".parse().unwrap()]);
    assert_eq!((snapshot.policies.len(), snapshot.attachments.len()), (2, 9));
    let guardrail = &snapshot.policies[&"p-guardrail01".parse().unwrap()];
    assert_eq!(
        (guardrail.content.as_str(), guardrail.is_aws_managed),
        ("{\"Statement\": []}", false)
    );
    assert_eq!(fake.count("DescribePolicy"), 2, "each policy is asked for once");
}

#[tokio::test]
async fn the_same_organization_is_always_the_same_snapshot() {
    let fake = Fake::start(model()).await;
    let first = fetch(&fake).await.unwrap();
    let mut other = model();
    for list in ["units", "accounts", "attached"] {
        for entries in other[list].as_object_mut().unwrap().values_mut() {
            entries.as_array_mut().unwrap().reverse();
        }
    }
    let reversed = Fake::start(other).await;
    assert_eq!(fetch(&reversed).await.unwrap(), first);
}

#[tokio::test]
async fn an_account_without_organization_has_no_snapshot() {
    let fake = Fake::start(model()).await;
    fake.always("DescribeOrganization", Reply::Error(400, "AWSOrganizationsNotInUseException"));
    assert_eq!(fetch(&fake).await.unwrap(), None);
    assert_eq!(describe_organization(&fake.config()).await.unwrap(), None);
}

/// `State` and `Status`, either of which an endpoint may lack or know better.
#[tokio::test]
async fn the_state_wins_over_the_status() {
    for (state, status, expected) in [
        (json!("CLOSED"), json!("SUSPENDED"), Some(AccountState::Closed)),
        (json!("PENDING_ACTIVATION"), Value::Null, Some(AccountState::PendingActivation)),
        (Value::Null, json!("PENDING_CLOSURE"), Some(AccountState::PendingClosure)),
        (json!("HIBERNATING"), json!("SUSPENDED"), Some(AccountState::Suspended)),
        (json!("HIBERNATING"), Value::Null, None),
        (Value::Null, Value::Null, None),
    ] {
        let mut model = model();
        let account = &mut model["accounts"][ROOT][0];
        account["State"] = state.clone();
        account["Status"] = status.clone();
        let fake = Fake::start(model).await;
        let found = fetch(&fake).await;
        let found = found.ok().flatten().map(|it| it.accounts.values().next().unwrap().state);
        assert_eq!(found, expected, "{state} {status}");
    }
}

#[tokio::test]
async fn without_policies_in_force_none_are_asked_for() {
    for types in [
        json!([]),
        json!([{"Type": "SERVICE_CONTROL_POLICY", "Status": "PENDING_ENABLE"}]),
        json!([{"Type": "TAG_POLICY", "Status": "ENABLED"}]),
    ] {
        let mut model = model();
        model["roots"][0]["PolicyTypes"] = types;
        let fake = Fake::start(model).await;
        let snapshot = fetch(&fake).await.unwrap().unwrap();
        assert!(!snapshot.has_policies && snapshot.attachments.is_empty());
        assert_eq!(fake.count("ListPoliciesForTarget") + fake.count("DescribePolicy"), 0);
    }
}

#[tokio::test]
async fn consolidated_billing_knows_neither_trust_nor_administrators() {
    let mut model = model();
    model["organization"]["FeatureSet"] = json!("CONSOLIDATED_BILLING");
    model["roots"][0]["PolicyTypes"] = json!([]);
    let fake = Fake::start(model).await;
    let snapshot = fetch(&fake).await.unwrap().unwrap();
    assert!(snapshot.trusted_access_since.is_none());
    assert!(snapshot.delegated_administrators.is_empty());
    assert_eq!(fake.count("ListDelegatedAdministrators"), 0);
    assert_eq!(
        snapshot.accounts.values().nth(1).unwrap().joined_method,
        Some(JoinedMethod::Created)
    );
}

/// Each call fails once, in each way that passes: what is read is as if nothing had happened.
#[tokio::test]
async fn a_fault_that_passes_leaves_no_trace() {
    let undisturbed = fetch(&Fake::start(model()).await).await.unwrap();
    for operation in fake::OPERATIONS {
        for reply in [
            Reply::Error(400, "TooManyRequestsException"),
            Reply::Error(429, "TooManyRequestsException"),
            Reply::Error(500, "ServiceException"),
            Reply::Error(503, "ServiceUnavailable"),
            Reply::Cut,
            Reply::HalfBody,
        ] {
            let fake = Fake::start(model()).await;
            fake.once(operation, reply.clone());
            let found = fetch(&fake).await;
            assert_eq!(found.as_ref().ok(), Some(&undisturbed), "{operation} {reply:?} {found:?}");
        }
    }
}

/// Each call fails for good, in each way: the whole pass fails, and says why.
#[tokio::test]
async fn a_fault_that_stays_fails_the_pass() {
    for (reply, trouble) in [
        (Reply::Error(400, "AccessDeniedException"), Trouble::AccessDenied),
        (Reply::Error(400, "TooManyRequestsException"), Trouble::Throttled),
        (Reply::Error(500, "ServiceException"), Trouble::ServerError),
        (Reply::Error(400, "UnrecognizedClientException"), Trouble::Credentials),
        (Reply::Error(400, "TargetNotFoundException"), Trouble::Other),
        (Reply::Error(400, "InvalidInputException"), Trouble::Other),
        (Reply::Cut, Trouble::Unreachable),
        (Reply::Garbage, Trouble::Other),
        (Reply::Nothing, Trouble::Other),
    ] {
        for operation in fake::OPERATIONS {
            let fake = Fake::start(model()).await;
            fake.always(operation, reply.clone());
            let error = fetch(&fake).await.unwrap_err();
            assert_eq!(error.trouble(), trouble, "{operation} {reply:?} {error}");
        }
    }
}

#[tokio::test]
async fn the_last_page_is_the_one_without_a_token() {
    let fake = Fake::start(model()).await;
    let undisturbed = fetch(&fake).await.unwrap();
    for operation in fake::LISTINGS {
        let fake = Fake::start(model()).await;
        fake.begin_with_empty_pages(operation);
        assert_eq!(fetch(&fake).await.unwrap(), undisturbed, "{operation}");
    }
}

#[tokio::test]
async fn pages_without_end_are_an_error() {
    for operation in fake::LISTINGS {
        for (is_same, words) in [(true, "same page token twice"), (false, "more than 20 pages")] {
            let fake = Fake::start(model()).await;
            fake.always(operation, if is_same { Reply::SameToken } else { Reply::NewToken });
            let error = fetch(&fake).await.unwrap_err();
            assert!(error.to_string().contains(words), "{operation} {error}");
            assert!(fake.count(operation) <= 21, "{operation}");
        }
    }
}

/// What is changed while it is read is not believed, but tried again later.
#[tokio::test]
async fn contradictions_are_errors_that_pass() {
    type Spoil = fn(&mut Value);
    let cases: [(&str, Spoil); 8] = [
        ("lies in r-ab12 and in", |it| {
            let account = it["accounts"][ROOT][0].clone();
            it["accounts"][BELOW].as_array_mut().unwrap().push(account);
        }),
        ("account 000000000005 is only in the list", |it| it["accounts"][BELOW] = json!([])),
        ("is only in the tree", |it| {
            it["all"].as_array_mut().unwrap().pop();
        }),
        ("twice", |it| {
            it["units"][BELOW] = json!([{"Id": UNIT, "Name": "circle"}]);
        }),
        ("twice", |it| it["units"][UNIT] = json!([{"Id": ROOT, "Name": "circle"}])),
        ("0 roots", |it| it["roots"] = json!([])),
        ("delegated_administrators[000000000099]", |it| {
            it["administrators"][0]["Id"] = json!("000000000099");
        }),
        ("management_account", |it| it["organization"]["MasterAccountId"] = json!("000000000099")),
    ];
    for (words, spoil) in cases {
        let mut model = model();
        spoil(&mut model);
        let fake = Fake::start(model).await;
        let error = fetch(&fake).await.unwrap_err();
        assert!(matches!(error, CloudError::Inconsistent { .. }) && error.may_pass(), "{error}");
        assert!(error.to_string().contains(words), "{error} instead of {words}");
    }
}

#[tokio::test]
async fn units_are_followed_five_levels_deep() {
    let mut model = model();
    let mut parent = BELOW.to_owned();
    for level in 3..=6 {
        let id = format!("ou-ab12-{level:08}");
        model["units"][&parent] = json!([{"Id": id, "Name": "deep"}]);
        model["attached"][&id] = json!([]);
        let found = fetch(&Fake::start(model.clone()).await).await;
        match found {
            Ok(snapshot) => assert_eq!((snapshot.unwrap().units.len(), level < 6), (level, true)),
            Err(error) => {
                assert_eq!(level, 6);
                assert!(error.to_string().contains("more than 5 levels"), "{error}");
            }
        }
        parent = id;
    }
}

#[tokio::test]
async fn a_missing_or_odd_value_is_an_error() {
    type Spoil = fn(&mut Value);
    let cases: [(&str, Spoil); 7] = [
        ("FeatureSet is `SOME`", |it| it["organization"]["FeatureSet"] = json!("SOME")),
        ("Id is missing", |it| it["organization"]["Id"] = Value::Null),
        ("`r-` is not", |it| it["roots"][0]["Id"] = json!("r-")),
        ("JoinedTimestamp is missing", |it| {
            it["accounts"][ROOT][0]["JoinedTimestamp"] = Value::Null;
        }),
        ("JoinedMethod is `BORN`", |it| it["accounts"][ROOT][0]["JoinedMethod"] = json!("BORN")),
        ("DateEnabled is missing", |it| it["services"][1]["DateEnabled"] = Value::Null),
        ("Content is missing", |it| it["contents"]["p-guardrail01"]["Content"] = Value::Null),
    ];
    for (words, spoil) in cases {
        let mut model = model();
        spoil(&mut model);
        let error = fetch(&Fake::start(model).await).await.unwrap_err();
        assert!(error.to_string().contains(words), "{error} instead of {words}");
        assert!(!error.may_pass());
    }
}

#[test]
fn calls_keep_their_distance() {
    let began = tokio::time::Instant::now();
    let at = |millisecond| began + Duration::from_millis(millisecond);
    let mut turns = calls::Turns::new(Duration::from_millis(200));
    for (ready, expected) in [(0, 0), (10, 200), (20, 400), (700, 700), (701, 900), (1100, 1100)] {
        assert_eq!(turns.take(at(ready)), at(expected), "ready at {ready}");
    }
}
