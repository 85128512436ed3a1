//! What a snapshot must not say.

use super::file_check::is_json_object;
use super::snapshot::{Snapshot, Target};
use super::{OrganizationError, UNIT_DEPTH_MAX, wrong};
use orgtrail_shared::ids::UnitId;

impl Snapshot {
    /// Finds what contradicts itself. Answers that were given while somebody changed the organization can.
    ///
    /// # Errors
    ///
    /// [`OrganizationError`] for the first contradiction; its path names entries by their ids.
    pub fn check(&self) -> Result<(), OrganizationError> {
        self.check_tree()?;
        self.check_members()?;
        self.check_policy_use()
    }

    fn check_tree(&self) -> Result<(), OrganizationError> {
        if !is_root(&self.root.id) {
            return Err(wrong("root.id", format!("`{}` is not the id of a root", self.root.id)));
        }
        for (id, unit) in &self.units {
            if is_root(id) {
                let reason = format!("is a second root beside `{}`", self.root.id);
                return Err(wrong(format!("units[{id}]"), reason));
            }
            let path = format!("units[{id}].parent");
            if !self.has_unit(&unit.parent) {
                return Err(wrong(path, format!("there is no unit `{}`", unit.parent)));
            }
            let (mut depth, mut above) = (1, &unit.parent);
            while let Some(parent) = self.units.get(above) {
                depth += 1;
                if depth > UNIT_DEPTH_MAX {
                    let reason =
                        format!("lies more than {UNIT_DEPTH_MAX} levels deep or in a circle");
                    return Err(wrong(path, reason));
                }
                above = &parent.parent;
            }
        }
        Ok(())
    }

    fn check_members(&self) -> Result<(), OrganizationError> {
        for (id, account) in &self.accounts {
            if !self.has_unit(&account.unit) {
                let reason = format!("there is no unit `{}`", account.unit);
                return Err(wrong(format!("accounts[{id}].unit"), reason));
            }
        }
        if !self.accounts.contains_key(&self.management_account) {
            let reason = format!("`{}` is not one of `accounts`", self.management_account);
            return Err(wrong("management_account", reason));
        }
        for account in self.delegated_administrators.keys() {
            let path = format!("delegated_administrators[{account}]");
            if *account == self.management_account {
                let reason = "the management account can't be a delegated administrator";
                return Err(wrong(path, reason));
            }
            if !self.accounts.contains_key(account) {
                return Err(wrong(path, format!("`{account}` is not one of `accounts`")));
            }
        }
        Ok(())
    }

    fn check_policy_use(&self) -> Result<(), OrganizationError> {
        if !self.has_policies && !self.attachments.is_empty() {
            return Err(wrong("attachments", "policies are attached although they are not in use"));
        }
        for (id, policy) in &self.policies {
            if !is_json_object(&policy.content) {
                let path = format!("policies[{id}].content");
                return Err(wrong(path, "is not the text of a JSON object"));
            }
        }
        for attachment in &self.attachments {
            let (policy, target) = (&attachment.policy, &attachment.target);
            let path = format!("attachments[{policy}, {target}]");
            if !self.policies.contains_key(policy) {
                return Err(wrong(path, format!("`{policy}` is not one of `policies`")));
            }
            let is_known = match target {
                Target::Unit(unit) => self.has_unit(unit),
                Target::Account(account) => self.accounts.contains_key(account),
            };
            if !is_known {
                return Err(wrong(path, format!("there is no unit or account `{target}`")));
            }
        }
        Ok(())
    }
}

fn is_root(unit: &UnitId) -> bool {
    unit.as_str().starts_with("r-")
}
