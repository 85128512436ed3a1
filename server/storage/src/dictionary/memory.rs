//! What a process remembers of one kind of text, and how it comes by what it doesn't.

use super::{Hash, lock};
use crate::{Result, StoreError};
use sqlx::PgPool;
use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

/// How many ids are remembered before the older half of them is forgotten.
const REMEMBERED_MAX: usize = 400_000;

/// How many texts one statement takes.
const STATEMENT_ROWS: usize = 5_000;

/// A kind of text, and its table.
pub(super) trait Entry: Clone {
    /// The table, for error messages.
    const TABLE: &'static str;

    /// What identifies the text.
    fn hash(&self) -> Hash;

    /// The ids of those texts that are known.
    async fn find(pool: &PgPool, hashes: &[Hash]) -> Result<Vec<(Hash, i32)>>;

    /// Inserts texts, in the order of their hashes, and gives back the ids of those that somebody else has not inserted
    /// at the same time.
    async fn insert(pool: &PgPool, entries: &[(Hash, Self)]) -> Result<Vec<(Hash, i32)>>;
}

/// Ids by hash, in two halves: what is asked for moves to the young half, and the old one is forgotten as a whole.
#[derive(Debug, Default)]
struct Ids {
    young: HashMap<Hash, i32>,
    old: HashMap<Hash, i32>,
}

impl Ids {
    fn get(&mut self, hash: &Hash) -> Option<i32> {
        if let Some(id) = self.young.get(hash) {
            return Some(*id);
        }
        let id = self.old.remove(hash)?;
        self.insert(*hash, id);
        Some(id)
    }

    fn insert(&mut self, hash: Hash, id: i32) {
        if self.young.len() >= REMEMBERED_MAX / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(hash, id);
    }
}

/// The ids of one kind of text.
#[derive(Debug)]
pub(super) struct Memory<T> {
    ids: Mutex<Ids>,
    /// What callers wait for that found somebody else inserting. Whoever inserts next takes all of it along.
    waiting: Mutex<BTreeMap<Hash, T>>,
    /// Held by whoever inserts.
    turn: tokio::sync::Mutex<()>,
}

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self {
            ids: Mutex::default(),
            waiting: Mutex::new(BTreeMap::new()),
            turn: tokio::sync::Mutex::default(),
        }
    }
}

impl<T: Entry> Memory<T> {
    /// The ids of texts, in their order.
    ///
    /// A caller that is dropped half-way, or whose statement fails, takes nothing from the others: each of them
    /// inserts what it doesn't find remembered when its turn has come.
    pub(super) async fn ids(&self, pool: &PgPool, entries: &[T]) -> Result<Vec<i32>> {
        let hashes: Vec<Hash> = entries.iter().map(Entry::hash).collect();
        let mut ids = vec![None; entries.len()];
        self.fill(&hashes, &mut ids);
        if ids.iter().any(Option::is_none) {
            let missing = |ids: &[Option<i32>]| -> BTreeMap<Hash, T> {
                let all = hashes.iter().zip(entries).zip(ids);
                all.filter(|(_, id)| id.is_none())
                    .map(|((hash, entry), _)| (*hash, entry.clone()))
                    .collect()
            };
            lock(&self.waiting).append(&mut missing(&ids));
            let _turn = self.turn.lock().await;
            self.fill(&hashes, &mut ids);
            let mut wanted = missing(&ids);
            if !wanted.is_empty() {
                wanted.append(&mut std::mem::take(&mut *lock(&self.waiting)));
                let found = take_in(pool, wanted.into_iter().collect()).await?;
                for (hash, id) in hashes.iter().zip(&mut ids).filter(|(_, id)| id.is_none()) {
                    *id = found.get(hash).copied();
                }
                let mut memory = lock(&self.ids);
                for (hash, id) in found {
                    memory.insert(hash, id);
                }
            }
        }
        ids.into_iter().collect::<Option<_>>().ok_or_else(|| StoreError::Corrupt {
            table: T::TABLE,
            reason: "a text that was just inserted is missing".into(),
        })
    }

    fn fill(&self, hashes: &[Hash], ids: &mut [Option<i32>]) {
        let mut memory = lock(&self.ids);
        for (hash, id) in hashes.iter().zip(ids).filter(|(_, id)| id.is_none()) {
            *id = memory.get(hash);
        }
    }
}

/// Finds texts, inserts those that are new, and finds those again that another process was quicker with. Asking first
/// costs a round trip and saves a number of the id's sequence for each text that is known.
async fn take_in<T: Entry>(pool: &PgPool, entries: Vec<(Hash, T)>) -> Result<HashMap<Hash, i32>> {
    let mut found = HashMap::with_capacity(entries.len());
    for part in entries.chunks(STATEMENT_ROWS) {
        let hashes: Vec<Hash> = part.iter().map(|(hash, _)| *hash).collect();
        found.extend(T::find(pool, &hashes).await?);
        let is_new = |entry: &&(Hash, T)| !found.contains_key(&entry.0);
        let new: Vec<(Hash, T)> = part.iter().filter(is_new).cloned().collect();
        if new.is_empty() {
            continue;
        }
        found.extend(T::insert(pool, &new).await?);
        let raced: Vec<Hash> =
            new.iter().map(|(hash, _)| *hash).filter(|hash| !found.contains_key(hash)).collect();
        if !raced.is_empty() {
            found.extend(T::find(pool, &raced).await?);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_not_forgotten() {
        let hash = |number: usize| {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&number.to_be_bytes());
            hash
        };
        let mut ids = Ids::default();
        ids.insert(hash(0), 7);
        for number in 1..2 * REMEMBERED_MAX {
            ids.insert(hash(number), 1);
            assert_eq!(ids.get(&hash(0)), Some(7), "after {number}");
        }
        assert_eq!(ids.get(&hash(1)), None);
        assert!(ids.young.len() + ids.old.len() <= REMEMBERED_MAX);
    }
}
