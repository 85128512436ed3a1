use super::*;
use chrono::DateTime;
use orgtrail_shared::organization::AccountKind;
use orgtrail_storage::users::{OwnAccount, UserRow};

fn user(account: Option<&str>) -> UserRow {
    UserRow {
        issuer: None,
        user_id: 7,
        organization_id: 3,
        name: "alice".to_owned(),
        password_hash: "$argon2id$secret".to_owned(),
        account_id: account.map(|_| 5),
        account: account.map(|number| OwnAccount {
            number: number.to_owned(),
            kind: AccountKind::Member,
            state: None,
        }),
        is_disabled: false,
        has_second_factor: false,
        is_service: false,
        grants: Vec::new(),
    }
}

fn request() -> Origin {
    Origin::request([198, 51, 100, 7].into(), "browser", true)
}

#[test]
fn whoever_acts_is_named_as_cloudtrail_does() {
    let now = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
    let deed = Deed::change("CreateGrant", json!({"role": "member"}));
    let management = Some("111122223333");
    for (actor, account, kind, arn) in [
        (
            Actor::person(&user(Some("444455556666")), management, request()),
            Some("444455556666"),
            "IAMUser",
            Some("arn:aws:iam::444455556666:user/alice"),
        ),
        (
            Actor::person(&user(None), management, request()),
            management,
            "IAMUser",
            Some("arn:aws:iam::111122223333:user/alice"),
        ),
        (Actor::person(&user(None), None, request()), None, "IAMUser", None),
        (Actor::unknown(request()), None, "IAMUser", None),
        (Actor::operator(Some(3), "user"), None, "Unknown", None),
        (Actor::service(Some(3), "job"), None, "AWSService", None),
    ] {
        let act = actor.act(now, &deed);
        let record = &act.record;
        assert_eq!(act.account.as_deref(), account, "{record}");
        assert_eq!(record["userIdentity"]["type"], kind);
        assert_eq!(record["userIdentity"].get("arn").and_then(Value::as_str), arn);
        assert_eq!(record["eventID"], json!(act.event_id));
        assert_eq!(act.event_id.get_version_num(), 4, "as CloudTrail's ids");
        assert_eq!(record["eventTime"], "2026-11-18T11:06:40Z");
        assert_eq!(record["requestParameters"], json!({"role": "member"}));
        assert_eq!(record["readOnly"], false);
        assert!(!record.to_string().contains("argon2id"), "{record}");
    }
    let one = Actor::operator(None, "x").act(now, &deed);
    assert_ne!(one.event_id, Actor::operator(None, "x").act(now, &deed).event_id);
}

#[test]
fn what_a_client_says_of_itself_is_bounded() {
    let origin = Origin::request([198, 51, 100, 7].into(), &"x".repeat(100_000), false);
    assert!(origin.user_agent.len() <= 512);
}

#[test]
fn refusals_have_the_codes_of_aws() {
    let message = || "no".to_owned();
    for (error, code) in [
        (ConsoleError::Forbidden { message: message() }, "AccessDenied"),
        (ConsoleError::NotFound { message: message() }, "ResourceNotFoundException"),
        (ConsoleError::BadRequest { message: message() }, "ValidationException"),
        (ConsoleError::Internal { request_id: message() }, "InternalFailure"),
    ] {
        assert_eq!(error_of(&error).0, code);
    }
}
