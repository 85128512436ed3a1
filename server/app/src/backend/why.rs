//! Why somebody may do something, or may not: every step that decides, and who could do it instead.

use super::account::policy_levels;
use crate::access::{Caller, facts_of, person_of};
use crate::audit::{Deed, Seen, attempt, look};
use crate::search::internal;
use crate::services::Services;
use chrono::{DateTime, Utc};
use orgtrail_authz::{
    GrantFacts, GrantVerdict, OwnPolicies, Person, Question, Resource, Rule, Tree,
};
use orgtrail_domain::scp::{Context, Request, evaluate};
use orgtrail_shared::authorization::{
    Action, Explanation, Step, StepKind, StepOutcome, WhyQuestion,
};
use orgtrail_shared::console::ConsoleError;
use orgtrail_shared::scp::Outcome;
use orgtrail_storage::users::UserRow;
use serde_json::json;

/// How many people are named who could do it instead.
const NAMED_MAX: usize = 10;

fn wrong<T>(message: impl Into<String>) -> Result<T, ConsoleError> {
    Err(ConsoleError::BadRequest { message: message.into() })
}

/// Decides a question and tells each step of it.
///
/// # Errors
///
/// [`ConsoleError::Forbidden`] for a question about somebody else by those who don't manage people,
/// [`ConsoleError::NotFound`] for an unknown person, [`ConsoleError::BadRequest`] for an action or resource that can't be
/// one, [`ConsoleError::Internal`].
pub async fn explain(
    services: &Services,
    caller: &Caller,
    asked: WhyQuestion,
) -> Result<Explanation, ConsoleError> {
    let action: Action =
        asked.action.trim().parse().map_err(|message| ConsoleError::BadRequest { message })?;
    let deed = Deed::read(
        "ExplainAuthorization",
        json!({"userName": asked.principal, "action": asked.action, "resource": asked.resource}),
    );
    let user = principal(services, caller, asked.principal.trim());
    let user = attempt(services, caller, &deed, user).await?;
    if user.user_id != caller.user.user_id {
        look(services, caller, &deed, Seen::of_people()).await?;
    }
    let resource = resource(caller, action, asked.resource.trim())?;
    let now = services.clock.now();
    let organization_id = caller.scope.organization_id;
    let tree = services.database.organization_tree(organization_id).await.map_err(internal)?.above;
    let person = person_of(&user);
    let case = Case {
        services,
        own: caller.own.as_deref(),
        action,
        resource: &resource,
        tree: &tree,
        now,
    };
    let grants = facts_of(&user, now);
    let verdicts = case.ask(&person, &grants)?;
    let mut steps = vec![roles_step(&user, &grants, &verdicts, action)];
    if steps[0].outcome == StepOutcome::Allows {
        steps.push(limits_step(&verdicts));
    }
    if steps.iter().all(|step| step.outcome != StepOutcome::Refuses) {
        steps.push(policies_step(services, caller, &user, &person, &case).await?);
    }
    let is_allowed = steps.iter().all(|step| step.outcome != StepOutcome::Refuses);
    let instead = if is_allowed { Vec::new() } else { instead(caller, &case).await? };
    Ok(Explanation {
        principal: user.name,
        action: action.to_string(),
        resource: resource.id().to_owned(),
        is_allowed,
        steps,
        instead,
    })
}

/// Decides whether a caller may do one of AWS's own actions: by roles and limits, then by the service control policies above
/// their account. Gives back the step that refuses it; none when nothing does.
///
/// # Errors
///
/// [`ConsoleError::BadRequest`] when a policy above the account can't be read, [`ConsoleError::Internal`].
pub(crate) async fn refusal_of(
    services: &Services,
    caller: &Caller,
    action: Action,
    resource: &Resource,
) -> Result<Option<Step>, ConsoleError> {
    let now = services.clock.now();
    let organization_id = caller.scope.organization_id;
    let tree = services.database.organization_tree(organization_id).await.map_err(internal)?.above;
    let case = Case { services, own: caller.own.as_deref(), action, resource, tree: &tree, now };
    let (user, person) = (&caller.user, &caller.person);
    let grants = facts_of(user, now);
    let verdicts = case.ask(person, &grants)?;
    let roles = roles_step(user, &grants, &verdicts, action);
    if roles.outcome == StepOutcome::Refuses {
        return Ok(Some(roles));
    }
    let limits = limits_step(&verdicts);
    if limits.outcome == StepOutcome::Refuses {
        return Ok(Some(limits));
    }
    let policies = policies_step(services, caller, user, person, &case).await?;
    Ok(Some(policies).filter(|step| step.outcome == StepOutcome::Refuses))
}

