//! Events that a generator has thought of before it wrote them down: it knows what they say without reading them.

use crate::records::event_id;
use chrono::{DateTime, SecondsFormat};
use rand::Rng;
use rand::rngs::StdRng;
use std::sync::LazyLock;

pub(super) const ACCOUNTS: [&str; 6] = [
    "121212343434",
    "444455556666",
    "777788889999",
    "111122223333",
    "222233334444",
    "333344445555",
];
pub(super) const REGIONS: [&str; 3] = ["us-east-1", "eu-west-1", "ap-southeast-2"];
/// Name and source.
pub(super) const NAMES: [(&str, &str); 12] = [
    ("PutObject", "s3.amazonaws.com"),
    ("GetObject", "s3.amazonaws.com"),
    ("DeleteBucket", "s3.amazonaws.com"),
    ("AssumeRole", "sts.amazonaws.com"),
    ("GetCallerIdentity", "sts.amazonaws.com"),
    ("CreateUser", "iam.amazonaws.com"),
    ("DeleteUser", "iam.amazonaws.com"),
    ("DescribeInstances", "ec2.amazonaws.com"),
    ("RunInstances", "ec2.amazonaws.com"),
    // One name of two services, one in other letters, one with what LIKE takes for a wildcard.
    ("CreateUser", "cognito-idp.amazonaws.com"),
    ("getobject", "odd.amazonaws.com"),
    ("100%_Done", "odd.amazonaws.com"),
];
pub(super) const ADDRESSES: [&str; 9] = [
    "198.51.100.7",
    "198.51.100.200",
    "203.0.113.9",
    "10.0.0.1",
    "2001:db8::1",
    "2001:DB8:1::5",
    "ec2.amazonaws.com",
    "AWS Internal",
    "198.51.100.7, 10.0.0.1",
];
pub(super) const AGENTS: [&str; 5] = [
    "Boto3/1.34 md/Botocore#1",
    "aws-cli/2.15",
    "[S3Console/0.4]",
    "",
    "Terraform/1.9 (+https://example.com)",
];
pub(super) const ERRORS: [&str; 4] =
    ["", "AccessDenied", "Client.UnauthorizedOperation", "ThrottlingException"];
/// Category and type.
pub(super) const KINDS: [(&str, &str); 4] = [
    ("Management", "AwsApiCall"),
    ("Data", "AwsApiCall"),
    ("Management", "AwsConsoleSignIn"),
    ("NetworkActivity", "AwsVpceEvent"),
];
pub(super) const RESOURCES: [&str; 6] = [
    "",
    "arn:aws:s3:::logs",
    "arn:aws:s3:::logs/a_b",
    "arn:aws:s3:::LOGS/a.b/../c",
    "arn:aws:kms:eu-west-1:111122223333:key/1",
    "arn:aws:iam::111122223333:user/alice",
];
/// Stand in the parameters of many records.
pub(super) const CUSTOMERS: [&str; 8] = [
    "customer-ada",
    "customer-bob",
    "customer-cyd",
    "customer-dee",
    "customer-eli",
    "customer-fay",
    "customer-gus",
    "customer-hal",
];

/// Who makes a call: what the record says, and what it means.
pub(super) struct Actor {
    pub(super) kind: &'static str,
    /// As written in `userIdentity.arn`.
    pub(super) written_arn: String,
    /// The principal's own: of a role session, the role's.
    pub(super) arn: String,
    pub(super) name: String,
    pub(super) session: &'static str,
    pub(super) access_key: String,
    json: String,
}

impl Actor {
    /// What stands for the principal where there is no ARN.
    pub(super) fn principal(&self) -> &str {
        if self.arn.is_empty() { &self.name } else { &self.arn }
    }
}

