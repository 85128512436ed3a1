//! A run of calls by one actor, before its records are written.

use crate::actors::{Actor, Path};
use crate::calls::Call;
use crate::organization::{AccountSpec, HOME_REGION};
use crate::random::{Random, hash, part};
use crate::time;
use crate::values::{Scope, Values};

/// How a call ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It succeeds, unless the call itself always fails.
    Succeeds,
    /// It meets one of the errors that are usual for it.
    Fails,
    /// It is denied.
    Denied,
}

/// One call of an activity.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draft {
    /// When it happened, in seconds since 1970.
    pub(crate) time: i64,
    /// Draws what is special about this call.
    pub(crate) seed: u64,
    /// The template of `userIdentity`.
    pub(crate) identity: &'static str,
    /// The call.
    pub(crate) call: &'static Call,
    /// How it ends.
    pub(crate) outcome: Outcome,
    /// Whether another account gets a record of the same call.
    pub(crate) is_shared: bool,
}

/// A run of calls by one actor in one account and Region.
#[derive(Clone, Debug)]
pub(crate) struct Activity {
    /// The account that gets the records.
    pub(crate) account: &'static AccountSpec,
    /// The Region.
    pub(crate) region: &'static str,
    /// What the calls have in common.
    pub(crate) scope: Scope,
    /// The template of the actor's ARN.
    pub(crate) arn: &'static str,
    /// `sourceIPAddress`.
    pub(crate) source: String,
    /// The template of `userAgent`.
    pub(crate) agent: &'static str,
    /// How the calls reach AWS.
    pub(crate) path: Path,
    /// Whether it is the intruder's of the story.
    pub(crate) is_intruder: bool,
    /// When it begins, in seconds since 1970.
    pub(crate) starts_at: i64,
    /// The calls.
    pub(crate) drafts: Vec<Draft>,
}

/// Where and when an activity begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    /// The account.
    pub(crate) account: &'static AccountSpec,
    /// The Region.
    pub(crate) region: &'static str,
    /// The time, in seconds since 1970.
    pub(crate) time: i64,
    /// Draws everything about it.
    pub(crate) seed: u64,
}

impl Activity {
    /// An activity of an actor without any call yet; `given` variables beat the actor's own.
    pub(crate) fn new(
        actor: &'static Actor,
        start: Start,
        given: &[(&'static str, String)],
    ) -> Self {
        let mut random = Random::new(&[start.seed, hash("activity")]);
        let mut activity = Self {
            account: start.account,
            region: start.region,
            scope: Scope { variables: given.to_vec(), seed: start.seed },
            arn: actor.arn,
            source: String::new(),
            agent: random.pick(actor.agents),
            path: actor.path,
            is_intruder: false,
            starts_at: start.time,
            drafts: Vec::new(),
        };
        for (name, template) in actor.variables {
            activity.set(name, template, start);
        }
        let age = if random.happens(actor.opening_permille) && !actor.opening.is_empty() {
            0
        } else {
            300 + random.seconds(2700)
        };
        let created = time::iso(start.time - age);
        for (name, template) in [
            ("role-path", ""),
            ("mfa", "false"),
            ("key", "ASIA<base32-16>"),
            ("session-key", "ASIA<base32-16>"),
            ("created", &created),
        ] {
            activity.set(name, template, start);
        }
        activity.source = activity.values(start.seed, start.time).fill(random.pick(actor.sources));
        if activity.source == "AWS Internal" || activity.source.ends_with(".amazonaws.com") {
            activity.path = Path::Inside;
        }
        if age == 0 {
            activity.open(actor, start);
        }
        activity
    }

    /// A whole run of an actor: its opening and `length` calls.
    pub(crate) fn run(actor: &'static Actor, start: Start, length: u64) -> Self {
        let mut activity = Self::new(actor, start, &[]);
        activity.extend(actor, start.seed, length);
        activity
    }

    /// Adds calls as the actor makes them.
    pub(crate) fn extend(&mut self, actor: &'static Actor, seed: u64, length: u64) {
        let mut random = Random::new(&[seed, hash("calls")]);
        let mut time = self.drafts.last().map_or(self.starts_at, |draft| draft.time);
        for _ in 0..length {
            let Some(call) = draw_call(actor, self.region, &mut random) else { return };
            time += random.seconds(actor.pause) + i64::from(random.happens(700));
            let fails = call.failure.is_none() && random.happens(actor.failures);
            let outcome = if fails { Outcome::Fails } else { Outcome::Succeeds };
            let seed = random.next();
            let (identity, is_shared) = (actor.identity, false);
            self.drafts.push(Draft { time, seed, identity, call, outcome, is_shared });
        }
    }

    /// Adds one call.
    pub(crate) fn push(
        &mut self,
        time: i64,
        identity: &'static str,
        call: &'static Call,
        outcome: Outcome,
    ) {
        let seed = Random::new(&[self.scope.seed, hash(call.name), part(time)]).next();
        self.drafts.push(Draft { time, seed, identity, call, outcome, is_shared: false });
    }

    /// Fills templates for one of its calls.
    pub(crate) fn values(&self, seed: u64, time: i64) -> Values<'_> {
        Values { account: self.account, region: self.region, scope: &self.scope, seed, time }
    }

    fn set(&mut self, name: &'static str, template: &str, start: Start) {
        if self.scope.find(name).is_none() {
            let value = self.values(start.seed, start.time).fill(template);
            self.scope.variables.push((name, value));
        }
    }

    fn open(&mut self, actor: &'static Actor, start: Start) {
        let mut time = start.time;
        for (identity, call) in actor.opening {
            if call.is_global() && self.region != HOME_REGION {
                continue;
            }
            self.push(time, identity, call, Outcome::Succeeds);
            time += 1;
        }
    }
}

/// One of the actor's calls; calls of global services are made in the home Region only.
fn draw_call(actor: &'static Actor, region: &str, random: &mut Random) -> Option<&'static Call> {
    let is_possible = |call: &Call| region == HOME_REGION || !call.is_global();
    let possible = || actor.calls.iter().filter(|(_, call)| is_possible(call));
    let mut left = random.below(possible().map(|(weight, _)| weight).sum());
    for (weight, call) in possible() {
        if left < *weight {
            return Some(call);
        }
        left -= weight;
    }
    None
}
