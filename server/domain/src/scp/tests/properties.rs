//! What must hold whatever policies say.

use super::slow::{self, Asked, Statement, Tree};
use super::*;
use crate::scp::arn::covers_resource;
use crate::scp::pattern::{Token, matches};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const ACTIONS: &[&str] = &[
    "*",
    "cloudtrail:*",
    "cloudtrail:Stop*",
    "CLOUDTRAIL:?topLogging",
    "s3:*Object",
    "*:*et*",
    "iam:*",
];

const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::logs/*",
    "arn:aws:s3:::${aws:USERname}/*",
    "arn:aws:s3:::${aws:team, 'no*team'}*",
    "arn:aws:s3:::logs/${*}",
    "arn:aws:cloudtrail:*:trail/audit",
    "arn:aws:cloudtrail:eu*1:*:trail/?udit",
    "arn:aws:s3",
    "${aws:USERname}",
];

const KEYS: &[&str] = &["aws:username", "aws:Team", "aws:K1", "AWS:k2"];

const TEXTS: &[&str] = &[
    "red",
    "Red",
    "r*",
    "?ed",
    "*",
    "",
    "${aws:USERname}",
    "${aws:team, 'no*team'}",
    "${*}",
    "${$}",
    "arn:aws:s3:::logs/*",
    "arn:*:s3:::${aws:USERname}",
];

const NUMBERS: &[&str] = &["1", "2", "01", "1.5", "-3", "1.50"];
const TIMES: &[&str] =
    &["2026-03-01", "2026-03-01T00:00Z", "1772323200", "2026-03-02T00:00:00Z", "2"];
const NETWORKS: &[&str] =
    &["10.0.0.0/8", "10.0.0.1", "203.0.113.9/24", "2001:db8::/32", "0.0.0.0/0"];

/// Values of the request, for every operator some that match and some that it can't read.
const VALUES: &[&str] = &[
    "red",
    "RED",
    "",
    "*",
    "$",
    "no*team",
    "arn:aws:s3:::logs/a",
    "arn:aws:s3:::red",
    "1",
    "1.5",
    "-3",
    "1772323200",
    "2026-03-01T13:00:00+01:00",
    "true",
    "false",
    "QQ==",
    "10.0.0.1",
    "203.0.113.77",
    "2001:db8::1",
];

/// Operators that take the same values.
fn any_test() -> impl Strategy<Value = (&'static str, Vec<&'static str>)> {
    let families: [(&[&str], &[&str]); 7] = [
        (
            &[
                "StringEquals",
                "StringNotEquals",
                "StringEqualsIgnoreCase",
                "StringNotEqualsIgnoreCase",
            ],
            TEXTS,
        ),
        (
            &["StringLike", "StringNotLike", "ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals"],
            TEXTS,
        ),
        (
            &[
                "NumericEquals",
                "NumericNotEquals",
                "NumericLessThan",
                "NumericLessThanEquals",
                "NumericGreaterThan",
                "NumericGreaterThanEquals",
            ],
            NUMBERS,
        ),
        (
            &[
                "DateEquals",
                "DateNotEquals",
                "DateLessThan",
                "DateLessThanEquals",
                "DateGreaterThan",
                "DateGreaterThanEquals",
            ],
            TIMES,
        ),
        (&["IpAddress", "NotIpAddress"], NETWORKS),
        (&["Bool", "Null"], &["true", "false"]),
        (&["BinaryEquals"], &["QQ==", "Qg=="]),
    ];
    select(families.to_vec())
        .prop_flat_map(|(names, values)| (select(names), subsequence(values, 1..=2)))
}

fn any_condition() -> impl Strategy<Value = (String, (&'static str, Vec<&'static str>))> {
    let prefix = select(vec!["", "", "ForAllValues:", "ForAnyValue:"]);
    (prefix, any_test(), any::<bool>(), select(KEYS)).prop_map(
        |(prefix, (name, values), if_exists, key)| {
            let suffix = if if_exists && name != "Null" { "IfExists" } else { "" };
            (format!("{prefix}{name}{suffix}"), (key, values))
        },
    )
}

fn any_statement() -> impl Strategy<Value = Statement> {
    let actions = (select(vec!["Action", "Action", "NotAction"]), subsequence(ACTIONS, 1..=2));
    let resources =
        (select(vec!["Resource", "Resource", "NotResource"]), subsequence(RESOURCES, 1..=2));
    let conditions = prop::collection::vec(any_condition(), 0..3);
    (prop::bool::weighted(0.7), actions, resources, conditions).prop_map(
        |(is_allow, actions, resources, conditions)| Statement {
            is_allow,
            actions,
            resources,
            conditions: conditions.into_iter().collect(),
        },
    )
}

fn any_tree() -> impl Strategy<Value = Tree> {
    let policy = prop::collection::vec(any_statement(), 1..4);
    let level = prop::collection::vec(policy, 0..4);
    prop::collection::vec(level, 0..4)
}

fn any_asked() -> impl Strategy<Value = Asked> {
    let actions = select(vec!["cloudtrail:StopLogging", "s3:GetObject", "S3:putobject"]);
    let resources = select(vec![
        "*",
        TRAIL,
        "arn:aws:s3:::logs/a",
        "arn:aws:s3:::red/b",
        "arn:aws:s3:::logs/*",
    ]);
    let names = select(vec!["aws:username", "aws:team", "aws:k1", "aws:k2"]);
    let values = subsequence(VALUES, 0..=3);
    let context = prop::collection::btree_map(names, values, 0..=4);
    (actions, resources, context).prop_map(|(action, resource, context)| Asked {
        action,
        resource,
        context,
    })
}

fn written(statements: &[Statement]) -> Policy {
    let statements: Vec<Value> = statements
        .iter()
        .map(|statement| {
            let conditions: BTreeMap<&String, Value> = statement
                .conditions
                .iter()
                .map(|(name, (key, values))| (name, json!({*key: values})))
                .collect();
            json!({
                "Effect": if statement.is_allow { "Allow" } else { "Deny" },
                statement.actions.0: statement.actions.1,
                statement.resources.0: statement.resources.1,
                "Condition": conditions,
            })
        })
        .collect();
    policy(&json!(statements).to_string())
}

fn with_levels<T>(tree: &Tree, ask: impl FnOnce(&[Level<'_>]) -> T) -> T {
    let policies: Vec<Vec<Policy>> = tree
        .iter()
        .map(|level| level.iter().map(|statements| written(statements)).collect())
        .collect();
    let levels: Vec<Level<'_>> = policies
        .iter()
        .map(|policies| {
            let named: Vec<(&str, &Policy)> =
                policies.iter().map(|policy| ("p-example1", policy)).collect();
            level("ou-ab12-cd34ef56", &named)
        })
        .collect();
    ask(&levels)
}

fn decide(tree: &Tree, asked: &Asked) -> Decision {
    let mut context = Context::default();
    for (key, values) in &asked.context {
        context.insert_all(key, values.iter().copied());
    }
    let asked = request(asked.action, asked.resource, context);
    with_levels(tree, |levels| evaluate(levels, &asked))
}

/// What each level says, without who says it.
fn kinds(decision: &Decision) -> Vec<(&'static str, usize)> {
    let kind = |step: &Step| match &step.outcome {
        Outcome::Allowed { by } => ("allowed", by.len()),
        Outcome::Denied { by } => ("denied", by.len()),
        Outcome::NotAllowed => ("not allowed", 0),
    };
    decision.steps.iter().map(kind).collect()
}

fn tokens(pattern: &str) -> Vec<Token> {
    pattern.chars().map(Token::of).collect()
}

/// JSON in which the words of policies are frequent.
fn any_json() -> impl Strategy<Value = Value> {
    let words = vec![
        "Version",
        "2012-10-17",
        "Statement",
        "Sid",
        "Effect",
        "Allow",
        "Deny",
        "Action",
        "NotAction",
        "Resource",
        "Condition",
        "StringLike",
        "DateEquals",
        "IpAddress",
        "Null",
        "aws:x",
        "*",
        "arn:aws:s3:::${aws:x, '",
        "é",
    ];
    let word = prop_oneof![4 => select(words).prop_map(str::to_owned), 1 => any::<String>()];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 40, 5, move |inner| {
        let object = prop::collection::hash_map(word.clone(), inner.clone(), 0..5);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            object.prop_map(|entries| entries.into_iter().collect::<Value>()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// The evaluation agrees with one that is too simple to be wrong.
    #[test]
    fn the_slow_evaluator_agrees(tree in any_tree(), asked in any_asked()) {
        prop_assert_eq!(decide(&tree, &asked).is_allowed, slow::is_allowed(&tree, &asked));
    }

    /// One statement with one condition, so that no other rule hides what an operator says.
    #[test]
    fn the_slow_evaluator_agrees_on_conditions(condition in any_condition(), asked in any_asked()) {
        let statement = Statement {
            is_allow: true,
            actions: ("Action", vec!["*"]),
            resources: ("Resource", vec!["*"]),
            conditions: BTreeMap::from([condition]),
        };
        let tree = vec![vec![vec![statement]]];
        prop_assert_eq!(decide(&tree, &asked).is_allowed, slow::is_allowed(&tree, &asked));
    }

    /// What is certain of a part is true of every whole that it may belong to.
    #[test]
    fn what_is_foreseen_comes_true(tree in any_tree(), asked in any_asked(), known in any::<[bool; 4]>()) {
        let decided = decide(&tree, &asked).is_allowed;
        let parts = asked.context.iter().zip(known).filter(|((_, values), is_known)| *is_known && !values.is_empty());
        let mut context = Context::default();
        for ((key, values), _) in parts {
            context.insert_all(key, values.iter().copied());
        }
        let call = Call { action: asked.action.to_owned(), known: context };
        match with_levels(&tree, |levels| foresee(levels, &call)) {
            Foresight::Open => prop_assert!(decided),
            Foresight::Blocked { .. } => prop_assert!(!decided),
            Foresight::Depends { on } => prop_assert!(!on.is_empty()),
        }
    }

    /// A further guard can be attached anywhere without opening anything.
    #[test]
    fn a_deny_never_grants(
        tree in any_tree(), deny in any_statement(), at in any::<prop::sample::Index>(), asked in any_asked(),
    ) {
        let before = decide(&tree, &asked).is_allowed;
        let mut tree = tree;
        if !tree.is_empty() {
            let level = at.index(tree.len());
            tree[level].push(vec![Statement { is_allow: false, ..deny }]);
        }
        prop_assert!(before || !decide(&tree, &asked).is_allowed);
    }

    /// Nothing is closed by allowing more.
    #[test]
    fn an_allow_never_revokes(
        tree in any_tree(), allow in any_statement(), at in any::<prop::sample::Index>(), asked in any_asked(),
    ) {
        let before = decide(&tree, &asked).is_allowed;
        let mut tree = tree;
        if !tree.is_empty() {
            let level = at.index(tree.len());
            tree[level].push(vec![Statement { is_allow: true, ..allow }]);
        }
        prop_assert!(!before || decide(&tree, &asked).is_allowed);
    }

    /// An account that moves deeper below the same units can only lose.
    #[test]
    fn a_further_level_never_grants(tree in any_tree(), more in any_tree(), asked in any_asked()) {
        let before = decide(&tree, &asked).is_allowed;
        prop_assume!(!tree.is_empty());
        let deeper: Tree = tree.into_iter().chain(more).collect();
        prop_assert!(before || !decide(&deeper, &asked).is_allowed);
    }

    /// Order never matters, so policies and statements can be stored as sets.
    #[test]
    fn order_is_irrelevant(tree in any_tree(), asked in any_asked()) {
        let mut reversed = tree.clone();
        for level in &mut reversed {
            level.reverse();
            for policy in level {
                policy.reverse();
            }
        }
        let (one, other) = (decide(&tree, &asked), decide(&reversed, &asked));
        prop_assert_eq!(one.is_allowed, other.is_allowed);
        prop_assert_eq!(kinds(&one), kinds(&other));
    }

    #[test]
    fn wildcards_equal_the_slow_matcher(pattern in "[ab*?]{0,8}", text in "[ab]{0,10}") {
        prop_assert_eq!(matches(&tokens(&pattern), text.chars()), slow::glob(&pattern, &text));
    }

    #[test]
    fn resources_equal_the_slow_matcher(
        pattern in prop_oneof!["[a:*?]{0,14}", "[a*?]{0,3}:::::[a:*?]{0,6}"],
        text in prop_oneof!["[a:]{0,16}", "a{0,3}:::::[a:]{0,6}"],
    ) {
        prop_assert_eq!(covers_resource(&tokens(&pattern), &text), slow::covers(&pattern, &text));
    }

    #[test]
    fn nothing_makes_the_parser_panic(json in any_json(), text in any::<String>()) {
        drop(Policy::parse(&json.to_string()));
        drop(Policy::parse(&json!({"Version": "2012-10-17", "Statement": json}).to_string()));
        drop(Policy::parse(&text));
        let statement = json!({"Effect": "Deny", "Action": "*", "Resource": text, "Condition": json});
        drop(Policy::parse(&json!({"Version": "2012-10-17", "Statement": statement}).to_string()));
    }

    /// Neither do the values of a request.
    #[test]
    fn nothing_makes_the_evaluation_panic(condition in any_condition(), value in any::<String>()) {
        let statement = Statement {
            is_allow: true,
            actions: ("Action", vec!["*"]),
            resources: ("Resource", RESOURCES.to_vec()),
            conditions: BTreeMap::from([condition]),
        };
        let policy = written(&[statement]);
        let context = KEYS.iter().map(|key| (*key, value.clone())).collect();
        let levels = [level("r-ab12", &[("p-example1", &policy)])];
        drop(evaluate(&levels, &request(&value, &value, context)));
    }
}
