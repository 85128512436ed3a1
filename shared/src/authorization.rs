//! What can be asked for, and why it is allowed or refused.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What kind of thing an action does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Sees what accounts have done and delivered.
    See,
    /// Sees or moves the machinery: jobs, sources, quarantine.
    Operate,
    /// Changes people, their grants or the organization.
    Govern,
    /// Reads trails and their settings.
    ReadTrails,
    /// Changes trails.
    ChangeTrails,
    /// Says who administers trails for the organization.
    Delegate,
    /// Reads the organization as AWS Organizations tells it.
    ReadOrganization,
}

macro_rules! actions {
    ($($variant:ident $service:literal $name:literal $group:ident $about:literal)*) => {
        /// An action that somebody may or may not do: one of AWS's, or one of our own, whose service is `orgtrail`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $(#[doc = $about] $variant,)*
        }

        impl Action {
            /// Every action.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name, as policies have it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => concat!($service, ":", $name),)* }
            }

            /// What kind of thing it does.
            pub fn group(self) -> Group {
                match self { $(Self::$variant => Group::$group,)* }
            }

            /// What it does, in words.
            pub fn about(self) -> &'static str {
                match self { $(Self::$variant => $about,)* }
            }
        }
    };
}

actions! {
    SearchEvents "orgtrail" "SearchEvents" See "Finds, counts and shows events."
    ViewCoverage "orgtrail" "ViewCoverage" See "Shows what was delivered and proven."
    ViewQuarantine "orgtrail" "ViewQuarantine" See "Shows what could not be read."
    ViewOrganization "orgtrail" "ViewOrganization" See "Shows accounts, units and policies."
    ViewOperations "orgtrail" "ViewOperations" Operate "Shows jobs, sources and the index."
    RetryQuarantine "orgtrail" "RetryQuarantine" Operate "Reads something in quarantine once more."
    ManagePeople "orgtrail" "ManagePeople" Govern "Manages others, their keys and sessions."
    ManageGrants "orgtrail" "ManageGrants" Govern "Grants roles and takes them back."
    ManageOrganization "orgtrail" "ManageOrganization" Govern "Changes units, accounts, policies and delegations."
    LookupEvents "cloudtrail" "LookupEvents" ReadTrails "Finds events by CloudTrail's own interface."
    GetTrail "cloudtrail" "GetTrail" ReadTrails "Reads a trail's settings."
    DescribeTrails "cloudtrail" "DescribeTrails" ReadTrails "Lists trails with their settings."
    ListTrails "cloudtrail" "ListTrails" ReadTrails "Lists trails."
    GetTrailStatus "cloudtrail" "GetTrailStatus" ReadTrails "Tells how a trail delivers."
    GetEventSelectors "cloudtrail" "GetEventSelectors" ReadTrails "Reads which events a trail keeps."
    GetInsightSelectors "cloudtrail" "GetInsightSelectors" ReadTrails "Reads which insights a trail computes."
    ListTags "cloudtrail" "ListTags" ReadTrails "Reads the tags of trails."
    ListPublicKeys "cloudtrail" "ListPublicKeys" ReadTrails "Reads the keys that digests are verified with."
    CreateTrail "cloudtrail" "CreateTrail" ChangeTrails "Makes a trail."
    UpdateTrail "cloudtrail" "UpdateTrail" ChangeTrails "Changes a trail's settings."
    DeleteTrail "cloudtrail" "DeleteTrail" ChangeTrails "Deletes a trail."
    StartLogging "cloudtrail" "StartLogging" ChangeTrails "Lets a trail deliver."
    StopLogging "cloudtrail" "StopLogging" ChangeTrails "Stops a trail's delivery."
    PutEventSelectors "cloudtrail" "PutEventSelectors" ChangeTrails "Changes which events a trail keeps."
    PutInsightSelectors "cloudtrail" "PutInsightSelectors" ChangeTrails "Changes which insights a trail computes."
    AddTags "cloudtrail" "AddTags" ChangeTrails "Tags a trail."
    RemoveTags "cloudtrail" "RemoveTags" ChangeTrails "Takes tags from a trail."
    RegisterDelegatedAdmin "cloudtrail" "RegisterOrganizationDelegatedAdmin" Delegate "Lets an account administer the organization's trails."
    DeregisterDelegatedAdmin "cloudtrail" "DeregisterOrganizationDelegatedAdmin" Delegate "Takes that back."
    DescribeOrganization "organizations" "DescribeOrganization" ReadOrganization "Reads what organization it is."
    ListAccounts "organizations" "ListAccounts" ReadOrganization "Lists the accounts."
    DescribeAccount "organizations" "DescribeAccount" ReadOrganization "Reads one account."
    ListPolicies "organizations" "ListPolicies" ReadOrganization "Lists the policies."
    DescribePolicy "organizations" "DescribePolicy" ReadOrganization "Reads a policy."
}

