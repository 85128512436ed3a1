//! Every target over its corpus, and over mutations of it that a seed makes. What a target ever ended by becomes a test
//! beside the code, and an input of the corpus.

use chrono::TimeDelta;
use orgtrail_cloud::endpoint::host_and_port;
use orgtrail_domain::digest::Digest;
use orgtrail_domain::grams::Probe;
use orgtrail_domain::inflate::inflate;
use orgtrail_domain::log_key::ObjectKind;
use orgtrail_domain::record::canonical;
use orgtrail_domain::record::split::split_loose;
use orgtrail_domain::segment::Segment;
use orgtrail_fuzz::{SECRET, TARGETS, Target, corpus, is_signed, mutate::mutate};
use orgtrail_shared::page::EventPosition;
use orgtrail_shared::query::Query;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::panic::catch_unwind;

/// How many mutations each input has; `cargo xtask fuzz` sets more where libFuzzer is missing.
const ROUNDS: usize = 3_000;

fn text_of(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a soak sets what it wants of a test by the environment"
    )]
    std::env::var(name).ok()
}

fn setting(name: &str) -> Option<u64> {
    text_of(name)?.parse().ok()
}

fn run(target: Target, input: &[u8], seed: u64) {
    let outcome = catch_unwind(|| (target.run)(input));
    let text = String::from_utf8_lossy(input);
    assert!(
        outcome.is_ok(),
        "`{}` ended with seed {seed} by {input:?}, that is {text:?}",
        target.name
    );
}

#[test]
fn no_bytes_end_a_target() {
    let seed = setting("ORGTRAIL_SOAK_SEED").unwrap_or(20_261_121);
    let rounds = setting("ORGTRAIL_FUZZ_ROUNDS")
        .and_then(|rounds| usize::try_from(rounds).ok())
        .unwrap_or(ROUNDS);
    let wanted = text_of("ORGTRAIL_FUZZ_TARGETS");
    let is_wanted = |name: &str| {
        wanted.as_ref().is_none_or(|names| names.split(',').any(|wanted| wanted == name))
    };
    for target in TARGETS.into_iter().filter(|target| is_wanted(target.name)) {
        let inputs = corpus::of(target.name);
        assert!(!inputs.is_empty(), "`{}` has no corpus", target.name);
        let mut random = StdRng::seed_from_u64(seed);
        for input in &inputs {
            run(target, input, seed);
            for _ in 0..rounds {
                run(target, &mutate(&mut random, input, &inputs), seed);
            }
        }
        run(target, b"", seed);
    }
}

/// Whether a target gets beyond its first refusal with an input.
fn is_read(target: &str, input: &[u8]) -> bool {
    let text = || std::str::from_utf8(input).unwrap_or_default();
    match target {
        "record" => canonical(text()).is_ok(),
        "split" => split_loose(input).is_ok_and(|parts| !parts.is_empty()),
        "inflate" => inflate(input).is_ok(),
        "digest" => Digest::parse(input).is_ok(),
        "log_key" => {
            matches!(ObjectKind::parse(text()), ObjectKind::Log(_) | ObjectKind::Digest(_))
        }
        "query" => Query::parse(text()).is_ok(),
        "cursor" => EventPosition::from_token(text()).is_ok(),
        "segment" => Segment::decode(input).is_ok(),
        "grams" => text().split_once('\n').is_some_and(|(needle, _)| Probe::new(needle).is_ok()),
        "guard" => text().contains("AWS"),
        "endpoint" => host_and_port(text()).is_ok(),
        "sigv4" => is_signed(input, SECRET, TimeDelta::zero()),
        _ => false,
    }
}

/// A target that refuses all of its corpus would find nothing. The second number is how many are odd on purpose.
#[test]
fn corpora_are_read() {
    let refused = TARGETS.map(|target| {
        let inputs = corpus::of(target.name);
        let refused = inputs.iter().filter(|input| !is_read(target.name, input)).count();
        (target.name, refused)
    });
    let odd = [("inflate", 1), ("log_key", 1), ("cursor", 1), ("grams", 1), ("endpoint", 3)];
    for (name, refused) in refused {
        let wanted = odd.iter().find(|(odd, _)| *odd == name).map_or(0, |(_, count)| *count);
        assert_eq!(refused, wanted, "{name}");
    }
}
