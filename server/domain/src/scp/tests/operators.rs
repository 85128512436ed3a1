//! Every condition operator, and what it makes of absent keys and of several values.

use super::*;

/// The policy's value or values as JSON, the request's values, and whether the condition holds.
#[track_caller]
fn check(operator: &str, wanted: &str, values: &[&str], expected: bool) {
    let statement = format!(
        r#"{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{{"{operator}":{{"aws:Key":{wanted}}}}}}}"#
    );
    let mut context = Context::default();
    context.insert_all("AWS:key", values.iter().copied());
    let request = request("s3:GetObject", "*", context);
    assert_eq!(applies(&statement, &request), expected, "{operator} {wanted} on {values:?}");
}

/// The same for a positive operator and, turned round, for its negation.
#[track_caller]
fn check_both(operators: [&str; 2], wanted: &str, value: &str, expected: bool) {
    check(operators[0], wanted, &[value], expected);
    check(operators[1], wanted, &[value], !expected);
}

#[test]
fn texts_are_compared_exactly() {
    let operators = ["StringEquals", "StringNotEquals"];
    check_both(operators, r#""red""#, "red", true);
    check_both(operators, r#""red""#, "Red", false);
    check_both(operators, r#""red""#, "reds", false);
    check_both(operators, r#""r*d""#, "red", false);
    check_both(operators, r#""r*d""#, "r*d", true);
    check_both(operators, r#""r?d""#, "red", false);
    check_both(operators, r#""""#, "", true);
    check_both(operators, r#"["blue","red"]"#, "red", true);
    check_both(operators, r#"["blue","red"]"#, "green", false);
    check_both(operators, "5", "5", true);
    check_both(operators, "true", "true", true);
}

#[test]
fn texts_are_compared_without_case_on_request() {
    let operators = ["StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"];
    check_both(operators, r#""red""#, "rED", true);
    check_both(operators, r#""Straße""#, "sTRAßE", true);
    check_both(operators, r#""ΌΣΟΣ""#, "όσοσ", true);
    check_both(operators, r#""red""#, "reds", false);
    check_both(operators, r#""r*""#, "red", false);
    check_both(operators, r#""R*""#, "r*", true);
    check_both(operators, r#"["blue","red"]"#, "BLUE", true);
}

#[test]
fn texts_are_compared_with_wildcards() {
    let operators = ["StringLike", "StringNotLike"];
    check_both(operators, r#""r*""#, "red", true);
    check_both(operators, r#""r*""#, "Red", false);
    check_both(operators, r#""r?d""#, "red", true);
    check_both(operators, r#""r?d""#, "rd", false);
    check_both(operators, r#""*e*""#, "red", true);
    check_both(operators, r#""*""#, "", true);
    check_both(operators, r#""a*b*c""#, "a:1/b-b-c", true);
    check_both(operators, r#"["b*","r*"]"#, "red", true);
}

#[test]
fn numbers_are_compared_by_value() {
    let equal = ["NumericEquals", "NumericNotEquals"];
    check_both(equal, r#""10""#, "10.0", true);
    check_both(equal, "10", "010", true);
    check_both(equal, "-0", "0", true);
    check_both(equal, r#""9007199254740993""#, "9007199254740992", false);
    check_both(equal, "10", "ten", false);
    check_both(equal, "10", "1e1", false);
    for (value, less, equal, greater) in [
        ("9", true, false, false),
        ("9.99", true, false, false),
        ("-11", true, false, false),
        ("10", false, true, false),
        ("10.01", false, false, true),
        ("100", false, false, true),
        ("ten", false, false, false),
    ] {
        check("NumericLessThan", "10", &[value], less);
        check("NumericLessThanEquals", "10", &[value], less || equal);
        check("NumericGreaterThan", "10", &[value], greater);
        check("NumericGreaterThanEquals", "10", &[value], greater || equal);
    }
    check("NumericLessThan", "-10", &["-10.5"], true);
    check("NumericLessThan", "-10", &["-9.5"], false);
    check("NumericGreaterThan", "0.45", &["0.5"], true);
}

#[test]
fn times_are_compared_as_instants() {
    let equal = ["DateEquals", "DateNotEquals"];
    let noon = r#""2026-03-01T12:00:00Z""#;
    for same in [
        "2026-03-01T12:00:00Z",
        "2026-03-01T12:00Z",
        "2026-03-01T12:00:00.000Z",
        "2026-03-01T13:00:00+01:00",
        "2026-03-01T07:30-04:30",
        "1772366400",
    ] {
        check_both(equal, noon, same, true);
    }
    for other in ["2026-03-01T12:00:01Z", "2026-03-01", "1772366401", "noon", "2026-03-01T12:00:00"]
    {
        check_both(equal, noon, other, false);
    }
    check_both(equal, r#""2026-03-01""#, "2026-03-01T00:00:00Z", true);
    check_both(equal, r#""2026-03""#, "2026-03-01", true);
    check_both(equal, r#""2026""#, "2026-01-01", true);
    check_both(equal, "1772366400", "2026-03-01T12:00:00Z", true);
    for (value, less, equal, greater) in [
        ("2026-03-01T11:59:59.999Z", true, false, false),
        ("2026-03-01T12:00:00Z", false, true, false),
        ("2026-03-01T13:00:00Z", false, false, true),
        ("noon", false, false, false),
    ] {
        check("DateLessThan", noon, &[value], less);
        check("DateLessThanEquals", noon, &[value], less || equal);
        check("DateGreaterThan", noon, &[value], greater);
        check("DateGreaterThanEquals", noon, &[value], greater || equal);
    }
}

#[test]
fn booleans_and_bytes_are_compared() {
    check("Bool", r#""true""#, &["true"], true);
    check("Bool", "true", &["true"], true);
    check("Bool", r#""false""#, &["true"], false);
    check("Bool", r#""False""#, &["false"], true);
    check("Bool", r#""false""#, &["0"], false);
    check("BinaryEquals", r#""QmluYXJ5""#, &["QmluYXJ5"], true);
    check("BinaryEquals", r#""QmluYXJ5""#, &["qmluyxj5"], false);
    check("BinaryEquals", r#""QmluYXJ5""#, &["Binary!"], false);
}

#[test]
fn addresses_are_looked_up_in_networks() {
    let operators = ["IpAddress", "NotIpAddress"];
    check_both(operators, r#""203.0.113.0/24""#, "203.0.113.77", true);
    check_both(operators, r#""203.0.113.0/24""#, "203.0.114.1", false);
    check_both(operators, r#""203.0.113.5/24""#, "203.0.113.77", true);
    check_both(operators, r#""203.0.113.5""#, "203.0.113.5", true);
    check_both(operators, r#""203.0.113.5""#, "203.0.113.6", false);
    check_both(operators, r#""0.0.0.0/0""#, "203.0.113.5", true);
    check_both(operators, r#""0.0.0.0/0""#, "2001:db8::1", false);
    check_both(operators, r#""2001:DB8:1234:5678::/64""#, "2001:db8:1234:5678:0:0:0:1", true);
    check_both(operators, r#""2001:DB8:1234:5678::/64""#, "2001:db8:1234:5679::1", false);
    check_both(operators, r#"["10.0.0.0/8","2001:db8::/32"]"#, "2001:db8::1", true);
    // A service that calls for somebody has a name in place of an address.
    check_both(operators, r#""0.0.0.0/0""#, "cloudformation.amazonaws.com", false);
}

#[test]
fn arns_are_compared_part_by_part() {
    for operators in [["ArnLike", "ArnNotLike"], ["ArnEquals", "ArnNotEquals"]] {
        let role = "arn:aws:iam::111122223333:role/ops/Auditor";
        check_both(operators, r#""arn:aws:iam::111122223333:role/ops/Auditor""#, role, true);
        check_both(operators, r#""arn:aws:iam::*:role/*""#, role, true);
        check_both(operators, r#""arn:aws:iam::*:role/*/A?ditor""#, role, true);
        check_both(operators, r#""arn:*:iam::1111*3333:*""#, role, true);
        check_both(operators, r#""*""#, role, true);
        check_both(operators, r#""arn:aws:iam::*:role/auditor""#, role, false);
        check_both(operators, r#""arn:aws:iam::444455556666:role/*""#, role, false);
        // A wildcard stays within its part, and nothing is added.
        check_both(operators, r#""arn:aws:iam:*:role/ops/Auditor""#, role, false);
        check_both(operators, r#""arn:*""#, role, false);
        check_both(operators, r#""arn:aws:iam::*:role/*""#, "Auditor", false);
        let group = "arn:aws:logs:eu-west-1:111122223333:log-group:a:b";
        check_both(operators, r#""arn:aws:logs:*:*:log-group:*:b""#, group, true);
    }
}

#[test]
fn null_asks_whether_a_key_is_absent() {
    for prefix in ["", "ForAllValues:", "ForAnyValue:"] {
        let operator = format!("{prefix}Null");
        check(&operator, r#""true""#, &[], true);
        check(&operator, "true", &["x"], false);
        check(&operator, r#""false""#, &[], false);
        check(&operator, "false", &["x"], true);
        check(&operator, "false", &[""], true);
        check(&operator, r#"["true","false"]"#, &[], true);
    }
}

#[test]
fn an_absent_key_fails_a_positive_operator_and_passes_a_negated_one() {
    for (operator, wanted, is_negated) in [
        ("StringEquals", r#""a""#, false),
        ("StringNotEquals", r#""a""#, true),
        ("StringEqualsIgnoreCase", r#""a""#, false),
        ("StringNotEqualsIgnoreCase", r#""a""#, true),
        ("StringLike", r#""*""#, false),
        ("StringNotLike", r#""*""#, true),
        ("NumericEquals", "1", false),
        ("NumericNotEquals", "1", true),
        ("NumericLessThan", "1", false),
        ("NumericLessThanEquals", "1", false),
        ("NumericGreaterThan", "1", false),
        ("NumericGreaterThanEquals", "1", false),
        ("DateEquals", r#""2026""#, false),
        ("DateNotEquals", r#""2026""#, true),
        ("DateLessThan", r#""2026""#, false),
        ("DateLessThanEquals", r#""2026""#, false),
        ("DateGreaterThan", r#""2026""#, false),
        ("DateGreaterThanEquals", r#""2026""#, false),
        ("Bool", "false", false),
        ("BinaryEquals", r#""QQ==""#, false),
        ("IpAddress", r#""0.0.0.0/0""#, false),
        ("NotIpAddress", r#""0.0.0.0/0""#, true),
        ("ArnEquals", r#""*""#, false),
        ("ArnNotEquals", r#""*""#, true),
        ("ArnLike", r#""*""#, false),
        ("ArnNotLike", r#""*""#, true),
    ] {
        check(operator, wanted, &[], is_negated);
        check(&format!("{operator}IfExists"), wanted, &[], true);
        check(&format!("ForAllValues:{operator}"), wanted, &[], true);
        check(&format!("ForAnyValue:{operator}"), wanted, &[], false);
        check(&format!("ForAllValues:{operator}IfExists"), wanted, &[], true);
        check(&format!("ForAnyValue:{operator}IfExists"), wanted, &[], true);
    }
}

#[test]
fn if_exists_changes_nothing_for_a_key_that_is_there() {
    check_both(["StringEqualsIfExists", "StringNotEqualsIfExists"], r#""red""#, "red", true);
    check_both(["StringEqualsIfExists", "StringNotEqualsIfExists"], r#""red""#, "blue", false);
    check("StringEqualsIfExists", r#""red""#, &[""], false);
    check("BoolIfExists", "true", &["false"], false);
    check("ForAnyValue:StringEqualsIfExists", r#""red""#, &["blue", "green"], false);
}

#[test]
fn set_operators_ask_all_values_or_any() {
    let wanted = r#"["red","blue"]"#;
    for (values, all_equal, any_equal) in [
        (&["red"][..], true, true),
        (&["red", "blue"], true, true),
        (&["red", "green"], false, true),
        (&["green", "black"], false, false),
    ] {
        check("ForAllValues:StringEquals", wanted, values, all_equal);
        check("ForAnyValue:StringEquals", wanted, values, any_equal);
        // Each value must match none of the policy's; at least one must.
        check("ForAllValues:StringNotEquals", wanted, values, !any_equal);
        check("ForAnyValue:StringNotEquals", wanted, values, !all_equal);
    }
    check("ForAllValues:StringLike", r#""cost-*""#, &["cost-a", "cost-b"], true);
    check("ForAnyValue:StringLike", r#""o-a/r-b/ou-*""#, &["o-a/r-b/", "o-a/r-b/ou-1/"], true);
    // Nothing but empty texts is a set without values.
    check("ForAllValues:StringEquals", wanted, &[""], true);
    check("ForAnyValue:StringNotEquals", wanted, &[""], false);
    check("ForAllValues:StringEquals", wanted, &["", "red"], false);
}

#[test]
fn without_a_prefix_any_value_matches_and_no_value_may() {
    check("StringEquals", r#""red""#, &["blue", "red"], true);
    check("StringNotEquals", r#""red""#, &["blue", "red"], false);
    check("StringNotEquals", r#""red""#, &["blue", "green"], true);
}

#[test]
fn all_operators_and_all_keys_must_hold() {
    let statement = r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{
        "StringEquals":{"aws:a":"1","aws:b":["1","2"]},"Bool":{"aws:c":"true"},"Null":{}}}"#;
    for (a, b, c, expected) in [
        ("1", "2", "true", true),
        ("2", "2", "true", false),
        ("1", "3", "true", false),
        ("1", "1", "false", false),
    ] {
        let context = Context::from_iter([("aws:a", a), ("aws:b", b), ("aws:c", c)]);
        assert_eq!(applies(statement, &request("s3:GetObject", "*", context)), expected);
    }
    let statement = r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{}}"#;
    assert!(applies(statement, &request("s3:GetObject", "*", Context::default())));
}
