//! The read part of AWS Organizations' API, answered from a snapshot.
//!
//! Source: AWS Organizations API Reference, version 2016-11-28.

mod pages;
mod shapes;
#[cfg(test)]
mod tests;

use super::snapshot::{Snapshot, Target};
use orgtrail_shared::ids::{AccountId, PolicyId, UnitId};
use pages::page;
use serde::Deserialize;
use serde_json::{Value, json};
use std::str::FromStr;

/// The one kind of policy that is kept here.
const SERVICE_CONTROL_POLICY: &str = "SERVICE_CONTROL_POLICY";

/// Every kind of policy that AWS has.
const POLICY_TYPES: [&str; 13] = [
    SERVICE_CONTROL_POLICY,
    "RESOURCE_CONTROL_POLICY",
    "TAG_POLICY",
    "BACKUP_POLICY",
    "AISERVICES_OPT_OUT_POLICY",
    "CHATBOT_POLICY",
    "DECLARATIVE_POLICY_EC2",
    "SECURITYHUB_POLICY",
    "INSPECTOR_POLICY",
    "UPGRADE_ROLLOUT_POLICY",
    "BEDROCK_POLICY",
    "S3_POLICY",
    "NETWORK_SECURITY_DIRECTOR_POLICY",
];

/// The service whose trust and administrators are kept here.
const CLOUDTRAIL: &str = "cloudtrail.amazonaws.com";

/// Why a question has no answer, as AWS says it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    /// The name of AWS's error.
    pub code: &'static str,
    /// The words beside it.
    pub message: String,
}

impl ApiError {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    fn invalid(message: impl Into<String>) -> Self {
        Self::new("InvalidInputException", message)
    }

    /// There is no organization that the caller belongs to.
    pub fn no_organization() -> Self {
        let message = "Your account is not a member of an organization.";
        Self::new("AWSOrganizationsNotInUseException", message)
    }
}

/// A question of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// What organization it is; every member may ask.
    DescribeOrganization,
    /// The root.
    ListRoots,
    /// The units right below a root or unit.
    ListOrganizationalUnitsForParent,
    /// One unit.
    DescribeOrganizationalUnit,
    /// The accounts right below a root or unit.
    ListAccountsForParent,
    /// All accounts.
    ListAccounts,
    /// One account.
    DescribeAccount,
    /// What an account or unit lies in.
    ListParents,
    /// Who administers what for the organization.
    ListDelegatedAdministrators,
    /// What an account administers.
    ListDelegatedServicesForAccount,
    /// Which services are trusted.
    ListAWSServiceAccessForOrganization,
    /// The policies of a kind.
    ListPolicies,
    /// The policies that are attached right to something.
    ListPoliciesForTarget,
    /// What a policy is attached to.
    ListTargetsForPolicy,
    /// One policy with its text.
    DescribePolicy,
}

impl Operation {
    /// Every one of them, by AWS's name.
    pub const ALL: [(&'static str, Self); 15] = [
        ("DescribeOrganization", Self::DescribeOrganization),
        ("ListRoots", Self::ListRoots),
        ("ListOrganizationalUnitsForParent", Self::ListOrganizationalUnitsForParent),
        ("DescribeOrganizationalUnit", Self::DescribeOrganizationalUnit),
        ("ListAccountsForParent", Self::ListAccountsForParent),
        ("ListAccounts", Self::ListAccounts),
        ("DescribeAccount", Self::DescribeAccount),
        ("ListParents", Self::ListParents),
        ("ListDelegatedAdministrators", Self::ListDelegatedAdministrators),
        ("ListDelegatedServicesForAccount", Self::ListDelegatedServicesForAccount),
        ("ListAWSServiceAccessForOrganization", Self::ListAWSServiceAccessForOrganization),
        ("ListPolicies", Self::ListPolicies),
        ("ListPoliciesForTarget", Self::ListPoliciesForTarget),
        ("ListTargetsForPolicy", Self::ListTargetsForPolicy),
        ("DescribePolicy", Self::DescribePolicy),
    ];

    /// The operation of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, operation)| *operation)
    }

    /// AWS's name for it.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| *name)
    }
}

/// What a question says. Members that an operation doesn't have are passed over, as AWS does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Input {
    next_token: Option<String>,
    max_results: Option<i64>,
    parent_id: Option<String>,
    child_id: Option<String>,
    account_id: Option<String>,
    organizational_unit_id: Option<String>,
    service_principal: Option<String>,
    filter: Option<String>,
    target_id: Option<String>,
    policy_id: Option<String>,
}

