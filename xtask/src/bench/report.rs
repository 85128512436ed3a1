//! The figures as Markdown, and their place in the document.

use std::fmt::Write;

use anyhow::{Context, Result};
use serde_json::Value;

use super::figures::{Figures, Step};

/// What stands before and behind the parts of the document that the benchmark writes: one for a usual scale, one for a
/// large one.
const BEGIN: &str = "<!-- measured: written by `cargo xtask bench` -->";
const BEGIN_LARGE: &str =
    "<!-- measured at ten million: written by `cargo xtask bench --scale 10000000` -->";
const END: &str = "<!-- end of what was measured -->";

/// Peers with their names and how their CPU time compares: what orgtrail's is to be at most.
const PEERS: [(Step, &str, Option<f64>); 3] = [
    (Step::ChdbIngest, "chdb (embedded ClickHouse), MergeTree", Some(1.2)),
    (Step::DuckdbParquet, "DuckDB, tuned, to Parquet", Some(1.5)),
    (Step::DuckdbTable, "DuckDB, tuned, to a table", None),
];

/// From how many events on a scale is a large one.
const LARGE: u64 = 5_000_000;

/// The document with the part that was measured at this scale replaced.
///
/// # Errors
///
/// When the document has no such part.
pub(super) fn insert(document: &str, scale: u64, measured: &str) -> Result<String> {
    let begin = if scale >= LARGE { BEGIN_LARGE } else { BEGIN };
    let (before, rest) =
        document.split_once(begin).context("docs/benchmarks.md has no measured part")?;
    let (_, behind) =
        rest.split_once(END).context("the measured part of docs/benchmarks.md has no end")?;
    Ok(format!("{before}{begin}\n\n{}\n\n{END}{behind}", measured.trim()))
}

/// Everything that was measured.
pub(super) fn markdown(figures: &Figures, console: &[String]) -> String {
    let mut text = String::new();
    sample(&mut text, figures);
    ingest(&mut text, figures);
    scaling(&mut text, figures);
    verification(&mut text, figures);
    sizes(&mut text, figures);
    searches(&mut text, figures);
    if !console.is_empty() {
        text.push_str("\n### Console\n\n| what | figure |\n|---|---|\n");
        for line in console {
            text.push_str(line);
            text.push('\n');
        }
    }
    for (step, reason) in &figures.failures {
        let reason = reason.lines().next().unwrap_or_default();
        writeln!(text, "\n*Not measured, or not in every run: `{}`: {reason}*", step.name()).ok();
    }
    text
}

fn sample(text: &mut String, figures: &Figures) {
    let sample = &figures.sample;
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    writeln!(
        text,
        "{} events of {} days in {} log files of {} MB, with {} digests; {} cores; medians of {} runs.",
        sample["events"],
        sample["days"],
        sample["log_files"],
        sample["stored_bytes"].as_u64().unwrap_or(0) / 1_000_000,
        sample["digests"],
        cores,
        figures.count(Step::Ingest),
    )
    .ok();
}

/// CPU time of an ingest in microseconds per event.
fn cpu_per_event(step: Step, result: &Value) -> Option<f64> {
    let seconds = if step == Step::Ingest {
        result["server_cpu_s"].as_f64()? + result["postgres_cpu_s"].as_f64()?
    } else {
        result["cpu_s"].as_f64()?
    };
    Some(seconds * 1e6 / result["events"].as_f64()?)
}

