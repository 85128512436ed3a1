//! The identity provider of an organization: who it is, and which roles its groups have.

use crate::console::Role;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fmt::{Debug, Formatter};

/// The most roles that groups are given.
const GRANTS_MAX: usize = 200;

/// The longest text of a setting, in characters.
const TEXT_MAX: usize = 500;

/// An identity provider, as an administrator describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityProvider {
    /// What people call it: `Sign in with` stands before it.
    pub label: String,
    /// The issuer's URL, exactly as the provider writes it.
    pub issuer: String,
    /// Who we are there.
    pub client_id: String,
    /// Where browsers reach this console: `https://` and a host. People come back to an address of their organization there.
    pub console_url: String,
    /// The audience of the provider's access tokens that our API takes; none when it takes none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_audience: Option<String>,
    /// The claim with somebody's groups, by its name or by a path with dots.
    #[serde(default = "default_groups_claim")]
    pub groups_claim: String,
    /// Scopes that are asked for beside `openid`.
    #[serde(default = "default_scopes")]
    pub scopes: Vec<String>,
    /// Whether the provider has asked for a second factor by itself.
    #[serde(default)]
    pub counts_as_second_factor: bool,
    /// For how many days a role lasts after the last sign-in, for access keys too: 1 to 365.
    #[serde(default = "default_days")]
    pub roles_last_days: u16,
    /// Which group has which role where.
    pub grants: Vec<GroupGrant>,
}

fn default_groups_claim() -> String {
    "groups".to_owned()
}

fn default_scopes() -> Vec<String> {
    vec!["profile".to_owned(), "email".to_owned()]
}

fn default_days() -> u16 {
    30
}

/// A role that a group has at a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupGrant {
    /// The group, exactly as the provider writes it.
    pub group: String,
    /// The role.
    pub role: Role,
    /// The organization, its root, a unit or an account, by its id.
    pub target: String,
}

impl GroupGrant {
    /// Reads lines of `ROLE PLACE GROUP`, where a group may have spaces.
    ///
    /// # Errors
    ///
    /// The line that can't be read, and why.
    pub fn read_lines(text: &str) -> Result<Vec<Self>, String> {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        lines
            .map(|(number, line)| {
                let wrong = |why: String| format!("Line {}: {why}", number + 1);
                let mut words = line.trim().splitn(3, char::is_whitespace);
                let role = words.next().unwrap_or_default().parse().map_err(wrong)?;
                let (Some(target), Some(group)) = (words.next(), words.next()) else {
                    return Err(wrong("it is to be ROLE PLACE GROUP".to_owned()));
                };
                Ok(Self { group: group.trim().to_owned(), role, target: target.to_owned() })
            })
            .collect()
    }

    /// The line that [`Self::read_lines`] reads.
    pub fn line(&self) -> String {
        format!("{} {} {}", self.role.name(), self.target, self.group)
    }
}

impl IdentityProvider {
    /// Where the provider sends people back to. Each organization has an address of its own: what one provider was given
    /// must never be taken for an answer of another.
    pub fn redirect_uri(&self, organization: &str) -> String {
        format!("{}/sign-in/callback/{organization}", self.console_url.trim_end_matches('/'))
    }

    /// The roles of somebody who is in these groups, each place and role once.
    pub fn roles_of(&self, groups: &[String]) -> Vec<(Role, &str)> {
        let mut roles: Vec<(Role, &str)> = Vec::new();
        for grant in self.grants.iter().filter(|grant| groups.contains(&grant.group)) {
            let role = (grant.role, grant.target.as_str());
            if !roles.contains(&role) {
                roles.push(role);
            }
        }
        roles
    }

    /// What can't be right, whatever the provider says. The provider itself is asked afterwards.
    ///
    /// # Errors
    ///
    /// The first mistake, in words.
    pub fn check(&self) -> Result<(), String> {
        let texts = [
            ("label", &self.label),
            ("issuer", &self.issuer),
            ("client_id", &self.client_id),
            ("console_url", &self.console_url),
            ("groups_claim", &self.groups_claim),
        ];
        for (name, text) in texts {
            check_text(name, text)?;
        }
        for (name, url) in [("issuer", &self.issuer), ("console_url", &self.console_url)] {
            // http is for a provider on the same machine; whether it is asked at all is checked where that is done.
            if !url.starts_with("https://") && !url.starts_with("http://") {
                return Err(format!("`{name}` begins with https://, not `{url}`"));
            }
            if url.contains(['?', '#', ' ']) {
                return Err(format!("`{name}` has no query, no fragment and no blanks"));
            }
        }
        if let Some(audience) = &self.api_audience {
            check_text("api_audience", audience)?;
            if *audience == self.client_id {
                return Err("`api_audience` is not the `client_id`: tokens that prove a sign-in are no access tokens".to_owned());
            }
        }
        for scope in &self.scopes {
            check_text("scopes", scope)?;
            if scope.contains(char::is_whitespace) || !scope.is_ascii() {
                return Err(format!("`{scope}` is no scope"));
            }
        }
        if !(1..=365).contains(&self.roles_last_days) {
            return Err("`roles_last_days` is 1 to 365".to_owned());
        }
        if self.grants.is_empty() || self.grants.len() > GRANTS_MAX {
            return Err(format!(
                "`grants` has 1 to {GRANTS_MAX} entries: without one nobody could sign in"
            ));
        }
        for grant in &self.grants {
            check_text("grants.group", &grant.group)?;
            check_text("grants.target", &grant.target)?;
            let is_account =
                grant.target.len() == 12 && grant.target.bytes().all(|byte| byte.is_ascii_digit());
            if grant.role == Role::Member && !is_account {
                return Err("the role member is given at an account".to_owned());
            }
        }
        Ok(())
    }
}

