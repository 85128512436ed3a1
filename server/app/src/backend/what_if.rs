//! What a service control policy would have done to the calls of the last days.

use crate::access::Caller;
use crate::audit::{Deed, Seen, attempt, look};
use crate::search::internal;
use crate::services::Services;
use chrono::{DateTime, TimeDelta};
use orgtrail_domain::organization::snapshot::Snapshot;
use orgtrail_domain::organization::what_if::{PROPOSED, PolicyLevel, Proposal, levels, propose};
use orgtrail_domain::record::from_index_time;
use orgtrail_domain::scp::{
    Call, Context, FULL_AWS_ACCESS, FULL_AWS_ACCESS_ID, Foresight, Level, Policy, action_of,
    foresee,
};
use orgtrail_shared::authorization::Action;
use orgtrail_shared::console::ConsoleError;
use orgtrail_shared::ids::AccountId;
use orgtrail_shared::query::{Condition, Pattern, Query, TextField};
use orgtrail_shared::time::TimeRange;
use orgtrail_shared::what_if::{Affected, DAYS_MAX, Effect, WhatIf, WhatIfQuestion};
use orgtrail_storage::events::CallGroup;
use orgtrail_storage::organizations::AccountRow;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use tokio::sync::Semaphore;

/// How many kinds of calls are looked at, the most frequent ones.
const GROUPS_MAX: i64 = 50_000;

/// One question at a time is thought through: it takes a core for some seconds when there is much to look at.
static AT_ONCE: Semaphore = Semaphore::const_new(1);

/// After how many kinds of calls others get a turn.
const TURN: usize = 200;

/// How many rows an answer has.
const ROWS_MAX: usize = 100;

/// Says what would be different, for those who read the organization's policies.
///
/// # Errors
///
/// [`ConsoleError::Forbidden`] for other roles, [`ConsoleError::BadRequest`] for a change that can't be thought through,
/// [`ConsoleError::Internal`].
pub async fn what_if(
    services: &Services,
    caller: &Caller,
    question: WhatIfQuestion,
) -> Result<WhatIf, ConsoleError> {
    let deed = Deed::read("SimulatePolicy", json!(question));
    attempt(services, caller, &deed, simulate(services, caller, &question, &deed)).await
}

fn wrong(message: impl Into<String>) -> ConsoleError {
    ConsoleError::BadRequest { message: message.into() }
}

/// The organization now, and as it would be.
async fn proposed(
    services: &Services,
    caller: &Caller,
    question: &WhatIfQuestion,
) -> Result<(Snapshot, Proposal), ConsoleError> {
    if !(1..=DAYS_MAX).contains(&question.days) {
        return Err(wrong(format!("Calls of 1 to {DAYS_MAX} days can be looked at.")));
    }
    let before = services.database.snapshot(caller.scope.organization_id).await;
    let before = before.map_err(internal)?.ok_or_else(|| {
        wrong("The organization's units and accounts aren't known, so nothing can be said.")
    })?;
    let proposal = propose(&before, &question.change)
        .map_err(|error| wrong(format!("Nothing can be said: {error}.")))?;
    Ok((before, proposal))
}

