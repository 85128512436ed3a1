//! What a token says beyond the standard's claims, which each provider names in its own way.

use crate::OidcError;
use openidconnect::AdditionalClaims;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The most groups of one person.
const GROUPS_MAX: usize = 1_000;

/// Every claim that the standard doesn't name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Extra {
    #[serde(flatten)]
    pub(crate) all: Map<String, Value>,
}

impl AdditionalClaims for Extra {}

/// The groups in a claim: a list of texts, or one text. `None` when the claim isn't there.
///
/// # Errors
///
/// [`OidcError::Refused`] when the token says that the groups are elsewhere, or there are too many: a part of them is not
/// who somebody is.
///
/// A name with dots is looked for as it is, then as a path: Keycloak's roles are in `realm_access.roles`.
pub(crate) fn groups(
    claims: &Map<String, Value>,
    name: &str,
) -> Result<Option<Vec<String>>, OidcError> {
    let elsewhere = claims.get("_claim_names").and_then(|names| names.get(name));
    let Some(found) = find(claims, name) else {
        return match elsewhere {
            // Source: OpenID Connect Core 1.0 §5.6.2; Entra ID does so beyond some 200 groups.
            Some(_) => Err(OidcError::refused(
                "the groups are too many for a token: let the provider tell those that count",
            )),
            None => Ok(None),
        };
    };
    let groups = match found {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) if list.len() > GROUPS_MAX => {
            return Err(OidcError::refused("the groups are too many"));
        }
        Value::Array(list) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    };
    Ok(Some(groups))
}

fn find<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    if let Some(found) = claims.get(name) {
        return Some(found);
    }
    let mut path = name.split('.');
    let first = claims.get(path.next()?)?;
    path.try_fold(first, |value, part| value.as_object()?.get(part))
}

/// What somebody is called: by the name that they sign in with there, their address, or who they are to the provider.
pub(crate) fn name(claims: &Map<String, Value>, subject: &str) -> String {
    let text =
        |name: &str| claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    text("preferred_username").or_else(|| text("email")).unwrap_or(subject).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_part_of_the_groups_is_none() {
        let many: Vec<String> = (0..=GROUPS_MAX).map(|number| number.to_string()).collect();
        for claims in [
            json!({ "groups": many }),
            json!({"_claim_names": {"groups": "src1"}, "_claim_sources": {}}),
        ] {
            let claims = claims.as_object().unwrap().clone();
            assert!(groups(&claims, "groups").is_err(), "{claims:?}");
        }
    }

    #[test]
    fn groups_are_found_where_providers_put_them() {
        for (claims, name, expected) in [
            (json!({"groups": ["a", "b"]}), "groups", Some(vec!["a", "b"])),
            (json!({"groups": "a"}), "groups", Some(vec!["a"])),
            (json!({"realm_access": {"roles": ["x"]}}), "realm_access.roles", Some(vec!["x"])),
            (json!({"a.b": ["whole"], "a": {"b": ["path"]}}), "a.b", Some(vec!["whole"])),
            (json!({"cognito:groups": ["c"]}), "cognito:groups", Some(vec!["c"])),
            (json!({"groups": [1, "a", null]}), "groups", Some(vec!["a"])),
            (json!({"groups": {"a": 1}}), "groups", Some(vec![])),
            (json!({"other": 1}), "groups", None),
            (json!({"a": "text"}), "a.b", None),
        ] {
            let claims = claims.as_object().unwrap().clone();
            let expected =
                expected.map(|list| list.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(groups(&claims, name), Ok(expected), "{claims:?} {name}");
        }
    }
}