fn ingest(text: &mut String, figures: &Figures) {
    text.push_str(
        "\n### Ingest\n\n| | CPU µs per event | events/s per core | events/s of wall time | peak memory | bytes per event | orgtrail's speed to it, by CPU | goal |\n|---|---|---|---|---|---|---|---|\n",
    );
    let own = figures.median(Step::Ingest, |result| cpu_per_event(Step::Ingest, result));
    let steps = [(Step::Ingest, "**orgtrail**", None)].into_iter().chain(PEERS);
    for (step, name, goal) in steps {
        let cpu = figures.median(step, |result| cpu_per_event(step, result));
        let wall = figures.median(step, |r| Some(r["events"].as_f64()? / r["wall_s"].as_f64()?));
        let memory = if step == Step::Ingest {
            let of = |name: &str| shown(figures.median(step, |r| r[name].as_f64()), 0);
            format!("{} + {} MiB", of("server_peak_mib"), of("postgres_peak_mib"))
        } else {
            format!("{} MiB", shown(figures.median(step, |r| r["peak_mib"].as_f64()), 0))
        };
        let bytes = figures.median(step, |r| {
            let bytes = r["index_bytes"].as_f64().or_else(|| r["bytes"].as_f64())?;
            Some(bytes / r["events"].as_f64()?)
        });
        let ratio = if step == Step::Ingest { None } else { cpu.zip(own).map(|(it, we)| it / we) };
        writeln!(
            text,
            "| {name} | {} | {} | {} | {memory} | {} | {} | {} |",
            shown(cpu, 1),
            shown(cpu.map(|cpu| 1e6 / cpu), 0),
            shown(wall, 0),
            shown(bytes, 0),
            ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2} ×")),
            goal.map_or_else(|| "–".to_owned(), |goal: f64| format!("≥ {goal} ×")),
        )
        .ok();
    }
    // How many events an object has decides more than anything else: small files cost nearly as much as large ones.
    let objects =
        figures.median(Step::Ingest, |r| Some(r["events"].as_f64()? / r["files"].as_f64()?));
    let part = |name: &str| {
        figures.median(Step::Ingest, |r| Some(r[name].as_f64()? * 1e6 / r["events"].as_f64()?))
    };
    writeln!(
        text,
        "\nOf orgtrail's CPU time {} µs are the server's and {} µs Postgres'; that is {} µs for each object, digests included. It is the only one that checks hashes, keeps every file and waits for \
         the disk before it goes on.",
        shown(part("server_cpu_s"), 1),
        shown(part("postgres_cpu_s"), 1),
        shown(own.zip(objects).map(|(cpu, objects)| cpu * objects), 0),
    )
    .ok();
}

/// Processes that share one queue, with Postgres and the store on the same cores.
fn scaling(text: &mut String, figures: &Figures) {
    let wall = |step| figures.median(step, |r| Some(r["events"].as_f64()? / r["wall_s"].as_f64()?));
    let (one, two) = (wall(Step::ScaleOne), wall(Step::ScaleTwo));
    let share = figures.median(Step::ScaleTwo, |r| {
        let shares: Vec<f64> = r["shares"].as_array()?.iter().filter_map(Value::as_f64).collect();
        let least = shares.iter().copied().fold(f64::INFINITY, f64::min);
        Some(100.0 * least / shares.iter().sum::<f64>())
    });
    writeln!(
        text,
        "\n### Processes that share one queue\n\nOne `work` process with one worker takes in {} events/s of wall time, two take in {}: {} ×. The less busy one of the two did {} % of it.",
        shown(one, 0),
        shown(two, 0),
        shown(one.zip(two).map(|(one, two)| two / one), 2),
        shown(share, 0),
    )
    .ok();
}

fn verification(text: &mut String, figures: &Figures) {
    let files = figures.sample["log_files"].as_f64().zip(figures.sample["digests"].as_f64());
    let Some(files) = files.map(|(logs, digests)| logs + digests) else { return };
    let stock = figures.median(Step::Validate, |r| {
        Some((r["digests"].as_f64()? + r["logs"].as_f64()?) / r["cpu_s"].as_f64()?)
    });
    // Hashes are taken while files are taken in, so that part of the work is in the other table.
    let own = figures.median(Step::Ingest, |r| {
        let cpu = &r["verification"];
        Some(files / (cpu["server_cpu_s"].as_f64()? + cpu["postgres_cpu_s"].as_f64()?))
    });
    let whole = figures.median(Step::Ingest, |r| {
        let cpu = &r["verification"];
        let verification = cpu["server_cpu_s"].as_f64()? + cpu["postgres_cpu_s"].as_f64()?;
        let ingest = r["server_cpu_s"].as_f64()? + r["postgres_cpu_s"].as_f64()?;
        Some(files / (verification + ingest))
    });
    let ratio = |own: Option<f64>| {
        own.zip(stock)
            .map_or_else(|| "–".to_owned(), |(own, stock)| format!("{:.1} ×", own / stock))
    };
    text.push_str("\n### Verification\n\n| | files/s per core | to the stock validator | goal |\n|---|---|---|---|\n");
    writeln!(text, "| stock validator, reading files instead of S3 | {} | 1 | |", shown(stock, 0))
        .ok();
    writeln!(text, "| orgtrail: chains walked | {} | {} | ≥ 8 × |", shown(own, 0), ratio(own)).ok();
    writeln!(
        text,
        "| orgtrail: chains walked, and all of the ingest | {} | {} | |",
        shown(whole, 0),
        ratio(whole)
    )
    .ok();
}

fn sizes(text: &mut String, figures: &Figures) {
    let Some(result) = figures.last(Step::Ingest) else { return };
    let Some(events) = result["events"].as_f64() else { return };
    text.push_str("\n### Bytes per event by table and index\n\n| table | table or index | bytes per event |\n|---|---|---|\n");
    for relation in result["relations"].as_array().into_iter().flatten() {
        let bytes = relation["bytes"].as_f64().unwrap_or(0.0) / events;
        if bytes >= 0.5 {
            let of = |name: &str| relation[name].as_str().unwrap_or_default();
            writeln!(text, "| {} | {} | {bytes:.1} |", of("table"), of("name")).ok();
        }
    }
}

