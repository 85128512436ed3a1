//! What happens in the sample on purpose, so that there is something to find.

use crate::activity::{Activity, Outcome, Start};
use crate::actors::people::ADMINISTRATOR;
use crate::actors::pipelines::LANDING_ZONE;
use crate::actors::services::CONFIG_RECORDER;
use crate::actors::workloads::QUERY_JOB;
use crate::actors::{Actor, Path, USUAL};
use crate::calls::{governance, identity};
use crate::chain::{Chain, Interruptions, Window};
use crate::identities::{SERVICE_EVENT, SERVICE_SESSION, SESSION};
use crate::organization::{self, HOME_REGION};
use crate::random::{Random, hash};
use crate::time::{DAY, HOUR, floor};

mod leaked_key;
mod list;

pub use list::Story;
pub(crate) use list::stories;

/// When the stories happen.
#[expect(clippy::struct_field_names, reason = "times are named `…_at` throughout the workspace")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moments {
    /// When the history and the trail begin.
    pub(crate) began_at: i64,
    /// When the newest account joins.
    pub(crate) joined_at: i64,
    /// When logging stops.
    pub(crate) stopped_at: i64,
    /// When logging starts again.
    pub(crate) restarted_at: i64,
    /// A time in the window of the digest that gets lost.
    pub(crate) lost_at: i64,
    /// When the leaked key is used first.
    pub(crate) leaked_at: i64,
}

/// The account in which the digest gets lost, and its Region.
const LOST_PLACE: (&str, &str) = ("data-lake", "eu-west-1");

impl Moments {
    /// The moments of a history of some whole days that begins at a midnight.
    pub(crate) fn new(began_at: i64, days: i64) -> Self {
        let moment = |fifteenths: i64, hour: i64, minute: i64, second: i64| {
            began_at + days * fifteenths / 15 * DAY + hour * HOUR + minute * 60 + second
        };
        Self {
            began_at,
            joined_at: moment(6, 10, 4, 11),
            stopped_at: moment(7, 13, 17, 42),
            restarted_at: moment(7, 14, 28, 50),
            lost_at: moment(11, 10, 30, 0),
            leaked_at: moment(12, 2, 11, 8),
        }
    }

    /// The moments that shape the chains.
    pub(crate) fn interruptions(&self) -> Interruptions {
        let Self { began_at, joined_at, stopped_at, restarted_at, .. } = *self;
        Interruptions { began_at, joined_at, stopped_at, restarted_at }
    }

    /// The window whose digest gets lost, if the chain is the one.
    pub(crate) fn lost_window(&self, chain: &Chain) -> Option<Window> {
        ((chain.account.name, chain.region) == LOST_PLACE)
            .then(|| chain.window_at(self.lost_at))
            .flatten()
    }

    /// The instant of the intruder's call that stands for the altered file, if the chain is the one.
    pub(crate) fn altered_at(&self, chain: &Chain) -> Option<i64> {
        ((chain.account.name, chain.region) == leaked_key::PLACE)
            .then_some(self.leaked_at + leaked_key::ALTERED_AFTER)
    }

    /// The activities of the stories that begin in an hour of a chain.
    pub(crate) fn activities(&self, chain: &Chain, hour: i64) -> Vec<Activity> {
        let mut activities = match (chain.account.name, chain.region) {
            ("org-management", HOME_REGION) => {
                let mut activities = self.stop(chain);
                activities.extend([
                    self.beginning(chain),
                    self.joining(chain),
                    self.creation(chain),
                ]);
                activities
            }
            ("ml-research", HOME_REGION) => vec![self.arrival(chain)],
            place if place == leaked_key::PLACE => leaked_key::activities(chain, self.leaked_at),
            place if place == LOST_PLACE => self.loss(chain).into_iter().collect(),
            _ => Vec::new(),
        };
        activities.retain(|activity| floor(activity.starts_at, HOUR) == hour);
        activities
    }

    /// The trail is made and started.
    fn beginning(&self, chain: &Chain) -> Activity {
        let mut activity = begin(chain, &LANDING_ZONE, self.began_at, "beginning", &[]);
        activity.push(self.began_at, SESSION, &governance::CREATE_TRAIL, Outcome::Succeeds);
        activity.push(
            self.began_at + 2,
            SESSION,
            &governance::PUT_EVENT_SELECTORS,
            Outcome::Succeeds,
        );
        activity.push(self.began_at + 5, SESSION, &governance::START_LOGGING, Outcome::Succeeds);
        activity
    }

