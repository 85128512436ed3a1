use super::*;
use crate::organization::snapshot::{
    Account, Attachment, FeatureSet, JoinedMethod, Policy, Root, Unit,
};
use chrono::{DateTime, Utc};
use orgtrail_shared::organization::AccountState;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const MANAGEMENT: &str = "100000000000";
const UNIT: &str = "ou-ab12-11111111";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// An organization with a unit below the root, and so many accounts in it.
fn snapshot(members: u64) -> Snapshot {
    let account = |unit: &str, state: AccountState| Account {
        name: "web".to_owned(),
        email: Some("web@example.com".to_owned()),
        state,
        joined_method: Some(JoinedMethod::Created),
        joined_at: at("2026-01-01T00:00:00Z"),
        unit: unit.parse().unwrap(),
    };
    let mut accounts: BTreeMap<AccountId, Account> =
        [(MANAGEMENT.parse().unwrap(), account("r-ab12", AccountState::Active))].into();
    for number in 1..=members {
        let id = format!("{:012}", 200_000_000_000 + number);
        accounts.insert(id.parse().unwrap(), account(UNIT, AccountState::Active));
    }
    let policy = |is_aws_managed| Policy {
        name: "guard".to_owned(),
        description: String::new(),
        is_aws_managed,
        content: "{}".to_owned(),
    };
    let attach = |target: &str, policy: &str| Attachment {
        target: target.parse().unwrap(),
        policy: policy.parse().unwrap(),
    };
    Snapshot {
        id: "o-exampleorg1".parse().unwrap(),
        feature_set: FeatureSet::All,
        management_account: MANAGEMENT.parse().unwrap(),
        trusted_access_since: Some(at("2026-02-01T00:00:00.500Z")),
        has_policies: true,
        root: Root { id: "r-ab12".parse().unwrap(), name: "Root".to_owned() },
        units: [(
            UNIT.parse().unwrap(),
            Unit { parent: "r-ab12".parse().unwrap(), name: "Shops".to_owned() },
        )]
        .into(),
        accounts,
        delegated_administrators: BTreeMap::new(),
        policies: [
            ("p-FullAWSAccess".parse().unwrap(), policy(true)),
            ("p-12345678".parse().unwrap(), policy(false)),
        ]
        .into(),
        attachments: BTreeSet::from([
            attach("r-ab12", "p-FullAWSAccess"),
            attach(UNIT, "p-12345678"),
        ]),
    }
}

fn ask(snapshot: &Snapshot, operation: &str, input: Value) -> Result<Value, ApiError> {
    let operation = Operation::from_name(operation).unwrap();
    answer(snapshot, operation, &serde_json::from_value(input).unwrap())
}

/// A snapshot with a delegated administrator.
fn known() -> Snapshot {
    let administrators = [("200000000001".parse().unwrap(), at("2026-03-01T00:00:00Z"))].into();
    Snapshot { delegated_administrators: administrators, ..snapshot(2) }
}

fn check(rows: &[(&str, Value, &str, Value)]) {
    for (operation, input, pointer, expected) in rows {
        let found = ask(&known(), operation, input.clone()).unwrap();
        assert_eq!(found.pointer(pointer), Some(expected), "{operation} {input}: {found}");
    }
}

#[test]
fn the_tree_is_told_in_its_shape() {
    let member = "200000000001";
    check(&[
        ("DescribeOrganization", json!({}), "/Organization/MasterAccountId", json!(MANAGEMENT)),
        ("DescribeOrganization", json!({}), "/Organization/FeatureSet", json!("ALL")),
        (
            "DescribeOrganization",
            json!({}),
            "/Organization/Arn",
            json!("arn:aws:organizations::100000000000:organization/o-exampleorg1"),
        ),
        ("ListRoots", json!({}), "/Roots/0/PolicyTypes/0/Status", json!("ENABLED")),
        (
            "ListOrganizationalUnitsForParent",
            json!({"ParentId": "r-ab12"}),
            "/OrganizationalUnits/0/Id",
            json!(UNIT),
        ),
        (
            "ListOrganizationalUnitsForParent",
            json!({"ParentId": UNIT}),
            "/OrganizationalUnits",
            json!([]),
        ),
        (
            "DescribeOrganizationalUnit",
            json!({"OrganizationalUnitId": UNIT}),
            "/OrganizationalUnit/Name",
            json!("Shops"),
        ),
        (
            "ListAccountsForParent",
            json!({"ParentId": UNIT}),
            "/Accounts/1/Id",
            json!("200000000002"),
        ),
        ("ListAccounts", json!({}), "/Accounts/0/JoinedTimestamp", json!(1_767_225_600)),
        (
            "DescribeAccount",
            json!({"AccountId": member}),
            "/Account/Arn",
            json!("arn:aws:organizations::100000000000:account/o-exampleorg1/200000000001"),
        ),
        (
            "ListParents",
            json!({"ChildId": member}),
            "/Parents",
            json!([{"Id": UNIT, "Type": "ORGANIZATIONAL_UNIT"}]),
        ),
    ]);
}

