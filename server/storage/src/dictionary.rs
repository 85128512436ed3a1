//! Texts that many events share, and their ids.
//!
//! New values are inserted sorted, in a short transaction of their own *before* the batch that needs them: two
//! writers that met the same new values inside long transactions would block each other. A value that no event
//! refers to in the end is harmless.

use crate::{Result, StoreError};
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;

/// The longest text that is kept; a longer one is cut, and its hash is of the whole.
pub(crate) const VALUE_CHARACTERS_MAX: usize = 2048;

/// How many ids are remembered before the memory is emptied.
const REMEMBERED_MAX: usize = 400_000;

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
    terms: Mutex<HashMap<Hash, i32>>,
    principals: Mutex<HashMap<Hash, i32>>,
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

fn split_known(
    memory: &Mutex<HashMap<Hash, i32>>,
    wanted: &[Hash],
) -> (Vec<Option<i32>>, Vec<usize>) {
    let memory = lock(memory);
    let ids: Vec<Option<i32>> = wanted.iter().map(|hash| memory.get(hash).copied()).collect();
    let missing =
        ids.iter().enumerate().filter(|(_, id)| id.is_none()).map(|(index, _)| index).collect();
    (ids, missing)
}

fn remember(memory: &Mutex<HashMap<Hash, i32>>, found: &HashMap<Hash, i32>) {
    let mut memory = lock(memory);
    if memory.len() + found.len() > REMEMBERED_MAX {
        memory.clear();
    }
    memory.extend(found);
}

impl Dictionary {
    /// The ids of `terms`, in their order. An empty text has the id 0.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`]; the call may be repeated.
    pub async fn terms(&self, pool: &PgPool, terms: &[Term]) -> Result<Vec<i32>> {
        let hashes: Vec<Hash> = terms
            .iter()
            .map(|term| hash_parts(&[term.field.name(), &term.value, &term.detail]))
            .collect();
        let (mut ids, mut missing) = split_known(&self.terms, &hashes);
        missing.retain(|&index| !terms[index].value.is_empty() || !terms[index].detail.is_empty());
        missing.sort_by_key(|&index| hashes[index]);
        missing.dedup_by_key(|index| hashes[*index]);
        if !missing.is_empty() {
            let mut found = HashMap::new();
            for part in missing.chunks(5_000) {
                found.extend(insert_terms(pool, part, terms, &hashes).await?);
            }
            for (index, id) in ids.iter_mut().enumerate().filter(|(_, id)| id.is_none()) {
                *id = found.get(&hashes[index]).copied();
            }
            remember(&self.terms, &found);
        }
        Ok(ids.into_iter().map(|id| id.unwrap_or(0)).collect())
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
        let hashes: Vec<Hash> = principals
            .iter()
            .map(|principal| {
                hash_parts(&[&principal.kind, &principal.arn, &principal.account, &principal.name])
            })
            .collect();
        let (mut ids, mut missing) = split_known(&self.principals, &hashes);
        missing.sort_by_key(|&index| hashes[index]);
        missing.dedup_by_key(|index| hashes[*index]);
        if !missing.is_empty() {
            let mut found = HashMap::new();
            for part in missing.chunks(5_000) {
                found.extend(insert_principals(pool, part, principals, &hashes).await?);
            }
            for (index, id) in ids.iter_mut().enumerate().filter(|(_, id)| id.is_none()) {
                *id = found.get(&hashes[index]).copied();
            }
            remember(&self.principals, &found);
        }
        ids.into_iter()
            .map(|id| {
                id.ok_or(StoreError::Corrupt {
                    table: "principal",
                    reason: "an id is missing".into(),
                })
            })
            .collect()
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

async fn insert_terms(
    pool: &PgPool,
    missing: &[usize],
    terms: &[Term],
    hashes: &[Hash],
) -> Result<HashMap<Hash, i32>> {
    let of = |part: fn(&Term) -> String| {
        missing.iter().map(|&index| part(&terms[index])).collect::<Vec<_>>()
    };
    let wanted: Vec<Vec<u8>> = missing.iter().map(|&index| hashes[index].to_vec()).collect();
    let addresses: Vec<Option<String>> = missing
        .iter()
        .map(|&index| &terms[index])
        .map(|term| {
            let address =
                (term.field == TermField::Ip).then(|| term.value.parse::<IpAddr>().ok()).flatten();
            address.map(|address| address.to_string())
        })
        .collect();
    sqlx::query(
        "insert into term (field, value, detail, address, hash)
         select field, value, detail, address::inet, hash
         from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[])
              as new (field, value, detail, address, hash)
         on conflict (hash) do nothing",
    )
    .bind(of(|term| term.field.name().to_owned()))
    .bind(of(|term| kept(&term.value)))
    .bind(of(|term| kept(&term.detail)))
    .bind(addresses)
    .bind(&wanted)
    .execute(pool)
    .await?;
    let rows: Vec<(Vec<u8>, i32)> =
        sqlx::query_as("select hash, term_id from term where hash = any($1)")
            .bind(&wanted)
            .fetch_all(pool)
            .await?;
    by_hash(rows)
}

async fn insert_principals(
    pool: &PgPool,
    missing: &[usize],
    principals: &[PrincipalTerm],
    hashes: &[Hash],
) -> Result<HashMap<Hash, i32>> {
    let of = |part: fn(&PrincipalTerm) -> &str| {
        missing.iter().map(|&index| kept(part(&principals[index]))).collect::<Vec<_>>()
    };
    let wanted: Vec<Vec<u8>> = missing.iter().map(|&index| hashes[index].to_vec()).collect();
    sqlx::query(
        "insert into principal (kind, arn, account, name, hash)
         select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[])
         on conflict (hash) do nothing",
    )
    .bind(of(|principal| &principal.kind))
    .bind(of(|principal| &principal.arn))
    .bind(of(|principal| &principal.account))
    .bind(of(|principal| &principal.name))
    .bind(&wanted)
    .execute(pool)
    .await?;
    let rows: Vec<(Vec<u8>, i32)> =
        sqlx::query_as("select hash, principal_id from principal where hash = any($1)")
            .bind(&wanted)
            .fetch_all(pool)
            .await?;
    by_hash(rows)
}

fn by_hash(rows: Vec<(Vec<u8>, i32)>) -> Result<HashMap<Hash, i32>> {
    rows.into_iter()
        .map(|(hash, id)| {
            let hash = hash.try_into().map_err(|_| StoreError::Corrupt {
                table: "term",
                reason: "a hash has not 32 bytes".into(),
            })?;
            Ok((hash, id))
        })
        .collect()
}

#[cfg(test)]
mod tests;
