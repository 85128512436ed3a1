//! The sample organization: its units, its accounts and what each of them is busy with.

use crate::rhythm::Rhythm;
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_domain::organization::{AccountEntry, DelegationEntry, OrganizationFile, UnitEntry};
use orgtrail_shared::ids::{AccountId, OrganizationId, Region, UnitId};
use orgtrail_shared::organization::{AccountState, Membership};

/// The organization's id.
pub(crate) const ORGANIZATION: &str = "o-orgtrail01";
/// The management account.
pub(crate) const MANAGEMENT: &str = "111122223333";
/// The bucket to which the trail delivers.
pub(crate) const BUCKET: &str = "exampleorg-org-trail-logs";
/// The trail's name.
pub(crate) const TRAIL: &str = "org-main";
/// The trail's ARN.
pub(crate) const TRAIL_ARN: &str = "arn:aws:cloudtrail:us-east-1:111122223333:trail/org-main";
/// The trail's home Region, in which global services are recorded, too.
pub(crate) const HOME_REGION: &str = "us-east-1";
/// The Regions that are in use.
pub(crate) const REGIONS: [&str; 3] = [HOME_REGION, "eu-west-1", "us-west-2"];

/// What an account is for, which decides who acts in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Administers the organization.
    Management,
    /// Watches the others.
    Security,
    /// Keeps logs.
    Archive,
    /// Lets people in.
    Identity,
    /// Connects the others.
    Network,
    /// Serves the others: pipelines, images, monitoring.
    Platform,
    /// Runs a product for customers.
    Product,
    /// Works on data.
    Data,
    /// Somebody's place to try things.
    Sandbox,
    /// Is suspended; little moves.
    Suspended,
}

/// One account of the sample.
#[derive(Debug)]
pub(crate) struct AccountSpec {
    /// The account's id.
    pub(crate) id: &'static str,
    /// Its name.
    pub(crate) name: &'static str,
    /// The unit it is in, as the end of the unit's id.
    pub(crate) unit: &'static str,
    /// What it is for.
    pub(crate) purpose: Purpose,
    /// When it is busy.
    pub(crate) rhythm: Rhythm,
    /// Words of which its things are named.
    pub(crate) words: &'static [&'static str],
    /// The Regions in use, each with its events per working day.
    pub(crate) regions: &'static [(&'static str, u64)],
    /// How many days before the history it joined; `None` for the one that joins in its course.
    pub(crate) joined_days_before: Option<i64>,
}

/// The units: the end of each one's id, that of the one above, and the name.
pub(crate) const UNITS: [(&str, Option<&str>, &str); 11] = [
    ("root", None, "Root"),
    ("security", Some("root"), "Security"),
    ("infrastructure", Some("root"), "Infrastructure"),
    ("platform", Some("infrastructure"), "Platform"),
    ("workloads", Some("root"), "Workloads"),
    ("production", Some("workloads"), "Production"),
    ("commerce", Some("production"), "Commerce"),
    ("analytics", Some("production"), "Analytics"),
    ("staging0", Some("workloads"), "Staging"),
    ("sandbox0", Some("root"), "Sandbox"),
    ("suspended", Some("root"), "Suspended"),
];

macro_rules! account {
    ($id:literal $name:literal $unit:literal $purpose:ident $rhythm:ident [$($word:literal)*]
     [$($region:literal $events:literal),*] $joined:expr) => {
        AccountSpec {
            id: $id,
            name: $name,
            unit: $unit,
            purpose: Purpose::$purpose,
            rhythm: Rhythm::$rhythm,
            words: &[$($word),*],
            regions: &[$(($region, $events)),*],
            joined_days_before: $joined,
        }
    };
}

