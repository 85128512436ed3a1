//! Roles that are assumed across accounts: one call, two records, told to belong together by
//! `sharedEventID`.

use crate::activity::{Activity, Draft, Outcome, Start};
use crate::actors::people::{ADMINISTRATOR, INVESTIGATOR};
use crate::actors::pipelines::DEPLOYMENT;
use crate::actors::workloads::QUERY_JOB;
use crate::actors::{Actor, Path, USUAL};
use crate::calls::{compute, governance, identity, network, storage};
use crate::identities::{CHAINED_SESSION, PEER, SESSION};
use crate::organization::{self, ACCOUNTS, AccountSpec, HOME_REGION};
use crate::random::{self, Random, hash, part};
use crate::rhythm;
use crate::time::{self, DAY, HOUR};

/// A habit of assuming a role in other accounts.
struct Link {
    source: &'static str,
    actor: &'static Actor,
    targets: &'static [&'static str],
    role: &'static str,
    visitor: &'static Actor,
    /// Hours of the day, and how often in 1000 it happens then.
    hours: &'static [(i64, u64)],
    needs_office_hours: bool,
}

static AUDIT: Actor = Actor {
    calls: &[
        (10, &identity::LIST_ROLES),
        (8, &identity::LIST_USERS),
        (8, &identity::LIST_ACCESS_KEYS),
        (10, &identity::GET_POLICY_VERSION),
        (10, &storage::GET_PUBLIC_ACCESS_BLOCK),
        (8, &storage::GET_BUCKET_POLICY),
        (8, &network::DESCRIBE_SECURITY_GROUPS),
        (6, &compute::DESCRIBE_SNAPSHOTS),
        (5, &governance::DESCRIBE_TRAILS),
    ],
    length: (10, 22),
    pause: 4,
    failures: 20,
    ..USUAL
};
static AUDITOR: Actor = Actor {
    variables: &[
        ("role", "security-audit-runner"),
        ("session", "audit-<day>"),
        ("external-id", "orgtrail-audit"),
    ],
    agents: &[
        "Boto3/1.35.71 md/Botocore#1.35.71 ua/2.0 os/linux#6.1.112 md/arch#aarch64 lang/python#3.12.7 md/pyimpl#CPython exec-env/AWS_ECS_FARGATE cfg/retry-mode#adaptive Botocore/1.35.71",
    ],
    ..USUAL
};
static NETWORK_OPERATOR: Actor = Actor {
    identity: CHAINED_SESSION,
    calls: &[
        (8, &network::DESCRIBE_ROUTE_TABLES),
        (8, &network::DESCRIBE_SUBNETS),
        (8, &network::DESCRIBE_VPC_ENDPOINTS),
        (1, &network::AUTHORIZE_INGRESS),
        (1, &network::REVOKE_INGRESS),
    ],
    length: (6, 16),
    pause: 40,
    ..USUAL
};

static LINKS: [Link; 5] = [
    Link {
        source: "security",
        actor: &AUDITOR,
        targets: &[],
        role: "OrganizationSecurityAudit",
        visitor: &AUDIT,
        hours: &[(2, 1000), (14, 1000)],
        needs_office_hours: false,
    },
    Link {
        source: "shared-services",
        actor: &DEPLOYMENT,
        targets: &["payments", "checkout", "web-shop", "mobile-api", "web-shop-staging"],
        role: "deployment",
        visitor: &DEPLOYMENT,
        hours: &[(9, 450), (11, 300), (15, 450)],
        needs_office_hours: true,
    },
    Link {
        source: "identity",
        actor: &ADMINISTRATOR,
        targets: &["network", "shared-services"],
        role: "NetworkOperations",
        visitor: &NETWORK_OPERATOR,
        hours: &[(10, 500), (16, 350)],
        needs_office_hours: true,
    },
    Link {
        source: "data-lake",
        actor: &QUERY_JOB,
        targets: &["payments", "checkout", "web-shop"],
        role: "data-lake-export-reader",
        visitor: &QUERY_JOB,
        hours: &[(1, 1000)],
        needs_office_hours: false,
    },
    Link {
        source: "security",
        actor: &INVESTIGATOR,
        targets: &["payments", "web-shop", "mobile-api", "log-archive"],
        role: "IncidentReader",
        visitor: &AUDIT,
        hours: &[(10, 120), (13, 90)],
        needs_office_hours: true,
    },
];

/// The activities of an account that begin in the hour and cross an account's border.
pub(crate) fn activities(
    seed: u64,
    account: &'static AccountSpec,
    hour: i64,
    joined_at: i64,
) -> Vec<Activity> {
    let mut activities = Vec::new();
    for link in &LINKS {
        for target in targets(link) {
            let is_here = target.id == account.id || link.source == account.name;
            let is_member = target.joined_days_before.is_some() || hour >= joined_at;
            if !is_here || !is_member {
                continue;
            }
            let Some(meeting) = Meeting::draw(seed, link, target, hour) else { continue };
            activities.push(if target.id == account.id {
                meeting.visit()
            } else {
                meeting.departure()
            });
        }
    }
    activities
}