/// A required member of the right form.
fn required<T: FromStr>(name: &str, value: Option<&String>) -> Result<T, ApiError> {
    let Some(text) = value else {
        return Err(ApiError::invalid(format!("You must specify a value for {name}.")));
    };
    text.parse().map_err(|_| {
        ApiError::invalid(format!(
            "You provided a value for {name} that does not match the required pattern."
        ))
    })
}

/// Answers a question.
///
/// # Errors
///
/// [`ApiError`] as AWS has it.
pub fn answer(snapshot: &Snapshot, operation: Operation, input: &Input) -> Result<Value, ApiError> {
    match operation {
        Operation::DescribeOrganization => {
            Ok(json!({ "Organization": shapes::organization(snapshot) }))
        }
        Operation::ListRoots => {
            let roots = [(snapshot.root.id.to_string(), shapes::root(snapshot))];
            page("Roots", operation, "", input, roots)
        }
        Operation::ListOrganizationalUnitsForParent => units_in(snapshot, operation, input),
        Operation::DescribeOrganizationalUnit => {
            let id: UnitId =
                required("OrganizationalUnitId", input.organizational_unit_id.as_ref())?;
            let unit = snapshot.units.get(&id).ok_or_else(|| {
                let message = "You specified an organizational unit that doesn't exist.";
                ApiError::new("OrganizationalUnitNotFoundException", message)
            })?;
            Ok(json!({ "OrganizationalUnit": shapes::unit(snapshot, &id, unit) }))
        }
        Operation::ListAccountsForParent => {
            let parent = parent(snapshot, input)?;
            let inside = snapshot.accounts.iter().filter(|(_, account)| account.unit == parent);
            let found = inside
                .map(|(id, account)| (id.to_string(), shapes::account(snapshot, id, account)));
            page("Accounts", operation, parent.as_str(), input, found)
        }
        Operation::ListAccounts => {
            let all = snapshot.accounts.iter();
            let found =
                all.map(|(id, account)| (id.to_string(), shapes::account(snapshot, id, account)));
            page("Accounts", operation, "", input, found)
        }
        Operation::DescribeAccount => {
            let id: AccountId = required("AccountId", input.account_id.as_ref())?;
            let account = snapshot.accounts.get(&id).ok_or_else(unknown_account)?;
            Ok(json!({ "Account": shapes::account(snapshot, &id, account) }))
        }
        Operation::ListParents => parents(snapshot, operation, input),
        Operation::ListDelegatedAdministrators => administrators(snapshot, operation, input),
        Operation::ListDelegatedServicesForAccount => services_of(snapshot, operation, input),
        Operation::ListAWSServiceAccessForOrganization => {
            let trusted = snapshot.trusted_access_since.map(|since| {
                let entry = json!({
                    "ServicePrincipal": CLOUDTRAIL, "DateEnabled": shapes::seconds(since),
                });
                (CLOUDTRAIL.to_owned(), entry)
            });
            page("EnabledServicePrincipals", operation, "", input, trusted)
        }
        Operation::ListPolicies => {
            let is_kept = is_kept(input)?;
            let known = snapshot.policies.iter().filter(|_| is_kept);
            let found =
                known.map(|(id, policy)| (id.to_string(), shapes::policy(snapshot, id, policy)));
            page("Policies", operation, "", input, found)
        }
        Operation::ListPoliciesForTarget => policies_of(snapshot, operation, input),
        Operation::ListTargetsForPolicy => targets_of(snapshot, operation, input),
        Operation::DescribePolicy => {
            let (id, policy) = known_policy(snapshot, input)?;
            Ok(json!({"Policy": {
                "PolicySummary": shapes::policy(snapshot, &id, policy),
                "Content": policy.content,
            }}))
        }
    }
}

fn unknown_account() -> ApiError {
    ApiError::new("AccountNotFoundException", "You specified an account that doesn't exist.")
}

fn parent(snapshot: &Snapshot, input: &Input) -> Result<UnitId, ApiError> {
    let parent: UnitId = required("ParentId", input.parent_id.as_ref())?;
    if snapshot.has_unit(&parent) {
        return Ok(parent);
    }
    Err(ApiError::new("ParentNotFoundException", "You specified parent that doesn't exist."))
}

fn units_in(snapshot: &Snapshot, operation: Operation, input: &Input) -> Result<Value, ApiError> {
    let parent = parent(snapshot, input)?;
    let inside = snapshot.units.iter().filter(|(_, unit)| unit.parent == parent);
    let found = inside.map(|(id, unit)| (id.to_string(), shapes::unit(snapshot, id, unit)));
    page("OrganizationalUnits", operation, parent.as_str(), input, found)
}

