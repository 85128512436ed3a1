//! What is a policy and what isn't.

use super::*;

const GOOD: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Read", "Effect": "Allow", "Action": "*", "Resource": "*"},
    {"Sid": "Guard1", "Effect": "Deny", "NotAction": ["iam:*", "s3:Get*"], "NotResource": ["arn:aws:s3:::logs/*"],
      "Condition": {"StringNotLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/ops"]}, "Bool": {"aws:ViaAWSService": "false"}}}
  ]
}"#;

#[test]
fn a_good_policy_is_read() {
    let policy = Policy::parse(GOOD).unwrap();
    assert_eq!(policy.statements().len(), 2);
    assert_eq!(policy.statements()[1].sid.as_deref(), Some("Guard1"));
    assert_eq!(policy.statements()[1].effect, Effect::Deny);
}

#[test]
fn full_access_allows_everything() {
    let full = Policy::parse(FULL_AWS_ACCESS).unwrap();
    let levels = [level("r-ab12", &[(FULL_AWS_ACCESS_ID, &full)])];
    for (action, resource) in [("s3:GetObject", "*"), ("cloudtrail:StopLogging", TRAIL)] {
        let request = request(action, resource, Context::default());
        assert!(evaluate(&levels, &request).is_allowed, "{action}");
    }
}