async fn simulate(
    services: &Services,
    caller: &Caller,
    question: &WhatIfQuestion,
    deed: &Deed,
) -> Result<WhatIf, ConsoleError> {
    caller.require(services, Action::ListPolicies, "asking what policies would do")?;
    let (before, proposal) = proposed(services, caller, question).await?;
    let concerned: HashMap<i32, &AccountRow> = caller
        .accounts
        .iter()
        .filter(|row| proposal.accounts.iter().any(|account| account.as_str() == row.number))
        .map(|row| (row.account_id, row))
        .collect();
    let mut ids: Vec<i32> = concerned.keys().copied().collect();
    ids.sort_unstable();
    look(services, caller, deed, Seen { accounts: Some(ids.clone()), ..Seen::default() }).await?;
    let to = services.clock.now();
    let range =
        TimeRange::new(to - TimeDelta::days(i64::from(question.days)), to).map_err(internal)?;
    let _turn = AT_ONCE.acquire().await.map_err(internal)?;
    let documents = Documents::read(&before, &proposal)?;
    let groups = services
        .database
        .call_groups(&caller.scope, &ids, range, documents.ask_for_addresses(), GROUPS_MAX)
        .await
        .map_err(internal)?;
    let mut answer = WhatIf {
        accounts: concerned.len() as u64,
        from: Some(range.start()),
        to: Some(range.end()),
        calls: groups.iter().map(|group| group.calls.unsigned_abs()).sum(),
        is_lower_bound: groups.len() as u64 >= GROUPS_MAX.unsigned_abs(),
        notes: proposal.notes.clone(),
        ..WhatIf::default()
    };
    let organization = caller.organization.id.to_string();
    let mut found: BTreeMap<Key, Found> = BTreeMap::new();
    for (number, group) in groups.iter().enumerate() {
        if number % TURN == 0 {
            tokio::task::yield_now().await;
        }
        let Some(account) = concerned.get(&group.account_id) else { continue };
        let Some((action, call)) = call_of(group, &account.number, &organization) else { continue };
        let Some((effect, on)) = documents.effect(&account.number, &call) else { continue };
        // A call that was denied can't be blocked any more, and one that wasn't needs no opening.
        let is_opening = matches!(effect, Effect::Opened | Effect::MayBeOpened);
        if is_opening != group.is_denied {
            continue;
        }
        let key = Key { effect, account_id: group.account_id, principal: name_of(group), action };
        found.entry(key).or_default().add(group, on);
    }
    let mut affected: Vec<Affected> = found
        .into_iter()
        .filter_map(|(key, found)| {
            let account = concerned.get(&key.account_id)?;
            Some(found.told(key, account))
        })
        .collect();
    affected.sort_by(|one, other| {
        (one.effect, other.calls, &one.principal).cmp(&(other.effect, one.calls, &other.principal))
    });
    for one in &affected {
        *answer.totals.entry(one.effect).or_default() += one.calls;
    }
    answer.more = affected.len().saturating_sub(ROWS_MAX) as u64;
    affected.truncate(ROWS_MAX);
    answer.affected = affected;
    Ok(answer)
}

/// The policies above each account, now and after the change, as they are read.
struct Documents {
    policies: HashMap<String, Policy>,
    /// By account: the levels now, and after the change.
    levels: HashMap<String, [Vec<PolicyLevel>; 2]>,
    changed: Policy,
    open: Policy,
}

impl Documents {
    fn read(before: &Snapshot, proposal: &Proposal) -> Result<Self, ConsoleError> {
        let parse = |id: &str, content: &str| {
            Policy::parse(content)
                .map_err(|error| wrong(format!("The policy {id} can't be read: {error}.")))
        };
        let mut policies = HashMap::new();
        for (id, policy) in &proposal.after.policies {
            policies.insert(id.to_string(), parse(id.as_str(), &policy.content)?);
        }
        let both = |account: &AccountId| {
            (account.to_string(), [levels(before, account), levels(&proposal.after, account)])
        };
        Ok(Self {
            policies,
            levels: proposal.accounts.iter().map(both).collect(),
            changed: parse(PROPOSED, &proposal.content)?,
            open: parse(FULL_AWS_ACCESS_ID, FULL_AWS_ACCESS)?,
        })
    }

    /// Whether any policy asks where calls come from. Then calls from different addresses are told apart.
    fn ask_for_addresses(&self) -> bool {
        self.policies.values().any(|policy| policy.condition_keys().contains("aws:sourceip"))
    }

    /// What becomes of a call, and what that depends on; `None` when nothing does.
    fn effect(&self, account: &str, call: &Call) -> Option<(Effect, BTreeSet<String>)> {
        let [before, after] = self.levels.get(account)?;
        let none = BTreeSet::new;
        Some(match (self.foresee(before, call), self.foresee(after, call)) {
            (Foresight::Open, Foresight::Blocked { .. }) => (Effect::Blocked, none()),
            (Foresight::Blocked { .. }, Foresight::Open) => (Effect::Opened, none()),
            (Foresight::Open, Foresight::Depends { on })
            | (Foresight::Depends { on }, Foresight::Blocked { .. }) => (Effect::MayBeBlocked, on),
            (Foresight::Blocked { .. }, Foresight::Depends { on })
            | (Foresight::Depends { on }, Foresight::Open) => (Effect::MayBeOpened, on),
            // Both depend: the change matters where the policy says something of the call.
            (Foresight::Depends { .. }, Foresight::Depends { on }) => {
                if !self.concerns(call) {
                    return None;
                }
                let is_more = after.iter().map(|(_, policies)| policies.len()).sum::<usize>()
                    > before.iter().map(|(_, policies)| policies.len()).sum::<usize>();
                (if is_more { Effect::MayBeBlocked } else { Effect::MayBeOpened }, on)
            }
            (Foresight::Open, Foresight::Open)
            | (Foresight::Blocked { .. }, Foresight::Blocked { .. }) => return None,
        })
    }

