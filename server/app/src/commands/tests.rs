use super::CommandLine;
use clap::CommandFactory;
use std::path::Path;

/// Each command with the acts that it records. Whoever runs one has the rights of whoever owns the data: no role is asked, so what
/// holds is that nothing is changed unseen. A new command must be thought about.
const COMMANDS: [(&str, &[&str]); 32] = [
    ("serve", &["CreateOrganization", "LoadOrganization"]),
    ("work", &[]),
    ("demo", &["CreateAccessKey", "LoadOrganization"]),
    ("import", &["ImportLogFiles", "PutLogSource"]),
    ("verify", &[]),
    ("migrate", &[]),
    ("backfill", &["PauseBackfill", "ResumeBackfill"]),
    ("quarantine retry", &["RetryQuarantineEntry"]),
    ("doctor", &[]),
    ("organization sync", &["SyncOrganization"]),
    // And AWS's other operations, each by its name.
    ("organization edit", &["MoveAccount"]),
    ("user add", &["PutUser"]),
    ("user disable", &["DisableUser"]),
    ("user enable", &["EnableUser"]),
    ("user reset-second-factor", &["DeactivateMFADevice"]),
    ("user list", &[]),
    ("break-glass", &["BreakGlass"]),
    ("rules show", &[]),
    ("rules set", &["PutAuthorizationPolicies"]),
    ("rules clear", &["PutAuthorizationPolicies"]),
    ("identity-provider show", &[]),
    ("identity-provider set", &["PutIdentityProvider"]),
    ("identity-provider clear", &["PutIdentityProvider"]),
    ("token", &["CreateToken"]),
    ("access-key create", &["CreateAccessKey"]),
    ("access-key list", &[]),
    ("access-key disable", &["UpdateAccessKey"]),
    ("access-key enable", &["UpdateAccessKey"]),
    ("access-key delete", &["DeleteAccessKey"]),
    ("grant add", &["CreateGrant"]),
    ("grant revoke", &["RevokeGrant"]),
    ("grant list", &[]),
];

fn leaves(command: &clap::Command, path: &str, found: &mut Vec<String>) {
    let mut below = command.get_subcommands().filter(|sub| sub.get_name() != "help").peekable();
    if below.peek().is_none() {
        found.push(path.trim().to_owned());
    }
    for sub in below {
        leaves(sub, &format!("{path} {}", sub.get_name()), found);
    }
}

#[test]
fn every_command_has_a_row_that_says_what_it_records() {
    let mut found = Vec::new();
    leaves(&CommandLine::command(), "", &mut found);
    let rows: Vec<&str> = COMMANDS.iter().map(|(command, _)| *command).collect();
    assert_eq!(found, rows);
}

/// The text of all sources below a folder, but the tests.
fn sources(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else if !path.ends_with("tests.rs") {
            text.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_act_of_a_row_is_one_that_the_program_records() {
    let mut text = String::new();
    for folder in ["src", "../../shared/src"] {
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut text);
    }
    for (command, acts) in COMMANDS {
        for act in acts {
            assert!(text.contains(&format!("\"{act}\"")), "{command} records no {act}");
        }
    }
}
