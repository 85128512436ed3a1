//! What is asked for, and what is known about who asks.

use std::collections::BTreeMap;

/// A request to an AWS service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The action, e.g. `cloudtrail:StopLogging`. Compared without regard to case.
    pub action: String,
    /// The ARN of the resource, or `*` for an action that knows no resources.
    pub resource: String,
    /// What else is known.
    pub context: Context,
}

/// Condition keys and their values. Names of keys are compared without regard to case.
///
/// A key without values is the same as a key that isn't there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context(BTreeMap<String, Vec<String>>);

impl Context {
    /// Sets a key that has one value, in place of what it had.
    pub fn insert(&mut self, key: &str, value: impl Into<String>) {
        self.insert_all(key, [value]);
    }

    /// Sets a key that has any number of values, such as `aws:TagKeys`, in place of what it had.
    pub fn insert_all(&mut self, key: &str, values: impl IntoIterator<Item = impl Into<String>>) {
        let values = values.into_iter().map(Into::into).collect();
        self.0.insert(key.to_lowercase(), values);
    }

    /// The values of a key; none when it isn't there.
    pub fn values(&self, key: &str) -> &[String] {
        self.0.get(&key.to_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// What a policy variable of this name stands for. Nothing when the key has no value, an empty one, or several:
    /// keys with several values can't be variables.
    pub(super) fn variable(&self, key: &str) -> Option<&str> {
        match self.values(key) {
            [value] if !value.is_empty() => Some(value),
            _ => None,
        }
    }
}

impl<Key: AsRef<str>, Value: Into<String>> FromIterator<(Key, Value)> for Context {
    /// Keys with one value each.
    fn from_iter<T: IntoIterator<Item = (Key, Value)>>(pairs: T) -> Self {
        let mut context = Self::default();
        for (key, value) in pairs {
            context.insert(key.as_ref(), value);
        }
        context
    }
}
