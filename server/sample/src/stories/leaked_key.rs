//! The story of a leaked access key.

use super::{begin, company};
use crate::activity::{Activity, Outcome};
use crate::actors::{Actor, USUAL};
use crate::calls::{Call, compute, data, governance, identity, keys, storage};
use crate::chain::Chain;
use crate::identities::{NEW_USER, USER, USER_ARN};
use crate::organization::HOME_REGION;
use crate::random::{self, Random, hash};
use Outcome::{Denied, Succeeds};

/// The account in which it happens, and its Region.
pub(crate) const PLACE: (&str, &str) = ("web-shop", HOME_REGION);
/// The intruder's address, which nobody else in the sample has.
pub(crate) const ADDRESS: &str = "192.0.2.144";
/// How long the intruder is there, in seconds.
pub(crate) const LENGTH: i64 = 2390;
/// How long after the first call one is made whose log file is altered later.
pub(crate) const ALTERED_AFTER: i64 = 1500;

static INTRUDER: Actor = Actor {
    identity: USER,
    arn: USER_ARN,
    variables: &[
        ("user", "ci-publisher"),
        ("new-user", "svc-cdn-sync"),
        ("bucket", "exampleorg-web-shop-customer-exports"),
    ],
    sources: &[ADDRESS],
    agents: &[
        "aws-cli/2.15.30 md/awscrt#0.19.19 ua/2.0 os/linux#6.6.15-amd64 md/arch#x86_64 lang/python#3.11.8 md/pyimpl#CPython cfg/retry-mode#standard md/installer#source",
    ],
    ..USUAL
};

/// What the intruder does with the leaked key, then with a key of an own user.
static STEPS: &[(i64, &str, &Call, Outcome)] = &[
    (0, USER, &identity::GET_CALLER_IDENTITY, Succeeds),
    (14, USER, &storage::LIST_BUCKETS, Succeeds),
    (31, USER, &identity::LIST_USERS, Denied),
    (38, USER, &identity::LIST_ROLES, Denied),
    (47, USER, &identity::GET_ACCOUNT_AUTHORIZATION_DETAILS, Denied),
    (66, USER, &compute::DESCRIBE_INSTANCES, Denied),
    (81, USER, &keys::LIST_SECRETS, Denied),
    (95, USER, &compute::LIST_FUNCTIONS, Denied),
    (120, USER, &data::DESCRIBE_DB_INSTANCES, Denied),
    (141, USER, &storage::GET_BUCKET_POLICY, Denied),
    (171, USER, &governance::DESCRIBE_TRAILS, Succeeds),
    (190, USER, &governance::GET_TRAIL_STATUS, Denied),
    (540, USER, &identity::CREATE_USER, Succeeds),
    (552, USER, &identity::CREATE_ACCESS_KEY, Succeeds),
    (575, USER, &identity::ATTACH_USER_POLICY, Succeeds),
    (660, NEW_USER, &identity::GET_CALLER_IDENTITY, Succeeds),
    (701, NEW_USER, &identity::LIST_USERS, Succeeds),
    (730, NEW_USER, &storage::LIST_BUCKETS, Succeeds),
    (790, NEW_USER, &governance::STOP_LOGGING_AS_MEMBER, Succeeds),
    (808, NEW_USER, &governance::DELETE_TRAIL_AS_MEMBER, Succeeds),
    (1215, NEW_USER, &storage::LIST_OBJECTS, Succeeds),
];

/// The intruder's calls and some company for them.
pub(super) fn activities(chain: &Chain, began_at: i64) -> Vec<Activity> {
    let mut random = Random::new(&[chain.seed, hash("leaked key")]);
    let mut text = |prefix: &str, length: usize| {
        let mut text = prefix.to_owned();
        random.text(length, random::BASE32, &mut text);
        text
    };
    let given = [("new-key", text("AKIA", 16)), ("new-user-id", text("AIDA", 17))];
    let mut intruder = begin(chain, &INTRUDER, began_at, "leaked key", &given);
    intruder.is_intruder = true;
    for (after, identity, call, outcome) in STEPS {
        intruder.push(began_at + after, identity, call, *outcome);
    }
    // Objects are read every half minute from 21 minutes on; one of the calls is at ALTERED_AFTER.
    for after in (1260..=LENGTH).step_by(30) {
        intruder.push(began_at + after, NEW_USER, &storage::GET_OBJECT, Succeeds);
    }
    let company = [190, 640, ALTERED_AFTER - 20, 2010]
        .map(|after| company(chain, began_at + after, &format!("company {after}")));
    std::iter::once(intruder).chain(company).collect()
}
