//! Identifiers of the organization model: parsed once, valid for ever.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A text that is not a valid identifier of its kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct InvalidId {
    text: String,
    expected: &'static str,
}

impl InvalidId {
    fn new(text: &str, expected: &'static str) -> Self {
        Self { text: text.chars().take(80).collect(), expected }
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $expected:literal, $is_valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                let is_valid: fn(&str) -> bool = $is_valid;
                if is_valid(&text) { Ok(Self(text)) } else { Err(InvalidId::new(&text, $expected)) }
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// A 12-digit AWS account number. Text, because leading zeros are significant.
    AccountId, "an account id of 12 digits",
    |text| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

text_id! {
    /// The id of an organization, `o-` and 10 to 32 lower-case letters or digits.
    ///
    /// Source: AWS Organizations API reference, `Organization.Id`.
    OrganizationId, "an organization id such as `o-exampleorg1`",
    |text| text.strip_prefix("o-").is_some_and(|rest| {
        (10..=32).contains(&rest.len()) && rest.bytes().all(is_lower_alphanumeric)
    })
}

text_id! {
    /// The id of a root or an organizational unit.
    ///
    /// Source: AWS Organizations API reference, `Root.Id` and `OrganizationalUnit.Id`.
    UnitId, "a root or organizational unit id such as `r-ab12` or `ou-ab12-cd34ef56`",
    |text| match (text.strip_prefix("r-"), text.strip_prefix("ou-")) {
        (Some(rest), _) => (4..=32).contains(&rest.len()) && rest.bytes().all(is_lower_alphanumeric),
        (_, Some(rest)) => rest.split_once('-').is_some_and(|(root, unit)| {
            (4..=32).contains(&root.len())
                && (8..=32).contains(&unit.len())
                && root.bytes().chain(unit.bytes()).all(is_lower_alphanumeric)
        }),
        (None, None) => false,
    }
}

text_id! {
    /// The id of a policy of AWS Organizations.
    ///
    /// Source: AWS Organizations API reference, `PolicySummary.Id`.
    PolicyId, "a policy id such as `p-FullAWSAccess`",
    |text| text.strip_prefix("p-").is_some_and(|rest| {
        (8..=128).contains(&rest.len())
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

text_id! {
    /// A Region name. Only the characters are checked: new Regions appear without notice.
    Region, "a Region name such as `eu-west-1`",
    |text| (1..=32).contains(&text.len())
        && text.bytes().all(|byte| is_lower_alphanumeric(byte) || byte == b'-')
}

fn is_lower_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

#[cfg(test)]
mod tests;
