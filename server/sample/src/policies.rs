//! The service control policies of the sample organization, and what they are attached to.

use crate::organization::{ACCOUNTS, UNITS, unit_id};
use orgtrail_domain::organization::{AttachmentEntry, PolicyEntry};

/// The policy that AWS attaches to everything once policies are in use.
const FULL_ACCESS: &str = "p-FullAWSAccess";
/// Keeps members' hands off the audit trail.
const PROTECT_AUDIT: &str = "p-4k2m8x1q";
/// Keeps work in the Regions that are in use.
const APPROVED_REGIONS: &str = "p-9d3v7r5t";
/// Keeps a suspended account from making anything.
const QUARANTINE: &str = "p-2h6n0w8z";

/// What each policy is attached to besides [`FULL_ACCESS`], by the end of the unit's id.
const ATTACHED: [(&str, &str); 4] = [
    // The security account lies elsewhere, so it isn't bound by this one.
    (PROTECT_AUDIT, "workloads"),
    (PROTECT_AUDIT, "sandbox0"),
    (APPROVED_REGIONS, "sandbox0"),
    (QUARANTINE, "suspended"),
];

fn policy(id: &str, name: &str, description: &str, content: &str) -> PolicyEntry {
    PolicyEntry {
        id: id.parse().expect("the constants are valid ids"),
        name: name.to_owned(),
        description: description.to_owned(),
        is_aws_managed: id == FULL_ACCESS,
        content: content.to_owned(),
    }
}

/// The policies.
pub(crate) fn policies() -> Vec<PolicyEntry> {
    vec![
        policy(
            FULL_ACCESS,
            "FullAWSAccess",
            "Allows access to every operation",
            include_str!("policies/full-access.json"),
        ),
        policy(
            PROTECT_AUDIT,
            "protect-audit",
            "Nobody but the break-glass role stops or changes trails, flow logs or recorders",
            include_str!("policies/protect-audit.json"),
        ),
        policy(
            APPROVED_REGIONS,
            "approved-regions",
            "Global services, and the Regions in use",
            include_str!("policies/approved-regions.json"),
        ),
        policy(
            QUARANTINE,
            "quarantine",
            "A suspended account makes nothing new",
            include_str!("policies/quarantine.json"),
        ),
    ]
}

/// Each attachment; [`FULL_ACCESS`] is attached to everything, as AWS does it.
pub(crate) fn attachments() -> Vec<AttachmentEntry> {
    let entry = |policy: &str, target: &str| AttachmentEntry {
        policy: policy.parse().expect("the constants are valid ids"),
        target: target.parse().expect("units and accounts have valid ids"),
    };
    let units = UNITS.iter().map(|(end, _, _)| unit_id(end).to_string());
    let accounts = ACCOUNTS.iter().map(|account| account.id.to_owned());
    let mut attachments: Vec<AttachmentEntry> =
        units.chain(accounts).map(|target| entry(FULL_ACCESS, &target)).collect();
    attachments.extend(ATTACHED.map(|(policy, unit)| entry(policy, &unit_id(unit).to_string())));
    attachments
}
