//! STS, as far as it says who somebody is.

use super::answer::{Refusal, STS, Wire, escape, xml};
use crate::access::AwsPrincipal;
use crate::services::Services;
use anyhow::Context;
use axum::http::StatusCode;
use axum::response::Response;
use orgtrail_storage::users::UserRow;
use percent_encoding::percent_decode_str;
use uuid::Uuid;

/// Answers an action of STS.
///
/// Source: AWS STS API Reference, `GetCallerIdentity`: nobody needs a permission for it, so nothing refuses it.
pub(super) async fn answer(
    services: &Services,
    user: &UserRow,
    form: &str,
    request_id: Uuid,
) -> Response {
    match parameter(form, "Action").as_deref() {
        Some("GetCallerIdentity") => identity(services, user, request_id).await,
        Some(action) => Wire::Query.refuse(&Refusal::unknown_operation(action), request_id),
        None => Wire::Query.refuse(&Refusal::unknown_operation(""), request_id),
    }
}

/// A parameter of a form; the first when it stands there twice.
fn parameter(form: &str, name: &str) -> Option<String> {
    let decoded =
        |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    form.split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(other, _)| decoded(other) == name)
        .map(|(_, value)| decoded(value))
}

async fn identity(services: &Services, user: &UserRow, request_id: Uuid) -> Response {
    let principal = AwsPrincipal::of(services, user).await.and_then(|principal| {
        principal.with_context(|| format!("`{}` belongs to no account", user.name))
    });
    let AwsPrincipal { account, arn, user_id } = match principal {
        Ok(principal) => principal,
        Err(error) => return Wire::Query.refuse(&Refusal::internal(&error), request_id),
    };
    let body = format!(
        "<GetCallerIdentityResponse xmlns=\"{STS}\"><GetCallerIdentityResult><Arn>{}</Arn><UserId>{user_id}</UserId>\
         <Account>{account}</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>{request_id}</RequestId>\
         </ResponseMetadata></GetCallerIdentityResponse>",
        escape(&arn)
    );
    xml(StatusCode::OK, body, request_id)
}

#[cfg(test)]
mod tests {
    use super::parameter;

    #[test]
    fn forms_are_read_as_clients_write_them() {
        let form = "Version=2011-06-15&Action=Get%43allerIdentity&x=a+b%26c&empty=";
        assert_eq!(parameter(form, "Action").as_deref(), Some("GetCallerIdentity"));
        assert_eq!(parameter(form, "x").as_deref(), Some("a b&c"));
        assert_eq!(parameter(form, "empty").as_deref(), Some(""));
        assert_eq!(parameter(form, "absent"), None);
    }
}
