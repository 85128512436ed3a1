//! Who is calling, and what they may see and do.

mod authorize;
mod federation;
mod keys;
mod passwords;
mod rules;
mod scope;
mod second_factor;
mod throttle;
mod tokens;

pub(crate) use authorize::roles_for;
pub use authorize::{facts_of, person_of};
pub use federation::Providers;
pub(crate) use federation::{
    Entered, Entrance, admit, client_secret, open_provider, read_token, seal_client_secret,
    session_of, visitor,
};
pub(crate) use keys::principal_id;
pub use keys::{AwsPrincipal, NewAccessKey, open_secret};
pub use passwords::{hash_password, verify_password};
pub use rules::Rules;
pub(crate) use rules::read as read_rules;
pub(crate) use second_factor::{enrolment, new_secret, step_of};
pub use throttle::{CodeThrottle, FailureLimit, SignInThrottle, network_of};
pub use tokens::{Audience, SessionClaims, TokenIssuer};

use crate::audit::Origin;
use crate::search::internal;
use crate::services::Services;
use chrono::{DateTime, Utc};
use orgtrail_authz::{GrantFacts, OwnPolicies, Person, Question, Resource, Tree};
use orgtrail_shared::authorization::{Action, Group, Locked, WhyQuestion};
use orgtrail_shared::console::{ConsoleError, Role};
use orgtrail_storage::Scope;
use orgtrail_storage::organizations::{AccountRow, OrganizationRow};
use orgtrail_storage::users::{OrganizationTree, UserRow};
use std::sync::Arc;
use uuid::Uuid;

/// An authenticated caller with everything that decides what they may see.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The person.
    pub user: UserRow,
    /// The role that does most, for people to read. What is allowed is asked by [`Caller::require`].
    pub role: Role,
    /// The session; `None` for the operator at the command line.
    pub session_id: Option<Uuid>,
    /// What the connection that serves the caller may see.
    pub scope: Scope,
    /// The organization.
    pub organization: OrganizationRow,
    /// The organization's management account, when it is known.
    pub organization_management: Option<String>,
    /// The accounts that the caller may see.
    pub accounts: Vec<AccountRow>,
    /// Where the request comes from.
    pub(crate) origin: Origin,
    /// The person as the policies know them.
    pub(crate) person: Person,
    grants: Vec<GrantFacts>,
    /// What the organization forbids.
    pub(crate) own: Option<Arc<OwnPolicies>>,
}

impl Caller {
    /// Works out what a person may see.
    ///
    /// # Errors
    ///
    /// When the database or the policies can't answer, or no grant holds any more.
    pub async fn new(
        services: &Services,
        user: UserRow,
        session_id: Option<Uuid>,
        origin: Origin,
    ) -> anyhow::Result<Self> {
        let (database, now) = (&services.database, services.clock.now());
        let organizations = database.organizations().await?;
        let organization = organizations
            .into_iter()
            .find(|organization| organization.organization_id == user.organization_id)
            .ok_or_else(|| anyhow::anyhow!("the user's organization is gone"))?;
        let role = user.role_at(now).ok_or_else(|| anyhow::anyhow!("no grant holds any more"))?;
        let (person, grants) = (person_of(&user), facts_of(&user, now));
        // What is granted at the organization itself needs no tree.
        let whole = organization.id.as_str();
        let own = services.rules.of(services, &organization).await?;
        let tree = if own.is_none() && grants.iter().all(|grant| grant.target == whole) {
            let above = [(whole.to_owned(), None)].into();
            OrganizationTree { above, ..OrganizationTree::default() }
        } else {
            database.organization_tree(user.organization_id).await?
        };
        let rules = scope::Rules { engine: &services.authorization, own: own.as_deref() };
        let mut scope = scope::scope_of(rules, &person, &grants, &tree, now)?;
        scope.organization_id = user.organization_id;
        let accounts = database.accounts(&scope).await?;
        let organization_management =
            database.account_of_person(user.organization_id, None).await?;
        Ok(Self {
            user,
            role,
            session_id,
            scope,
            organization,
            organization_management,
            accounts,
            origin,
            person,
            grants,
            own,
        })
    }

    /// Whether the caller may do something to the organization as a whole.
    ///
    /// # Errors
    ///
    /// [`ConsoleError::Internal`] when the policies can't answer.
    pub fn may(&self, services: &Services, action: Action) -> Result<bool, ConsoleError> {
        let whole = self.organization.id.to_string();
        let tree: Tree = [(whole.clone(), None)].into();
        self.verdict(services, action, &Resource::Node(whole), &tree)
    }

