//! Bytes, time and false positives of the bitmaps.

use crate::files::File;
use orgtrail_domain::filter::contains;
use orgtrail_domain::grams::{Grams, GramsBuilder, Probe};

/// How often the time is taken; the best counts, as the machine has other work.
const PASSES: usize = 5;

/// Fields whose values are drawn at random by AWS.
const OPAQUE: [&str; 4] = ["eventID", "requestID", "sharedEventID", "x-amz-id-2"];

/// Fields whose values people look for.
const NEEDLES: [&str; 8] = [
    "bucketName",
    "accessKeyId",
    "sourceIPAddress",
    "requestID",
    "eventID",
    "x-amz-id-2",
    "eventName",
    "userName",
];

/// Texts that no record holds.
const ABSENT: [&str; 8] = [
    "qzjxwv",
    "xk7qpz",
    "wvyzqj",
    "zq3jkx",
    "jqxkvzwy",
    "kjzq-xwvq",
    "0f9e8d7c6b5a",
    "203.0.113.77",
];

pub(crate) fn print(files: &[File]) {
    let events: usize = files.iter().map(Vec::len).sum();
    let bytes: usize = files.iter().flatten().map(String::len).sum();
    println!(
        "{} files, {events} events, {:.1} events/file, {:.0} bytes/event",
        files.len(),
        ratio(events, files.len()),
        ratio(bytes, events)
    );
    let mut best = f64::INFINITY;
    let mut bitmaps: Vec<Grams> = Vec::new();
    for _ in 0..PASSES {
        let start = processor_seconds();
        bitmaps = files.iter().map(|file| build(file).finish()).collect();
        best = best.min(processor_seconds() - start);
    }
    let stored: usize = bitmaps.iter().map(|bitmap| bitmap.encode().len()).sum();
    println!(
        "stored: {:.1} bytes/event; made in {:.2} µs/event",
        ratio(stored, events),
        per(best, events)
    );
    let (mut seen, mut kept, mut without) = (0, 0, 0);
    for file in files {
        let count = build(file).count();
        seen += count.seen;
        kept += count.kept;
        let cut: File = file.iter().map(|text| without_opaque(text)).collect();
        without += build(&cut).count().kept;
    }
    let per_event = |grams: u64| ratio(usize::try_from(grams).unwrap_or(usize::MAX), events);
    println!(
        "grams/event: {:.0}; without stop-set {:.0} ({:.1} bytes); also without opaque values {:.0} ({:.1} bytes)",
        per_event(seen),
        per_event(kept),
        per_event(kept) / 4.0,
        per_event(without),
        per_event(without) / 4.0
    );
    for field in NEEDLES {
        rates(field, &draw(files, field), files, &bitmaps);
    }
    rates("absent", &ABSENT.map(str::to_owned), files, &bitmaps);
}

/// How long this thread has had a processor.
fn processor_seconds() -> f64 {
    let spent = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    spent.split(' ').next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).unwrap_or(0.0)
        / 1e9
}

fn build(file: &File) -> GramsBuilder {
    let mut builder = GramsBuilder::new(file.iter().map(String::len).sum());
    for text in file {
        builder.add(text);
    }
    builder
}

/// Some values of a field, from all over the files.
fn draw(files: &[File], field: &str) -> Vec<String> {
    let key = format!("\"{field}\":\"");
    let mut values: Vec<String> = files
        .iter()
        .flatten()
        .filter_map(|text| {
            let (_, behind) = text.split_once(&key)?;
            Some(behind.split_once('"')?.0.to_owned())
        })
        .collect();
    values.sort_unstable();
    values.dedup();
    let step = (values.len() / 10).max(1);
    values.into_iter().skip(step / 2).step_by(step).take(10).collect()
}

/// Prints how many files without the needle seem to hold it, and proves that no file with it is missed.
fn rates(name: &str, needles: &[String], files: &[File], bitmaps: &[Grams]) {
    let mut found = Vec::new();
    let mut unusable = 0;
    for needle in needles {
        let Ok(probe) = Probe::new(needle) else {
            unusable += 1;
            continue;
        };
        let (mut wrong, mut right) = (0, 0);
        for (file, bitmap) in files.iter().zip(bitmaps) {
            let may_hold = bitmap.may_hold(&probe);
            let holds = (may_hold || files.len() < 20_000)
                && file.iter().any(|text| contains(text, needle));
            assert!(may_hold || !holds, "a file with {needle} is missed");
            right += usize::from(holds);
            wrong += usize::from(may_hold && !holds);
        }
        found.push((ratio(wrong, files.len() - right), right));
    }
    found.sort_by(|one, other| one.0.total_cmp(&other.0));
    if let (Some(median), Some(max)) = (found.get(found.len() / 2), found.last()) {
        let files: usize = found.iter().map(|(_, right)| right).sum();
        println!(
            "false positives of {name}: median {:.5}, max {:.5} ({} needles in {:.0} files each, {unusable} unusable)",
            median.0,
            max.0,
            found.len(),
            ratio(files, found.len())
        );
    } else {
        println!("{name}: {unusable} needles, none usable");
    }
}

fn without_opaque(text: &str) -> String {
    let mut text = text.to_owned();
    for field in OPAQUE {
        let key = format!("\"{field}\":\"");
        if let Some((before, behind)) = text.split_once(&key)
            && let Some((_, behind)) = behind.split_once('"')
        {
            text = format!("{before}{key}\"{behind}");
        }
    }
    text
}

fn ratio(part: usize, whole: usize) -> f64 {
    let to = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    to(part) / to(whole).max(1.0)
}

fn per(seconds: f64, events: usize) -> f64 {
    seconds * 1e6 / ratio(events, 1)
}
