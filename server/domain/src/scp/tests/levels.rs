//! How the levels of a path work together.

use super::*;

const ALLOW_ALL: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
const DENY_STOP: &str = r#"[{"Effect":"Allow","Action":"*","Resource":"*"},
    {"Sid":"Guard","Effect":"Deny","Action":"cloudtrail:StopLogging","Resource":"*"}]"#;
const ALLOW_READ: &str =
    r#"{"Sid":"Read","Effect":"Allow","Action":"cloudtrail:Describe*","Resource":"*"}"#;

fn stop_logging() -> Request {
    request("cloudtrail:StopLogging", TRAIL, Context::default())
}

fn describe_trails() -> Request {
    request("cloudtrail:DescribeTrails", "*", Context::default())
}

/// Decides with one policy at each level.
fn decide(statements: &[&str], request: &Request) -> Decision {
    let policies: Vec<Policy> = statements.iter().map(|statement| policy(statement)).collect();
    let levels: Vec<Level<'_>> = policies
        .iter()
        .enumerate()
        .map(|(index, policy)| level(&format!("level-{index}"), &[("p-example1", policy)]))
        .collect();
    evaluate(&levels, request)
}

fn rule(statement: usize, sid: Option<&str>) -> Rule {
    Rule { policy_id: "p-example1".to_owned(), statement, sid: sid.map(str::to_owned) }
}

#[test]
fn every_level_must_allow() {
    for (levels, is_allowed) in [
        (&[ALLOW_ALL, ALLOW_ALL, ALLOW_ALL][..], true),
        (&[ALLOW_READ, ALLOW_ALL, ALLOW_ALL], false),
        (&[ALLOW_ALL, ALLOW_READ, ALLOW_ALL], false),
        (&[ALLOW_ALL, ALLOW_ALL, ALLOW_READ], false),
    ] {
        assert_eq!(decide(levels, &stop_logging()).is_allowed, is_allowed, "{levels:?}");
        assert!(decide(levels, &describe_trails()).is_allowed, "{levels:?}");
    }
}

#[test]
fn a_deny_at_any_level_wins() {
    for levels in [
        [DENY_STOP, ALLOW_ALL, ALLOW_ALL],
        [ALLOW_ALL, DENY_STOP, ALLOW_ALL],
        [ALLOW_ALL, ALLOW_ALL, DENY_STOP],
    ] {
        assert!(!decide(&levels, &stop_logging()).is_allowed);
        assert!(decide(&levels, &describe_trails()).is_allowed);
    }
}

#[test]
fn without_a_level_nothing_is_allowed() {
    let decision = evaluate(&[], &describe_trails());
    assert_eq!(decision, Decision { is_allowed: false, steps: Vec::new() });
    assert_eq!(decision.deciding_step(), None);
}

#[test]
fn a_level_without_policies_allows_nothing() {
    let all = policy(ALLOW_ALL);
    let levels = [level("r-ab12", &[("p-FullAWSAccess", &all)]), level("111122223333", &[])];
    let decision = evaluate(&levels, &describe_trails());
    assert!(!decision.is_allowed);
    assert_eq!(decision.steps[1].outcome, Outcome::NotAllowed);
}

#[test]
fn the_steps_tell_which_rules_decided() {
    let decision = decide(&[ALLOW_ALL, ALLOW_READ, DENY_STOP], &stop_logging());
    let outcomes: Vec<&Outcome> = decision.steps.iter().map(|step| &step.outcome).collect();
    assert_eq!(
        outcomes,
        [
            &Outcome::Allowed { by: vec![rule(0, None)] },
            &Outcome::NotAllowed,
            &Outcome::Denied { by: vec![rule(1, Some("Guard"))] },
        ]
    );
    assert_eq!(decision.steps[1].level_id, "level-1");
    assert_eq!(decision.steps[1].level_name, "the level level-1");
    // An explicit deny tells more than silence above it.
    assert_eq!(decision.deciding_step(), Some(&decision.steps[2]));

    let decision = decide(&[ALLOW_ALL, ALLOW_READ], &stop_logging());
    assert_eq!(decision.deciding_step(), Some(&decision.steps[1]));

    let decision = decide(&[ALLOW_ALL, ALLOW_READ], &describe_trails());
    assert_eq!(decision.steps[1].outcome, Outcome::Allowed { by: vec![rule(0, Some("Read"))] });
    assert_eq!(decision.deciding_step(), None);
}

#[test]
fn all_deciding_rules_of_a_level_are_named() {
    let (first, second) = (policy(DENY_STOP), policy(DENY_STOP));
    let levels = [level("r-ab12", &[("p-first123", &first), ("p-second12", &second)])];
    let decision = evaluate(&levels, &stop_logging());
    let Outcome::Denied { by } = &decision.steps[0].outcome else { panic!("{decision:?}") };
    let ids: Vec<&str> = by.iter().map(|rule| rule.policy_id.as_str()).collect();
    assert_eq!(ids, ["p-first123", "p-second12"]);
}

#[test]
fn a_decision_survives_its_way_to_the_console() {
    let decision = decide(&[ALLOW_ALL, ALLOW_READ, DENY_STOP], &stop_logging());
    let json = serde_json::to_string(&decision).unwrap();
    assert_eq!(serde_json::from_str::<Decision>(&json).unwrap(), decision);
    assert!(json.contains(r#""outcome":{"kind":"not_allowed"}"#), "{json}");
}
