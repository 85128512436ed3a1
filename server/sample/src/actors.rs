//! Who acts: people, pipelines, workloads and services, each with the calls that it makes.

pub(crate) mod people;
pub(crate) mod pipelines;
pub(crate) mod services;
pub(crate) mod workloads;

use crate::calls::Call;
use crate::identities::{SESSION, SESSION_ARN};
use crate::organization::Purpose;
use people::{ADMINISTRATOR, ANALYST, BREAK_GLASS, DEVELOPER, DEVELOPER_SHELL, EXPERIMENTER};
use people::{FAILED_SIGN_IN, INVESTIGATOR, PORTAL_USER, ROOT_USER};
use pipelines::{BACKUP_AGENT, CI_PUBLISHER, DEPLOYMENT, IMAGE_BUILD, LANDING_ZONE, STACK_RELEASE};
use services::{BACKUP, CONFIG_RECORDER, FINDINGS_SYNC, KEY_ROTATION, KEY_USE, METRICS_EXPORT};
use services::{PARTNER_MONITOR, TRAIL_DELIVERY};
use workloads::{FUNCTION, INSTANCE, LOAD_BALANCER_POD, NODE_SCALER, QUERY_JOB, STORAGE_POD};
use workloads::{TABLE_POD, TASK, TRAINING};

/// When an actor is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hours {
    /// At any time.
    Any,
    /// On working days from morning to evening.
    Office,
}

/// Somebody or something that makes calls, a run of them at a time.
#[derive(Debug)]
pub(crate) struct Actor {
    /// Its `userIdentity`.
    pub(crate) identity: &'static str,
    /// Its ARN, for error messages.
    pub(crate) arn: &'static str,
    /// Values that its templates name, each a template itself; later ones may use earlier ones.
    pub(crate) variables: &'static [(&'static str, &'static str)],
    /// The calls by which it gets its credentials, each with the identity that makes it.
    pub(crate) opening: &'static [(&'static str, &'static Call)],
    /// In how many of 1000 runs the opening happens; else the credentials are still good.
    pub(crate) opening_permille: u64,
    /// Where it calls from.
    pub(crate) sources: &'static [&'static str],
    /// What it calls with.
    pub(crate) agents: &'static [&'static str],
    /// What it calls, by weight.
    pub(crate) calls: &'static [(u64, &'static Call)],
    /// The fewest and the most calls of a run.
    pub(crate) length: (u64, u64),
    /// The longest pause between two calls in seconds.
    pub(crate) pause: i64,
    /// When it acts.
    pub(crate) hours: Hours,
    /// How many of 1000 calls fail.
    pub(crate) failures: u64,
    /// How it reaches AWS.
    pub(crate) path: Path,
}

/// How calls reach AWS, which shows in the record's last fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    /// Over the internet, by TLS.
    Internet,
    /// From the console.
    Console,
    /// Through a VPC endpoint.
    Endpoint,
    /// Inside AWS: no TLS details.
    Inside,
}

/// What most actors have in common.
pub(crate) const USUAL: Actor = Actor {
    identity: SESSION,
    arn: SESSION_ARN,
    variables: &[],
    opening: &[],
    opening_permille: 1000,
    sources: &["<nat-ip>"],
    agents: &["aws-sdk-go-v2/1.32.5 ua/2.1 os/linux lang/go#1.23.2 md/GOOS#linux md/GOARCH#amd64"],
    calls: &[],
    length: (5, 20),
    pause: 20,
    hours: Hours::Any,
    failures: 15,
    path: Path::Internet,
};

/// Who acts in an account of a purpose, by weight.
pub(crate) fn actors_of(purpose: Purpose) -> &'static [(u64, &'static Actor)] {
    match purpose {
        Purpose::Management => MANAGEMENT,
        Purpose::Security => SECURITY,
        Purpose::Archive => ARCHIVE,
        Purpose::Identity => IDENTITY,
        Purpose::Network => NETWORK,
        Purpose::Platform => PLATFORM,
        Purpose::Product => PRODUCT,
        Purpose::Data => DATA,
        Purpose::Sandbox => SANDBOX,
        Purpose::Suspended => SUSPENDED,
    }
}

