//! The whole server: the real binary and the real router, on a real Postgres and real directories.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking and says its seed, also in its helpers"
)]

mod accounts;
mod archive;
mod archive_faults;
mod attach;
mod audit;
mod authorization;
mod callers;
mod crash;
mod deliveries;
mod edits;
mod explain;
mod faults;
mod federation;
mod federation_changes;
mod grants;
mod hostile;
mod import;
mod inventory;
mod keys;
mod late;
mod looks;
mod notifications;
mod odd;
mod organizations;
mod periods;
mod postgres;
mod queue;
mod real_events;
mod reconcile;
mod records;
mod refusals;
mod retry;
mod rules;
mod second_factor;
mod server;
mod serving;
mod sign_in;
mod state;
mod texts;
mod trail;
mod truth;
mod verify;
mod what_if;
mod world;
