//! What is done in orgtrail itself becomes events of the account that did it, as CloudTrail would write them: every change,
//! and every look at somebody else's data. It can't be switched off: what can't be recorded is not done, and not shown.

mod actor;
mod delivery;
mod journal;
mod looks;

pub use actor::{Actor, Origin};
pub use delivery::{SOURCE, deliver_acts};
pub use journal::Journal;
pub use looks::Looks;
pub(crate) use looks::{Seen, look};

use crate::access::Caller;
use crate::search::internal;
use crate::services::Services;
use orgtrail_domain::organization::OrganizationFile;
use orgtrail_shared::console::ConsoleError;
use orgtrail_storage::StoreError;
use orgtrail_storage::audit::Acting;
use serde_json::{Value, json};
use std::future::Future;

/// What somebody wants to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Deed {
    /// The event's name.
    pub name: &'static str,
    /// What is asked for, without secrets.
    pub parameters: Value,
    /// Whether nothing is changed.
    pub is_read: bool,
}

impl Deed {
    /// A change.
    pub const fn change(name: &'static str, parameters: Value) -> Self {
        Self { name, parameters, is_read: false }
    }

    /// A look.
    pub const fn read(name: &'static str, parameters: Value) -> Self {
        Self { name, parameters, is_read: true }
    }
}

/// Why an act could not be recorded. When the disk is full, the reserved room is given up, so that it may be tried again.
pub(crate) fn unrecorded(services: &Services, error: StoreError) -> ConsoleError {
    if error.is_disk_full() && services.journal.release() {
        tracing::error!(
            "the disk of the database is full: the reserved room was given up; make room now"
        );
    }
    internal(error)
}

/// Records a change with what it answers, and makes it true.
///
/// # Errors
///
/// [`ConsoleError::Internal`]; nothing was changed.
pub(crate) async fn finish(
    services: &Services,
    acting: Acting,
    response: Value,
) -> Result<(), ConsoleError> {
    acting.commit(response).await.map_err(|error| unrecorded(services, error))
}

/// Begins a change that a caller makes: it has an effect when it is committed, with its record.
///
/// # Errors
///
/// [`ConsoleError::Internal`].
pub(crate) async fn begin(
    services: &Services,
    caller: &Caller,
    deed: &Deed,
) -> Result<Acting, ConsoleError> {
    let act = Actor::of(caller).act(services.clock.now(), deed);
    services.database.act(act).await.map_err(internal)
}

/// Begins what a command on this machine changes: it has an effect when it is committed.
pub(crate) async fn acting(
    services: &Services,
    organization_id: Option<i32>,
    command: &str,
    deed: &Deed,
) -> anyhow::Result<Acting> {
    let act = Actor::operator(organization_id, command).act(services.clock.now(), deed);
    Ok(services.database.act(act).await?)
}

/// An organization that is described by a file.
pub(crate) fn load_deed(file: &OrganizationFile, origin: &str) -> Deed {
    Deed::change(
        "LoadOrganization",
        json!({"organizationId": file.id, "origin": origin, "accounts": file.accounts.len()}),
    )
}

/// Does what a caller wants, and records it if it is refused or fails. What is done has been recorded by the work itself.
///
/// # Errors
///
/// What the work says.
pub(crate) async fn attempt<T>(
    services: &Services,
    caller: &Caller,
    deed: &Deed,
    work: impl Future<Output = Result<T, ConsoleError>>,
) -> Result<T, ConsoleError> {
    let who = caller.user.user_id;
    if services.refusals.refuses(&who) {
        // Nothing is decided, so there is nothing to record: the refusals before are.
        let message = "You were refused too often: wait a minute. Nothing was done.".to_owned();
        return Err(ConsoleError::TooMany { message });
    }
    let result = work.await;
    if let Err(error) = &result {
        if !matches!(error, ConsoleError::Internal { .. }) {
            services.refusals.note(&who);
        }
        let mut act = Actor::of(caller).act(services.clock.now(), deed);
        if let Some(record) = act.record.as_object_mut() {
            let (code, message) = error_of(error);
            record.insert("errorCode".to_owned(), json!(code));
            let message: String = message.chars().take(1_000).collect();
            record.insert("errorMessage".to_owned(), json!(message));
        }
        // Nothing was done, so there is nothing to take back.
        if let Err(error) = services.database.record_act(&act).await {
            tracing::error!(error = format!("{:#}", anyhow::Error::from(error)), deed = deed.name,
                by = %caller.user.name, "a refusal could not be recorded");
        }
    }
    result
}

/// An error as AWS's own services name it in their events.
fn error_of(error: &ConsoleError) -> (String, String) {
    // AWS's own error stands before its words.
    if let ConsoleError::BadRequest { message } = error
        && let Some((code, words)) = message.split_once(": ")
        && code.ends_with("Exception")
        && code.bytes().all(|byte| byte.is_ascii_alphanumeric())
    {
        return (code.to_owned(), words.to_owned());
    }
    let code = match error {
        ConsoleError::Forbidden { .. } | ConsoleError::NotSignedIn => "AccessDenied",
        ConsoleError::NotFound { .. } => "ResourceNotFoundException",
        ConsoleError::BadRequest { .. } | ConsoleError::Query { .. } => "ValidationException",
        ConsoleError::TooMany { .. } => "ThrottlingException",
        ConsoleError::Internal { .. } => "InternalFailure",
    };
    (code.to_owned(), error.to_string())
}

#[cfg(test)]
mod tests;