fn searches(text: &mut String, figures: &Figures) {
    let Some(own) = figures.last(Step::Search) else { return };
    text.push_str(
        "\n### Search\n\nMilliseconds in the process, p50 / p95. *Cold*: the first question after the start, files in the page cache. *Eight*: as many ask at once. *Meanwhile*: while the last day's files are taken in.\n\n| question | page, cold | page | page, eight | page, meanwhile | bars + 8 facets, cold | bars + 8 facets | page: DuckDB, chdb | bars + facets: DuckDB, chdb |\n|---|---|---|---|---|---|---|---|---|\n",
    );
    for class in own["classes"].as_array().into_iter().flatten() {
        let name = class["name"].as_str().unwrap_or_default();
        let peer = |step: Step, what: &str| {
            let classes = figures.last(step).and_then(|peer| peer["classes"].as_array());
            let found = classes.into_iter().flatten().find(|peer| peer["name"] == name);
            found.map_or_else(|| "–".to_owned(), |peer| spread(&peer[what]))
        };
        let both = |what: &str| {
            format!("{}, {}", peer(Step::DuckdbSearch, what), peer(Step::ChdbSearch, what))
        };
        let days =
            class["days"].as_u64().map_or_else(|| "all days".to_owned(), |d| format!("{d} days"));
        writeln!(
            text,
            "| {name} ({days}) | {} | {} | {} | {} | {} | {} | {} | {} |",
            shown(class["cold"]["page_ms"].as_f64(), 1),
            spread(&class["page_ms"]),
            spread(&class["eight_ms"]),
            spread(&class["meanwhile_ms"]),
            shown(class["cold"]["counts_ms"].as_f64(), 1),
            spread(&class["counts_ms"]),
            both("page_ms"),
            both("counts_ms"),
        )
        .ok();
    }
    let meanwhile = &own["meanwhile"];
    writeln!(
        text,
        "\n*Meanwhile*: {} events were taken in within {} s; the questions took {} s.",
        meanwhile["events"],
        shown(meanwhile["wall_s"].as_f64(), 1),
        shown(meanwhile["asked_for_s"].as_f64(), 1),
    )
    .ok();
}

fn spread(value: &Value) -> String {
    format!("{} / {}", shown(value["p50"].as_f64(), 1), shown(value["p95"].as_f64(), 1))
}

fn shown(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_the_measured_part_is_replaced() {
        let document = format!("before\n{BEGIN}\nold\n{END}\nbehind\n");
        let once = insert(&document, 1_000_000, "new\n").unwrap();
        assert_eq!(once, format!("before\n{BEGIN}\n\nnew\n\n{END}\nbehind\n"));
        assert_eq!(insert(&once, 1_000_000, "new").unwrap(), once);
        assert!(insert("nothing", 1, "new").is_err());
        assert!(insert(BEGIN, 1, "new").is_err());
        // A large scale has a part of its own.
        assert!(insert(&once, LARGE, "large").is_err());
        let both = format!("{once}\n{BEGIN_LARGE}\n{END}");
        let large = insert(&both, LARGE, "large").unwrap();
        assert!(large.starts_with(&once) && large.contains("large"), "{large}");
    }

    #[test]
    fn ratios_are_of_cpu_time_and_gaps_are_named() {
        let mut figures = Figures::new(json!({"events": 1000, "log_files": 9, "digests": 1}));
        figures.add(
            Step::Ingest,
            Ok(json!({
                "events": 1000, "files": 10, "wall_s": 0.5, "server_cpu_s": 0.01, "postgres_cpu_s": 0.03, "index_bytes": 400_000,
                "verification": {"server_cpu_s": 0.01, "postgres_cpu_s": 0.01},
            })),
        );
        figures.add(Step::ChdbIngest, Ok(json!({"events": 1000, "wall_s": 1.0, "cpu_s": 0.02})));
        figures.add(Step::DuckdbParquet, Err("it can't be installed: no network\nmore".to_owned()));
        let text = markdown(&figures, &[]);
        assert!(text.contains("| **orgtrail** | 40.0 | 25000 | 2000 |"), "{text}");
        assert!(text.contains("| 400 | – | – |"), "{text}");
        assert!(text.contains("that is 4000 µs for each object"), "{text}");
        assert!(text.contains("| 0.50 × | ≥ 1.2 × |"), "{text}");
        assert!(text.contains("`duckdb-ingest`: it can't be installed: no network*"), "{text}");
        assert!(text.contains("| orgtrail: chains walked | 500 |"), "{text}");
    }
}
