//! What was measured, step by step.

use std::collections::BTreeMap;

use serde_json::Value;

/// A step of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Ingest,
    DuckdbParquet,
    DuckdbTable,
    ChdbIngest,
    Validate,
    ScaleOne,
    ScaleTwo,
    Search,
    DuckdbSearch,
    ChdbSearch,
}

impl Step {
    /// These are repeated, one after the other, so that a busy moment doesn't hit one of them only.
    pub(super) const REPEATED: [Self; 7] = [
        Self::Ingest,
        Self::DuckdbParquet,
        Self::DuckdbTable,
        Self::ChdbIngest,
        Self::Validate,
        Self::ScaleOne,
        Self::ScaleTwo,
    ];

    /// These repeat every question themselves.
    pub(super) const LAST: [Self; 3] = [Self::Search, Self::DuckdbSearch, Self::ChdbSearch];

    /// Its name on the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::DuckdbParquet => "duckdb-ingest",
            Self::DuckdbTable => "duckdb-table",
            Self::ChdbIngest => "chdb-ingest",
            Self::Validate => "validate",
            Self::ScaleOne => "scale by one process",
            Self::ScaleTwo => "scale by two processes",
            Self::Search => "search",
            Self::DuckdbSearch => "duckdb-search",
            Self::ChdbSearch => "chdb-search",
        }
    }

    /// Where it keeps its data: a search finds that of its ingest.
    pub(super) fn directory(self) -> &'static str {
        match self {
            Self::Ingest | Self::Search => "orgtrail",
            Self::DuckdbParquet | Self::DuckdbSearch => "duckdb",
            Self::DuckdbTable => "duckdb-table",
            Self::ChdbIngest | Self::ChdbSearch => "chdb",
            Self::Validate => "validate",
            Self::ScaleOne | Self::ScaleTwo => "scale",
        }
    }
}

/// The results of all runs, and what went wrong.
pub(super) struct Figures {
    /// What `generate` says about the files.
    pub(super) sample: Value,
    runs: BTreeMap<Step, Vec<Value>>,
    /// Why a step has no result, or not as many as others.
    pub(super) failures: BTreeMap<Step, String>,
}

impl Figures {
    pub(super) fn new(sample: Value) -> Self {
        Self { sample, runs: BTreeMap::new(), failures: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, step: Step, result: Result<Value, String>) {
        match result {
            Ok(value) => self.runs.entry(step).or_default().push(value),
            Err(reason) => {
                println!("  {} failed: {reason}", step.name());
                self.failures.insert(step, reason);
            }
        }
    }

    /// How many runs of a step there are.
    pub(super) fn count(&self, step: Step) -> usize {
        self.runs.get(&step).map_or(0, Vec::len)
    }

    /// The last result of a step.
    pub(super) fn last(&self, step: Step) -> Option<&Value> {
        self.runs.get(&step)?.last()
    }

    /// The median over the runs of what `of` reads from a result.
    pub(super) fn median(&self, step: Step, of: impl Fn(&Value) -> Option<f64>) -> Option<f64> {
        let mut values: Vec<f64> = self.runs.get(&step)?.iter().filter_map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_median_is_of_the_runs_that_succeeded() {
        let mut figures = Figures::new(Value::Null);
        let of = |value: &Value| value["s"].as_f64();
        assert_eq!(figures.median(Step::Ingest, of), None);
        for seconds in [9.0, 1.0, 3.0] {
            figures.add(Step::Ingest, Ok(json!({"s": seconds})));
        }
        figures.add(Step::Ingest, Err("no".to_owned()));
        assert_eq!(figures.median(Step::Ingest, of), Some(3.0));
        assert_eq!(figures.count(Step::Ingest), 3);
        assert_eq!(figures.failures[&Step::Ingest], "no");
    }
}