fn parents(snapshot: &Snapshot, operation: Operation, input: &Input) -> Result<Value, ApiError> {
    let child: Target = required("ChildId", input.child_id.as_ref())?;
    let above = match &child {
        Target::Account(account) => snapshot.accounts.get(account).map(|account| &account.unit),
        Target::Unit(unit) => snapshot.units.get(unit).map(|unit| &unit.parent),
    };
    let above = above.ok_or_else(|| {
        ApiError::new("ChildNotFoundException", "You specified a child that doesn't exist.")
    })?;
    let kind = if *above == snapshot.root.id { "ROOT" } else { "ORGANIZATIONAL_UNIT" };
    let entry = json!({ "Id": above, "Type": kind });
    page("Parents", operation, &child.to_string(), input, [(above.to_string(), entry)])
}

fn administrators(
    snapshot: &Snapshot,
    operation: Operation,
    input: &Input,
) -> Result<Value, ApiError> {
    // What isn't CloudTrail has administrators that nobody has told us of: none is a wrong answer, and so is all.
    let service = input.service_principal.as_deref().unwrap_or(CLOUDTRAIL);
    let all = snapshot.delegated_administrators.iter().filter(|_| service == CLOUDTRAIL);
    let found = all.filter_map(|(id, since)| {
        let mut entry = shapes::account(snapshot, id, snapshot.accounts.get(id)?);
        entry["DelegationEnabledDate"] = shapes::seconds(*since);
        Some((id.to_string(), entry))
    });
    page("DelegatedAdministrators", operation, service, input, found)
}

fn services_of(
    snapshot: &Snapshot,
    operation: Operation,
    input: &Input,
) -> Result<Value, ApiError> {
    let id: AccountId = required("AccountId", input.account_id.as_ref())?;
    if !snapshot.accounts.contains_key(&id) {
        return Err(unknown_account());
    }
    let since = snapshot.delegated_administrators.get(&id).ok_or_else(|| {
        let message = "The provided account is not a registered delegated administrator for your organization.";
        ApiError::new("AccountNotRegisteredException", message)
    })?;
    let entry =
        json!({"ServicePrincipal": CLOUDTRAIL, "DelegationEnabledDate": shapes::seconds(*since)});
    page("DelegatedServices", operation, id.as_str(), input, [(CLOUDTRAIL.to_owned(), entry)])
}

/// Whether the kind of policy that is asked for is the one that is kept here.
fn is_kept(input: &Input) -> Result<bool, ApiError> {
    let filter: String = required("Filter", input.filter.as_ref())?;
    if !POLICY_TYPES.contains(&filter.as_str()) {
        let message = format!(
            "Value '{filter}' at 'filter' failed to satisfy constraint: Member must satisfy enum value set."
        );
        return Err(ApiError::invalid(message));
    }
    Ok(filter == SERVICE_CONTROL_POLICY)
}

fn known_policy<'a>(
    snapshot: &'a Snapshot,
    input: &Input,
) -> Result<(PolicyId, &'a super::snapshot::Policy), ApiError> {
    let id: PolicyId = required("PolicyId", input.policy_id.as_ref())?;
    let policy = snapshot.policies.get(&id).ok_or_else(|| {
        ApiError::new("PolicyNotFoundException", "You specified a policy that doesn't exist.")
    })?;
    Ok((id, policy))
}

fn policies_of(
    snapshot: &Snapshot,
    operation: Operation,
    input: &Input,
) -> Result<Value, ApiError> {
    let target: Target = required("TargetId", input.target_id.as_ref())?;
    let is_kept = is_kept(input)?;
    if !snapshot.has_place(&target.to_string()) {
        let message = "You specified a target that doesn't exist.";
        return Err(ApiError::new("TargetNotFoundException", message));
    }
    let here = snapshot.attachments.iter().filter(|one| is_kept && one.target == target);
    let found = here.filter_map(|one| {
        let policy = snapshot.policies.get(&one.policy)?;
        Some((one.policy.to_string(), shapes::policy(snapshot, &one.policy, policy)))
    });
    page("Policies", operation, &target.to_string(), input, found)
}

fn targets_of(snapshot: &Snapshot, operation: Operation, input: &Input) -> Result<Value, ApiError> {
    let (id, _) = known_policy(snapshot, input)?;
    let attached = snapshot.attachments.iter().filter(|one| one.policy == id);
    let found = attached.map(|one| (one.target.to_string(), shapes::target(snapshot, &one.target)));
    page("Targets", operation, id.as_str(), input, found)
}
