use super::*;
use crate::activity::{Activity, Outcome, Start};
use crate::organization::{ACCOUNTS, REGIONS};
use crate::record;

/// Every call of every actor, however it ends, is a JSON object without an unfilled template.
#[test]
fn every_call_of_every_actor_can_be_written() {
    for account in &ACCOUNTS {
        for (_, actor) in actors_of(account.purpose) {
            for (region, seed) in REGIONS.iter().zip(1..) {
                let start = Start { account, region, time: 1_763_649_127, seed };
                let mut activity = Activity::new(actor, start, &[]);
                for (_, call) in actor.calls {
                    for outcome in [Outcome::Succeeds, Outcome::Fails, Outcome::Denied] {
                        activity.push(start.time, actor.identity, call, outcome);
                    }
                }
                for draft in &activity.drafts {
                    let mut text = String::new();
                    record::write(&activity, draft, &mut text);
                    let parsed = serde_json::from_str::<serde_json::Value>(&text);
                    assert!(parsed.is_ok_and(|record| record.is_object()), "{text}");
                    assert!(!text.contains('<'), "{text}");
                }
            }
        }
    }
}