fn check_text(name: &str, text: &str) -> Result<(), String> {
    if text.trim() != text || text.is_empty() {
        return Err(format!("`{name}` is empty, or has blanks around it"));
    }
    if text.chars().count() > TEXT_MAX || text.contains(char::is_control) {
        return Err(format!(
            "`{name}` is longer than {TEXT_MAX} characters, or has control characters"
        ));
    }
    Ok(())
}

/// A version of what an organization says about its provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderVersion {
    /// The version; the newest holds.
    pub version: i32,
    /// The provider; `None` when it was taken away.
    pub provider: Option<IdentityProvider>,
    /// Whether a client secret is kept.
    pub has_secret: bool,
    /// What to register with the provider as redirect URI; `None` without a provider.
    pub redirect_uri: Option<String>,
    /// Why it was changed.
    pub reason: String,
    /// By whom; empty for the command line.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// What the page and the API say about the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderBook {
    /// What holds; `None` when there never was one.
    pub current: Option<ProviderVersion>,
    /// The organization's id, for which most roles are given.
    pub organization: String,
}

/// Another provider, or none.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderRequest {
    /// The provider; `None` takes it away.
    pub provider: Option<IdentityProvider>,
    /// The client's secret: `None` keeps the one there is for the same issuer and client, an empty one is none.
    #[serde(default)]
    pub client_secret: Option<String>,
    /// The version that this is to follow; zero for none. Somebody else's change isn't lost so.
    pub version: i32,
    /// Why.
    pub reason: String,
}

impl Debug for ProviderRequest {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ProviderRequest")
            .field("provider", &self.provider)
            .field("version", &self.version)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

/// A provider that people can sign in with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInOption {
    /// The organization's id.
    pub organization: String,
    /// What people call the provider.
    pub label: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider() -> IdentityProvider {
        IdentityProvider {
            label: "Example".to_owned(),
            issuer: "https://id.example.com".to_owned(),
            client_id: "orgtrail".to_owned(),
            console_url: "https://orgtrail.example.com/".to_owned(),
            api_audience: None,
            groups_claim: default_groups_claim(),
            scopes: default_scopes(),
            counts_as_second_factor: false,
            roles_last_days: default_days(),
            grants: GroupGrant::read_lines(
                "member 111122223333 web shop\nauditor o-a1b2c3d4e5 audit",
            )
            .unwrap(),
        }
    }

    #[test]
    fn groups_have_the_roles_that_lines_say() {
        let provider = provider();
        assert_eq!(provider.check(), Ok(()));
        let back = "https://orgtrail.example.com/sign-in/callback/o-a1b2c3d4e5";
        assert_eq!(provider.redirect_uri("o-a1b2c3d4e5"), back);
        let groups = ["other".to_owned(), "web shop".to_owned()];
        assert_eq!(provider.roles_of(&groups), [(Role::Member, "111122223333")]);
        assert_eq!(provider.roles_of(&["web".to_owned()]), []);
        let lines: Vec<String> = provider.grants.iter().map(GroupGrant::line).collect();
        assert_eq!(GroupGrant::read_lines(&lines.join("\n\n")), Ok(provider.grants));
        for (line, words) in [
            ("king o-a1b2c3d4e5 all", "`king` is not a role"),
            ("member 111122223333", "ROLE PLACE GROUP"),
        ] {
            let error = GroupGrant::read_lines(&format!("\n{line}")).unwrap_err();
            assert!(error.starts_with("Line 2: ") && error.contains(words), "{error}");
        }
    }

    #[test]
    fn what_can_not_be_right_is_named() {
        type Change = fn(&mut IdentityProvider);
        let changes: [(&str, Change); 9] = [
            ("`label`", |provider| provider.label.clear()),
            ("`issuer`", |provider| provider.issuer = "id.example.com".to_owned()),
            ("`issuer`", |provider| provider.issuer = "https://a.example?b".to_owned()),
            ("`api_audience`", |provider| provider.api_audience = Some("orgtrail".to_owned())),
            ("`a b`", |provider| provider.scopes = vec!["a b".to_owned()]),
            ("`roles_last_days`", |provider| provider.roles_last_days = 0),
            ("`grants`", |provider| provider.grants.clear()),
            ("member", |provider| provider.grants[0].target = "r-ab12".to_owned()),
            ("`grants.group`", |provider| provider.grants[0].group = " x".to_owned()),
        ];
        for (words, change) in changes {
            let mut wrong = provider();
            change(&mut wrong);
            let error = wrong.check().unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn a_secret_is_not_printed() {
        let request = ProviderRequest {
            provider: None,
            client_secret: Some("hidden".to_owned()),
            version: 0,
            reason: String::new(),
        };
        assert!(!format!("{request:?}").contains("hidden"));
    }
}
