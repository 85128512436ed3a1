//! Who may use the store: access keys, and a ring of them that changes while the server runs.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// What a key may do in its buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Everything.
    ReadWrite,
    /// Only what changes nothing.
    ReadOnly,
}

/// An access key. Its secret is in no debug text.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// The public half, which requests name.
    pub id: String,
    /// The secret half, which signs.
    pub secret: String,
    /// What it may do.
    pub permission: Permission,
    /// In which buckets; in all without.
    pub buckets: Option<BTreeSet<String>>,
}

impl AccessKey {
    /// Whether the key may be used for a bucket.
    pub(crate) fn covers(&self, bucket: &str) -> bool {
        self.buckets.as_ref().is_none_or(|buckets| buckets.contains(bucket))
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AccessKey")
            .field("id", &self.id)
            .field("permission", &self.permission)
            .field("buckets", &self.buckets)
            .finish_non_exhaustive()
    }
}

/// The keys that are accepted at this moment. Clones share their keys.
#[derive(Clone, Debug, Default)]
pub struct KeyRing {
    keys: Arc<RwLock<HashMap<String, Arc<AccessKey>>>>,
}

impl KeyRing {
    /// A ring without keys, which accepts nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Accepts a key from now on, in place of one with the same id.
    pub fn insert(&self, key: AccessKey) {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.insert(key.id.clone(), Arc::new(key));
    }

    /// Refuses a key from now on and says whether it was accepted before.
    ///
    /// A request that has passed its check already is finished.
    pub fn remove(&self, id: &str) -> bool {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).remove(id).is_some()
    }

    /// Looks a key up.
    pub(crate) fn lookup(&self, id: &str) -> Option<Arc<AccessKey>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }
}
