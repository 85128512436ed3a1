//! Carries changes out, one by one: what tells whether they say everything.

use super::super::changes::{Change, ChangeKind as Kind};
use super::super::snapshot::{
    Account, Attachment, FeatureSet, JoinedMethod, Policy, Snapshot, Unit,
};
use orgtrail_shared::ids::{AccountId, PolicyId, UnitId};
use orgtrail_shared::organization::AccountState;

/// Carries changes out on `snapshot`. What is new as a whole is taken from `new`.
pub(super) fn apply(mut snapshot: Snapshot, changes: &[Change], new: &Snapshot) -> Snapshot {
    for change in changes {
        let is_carried_out = organization(&mut snapshot, change)
            || unit(&mut snapshot, change, new)
            || account(&mut snapshot, change, new)
            || policy(&mut snapshot, change, new);
        assert!(is_carried_out, "{change:?}");
    }
    snapshot
}

fn before(change: &Change) -> &str {
    change.before.as_deref().unwrap()
}

fn after(change: &Change) -> &str {
    change.after.as_deref().unwrap()
}

fn organization(snapshot: &mut Snapshot, change: &Change) -> bool {
    if change.kind == Kind::OtherOrganization {
        assert_eq!(snapshot.id.as_str(), before(change));
        snapshot.id = after(change).parse().unwrap();
    } else if change.kind == Kind::OtherManagementAccount {
        assert_eq!(snapshot.management_account.as_str(), before(change));
        snapshot.management_account = after(change).parse().unwrap();
    } else if change.kind == Kind::OtherRoot {
        assert_eq!(snapshot.root.id.as_str(), before(change));
        snapshot.root.id = after(change).parse().unwrap();
    } else if change.kind == Kind::FeatureSet {
        assert_eq!(snapshot.feature_set.name(), before(change));
        let sets = [FeatureSet::All, FeatureSet::ConsolidatedBilling];
        snapshot.feature_set = *sets.iter().find(|set| set.name() == after(change)).unwrap();
    } else if [Kind::TrustedAccessOn, Kind::TrustedAccessRenewed].contains(&change.kind) {
        assert_eq!(
            snapshot.trusted_access_since,
            change.before.as_ref().map(|it| it.parse().unwrap())
        );
        snapshot.trusted_access_since = Some(after(change).parse().unwrap());
    } else if change.kind == Kind::TrustedAccessOff {
        assert_eq!(snapshot.trusted_access_since, Some(before(change).parse().unwrap()));
        snapshot.trusted_access_since = None;
    } else if change.kind == Kind::PolicyUse {
        snapshot.has_policies = after(change) == "in use";
    } else {
        return false;
    }
    true
}

fn unit(snapshot: &mut Snapshot, change: &Change, new: &Snapshot) -> bool {
    let id = || change.subject.parse::<UnitId>().unwrap();
    let known = |snapshot: &mut Snapshot, edit: &dyn Fn(&mut Unit)| {
        edit(snapshot.units.get_mut(&id()).unwrap());
    };
    if change.kind == Kind::UnitAdded {
        snapshot.units.insert(id(), new.units[&id()].clone());
    } else if change.kind == Kind::UnitRemoved {
        let gone = snapshot.units.remove(&id()).unwrap();
        assert_eq!(gone.parent.as_str(), before(change));
    } else if change.kind == Kind::UnitMoved {
        known(snapshot, &|unit| unit.parent = after(change).parse().unwrap());
    } else if change.kind == Kind::UnitRenamed && id() == snapshot.root.id {
        after(change).clone_into(&mut snapshot.root.name);
    } else if change.kind == Kind::UnitRenamed {
        known(snapshot, &|unit| after(change).clone_into(&mut unit.name));
    } else {
        return false;
    }
    true
}

fn account(snapshot: &mut Snapshot, change: &Change, new: &Snapshot) -> bool {
    let id = || change.subject.parse::<AccountId>().unwrap();
    let known = |snapshot: &mut Snapshot, edit: &dyn Fn(&mut Account)| {
        edit(snapshot.accounts.get_mut(&id()).unwrap());
    };
    if change.kind == Kind::AccountJoined {
        snapshot.accounts.insert(id(), new.accounts[&id()].clone());
    } else if change.kind == Kind::AccountLeft {
        let gone = snapshot.accounts.remove(&id()).unwrap();
        assert_eq!(gone.unit.as_str(), before(change));
    } else if change.kind == Kind::AccountRejoined {
        known(snapshot, &|it| it.joined_at = after(change).parse().unwrap());
    } else if change.kind == Kind::AccountMoved {
        known(snapshot, &|it| it.unit = after(change).parse().unwrap());
    } else if change.kind == Kind::AccountRenamed {
        known(snapshot, &|it| after(change).clone_into(&mut it.name));
    } else if change.kind == Kind::AccountState {
        let states = [AccountState::Active, AccountState::Suspended, AccountState::PendingClosure];
        let state = *states.iter().find(|state| state.name() == after(change)).unwrap();
        known(snapshot, &|it| it.state = state);
    } else if change.kind == Kind::AccountEmail {
        known(snapshot, &|it| it.email.clone_from(&change.after));
    } else if change.kind == Kind::AccountJoinedMethod {
        let methods = [JoinedMethod::Invited, JoinedMethod::Created];
        let find = |word: &String| *methods.iter().find(|method| method.name() == word).unwrap();
        known(snapshot, &|it| it.joined_method = change.after.as_ref().map(find));
    } else if [Kind::DelegationRegistered, Kind::DelegationRenewed].contains(&change.kind) {
        snapshot.delegated_administrators.insert(id(), after(change).parse().unwrap());
    } else if change.kind == Kind::DelegationDeregistered {
        snapshot.delegated_administrators.remove(&id()).unwrap();
    } else {
        return false;
    }
    true
}

fn policy(snapshot: &mut Snapshot, change: &Change, new: &Snapshot) -> bool {
    let id = || change.subject.parse::<PolicyId>().unwrap();
    let known = |snapshot: &mut Snapshot, edit: &dyn Fn(&mut Policy)| {
        edit(snapshot.policies.get_mut(&id()).unwrap());
    };
    let attachment = |target: &str| Attachment { policy: id(), target: target.parse().unwrap() };
    if change.kind == Kind::PolicyAdded {
        snapshot.policies.insert(id(), new.policies[&id()].clone());
    } else if change.kind == Kind::PolicyRemoved {
        assert_eq!(snapshot.policies.remove(&id()).unwrap().content, before(change));
    } else if change.kind == Kind::PolicyChanged {
        known(snapshot, &|it| after(change).clone_into(&mut it.content));
    } else if change.kind == Kind::PolicyRenamed {
        known(snapshot, &|it| after(change).clone_into(&mut it.name));
    } else if change.kind == Kind::PolicyDescription {
        known(snapshot, &|it| after(change).clone_into(&mut it.description));
    } else if change.kind == Kind::PolicyOwner {
        known(snapshot, &|it| it.is_aws_managed = after(change) == "AWS");
    } else if change.kind == Kind::PolicyAttached {
        assert!(snapshot.attachments.insert(attachment(after(change))));
    } else if change.kind == Kind::PolicyDetached {
        assert!(snapshot.attachments.remove(&attachment(before(change))));
    } else {
        return false;
    }
    true
}
