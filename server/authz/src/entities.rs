//! What one question needs to know of the organization: the path above the resource, the person and the grant.

use super::{AuthorizationError, DEPTH_MAX, GrantFacts, Question, Resource, Uid};
use cedar_policy::{Entity, EntityId, EntityUid, RestrictedExpression};
use chrono::{DateTime, Utc};
use std::collections::{HashMap, HashSet};

fn wrong(error: &dyn std::fmt::Display) -> AuthorizationError {
    AuthorizationError::Question(error.to_string())
}

pub(crate) fn uid(kind: &str, id: &str) -> Result<Uid, AuthorizationError> {
    let kind = kind.parse().map_err(|error: cedar_policy::ParseErrors| wrong(&error))?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}

pub(crate) fn person(name: &str) -> Result<Uid, AuthorizationError> {
    uid("Principal", name)
}

pub(crate) fn resource(resource: &Resource) -> Result<Uid, AuthorizationError> {
    match resource {
        Resource::Node(id) => uid("Node", id),
        Resource::Trail { arn, .. } => uid("Trail", arn),
    }
}

fn grant_uid(grant: &GrantFacts) -> Result<Uid, AuthorizationError> {
    uid("Grant", &grant.id.to_string())
}

fn entity(
    uid: Uid,
    attributes: Vec<(&str, RestrictedExpression)>,
    above: Option<Uid>,
) -> Result<Entity, AuthorizationError> {
    let attributes: HashMap<String, RestrictedExpression> =
        attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let above: HashSet<Uid> = above.into_iter().collect();
    Entity::new(uid, attributes, above).map_err(|error| wrong(&error))
}

fn time(time: DateTime<Utc>) -> RestrictedExpression {
    RestrictedExpression::new_datetime(time.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}

/// The context of a question.
pub(crate) fn asked(
    question: Question<'_>,
    grant: &GrantFacts,
) -> Result<Vec<(String, RestrictedExpression)>, AuthorizationError> {
    let mut pairs = vec![
        ("now".to_owned(), time(question.now)),
        ("grant".to_owned(), RestrictedExpression::new_entity_uid(grant_uid(grant)?)),
    ];
    pairs.extend(question.at.map(|at| ("at".to_owned(), time(at))));
    Ok(pairs)
}

/// The entities that the policies may look at.
pub(crate) fn slice(
    question: Question<'_>,
    grant: &GrantFacts,
) -> Result<Vec<Entity>, AuthorizationError> {
    let flag = RestrictedExpression::new_bool;
    let reference = RestrictedExpression::new_entity_uid;
    let who = question.person;
    let mut about = vec![
        ("isManagement", flag(who.is_management)),
        ("isDelegatedAdministrator", flag(who.is_delegated_administrator)),
        ("isSuspended", flag(who.is_suspended)),
    ];
    if let Some(account) = &who.account {
        about.push(("account", reference(uid("Node", account)?)));
    }
    let mut given = vec![
        ("role", RestrictedExpression::new_string(grant.role.name().to_owned())),
        ("to", reference(person(&who.name)?)),
        ("target", reference(uid("Node", &grant.target)?)),
    ];
    let times = [("expires", grant.expires_at), ("from", grant.from), ("until", grant.to)];
    given.extend(times.into_iter().filter_map(|(name, at)| Some((name, time(at?)))));
    let mut entities =
        vec![entity(person(&who.name)?, about, None)?, entity(grant_uid(grant)?, given, None)?];
    let mut node = match question.resource {
        Resource::Node(id) => id,
        Resource::Trail { arn, owner, is_organization_trail } => {
            let lies = uid("Node", owner)?;
            let about = vec![
                ("isOrganizationTrail", flag(*is_organization_trail)),
                ("owner", reference(lies.clone())),
            ];
            entities.push(entity(uid("Trail", arn)?, about, Some(lies))?);
            owner
        }
    };
    // A circle can't be, and would be cut.
    for _ in 0..DEPTH_MAX {
        let above = question.tree.get(node).and_then(Option::as_ref);
        let lies = above.map(|above| uid("Node", above)).transpose()?;
        entities.push(entity(uid("Node", node)?, Vec::new(), lies)?);
        let Some(above) = above else { break };
        node = above;
    }
    Ok(entities)
}
