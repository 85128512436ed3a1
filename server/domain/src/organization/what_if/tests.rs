use super::*;
use crate::organization::OrganizationFile;
use serde_json::{Value, json};

const ROOT: &str = "r-ab12";
const UNIT: &str = "ou-ab12-11111111";
const MANAGEMENT: &str = "111122223333";
const INSIDE: &str = "222233334444";
const BESIDE: &str = "333344445555";
const ALLOW: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const DENY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}"#;

/// The policies stand on every target of `full`; `deny` on the unit as well.
fn snapshot(has_policies: bool) -> Snapshot {
    let memberships = json!([{"joined_at": "2020-01-01T00:00:00Z", "left_at": null}]);
    let account =
        |id: &str, unit: &str| json!({"id": id, "unit": unit, "memberships": memberships});
    let mut attachments: Vec<Value> = [ROOT, UNIT, MANAGEMENT, INSIDE, BESIDE]
        .map(|target| json!({"policy": "p-FullAWSAccess", "target": target}))
        .into();
    attachments.push(json!({"policy": "p-12345678", "target": UNIT}));
    let mut file = json!({
        "id": "o-exampleorg1", "management_account": MANAGEMENT,
        "units": [{"id": ROOT, "name": "Root"}, {"id": UNIT, "name": "Shops", "parent": ROOT}],
        "accounts": [account(MANAGEMENT, ROOT), account(INSIDE, UNIT), account(BESIDE, ROOT)],
    });
    if has_policies {
        file["policies"] = json!([
            {"id": "p-FullAWSAccess", "name": "FullAWSAccess", "content": ALLOW},
            {"id": "p-12345678", "name": "deny", "content": DENY},
        ]);
        file["attachments"] = json!(attachments);
    }
    OrganizationFile::parse(&file.to_string()).unwrap().to_snapshot().unwrap()
}

fn attach(target: &str) -> PolicyChange {
    PolicyChange::Attach { content: DENY.to_owned(), target: target.to_owned() }
}

fn detach(policy: &str, target: &str) -> PolicyChange {
    PolicyChange::Detach { policy: policy.to_owned(), target: target.to_owned() }
}

/// How many policies stand at each level above an account.
fn counts(snapshot: &Snapshot, account: &str) -> Vec<(String, usize)> {
    let levels = levels(snapshot, &account.parse().unwrap());
    levels.into_iter().map(|(target, policies)| (target, policies.len())).collect()
}

fn named(counts: &[(&str, usize)]) -> Vec<(String, usize)> {
    counts.iter().map(|(target, count)| ((*target).to_owned(), *count)).collect()
}

fn accounts(proposal: &Proposal) -> Vec<&str> {
    proposal.accounts.iter().map(AccountId::as_str).collect()
}

#[test]
fn a_change_concerns_the_members_at_the_target_and_below() {
    let before = snapshot(true);
    for (target, concerned) in
        [(ROOT, &[INSIDE, BESIDE][..]), (UNIT, &[INSIDE]), (BESIDE, &[BESIDE]), (MANAGEMENT, &[])]
    {
        let proposal = propose(&before, &attach(target)).unwrap();
        assert_eq!(accounts(&proposal), concerned, "{target}");
        assert_eq!(proposal.notes.is_empty(), target != MANAGEMENT);
    }
}

#[test]
fn a_policy_is_there_afterwards_or_gone() {
    let before = snapshot(true);
    assert_eq!(counts(&before, INSIDE), named(&[(ROOT, 1), (UNIT, 2), (INSIDE, 1)]));
    let attached = propose(&before, &attach(UNIT)).unwrap().after;
    assert_eq!(counts(&attached, INSIDE), named(&[(ROOT, 1), (UNIT, 3), (INSIDE, 1)]));
    let detached = propose(&before, &detach("p-12345678", UNIT)).unwrap();
    assert_eq!(counts(&detached.after, INSIDE), named(&[(ROOT, 1), (UNIT, 1), (INSIDE, 1)]));
    assert_eq!(detached.content, DENY);
    assert_eq!(counts(&detached.after, BESIDE), counts(&before, BESIDE));
}

#[test]
fn what_aws_refuses_is_said() {
    let before = snapshot(true);
    let last = propose(&before, &detach("p-FullAWSAccess", INSIDE)).unwrap();
    assert!(last.notes[0].contains("the last policy there"), "{:?}", last.notes);
    let mut full = before;
    for number in 0..3 {
        let id = format!("p-more000{number}").parse().unwrap();
        full.attachments.insert(Attachment { target: UNIT.parse().unwrap(), policy: id });
    }
    let sixth = propose(&full, &attach(UNIT)).unwrap();
    assert!(sixth.notes[0].contains("5 policies are attached there"), "{:?}", sixth.notes);
}

#[test]
fn what_can_not_be_is_refused_by_name() {
    let before = snapshot(true);
    let bad = PolicyChange::Attach {
        content: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*"}]}"#
            .to_owned(),
        target: ROOT.to_owned(),
    };
    for (change, words) in [
        (bad, "Statement[0].Resource: is missing"),
        (attach("ou-ab12-99999999"), "no root, unit or account `ou-ab12-99999999`"),
        (attach("999999999999"), "`999999999999`"),
        (attach("nonsense"), "`nonsense`"),
        (detach("p-87654321", UNIT), "`p-87654321` is not attached to `ou-ab12-11111111`"),
        (detach("p-12345678", ROOT), "`p-12345678` is not attached"),
        (detach("nonsense", ROOT), "`nonsense` is not attached"),
    ] {
        let error = propose(&before, &change).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    let unused = propose(&snapshot(false), &attach(ROOT)).unwrap_err();
    assert_eq!(unused, WhatIfError::NotInUse);
}