    /// The administrator stops the trail, and starts it again in the same session.
    fn stop(&self, chain: &Chain) -> Vec<Activity> {
        let given = [("person", "olga.brandt".to_owned()), ("mfa", "true".to_owned())];
        let began_at = self.stopped_at - 380;
        let mut stop = begin(chain, &ADMINISTRATOR, began_at, "stop", &given);
        for (after, call) in [
            (70, &governance::DESCRIBE_TRAILS),
            (120, &governance::GET_TRAIL_STATUS),
            (380, &governance::STOP_LOGGING),
        ] {
            stop.push(began_at + after, SESSION, call, Outcome::Succeeds);
        }
        let mut start =
            Activity { starts_at: self.restarted_at, drafts: Vec::new(), ..stop.clone() };
        for (after, call) in [
            (0, &governance::START_LOGGING),
            (25, &governance::GET_TRAIL_STATUS),
            (41, &governance::DESCRIBE_TRAILS),
        ] {
            start.push(self.restarted_at + after, SESSION, call, Outcome::Succeeds);
        }
        vec![stop, start]
    }

    /// An account is asked for and put into its unit.
    fn joining(&self, chain: &Chain) -> Activity {
        let began_at = self.joined_at - 210;
        let given = joined_variables();
        let mut activity = begin(chain, &LANDING_ZONE, began_at, "joining", &given);
        activity.push(began_at, SESSION, &governance::CREATE_ACCOUNT, Outcome::Succeeds);
        activity.push(self.joined_at + 95, SESSION, &governance::MOVE_ACCOUNT, Outcome::Succeeds);
        activity
    }

    /// Organizations says that the account is there.
    fn creation(&self, chain: &Chain) -> Activity {
        let mut activity =
            begin(chain, &ORGANIZATIONS, self.joined_at, "joining", &joined_variables());
        let call = &governance::CREATE_ACCOUNT_RESULT;
        activity.push(self.joined_at, SERVICE_EVENT, call, Outcome::Succeeds);
        activity
    }

    /// The first thing in the new account: the trail's role.
    fn arrival(&self, chain: &Chain) -> Activity {
        let time = self.joined_at + 40;
        let mut activity = begin(chain, &ORGANIZATIONS, time, "arrival", &[]);
        let call = &identity::CREATE_SERVICE_LINKED_ROLE;
        activity.push(time, SERVICE_SESSION, call, Outcome::Succeeds);
        activity
    }

    /// Something that only the lost digest could prove.
    fn loss(&self, chain: &Chain) -> Option<Activity> {
        let time = chain.window_at(self.lost_at)?.start + 300;
        Some(Activity::run(&QUERY_JOB, start(chain, time, "loss"), 24))
    }
}

fn joined_variables() -> [(&'static str, String); 1] {
    [("joined", organization::account("ml-research").id.to_owned())]
}

/// AWS Organizations, which makes accounts and roles in them.
static ORGANIZATIONS: Actor = Actor {
    variables: &[
        ("service", "organizations.amazonaws.com"),
        ("role", "AWSServiceRoleForOrganizations"),
        ("role-path", "aws-service-role/organizations.amazonaws.com/"),
        ("session", "organizations-service-session"),
        ("linked-service", "cloudtrail"),
        ("linked-role", "AWSServiceRoleForCloudTrail"),
    ],
    sources: &["organizations.amazonaws.com"],
    agents: &["organizations.amazonaws.com"],
    path: Path::Inside,
    ..USUAL
};

fn start(chain: &Chain, time: i64, story: &str) -> Start {
    let seed = Random::new(&[chain.seed, hash(story)]).next();
    Start { account: chain.account, region: chain.region, time, seed }
}

fn begin(
    chain: &Chain,
    actor: &'static Actor,
    time: i64,
    story: &str,
    given: &[(&'static str, String)],
) -> Activity {
    Activity::new(actor, start(chain, time, story), given)
}

/// Harmless calls beside those of a story.
fn company(chain: &Chain, time: i64, story: &str) -> Activity {
    Activity::run(&CONFIG_RECORDER, start(chain, time, story), 16)
}