pub(super) static ACTORS: LazyLock<Vec<Actor>> = LazyLock::new(|| {
    let mut actors = Vec::new();
    for (index, account) in ACCOUNTS.iter().enumerate() {
        let key = |kind: &str, letter: char| {
            format!(
                "{kind}IOSFODNN7EXAMP{letter}{}",
                char::from(b'A' + u8::try_from(index).unwrap())
            )
        };
        let root = format!("arn:aws:iam::{account}:root");
        actors.push(Actor {
            kind: "Root",
            json: format!(r#"{{"type":"Root","principalId":"{account}","arn":"{root}","accountId":"{account}"}}"#),
            written_arn: root.clone(),
            arn: root,
            name: "root".to_owned(),
            session: "",
            access_key: String::new(),
        });
        for (user, letter) in [("alice", 'A'), ("Bob_B", 'B')] {
            let (arn, access_key) =
                (format!("arn:aws:iam::{account}:user/staff/{user}"), key("AKIA", letter));
            actors.push(Actor {
                kind: "IAMUser",
                json: format!(
                    r#"{{"type":"IAMUser","principalId":"AIDA{user}","arn":"{arn}","accountId":"{account}","accessKeyId":"{access_key}","userName":"{user}"}}"#
                ),
                written_arn: arn.clone(),
                arn,
                name: user.to_owned(),
                session: "",
                access_key,
            });
        }
        for (session, letter) in [("alice", 'C'), ("ci-1234", 'D')] {
            let role = format!("arn:aws:iam::{account}:role/ci/Deploy");
            let (written, access_key) = (
                format!("arn:aws:sts::{account}:assumed-role/Deploy/{session}"),
                key("ASIA", letter),
            );
            actors.push(Actor {
                kind: "AssumedRole",
                json: format!(
                    r#"{{"type":"AssumedRole","principalId":"AROA:{session}","arn":"{written}","accountId":"{account}","accessKeyId":"{access_key}","sessionContext":{{"sessionIssuer":{{"type":"Role","arn":"{role}","userName":"Deploy"}}}}}}"#
                ),
                written_arn: written,
                arn: role,
                name: "Deploy".to_owned(),
                session,
                access_key,
            });
        }
        let plain = format!("arn:aws:sts::{account}:assumed-role/Plain%");
        actors.push(Actor {
            kind: "AssumedRole",
            json: format!(
                r#"{{"type":"AssumedRole","arn":"{plain}/nightly","accountId":"{account}"}}"#
            ),
            written_arn: format!("{plain}/nightly"),
            arn: plain,
            name: "Plain%".to_owned(),
            session: "nightly",
            access_key: String::new(),
        });
    }
    for service in ["config.amazonaws.com", "ec2.amazonaws.com"] {
        actors.push(Actor {
            kind: "AWSService",
            json: format!(r#"{{"type":"AWSService","invokedBy":"{service}"}}"#),
            written_arn: String::new(),
            arn: String::new(),
            name: service.to_owned(),
            session: "",
            access_key: String::new(),
        });
    }
    actors
});

/// An event: places in the tables.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) number: u32,
    /// Whether the record has an id; its name tells it apart otherwise.
    pub(super) has_id: bool,
    pub(super) seconds: i64,
    pub(super) account: usize,
    pub(super) region: usize,
    pub(super) name: usize,
    pub(super) address: usize,
    pub(super) agent: usize,
    pub(super) error: usize,
    pub(super) kind: usize,
    pub(super) actor: usize,
    pub(super) resource: usize,
    pub(super) customer: usize,
    pub(super) is_read: Option<bool>,
    pub(super) is_flagged: bool,
}

/// Events whose text is the same in so many neighbours.
pub(super) const WORD_OF: u32 = 7;

impl Event {
    /// An event of a file that promises an account, a Region and a day.
    pub(super) fn random(
        random: &mut StdRng,
        number: u32,
        file: (usize, usize, i64),
        seconds: i64,
    ) -> Self {
        // Few are frequent, as in the field.
        let mut skewed = |length: usize| {
            let (one, other) = (random.random_range(0..length), random.random_range(0..length));
            if random.random_bool(0.6) { one.min(other) } else { one }
        };
        let (name, address, agent, error) = (
            skewed(NAMES.len()),
            skewed(ADDRESSES.len()),
            skewed(AGENTS.len()),
            skewed(ERRORS.len()),
        );
        let (kind, actor, resource, customer) = (
            skewed(KINDS.len()),
            skewed(ACTORS.len()),
            skewed(RESOURCES.len()),
            skewed(CUSTOMERS.len()),
        );
        let (account, region) = (
            if random.random_ratio(1, 30) {
                random.random_range(0..ACCOUNTS.len())
            } else {
                file.0
            },
            if random.random_ratio(1, 30) { random.random_range(0..REGIONS.len()) } else { file.1 },
        );
        let has_id = !random.random_ratio(1, 300);
        let is_other_day = (file.2 - seconds.div_euclid(86_400)).abs() > 1;
        Self {
            number,
            has_id,
            seconds,
            account,
            region,
            name,
            address,
            agent,
            error,
            kind,
            actor,
            resource,
            customer,
            is_read: [Some(true), Some(false), None][random.random_range(0..3)],
            is_flagged: !has_id || is_other_day || account != file.0 || region != file.1,
        }
    }

    /// What the event is known by.
    pub(super) fn identity(&self) -> String {
        if self.has_id { event_id(u128::from(self.number)) } else { self.name() }
    }

    pub(super) fn name(&self) -> String {
        if self.has_id { NAMES[self.name].0.to_owned() } else { format!("NoId{}", self.number) }
    }

    pub(super) fn word(&self) -> String {
        word(self.number)
    }

    /// The record, as CloudTrail might write it; every third with more escapes than it needs.
    pub(super) fn text(&self) -> String {
        let id = if self.has_id {
            format!(r#""eventID":"{}","#, self.identity())
        } else {
            String::new()
        };
        let optional = |name: &str, value: &str| {
            if value.is_empty() { String::new() } else { format!(r#""{name}":"{value}","#) }
        };
        let read =
            self.is_read.map_or(String::new(), |is_read| format!(r#""readOnly":{is_read},"#));
        let resources = match RESOURCES[self.resource] {
            "" => String::new(),
            arn => format!(r#""resources":[{{"type":"AWS::S3::Object","ARN":"{arn}"}}],"#),
        };
        let time = DateTime::from_timestamp(self.seconds, 0)
            .unwrap()
            .to_rfc3339_opts(SecondsFormat::Secs, true);
        let text = format!(
            r#"{{"eventVersion":"1.11","userIdentity":{},"eventTime":"{time}","eventSource":"{}","eventName":"{}","awsRegion":"{}","sourceIPAddress":"{}",{}{}"requestParameters":{{"key":"{}/{}","n":{}}},"responseElements":null,{id}{read}{resources}"eventType":"{}","recipientAccountId":"{}","eventCategory":"{}"}}"#,
            ACTORS[self.actor].json,
            NAMES[self.name].1,
            self.name(),
            REGIONS[self.region],
            ADDRESSES[self.address],
            optional("userAgent", AGENTS[self.agent]),
            optional("errorCode", ERRORS[self.error]),
            CUSTOMERS[self.customer],
            self.word(),
            self.number,
            KINDS[self.kind].1,
            ACCOUNTS[self.account],
            KINDS[self.kind].0,
        );
        match self.number % 3 {
            0 => text.replace('/', "\\/"),
            _ => text,
        }
    }
}

/// A text that few records hold.
pub(super) fn word(number: u32) -> String {
    format!("word-{:07}-end", number / WORD_OF)
}
