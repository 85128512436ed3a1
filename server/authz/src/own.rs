//! What an organization forbids beyond our own limits.

use super::{AuthorizationError, validated};
use cedar_policy::{Effect, PolicySet, Schema};

/// The longest text of an organization's own policies, in bytes.
const TEXT_BYTES_MAX: usize = 64 << 10;

/// An organization's own policies.
#[derive(Clone, Debug)]
pub struct OwnPolicies {
    pub(crate) policies: PolicySet,
}

impl OwnPolicies {
    pub(crate) fn read(schema: &Schema, text: &str) -> Result<Self, AuthorizationError> {
        let refuse = |reason: String| Err(AuthorizationError::Policies(reason));
        if text.len() > TEXT_BYTES_MAX {
            return refuse(format!("the text has more than {TEXT_BYTES_MAX} bytes"));
        }
        let written = validated(schema, text)?;
        if written.templates().next().is_some() {
            return refuse("a template forbids nothing: write out what it is to say".to_owned());
        }
        if let Some(policy) = written.policies().find(|policy| policy.effect() != Effect::Forbid) {
            let name =
                policy.annotation("id").map_or_else(|| policy.id().to_string(), str::to_owned);
            return refuse(format!(
                "`{name}` permits something: roles are given by grants, so these policies can only forbid"
            ));
        }
        // They only ever refuse: beside them everything is allowed.
        let policies =
            validated(schema, &format!("{text}\npermit (principal, action, resource);"))?;
        Ok(Self { policies })
    }

    /// How many policies there are.
    pub fn count(&self) -> usize {
        self.policies.policies().count() - 1
    }
}
