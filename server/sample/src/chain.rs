//! The digest chains: one per account and Region, with their hours and their interruptions.

use crate::organization::{ACCOUNTS, AccountSpec};
use crate::random::{Random, hash};
use crate::time::{self, HOUR};

/// A time in which the trail delivers without interruption.
#[expect(clippy::struct_field_names, reason = "times are named `…_at` throughout the workspace")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// The first second that is logged; the starting digest begins here.
    pub(crate) begins_at: i64,
    /// The last second that is logged.
    pub(crate) last_event_at: i64,
    /// Where the final digest ends.
    pub(crate) ends_at: i64,
}

/// The hour, or the part of one, that a digest covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// `digestStartTime`.
    pub(crate) start: i64,
    /// `digestEndTime`.
    pub(crate) end: i64,
    /// Whether the digest begins a chain.
    pub(crate) is_starting: bool,
}

/// A digest chain.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    /// The account whose activity it covers.
    pub(crate) account: &'static AccountSpec,
    /// The Region whose activity it covers.
    pub(crate) region: &'static str,
    /// Events of a working day.
    pub(crate) daily: u64,
    /// A seed of its own.
    pub(crate) seed: u64,
    /// Minutes and seconds at which its digests end.
    offset: i64,
    /// When the trail delivers, oldest first.
    pub(crate) segments: Vec<Segment>,
}

/// The moments that shape all chains.
#[expect(clippy::struct_field_names, reason = "times are named `…_at` throughout the workspace")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interruptions {
    /// When the trail began.
    pub(crate) began_at: i64,
    /// When the newest account joined.
    pub(crate) joined_at: i64,
    /// When logging was stopped.
    pub(crate) stopped_at: i64,
    /// When logging was started again.
    pub(crate) restarted_at: i64,
}

/// Makes the chains of all accounts.
pub(crate) fn chains(seed: u64, moments: Interruptions) -> Vec<Chain> {
    let each = |account: &'static AccountSpec| {
        account
            .regions
            .iter()
            .map(move |(region, daily)| chain(seed, account, region, *daily, moments))
    };
    ACCOUNTS.iter().flat_map(each).collect()
}

fn chain(
    seed: u64,
    account: &'static AccountSpec,
    region: &'static str,
    daily: u64,
    moments: Interruptions,
) -> Chain {
    let parts = [seed, hash(account.id), hash(region)];
    let mut random = Random::new(&parts);
    let offset = random.seconds(60) * 60 + 1 + random.seconds(58);
    // The last log files of a stop lie on the slot after it; the final digest ends shortly after that.
    let ends_at = time::slot_at_or_after(moments.stopped_at + LATENCY) + 31 + random.seconds(150);
    let begins_at =
        if account.joined_days_before.is_some() { moments.began_at } else { moments.joined_at };
    let segments = vec![
        Segment { begins_at, last_event_at: moments.stopped_at, ends_at },
        Segment { begins_at: moments.restarted_at, last_event_at: i64::MAX, ends_at: i64::MAX },
    ];
    Chain { account, region, daily, seed: random.next(), offset, segments }
}

/// How long an event takes at least from its call to the bucket.
pub(crate) const LATENCY: i64 = 120;

impl Chain {
    /// Whether an event of that second is delivered.
    pub(crate) fn logs(&self, time: i64) -> bool {
        self.segments
            .iter()
            .any(|segment| segment.begins_at <= time && time <= segment.last_event_at)
    }

    /// The name under which the state of the chain is kept.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.account.id, self.region)
    }

    /// The windows whose digests are delivered after `from` and not after `until`, oldest first.
    pub(crate) fn windows(&self, from: i64, until: i64) -> Vec<Window> {
        let mut windows = Vec::new();
        for segment in &self.segments {
            let mut end = self.boundary_after(segment.begins_at.max(from - 2 * HOUR));
            loop {
                let window = self.window(segment, end.min(segment.ends_at));
                let delivered_at = time::slot_at_or_after(window.end);
                if delivered_at > until {
                    break;
                }
                if delivered_at > from && window.end > segment.begins_at {
                    windows.push(window);
                }
                if end >= segment.ends_at {
                    break;
                }
                end += HOUR;
            }
        }
        windows
    }

    /// The window in which `time` lies, if the trail delivers then.
    pub(crate) fn window_at(&self, time: i64) -> Option<Window> {
        let segment = self
            .segments
            .iter()
            .find(|segment| segment.begins_at <= time && time < segment.ends_at)?;
        Some(self.window(segment, self.boundary_after(time).min(segment.ends_at)))
    }

    fn window(&self, segment: &Segment, end: i64) -> Window {
        let start = self.boundary_after(end - HOUR - 1).max(segment.begins_at);
        Window { start, end, is_starting: start == segment.begins_at }
    }

    /// The first end of a digest after `time`.
    fn boundary_after(&self, time: i64) -> i64 {
        time + 1 + (self.offset - time - 1).rem_euclid(HOUR)
    }
}

#[cfg(test)]
mod tests;
