//! Who acts, from where, as CloudTrail's records say it. Source: CloudTrail user guide, "CloudTrail userIdentity element".

use super::Deed;
use crate::access::{Caller, principal_id};
use chrono::{DateTime, SecondsFormat, Utc};
use orgtrail_storage::audit::NewAct;
use orgtrail_storage::users::UserRow;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::os::unix::fs::MetadataExt;
use uuid::{Builder, Uuid};

/// Our own source of events.
pub(crate) const EVENT_SOURCE: &str = "orgtrail.amazonaws.com";

/// Where an installation's own events happen, as nothing of it lies in a Region of AWS.
pub(super) const REGION: &str = "us-east-1";

/// The most of a user agent that is kept, in characters.
const AGENT_CHARACTERS_MAX: usize = 512;

/// The longest text of a request that is recorded, in characters. A record has a limit, and a request must not get around it.
const TEXT_CHARACTERS_MAX: usize = 6_000;

/// Parameters with long texts cut, as CloudTrail leaves out what is too large.
fn bounded(value: &Value) -> Value {
    match value {
        Value::String(text) if text.chars().count() > TEXT_CHARACTERS_MAX => {
            let kept: String = text.chars().take(TEXT_CHARACTERS_MAX).collect();
            json!(format!("{kept} … ({} characters)", text.chars().count()))
        }
        Value::Array(list) => list.iter().take(1_000).map(bounded).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), bounded(value))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// Where a request comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The client's address.
    pub address: String,
    /// What the client says that it is.
    pub user_agent: String,
    /// The request.
    pub request_id: Uuid,
    /// Whether it belongs to a session of the console.
    pub is_console: bool,
}

impl Origin {
    /// A request over the network.
    pub fn request(address: IpAddr, user_agent: &str, is_console: bool) -> Self {
        Self {
            address: address.to_string(),
            user_agent: user_agent.chars().take(AGENT_CHARACTERS_MAX).collect(),
            request_id: Uuid::from_u128(rand::random()),
            is_console,
        }
    }

    /// This very machine.
    pub fn local(what: &str) -> Self {
        Self {
            address: "127.0.0.1".to_owned(),
            user_agent: format!("orgtrail/{} {what}", env!("CARGO_PKG_VERSION")),
            request_id: Uuid::from_u128(rand::random()),
            is_console: false,
        }
    }
}

/// Somebody who acts.
#[derive(Clone, Debug, PartialEq)]
pub struct Actor {
    organization_id: Option<i32>,
    account: Option<String>,
    identity: Value,
    origin: Origin,
    event_type: &'static str,
    additional: Option<Value>,
}

impl Actor {
    /// The caller of a request.
    pub fn of(caller: &Caller) -> Self {
        let management = caller.organization_management.as_deref();
        Self::person(&caller.user, management, caller.origin.clone())
    }

    /// A person; whoever belongs to no account acts for the management account.
    pub fn person(user: &UserRow, management: Option<&str>, origin: Origin) -> Self {
        let own = user.account.as_ref().map(|account| account.number.as_str());
        let account = own.or(management);
        let mut identity = json!({
            "type": "IAMUser",
            "principalId": principal_id(user),
            "userName": user.name,
        });
        if let (Some(account), Some(fields)) = (account, identity.as_object_mut()) {
            let arn = format!("arn:aws:iam::{account}:user/{}", user.name);
            fields.insert("arn".to_owned(), json!(arn));
            fields.insert("accountId".to_owned(), json!(account));
        }
        Self {
            organization_id: Some(user.organization_id),
            account: account.map(str::to_owned),
            identity,
            origin,
            event_type: "AwsApiCall",
            additional: None,
        }
    }

    /// Somebody whom an identity provider has sent, before it is known who that is here. They act for an account of the
    /// organization. Source: CloudTrail user guide, "CloudTrail userIdentity element", `WebIdentityUser`.
    pub fn sent(
        organization_id: i32,
        account: Option<String>,
        (issuer, subject, name): (&str, &str, &str),
        origin: Origin,
    ) -> Self {
        Self {
            organization_id: Some(organization_id),
            account,
            identity: json!({
                "type": "WebIdentityUser",
                "principalId": format!("{issuer}:{subject}"),
                "userName": name,
                "identityProvider": issuer,
            }),
            origin,
            event_type: "AwsApiCall",
            additional: None,
        }
    }

    /// Somebody who says a name that nobody has. The name isn't kept: it may be a password that was typed into the wrong field.
    pub fn unknown(origin: Origin) -> Self {
        Self {
            organization_id: None,
            account: None,
            identity: json!({"type": "IAMUser", "userName": "HIDDEN_DUE_TO_SECURITY_REASONS"}),
            origin,
            event_type: "AwsApiCall",
            additional: None,
        }
    }

    /// Somebody of whom a provider has proven nothing.
    pub fn nobody(organization_id: i32, origin: Origin) -> Self {
        Self { organization_id: Some(organization_id), ..Self::unknown(origin) }
    }

    /// Whoever runs a command on this machine. The system's user is all that is known of them.
    pub fn operator(organization_id: Option<i32>, command: &str) -> Self {
        let uid = std::fs::metadata("/proc/self").map(|process| process.uid()).ok();
        Self {
            organization_id,
            account: None,
            identity: json!({"type": "Unknown", "userName": "operator"}),
            origin: Origin::local(&format!("command/{command}")),
            event_type: "AwsApiCall",
            additional: Some(json!({ "systemUserId": uid })),
        }
    }

    /// A job of ours, which nobody has asked for just now.
    pub fn service(organization_id: Option<i32>, job: &str) -> Self {
        Self {
            organization_id,
            account: None,
            identity: json!({"type": "AWSService", "invokedBy": EVENT_SOURCE}),
            origin: Origin {
                address: EVENT_SOURCE.to_owned(),
                user_agent: EVENT_SOURCE.to_owned(),
                ..Origin::local(job)
            },
            event_type: "AwsServiceEvent",
            additional: None,
        }
    }

    /// The act, to be recorded.
    pub fn act(&self, now: DateTime<Utc>, deed: &Deed) -> NewAct {
        let event_id = Builder::from_random_bytes(rand::random()).into_uuid();
        let mut record = json!({
            "eventVersion": "1.11",
            "userIdentity": self.identity,
            "eventTime": now.to_rfc3339_opts(SecondsFormat::Secs, true),
            "eventSource": EVENT_SOURCE,
            "eventName": deed.name,
            "awsRegion": REGION,
            "sourceIPAddress": self.origin.address,
            "userAgent": self.origin.user_agent,
            "requestParameters": bounded(&deed.parameters),
            "responseElements": null,
            "requestID": self.origin.request_id,
            "eventID": event_id,
            "readOnly": deed.is_read,
            "eventType": self.event_type,
            "managementEvent": true,
            "eventCategory": "Management",
        });
        if let Some(fields) = record.as_object_mut() {
            if self.origin.is_console {
                fields.insert("sessionCredentialFromConsole".to_owned(), json!("true"));
            }
            if let Some(additional) = &self.additional {
                fields.insert("additionalEventData".to_owned(), additional.clone());
            }
        }
        NewAct {
            event_id,
            organization_id: self.organization_id,
            account: self.account.clone(),
            occurred_at: now,
            record,
        }
    }
}
