//! The policies, role by role; and that nothing widens what belongs to the management account.

use super::*;
use chrono::TimeDelta;
use orgtrail_shared::authorization::Group;
use proptest::prelude::*;
use std::sync::LazyLock;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new().unwrap());

const MANAGEMENT: &str = "111122223333";
const MEMBER: &str = "444455556666";
const OTHER: &str = "777788889999";

fn now() -> DateTime<Utc> {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

/// The organization, its root, a unit with the member, and another account beside it; one that has left.
fn tree() -> Tree {
    [
        ("o-example001", None),
        ("r-ab12", Some("o-example001")),
        ("ou-ab12-11111111", Some("r-ab12")),
        (MANAGEMENT, Some("r-ab12")),
        (MEMBER, Some("ou-ab12-11111111")),
        (OTHER, Some("r-ab12")),
        ("999999999999", Some("o-example001")),
    ]
    .map(|(node, above)| (node.to_owned(), above.map(str::to_owned)))
    .into()
}

fn person(account: Option<&str>) -> Person {
    Person {
        name: "alice".to_owned(),
        account: account.map(str::to_owned),
        is_management: account.is_none_or(|account| account == MANAGEMENT),
        ..Person::default()
    }
}

fn grant(role: Role, target: &str) -> GrantFacts {
    GrantFacts { id: 1, role, target: target.to_owned(), expires_at: None, from: None, to: None }
}

fn node(id: &str) -> Resource {
    Resource::Node(id.to_owned())
}

fn trail(owner: &str, is_organization_trail: bool) -> Resource {
    let arn = format!("arn:aws:cloudtrail:us-east-1:{owner}:trail/one");
    Resource::Trail { arn, owner: owner.to_owned(), is_organization_trail }
}

fn verdict(
    person: &Person,
    grant: &GrantFacts,
    action: Action,
    resource: &Resource,
    at: Option<DateTime<Utc>>,
) -> GrantVerdict {
    let tree = tree();
    let question = Question { person, action, resource, tree: &tree, now: now(), at };
    ENGINE.ask(question, std::slice::from_ref(grant), None).unwrap().remove(0)
}

fn ids(rules: &[Rule]) -> Vec<&str> {
    rules.iter().map(|rule| rule.id.as_str()).collect()
}

#[test]
fn every_action_is_known_to_the_schema_in_its_group() {
    let names = |group| match group {
        Group::See => "see",
        Group::Operate => "operate",
        Group::Govern => "govern",
        Group::ReadTrails => "read-trails",
        Group::ChangeTrails => "change-trails",
        Group::Delegate => "delegate",
        Group::ReadOrganization => "read-organization",
    };
    for action in Action::ALL {
        let uid = entities::uid("Action", action.name()).unwrap();
        let group = entities::uid("Action", names(action.group())).unwrap();
        let actions = ENGINE.schema.action_entities().unwrap();
        let known = actions.get(&uid).unwrap_or_else(|| panic!("{action} is not in the schema"));
        assert!(actions.is_ancestor_of(&group, &known.uid()), "{action} is in another group");
    }
    let known = ENGINE.schema.actions().filter(|uid| uid.id().unescaped().contains(':')).count();
    assert_eq!(known, Action::ALL.len());
}

#[test]
fn the_slice_of_a_question_is_all_that_the_policies_look_at() {
    for text in [ROLES, LIMITS] {
        let policies: PolicySet = text.parse().unwrap();
        let result = Validator::new(ENGINE.schema.clone()).validate_with_level(
            &policies,
            ValidationMode::Strict,
            2,
        );
        assert!(result.validation_passed(), "{result}");
        for policy in policies.policies() {
            for annotation in ["id", "words"] {
                assert!(policy.annotation(annotation).is_some(), "{policy} has no {annotation}");
            }
        }
    }
}

/// What each role does at its target; nothing of it anywhere else.
#[test]
fn roles_do_what_they_are_for_at_their_target_and_below() {
    use Group::{ChangeTrails, Delegate, Govern, Operate, ReadOrganization, ReadTrails, See};
    let table: [(Role, &[Group]); 5] = [
        (
            Role::OrganizationAdministrator,
            &[See, Operate, Govern, ReadTrails, ChangeTrails, Delegate, ReadOrganization],
        ),
        (Role::TrailAdministrator, &[See, Operate, ReadTrails, ChangeTrails, ReadOrganization]),
        (Role::SecurityAnalyst, &[See, Operate, ReadTrails, ReadOrganization]),
        (Role::Auditor, &[See, ReadTrails]),
        (Role::Member, &[See, ReadTrails, ChangeTrails]),
    ];
    for (role, groups) in table {
        for (target, below, beside) in [
            ("o-example001", "999999999999", None),
            ("r-ab12", OTHER, Some("999999999999")),
            ("ou-ab12-11111111", MEMBER, Some(OTHER)),
            (MEMBER, MEMBER, Some("ou-ab12-11111111")),
        ] {
            for action in Action::ALL {
                let at = |id: &str| {
                    if action.is_of_trail() { trail(id, false) } else { node(id) }
                };
                let grant = grant(role, target);
                let who = person(None);
                let here = verdict(&who, &grant, *action, &at(below), None);
                // Whoever has any role may know which organization it is.
                let is_for_all = *action == Action::DescribeOrganization;
                let wanted = is_for_all || groups.contains(&action.group());
                assert_eq!(here.is_enough(), wanted, "{role:?} {action} on {below} by {target}");
                if let Some(beside) = beside {
                    let there = verdict(&who, &grant, *action, &at(beside), None);
                    let words = format!("{role:?} {action} on {beside} by {target}");
                    assert_eq!(there.is_enough(), is_for_all, "{words}");
                }
            }
        }
    }
}

#[test]
fn members_see_the_organizations_trails_and_change_none() {
    let own = trail(MEMBER, false);
    let organization = trail(MANAGEMENT, true);
    let as_member = grant(Role::Member, MEMBER);
    let member = person(Some(MEMBER));
    assert!(verdict(&member, &as_member, Action::StopLogging, &own, None).is_enough());
    assert!(verdict(&member, &as_member, Action::GetTrail, &organization, None).is_enough());
    let refused = verdict(&member, &as_member, Action::StopLogging, &organization, None);
    assert_eq!(ids(&refused.refused_by), ["organization-trail-owner"]);
    assert!(!refused.allowed_by.is_empty(), "the role alone would allow it: {refused:?}");
    // Nor by a role of administrators, as long as the account isn't one.
    let of_trails = grant(Role::TrailAdministrator, "o-example001");
    let refused = verdict(&member, &of_trails, Action::DeleteTrail, &organization, None);
    assert_eq!(ids(&refused.refused_by), ["organization-trail-owner"]);
    let delegated = Person { is_delegated_administrator: true, ..member };
    assert!(verdict(&delegated, &of_trails, Action::DeleteTrail, &organization, None).is_enough());
    // Whose account is delegated still doesn't delegate.
    let of_all = grant(Role::OrganizationAdministrator, "o-example001");
    let whole = node("o-example001");
    let refused = verdict(&delegated, &of_all, Action::RegisterDelegatedAdmin, &whole, None);
    assert_eq!(ids(&refused.refused_by), ["management-account-only"]);
    assert!(
        verdict(&person(None), &of_all, Action::RegisterDelegatedAdmin, &whole, None).is_enough()
    );
}

#[test]
fn a_grant_ends_and_shows_its_period() {
    let who = person(None);
    let begin = now() - TimeDelta::days(30);
    let mut grant = grant(Role::Auditor, "ou-ab12-11111111");
    grant.from = Some(begin);
    grant.to = Some(now());
    let second = TimeDelta::seconds(1);
    for (at, rules) in [
        (None, &[][..]),
        (Some(begin), &[]),
        (Some(begin - second), &["before-the-period"]),
        (Some(now() - second), &[]),
        (Some(now()), &["after-the-period"]),
    ] {
        let found = verdict(&who, &grant, Action::SearchEvents, &node(MEMBER), at);
        assert_eq!(ids(&found.refused_by), rules, "{at:?}");
    }
    grant.expires_at = Some(now());
    let over = verdict(&who, &grant, Action::SearchEvents, &node(MEMBER), None);
    assert_eq!(ids(&over.refused_by), ["grant-is-over"]);
    grant.expires_at = Some(now() + second);
    assert!(verdict(&who, &grant, Action::SearchEvents, &node(MEMBER), None).is_enough());
}

#[test]
fn nobody_acts_for_a_suspended_account() {
    let suspended = Person { is_suspended: true, ..person(Some(MEMBER)) };
    let grant = grant(Role::OrganizationAdministrator, "o-example001");
    for action in Action::ALL {
        let resource = if action.is_of_trail() { trail(MEMBER, false) } else { node(MEMBER) };
        let found = verdict(&suspended, &grant, *action, &resource, None);
        assert!(!found.is_enough(), "{action}");
    }
}

#[test]
fn a_resource_that_is_nowhere_is_nobodys() {
    let grant = grant(Role::OrganizationAdministrator, "o-example001");
    let found = verdict(&person(None), &grant, Action::SearchEvents, &node("000000000000"), None);
    assert!(!found.is_enough());
}

#[test]
fn an_organization_may_forbid_and_nothing_else() {
    let own = ENGINE
        .read_own(
            "@id(\"no-search\") @words(\"Nobody searches payments.\")
             forbid (principal, action == Action::\"orgtrail:SearchEvents\", resource in Node::\"444455556666\")
             when { context.grant.role == \"security-analyst\" };",
        )
        .unwrap();
    assert_eq!(own.count(), 1);
    let (tree, who) = (tree(), person(None));
    let grants = [grant(Role::SecurityAnalyst, "o-example001")];
    let ask = |id: &str| {
        let resource = node(id);
        let action = Action::SearchEvents;
        let question = Question {
            person: &who,
            action,
            resource: &resource,
            tree: &tree,
            now: now(),
            at: None,
        };
        ENGINE.ask(question, &grants, Some(&own)).unwrap().remove(0)
    };
    assert_eq!(ids(&ask(MEMBER).refused_by), ["no-search"]);
    assert!(ask(OTHER).is_enough());
    for (text, words) in [
        ("permit (principal, action, resource);", "permits something"),
        ("forbid (principal, action, resource) when { resource.owner == resource };", "owner"),
        (
            "forbid (principal, action == Action::\"cloudtrail:StopLoging\", resource);",
            "StopLoging",
        ),
        ("forbid (principal action, resource);", "unexpected"),
        ("forbid (principal == ?principal, action, resource);", "template"),
        ("forbid (principal, action, resource) when { context.at < context.now };", "at"),
    ] {
        let error = ENGINE.read_own(text).unwrap_err().to_string();
        assert!(error.contains(words), "{text}: {error}");
    }
    assert!(ENGINE.read_own(&" ".repeat(70_000)).is_err());
    assert_eq!(ENGINE.read_own("").unwrap().count(), 0);
}

fn any_role() -> impl Strategy<Value = Role> {
    proptest::sample::select(Role::ALL.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is granted, and however names look: a member's account never changes the organization's trails.
    #[test]
    fn no_grant_widens_what_belongs_to_the_management_account(
        role in any_role(),
        target in proptest::sample::select(vec!["o-example001", "r-ab12", MANAGEMENT, MEMBER]),
        action in proptest::sample::select(Action::ALL.to_vec()),
        name in "\\PC{1,20}",
    ) {
        let who = Person { name, ..person(Some(MEMBER)) };
        let is_change = matches!(action.group(), Group::ChangeTrails | Group::Delegate);
        prop_assume!(is_change && action != Action::CreateTrail);
        let resource =
            if action.is_of_trail() { trail(MANAGEMENT, true) } else { node("o-example001") };
        prop_assert!(!verdict(&who, &grant(role, target), action, &resource, None).is_enough());
    }
}
