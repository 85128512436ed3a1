//! The binary `orgtrail`.

use orgtrail_server::commands;
use std::process::ExitCode;

fn main() -> ExitCode {
    commands::main()
}
