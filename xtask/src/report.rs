//! Named, timed steps and the table at the end.

use std::process::exit;
use std::time::{Duration, Instant};

use anyhow::Result;

/// How many tests a step ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Tests that passed.
    pub(crate) passed: u64,
    /// Tests that failed.
    pub(crate) failed: u64,
}

impl Counts {
    /// Adds what one line of output reports, if it is such a line.
    ///
    /// Knows the closing lines of Rust's test harness, Playwright and our Python runner.
    pub(crate) fn add_line(&mut self, line: &str) {
        let line = line.trim();
        if let Some(result) = line.strip_prefix("test result: ") {
            for part in result.split([';', '.']) {
                self.add_words(part);
            }
        } else if line.ends_with(')') || line.split(' ').count() == 2 {
            self.add_words(line.split('(').next().unwrap_or(line));
        }
    }

    /// Adds `3 passed` or `1 failed`.
    fn add_words(&mut self, text: &str) {
        let Some((number, word)) = text.trim().split_once(' ') else { return };
        let Ok(number) = number.parse::<u64>() else { return };
        match word.trim() {
            "passed" => self.passed += number,
            "failed" => self.failed += number,
            _ => {}
        }
    }
}

/// How a step ended, if nothing went wrong on the way.
pub(crate) enum Outcome {
    /// It ran.
    Done(Counts),
    /// It could not run here, and why.
    Skipped(String),
}

/// What happened so far.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<(&'static str, String, Duration)>,
    counts: Counts,
    skipped: u64,
}

impl Report {
    /// Runs a step, remembers how it went, and tells whether it passed.
    pub(crate) fn step(
        &mut self,
        name: &'static str,
        step: impl FnOnce() -> Result<Outcome>,
    ) -> bool {
        println!("\n=== {name}");
        let start = Instant::now();
        let (passes, text) = match step() {
            Ok(Outcome::Done(counts)) => {
                self.counts.passed += counts.passed;
                self.counts.failed += counts.failed;
                (counts.failed == 0, describe(counts))
            }
            Ok(Outcome::Skipped(reason)) => {
                println!("SKIPPED {name}: {reason}");
                self.skipped += 1;
                (true, format!("SKIPPED: {reason}"))
            }
            Err(error) => {
                println!("FAILED {name}: {error:#}");
                self.counts.failed += 1;
                (false, format!("FAILED: {error:#}"))
            }
        };
        self.rows.push((name, text, start.elapsed()));
        passes
    }

    /// Prints the table, sums last, and ends the program with 1 if anything failed.
    pub(crate) fn finish(self) {
        println!();
        for (name, text, time) in &self.rows {
            println!("{name:<12} {:>7.1} s  {text}", time.as_secs_f64());
        }
        let Counts { passed, failed } = self.counts;
        if self.skipped > 0 {
            println!("\n{} of {} steps skipped", self.skipped, self.rows.len());
        }
        println!("\n{passed} passed, {failed} failed");
        if failed > 0 {
            exit(1);
        }
    }
}

fn describe(counts: Counts) -> String {
    match counts {
        Counts { passed: 0, failed: 0 } => "ok".to_owned(),
        Counts { passed, failed: 0 } => format!("{passed} passed"),
        Counts { passed, failed } => format!("FAILED: {passed} passed, {failed} failed"),
    }
}