    fn foresee(&self, levels: &[PolicyLevel], call: &Call) -> Foresight {
        let levels: Vec<Level<'_>> = levels
            .iter()
            .map(|(id, policies)| Level {
                id: id.clone(),
                name: String::new(),
                policies: policies
                    .iter()
                    .filter_map(|(id, _)| Some((id.clone(), self.policies.get(id)?)))
                    .collect(),
            })
            .collect();
        foresee(&levels, call)
    }

    /// Whether the policy that is attached or detached denies a call, or may.
    fn concerns(&self, call: &Call) -> bool {
        let policies = vec![("changed".to_owned(), &self.changed), ("open".to_owned(), &self.open)];
        let level = Level { id: String::new(), name: String::new(), policies };
        foresee(&[level], call) != Foresight::Open
    }
}

/// The call of a group, as far as the index knows it. `None` for what policies of the account don't speak of: calls of
/// services, of service-linked roles, and of principals of other accounts.
///
/// Source: AWS Organizations User Guide, "Tasks and entities not restricted by SCPs".
fn call_of(group: &CallGroup, account: &str, organization: &str) -> Option<(String, Call)> {
    let is_of_account = group.principal_account == account;
    let is_linked = group.principal_arn.contains(":role/aws-service-role/");
    if !is_of_account || is_linked || group.principal_kind == "AWSService" {
        return None;
    }
    let action = action_of(&group.source, &group.name)?;
    let mut known = Context::default();
    known.insert("aws:PrincipalAccount", account);
    known.insert("aws:PrincipalOrgID", organization);
    for (key, value) in
        [("aws:PrincipalArn", &group.principal_arn), ("aws:RequestedRegion", &group.region)]
    {
        if !value.is_empty() {
            known.insert(key, value);
        }
    }
    // A call by way of a service has no address, and one through an endpoint of a private network isn't asked for it.
    if group.source_ip.parse().is_ok_and(|address| !is_of_private_network(address)) {
        known.insert("aws:SourceIp", &group.source_ip);
    }
    Some((action.clone(), Call { action, known }))
}

fn is_of_private_network(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            let is_shared = first == 100 && (64..128).contains(&second);
            address.is_private() || address.is_loopback() || address.is_link_local() || is_shared
        }
        IpAddr::V6(address) => {
            address.is_unique_local() || address.is_loopback() || address.is_unicast_link_local()
        }
    }
}

fn name_of(group: &CallGroup) -> String {
    let known = [&group.principal_arn, &group.principal_name, &group.principal_kind];
    known.into_iter().find(|text| !text.is_empty()).cloned().unwrap_or_default()
}

/// Calls that are one row of the answer.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    effect: Effect,
    account_id: i32,
    principal: String,
    action: String,
}

#[derive(Default)]
struct Found {
    calls: u64,
    newest: i32,
    names: BTreeSet<(String, String)>,
    arn: String,
    on: BTreeSet<String>,
}

impl Found {
    fn add(&mut self, group: &CallGroup, on: BTreeSet<String>) {
        self.calls += group.calls.unsigned_abs();
        self.newest = self.newest.max(group.newest);
        self.names.insert((group.source.clone(), group.name.clone()));
        self.arn.clone_from(&group.principal_arn);
        self.on.extend(on);
    }

    fn told(self, key: Key, account: &AccountRow) -> Affected {
        let newest = DateTime::from_timestamp(from_index_time(self.newest), 0).unwrap_or_default();
        Affected {
            effect: key.effect,
            account: account.number.clone(),
            account_name: account.name.clone(),
            principal: key.principal,
            action: key.action,
            calls: self.calls,
            newest,
            search: self.search(account),
            depends_on: self.on,
        }
    }

    /// The query that finds the calls.
    fn search(&self, account: &AccountRow) -> String {
        let mut query = Query::default();
        if let Some(id) = account.id() {
            query.add(false, Condition::Account(vec![id]));
        }
        let names: BTreeSet<&str> = self.names.iter().map(|(_, name)| name.as_str()).collect();
        let sources: BTreeSet<&str> =
            self.names.iter().map(|(source, _)| source.as_str()).collect();
        let exact = |texts: BTreeSet<&str>| texts.into_iter().map(Pattern::exact).collect();
        query.add(false, Condition::Text(TextField::EventName, exact(names)));
        query.add(false, Condition::Text(TextField::EventSource, exact(sources)));
        if !self.arn.is_empty() {
            let arn = BTreeSet::from([self.arn.as_str()]);
            query.add(false, Condition::Text(TextField::Principal, exact(arn)));
        }
        query.to_string()
    }
}
