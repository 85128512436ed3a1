use super::*;

fn values(scope: &Scope, seed: u64) -> Values<'_> {
    let account = organization::account("payments");
    Values { account, region: "us-east-1", scope, seed, time: 1_763_649_127 }
}

#[test]
fn one_name_is_one_value_within_an_event() {
    let scope = Scope { variables: vec![], seed: 5 };
    let text = values(&scope, 1).fill("<bucket> <bucket> <bucket#other>");
    let parts: Vec<&str> = text.split(' ').collect();
    assert_eq!(parts[0], parts[1]);
    assert!(parts[0].starts_with("exampleorg-payments-"), "{text}");
}

#[test]
fn an_activity_keeps_its_values_over_all_events() {
    let scope = Scope { variables: vec![("role", "deploy".to_owned())], seed: 5 };
    let (one, two) = (values(&scope, 1), values(&scope, 2));
    assert_eq!(one.fill("<@uuid>"), two.fill("<@uuid>"));
    assert_ne!(one.fill("<uuid>"), two.fill("<uuid>"));
    assert_eq!(one.fill("<@role> <role-id>"), two.fill("deploy <role-id>"));
}

#[test]
fn an_open_bracket_is_left_alone() {
    let scope = Scope { variables: vec![], seed: 5 };
    assert_eq!(values(&scope, 1).fill("a <b"), "a <b");
}
