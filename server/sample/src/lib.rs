//! The simulated organization behind `orgtrail demo`: fifteen accounts, sixteen days of log files and
//! signed digests of one organization trail, a few stories to find, and activity that goes on.
//!
//! Nothing here reads a clock, a file or the network: the same seed, anchor and key give the same bytes.

mod activity;
mod actors;
mod calls;
mod chain;
mod delivery;
mod failures;
mod identities;
mod links;
mod organization;
mod plan;
mod policies;
mod random;
mod record;
mod rhythm;
mod signing;
mod stories;
mod time;
mod values;

use crate::chain::Chain;
use crate::plan::Planner;
use crate::signing::SigningKey;
use crate::stories::Moments;
use crate::time::{DAY, floor, to_utc};
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_domain::organization::OrganizationFile;
use orgtrail_shared::console::Role;
use orgtrail_shared::ids::{AccountId, Region};

pub use delivery::{DeliveryState, SampleObject};
pub use signing::generate_key;
pub use stories::Story;

/// Why a sample can't be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SampleError {
    /// The key is not an RSA key of 2048 bits in PKCS#8 DER, or none could be made.
    #[error("the sample's key must be an RSA key of 2048 bits in PKCS#8 DER")]
    Key,
}

/// How much of the sample is made; tests take less than the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleOptions {
    /// Whole days before the anchor's midnight, at least 3.
    pub history_days: u32,
    /// Share of the full activity, in percent.
    pub scale_percent: u32,
}

impl Default for SampleOptions {
    fn default() -> Self {
        Self { history_days: 15, scale_percent: 100 }
    }
}

/// The organization trail of the sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleTrail {
    /// The trail's name.
    pub name: &'static str,
    /// The trail's ARN.
    pub arn: &'static str,
    /// The bucket to which it delivers.
    pub bucket: &'static str,
    /// What stands before `AWSLogs/`: nothing.
    pub prefix: &'static str,
    /// The trail's home Region.
    pub home_region: Region,
    /// The Regions in which there is activity.
    pub regions: Vec<Region>,
    /// When it was made and started.
    pub began_at: DateTime<Utc>,
}

/// The key by which digests are verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// 32 hexadecimal digits.
    pub fingerprint: String,
    /// PKCS#1 `RSAPublicKey` in DER.
    pub der: Vec<u8>,
    /// The beginning of its validity.
    pub valid_from: DateTime<Utc>,
    /// The end of its validity.
    pub valid_to: DateTime<Utc>,
}

/// Somebody who can sign in to the demo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleUser {
    /// The sign-in name.
    pub name: &'static str,
    /// What the person may do.
    pub role: Role,
    /// The account the principal belongs to; of a member or an auditor also the account that is seen.
    pub account: AccountId,
}

/// The sample organization.
pub struct Sample {
    planner: Planner,
    chains: Vec<Chain>,
    key: SigningKey,
}

impl Sample {
    /// The sample whose history ends at `anchor`.
    ///
    /// # Errors
    ///
    /// [`SampleError::Key`] when the key is not what [`generate_key`] makes.
    pub fn new(seed: u64, anchor: DateTime<Utc>, key_pkcs8: &[u8]) -> Result<Self, SampleError> {
        Self::with_options(seed, anchor, key_pkcs8, SampleOptions::default())
    }

    /// A sample of another size.
    ///
    /// # Errors
    ///
    /// [`SampleError::Key`] when the key is not what [`generate_key`] makes.
    pub fn with_options(
        seed: u64,
        anchor: DateTime<Utc>,
        key_pkcs8: &[u8],
        options: SampleOptions,
    ) -> Result<Self, SampleError> {
        let key = SigningKey::parse(key_pkcs8)?;
        let anchor = anchor.timestamp();
        let days = i64::from(options.history_days.max(3));
        let moments = Moments::new(floor(anchor, DAY) - days * DAY, days);
        let chains = chain::chains(seed, moments.interruptions());
        let scale = u64::from(options.scale_percent);
        Ok(Self { planner: Planner { seed, anchor, scale, moments }, chains, key })
    }

    /// The organization as of the anchor.
    pub fn organization(&self) -> OrganizationFile {
        let newest_joined = to_utc(self.planner.moments.joined_at);
        organization::organization(self.history_start(), newest_joined)
    }

    /// The trail that delivers.
    pub fn trail(&self) -> SampleTrail {
        SampleTrail {
            name: organization::TRAIL,
            arn: organization::TRAIL_ARN,
            bucket: organization::BUCKET,
            prefix: "",
            home_region: organization::region(organization::HOME_REGION),
            regions: organization::REGIONS.map(organization::region).into(),
            began_at: self.history_start(),
        }
    }

    /// The key that verifies the digests of all Regions.
    pub fn public_key(&self) -> PublicKey {
        PublicKey {
            fingerprint: self.key.fingerprint().to_owned(),
            der: self.key.public_der().to_vec(),
            valid_from: self.history_start() - TimeDelta::days(30),
            valid_to: to_utc(self.planner.anchor) + TimeDelta::days(730),
        }
    }

    /// When the history begins: a midnight in UTC.
    pub fn history_start(&self) -> DateTime<Utc> {
        to_utc(self.planner.moments.began_at)
    }

    /// The account of the member who can sign in; nothing is wrong with its log files.
    pub fn member_account(&self) -> AccountId {
        organization::account("payments").account_id()
    }

    /// Who can sign in.
    pub fn sign_ins(&self) -> Vec<SampleUser> {
        let user = |name, role, account: &str| SampleUser {
            name,
            role,
            account: organization::account(account).account_id(),
        };
        vec![
            user("administrator", Role::OrganizationAdministrator, "org-management"),
            user("delegated-admin", Role::TrailAdministrator, "security"),
            user("analyst", Role::SecurityAnalyst, "security"),
            user("auditor", Role::Auditor, "web-shop"),
            user("member", Role::Member, "payments"),
        ]
    }

    /// What happens on purpose, oldest first.
    pub fn stories(&self) -> Vec<Story> {
        stories::stories(&self.planner.moments, &self.chains, self.planner.anchor)
    }

    /// Hands over what the trail delivers after the state's end until `until`, oldest first, and moves
    /// the state on.
    ///
    /// `until` counts down to its slot of five minutes. However the time is cut into calls, the objects
    /// are the same. After the anchor the activity goes on for any later time.
    pub fn deliver(
        &self,
        state: &mut DeliveryState,
        until: DateTime<Utc>,
        sink: &mut dyn FnMut(SampleObject),
    ) {
        let courier =
            delivery::Courier { planner: &self.planner, chains: &self.chains, key: &self.key };
        courier.deliver(state, until, sink);
    }
}

#[cfg(test)]
mod tests;