fn targets(link: &Link) -> Vec<&'static AccountSpec> {
    if link.targets.is_empty() {
        return ACCOUNTS.iter().filter(|account| account.name != link.source).collect();
    }
    link.targets.iter().map(|name| organization::account(name)).collect()
}

/// One role assumed in another account.
struct Meeting {
    link: &'static Link,
    source: &'static AccountSpec,
    target: &'static AccountSpec,
    time: i64,
    /// Draws what is special about this call.
    seed: u64,
    /// Draws the session of the caller, who may go on to several accounts.
    journey: u64,
}

impl Meeting {
    fn draw(
        seed: u64,
        link: &'static Link,
        target: &'static AccountSpec,
        hour: i64,
    ) -> Option<Self> {
        let of_day = hour.rem_euclid(DAY) / HOUR;
        let (_, permille) = link.hours.iter().find(|(hour, _)| *hour == of_day)?;
        if link.needs_office_hours && !rhythm::is_office_hour(hour) {
            return None;
        }
        let journey = Random::new(&[seed, hash(link.role), part(hour)]).next();
        let mut random = Random::new(&[journey, hash(target.id)]);
        let time = hour + 420 + random.seconds(500);
        let source = organization::account(link.source);
        random.happens(*permille).then(|| Self {
            link,
            source,
            target,
            time,
            seed: random.next(),
            journey,
        })
    }

    /// What happens in the account from which the role is assumed.
    fn departure(&self) -> Activity {
        let mut activity = self.traveller();
        activity.scope.variables.extend(self.shared());
        // A run of the same person may have begun in another account's meeting of this hour.
        activity.drafts.retain(|_| self.is_first());
        activity.drafts.push(self.draft(self.link.actor.identity));
        activity
    }

    /// What happens in the account in which the role is assumed.
    fn visit(&self) -> Activity {
        let visitor = self.link.visitor;
        let traveller = self.traveller();
        let start =
            Start { account: self.target, region: HOME_REGION, time: self.time, seed: self.seed };
        let mut activity = Activity::new(visitor, start, &self.visitor_variables(&traveller));
        activity.source = traveller.source;
        activity.agent = traveller.agent;
        activity.path = Path::Internet;
        activity.drafts = vec![self.draft(PEER)];
        let (low, high) = visitor.length;
        let length = Random::new(&[self.seed, hash("length")]).between(low, high);
        activity.extend(visitor, self.seed, length);
        let identity = if visitor.identity == CHAINED_SESSION { CHAINED_SESSION } else { SESSION };
        for draft in activity.drafts.iter_mut().skip(1) {
            draft.identity = identity;
        }
        activity
    }

    fn visitor_variables(&self, traveller: &Activity) -> Vec<(&'static str, String)> {
        let mut given = self.shared();
        let shared = |name: &str| {
            given.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
        };
        let (session, key) = (shared("target-session"), shared("target-key"));
        given.extend(session.map(|session| ("session", session)));
        given.extend(key.map(|key| ("key", key)));
        given.extend(traveller.scope.find("person").map(|person| ("person", person.to_owned())));
        given.extend([
            ("role", self.link.role.to_owned()),
            ("role-path", String::new()),
            ("created", time::iso(self.time)),
            ("peer-account", self.source.id.to_owned()),
            ("peer-principal", traveller.values(0, self.time).fill("<role-id>:<@session>")),
        ]);
        given
    }

    fn traveller(&self) -> Activity {
        let time = time::floor(self.time, HOUR) + 400;
        let start = Start { account: self.source, region: HOME_REGION, time, seed: self.journey };
        Activity::new(self.link.actor, start, &[])
    }

    fn is_first(&self) -> bool {
        targets(self.link).first().is_some_and(|first| first.id == self.target.id)
    }

    fn draft(&self, identity: &'static str) -> Draft {
        let call = &identity::ASSUME_ROLE_FROM_PEER;
        let outcome = Outcome::Succeeds;
        Draft { time: self.time, seed: self.seed, identity, call, outcome, is_shared: true }
    }

    /// The values on which both records agree.
    fn shared(&self) -> Vec<(&'static str, String)> {
        let mut random = Random::new(&[self.seed, hash("shared")]);
        let mut text = |prefix: &str, length: usize, alphabet: &[u8]| {
            let mut text = prefix.to_owned();
            random.text(length, alphabet, &mut text);
            text
        };
        let key = text("ASIA", 16, random::BASE32);
        let token = text("", 160, random::BASE64);
        let session = text("run-", 10, random::HEX);
        let (mut shared_id, mut request_id) = (String::new(), String::new());
        random.uuid(&mut shared_id);
        random.uuid(&mut request_id);
        let mut role_id = String::from("AROA");
        let parts = [hash(self.target.id), hash("AROA"), hash(self.link.role)];
        Random::new(&parts).text(17, random::BASE32, &mut role_id);
        vec![
            ("target-account", self.target.id.to_owned()),
            ("target-role", self.link.role.to_owned()),
            ("target-role-id", role_id),
            ("target-session", session),
            ("target-key", key),
            ("shared-token", token),
            ("shared-id", shared_id),
            ("request-id", request_id),
            ("external-id", "orgtrail-sample".to_owned()),
        ]
    }
}
