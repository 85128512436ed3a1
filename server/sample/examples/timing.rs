//! Makes the whole history once and says how long it took and how much it is.

use orgtrail_sample::{DeliveryState, Sample, generate_key};
use std::collections::BTreeMap;
use std::time::Instant;

fn main() {
    let key = generate_key().expect("the machine has randomness");
    let anchor = "2026-11-20T12:00:00Z".parse().expect("the text is a time");
    let sample = Sample::new(7, anchor, &key).expect("the key was just made");
    let begun = Instant::now();
    let (mut files, mut digests, mut events, mut bytes) = (0, 0, 0, 0);
    let mut per: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    sample.deliver(&mut DeliveryState::default(), anchor, &mut |object| {
        bytes += object.body.len();
        events += object.event_count;
        if object.key.contains("/CloudTrail-Digest/") {
            digests += 1;
        } else {
            files += 1;
            let parts: Vec<&str> = object.key.split('/').collect();
            let entry = per.entry(format!("{}/{}", parts[2], parts[4])).or_default();
            entry.0 += 1;
            entry.1 += object.event_count;
        }
    });
    let took = begun.elapsed();
    eprintln!("{took:?}: {events} events in {files} files, {digests} digests, {bytes} bytes");
    for (chain, (files, events)) in per {
        eprintln!("  {chain:<26} {files:>5} files {events:>7} events");
    }
}
