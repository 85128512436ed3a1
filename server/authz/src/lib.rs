//! Who may do what: roles and limits as Cedar policies, which stand beside this code for auditors to read.
//!
//! A role is granted at a node of the organization, and one question is asked for each grant that somebody has: the grant is
//! a part of the question. So the policies stay the same few, whoever is granted whatever. Source: Cedar's documents,
//! "Policy templates", for what else could be done.

mod entities;
mod own;

pub use own::OwnPolicies;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request, Response, Schema,
    ValidationMode, Validator,
};
use chrono::{DateTime, Utc};
use orgtrail_shared::authorization::Action;
use orgtrail_shared::console::Role;
use std::collections::BTreeMap;

/// What the policies speak of.
pub const SCHEMA: &str = include_str!("../policies/schema.cedarschema");
/// What each role allows.
pub const ROLES: &str = include_str!("../policies/roles.cedar");
/// What nobody can lift.
pub const LIMITS: &str = include_str!("../policies/limits.cedar");

/// How many nodes lie above another at the most: the organization, the root, five units, an account, and room.
const DEPTH_MAX: usize = 16;

/// Why policies can't be used or a question can't be answered. Whoever meets one must refuse.
#[derive(Debug, thiserror::Error)]
pub enum AuthorizationError {
    /// Policies or the schema can't be read; each line is one mistake.
    #[error("{0}")]
    Policies(String),
    /// The question can't be put to the policies.
    #[error("the question can't be asked: {0}")]
    Question(String),
    /// A policy could not be evaluated.
    #[error("a policy could not be evaluated: {0}")]
    Evaluation(String),
}

/// Somebody who wants to do something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// The sign-in name.
    pub name: String,
    /// The account they belong to; whoever has none acts for the management account.
    pub account: Option<String>,
    /// Whether that is the management account.
    pub is_management: bool,
    /// Whether that is a delegated administrator for CloudTrail.
    pub is_delegated_administrator: bool,
    /// Whether that is suspended or closed.
    pub is_suspended: bool,
}

/// A role that somebody has at a node and below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantFacts {
    /// Its number.
    pub id: i32,
    /// The role.
    pub role: Role,
    /// The organization, the root, a unit or an account, by its id.
    pub target: String,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// Where the period of events begins that it shows.
    pub from: Option<DateTime<Utc>>,
    /// Where it ends.
    pub to: Option<DateTime<Utc>>,
}

/// What something is done to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// The organization, the root, a unit or an account, by its id.
    Node(String),
    /// A trail.
    Trail {
        /// Its ARN.
        arn: String,
        /// The account that it belongs to.
        owner: String,
        /// Whether it covers the organization.
        is_organization_trail: bool,
    },
}

impl Resource {
    /// The id or ARN.
    pub fn id(&self) -> &str {
        match self {
            Self::Node(id) => id,
            Self::Trail { arn, .. } => arn,
        }
    }
}

/// Every node with the one above it; the organization has none.
pub type Tree = BTreeMap<String, Option<String>>;

/// A question, but for the grants.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Who.
    pub person: &'a Person,
    /// Does what.
    pub action: Action,
    /// To what.
    pub resource: &'a Resource,
    /// Where that lies.
    pub tree: &'a Tree,
    /// Now.
    pub now: DateTime<Utc>,
    /// When the event in question happened.
    pub at: Option<DateTime<Utc>>,
}

/// A policy that had a say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    /// Its `@id`.
    pub id: String,
    /// What it says, in words; empty when it doesn't tell.
    pub words: String,
}

/// What is said of one grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantVerdict {
    /// The grant.
    pub grant_id: i32,
    /// What its role allows it by; empty when it doesn't.
    pub allowed_by: Vec<Rule>,
    /// Which limits refuse it all the same.
    pub refused_by: Vec<Rule>,
}

impl GrantVerdict {
    /// Whether this grant is enough.
    pub fn is_enough(&self) -> bool {
        !self.allowed_by.is_empty() && self.refused_by.is_empty()
    }
}

/// Answers questions by the policies.
pub struct Engine {
    schema: Schema,
    roles: PolicySet,
    limits: PolicySet,
}

