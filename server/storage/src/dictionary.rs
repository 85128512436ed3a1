//! Texts that many events share, and their ids.
//!
//! New values are inserted sorted, in a short transaction of their own *before* the batch that needs them: two
//! writers that met the same new values inside long transactions would block each other. A value that no event
//! refers to in the end is harmless. Within a process one writer inserts at a time, for all who wait.

mod memory;
mod rows;

use crate::{Result, StoreError};
use memory::Memory;
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use std::collections::HashMap;
use std::sync::Mutex;

/// The longest text that is kept; a longer one is cut, and its hash is of the whole.
pub(crate) const VALUE_CHARACTERS_MAX: usize = 2048;

/// The kinds of texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TermField {
    /// `eventName`, with its source.
    Name,
    /// `awsRegion`.
    Region,
    /// `sourceIPAddress`.
    Ip,
    /// `userAgent`.
    Agent,
    /// `errorCode`.
    Error,
    /// `eventCategory`, with `eventType`.
    Kind,
    /// A role session's name.
    Session,
}

impl TermField {
    /// The field's name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Region => "region",
            Self::Ip => "ip",
            Self::Agent => "agent",
            Self::Error => "error",
            Self::Kind => "kind",
            Self::Session => "session",
        }
    }
}

/// A text with its field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term {
    /// The kind of text.
    pub field: TermField,
    /// The text.
    pub value: String,
    /// The event source of a name, the event type of a category.
    pub detail: String,
}

/// A principal without its session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrincipalTerm {
    /// `userIdentity.type`.
    pub kind: String,
    /// The ARN without a session.
    pub arn: String,
    /// The principal's account.
    pub account: String,
    /// The name to show.
    pub name: String,
}

type Hash = [u8; 32];

/// Finds ids, inserting what is new, and remembers them.
#[derive(Debug, Default)]
pub struct Dictionary {
    terms: Memory<Term>,
    principals: Memory<PrincipalTerm>,
    accounts: Mutex<HashMap<(i32, String), i32>>,
}

fn hash_parts(parts: &[&str]) -> Hash {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().into()
}

/// Cuts a text to what is kept; Postgres can't hold the zero character. Something stands in its place, so that no
/// text becomes another one that is in use, such as an account's number.
fn kept(text: &str) -> String {
    let storable = |character| if character == '\0' { '\u{fffd}' } else { character };
    text.chars().map(storable).take(VALUE_CHARACTERS_MAX).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Dictionary {
    /// The ids of `terms`, in their order. An empty text has the id 0.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`]; the call may be repeated.
    pub async fn terms(&self, pool: &PgPool, terms: &[Term]) -> Result<Vec<i32>> {
        let is_text = |term: &&Term| !term.value.is_empty() || !term.detail.is_empty();
        let texts: Vec<Term> = terms.iter().filter(is_text).cloned().collect();
        let mut found = self.terms.ids(pool, &texts).await?.into_iter();
        let id_of = |term| if is_text(&term) { found.next().unwrap_or(0) } else { 0 };
        Ok(terms.iter().map(id_of).collect())
    }

    /// The ids of `principals`, in their order.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`]; the call may be repeated.
    pub async fn principals(
        &self,
        pool: &PgPool,
        principals: &[PrincipalTerm],
    ) -> Result<Vec<i32>> {
        self.principals.ids(pool, principals).await
    }

    /// The ids of accounts by their numbers; one that nobody knows is added as *unknown*.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`]; the call may be repeated.
    pub async fn accounts(
        &self,
        pool: &PgPool,
        organization_id: i32,
        numbers: &[String],
    ) -> Result<Vec<i32>> {
        let numbers: Vec<String> =
            numbers.iter().map(|number| kept(number).chars().take(64).collect()).collect();
        let mut missing: Vec<&String> = {
            let memory = lock(&self.accounts);
            numbers
                .iter()
                .filter(|number| !memory.contains_key(&(organization_id, (*number).clone())))
                .collect()
        };
        missing.sort();
        missing.dedup();
        if !missing.is_empty() {
            let missing: Vec<String> = missing.into_iter().cloned().collect();
            sqlx::query(
                "insert into account (organization_id, number, kind)
                 select $1, number, 'unknown' from unnest($2::text[]) number
                 on conflict (organization_id, number) do nothing",
            )
            .bind(organization_id)
            .bind(&missing)
            .execute(pool)
            .await?;
            let rows: Vec<(String, i32)> = sqlx::query_as(
                "select number, account_id from account where organization_id = $1 and number = any($2)",
            )
            .bind(organization_id)
            .bind(&missing)
            .fetch_all(pool)
            .await?;
            lock(&self.accounts)
                .extend(rows.into_iter().map(|(number, id)| ((organization_id, number), id)));
        }
        let memory = lock(&self.accounts);
        numbers
            .into_iter()
            .map(|number| {
                memory.get(&(organization_id, number)).copied().ok_or(StoreError::Corrupt {
                    table: "account",
                    reason: "an account that was just inserted is missing".into(),
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