/// The accounts; the first is the management account.
pub(crate) static ACCOUNTS: [AccountSpec; 15] = [
    account!("111122223333" "org-management" "root" Management Office
        ["billing" "landing-zone" "budgets"] ["us-east-1" 260] Some(1400)),
    account!("222233334444" "security" "security" Security Steady
        ["findings" "forensics" "inventory"] ["us-east-1" 380] Some(1390)),
    account!("333344445555" "log-archive" "security" Archive Steady
        ["trail-logs" "flow-logs" "config-history"] ["us-east-1" 320] Some(1390)),
    account!("444455556666" "identity" "platform" Identity Office
        ["directory" "provisioning" "access-reviews"] ["us-east-1" 260] Some(1380)),
    account!("555566667777" "network" "infrastructure" Network Steady
        ["transit" "resolver" "firewall" "inspection"] ["us-east-1" 260] Some(1380)),
    account!("666677778888" "shared-services" "platform" Platform Office
        ["pipelines" "artifacts" "monitoring" "images"] ["us-east-1" 540, "eu-west-1" 190] Some(1200)),
    account!("777788889999" "payments" "commerce" Product Customers
        ["ledger" "payouts" "refunds" "settlement" "fraud-scores"]
        ["us-east-1" 720, "eu-west-1" 400] Some(1100)),
    account!("234567890123" "checkout" "commerce" Product Customers
        ["cart" "pricing" "orders" "vouchers"] ["us-east-1" 560, "eu-west-1" 320] Some(1100)),
    account!("345678901234" "web-shop" "production" Product Customers
        ["catalog" "assets" "customer-exports" "sessions" "search"]
        ["us-east-1" 640, "eu-west-1" 320] Some(1050)),
    account!("456789012345" "mobile-api" "production" Product Customers
        ["gateway" "devices" "push" "profiles"] ["us-east-1" 480, "us-west-2" 270] Some(640)),
    account!("567890123456" "data-lake" "analytics" Data Nightly
        ["events" "orders" "clickstream" "customers" "curated"]
        ["us-east-1" 640, "eu-west-1" 270, "us-west-2" 240] Some(900)),
    account!("678901234567" "ml-research" "analytics" Data Office
        ["recommendations" "churn" "embeddings"] ["us-east-1" 340] None),
    account!("789012345678" "web-shop-staging" "staging0" Product Office
        ["catalog" "assets" "sessions"] ["us-east-1" 240] Some(1000)),
    account!("890123456789" "sandbox-anna" "sandbox0" Sandbox Office
        ["playground" "prototype"] ["us-east-1" 140] Some(210)),
    account!("901234567890" "legacy-crm" "suspended" Suspended Steady
        ["contacts" "mailings"] ["us-east-1" 14] Some(1350)),
];

/// The account with a name that is known to be in [`ACCOUNTS`].
pub(crate) fn account(name: &str) -> &'static AccountSpec {
    ACCOUNTS.iter().find(|account| account.name == name).expect("the name is in ACCOUNTS")
}

impl AccountSpec {
    /// The id as the rest of the product has it.
    pub(crate) fn account_id(&self) -> AccountId {
        self.id.parse().expect("ACCOUNTS holds valid ids")
    }
}

/// A Region's name as the rest of the product has it.
pub(crate) fn region(name: &str) -> Region {
    name.parse().expect("the names in this file are valid")
}

/// The organization's id as the rest of the product has it.
pub(crate) fn organization_id() -> OrganizationId {
    ORGANIZATION.parse().expect("the constant is a valid id")
}

/// The whole id of a unit.
pub(crate) fn unit_id(end: &str) -> UnitId {
    let text = if end == "root" { "r-orgt".to_owned() } else { format!("ou-orgt-{end}") };
    text.parse().expect("UNITS holds valid ids")
}

/// The organization as of the end of the history.
pub(crate) fn organization(start: DateTime<Utc>, newest_joined: DateTime<Utc>) -> OrganizationFile {
    let entry = |account: &AccountSpec| AccountEntry {
        id: account.account_id(),
        name: account.name.to_owned(),
        state: match account.purpose {
            Purpose::Suspended => AccountState::Suspended,
            Purpose::Management
            | Purpose::Security
            | Purpose::Archive
            | Purpose::Identity
            | Purpose::Network
            | Purpose::Platform
            | Purpose::Product
            | Purpose::Data
            | Purpose::Sandbox => AccountState::Active,
        },
        unit: Some(unit_id(account.unit)),
        memberships: vec![Membership {
            joined_at: account
                .joined_days_before
                .map_or(newest_joined, |days| start - TimeDelta::days(days)),
            left_at: None,
        }],
        email: None,
        joined_method: None,
    };
    let unit = |(end, parent, name): &(&str, Option<&str>, &str)| UnitEntry {
        id: unit_id(end),
        parent: parent.map(unit_id),
        name: (*name).to_owned(),
    };
    OrganizationFile {
        id: organization_id(),
        name: "Example Organization".to_owned(),
        management_account: ACCOUNTS[0].account_id(),
        units: UNITS.iter().map(unit).collect(),
        accounts: ACCOUNTS.iter().map(entry).collect(),
        delegated_administrators: vec![DelegationEntry {
            account: account("security").account_id(),
            enabled_at: start - TimeDelta::days(400),
        }],
        feature_set: None,
        trusted_access_since: Some(start - TimeDelta::days(400)),
        policies: crate::policies::policies(),
        attachments: crate::policies::attachments(),
    }
}
