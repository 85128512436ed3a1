//! The things of an organization as AWS's API writes them.

use crate::organization::snapshot::{Account, FeatureSet, Policy, Snapshot, Target, Unit};
use chrono::{DateTime, Utc};
use orgtrail_shared::ids::{AccountId, PolicyId, UnitId};
use orgtrail_shared::organization::AccountState;
use serde_json::{Value, json};

/// A moment: seconds since 1970, whole ones without a fraction.
pub(super) fn seconds(at: DateTime<Utc>) -> Value {
    let millis = at.timestamp_millis();
    if millis % 1_000 == 0 {
        return json!(millis / 1_000);
    }
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of our time fit")]
    let seconds = millis as f64 / 1_000.0;
    json!(seconds)
}

/// The ARN of something of the organization.
fn arn(snapshot: &Snapshot, kind: &str, id: &str) -> String {
    let (owner, organization) = (&snapshot.management_account, &snapshot.id);
    format!("arn:aws:organizations::{owner}:{kind}/{organization}/{id}")
}

pub(super) fn organization(snapshot: &Snapshot) -> Value {
    let owner = &snapshot.management_account;
    let types = match (snapshot.feature_set, snapshot.has_policies) {
        (FeatureSet::All, true) => {
            json!([{"Type": super::SERVICE_CONTROL_POLICY, "Status": "ENABLED"}])
        }
        _ => json!([]),
    };
    let mut shape = json!({
        "Id": snapshot.id,
        "Arn": format!("arn:aws:organizations::{owner}:organization/{}", snapshot.id),
        "FeatureSet": snapshot.feature_set,
        "MasterAccountId": owner,
        "MasterAccountArn": arn(snapshot, "account", owner.as_str()),
        "AvailablePolicyTypes": types,
    });
    if let Some(email) = snapshot.accounts.get(owner).and_then(|account| account.email.as_ref()) {
        shape["MasterAccountEmail"] = json!(email);
    }
    shape
}

pub(super) fn root(snapshot: &Snapshot) -> Value {
    let types = if snapshot.has_policies {
        json!([{"Type": super::SERVICE_CONTROL_POLICY, "Status": "ENABLED"}])
    } else {
        json!([])
    };
    json!({
        "Id": snapshot.root.id,
        "Arn": arn(snapshot, "root", snapshot.root.id.as_str()),
        "Name": snapshot.root.name,
        "PolicyTypes": types,
    })
}

pub(super) fn unit(snapshot: &Snapshot, id: &UnitId, unit: &Unit) -> Value {
    json!({"Id": id, "Arn": arn(snapshot, "ou", id.as_str()), "Name": unit.name})
}

pub(super) fn account(snapshot: &Snapshot, id: &AccountId, account: &Account) -> Value {
    let state = match account.state {
        AccountState::PendingActivation => "PENDING_ACTIVATION",
        AccountState::Active => "ACTIVE",
        AccountState::Suspended => "SUSPENDED",
        AccountState::PendingClosure => "PENDING_CLOSURE",
        AccountState::Closed => "CLOSED",
    };
    // Old clients know three states only: what is closed was suspended to them, what isn't active yet was active.
    let status = match account.state {
        AccountState::PendingActivation | AccountState::Active => "ACTIVE",
        AccountState::Suspended | AccountState::Closed => "SUSPENDED",
        AccountState::PendingClosure => "PENDING_CLOSURE",
    };
    let mut shape = json!({
        "Id": id,
        "Arn": arn(snapshot, "account", id.as_str()),
        "Name": account.name,
        "Status": status,
        "State": state,
        "JoinedTimestamp": seconds(account.joined_at),
    });
    if let Some(email) = &account.email {
        shape["Email"] = json!(email);
    }
    if let Some(method) = account.joined_method {
        shape["JoinedMethod"] = json!(method);
    }
    shape
}

pub(super) fn policy(snapshot: &Snapshot, id: &PolicyId, policy: &Policy) -> Value {
    let arn = if policy.is_aws_managed {
        format!("arn:aws:organizations::aws:policy/service_control_policy/{id}")
    } else {
        let (owner, organization) = (&snapshot.management_account, &snapshot.id);
        format!("arn:aws:organizations::{owner}:policy/{organization}/service_control_policy/{id}")
    };
    json!({
        "Id": id,
        "Arn": arn,
        "Name": policy.name,
        "Description": policy.description,
        "Type": super::SERVICE_CONTROL_POLICY,
        "AwsManaged": policy.is_aws_managed,
    })
}

pub(super) fn target(snapshot: &Snapshot, target: &Target) -> Value {
    let (kind, place, name) = match target {
        Target::Account(id) => {
            let name = snapshot.accounts.get(id).map(|account| account.name.as_str());
            ("ACCOUNT", "account", name)
        }
        Target::Unit(id) if *id == snapshot.root.id => {
            ("ROOT", "root", Some(snapshot.root.name.as_str()))
        }
        Target::Unit(id) => ("ORGANIZATIONAL_UNIT", "ou", snapshot.unit_name(id)),
    };
    json!({
        "TargetId": target.to_string(),
        "Arn": arn(snapshot, place, &target.to_string()),
        "Name": name.unwrap_or_default(),
        "Type": kind,
    })
}
