//! What a file of an organization must not say.

use super::file::{AttachmentEntry, OrganizationFile};
use super::snapshot::Target;
use super::{OrganizationError, POLICIES_PER_TARGET_MAX, UNIT_DEPTH_MAX, wrong};
use chrono::{DateTime, Utc};
use orgtrail_shared::ids::{PolicyId, UnitId};
use orgtrail_shared::organization::Membership;
use std::collections::{BTreeMap, BTreeSet};

impl OrganizationFile {
    /// Checks everything that the types don't.
    ///
    /// # Errors
    ///
    /// [`OrganizationError`] for the first thing that is wrong.
    pub fn check(&self) -> Result<(), OrganizationError> {
        let parents = self.check_units()?;
        self.check_accounts(&parents)?;
        self.check_delegations()?;
        self.check_policies()?;
        self.check_attachments(&parents)
    }

    fn check_units(&self) -> Result<BTreeMap<&UnitId, Option<&UnitId>>, OrganizationError> {
        let mut parents = BTreeMap::new();
        for (index, unit) in self.units.iter().enumerate() {
            if parents.insert(&unit.id, unit.parent.as_ref()).is_some() {
                return Err(wrong(
                    format!("units[{index}].id"),
                    format!("`{}` is there twice", unit.id),
                ));
            }
        }
        for (index, unit) in self.units.iter().enumerate() {
            if let Some(parent) = &unit.parent
                && !parents.contains_key(parent)
            {
                let reason = format!("there is no unit `{parent}`");
                return Err(wrong(format!("units[{index}].parent"), reason));
            }
            let (mut depth, mut above) = (0, unit.parent.as_ref());
            while let Some(parent) = above {
                depth += 1;
                if depth > UNIT_DEPTH_MAX {
                    let reason =
                        format!("lies more than {UNIT_DEPTH_MAX} levels deep or in a circle");
                    return Err(wrong(format!("units[{index}].parent"), reason));
                }
                above = parents.get(parent).copied().flatten();
            }
        }
        let roots = self.units.iter().filter(|unit| unit.parent.is_none()).count();
        if roots > 1 {
            return Err(wrong("units", "there must be one root: one unit without `parent`"));
        }
        Ok(parents)
    }

    fn check_accounts(
        &self,
        parents: &BTreeMap<&UnitId, Option<&UnitId>>,
    ) -> Result<(), OrganizationError> {
        let mut seen = BTreeSet::new();
        for (index, account) in self.accounts.iter().enumerate() {
            let path = format!("accounts[{index}]");
            if !seen.insert(&account.id) {
                return Err(wrong(
                    format!("{path}.id"),
                    format!("`{}` is there twice", account.id),
                ));
            }
            if let Some(unit) = &account.unit
                && !parents.contains_key(unit)
            {
                return Err(wrong(format!("{path}.unit"), format!("there is no unit `{unit}`")));
            }
            check_memberships(&account.memberships, &format!("{path}.memberships"))?;
            if account.email.as_ref().is_some_and(|email| !email.contains('@')) {
                return Err(wrong(format!("{path}.email"), "is no e-mail address"));
            }
        }
        if !seen.contains(&self.management_account) {
            let reason = format!("`{}` is not one of `accounts`", self.management_account);
            return Err(wrong("management_account", reason));
        }
        Ok(())
    }

    fn check_delegations(&self) -> Result<(), OrganizationError> {
        for (index, delegation) in self.delegated_administrators.iter().enumerate() {
            let path = format!("delegated_administrators[{index}].account");
            if delegation.account == self.management_account {
                return Err(wrong(
                    path,
                    "the management account can't be a delegated administrator",
                ));
            }
            if !self.accounts.iter().any(|account| account.id == delegation.account) {
                let reason = format!("`{}` is not one of `accounts`", delegation.account);
                return Err(wrong(path, reason));
            }
        }
        Ok(())
    }

    fn check_policies(&self) -> Result<(), OrganizationError> {
        let mut seen = BTreeSet::new();
        for (index, policy) in self.policies.iter().enumerate() {
            let path = format!("policies[{index}]");
            if !seen.insert(&policy.id) {
                return Err(wrong(format!("{path}.id"), format!("`{}` is there twice", policy.id)));
            }
            if !is_json_object(&policy.content) {
                return Err(wrong(format!("{path}.content"), "is not the text of a JSON object"));
            }
        }
        Ok(())
    }

    fn check_attachments(
        &self,
        parents: &BTreeMap<&UnitId, Option<&UnitId>>,
    ) -> Result<(), OrganizationError> {
        let policies: BTreeSet<_> = self.policies.iter().map(|policy| &policy.id).collect();
        let accounts: BTreeSet<_> = self.accounts.iter().map(|account| &account.id).collect();
        let mut of_target: BTreeMap<&Target, BTreeSet<&PolicyId>> = BTreeMap::new();
        for (index, AttachmentEntry { policy, target }) in self.attachments.iter().enumerate() {
            let path = format!("attachments[{index}]");
            if !policies.contains(policy) {
                return Err(wrong(
                    format!("{path}.policy"),
                    format!("`{policy}` is not one of `policies`"),
                ));
            }
            let is_known = match target {
                Target::Unit(unit) => parents.contains_key(unit),
                Target::Account(account) => accounts.contains(account),
            };
            if !is_known {
                return Err(wrong(
                    format!("{path}.target"),
                    format!("there is no unit or account `{target}`"),
                ));
            }
            let attached = of_target.entry(target).or_default();
            if !attached.insert(policy) {
                return Err(wrong(path, format!("`{policy}` is attached to `{target}` twice")));
            }
            if attached.len() > POLICIES_PER_TARGET_MAX {
                let reason = format!(
                    "more than {POLICIES_PER_TARGET_MAX} policies are attached to `{target}`"
                );
                return Err(wrong(path, reason));
            }
        }
        Ok(())
    }
}

pub(super) fn is_json_object(text: &str) -> bool {
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).is_ok()
}

fn check_memberships(memberships: &[Membership], path: &str) -> Result<(), OrganizationError> {
    let mut earliest = DateTime::<Utc>::MIN_UTC;
    for (index, membership) in memberships.iter().enumerate() {
        let path = format!("{path}[{index}]");
        if membership.joined_at < earliest {
            return Err(wrong(path, "begins before the previous membership has ended"));
        }
        match membership.left_at {
            Some(left) if left <= membership.joined_at => {
                return Err(wrong(path, "ends before it begins"));
            }
            Some(left) => earliest = left,
            None if index + 1 < memberships.len() => {
                return Err(wrong(path, "only the last membership may have no end"));
            }
            None => {}
        }
    }
    if memberships.is_empty() {
        return Err(wrong(path, "an account needs at least one membership"));
    }
    Ok(())
}
