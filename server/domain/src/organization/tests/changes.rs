//! What tells two snapshots apart.

use super::super::changes::{ChangeKind, Changes, compare};
use super::super::snapshot::{
    Account, Attachment, FeatureSet, JoinedMethod, Policy, Root, Snapshot, Unit,
};
use super::apply::apply;
use super::snapshot::good;
use super::{FULL, OrganizationFile};
use chrono::{DateTime, Utc};
use orgtrail_shared::organization::AccountState;
use proptest::collection::{btree_map, btree_set};
use proptest::prelude::*;
use std::collections::BTreeSet;

const DELEGATION: &str = r#"{"account": "444455556666", "enabled_at": "2026-03-01T00:00:00Z"}"#;

#[test]
fn each_difference_of_the_organization_is_one_sentence() {
    check("", "", &[]);
    let words = "organization o-exampleorg1 has consolidated billing instead of all features";
    check(r#""ALL""#, r#""CONSOLIDATED_BILLING""#, &[words]);
    let words = "trusted access of CloudTrail is off; it was on since 2026-01-05T00:00:00Z";
    check(r#""trusted_access_since": "2026-01-05T00:00:00Z","#, "", &[words]);
    let words = "trusted access of CloudTrail is on since 2026-01-06T00:00:00Z instead of 2026-01-05T00:00:00Z";
    check("2026-01-05", "2026-01-06", &[words]);
    let words = "unit ou-ab12-cd34ef56 is named `Products` instead of `Workloads`";
    check("\"Workloads\"", "\"Products\"", &[words]);
    check("\"Root\"", "\"Top\"", &["unit r-ab12 is named `Top` instead of `Root`"]);
    let words = "unit ou-ab12-00000001 (Shop) was added in ou-ab12-cd34ef56";
    let shop = r#"[{"id": "ou-ab12-00000001", "parent": "ou-ab12-cd34ef56", "name": "Shop"}, "#;
    check(r#"[{"id": "r-ab12""#, &format!(r#"{shop}{{"id": "r-ab12""#), &[words]);
}

#[test]
fn each_difference_of_an_account_is_one_sentence() {
    const NAME: &str = r#""name": "payments""#;
    let words = "account 444455556666 (payments) moved from ou-ab12-cd34ef56 to r-ab12";
    let unit = |unit: &str| format!(r#"{NAME}, "unit": "{unit}""#);
    check(&unit("ou-ab12-cd34ef56"), &unit("r-ab12"), &[words]);
    let words = "account 444455556666 is named `{before}` instead of `payments`";
    check(NAME, r#""name": "{before}""#, &[words]);
    let words = "account 444455556666 (payments) is pending closure instead of active";
    check(NAME, &format!(r#""state": "PENDING_CLOSURE", {NAME}"#), &[words]);
    let words = "account 444455556666 (payments) has another e-mail address";
    check("payments@example.com", "shop@example.com", &[words]);
    let words = "account 444455556666 (payments) joined as invited instead of created";
    check("\"CREATED\"", "\"INVITED\"", &[words]);
    let words = "account 444455556666 (payments) joined at 2026-02-02T00:00:00Z instead of 2026-02-01T00:00:00Z: \
                 it may have left meanwhile";
    check("2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z", &[words]);
    let stays = r#""left_at": null}], "unit": "r-ab12""#;
    let words = "account 777788889999 (old) joined, in r-ab12";
    check(r#""left_at": "2026-01-09T00:00:00Z"}]"#, stays, &[words]);
    let words = "account 444455556666 (payments) is no delegated administrator any more; \
                 it was since 2026-03-01T00:00:00Z";
    check(DELEGATION, "", &[words]);
    let words = "account 444455556666 (payments) is delegated administrator since 2026-03-02T00:00:00Z \
                 instead of 2026-03-01T00:00:00Z";
    check("2026-03-01", "2026-03-02", &[words]);
}

#[test]
fn each_difference_of_a_policy_is_one_sentence() {
    let words = "policy p-guardrail01 (guardrail) has another document";
    check(r#""content": "{}""#, r#""content": "{ }""#, &[words]);
    let words = "policy p-guardrail01 is named `rails` instead of `guardrail`";
    check("\"guardrail\"", "\"rails\"", &[words]);
    let words =
        "policy p-guardrail01 (guardrail) is described as `keeps logs` instead of `keeps trails`";
    check("keeps trails", "keeps logs", &[words]);
    let words = "policy p-FullAWSAccess (FullAWSAccess) is managed by the customer instead of AWS";
    check(r#""is_aws_managed": true, "#, "", &[words]);
    let words = [
        "policy p-guardrail01 (guardrail) was attached to r-ab12",
        "policy p-guardrail01 (guardrail) was detached from 444455556666",
    ];
    check(
        r#""p-guardrail01", "target": "444455556666""#,
        r#""p-guardrail01", "target": "r-ab12""#,
        &words,
    );
}

/// Edits the full file once and expects these sentences.
#[track_caller]
fn check(from: &str, to: &str, sentences: &[&str]) {
    let new = OrganizationFile::parse(&FULL.replacen(from, to, 1)).unwrap();
    let changes = compare(&good(), &new.to_snapshot().unwrap());
    let said: Vec<_> = changes.changes.iter().map(ToString::to_string).collect();
    assert_eq!(said, sentences, "{from} -> {to}");
    assert!(!changes.is_suspicious());
}

#[test]
fn another_organization_is_suspicious() {
    for (from, to, reason) in [
        (
            "\"management_account\": \"111122223333\"",
            "\"management_account\": \"444455556666\"",
            "the management account is 444455556666 instead of 111122223333",
        ),
        ("r-ab12", "r-cd34", "the root is r-cd34 instead of r-ab12"),
        (
            "o-exampleorg1",
            "o-exampleorg2",
            "the organization is o-exampleorg2 instead of o-exampleorg1",
        ),
    ] {
        let text = FULL.replace(from, to).replace(DELEGATION, "");
        let new = OrganizationFile::parse(&text).unwrap().to_snapshot().unwrap();
        assert_eq!(compare(&good(), &new).suspicions(), [reason]);
    }
}

#[test]
fn many_accounts_that_leave_at_once_are_suspicious() {
    for (known, left, expected) in [
        (1, 0, false),
        (3, 1, false),
        (3, 2, true),
        (19, 2, true),
        (20, 2, false),
        (21, 3, true),
        (99, 10, true),
        (100, 10, false),
        (500, 10, false),
        (500, 11, true),
        (12, 12, true),
    ] {
        let mut before = good();
        let member = before.accounts.values().next().unwrap().clone();
        before.accounts = (0..known)
            .map(|number| (format!("{number:012}").parse().unwrap(), member.clone()))
            .collect();
        let mut after = before.clone();
        after.accounts =
            before.accounts.iter().skip(left).map(|(id, it)| (id.clone(), it.clone())).collect();
        let changes = compare(&before, &after);
        assert_eq!(changes.removals().count(), left);
        assert_eq!(changes.is_suspicious(), expected, "{left} of {known}");
        if left == 11 {
            let named = "000000000000, 000000000001, 000000000002, 000000000003, 000000000004, …";
            assert_eq!(changes.suspicions(), [format!("11 of 500 accounts left: {named}")]);
        }
    }
}

#[test]
fn what_leaves_bit_by_bit_or_joins_anew_is_suspicious_as_a_whole() {
    let mut before = good();
    let member = before.accounts.values().next().unwrap().clone();
    before.accounts =
        (0..100).map(|number| (format!("{number:012}").parse().unwrap(), member.clone())).collect();
    let mut after = before.clone();
    after.accounts.pop_first();
    let mut changes = compare(&before, &after);
    for (lately, expected) in [(0, false), (9, false), (10, true)] {
        changes.lately_left = lately;
        assert_eq!(changes.is_suspicious(), expected, "{lately}");
    }
    let reasons = changes.suspicions();
    assert_eq!(reasons, ["11 of 110 accounts left, 10 of them within the last day: 000000000000"]);
    // Nobody leaves now, so there is nothing to confirm.
    let mut calm = compare(&before, &before);
    calm.lately_left = 50;
    assert!(!calm.is_suspicious());

    let mut anew = before.clone();
    for account in anew.accounts.values_mut() {
        account.joined_at += chrono::TimeDelta::days(1);
    }
    assert!(
        compare(&before, &anew).suspicions()[0]
            .starts_with("100 of 100 accounts joined at another time")
    );
}

#[test]
fn an_organization_never_seen_as_a_whole_loses_its_members_only_with_consent() {
    let new = good();
    let stranger = |number: i32| format!("9{number:011}").parse().unwrap();
    let known: BTreeSet<_> = (0..50).map(stranger).collect();
    let changes = Changes::of_members(&known, &new);
    assert_eq!(changes.removals().count(), 50);
    assert!(changes.is_suspicious());
    let own = new.accounts.keys().cloned().collect();
    assert!(Changes::of_members(&own, &new).is_empty());
}

#[test]
fn accounts_that_join_are_never_suspicious() {
    let mut few = good();
    let member = few.accounts.values().next().unwrap().clone();
    let many = (0..100).map(|number| (format!("{number:012}").parse().unwrap(), member.clone()));
    let mut after = few.clone();
    after.accounts.extend(many);
    assert!(!compare(&few, &after).is_suspicious());
    few.accounts.clear();
    assert!(!compare(&few, &after).is_suspicious());
}

fn time() -> impl Strategy<Value = DateTime<Utc>> {
    (0i64..3).prop_map(|second| DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap())
}

fn unit() -> impl Strategy<Value = String> {
    prop_oneof![Just("r-root1".to_owned()), (0..3).prop_map(|end| format!("ou-root1-0000000{end}"))]
}

fn account_id() -> impl Strategy<Value = String> {
    (0..4).prop_map(|end| format!("00000000000{end}"))
}

fn policy_id() -> impl Strategy<Value = String> {
    (0..3).prop_map(|end| format!("p-0000000{end}"))
}

fn account() -> impl Strategy<Value = Account> {
    let state = prop_oneof![
        Just(AccountState::Active),
        Just(AccountState::Suspended),
        Just(AccountState::PendingClosure)
    ];
    let method = prop_oneof![Just(JoinedMethod::Invited), Just(JoinedMethod::Created)];
    ("[ab]", proptest::option::of("[ab]@"), state, proptest::option::of(method), time(), unit())
        .prop_map(|(name, email, state, joined_method, joined_at, unit)| {
            let unit = unit.parse().unwrap();
            Account { name, email, state, joined_method, joined_at, unit }
        })
}

fn policy() -> impl Strategy<Value = Policy> {
    ("[ab]?", "[ab]?", any::<bool>(), "[ab]?").prop_map(
        |(name, description, is_aws_managed, content)| Policy {
            name,
            description,
            is_aws_managed,
            content,
        },
    )
}

prop_compose! {
    /// Any snapshot, contradictions included: comparing does not rely on a check.
    fn any_snapshot()(
        id in "o-example00[12]",
        is_all in any::<bool>(),
        management_account in account_id(),
        trusted_access_since in proptest::option::of(time()),
        has_policies in any::<bool>(),
        root in ("r-root[12]", "[ab]"),
        units in btree_map("ou-root1-0000000[0-2]", (unit(), "[ab]"), 0..4),
        accounts in btree_map(account_id(), account(), 0..5),
        delegated in btree_map(account_id(), time(), 0..3),
        policies in btree_map(policy_id(), policy(), 0..3),
        attachments in btree_set((policy_id(), prop_oneof![unit(), account_id()]), 0..6),
    ) -> Snapshot {
        let attachment = |(policy, target): (String, String)| {
            Attachment { policy: policy.parse().unwrap(), target: target.parse().unwrap() }
        };
        let unit = |(parent, name): (String, String)| Unit { parent: parent.parse().unwrap(), name };
        Snapshot {
            id: id.parse().unwrap(),
            feature_set: if is_all { FeatureSet::All } else { FeatureSet::ConsolidatedBilling },
            management_account: management_account.parse().unwrap(),
            trusted_access_since,
            has_policies,
            root: Root { id: root.0.parse().unwrap(), name: root.1 },
            units: units.into_iter().map(|(id, it)| (id.parse().unwrap(), unit(it))).collect(),
            accounts: accounts.into_iter().map(|(id, it)| (id.parse().unwrap(), it)).collect(),
            delegated_administrators: delegated.into_iter().map(|(id, it)| (id.parse().unwrap(), it)).collect(),
            policies: policies.into_iter().map(|(id, it)| (id.parse().unwrap(), it)).collect(),
            attachments: attachments.into_iter().map(attachment).collect(),
        }
    }
}

proptest! {
    /// Nothing is told that is not, and nobody is called for nothing.
    #[test]
    fn a_snapshot_does_not_differ_from_itself(snapshot in any_snapshot()) {
        let changes = compare(&snapshot, &snapshot);
        prop_assert!(changes.is_empty() && !changes.is_suspicious(), "{changes:?}");
    }

    /// Whoever reads the changes knows everything: carried out one by one, they lead from one snapshot to the other.
    #[test]
    fn changes_cover_every_difference(known in any_snapshot(), new in any_snapshot()) {
        let changes = compare(&known, &new);
        prop_assert_eq!(changes.is_empty(), known == new);
        prop_assert_eq!(apply(known, &changes.changes, &new), new);
    }

    /// One difference is told once, in the same order each time, and survives being stored.
    #[test]
    fn the_order_is_fixed(known in any_snapshot(), new in any_snapshot()) {
        let changes = compare(&known, &new);
        let once: BTreeSet<_> = changes.changes.iter().map(ToString::to_string).collect();
        prop_assert_eq!(once.len(), changes.changes.len());
        let section = |kind: ChangeKind| match kind {
            kind if kind < ChangeKind::UnitAdded => 0,
            kind if kind < ChangeKind::AccountJoined => 1,
            kind if kind < ChangeKind::DelegationRegistered => 2,
            kind if kind < ChangeKind::PolicyAdded => 3,
            kind if kind < ChangeKind::PolicyAttached => 4,
            _ => 5,
        };
        prop_assert!(changes.changes.is_sorted_by_key(|change| section(change.kind)));
        let stored: Changes = serde_json::from_str(&serde_json::to_string(&changes).unwrap()).unwrap();
        prop_assert_eq!(stored, changes);
    }
}