/// Why the caller can't use the controls of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Locked {
    /// The reason, as a sentence.
    pub reason: String,
    /// The question whose answer tells each step of it; none when no role would help.
    pub why: Option<WhyQuestion>,
}

impl Action {
    /// Whether it is an action of AWS, of which service control policies speak.
    pub fn is_of_aws(self) -> bool {
        !self.name().starts_with("orgtrail:")
    }

    /// Whether it is asked of a trail.
    pub fn is_of_trail(self) -> bool {
        match self.group() {
            Group::ChangeTrails => self != Self::CreateTrail,
            Group::ReadTrails => !matches!(
                self,
                Self::LookupEvents | Self::DescribeTrails | Self::ListTrails | Self::ListPublicKeys
            ),
            Group::See
            | Group::Operate
            | Group::Govern
            | Group::Delegate
            | Group::ReadOrganization => false,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Action {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|action| action.name().eq_ignore_ascii_case(text));
        found.copied().ok_or_else(|| format!("`{text}` is not an action that orgtrail knows"))
    }
}

/// Whether somebody may do something, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The person's sign-in name.
    pub principal: String,
    /// The action.
    pub action: String,
    /// What it is done to: an organization, a root, a unit, an account or a trail.
    pub resource: String,
    /// Whether it is allowed.
    pub is_allowed: bool,
    /// What decided, in its order. What comes after a refusal isn't asked.
    pub steps: Vec<Step>,
    /// Who could do it instead, as far as the asker may know; empty when it is allowed.
    pub instead: Vec<String>,
}

/// One of the things that decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Which one.
    pub kind: StepKind,
    /// What it says.
    pub outcome: StepOutcome,
    /// Why, in words.
    pub words: String,
    /// The rules, grants or statements that say so.
    pub by: Vec<String>,
}

/// What decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// The roles that somebody was granted.
    Grants,
    /// The organization's own rules, and those that nobody can change.
    Limits,
    /// The service control policies above the account.
    Policies,
}

impl StepKind {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Grants => "Roles",
            Self::Limits => "Ownership and limits",
            Self::Policies => "Service control policies",
        }
    }
}

/// What a step says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepOutcome {
    /// It allows.
    Allows,
    /// It refuses, whatever the others say.
    Refuses,
    /// It has nothing to say about this.
    DoesNotApply,
}

/// What is asked of the authorization.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhyQuestion {
    /// Sign-in name; the asker when empty.
    pub principal: String,
    /// The action.
    pub action: String,
    /// An organization, a root, a unit, an account or a trail's ARN; the organization when empty.
    pub resource: String,
}

/// A role that somebody has somewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its number.
    pub id: i32,
    /// Whose it is.
    pub name: String,
    /// The role.
    pub role: crate::console::Role,
    /// The organization, the root, a unit or an account, by its id.
    pub target: String,
    /// What people call the target; empty when it has no name.
    pub target_name: String,
    /// Where the period of events begins that the grant shows.
    pub from: Option<chrono::DateTime<chrono::Utc>>,
    /// Where it ends.
    pub to: Option<chrono::DateTime<chrono::Utc>>,
    /// When the grant ends.
    pub expires_at: Option<chrono::DateTime<chrono::Utc>>,
    /// Whether it is over.
    pub is_over: bool,
    /// Why it was given; empty when nobody said.
    pub reason: String,
    /// Who gave it; empty for the command line.
    pub created_by: String,
    /// When.
    pub created_at: chrono::DateTime<chrono::Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_read_back_and_are_each_their_own() {
        let mut names = BTreeSet::new();
        for action in Action::ALL {
            assert_eq!(action.name().parse(), Ok(*action));
            assert!(names.insert(action.name()), "{action} is there twice");
        }
        assert_eq!("CloudTrail:stoplogging".parse(), Ok(Action::StopLogging));
        assert!("cloudtrail:Nothing".parse::<Action>().unwrap_err().contains("cloudtrail:Nothing"));
    }
}
