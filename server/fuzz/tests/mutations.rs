//! Every target over its corpus, and over mutations of it that a seed makes. What a target ever ended by becomes a test
//! beside the code, and an input of the corpus.

use orgtrail_fuzz::{TARGETS, Target, corpus, mutate::mutate};
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::panic::catch_unwind;

/// How many mutations each input has; `cargo xtask fuzz` sets more where libFuzzer is missing.
const ROUNDS: usize = 3_000;

fn setting(name: &str) -> Option<u64> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a soak sets what it wants of a test by the environment"
    )]
    let text = std::env::var(name).ok()?;
    text.parse().ok()
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
    for target in TARGETS {
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

/// A target that refuses all of its corpus would find nothing.
#[test]
fn corpora_are_read() {
    for (name, is_read) in [
        (
            "record",
            (|bytes| {
                orgtrail_domain::record::canonical(std::str::from_utf8(bytes).unwrap()).is_ok()
            }) as fn(&[u8]) -> bool,
        ),
        ("split", |bytes| {
            orgtrail_domain::record::split::split_loose(bytes).is_ok_and(|parts| !parts.is_empty())
        }),
        ("digest", |bytes| orgtrail_domain::digest::Digest::parse(bytes).is_ok()),
        ("query", |bytes| {
            orgtrail_shared::query::Query::parse(std::str::from_utf8(bytes).unwrap()).is_ok()
        }),
        ("segment", |bytes| orgtrail_domain::segment::Segment::decode(bytes).is_ok()),
    ] {
        assert!(corpus::of(name).iter().all(|input| is_read(input)), "{name}");
    }
}