#[test]
fn errors_name_the_place() {
    let read = r#""Sid": "Read", "Effect": "Allow", "Action": "*", "Resource": "*""#;
    for (from, to, path) in [
        (r#""2012-10-17""#, r#""2008-10-17""#, "Version"),
        (r#""2012-10-17""#, "20121017", "Version"),
        (r#""Version": "2012-10-17","#, "", "Version"),
        (
            r#""Version": "2012-10-17","#,
            r#""Version": "2012-10-17", "Version": "2012-10-17","#,
            "Version",
        ),
        (r#""Version": "2012-10-17","#, r#""Version": "2012-10-17", "Id": "x","#, "Id"),
        (r#""Version""#, r#""version""#, "version"),
        (r#""Statement""#, r#""Statements""#, "Statements"),
        (read, r#""Effect": "Allow", "Resource": "*""#, "Statement[0].Action"),
        (read, r#""Effect": "Allow", "Action": "*""#, "Statement[0].Resource"),
        (read, r#""Action": "*", "Resource": "*""#, "Statement[0].Effect"),
        (read, r#""Effect": "allow", "Action": "*", "Resource": "*""#, "Statement[0].Effect"),
        (read, "", "Statement[0].Effect"),
        (r#""Action": "*""#, r#""Action": "*", "Action": "*""#, "Statement[0].Action"),
        (r#""Action": "*""#, r#""Action": "*", "NotAction": "iam:*""#, "Statement[0].NotAction"),
        (
            r#""Resource": "*""#,
            r#""Resource": "*", "NotResource": "*""#,
            "Statement[0].NotResource",
        ),
        (r#""Resource": "*""#, r#""Resource": "*", "Principal": "*""#, "Statement[0].Principal"),
        (
            r#""Resource": "*""#,
            r#""Resource": "*", "NotPrincipal": "*""#,
            "Statement[0].NotPrincipal",
        ),
        (r#""Resource": "*""#, r#""Resource": "*", "Resources": "*""#, "Statement[0].Resources"),
        (r#""Resource": "*""#, r#""Resource": []"#, "Statement[0].Resource"),
        (r#""Resource": "*""#, r#""Resource": null"#, "Statement[0].Resource"),
        (r#""Resource": "*""#, r#""Resource": "logs""#, "Statement[0].Resource"),
        (r#""Resource": "*""#, r#""Resource": "*logs""#, "Statement[0].Resource"),
        (r#""Resource": "*""#, r#""Resource": """#, "Statement[0].Resource"),
        (r#""Resource": "*""#, r#""Resource": ["*", 5]"#, "Statement[0].Resource[1]"),
        (r#""Resource": "*""#, r#""Resource": [["*"]]"#, "Statement[0].Resource[0]"),
        (r#""Sid": "Read""#, r#""Sid": "Read it""#, "Statement[0].Sid"),
        (r#""Sid": "Read""#, r#""Sid": 5"#, "Statement[0].Sid"),
        (r#""Sid": "Read""#, r#""Sid": "Guard1""#, "Statement[1].Sid"),
        (r#"["iam:*", "s3:Get*"]"#, "[]", "Statement[1].NotAction"),
        (r#"["iam:*", "s3:Get*"]"#, "{}", "Statement[1].NotAction"),
        (
            r#""arn:aws:s3:::logs/*""#,
            r#""arn:aws:s3:::${aws:username""#,
            "Statement[1].NotResource[0]",
        ),
        (r#""StringNotLike""#, r#""StringUnlike""#, "Statement[1].Condition.StringUnlike"),
        (r#""StringNotLike""#, r#""stringnotlike""#, "Statement[1].Condition.stringnotlike"),
        (r#""StringNotLike""#, r#""NullIfExists""#, "Statement[1].Condition.NullIfExists"),
        (
            r#""StringNotLike""#,
            r#""ForSomeValues:StringLike""#,
            "Statement[1].Condition.ForSomeValues:StringLike",
        ),
        (r#""StringNotLike""#, r#""Bool""#, "Statement[1].Condition.Bool"),
        (
            r#""aws:PrincipalArn""#,
            r#""PrincipalArn""#,
            "Statement[1].Condition.StringNotLike.PrincipalArn",
        ),
        (
            r#""aws:PrincipalArn""#,
            r#""aws:principalarn": "*", "aws:PrincipalArn""#,
            "Statement[1].Condition.StringNotLike.aws:PrincipalArn",
        ),
        (
            r#"["arn:aws:iam::*:role/ops"]"#,
            "[]",
            "Statement[1].Condition.StringNotLike.aws:PrincipalArn",
        ),
        (
            r#"["arn:aws:iam::*:role/ops"]"#,
            r#"["a", null]"#,
            "Statement[1].Condition.StringNotLike.aws:PrincipalArn[1]",
        ),
        (r#""false""#, r#""no""#, "Statement[1].Condition.Bool.aws:ViaAWSService"),
        (r#"{"aws:ViaAWSService": "false"}"#, "5", "Statement[1].Condition.Bool"),
    ] {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "{from}");
        let error = Policy::parse(&text).unwrap_err();
        assert_eq!(error.path, path, "{error} for {to}");
    }
}

#[test]
fn what_is_no_json_object_is_refused() {
    for (text, path) in [
        ("", "line 1, column 0"),
        ("{", "line 1, column 1"),
        ("[]", "document"),
        ("null", "document"),
        (r#"{"Version":"2012-10-17"}"#, "Statement"),
        (r#"{"Version":"2012-10-17","Statement":[]}"#, "Statement"),
        (r#"{"Version":"2012-10-17","Statement":"x"}"#, "Statement"),
        (r#"{"Version":"2012-10-17","Statement":["x"]}"#, "Statement[0]"),
    ] {
        assert_eq!(Policy::parse(text).unwrap_err().path, path, "{text}");
    }
    assert!(Policy::parse(&format!("{GOOD} x")).is_err());
    assert!(Policy::parse(&"[".repeat(5000)).is_err());
}

#[test]
fn the_stored_text_counts() {
    let longest = format!("{GOOD}{}", " ".repeat(POLICY_CHARS_MAX - GOOD.len()));
    assert!(Policy::parse(&longest).is_ok());
    let error = Policy::parse(&format!("{longest} ")).unwrap_err();
    assert_eq!(error.to_string(), "document: has 5121 characters; 5120 are allowed");
    // Characters and not bytes.
    let wide = GOOD.replace("role/ops", "role/ö").replacen('\n', "\n\n\n", 1);
    assert!(
        Policy::parse(&format!("{wide}{}", " ".repeat(POLICY_CHARS_MAX - wide.chars().count())))
            .is_ok()
    );
}

#[test]
fn an_action_is_a_service_and_a_name() {
    let parse = |action: &str| {
        let statement = format!(r#"{{"Effect":"Deny","Action":"{action}","Resource":"*"}}"#);
        Policy::parse(&format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#))
    };
    for good in ["*", "**", "s3:*", "*:*", "s3:Get?bject", "execute-api:Invoke", "a4b:x_y-Z1"] {
        assert!(parse(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "s3",
        "s3*",
        "?",
        ":Get",
        "s3:",
        ":",
        "s3:a:b",
        "s3 :Get",
        "s3:Get Object",
        "s3:${aws:x}",
        "sß:a",
    ] {
        assert_eq!(parse(bad).unwrap_err().path, "Statement.Action", "{bad}");
    }
}

#[test]
fn variables_are_checked() {
    let parse = |resource: &str| {
        let statement = format!(r#"{{"Effect":"Deny","Action":"*","Resource":"{resource}"}}"#);
        Policy::parse(&format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#))
    };
    for good in [
        "${aws:PrincipalArn}",
        "arn:aws:s3:::${aws:PrincipalTag/my team}",
        "arn:aws:s3:::${aws:PrincipalTag/a, ''}",
        "arn:aws:s3:::${www.amazon.com:user_id}/$/{}",
    ] {
        assert!(parse(good).is_ok(), "{good}");
    }
    for bad in [
        "arn:aws:s3:::${",
        "arn:aws:s3:::${}",
        "arn:aws:s3:::${username}",
        "arn:aws:s3:::${aws:}",
        "arn:aws:s3:::${:username}",
        "arn:aws:s3:::${aws:user*}",
        "arn:aws:s3:::${aws:${aws:username}}",
        "arn:aws:s3:::${aws:username, none}",
        "arn:aws:s3:::${aws:username, 'none}",
        "arn:aws:s3:::${aws:username, 'none' x}",
        "arn:aws:s3:::${aws:username, }",
        "arn:aws:s3:::${*, 'x'}",
    ] {
        assert_eq!(parse(bad).unwrap_err().path, "Statement.Resource", "{bad}");
    }
}