    fn verdict(
        &self,
        services: &Services,
        action: Action,
        resource: &Resource,
        tree: &Tree,
    ) -> Result<bool, ConsoleError> {
        if self.lacks_second_factor(action) {
            return Ok(false);
        }
        let (person, now) = (&self.person, services.clock.now());
        let question = Question { person, action, resource, tree, now, at: None };
        let verdicts = services.authorization.ask(question, &self.grants, self.own.as_deref());
        let verdicts = verdicts.map_err(internal)?;
        Ok(verdicts.iter().any(orgtrail_authz::GrantVerdict::is_enough))
    }

    /// Refuses what the caller may not do at a place of the organization, in words.
    ///
    /// # Errors
    ///
    /// [`ConsoleError::Forbidden`], also where there is no such place; [`ConsoleError::Internal`].
    pub async fn require_at(
        &self,
        services: &Services,
        action: Action,
        place: &str,
        what: &str,
    ) -> Result<(), ConsoleError> {
        let tree = services.database.organization_tree(self.user.organization_id).await;
        let tree = tree.map_err(internal)?.above;
        let resource = Resource::Node(place.to_owned());
        if self.verdict(services, action, &resource, &tree)? {
            return Ok(());
        }
        Err(self.refusal(services, action, what)?)
    }

    /// Why the caller may not do something at a place, for the page that greys it out; `None` when they may.
    ///
    /// # Errors
    ///
    /// [`ConsoleError::Internal`].
    pub(crate) async fn locked_at(
        &self,
        services: &Services,
        action: Action,
        place: &str,
        what: &str,
    ) -> Result<Option<Locked>, ConsoleError> {
        match self.require_at(services, action, place, what).await {
            Ok(()) => Ok(None),
            Err(ConsoleError::Forbidden { message }) => Ok(Some(Locked {
                reason: format!("{message}."),
                why: Some(WhyQuestion {
                    principal: String::new(),
                    action: action.name().to_owned(),
                    resource: place.to_owned(),
                }),
            })),
            Err(error) => Err(error),
        }
    }

    /// Refuses what the caller may not do to the organization as a whole, in words.
    ///
    /// # Errors
    ///
    /// [`ConsoleError::Forbidden`], [`ConsoleError::Internal`].
    pub fn require(
        &self,
        services: &Services,
        action: Action,
        what: &str,
    ) -> Result<(), ConsoleError> {
        if self.may(services, action)? {
            return Ok(());
        }
        Err(self.refusal(services, action, what)?)
    }

    /// When the last of the caller's grants ends that let them grant; `None` while one has no end.
    pub(crate) fn administers_until(&self) -> Option<DateTime<Utc>> {
        let granting =
            || self.grants.iter().filter(|grant| grant.role == Role::OrganizationAdministrator);
        if granting().any(|grant| grant.expires_at.is_none()) {
            return None;
        }
        granting().filter_map(|grant| grant.expires_at).max()
    }

    /// Whether the organization wants a second factor for an action, and the caller has none.
    pub(crate) fn lacks_second_factor(&self, action: Action) -> bool {
        let is_change =
            matches!(action.group(), Group::Govern | Group::ChangeTrails | Group::Delegate);
        // Neither the command line nor a service signs in with a password, so neither has factors.
        let is_signed_in = self.session_id.is_some() && !self.user.is_service;
        let is_required = self.organization.requires_second_factor && is_change && is_signed_in;
        is_required && !self.user.has_second_factor
    }

    fn refusal(
        &self,
        services: &Services,
        action: Action,
        what: &str,
    ) -> Result<ConsoleError, ConsoleError> {
        if self.lacks_second_factor(action) {
            let how = if self.user.issuer.is_some() {
                "those of your identity provider don't count as one here"
            } else {
                "set one up on the page People and keys"
            };
            let message = format!("{what} needs a second factor: {how}");
            return Ok(ConsoleError::Forbidden { message });
        }
        let who = roles_for(services, action).map_err(internal)?;
        Ok(ConsoleError::Forbidden {
            message: format!(
                "{what} is not for the role {}; ask somebody with one of these: {}",
                self.role.name(),
                who.join(", ")
            ),
        })
    }
}

#[cfg(test)]
mod tests;
