//! Search: one interface over rows, records and, in between, what each can answer.
//!
//! The index answers what it can by itself. What only a record can tell (free text, wildcards over resources, fields
//! that aren't indexed) is checked on the archived records of the candidates, newest first, up to a budget; an answer
//! that had to stop says how far it has looked.

mod answers;
mod candidates;
mod counts;
mod front;
mod planner;
mod present;

pub use answers::Answers;
pub use counts::{facets, histogram, suggestions};
pub use planner::{AnsweredBy, Decision, Wanted};
pub use present::{content, summary};

use crate::access::Caller;
use crate::services::Services;
use candidates::Scan;
use orgtrail_domain::filter::UnitTree;
use orgtrail_shared::console::{ConsoleError, Reads, SearchPage, SearchRequest};
use orgtrail_shared::ids::{AccountId, UnitId};
use orgtrail_shared::page::{EventPosition, PageSize};
use orgtrail_shared::query::{Condition, Query};
use orgtrail_shared::time::TimeRange;
use orgtrail_storage::events::EventFilter;
use planner::Planner;
use std::collections::HashMap;
use std::time::Instant;

/// A failure on our side, for the log; the caller sees its id.
pub fn internal(error: impl Into<anyhow::Error>) -> ConsoleError {
    let request_id = uuid::Uuid::from_u128(rand::random()).simple().to_string();
    let error: anyhow::Error = error.into();
    tracing::error!(request.id = %request_id, error = format!("{error:#}"), "a request failed");
    ConsoleError::Internal { request_id }
}

/// An answer, with who gave it and why.
#[derive(Clone, Debug)]
pub struct Answered<T> {
    /// The answer.
    pub answer: T,
    /// Who gave it.
    pub decision: Decision,
}

/// A search that has been read and resolved within the caller's scope.
pub struct Prepared {
    /// The query with the scope of the console.
    pub query: Query,
    /// The range of event time that is left.
    pub range: TimeRange,
    /// What the index answers.
    pub filter: EventFilter,
}

/// Reads a request's query and resolves it.
///
/// # Errors
///
/// [`ConsoleError::Query`] with the place of a mistake, [`ConsoleError::BadRequest`] for an impossible range.
pub async fn prepare(
    services: &Services,
    caller: &Caller,
    request: &SearchRequest,
) -> Result<Prepared, ConsoleError> {
    let mut query = Query::parse(&request.query).map_err(|error| ConsoleError::Query { error })?;
    add_scope(&mut query, &request.scope)?;
    let range = query
        .narrow(request.range)
        .map_err(|error| ConsoleError::BadRequest { message: error.to_string() })?;
    let filter = services
        .database
        .resolve_filter(&caller.scope, &query, services.filter_needs())
        .await
        .map_err(internal)?;
    Ok(Prepared { query, range, filter })
}

/// Narrows a query to the account or unit that the console is looking at.
fn add_scope(query: &mut Query, scope: &str) -> Result<(), ConsoleError> {
    if scope.is_empty() {
        return Ok(());
    }
    let condition = scope
        .parse::<AccountId>()
        .map(|account| Condition::Account(vec![account]))
        .or_else(|_| scope.parse::<UnitId>().map(|unit| Condition::Unit(vec![unit])))
        .map_err(|_| ConsoleError::BadRequest {
            message: format!("the scope `{scope}` is neither an account id nor a unit id"),
        })?;
    query.add(false, condition);
    Ok(())
}

/// One page of events, newest first.
///
/// # Errors
///
/// As [`prepare`], and for a page token that this search did not give out.
pub async fn search(
    services: &Services,
    caller: &Caller,
    request: &SearchRequest,
    size: PageSize,
    page: Option<&str>,
) -> Result<Answered<SearchPage>, ConsoleError> {
    let begun = Instant::now();
    let after = page
        .map(EventPosition::from_token)
        .transpose()
        .map_err(|error| ConsoleError::BadRequest { message: error.to_string() })?;
    let mut prepared = prepare(services, caller, request).await?;
    if request.reads == Reads::Hide {
        prepared.filter.hide_reads();
    }
    let rows = size.rows();
    let mut decision = Planner::new(services).await?.decide(&prepared.filter, Wanted::Page);
    if decision.answered_by != AnsweredBy::Records {
        let (database, scope) = (&services.database, &caller.scope);
        let (filter, range) = (&prepared.filter, prepared.range);
        let mut hits = None;
        if decision.answered_by == AnsweredBy::Segments {
            let cache = &services.segments;
            let found = database.page_in_segments(cache, scope, filter, range, after, rows + 1);
            hits = decision.unless_unreadable(found.await)?;
        }
        let hits = match hits {
            Some(hits) => hits,
            None => database
                .events_page(scope, filter, range, after, rows + 1)
                .await
                .map_err(internal)?,
        };
        services.answers.add(scope.organization_id, Wanted::Page, &decision, begun);
        let has_more = hits.len() > rows as usize;
        let hits = &hits[..hits.len().min(rows as usize)];
        let answer = SearchPage {
            events: hits.iter().map(summary).collect(),
            next: has_more.then(|| hits.last().map(|hit| hit.position().to_token())).flatten(),
            looked_back_to: None,
            incomplete: Vec::new(),
            notes: Vec::new(),
        };
        return Ok(Answered { answer, decision });
    }
    let scan = Scan::new(services, caller, &prepared).await?;
    let found = scan.run(after, rows as usize).await?;
    services.answers.add(caller.scope.organization_id, Wanted::Page, &decision, begun);
    let answer = SearchPage {
        events: found.hits.iter().map(summary).collect(),
        next: found.next.map(EventPosition::to_token),
        looked_back_to: found.looked_back_to,
        incomplete: found.incomplete,
        notes: scan.notes().to_vec(),
    };
    Ok(Answered { answer, decision })
}

/// The units above each account, for conditions on records.
pub(crate) struct Units(HashMap<String, Vec<UnitId>>);

impl UnitTree for Units {
    fn is_below(&self, account: &str, unit: &UnitId) -> bool {
        self.0.get(account).is_some_and(|above| above.contains(unit))
    }
}

impl Units {
    pub(crate) async fn load(services: &Services, caller: &Caller) -> Result<Self, ConsoleError> {
        let units = services.database.units(&caller.scope).await.map_err(internal)?;
        let parents: HashMap<UnitId, Option<UnitId>> =
            units.into_iter().map(|unit| (unit.id, unit.parent)).collect();
        let path = |unit: &UnitId| {
            let mut path = vec![unit.clone()];
            let mut above = parents.get(unit).cloned().flatten();
            while let Some(unit) = above {
                above = parents.get(&unit).cloned().flatten();
                path.push(unit);
                if path.len() > 10 {
                    break;
                }
            }
            path
        };
        let accounts = caller
            .accounts
            .iter()
            .filter_map(|account| Some((account.number.clone(), path(account.unit.as_ref()?))));
        Ok(Self(accounts.collect()))
    }
}
