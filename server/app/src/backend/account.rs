//! One account: its place in the organization, now and before, and what the policies above it say.

use super::grants::{place_names, told_grant};
use super::overview::account_coverage;
use super::settings::told_session;
use crate::access::Caller;
use crate::audit::{Deed, Seen, look};
use crate::search::internal;
use crate::services::Services;
use orgtrail_domain::scp::{Context, Level as ScpLevel, Policy, Request, evaluate};
use orgtrail_shared::authorization::Action;
use orgtrail_shared::console::ConsoleError;
use orgtrail_shared::ids::AccountId;
use orgtrail_shared::organization::{
    AccountDetail, AccountKind, AccountPeople, AttachedPolicy, Level, Place, PolicyAnswer,
    PolicyQuestion, Span, Volume,
};
use orgtrail_storage::organizations::{AccountRow, LevelRow};
use orgtrail_storage::overview::VolumeRow;
use serde_json::json;

/// The longest action or resource that is asked about, in characters.
const TEXT_MAX: usize = 2_048;

/// The account, among those that the caller may see.
fn find<'a>(caller: &'a Caller, id: &str) -> Result<(&'a AccountRow, AccountId), ConsoleError> {
    let found = caller.accounts.iter().find(|account| account.number == id);
    let found = found.and_then(|account| Some((account, account.id()?)));
    found.ok_or_else(|| ConsoleError::NotFound { message: format!("There is no account {id}.") })
}

/// Whether service control policies bind an account. They are a ceiling for members, delegated administrators included.
///
/// Source: AWS Organizations User Guide, "Service control policies".
async fn is_bound(
    services: &Services,
    account: &AccountRow,
    organization_id: i32,
) -> Result<bool, ConsoleError> {
    let in_use = services.database.has_policies(organization_id).await.map_err(internal)?;
    let is_member =
        matches!(account.kind, AccountKind::Member | AccountKind::DelegatedAdministrator);
    Ok(in_use && is_member)
}

/// One account with its history and the policies above it.
///
/// # Errors
///
/// [`ConsoleError::NotFound`] for an account that the caller may not see, [`ConsoleError::Internal`].
pub async fn account_detail(
    services: &Services,
    caller: &Caller,
    id: &str,
) -> Result<AccountDetail, ConsoleError> {
    let (account, id) = find(caller, id)?;
    let (database, scope) = (&services.database, &caller.scope);
    let levels = levels(services, caller, account).await?;
    let places = database.places(scope, account.account_id).await.map_err(internal)?;
    let delegations = database.delegations(scope, account.account_id).await.map_err(internal)?;
    let coverage = account_coverage(services, caller, account.account_id).await?;
    let volumes = database.account_volumes(scope, account.account_id).await.map_err(internal)?;
    let people = people_of(services, caller, account).await?;
    Ok(AccountDetail {
        id,
        coverage_day: coverage.0,
        coverage_worst: coverage.1,
        volumes: volumes.iter().map(told_volume).collect(),
        people,
        name: account.name.clone(),
        kind: account.kind,
        state: account.state,
        memberships: account.memberships.clone(),
        delegations: delegations.into_iter().map(|(from, to)| Span { from, to }).collect(),
        places: places
            .into_iter()
            .filter_map(|(unit, name, from, to)| {
                Some(Place { unit: unit.parse().ok()?, name, span: Span { from, to } })
            })
            .collect(),
        levels: levels.into_iter().map(told).collect(),
        is_bound: is_bound(services, account, scope.organization_id).await?,
        locked: super::edits::locked(services, caller, Some(&account.number)).await?,
    })
}

fn told_volume(row: &VolumeRow) -> Volume {
    Volume {
        month: row.month,
        files: row.files.unsigned_abs(),
        events: row.events.unsigned_abs(),
        stored_bytes: row.stored_bytes.unsigned_abs(),
        content_bytes: row.content_bytes.unsigned_abs(),
    }
}

/// Who may do something in an account, and who of it is signed in; for those who manage everybody.
async fn people_of(
    services: &Services,
    caller: &Caller,
    account: &AccountRow,
) -> Result<Option<AccountPeople>, ConsoleError> {
    if !caller.may(services, Action::ManagePeople)? {
        return Ok(None);
    }
    let deed = Deed::read("ListAccountPeople", json!({"accountId": account.number}));
    look(services, caller, &deed, Seen::of_people()).await?;
    let (database, now) = (&services.database, services.clock.now());
    let organization_id = caller.scope.organization_id;
    let tree = database.organization_tree(organization_id).await.map_err(internal)?.above;
    let mut places = vec![account.number.clone()];
    while let Some(Some(above)) = places.last().and_then(|place| tree.get(place)) {
        places.push(above.clone());
    }
    let people = database.people(organization_id).await.map_err(internal)?;
    let names = place_names(services, caller).await?;
    let able = people.iter().filter(|person| !person.is_disabled);
    let grants = able.flat_map(|person| {
        let there = person.grants_at(now).filter(|grant| places.contains(&grant.target_id));
        there.map(|grant| told_grant(&names, &person.name, grant, now))
    });
    let grants = grants.collect();
    let of_account = |user_id: i32| {
        let own = people.iter().find(|person| person.user_id == user_id);
        own.is_some_and(|person| person.account_id == Some(account.account_id))
    };
    let sessions = database.sessions(organization_id, None, now).await.map_err(internal)?;
    let sessions = sessions.into_iter().filter(|session| of_account(session.user_id));
    let sessions = sessions.map(|session| told_session(caller, session)).collect();
    Ok(Some(AccountPeople { grants, sessions }))
}

