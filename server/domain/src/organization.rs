//! The organization: units, accounts, who belonged when, and where its model comes from.
//!
//! A [`OrganizationFile`] is what people write; a [`snapshot::Snapshot`] is what AWS Organizations says at one time;
//! [`changes`] is what tells two snapshots apart.

pub mod changes;
mod compare;
mod convert;
pub mod edit;
mod file;
mod file_check;
pub mod reading;
pub mod snapshot;
mod snapshot_check;
pub mod what_if;

pub use file::{
    AccountEntry, AttachmentEntry, DelegationEntry, OrganizationFile, PolicyEntry, UnitEntry,
};

/// How deep units may lie below the root.
///
/// Source: AWS Organizations User Guide, "Quotas": five levels of organizational units.
pub const UNIT_DEPTH_MAX: usize = 5;

/// How many service control policies may be attached to one root, unit or account.
///
/// Source: AWS Organizations User Guide, "Quotas".
pub const POLICIES_PER_TARGET_MAX: usize = 5;

/// What is wrong with an organization, with the path of the offending value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct OrganizationError {
    /// Where in the file or the snapshot, e.g. `accounts[3].unit`.
    pub path: String,
    /// What is wrong there.
    pub reason: String,
}

fn wrong(path: impl Into<String>, reason: impl Into<String>) -> OrganizationError {
    OrganizationError { path: path.into(), reason: reason.into() }
}

#[cfg(test)]
mod tests;
