//! Counting what other people's test programs report.

use crate::report::Counts;

#[test]
fn each_runner_reports_in_its_own_words() {
    check("test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; finished in 0.05s", 12, 0);
    check("test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out", 3, 2);
    check("  4 passed (12.3s)", 4, 0);
    check("  1 failed", 0, 1);
    check("5 passed", 5, 0);
}

#[test]
fn other_lines_count_nothing() {
    check("test a_rule_with_3 passed ... ok", 0, 0);
    check("running 12 tests", 0, 0);
    check("", 0, 0);
    check("  1 skipped", 0, 0);
    check("of 7 files 2 passed the gate (so far)", 0, 0);
}

#[track_caller]
fn check(line: &str, passed: u64, failed: u64) {
    let mut counts = Counts::default();
    counts.add_line(line);
    assert_eq!(counts, Counts { passed, failed }, "{line:?}");
}
