//! Who made a call, in a form that people can search and count.

use super::Fields;
use orgtrail_shared::event::Principal;

/// Derives the principal of a record.
///
/// The role session's name is split from the ARN: a role is one principal, however many sessions it has.
/// Source: CloudTrail User Guide, "CloudTrail userIdentity element".
pub(super) fn of(fields: &Fields<'_>) -> Principal {
    let identity = &fields.identity;
    let (mut arn, mut session) = (identity.arn.to_string(), String::new());
    let mut name = identity.user_name.to_string();
    if let Some((role, role_session)) = split_assumed_role(&identity.arn) {
        role_session.clone_into(&mut session);
        let issuer = &identity.session.issuer.arn;
        role.rsplit('/').next().unwrap_or_default().clone_into(&mut name);
        // The index keeps the role and the session, and puts the session's ARN together from them. Where that would be
        // another ARN, as the issuer is of another partition or account, the role's own part is kept.
        let is_told = session_arn(issuer, &name, &session).eq_ignore_ascii_case(&identity.arn);
        arn = if is_told { issuer.to_string() } else { role.to_owned() };
    }
    if name.is_empty() {
        name = fallback_name(fields, &arn);
    }
    Principal {
        kind: identity.kind.to_string(),
        account: if identity.account.is_empty() {
            account_in(&arn)
        } else {
            identity.account.to_string()
        },
        arn,
        name,
        session,
    }
}

/// The ARN of a role session, as searches put it together from the principal and the session: `…:role/path/Role` and `s`
/// belong to `…:assumed-role/Role/s`, without the path, and with `sts` for `iam`.
pub(super) fn session_arn(role_arn: &str, role_name: &str, session: &str) -> String {
    let part = |place: usize| role_arn.split(':').nth(place).unwrap_or_default();
    format!("arn:{}:sts::{}:assumed-role/{role_name}/{session}", part(1), part(4))
}

/// `arn:aws:sts::A:assumed-role/Role/Session` → the part before the session, and the session.
pub(crate) fn split_assumed_role(arn: &str) -> Option<(&str, &str)> {
    let resource = arn.splitn(6, ':').nth(5)?;
    let (role, session) = resource.strip_prefix("assumed-role/")?.split_once('/')?;
    (!role.is_empty() && !session.is_empty())
        .then(|| (&arn[..arn.len() - session.len() - 1], session))
}

fn fallback_name(fields: &Fields<'_>, arn: &str) -> String {
    let identity = &fields.identity;
    let last_of_arn = arn.rsplit(['/', ':']).next().unwrap_or_default();
    [
        if identity.kind == "Root" { "root" } else { "" },
        last_of_arn,
        &identity.invoked_by,
        &identity.on_behalf_of.user_id,
        &identity.principal_id,
        &identity.account,
    ]
    .into_iter()
    .find(|name| !name.is_empty())
    .unwrap_or_default()
    .to_owned()
}

fn account_in(arn: &str) -> String {
    arn.split(':').nth(4).unwrap_or_default().to_owned()
}