async fn levels(
    services: &Services,
    caller: &Caller,
    account: &AccountRow,
) -> Result<Vec<LevelRow>, ConsoleError> {
    let (organization_id, now) = (caller.scope.organization_id, services.clock.now());
    let levels = services.database.levels_at(organization_id, account.account_id, now).await;
    levels.map_err(internal)
}

/// A level with its documents as they are read.
pub(super) type ParsedLevel<'a> = (&'a LevelRow, Vec<(String, Policy)>);

/// Reads the documents of levels.
///
/// # Errors
///
/// [`ConsoleError::BadRequest`] for one that can't be read: then nothing can be said.
pub(super) fn policy_levels(rows: &[LevelRow]) -> Result<Vec<ParsedLevel<'_>>, ConsoleError> {
    let parsed = rows.iter().map(|row| {
        let policies = row.policies.iter().map(|policy| {
            let document = Policy::parse(&policy.content).map_err(|error| {
                let message = format!("The policy {} can't be read: {error}.", policy.policy_id);
                ConsoleError::BadRequest { message }
            })?;
            Ok((policy.policy_id.clone(), document))
        });
        Ok((row, policies.collect::<Result<_, _>>()?))
    });
    parsed.collect()
}

/// A level as it is evaluated.
pub(super) fn as_level<'a>((row, policies): &'a ParsedLevel<'_>) -> ScpLevel<'a> {
    ScpLevel {
        id: row.target_id.clone(),
        name: row.name.clone(),
        policies: policies.iter().map(|(id, policy)| (id.clone(), policy)).collect(),
    }
}

fn told(level: LevelRow) -> Level {
    let policies = level.policies.into_iter().map(|policy| AttachedPolicy {
        problem: Policy::parse(&policy.content).err().map(|error| error.to_string()),
        id: policy.policy_id,
        name: policy.name,
        content: policy.content,
    });
    Level { id: level.target_id, name: level.name, policies: policies.collect() }
}

/// What the policies above an account say about a request. Nothing is known of the caller of it, nor of its time and
/// address: conditions on them count as they do without such a value.
///
/// # Errors
///
/// [`ConsoleError::NotFound`] for an account that the caller may not see, [`ConsoleError::BadRequest`] for an action that
/// can't be one or a policy that can't be read, [`ConsoleError::Internal`].
pub async fn policy_answer(
    services: &Services,
    caller: &Caller,
    id: &str,
    question: PolicyQuestion,
) -> Result<PolicyAnswer, ConsoleError> {
    let (account, id) = find(caller, id)?;
    check(&question)?;
    if !is_bound(services, account, caller.scope.organization_id).await? {
        let why = match account.kind {
            AccountKind::Management => "service control policies never bind the management account",
            AccountKind::Unknown => "the account isn't in the organization now",
            AccountKind::Member | AccountKind::DelegatedAdministrator => {
                "service control policies are not in use in this organization"
            }
        };
        let exempt = Some(why.to_owned());
        return Ok(PolicyAnswer { question, is_open: true, exempt, decision: None });
    }
    let rows = levels(services, caller, account).await?;
    let parsed = policy_levels(&rows)?;
    let levels: Vec<ScpLevel<'_>> = parsed.iter().map(as_level).collect();
    let mut context = Context::default();
    context.insert("aws:PrincipalAccount", id.as_str());
    context.insert("aws:PrincipalOrgID", caller.organization.id.as_str());
    let request =
        Request { action: question.action.clone(), resource: question.resource.clone(), context };
    let decision = evaluate(&levels, &request);
    Ok(PolicyAnswer {
        question,
        is_open: decision.is_allowed,
        exempt: None,
        decision: Some(decision),
    })
}

fn check(question: &PolicyQuestion) -> Result<(), ConsoleError> {
    let wrong = |message: &str| Err(ConsoleError::BadRequest { message: message.to_owned() });
    let (action, resource) = (&question.action, &question.resource);
    if action.chars().count() > TEXT_MAX || resource.chars().count() > TEXT_MAX {
        return wrong("An action or resource of this length can't be one.");
    }
    let is_action = action.split_once(':').is_some_and(|(service, name)| {
        !service.is_empty() && !name.is_empty() && !name.contains(':')
    });
    if !is_action || action.contains(['*', '?', ' ']) {
        return wrong("An action is one call of a service, such as cloudtrail:StopLogging.");
    }
    if resource != "*" && !resource.starts_with("arn:") {
        return wrong("A resource is an ARN, or * for a call that knows none.");
    }
    Ok(())
}
