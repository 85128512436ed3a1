//! The read part of AWS Organizations.

use super::answer::Refusal;
use super::json::read;
use crate::access::{AwsPrincipal, Caller};
use crate::backend::refusal_of;
use crate::services::Services;
use axum::body::Bytes;
use orgtrail_authz::Resource;
use orgtrail_domain::organization::reading::{self, ApiError, Operation};
use orgtrail_shared::authorization::Action;
use serde_json::Value;

/// Answers an operation.
///
/// # Errors
///
/// [`Refusal`] by the names of AWS Organizations.
pub(super) async fn answer(
    services: &Services,
    caller: &Caller,
    operation: &str,
    body: &Bytes,
) -> Result<Value, Refusal> {
    let Some(operation) = Operation::from_name(operation) else {
        return Err(Refusal::unknown_operation(operation));
    };
    let input: reading::Input = read(body)?;
    require(services, caller, operation).await?;
    let failed = |error: anyhow::Error| Refusal::internal(&error);
    let snapshot = services.database.snapshot(caller.scope.organization_id).await;
    let snapshot = snapshot.map_err(|error| failed(error.into()))?;
    let named = |error: ApiError| Refusal::named(error.code, error.message);
    let snapshot = snapshot.ok_or_else(ApiError::no_organization).map_err(named)?;
    reading::answer(&snapshot, operation, &input).map_err(named)
}

/// Refuses whom roles, limits or policies refuse; and whoever acts for neither the management account nor a delegated
/// administrator, as AWS does whatever their policies say.
async fn require(
    services: &Services,
    caller: &Caller,
    operation: Operation,
) -> Result<(), Refusal> {
    let whole = Resource::Node(caller.organization.id.to_string());
    let refused = refusal_of(services, caller, action_of(operation), &whole).await;
    let refused = refused.map_err(|error| Refusal::internal(&anyhow::anyhow!("{error}")))?;
    if let Some(step) = refused {
        let principal = AwsPrincipal::of(services, &caller.user).await;
        let arn = principal.ok().flatten().map_or_else(String::new, |principal| principal.arn);
        return Err(Refusal::named(
            "AccessDeniedException",
            format!(
                "User: {arn} is not authorized to perform: organizations:{}: {}",
                operation.name(),
                step.words
            ),
        ));
    }
    let person = &caller.person;
    let may = person.is_management || person.is_delegated_administrator;
    if may || operation == Operation::DescribeOrganization {
        return Ok(());
    }
    let message = "You don't have permissions to access this resource.";
    Err(Refusal::named("AccessDeniedException", message))
}

/// The action that decides; what only names places belongs to the list of accounts.
fn action_of(operation: Operation) -> Action {
    match operation {
        Operation::DescribeOrganization => Action::DescribeOrganization,
        Operation::DescribeAccount => Action::DescribeAccount,
        Operation::ListPolicies
        | Operation::ListPoliciesForTarget
        | Operation::ListTargetsForPolicy => Action::ListPolicies,
        Operation::DescribePolicy => Action::DescribePolicy,
        Operation::ListRoots
        | Operation::ListOrganizationalUnitsForParent
        | Operation::DescribeOrganizationalUnit
        | Operation::ListAccountsForParent
        | Operation::ListAccounts
        | Operation::ListParents
        | Operation::ListDelegatedAdministrators
        | Operation::ListDelegatedServicesForAccount
        | Operation::ListAWSServiceAccessForOrganization => Action::ListAccounts,
    }
}
