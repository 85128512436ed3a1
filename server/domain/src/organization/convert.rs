//! The file of an organization as a snapshot.

use super::file::{AccountEntry, OrganizationFile};
use super::snapshot::{Account, Attachment, FeatureSet, Policy, Root, Snapshot, Unit};
use super::{OrganizationError, wrong};
use orgtrail_shared::ids::{AccountId, UnitId};
use std::collections::BTreeMap;

impl OrganizationFile {
    /// The organization as it is now by the file: accounts that have left are not in it.
    ///
    /// Service control policies are in use if the file holds any.
    ///
    /// # Errors
    ///
    /// [`OrganizationError`] when the file does not say enough: without a root, or with a member that lies in no unit.
    pub fn to_snapshot(&self) -> Result<Snapshot, OrganizationError> {
        let root = self.units.iter().find(|unit| unit.parent.is_none());
        let root = root.ok_or_else(|| wrong("units", "there is no root"))?;
        let snapshot = Snapshot {
            id: self.id.clone(),
            feature_set: self.feature_set.unwrap_or(FeatureSet::All),
            management_account: self.management_account.clone(),
            trusted_access_since: self.trusted_access_since,
            has_policies: !self.policies.is_empty(),
            root: Root { id: root.id.clone(), name: root.name.clone() },
            units: self.units_below_the_root(),
            accounts: self.members()?,
            delegated_administrators: self
                .delegated_administrators
                .iter()
                .map(|entry| (entry.account.clone(), entry.enabled_at))
                .collect(),
            policies: self
                .policies
                .iter()
                .map(|entry| {
                    let policy = Policy {
                        name: entry.name.clone(),
                        description: entry.description.clone(),
                        is_aws_managed: entry.is_aws_managed,
                        content: entry.content.clone(),
                    };
                    (entry.id.clone(), policy)
                })
                .collect(),
            attachments: self
                .attachments
                .iter()
                .map(|entry| Attachment {
                    target: entry.target.clone(),
                    policy: entry.policy.clone(),
                })
                .collect(),
        };
        snapshot.check()?;
        Ok(snapshot)
    }

    fn units_below_the_root(&self) -> BTreeMap<UnitId, Unit> {
        let units = self.units.iter().filter_map(|entry| {
            let parent = entry.parent.clone()?;
            Some((entry.id.clone(), Unit { parent, name: entry.name.clone() }))
        });
        units.collect()
    }

    fn members(&self) -> Result<BTreeMap<AccountId, Account>, OrganizationError> {
        let mut members = BTreeMap::new();
        for (index, entry) in self.accounts.iter().enumerate() {
            if let Some(account) = member(entry, index)? {
                members.insert(entry.id.clone(), account);
            }
        }
        Ok(members)
    }
}

/// The account as a member; `None` when it has left.
fn member(entry: &AccountEntry, index: usize) -> Result<Option<Account>, OrganizationError> {
    let last = entry.memberships.last();
    let Some(now) = last.filter(|membership| membership.left_at.is_none()) else {
        return Ok(None);
    };
    let unit = entry.unit.clone().ok_or_else(|| {
        let reason = format!("`{}` is a member, but lies in no unit", entry.id);
        wrong(format!("accounts[{index}].unit"), reason)
    })?;
    Ok(Some(Account {
        name: entry.name.clone(),
        email: entry.email.clone(),
        state: entry.state,
        joined_method: entry.joined_method,
        joined_at: now.joined_at,
        unit,
    }))
}
