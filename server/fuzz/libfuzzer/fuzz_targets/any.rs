//! One program for all targets: `ORGTRAIL_FUZZ_TARGET` names the one that is run.

#![no_main]

use libfuzzer_sys::fuzz_target;
use orgtrail_fuzz::{TARGETS, Target};
use std::sync::LazyLock;

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("ORGTRAIL_FUZZ_TARGET").expect("ORGTRAIL_FUZZ_TARGET is set");
    TARGETS.into_iter().find(|target| target.name == name).expect("it names a target")
});

fuzz_target!(|data: &[u8]| (TARGET.run)(data));