impl Engine {
    /// Reads the policies and validates them.
    ///
    /// # Errors
    ///
    /// [`AuthorizationError::Policies`]; a test keeps that from being shipped.
    pub fn new() -> Result<Self, AuthorizationError> {
        let (schema, _) = Schema::from_cedarschema_str(SCHEMA)
            .map_err(|error| AuthorizationError::Policies(error.to_string()))?;
        let roles = validated(&schema, ROLES)?;
        // Limits only ever refuse: beside them everything is allowed.
        let limits =
            validated(&schema, &format!("{LIMITS}\npermit (principal, action, resource);"))?;
        Ok(Self { schema, roles, limits })
    }

    /// What is said of each grant, in their order.
    ///
    /// # Errors
    ///
    /// [`AuthorizationError`]: then nothing is allowed.
    pub fn ask(
        &self,
        question: Question<'_>,
        grants: &[GrantFacts],
        own: Option<&OwnPolicies>,
    ) -> Result<Vec<GrantVerdict>, AuthorizationError> {
        grants.iter().map(|grant| self.ask_grant(question, grant, own)).collect()
    }

    fn ask_grant(
        &self,
        question: Question<'_>,
        grant: &GrantFacts,
        own: Option<&OwnPolicies>,
    ) -> Result<GrantVerdict, AuthorizationError> {
        let wrong = |error: &dyn std::fmt::Display| AuthorizationError::Question(error.to_string());
        let entities = entities::slice(question, grant)?;
        let entities =
            Entities::from_entities(entities, Some(&self.schema)).map_err(|error| wrong(&error))?;
        let context = Context::from_pairs(entities::asked(question, grant)?)
            .map_err(|error| wrong(&error))?;
        let request = Request::new(
            entities::person(&question.person.name)?,
            entities::uid("Action", question.action.name())?,
            entities::resource(question.resource)?,
            context,
            Some(&self.schema),
        )
        .map_err(|error| wrong(&error))?;
        let mut refused_by = refusals(&request, &self.limits, &entities)?;
        if let Some(own) = own {
            refused_by.extend(refusals(&request, &own.policies, &entities)?);
        }
        let response = answer(&request, &self.roles, &entities)?;
        let allowed_by = match response.decision() {
            Decision::Allow => rules(&response, &self.roles),
            Decision::Deny => Vec::new(),
        };
        Ok(GrantVerdict { grant_id: grant.id, allowed_by, refused_by })
    }

    /// Reads an organization's own policies. They may forbid only, so that no mistake in them gives anybody anything.
    ///
    /// # Errors
    ///
    /// [`AuthorizationError::Policies`] with every mistake.
    pub fn read_own(&self, text: &str) -> Result<OwnPolicies, AuthorizationError> {
        OwnPolicies::read(&self.schema, text)
    }
}

fn answer(
    request: &Request,
    policies: &PolicySet,
    entities: &Entities,
) -> Result<Response, AuthorizationError> {
    let response = Authorizer::new().is_authorized(request, policies, entities);
    // A policy that fails is skipped by Cedar; a refusal among them must not be lost.
    let failed = response.diagnostics().errors().next().map(ToString::to_string);
    failed.map_or(Ok(response), |error| Err(AuthorizationError::Evaluation(error)))
}

fn refusals(
    request: &Request,
    policies: &PolicySet,
    entities: &Entities,
) -> Result<Vec<Rule>, AuthorizationError> {
    let response = answer(request, policies, entities)?;
    Ok(match response.decision() {
        Decision::Allow => Vec::new(),
        Decision::Deny => rules(&response, policies),
    })
}

fn rules(response: &Response, policies: &PolicySet) -> Vec<Rule> {
    let rule = |id| {
        let text = |name| policies.annotation(id, name).unwrap_or_default().to_owned();
        let known = text("id");
        Rule { id: if known.is_empty() { id.to_string() } else { known }, words: text("words") }
    };
    let mut rules: Vec<Rule> = response.diagnostics().reason().map(rule).collect();
    rules.sort();
    rules
}

/// Policies that fit the schema and ask for no more than the slice of a question holds.
fn validated(schema: &Schema, text: &str) -> Result<PolicySet, AuthorizationError> {
    let policies: PolicySet = text.parse().map_err(|error: cedar_policy::ParseErrors| {
        AuthorizationError::Policies(error.to_string())
    })?;
    let result = Validator::new(schema.clone()).validate(&policies, ValidationMode::Strict);
    if !result.validation_passed() {
        let mistakes: Vec<String> = result.validation_errors().map(ToString::to_string).collect();
        return Err(AuthorizationError::Policies(mistakes.join("\n")));
    }
    Ok(policies)
}

/// An entity's name.
type Uid = EntityUid;

#[cfg(test)]
mod tests;
