//! Measures the bitmaps of grams on generated log files, and makes the stop-set.
//!
//! ```text
//! cargo run --release -p orgtrail-sample --example grams -- measure [DIRECTORY]
//! cargo run --release -p orgtrail-sample --example grams -- stop > server/domain/src/grams/stop_N.txt
//! ```
//!
//! `measure` takes the sample's files, or every `*.json.gz` below a directory. The set of version 1 came from this
//! program; a sample that has changed since gives another one, which would be another version.
#![expect(clippy::print_stdout, reason = "the printed table is the result")]

mod files;
mod measure;
mod stop;

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["stop"] => print!("{}", stop::lines(&files::sample()?)),
        ["measure"] => measure::print(&files::sample()?),
        ["measure", directory] => measure::print(&files::below(directory)?),
        _ => return Err("usage: grams stop | grams measure [DIRECTORY]".into()),
    }
    Ok(())
}
