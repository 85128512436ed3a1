//! What a snapshot must not say.

use super::super::snapshot::{Attachment, Policy, Snapshot, Target, Unit};
use super::{FULL, OrganizationFile};
use std::collections::BTreeMap;

fn unit(parent: &str) -> Unit {
    Unit { parent: parent.parse().unwrap(), name: String::new() }
}

fn attach(snapshot: &mut Snapshot, policy: &str, target: &str) {
    let (policy, target) = (policy.parse().unwrap(), target.parse().unwrap());
    snapshot.attachments.insert(Attachment { target, policy });
}

/// Each way to spoil a good snapshot, with the path of what is found.
#[test]
fn contradictions_name_the_place() {
    check("root.id", |it| it.root.id = "ou-ab12-00000000".parse().unwrap());
    check("units[r-cd34]", |it| {
        it.units.insert("r-cd34".parse().unwrap(), unit("r-ab12"));
    });
    check("units[ou-ab12-00000001].parent", |it| {
        it.units.insert("ou-ab12-00000001".parse().unwrap(), unit("ou-ab12-00000002"));
    });
    check("units[ou-ab12-00000001].parent", |it| {
        it.units.insert("ou-ab12-00000001".parse().unwrap(), unit("ou-ab12-00000002"));
        it.units.insert("ou-ab12-00000002".parse().unwrap(), unit("ou-ab12-00000001"));
    });
    check("accounts[444455556666].unit", |it| it.units = BTreeMap::new());
    check("management_account", |it| it.management_account = "999999999999".parse().unwrap());
    check("delegated_administrators[999999999999]", |it| {
        let time = it.accounts.values().next().unwrap().joined_at;
        it.delegated_administrators.insert("999999999999".parse().unwrap(), time);
    });
    check("delegated_administrators[111122223333]", |it| {
        let time = it.accounts.values().next().unwrap().joined_at;
        it.delegated_administrators.insert("111122223333".parse().unwrap(), time);
    });
    check("attachments", |it| it.has_policies = false);
    check("policies[p-guardrail01].content", |it| {
        it.policies.get_mut(&"p-guardrail01".parse().unwrap()).unwrap().content = String::new();
    });
    check("attachments[p-unknown0001, r-ab12]", |it| attach(it, "p-unknown0001", "r-ab12"));
    check("attachments[p-guardrail01, 999999999999]", |it| {
        attach(it, "p-guardrail01", "999999999999");
    });
    // AWS's own answer may go beyond the quota of today.
    let mut many = good();
    for number in ["p-0further", "p-1further", "p-further01", "p-further02", "p-further03"] {
        let policy: Policy = many.policies[&"p-guardrail01".parse().unwrap()].clone();
        many.policies.insert(number.parse().unwrap(), policy);
        attach(&mut many, number, "ou-ab12-cd34ef56");
    }
    assert_eq!(many.check(), Ok(()));
}

#[test]
fn units_lie_at_most_five_levels_below_the_root() {
    let mut snapshot = good();
    let mut parent = "ou-ab12-cd34ef56".to_owned();
    for level in 2..=6 {
        let id = format!("ou-ab12-{level:08}");
        snapshot.units.insert(id.parse().unwrap(), unit(&parent));
        let error = snapshot.check().err().map(|error| error.path);
        assert_eq!(error.as_deref(), (level == 6).then_some("units[ou-ab12-00000006].parent"));
        parent = id;
    }
}

#[test]
fn a_target_is_written_as_its_id() {
    for (text, valid) in [
        ("111122223333", true),
        ("r-ab12", true),
        ("ou-ab12-cd34ef56", true),
        ("1111", false),
        ("p-FullAWSAccess", false),
        ("", false),
    ] {
        let target = text.parse::<Target>();
        assert_eq!(target.is_ok(), valid, "{text:?}");
        if let Ok(target) = target {
            assert_eq!(target.to_string(), text);
        }
    }
}

pub(super) fn good() -> Snapshot {
    let snapshot = OrganizationFile::parse(FULL).unwrap().to_snapshot().unwrap();
    assert_eq!(snapshot.check(), Ok(()));
    snapshot
}

#[track_caller]
fn check(path: &str, spoil: impl Fn(&mut Snapshot)) {
    let mut snapshot = good();
    spoil(&mut snapshot);
    assert_eq!(snapshot.check().unwrap_err().path, path);
}
