//! An organization's own policies, read once for each version.

use crate::services::Services;
use anyhow::Context;
use orgtrail_authz::{Engine, OwnPolicies};
use orgtrail_storage::organizations::OrganizationRow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The policies that were read, by organization: the version, and what it says.
#[derive(Debug, Default)]
pub struct Rules(Mutex<Known>);

type Known = HashMap<i32, (i32, Option<Arc<OwnPolicies>>)>;

impl Rules {
    /// The policies of an organization; none when it has none.
    ///
    /// # Errors
    ///
    /// When the database can't answer, or they can't be read: then nothing is allowed.
    pub async fn of(
        &self,
        services: &Services,
        organization: &OrganizationRow,
    ) -> anyhow::Result<Option<Arc<OwnPolicies>>> {
        let (id, version) = (organization.organization_id, organization.policy_version);
        if version == 0 {
            return Ok(None);
        }
        if let Some((known, own)) = self.lock().get(&id)
            && *known == version
        {
            return Ok(own.clone());
        }
        let row = services.database.own_policy(id).await?;
        let row = row.context("the organization's own policies are gone")?;
        let own = read(&services.authorization, &row.content)?;
        self.lock().insert(id, (row.version, own.clone()));
        Ok(own)
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads policies; an empty text has none.
///
/// # Errors
///
/// [`orgtrail_authz::AuthorizationError`] with every mistake.
pub(crate) fn read(
    engine: &Engine,
    content: &str,
) -> Result<Option<Arc<OwnPolicies>>, orgtrail_authz::AuthorizationError> {
    if content.trim().is_empty() {
        return Ok(None);
    }
    Ok(Some(Arc::new(engine.read_own(content)?)))
}
