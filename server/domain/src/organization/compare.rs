//! Comparing two snapshots of an organization.

use super::changes::{Change, ChangeKind, Changes};
use super::snapshot::{Account, Policy, Snapshot, Unit};
use chrono::{DateTime, SecondsFormat, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// What tells a new snapshot from a known one. The order depends on nothing but the two.
///
/// What belongs to a new account, unit or policy is not told apart: the change that adds it stands for all of it, but
/// for its attachments and its delegation.
pub fn compare(known: &Snapshot, new: &Snapshot) -> Changes {
    let mut found = Found::default();
    found.organization(known, new);
    found.units(known, new);
    found.accounts(known, new);
    found.delegations(known, new);
    found.policies(known, new);
    found.attachments(known, new);
    Changes { changes: found.changes, known_accounts: known.accounts.len(), lately_left: 0 }
}

/// What a change is about: the id and the name.
type Subject<'a> = (&'a str, &'a str);

#[derive(Default)]
struct Found {
    changes: Vec<Change>,
}

impl Found {
    fn add(
        &mut self,
        kind: ChangeKind,
        (id, name): Subject<'_>,
        before: Option<String>,
        after: Option<String>,
    ) {
        let (subject, name) = (id.to_owned(), name.to_owned());
        self.changes.push(Change { kind, subject, name, before, after });
    }

    /// Adds a change if a value differs.
    fn value<T: PartialEq>(
        &mut self,
        kind: ChangeKind,
        subject: Subject<'_>,
        (before, after): (&T, &T),
        words: impl Fn(&T) -> String,
    ) {
        if before != after {
            self.add(kind, subject, Some(words(before)), Some(words(after)));
        }
    }

    fn organization(&mut self, known: &Snapshot, new: &Snapshot) {
        let subject = (new.id.as_str(), "");
        self.value(
            ChangeKind::OtherOrganization,
            subject,
            (&known.id, &new.id),
            ToString::to_string,
        );
        self.value(
            ChangeKind::OtherManagementAccount,
            subject,
            (&known.management_account, &new.management_account),
            ToString::to_string,
        );
        self.value(
            ChangeKind::OtherRoot,
            subject,
            (&known.root.id, &new.root.id),
            ToString::to_string,
        );
        let sets = (&known.feature_set, &new.feature_set);
        self.value(ChangeKind::FeatureSet, subject, sets, |set| set.name().to_owned());
        let kind = match (known.trusted_access_since, new.trusted_access_since) {
            (None, _) => ChangeKind::TrustedAccessOn,
            (Some(_), None) => ChangeKind::TrustedAccessOff,
            (Some(_), Some(_)) => ChangeKind::TrustedAccessRenewed,
        };
        if known.trusted_access_since != new.trusted_access_since {
            let before = known.trusted_access_since.as_ref().map(time);
            self.add(kind, subject, before, new.trusted_access_since.as_ref().map(time));
        }
        let uses = (&known.has_policies, &new.has_policies);
        self.value(ChangeKind::PolicyUse, subject, uses, |is_used| {
            if *is_used { "in use" } else { "not in use" }.to_owned()
        });
    }

    fn units(&mut self, known: &Snapshot, new: &Snapshot) {
        let root = (new.root.id.as_str(), known.root.name.as_str());
        let names = (&known.root.name, &new.root.name);
        self.value(ChangeKind::UnitRenamed, root, names, Clone::clone);
        for (id, before, after) in both(&known.units, &new.units) {
            let parent = |unit: &Unit| Some(unit.parent.to_string());
            match (before, after) {
                (Some(before), Some(after)) => {
                    let subject = (id.as_str(), after.name.as_str());
                    let parents = (&before.parent, &after.parent);
                    self.value(ChangeKind::UnitMoved, subject, parents, ToString::to_string);
                    let names = (&before.name, &after.name);
                    self.value(ChangeKind::UnitRenamed, subject, names, Clone::clone);
                }
                (None, Some(unit)) => {
                    self.add(ChangeKind::UnitAdded, (id.as_str(), &unit.name), None, parent(unit));
                }
                (Some(unit), None) => {
                    let subject = (id.as_str(), unit.name.as_str());
                    self.add(ChangeKind::UnitRemoved, subject, parent(unit), None);
                }
                (None, None) => {}
            }
        }
    }

    fn accounts(&mut self, known: &Snapshot, new: &Snapshot) {
        for (id, before, after) in both(&known.accounts, &new.accounts) {
            let unit = |account: &Account| Some(account.unit.to_string());
            match (before, after) {
                (Some(before), Some(after)) => self.account(id.as_str(), before, after),
                (None, Some(account)) => {
                    let subject = (id.as_str(), account.name.as_str());
                    self.add(ChangeKind::AccountJoined, subject, None, unit(account));
                }
                (Some(account), None) => {
                    let subject = (id.as_str(), account.name.as_str());
                    self.add(ChangeKind::AccountLeft, subject, unit(account), None);
                }
                (None, None) => {}
            }
        }
    }

    fn account(&mut self, id: &str, before: &Account, after: &Account) {
        let subject = (id, after.name.as_str());
        let times = (&before.joined_at, &after.joined_at);
        self.value(ChangeKind::AccountRejoined, subject, times, time);
        let units = (&before.unit, &after.unit);
        self.value(ChangeKind::AccountMoved, subject, units, ToString::to_string);
        let names = (&before.name, &after.name);
        self.value(ChangeKind::AccountRenamed, subject, names, Clone::clone);
        let states = (&before.state, &after.state);
        self.value(ChangeKind::AccountState, subject, states, |state| state.name().to_owned());
        if before.email != after.email {
            let kind = ChangeKind::AccountEmail;
            self.add(kind, subject, before.email.clone(), after.email.clone());
        }
        if before.joined_method != after.joined_method {
            let word = |account: &Account| account.joined_method.map(|it| it.name().to_owned());
            self.add(ChangeKind::AccountJoinedMethod, subject, word(before), word(after));
        }
    }

    fn delegations(&mut self, known: &Snapshot, new: &Snapshot) {
        let pairs = both(&known.delegated_administrators, &new.delegated_administrators);
        for (id, before, after) in pairs {
            let kind = match (before, after) {
                (None, _) => ChangeKind::DelegationRegistered,
                (Some(_), None) => ChangeKind::DelegationDeregistered,
                (Some(_), Some(_)) => ChangeKind::DelegationRenewed,
            };
            if before != after {
                let account = new.accounts.get(id).or_else(|| known.accounts.get(id));
                let name = account.map_or("", |account| account.name.as_str());
                self.add(kind, (id.as_str(), name), before.map(time), after.map(time));
            }
        }
    }

    fn policies(&mut self, known: &Snapshot, new: &Snapshot) {
        for (id, before, after) in both(&known.policies, &new.policies) {
            match (before, after) {
                (Some(before), Some(after)) => self.policy(id.as_str(), before, after),
                (None, Some(policy)) => {
                    let subject = (id.as_str(), policy.name.as_str());
                    let content = Some(policy.content.clone());
                    self.add(ChangeKind::PolicyAdded, subject, None, content);
                }
                (Some(policy), None) => {
                    let subject = (id.as_str(), policy.name.as_str());
                    let content = Some(policy.content.clone());
                    self.add(ChangeKind::PolicyRemoved, subject, content, None);
                }
                (None, None) => {}
            }
        }
    }

    fn policy(&mut self, id: &str, before: &Policy, after: &Policy) {
        let subject = (id, after.name.as_str());
        let contents = (&before.content, &after.content);
        self.value(ChangeKind::PolicyChanged, subject, contents, Clone::clone);
        let names = (&before.name, &after.name);
        self.value(ChangeKind::PolicyRenamed, subject, names, Clone::clone);
        let descriptions = (&before.description, &after.description);
        self.value(ChangeKind::PolicyDescription, subject, descriptions, Clone::clone);
        let owners = (&before.is_aws_managed, &after.is_aws_managed);
        self.value(ChangeKind::PolicyOwner, subject, owners, |is_aws| {
            if *is_aws { "AWS" } else { "the customer" }.to_owned()
        });
    }

    fn attachments(&mut self, known: &Snapshot, new: &Snapshot) {
        for attachment in known.attachments.symmetric_difference(&new.attachments) {
            let target = Some(attachment.target.to_string());
            let policies = [&new.policies, &known.policies];
            let policy = policies.iter().find_map(|policies| policies.get(&attachment.policy));
            let name = policy.map_or("", |policy| policy.name.as_str());
            let subject = (attachment.policy.as_str(), name);
            if new.attachments.contains(attachment) {
                self.add(ChangeKind::PolicyAttached, subject, None, target);
            } else {
                self.add(ChangeKind::PolicyDetached, subject, target, None);
            }
        }
    }
}

/// All keys of two maps in order, with what each map has.
fn both<'a, K: Ord, V>(
    known: &'a BTreeMap<K, V>,
    new: &'a BTreeMap<K, V>,
) -> impl Iterator<Item = (&'a K, Option<&'a V>, Option<&'a V>)> {
    let keys: BTreeSet<&K> = known.keys().chain(new.keys()).collect();
    keys.into_iter().map(|key| (key, known.get(key), new.get(key)))
}

fn time(time: &DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
