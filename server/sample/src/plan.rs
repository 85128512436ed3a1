//! What happens in an hour of a chain, and in which files it is delivered.

use crate::activity::{Activity, Draft, Start};
use crate::actors::{self, Actor, Hours};
use crate::chain::{Chain, LATENCY};
use crate::links;
use crate::organization::HOME_REGION;
use crate::random::{Random, hash, part};
use crate::rhythm;
use crate::stories::Moments;
use crate::time::{self, HOUR};

/// How many events a busy hour of the history gathers, in thousandths: quiet accounts are busy seldom
/// instead of a little in each hour, so that files are not too many.
const HISTORY_CLUSTER: u64 = 46_000;
/// The same after the anchor, where somebody may be watching.
const LIVE_CLUSTER: u64 = 9_000;
/// The most events of a file.
const FILE_EVENTS_MAX: usize = 150;
/// The longest time that a file gathers events, in seconds.
const FILE_SPAN: i64 = 1200;
/// The same where a story wants several files.
const STORY_FILE_SPAN: i64 = 600;

/// What all hours are planned from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Planner {
    /// The sample's seed.
    pub(crate) seed: u64,
    /// When the history ends.
    pub(crate) anchor: i64,
    /// The share of the full activity, in percent.
    pub(crate) scale: u64,
    /// When the stories happen.
    pub(crate) moments: Moments,
}

/// One log file before it is written.
#[derive(Debug)]
pub(crate) struct FilePlan {
    /// When it is delivered.
    pub(crate) slot: i64,
    /// Its events: the activity's and the call's place.
    pub(crate) events: Vec<(usize, usize)>,
}

/// An hour of a chain.
#[derive(Debug)]
pub(crate) struct HourPlan {
    /// What happens.
    pub(crate) activities: Vec<Activity>,
    /// How it is delivered, oldest first.
    pub(crate) files: Vec<FilePlan>,
}

impl HourPlan {
    /// The activity and the call at a place of [`FilePlan::events`].
    pub(crate) fn event(&self, place: (usize, usize)) -> (&Activity, &Draft) {
        let activity = &self.activities[place.0];
        (activity, &activity.drafts[place.1])
    }
}

impl Planner {
    /// Plans the hour of a chain that begins at `hour`. Activities may last into the next hour.
    pub(crate) fn plan(&self, chain: &Chain, hour: i64) -> HourPlan {
        let mut activities = self.ordinary(chain, hour);
        if chain.region == HOME_REGION {
            let joined_at = self.moments.joined_at;
            activities.extend(links::activities(self.seed, chain.account, hour, joined_at));
        }
        let stories = self.moments.activities(chain, hour);
        let span = if stories.iter().any(|activity| activity.is_intruder) {
            STORY_FILE_SPAN
        } else {
            FILE_SPAN
        };
        activities.extend(stories);
        let files = files(chain, &activities, span);
        HourPlan { activities, files }
    }

    /// What happens without a story.
    fn ordinary(&self, chain: &Chain, hour: i64) -> Vec<Activity> {
        let mut random = Random::new(&[chain.seed, hash("hour"), part(hour)]);
        let percent = chain.account.rhythm.percent(hour);
        let expected = chain.daily * 1000 / 24 * percent / 100 * self.scale / 100;
        let is_live = hour + HOUR > self.anchor;
        let cluster =
            if is_live { LIVE_CLUSTER } else { HISTORY_CLUSTER } * self.scale.min(100) / 100;
        let cluster = cluster.min(chain.daily * 1000 / 3).max(1);
        if !random.happens((expected * 1000 / cluster).min(1000)) {
            return Vec::new();
        }
        let target = expected.max(cluster) * random.between(60, 140) / 100 / 1000;
        // A quiet hour's activities begin together, a busy hour's anywhere.
        let is_spread = is_live || expected > 2 * cluster;
        let (base, width) = if is_spread { (0, HOUR) } else { (random.seconds(3000), 480) };
        let mut activities = Vec::new();
        let mut made = 0;
        while made < target {
            let actor = draw_actor(chain, hour, &mut random);
            let length = random.between(actor.length.0, actor.length.1);
            let left = target - made;
            made += length;
            let start = Start {
                account: chain.account,
                region: chain.region,
                time: hour + base + random.seconds(width),
                seed: random.next(),
            };
            // The last run is made with the probability that keeps the mean as it should be.
            if length <= left || random.below(length) < left {
                activities.push(Activity::run(actor, start, length));
            }
        }
        activities
    }
}

fn draw_actor(chain: &Chain, hour: i64, random: &mut Random) -> &'static Actor {
    let actors = actors::actors_of(chain.account.purpose);
    let is_there = |actor: &Actor| match actor.hours {
        Hours::Any => true,
        Hours::Office => rhythm::is_office_hour(hour),
    };
    let present = || actors.iter().filter(|(_, actor)| is_there(actor));
    let mut left = random.below(present().map(|(weight, _)| weight).sum());
    for (weight, actor) in present() {
        if left < *weight {
            return actor;
        }
        left -= weight;
    }
    actors[0].1
}

/// Puts the events that the chain logs into files: one after the other until a file is full or old.
fn files(chain: &Chain, activities: &[Activity], span: i64) -> Vec<FilePlan> {
    let mut events: Vec<(i64, (usize, usize))> = Vec::new();
    for (index, activity) in activities.iter().enumerate() {
        for (place, draft) in activity.drafts.iter().enumerate() {
            if chain.logs(draft.time) {
                events.push((draft.time, (index, place)));
            }
        }
    }
    events.sort_unstable();
    let mut files: Vec<FilePlan> = Vec::new();
    let mut opened_at = i64::MIN;
    for (time, place) in events {
        let slot = time::slot_at_or_after(time + LATENCY);
        match files.last_mut() {
            Some(file) if time <= opened_at + span && file.events.len() < FILE_EVENTS_MAX => {
                file.slot = slot;
                file.events.push(place);
            }
            _ => {
                opened_at = time;
                files.push(FilePlan { slot, events: vec![place] });
            }
        }
    }
    // Records of a file are grouped by who made the calls; their order is not that of time.
    for file in &mut files {
        file.events.sort_unstable();
    }
    files
}
