//! What an organization forbids beyond our own limits.

use super::{AuthorizationError, validated};
use cedar_policy::{Effect, PolicySet, Schema};

/// The longest text of an organization's own policies, in bytes.
const TEXT_BYTES_MAX: usize = 64 << 10;

/// How deep brackets may be nested: the parser calls itself for each.
const DEPTH_MAX: usize = 32;

/// What policies of an organization would ask for in vain, so that they would forbid less than they seem to.
const UNANSWERED: [(&str, &str); 12] = [
    (
        "principal.account",
        "where a person's account lies isn't a part of every question; name people, or places of what is asked for",
    ),
    ("principal[\"account\"]", "where a person's account lies isn't a part of every question"),
    (
        "context.at",
        "rows are cut by accounts and by the period of an auditor's grant, not by policies",
    ),
    (
        "context[\"at\"]",
        "rows are cut by accounts and by the period of an auditor's grant, not by policies",
    ),
    (
        "context has at",
        "rows are cut by accounts and by the period of an auditor's grant, not by policies",
    ),
    ("orgtrail:ViewQuarantine", "what is seen of accounts follows orgtrail:SearchEvents"),
    ("orgtrail:ViewCoverage", "what is seen of accounts follows orgtrail:SearchEvents"),
    ("orgtrail:ViewOrganization", "what is seen of accounts follows orgtrail:SearchEvents"),
    ("organizations:Describe", "nothing asks for it yet"),
    ("organizations:ListAccounts", "nothing asks for it yet"),
    ("context.now", "what holds today must hold tomorrow, or nobody could take it back"),
    ("context[\"now\"]", "what holds today must hold tomorrow, or nobody could take it back"),
];

fn check_depth(text: &str) -> Result<(), AuthorizationError> {
    let refuse =
        || Err(AuthorizationError::Policies("the policies are nested too deeply".to_owned()));
    let (mut depth, mut signs) = (0_usize, 0_usize);
    for byte in text.bytes() {
        depth = match byte {
            b'(' | b'[' | b'{' => depth + 1,
            b')' | b']' | b'}' => depth.saturating_sub(1),
            _ => depth,
        };
        signs = match byte {
            b'!' | b'-' => signs + 1,
            b' ' | b'\t' | b'\n' => signs,
            _ => 0,
        };
        if depth > DEPTH_MAX || signs > DEPTH_MAX {
            return refuse();
        }
    }
    // Words that nest without brackets.
    let nested = text.matches("if").count() + text.matches("then").count();
    if nested > 4 * DEPTH_MAX { refuse() } else { Ok(()) }
}

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
        check_depth(text)?;
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
        for policy in written.policies() {
            let said = policy.to_string();
            if let Some((what, why)) = UNANSWERED.iter().find(|(what, _)| said.contains(what)) {
                return refuse(format!("`{what}` can't be asked for: {why}"));
            }
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
