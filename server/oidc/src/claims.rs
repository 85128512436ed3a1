//! What a token says beyond the standard's claims, which each provider names in its own way.

use openidconnect::AdditionalClaims;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The most groups of one person that are looked at.
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
/// A name with dots is looked for as it is, then as a path: Keycloak's roles are in `realm_access.roles`.
pub(crate) fn groups(claims: &Map<String, Value>, name: &str) -> Option<Vec<String>> {
    let found = if let Some(found) = claims.get(name) {
        found
    } else {
        let mut path = name.split('.');
        let first = claims.get(path.next()?)?;
        path.try_fold(first, |value, part| value.as_object()?.get(part))?
    };
    let groups = match found {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => {
            let texts = list.iter().filter_map(Value::as_str).map(str::to_owned);
            texts.take(GROUPS_MAX).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    };
    Some(groups)
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
            assert_eq!(groups(&claims, name), expected, "{claims:?} {name}");
        }
    }
}
