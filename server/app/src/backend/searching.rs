//! Searches of people, who are recorded to have made them.

use crate::access::Caller;
use crate::audit::{Deed, Seen, look};
use crate::search::{self, Answered, Units};
use crate::services::Services;
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_domain::filter::UnitTree;
use orgtrail_shared::console::{
    Completion, ConsoleError, FacetCounts, Histogram, Reads, SearchPage, SearchRequest,
};
use orgtrail_shared::ids::{AccountId, UnitId};
use orgtrail_shared::page::PageSize;
use orgtrail_shared::query::{Condition, Query};
use orgtrail_storage::organizations::AccountRow;
use serde_json::{Value, json};

/// A range that ends this close to now, or behind it, moves with the clock.
const LIVE: TimeDelta = TimeDelta::minutes(5);

/// One page of events, newest first.
///
/// # Errors
///
/// As [`search::search`]; and when the search can't be recorded: then it isn't made.
pub(crate) async fn search(
    services: &Services,
    caller: &Caller,
    request: &SearchRequest,
    size: PageSize,
    page: Option<&str>,
) -> Result<Answered<SearchPage>, ConsoleError> {
    record(services, caller, request).await?;
    search::search(services, caller, request, size, page).await
}

/// Events over time, and their number.
///
/// # Errors
///
/// As [`search()`].
pub(crate) async fn histogram(
    services: &Services,
    caller: &Caller,
    request: &SearchRequest,
) -> Result<Answered<Histogram>, ConsoleError> {
    record(services, caller, request).await?;
    search::histogram(services, caller, request).await
}

/// The most frequent values of eight fields.
///
/// # Errors
///
/// As [`search()`].
pub(crate) async fn facets(
    services: &Services,
    caller: &Caller,
    request: &SearchRequest,
) -> Result<Answered<Vec<FacetCounts>>, ConsoleError> {
    record(services, caller, request).await?;
    // The counts of accounts leave the query's own accounts out: they tell of all.
    let names_accounts = Query::parse(&request.query).is_ok_and(|query| {
        query.terms.iter().any(|term| matches!(term.condition, Condition::Account(_)))
    });
    if names_accounts {
        let accounts = accounts(services, caller, &Query::default(), &request.scope).await?;
        let (parameters, question) = parameters(services, request);
        let seen = Seen { accounts, question: Some(question), ..Seen::default() };
        look(services, caller, &Deed::read("ListSearchFacets", parameters), seen).await?;
    }
    search::facets(services, caller, request).await
}

/// How a word of a query can go on: values that occur in events. All words of a qualifier and a range are one question.
///
/// # Errors
///
/// As [`search()`].
pub(crate) async fn suggestions(
    services: &Services,
    caller: &Caller,
    request: &SearchRequest,
    word: &str,
) -> Result<Vec<Completion>, ConsoleError> {
    // Names of qualifiers are no data.
    if let Some((qualifier, _)) = word.split_once(':') {
        let (_, question) =
            parameters(services, &SearchRequest { query: String::new(), ..request.clone() });
        let question = format!("{qualifier} {question}");
        let (from, to) = rounded(services, request);
        let parameters = json!({"word": word, "scope": request.scope, "from": from, "to": to});
        let seen = Seen { question: Some(question), ..Seen::default() };
        look(services, caller, &Deed::read("ListSearchValues", parameters), seen).await?;
    }
    search::suggestions(services, caller, request, word).await
}

/// Pages, counts and facets of one search are one act. A query that can't be read shows nothing, and is refused by the search.
async fn record(
    services: &Services,
    caller: &Caller,
    request: &SearchRequest,
) -> Result<(), ConsoleError> {
    let Ok(query) = Query::parse(&request.query) else { return Ok(()) };
    let accounts = accounts(services, caller, &query, &request.scope).await?;
    let (parameters, question) = parameters(services, request);
    let seen = Seen { accounts, question: Some(question), ..Seen::default() };
    look(services, caller, &Deed::read("SearchEvents", parameters), seen).await
}

/// The range of a search as it is recorded. One that is kept open asks again for a range that has moved on a little, so whole
/// hours stand for it: no less than what is shown.
fn rounded(services: &Services, request: &SearchRequest) -> (DateTime<Utc>, DateTime<Utc>) {
    let (from, to) = (request.range.start(), request.range.end());
    if to + LIVE >= services.clock.now() {
        return (hour_of(from), hour_of(to) + TimeDelta::hours(1));
    }
    (from, to)
}

/// What is recorded of a search, and what makes two the same.
fn parameters(services: &Services, request: &SearchRequest) -> (Value, String) {
    let (from, to) = rounded(services, request);
    let parameters = json!({"query": request.query, "from": from, "to": to, "scope": request.scope,
        "hidesReads": request.reads == Reads::Hide});
    let question = parameters.to_string();
    (parameters, question)
}

fn hour_of(time: DateTime<Utc>) -> DateTime<Utc> {
    let seconds = time.timestamp();
    DateTime::from_timestamp(seconds - seconds.rem_euclid(3_600), 0).unwrap_or(time)
}

/// Whose events a query can find; `None` when it says nothing of accounts or units.
async fn accounts(
    services: &Services,
    caller: &Caller,
    query: &Query,
    scope: &str,
) -> Result<Option<Vec<i32>>, ConsoleError> {
    let mut named: Vec<Named> = query
        .terms
        .iter()
        .filter(|term| !term.is_negated)
        .filter_map(|term| match &term.condition {
            Condition::Account(accounts) => Some(Named(accounts.clone(), Vec::new())),
            Condition::Unit(units) => Some(Named(Vec::new(), units.clone())),
            Condition::Text(..)
            | Condition::Network(_)
            | Condition::Is(_)
            | Condition::Proof(_)
            | Condition::Time(..)
            | Condition::Contains(_) => None,
        })
        .collect();
    if !scope.is_empty() {
        let account: Option<AccountId> = scope.parse().ok();
        let unit: Option<UnitId> = scope.parse().ok();
        named.push(Named(account.into_iter().collect(), unit.into_iter().collect()));
    }
    if named.is_empty() {
        return Ok(None);
    }
    let units = Units::load(services, caller).await?;
    let found = caller
        .accounts
        .iter()
        .filter(|account| named.iter().all(|named| named.has(account, &units)));
    Ok(Some(found.map(|account| account.account_id).collect()))
}

/// Accounts and units, of which one must be the event's.
struct Named(Vec<AccountId>, Vec<UnitId>);

impl Named {
    fn has(&self, account: &AccountRow, units: &Units) -> bool {
        let Self(accounts, in_units) = self;
        accounts.iter().any(|id| id.as_str() == account.number)
            || in_units.iter().any(|unit| units.is_below(&account.number, unit))
    }
}
