//! Reading a whole organization, or nothing.

use super::calls::{CLOUDTRAIL, Caller, Pace};
use super::convert;
use crate::error::{CloudError, Result};
use aws_config::SdkConfig;
use aws_sdk_organizations::types::{PolicyType, PolicyTypeStatus, Root as AwsRoot};
use chrono::{DateTime, Utc};
use orgtrail_domain::organization::UNIT_DEPTH_MAX;
use orgtrail_domain::organization::snapshot::{
    Account, Attachment, FeatureSet, Policy, Root, Snapshot, Target, Unit,
};
use orgtrail_shared::ids::{AccountId, PolicyId, UnitId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Reads the organization that the credentials belong to: tree, accounts, CloudTrail's trusted access and delegated
/// administrators, service control policies. `None` when the account is in no organization.
///
/// One call follows the other, as fast as `pace` says: about four for each unit, one for each account and policy.
/// The credentials must be those of the management account or of a delegated administrator, with the rights
/// `organizations:Describe*` and `organizations:List*`.
///
/// # Errors
///
/// [`CloudError`] when any call fails for good: there is never a snapshot of a part.
/// [`CloudError::Inconsistent`] when the organization was changed meanwhile; a later attempt helps.
pub async fn fetch_snapshot(config: &SdkConfig, pace: &Pace) -> Result<Option<Snapshot>> {
    let mut caller = Caller::new(config, pace);
    let Some(organization) = caller.organization().await? else { return Ok(None) };
    let answer = "DescribeOrganization";
    let set = convert::required(organization.feature_set(), answer, "FeatureSet")?;
    let feature_set = convert::word(set.as_str(), answer, "FeatureSet")?;
    let aws_root = only_root(caller.roots().await?)?;
    let has_policies = has_policies(&aws_root);
    let root = Root {
        id: convert::id(aws_root.id(), "ListRoots", "Id")?,
        name: aws_root.name().unwrap_or_default().replace('\0', "\u{fffd}"),
    };
    let (units, accounts) = walk(&mut caller, &root.id).await?;
    let (trusted_access_since, delegated_administrators) = match feature_set {
        FeatureSet::All => (trusted_access(&mut caller).await?, delegations(&mut caller).await?),
        // Without all features no service is trusted, and AWS refuses the question.
        FeatureSet::ConsolidatedBilling => (None, BTreeMap::new()),
    };
    let mut snapshot = Snapshot {
        id: convert::id(organization.id(), answer, "Id")?,
        feature_set,
        management_account: convert::id(
            organization.master_account_id(),
            answer,
            "MasterAccountId",
        )?,
        trusted_access_since,
        has_policies,
        root,
        units,
        accounts,
        delegated_administrators,
        policies: BTreeMap::new(),
        attachments: BTreeSet::new(),
    };
    if has_policies {
        snapshot.attachments = attachments(&mut caller, &snapshot).await?;
        snapshot.policies = policies(&mut caller, &snapshot.attachments).await?;
    }
    is_whole(&mut caller, &snapshot).await?;
    snapshot.check().map_err(|error| inconsistent(error.to_string()))?;
    Ok(Some(snapshot))
}

fn inconsistent(reason: String) -> CloudError {
    CloudError::Inconsistent { what: "could not read the organization".to_owned(), reason }
}

fn only_root(mut roots: Vec<AwsRoot>) -> Result<AwsRoot> {
    let count = roots.len();
    match (roots.pop(), count) {
        (Some(root), 1) => Ok(root),
        _ => Err(inconsistent(format!("there are {count} roots instead of one"))),
    }
}

/// Whether service control policies are in force. While they are being switched on or off they are not.
fn has_policies(root: &AwsRoot) -> bool {
    root.policy_types().iter().any(|entry| {
        entry.r#type() == Some(&PolicyType::ServiceControlPolicy)
            && entry.status() == Some(&PolicyTypeStatus::Enabled)
    })
}

type Tree = (BTreeMap<UnitId, Unit>, BTreeMap<AccountId, Account>);

/// Walks the tree, level by level. What is found twice ends the walk: an account that was moved meanwhile, or a circle.
async fn walk(caller: &mut Caller, root: &UnitId) -> Result<Tree> {
    let (mut units, mut accounts) = (BTreeMap::new(), BTreeMap::new());
    let mut waiting = VecDeque::from([(root.clone(), 0)]);
    while let Some((parent, depth)) = waiting.pop_front() {
        for account in caller.accounts_in(parent.as_str()).await? {
            let (id, account) = convert::account(&account, &parent)?;
            if let Some(twin) = accounts.insert(id.clone(), account) {
                let reason = format!("account {id} lies in {} and in {parent}", twin.unit);
                return Err(inconsistent(reason));
            }
        }
        for unit in caller.units_in(parent.as_str()).await? {
            let answer = "ListOrganizationalUnitsForParent";
            let id: UnitId = convert::id(unit.id(), answer, "Id")?;
            if depth >= UNIT_DEPTH_MAX {
                let reason = format!("{id} lies more than {UNIT_DEPTH_MAX} levels below the root");
                return Err(convert::odd(answer, reason));
            }
            let name = unit.name().unwrap_or_default().replace('\0', "\u{fffd}");
            let twin = units.insert(id.clone(), Unit { parent: parent.clone(), name });
            if id == *root || twin.is_some() {
                return Err(inconsistent(format!("unit {id} is in the tree twice")));
            }
            waiting.push_back((id, depth + 1));
        }
    }
    Ok((units, accounts))
}

/// Since when CloudTrail is trusted.
async fn trusted_access(caller: &mut Caller) -> Result<Option<DateTime<Utc>>> {
    let services = caller.trusted_services().await?;
    let found = services.iter().find(|service| service.service_principal() == Some(CLOUDTRAIL));
    let since = found.map(|service| {
        convert::time(service.date_enabled(), "ListAWSServiceAccessForOrganization", "DateEnabled")
    });
    since.transpose()
}

async fn delegations(caller: &mut Caller) -> Result<BTreeMap<AccountId, DateTime<Utc>>> {
    let answer = "ListDelegatedAdministrators";
    let mut delegations = BTreeMap::new();
    for administrator in caller.administrators().await? {
        let since = administrator.delegation_enabled_date();
        delegations.insert(
            convert::id(administrator.id(), answer, "Id")?,
            convert::time(since, answer, "DelegationEnabledDate")?,
        );
    }
    Ok(delegations)
}

async fn attachments(caller: &mut Caller, snapshot: &Snapshot) -> Result<BTreeSet<Attachment>> {
    let units = [&snapshot.root.id].into_iter().chain(snapshot.units.keys());
    let accounts = snapshot.accounts.keys();
    let targets = units.cloned().map(Target::Unit).chain(accounts.cloned().map(Target::Account));
    let mut attachments = BTreeSet::new();
    for target in targets {
        for summary in caller.policies_of(&target.to_string()).await? {
            let policy = convert::id(summary.id(), "ListPoliciesForTarget", "Id")?;
            attachments.insert(Attachment { target: target.clone(), policy });
        }
    }
    Ok(attachments)
}

/// Each policy that is attached to anything, asked for once.
async fn policies(
    caller: &mut Caller,
    attachments: &BTreeSet<Attachment>,
) -> Result<BTreeMap<PolicyId, Policy>> {
    let ids: BTreeSet<_> = attachments.iter().map(|attachment| &attachment.policy).collect();
    let mut policies = BTreeMap::new();
    for id in ids {
        let policy = caller.policy(id.as_str()).await?;
        let policy = convert::required(policy, "DescribePolicy", "Policy")?;
        policies.insert(id.clone(), convert::policy(&policy)?);
    }
    Ok(policies)
}

/// Checks that the walk has met every account. One that was moved from a unit yet to be read to one already read would
/// seem to have left, and nothing would be expected of it any more.
async fn is_whole(caller: &mut Caller, snapshot: &Snapshot) -> Result<()> {
    let mut listed = BTreeSet::new();
    for account in caller.accounts().await? {
        listed.insert(convert::id::<AccountId>(account.id(), "ListAccounts", "Id")?);
    }
    let walked: BTreeSet<_> = snapshot.accounts.keys().cloned().collect();
    match listed.symmetric_difference(&walked).next() {
        Some(account) => {
            let place = if walked.contains(account) { "tree" } else { "list" };
            Err(inconsistent(format!("account {account} is only in the {place} of accounts")))
        }
        None => Ok(()),
    }
}