/// The person that is asked about: the caller, or anybody for those who manage people.
async fn principal(
    services: &Services,
    caller: &Caller,
    name: &str,
) -> Result<UserRow, ConsoleError> {
    if name.is_empty() || name == caller.user.name {
        return Ok(caller.user.clone());
    }
    caller.require(services, Action::ManagePeople, "asking about somebody else")?;
    let person = services.database.lookup_user(name).await.map_err(internal)?;
    let person = person.filter(|person| person.organization_id == caller.scope.organization_id);
    person.ok_or_else(|| ConsoleError::NotFound { message: format!("There is nobody `{name}`.") })
}

/// What the question is about. A trail of the management account is taken for one of the organization.
fn resource(caller: &Caller, action: Action, text: &str) -> Result<Resource, ConsoleError> {
    if let Some(rest) = text.strip_prefix("arn:") {
        let parts: Vec<&str> = rest.splitn(5, ':').collect();
        let [_, "cloudtrail", _, owner, name] = parts[..] else {
            return wrong(format!("`{text}` is not the ARN of a trail."));
        };
        let is_number = owner.len() == 12 && owner.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number || !name.starts_with("trail/") {
            return wrong(format!("`{text}` is not the ARN of a trail."));
        }
        if !action.is_of_trail() {
            return wrong(format!(
                "{action} is not asked of a trail: name an account, a unit or the organization."
            ));
        }
        return Ok(Resource::Trail {
            arn: text.to_owned(),
            owner: owner.to_owned(),
            is_organization_trail: caller.organization_management.as_deref() == Some(owner),
        });
    }
    if action.is_of_trail() {
        return wrong(format!(
            "{action} is asked of a trail: give its ARN, such as arn:aws:cloudtrail:us-east-1:111122223333:trail/name."
        ));
    }
    let whole = caller.organization.id.as_str();
    let text = if text.is_empty() { whole } else { text };
    let is_place =
        text.len() <= 68 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !is_place {
        return wrong(format!(
            "`{text}` is neither a trail's ARN nor the id of an account, a unit, a root or an organization."
        ));
    }
    Ok(Resource::Node(text.to_owned()))
}

/// A question without the person.
struct Case<'a> {
    services: &'a Services,
    own: Option<&'a OwnPolicies>,
    action: Action,
    resource: &'a Resource,
    tree: &'a Tree,
    now: DateTime<Utc>,
}

impl Case<'_> {
    fn ask(
        &self,
        person: &Person,
        grants: &[GrantFacts],
    ) -> Result<Vec<GrantVerdict>, ConsoleError> {
        let Self { action, resource, tree, now, .. } = *self;
        let question = Question { person, action, resource, tree, now, at: None };
        self.services.authorization.ask(question, grants, self.own).map_err(internal)
    }
}

fn told(rules: &[Rule]) -> String {
    let words: Vec<&str> = rules.iter().map(|rule| rule.words.as_str()).collect();
    words.join(" ")
}

fn roles_step(
    user: &UserRow,
    grants: &[GrantFacts],
    verdicts: &[GrantVerdict],
    action: Action,
) -> Step {
    let allowing: Vec<&GrantVerdict> =
        verdicts.iter().filter(|verdict| !verdict.allowed_by.is_empty()).collect();
    let name = |id: i32| {
        let grant = grants.iter().find(|grant| grant.id == id);
        grant.map(|grant| format!("{} at {}", grant.role.name(), grant.target)).unwrap_or_default()
    };
    if let Some(first) = allowing.first() {
        let by = allowing.iter().map(|verdict| name(verdict.grant_id)).collect();
        let words = told(&first.allowed_by);
        return Step { kind: StepKind::Grants, outcome: StepOutcome::Allows, words, by };
    }
    let words = if grants.is_empty() {
        format!("{} has no role now.", user.name)
    } else {
        format!("No role of {} allows {action} there.", user.name)
    };
    let by = grants.iter().map(|grant| name(grant.id)).collect();
    Step { kind: StepKind::Grants, outcome: StepOutcome::Refuses, words, by }
}

