//! Who is calling, and what they may see.

mod keys;
mod passwords;
mod throttle;
mod tokens;

pub use keys::{AwsPrincipal, NewAccessKey, open_secret};
pub use passwords::{hash_password, verify_password};
pub use throttle::SignInThrottle;
pub use tokens::{Audience, SessionClaims, TokenIssuer};

use crate::services::Services;
use chrono::{DateTime, Utc};
use orgtrail_domain::record::{to_index_bound, to_index_time};
use orgtrail_shared::console::{ConsoleError, Role};
use orgtrail_shared::time::at_whole_second;
use orgtrail_storage::organizations::{AccountRow, OrganizationRow};
use orgtrail_storage::users::UserRow;
use orgtrail_storage::{AccountScope, Scope};
use uuid::Uuid;

/// An authenticated caller with everything that decides what they may see.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The person.
    pub user: UserRow,
    /// The session; `None` for the operator at the command line.
    pub session_id: Option<Uuid>,
    /// What the connection that serves the caller may see.
    pub scope: Scope,
    /// The organization.
    pub organization: OrganizationRow,
    /// The accounts that the caller may see.
    pub accounts: Vec<AccountRow>,
}

impl Caller {
    /// Works out what a person may see.
    ///
    /// # Errors
    ///
    /// When the database can't answer.
    pub async fn new(
        services: &Services,
        user: UserRow,
        session_id: Option<Uuid>,
    ) -> anyhow::Result<Self> {
        let scope = scope_of(&user);
        let organizations = services.database.organizations().await?;
        let organization = organizations
            .into_iter()
            .find(|organization| organization.organization_id == user.organization_id)
            .ok_or_else(|| anyhow::anyhow!("the user's organization is gone"))?;
        let accounts = services.database.accounts(&scope).await?;
        Ok(Self { user, session_id, scope, organization, accounts })
    }

    /// Whether the caller sees the machinery: jobs, sources, units.
    pub fn sees_operations(&self) -> bool {
        self.user.role.sees_all_accounts()
    }

    /// Refuses what only some roles may see, in words.
    ///
    /// # Errors
    ///
    /// [`ConsoleError::Forbidden`] when the caller's role is not among `roles`.
    pub fn require(&self, roles: &[Role], what: &str) -> Result<(), ConsoleError> {
        if roles.contains(&self.user.role) {
            return Ok(());
        }
        let who: Vec<&str> = roles.iter().map(|role| role.name()).collect();
        Err(ConsoleError::Forbidden {
            message: format!(
                "{what} is not for the role {}; ask somebody with one of these: {}",
                self.user.role.name(),
                who.join(", ")
            ),
        })
    }
}

/// The scope that follows from a role and its grant.
pub fn scope_of(user: &UserRow) -> Scope {
    let accounts = match user.role {
        role if role.sees_all_accounts() => AccountScope::All,
        Role::Auditor if user.granted_accounts.is_empty() => AccountScope::All,
        Role::Auditor => AccountScope::Only(user.granted_accounts.clone()),
        Role::OrganizationAdministrator
        | Role::TrailAdministrator
        | Role::SecurityAnalyst
        | Role::Member => AccountScope::Only(user.account_id.into_iter().collect()),
    };
    // An event has a whole second: a period that begins within one begins for events with the next.
    let seconds = |time: Option<DateTime<Utc>>| time.map(|time| at_whole_second(time).timestamp());
    // Only an auditor's grant has a period; for anybody else one that was left over means nothing.
    let (from, to) = match user.role {
        Role::Auditor => {
            (seconds(user.period.0).map(to_index_time), seconds(user.period.1).map(to_index_bound))
        }
        Role::OrganizationAdministrator
        | Role::TrailAdministrator
        | Role::SecurityAnalyst
        | Role::Member => (None, None),
    };
    Scope { organization_id: user.organization_id, accounts, from, to }
}

#[cfg(test)]
mod tests;
