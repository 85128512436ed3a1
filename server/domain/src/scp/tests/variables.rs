//! What policy variables stand for.

use super::*;

fn context() -> Context {
    let mut context = Context::from_iter([
        ("aws:username", "alice"),
        ("aws:PrincipalTag/team", "red"),
        ("aws:PrincipalTag/star", "*"),
        ("aws:PrincipalTag/one", "?"),
        ("aws:PrincipalTag/empty", ""),
        ("aws:PrincipalArn", "arn:aws:iam::111122223333:role/Auditor"),
    ]);
    context.insert_all("aws:TagKeys", ["a", "b"]);
    context
}

#[track_caller]
fn check_resource(pattern: &str, resource: &str, expected: bool) {
    for (element, expected) in [("Resource", expected), ("NotResource", !expected)] {
        let statement = format!(r#"{{"Effect":"Deny","Action":"*","{element}":"{pattern}"}}"#);
        let request = request("s3:GetObject", resource, context());
        assert_eq!(applies(&statement, &request), expected, "{element} {pattern} on {resource}");
    }
}

/// Compares a policy's value with a value of the request.
#[track_caller]
fn check_value(operator: &str, wanted: &str, value: &str, expected: bool) {
    let statement = format!(
        r#"{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{{"{operator}":{{"s3:prefix":"{wanted}"}}}}}}"#
    );
    let mut context = context();
    context.insert("s3:prefix", value);
    let request = request("s3:ListBucket", "*", context);
    assert_eq!(applies(&statement, &request), expected, "{operator} {wanted} on {value}");
}

#[test]
fn a_variable_stands_for_the_value_of_its_key() {
    check_resource("arn:aws:s3:::home/${aws:username}/*", "arn:aws:s3:::home/alice/a", true);
    check_resource("arn:aws:s3:::home/${aws:username}/*", "arn:aws:s3:::home/bob/a", false);
    // Names of keys have no case.
    check_resource("arn:aws:s3:::home/${AWS:UserName}/*", "arn:aws:s3:::home/alice/a", true);
    check_resource("${aws:PrincipalArn}", "arn:aws:iam::111122223333:role/Auditor", true);
    check_value("StringEquals", "${aws:username}", "alice", true);
    check_value("StringEquals", "home/${aws:username}", "home/bob", false);
    check_value("StringNotEquals", "${aws:username}", "alice", false);
    check_value("StringLike", "${aws:username}/*", "alice/a", true);
    check_value("StringEqualsIgnoreCase", "${aws:PrincipalTag/team}", "RED", true);
    check_value("ArnLike", "${aws:PrincipalArn}", "arn:aws:iam::111122223333:role/Auditor", true);
    check_value("ArnLike", "arn:aws:s3:::${aws:username}*", "arn:aws:s3:::alice-logs", true);
}

#[test]
fn a_default_takes_the_place_of_a_missing_value() {
    let pattern = "arn:aws:s3:::${aws:PrincipalTag/bucket, 'company-wide'}/*";
    check_resource(pattern, "arn:aws:s3:::company-wide/a", true);
    check_resource(pattern, "arn:aws:s3:::other/a", false);
    check_value("StringEquals", "${aws:PrincipalTag/team, 'blue'}", "red", true);
    check_value("StringEquals", "${aws:PrincipalTag/team, 'blue'}", "blue", false);
    check_value("StringEquals", "${aws:PrincipalTag/empty,'blue'}", "blue", true);
    check_value("StringEquals", "${aws:TagKeys, 'none, } at all' }", "none, } at all", true);
}

#[test]
fn a_variable_without_a_value_matches_nothing() {
    check_resource("arn:aws:s3:::${aws:PrincipalTag/bucket}*", "arn:aws:s3:::logs", false);
    check_value("StringEquals", "${aws:PrincipalTag/none}", "", false);
    check_value("StringNotEquals", "${aws:PrincipalTag/none}", "", true);
    check_value("StringEquals", "${aws:PrincipalTag/empty}", "", false);
    check_value("StringLike", "*${aws:PrincipalTag/none}", "a", false);
    check_value("ArnNotLike", "${aws:PrincipalTag/none}", TRAIL, true);
    // A key with several values is no variable.
    check_value("StringEquals", "${aws:TagKeys}", "a", false);
}

#[test]
fn a_wildcard_from_a_value_means_itself() {
    check_value("StringLike", "${aws:PrincipalTag/star}", "*", true);
    check_value("StringLike", "${aws:PrincipalTag/star}", "anything", false);
    check_value("StringLike", "${aws:PrincipalTag/one}", "?", true);
    check_value("StringLike", "${aws:PrincipalTag/one}", "a", false);
    check_value("StringLike", "${aws:PrincipalTag/none, '*'}", "anything", false);
    check_value("StringLike", "${aws:PrincipalTag/none, '*'}", "*", true);
    check_resource("arn:aws:s3:::${aws:PrincipalTag/star}", "arn:aws:s3:::logs", false);
    check_resource("arn:aws:s3:::${aws:PrincipalTag/star}", "arn:aws:s3:::*", true);
}

#[test]
fn three_characters_have_a_spelling_for_themselves() {
    check_value("StringLike", "a${*}", "a*", true);
    check_value("StringLike", "a${*}", "ab", false);
    check_value("StringLike", "a${?}", "a?", true);
    check_value("StringLike", "a${?}", "ab", false);
    check_value("StringLike", "a${$}{b}", "a${b}", true);
    check_value("StringEquals", "a${*}", "a*", true);
    check_resource("arn:aws:s3:::logs/${*}", "arn:aws:s3:::logs/a", false);
    // And a dollar alone is one.
    check_value("StringEquals", "5$ a$", "5$ a$", true);
}

#[test]
fn other_operators_know_no_variables() {
    for operator in ["NumericEquals", "DateEquals", "Bool", "BinaryEquals", "IpAddress", "Null"] {
        let content = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Deny","Action":"*","Resource":"*",
                "Condition":{{"{operator}":{{"aws:x":"${{aws:username}}"}}}}}}}}"#
        );
        let error = Policy::parse(&content).unwrap_err();
        assert_eq!(error.path, format!("Statement.Condition.{operator}.aws:x"), "{error}");
    }
}