static MANAGEMENT: &[(u64, &Actor)] = &[
    (30, &LANDING_ZONE),
    (16, &ADMINISTRATOR),
    (20, &CONFIG_RECORDER),
    (8, &FINDINGS_SYNC),
    (6, &BACKUP),
    (2, &BREAK_GLASS),
    (1, &ROOT_USER),
    (1, &FAILED_SIGN_IN),
];
static SECURITY: &[(u64, &Actor)] = &[
    (30, &INVESTIGATOR),
    (30, &FINDINGS_SYNC),
    (20, &CONFIG_RECORDER),
    (10, &FUNCTION),
    (8, &KEY_USE),
    (4, &DEPLOYMENT),
];
static ARCHIVE: &[(u64, &Actor)] = &[
    (70, &TRAIL_DELIVERY),
    (14, &CONFIG_RECORDER),
    (10, &KEY_USE),
    (4, &DEPLOYMENT),
    (3, &INVESTIGATOR),
];
static IDENTITY: &[(u64, &Actor)] = &[
    (30, &PORTAL_USER),
    (14, &ADMINISTRATOR),
    (14, &CONFIG_RECORDER),
    (12, &FUNCTION),
    (6, &DEPLOYMENT),
    (4, &FINDINGS_SYNC),
    (1, &FAILED_SIGN_IN),
];
static NETWORK: &[(u64, &Actor)] = &[
    (24, &CONFIG_RECORDER),
    (18, &INSTANCE),
    (12, &FUNCTION),
    (8, &DEPLOYMENT),
    (6, &FINDINGS_SYNC),
    (6, &PARTNER_MONITOR),
    (1, &BACKUP),
];
static PLATFORM: &[(u64, &Actor)] = &[
    (24, &IMAGE_BUILD),
    (12, &CONFIG_RECORDER),
    (10, &DEPLOYMENT),
    (10, &INSTANCE),
    (8, &TASK),
    (6, &DEVELOPER),
    (6, &FUNCTION),
    (5, &KEY_USE),
    (4, &FINDINGS_SYNC),
    (2, &BACKUP),
    (1, &KEY_ROTATION),
];
static PRODUCT: &[(u64, &Actor)] = &[
    (22, &STORAGE_POD),
    (22, &TABLE_POD),
    (12, &TASK),
    (14, &FUNCTION),
    (12, &INSTANCE),
    (8, &LOAD_BALANCER_POD),
    (8, &NODE_SCALER),
    (14, &CONFIG_RECORDER),
    (8, &KEY_USE),
    (6, &PARTNER_MONITOR),
    (5, &METRICS_EXPORT),
    (6, &DEPLOYMENT),
    (4, &STACK_RELEASE),
    (4, &CI_PUBLISHER),
    (3, &BACKUP_AGENT),
    (6, &DEVELOPER),
    (5, &DEVELOPER_SHELL),
    (2, &BACKUP),
    (1, &KEY_ROTATION),
    (2, &FINDINGS_SYNC),
];
static DATA: &[(u64, &Actor)] = &[
    (40, &QUERY_JOB),
    (24, &STORAGE_POD),
    (10, &TRAINING),
    (10, &ANALYST),
    (10, &CONFIG_RECORDER),
    (8, &FUNCTION),
    (8, &KEY_USE),
    (4, &DEPLOYMENT),
    (4, &DEVELOPER_SHELL),
    (3, &INSTANCE),
    (2, &FINDINGS_SYNC),
];
static SANDBOX: &[(u64, &Actor)] = &[
    (40, &EXPERIMENTER),
    (14, &DEVELOPER_SHELL),
    (14, &CONFIG_RECORDER),
    (8, &FUNCTION),
    (2, &ROOT_USER),
];
static SUSPENDED: &[(u64, &Actor)] = &[(10, &CONFIG_RECORDER), (4, &KEY_USE), (4, &BACKUP)];

#[cfg(test)]
mod tests;
