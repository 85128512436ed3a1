//! Looks at other people's data: recorded before anything is shown, and once for each question of a session.

use super::{Actor, Deed, unrecorded};
use crate::access::Caller;
use crate::search::internal;
use crate::services::Services;
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_shared::console::ConsoleError;
use orgtrail_storage::AccountScope;
use orgtrail_storage::audit::{Look, Question};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// For how long a question is remembered here; the database remembers it for an hour.
const REMEMBERED: TimeDelta = TimeDelta::minutes(30);

/// How many questions are remembered at the most.
const REMEMBERED_MAX: usize = 10_000;

/// The questions that were recorded lately, so that their repetitions needn't ask the database.
#[derive(Debug, Default)]
pub struct Looks(Mutex<HashMap<Question, DateTime<Utc>>>);

impl Looks {
    fn knows(&self, question: &Question, now: DateTime<Utc>) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(question).is_some_and(|at| now - *at < REMEMBERED)
    }

    fn remember(&self, question: Question, now: DateTime<Utc>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED_MAX {
            known.clear();
        }
        known.insert(question, now);
    }
}

/// What is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Whether it is what is known of people, and not events.
    pub(crate) is_people: bool,
    /// Whose events; `None` for all that the caller may see.
    pub(crate) accounts: Option<Vec<i32>>,
    /// The event, if it is one.
    pub(crate) event: Option<String>,
    /// What makes it the same question, when that isn't the same as its parameters.
    pub(crate) question: Option<String>,
}

impl Seen {
    /// What is known of people.
    pub(crate) fn of_people() -> Self {
        Self { is_people: true, ..Self::default() }
    }
}

/// Records that a caller looks at data of others. What is one's own account's is not recorded, nor what the same session has
/// asked within the hour.
///
/// # Errors
///
/// [`ConsoleError::Internal`]: then nothing may be shown.
pub(crate) async fn look(
    services: &Services,
    caller: &Caller,
    deed: &Deed,
    seen: Seen,
) -> Result<(), ConsoleError> {
    let accounts = match (seen.accounts, &caller.scope.accounts) {
        (Some(accounts), _) => Some(accounts),
        (None, AccountScope::Only(accounts)) => Some(accounts.clone()),
        (None, AccountScope::All) => None,
    };
    let own = caller.user.account_id;
    let is_own =
        accounts.as_ref().is_some_and(|seen| seen.iter().all(|account| Some(*account) == own));
    if is_own && !seen.is_people {
        return Ok(());
    }
    let now = services.clock.now();
    // The same question about other accounts shows something else.
    let mut whose = accounts.clone();
    if let Some(accounts) = &mut whose {
        accounts.sort_unstable();
    }
    let asked = seen.question.unwrap_or_else(|| deed.parameters.to_string());
    let asked = format!("{whose:?}\n{asked}");
    let question = caller.session_id.map(|session_id| Question {
        session_id,
        hash: Sha256::digest(format!("{}\n{asked}", deed.name)).into(),
    });
    if let Some(question) = &question {
        if services.looks.knows(question, now) {
            return Ok(());
        }
        if services.database.is_asked(question, now).await.map_err(internal)? {
            return Ok(());
        }
    }
    let look = Look {
        principal: caller.user.name.clone(),
        action: deed.name,
        seen_event: seen.event,
        is_of_events: !seen.is_people,
        accounts,
        question,
    };
    let act = Actor::of(caller).act(now, deed);
    let recorded = services.database.record_look(&act, &look).await;
    recorded.map_err(|error| unrecorded(services, error))?;
    if let Some(question) = question {
        services.looks.remember(question, now);
    }
    Ok(())
}