fn limits_step(verdicts: &[GrantVerdict]) -> Step {
    let kind = StepKind::Limits;
    if verdicts.iter().any(GrantVerdict::is_enough) {
        let words = "No limit speaks against it.".to_owned();
        return Step { kind, outcome: StepOutcome::Allows, words, by: Vec::new() };
    }
    let allowing = verdicts.iter().filter(|verdict| !verdict.allowed_by.is_empty());
    let mut rules: Vec<Rule> = allowing.flat_map(|verdict| verdict.refused_by.clone()).collect();
    rules.sort();
    rules.dedup();
    let by = rules.iter().map(|rule| rule.id.clone()).collect();
    Step { kind, outcome: StepOutcome::Refuses, words: told(&rules), by }
}

/// What the service control policies above the person's account say. They bind members, never the management account.
async fn policies_step(
    services: &Services,
    caller: &Caller,
    user: &UserRow,
    person: &Person,
    case: &Case<'_>,
) -> Result<Step, ConsoleError> {
    let kind = StepKind::Policies;
    let open = |words: &str| Step {
        kind,
        outcome: StepOutcome::DoesNotApply,
        words: words.to_owned(),
        by: Vec::new(),
    };
    if !case.action.is_of_aws() {
        return Ok(open("Service control policies speak of AWS's own actions only."));
    }
    let (Some(account), Some(account_id)) = (&person.account, user.account_id) else {
        return Ok(open("Service control policies never bind the management account."));
    };
    if person.is_management {
        return Ok(open("Service control policies never bind the management account."));
    }
    let organization_id = caller.scope.organization_id;
    if !services.database.has_policies(organization_id).await.map_err(internal)? {
        return Ok(open("Service control policies are not in use in this organization."));
    }
    let mut context = Context::default();
    context.insert("aws:PrincipalAccount", account);
    context.insert("aws:PrincipalOrgID", caller.organization.id.as_str());
    context.insert("aws:PrincipalArn", format!("arn:aws:iam::{account}:user/{}", user.name));
    let resource = match case.resource {
        Resource::Trail { arn, .. } => arn.clone(),
        Resource::Node(_) => "*".to_owned(),
    };
    let request = Request { action: case.action.to_string(), resource, context };
    let rows = services.database.levels_at(organization_id, account_id, case.now).await;
    let rows = rows.map_err(internal)?;
    let parsed = policy_levels(&rows)?;
    let levels: Vec<_> = parsed.iter().map(super::account::as_level).collect();
    let decision = evaluate(&levels, &request);
    let Some(step) = decision.deciding_step() else {
        if decision.is_allowed {
            let words = "Every level above the account allows it and none denies it.".to_owned();
            return Ok(Step { kind, outcome: StepOutcome::Allows, words, by: Vec::new() });
        }
        let words = "It isn't known where the account lies, so nothing allows it.".to_owned();
        return Ok(Step { kind, outcome: StepOutcome::Refuses, words, by: Vec::new() });
    };
    let place = if step.level_name.is_empty() { &step.level_id } else { &step.level_name };
    let (words, by) = match &step.outcome {
        Outcome::Denied { by } => {
            let rules = by.iter().map(|rule| match &rule.sid {
                Some(sid) => format!("{} {sid}", rule.policy_id),
                None => format!("{} statement {}", rule.policy_id, rule.statement + 1),
            });
            (format!("A policy at {place} denies it."), rules.collect())
        }
        Outcome::NotAllowed | Outcome::Allowed { .. } => {
            (format!("No policy at {place} allows it."), Vec::new())
        }
    };
    Ok(Step { kind, outcome: StepOutcome::Refuses, words, by })
}

/// Who could do it instead: by name for those who manage people, otherwise by role.
async fn instead(caller: &Caller, case: &Case<'_>) -> Result<Vec<String>, ConsoleError> {
    let services = case.services;
    if !caller.may(services, Action::ManagePeople)? {
        let roles = crate::access::roles_for(services, case.action).map_err(internal)?;
        return Ok(roles
            .into_iter()
            .map(|role| format!("somebody with the role {role}"))
            .collect());
    }
    let people = services.database.people(caller.scope.organization_id).await.map_err(internal)?;
    let mut names = Vec::new();
    for user in people.iter().filter(|user| user.may_sign_in(case.now)) {
        let (person, grants) = (person_of(user), facts_of(user, case.now));
        let is_enough = case.ask(&person, &grants)?.iter().any(GrantVerdict::is_enough);
        let is_open = is_enough && {
            let step = policies_step(services, caller, user, &person, case).await?;
            step.outcome != StepOutcome::Refuses
        };
        if is_open {
            names.push(user.name.clone());
        }
        if names.len() == NAMED_MAX {
            break;
        }
    }
    Ok(names)
}
