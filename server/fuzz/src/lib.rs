//! What reads bytes of strangers, as functions that a fuzzer can call: each ends the process when something is wrong.
//!
//! The tests of this crate run every target over its corpus and over mutations of it, with a fixed seed. `cargo xtask
//! fuzz` runs them under libFuzzer, with the programs in `libfuzzer/`.

#![expect(clippy::panic, reason = "a target tells by a panic what is wrong")]

pub mod corpus;
pub mod mutate;
mod targets;

pub use targets::{SECRET, TARGETS, Target, is_signed};