#[test]
fn what_hangs_on_the_tree_is_told_in_its_shape() {
    let member = "200000000001";
    check(&[
        ("ListParents", json!({"ChildId": UNIT}), "/Parents/0/Type", json!("ROOT")),
        ("ListDelegatedAdministrators", json!({}), "/DelegatedAdministrators/0/Id", json!(member)),
        (
            "ListDelegatedAdministrators",
            json!({"ServicePrincipal": "config.amazonaws.com"}),
            "/DelegatedAdministrators",
            json!([]),
        ),
        (
            "ListDelegatedServicesForAccount",
            json!({"AccountId": member}),
            "/DelegatedServices/0/ServicePrincipal",
            json!("cloudtrail.amazonaws.com"),
        ),
        (
            "ListAWSServiceAccessForOrganization",
            json!({}),
            "/EnabledServicePrincipals/0/DateEnabled",
            json!(1_769_904_000.5),
        ),
        ("ListPolicies", json!({"Filter": "TAG_POLICY"}), "/Policies", json!([])),
        (
            "ListPoliciesForTarget",
            json!({"TargetId": "r-ab12", "Filter": "SERVICE_CONTROL_POLICY"}),
            "/Policies/0/Arn",
            json!("arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess"),
        ),
        (
            "ListTargetsForPolicy",
            json!({"PolicyId": "p-12345678"}),
            "/Targets/0/Type",
            json!("ORGANIZATIONAL_UNIT"),
        ),
        ("DescribePolicy", json!({"PolicyId": "p-12345678"}), "/Policy/Content", json!("{}")),
    ]);
}

#[test]
fn what_is_not_there_or_can_not_be_is_refused_by_name() {
    let known = snapshot(1);
    for (operation, input, code) in [
        ("ListOrganizationalUnitsForParent", json!({}), "InvalidInputException"),
        ("ListOrganizationalUnitsForParent", json!({"ParentId": "x"}), "InvalidInputException"),
        (
            "ListAccountsForParent",
            json!({"ParentId": "ou-ab12-99999999"}),
            "ParentNotFoundException",
        ),
        ("DescribeAccount", json!({"AccountId": "999999999999"}), "AccountNotFoundException"),
        (
            "DescribeOrganizationalUnit",
            json!({"OrganizationalUnitId": "ou-ab12-99999999"}),
            "OrganizationalUnitNotFoundException",
        ),
        ("ListParents", json!({"ChildId": "999999999999"}), "ChildNotFoundException"),
        ("ListParents", json!({"ChildId": "r-ab12"}), "ChildNotFoundException"),
        (
            "ListDelegatedServicesForAccount",
            json!({"AccountId": "200000000001"}),
            "AccountNotRegisteredException",
        ),
        ("ListPolicies", json!({}), "InvalidInputException"),
        ("ListPolicies", json!({"Filter": "ANY"}), "InvalidInputException"),
        (
            "ListPoliciesForTarget",
            json!({"TargetId": "999999999999", "Filter": "SERVICE_CONTROL_POLICY"}),
            "TargetNotFoundException",
        ),
        ("DescribePolicy", json!({"PolicyId": "p-99999999"}), "PolicyNotFoundException"),
        ("ListAccounts", json!({"MaxResults": 0}), "InvalidInputException"),
        ("ListAccounts", json!({"MaxResults": 21}), "InvalidInputException"),
        ("ListAccounts", json!({"NextToken": "zz"}), "InvalidInputException"),
    ] {
        let error = ask(&known, operation, input.clone()).unwrap_err();
        assert_eq!(error.code, code, "{operation} {input}: {error}");
    }
    // A token is good for the question that it was given for.
    let many = snapshot(30);
    let token = ask(&many, "ListAccounts", json!({})).unwrap()["NextToken"].clone();
    let other = ask(&many, "ListAccountsForParent", json!({"ParentId": UNIT, "NextToken": token}));
    assert_eq!(other.unwrap_err().code, "InvalidInputException");
}

proptest! {
    #[test]
    fn pages_make_up_the_whole_list(members in 0_u64..70, size in 1_i64..=20) {
        let known = snapshot(members);
        let (mut found, mut token) = (Vec::new(), Value::Null);
        loop {
            let input = json!({"MaxResults": size, "NextToken": token});
            let page = ask(&known, "ListAccounts", input).unwrap();
            let entries = page["Accounts"].as_array().unwrap();
            prop_assert!(i64::try_from(entries.len()).unwrap() <= size);
            found.extend(entries.iter().map(|entry| entry["Id"].as_str().unwrap().to_owned()));
            token = page["NextToken"].clone();
            if token.is_null() {
                break;
            }
        }
        let expected: Vec<String> = known.accounts.keys().map(ToString::to_string).collect();
        prop_assert_eq!(found, expected);
    }
}
