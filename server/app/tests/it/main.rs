//! The whole server: the real binary and the real router, on a real Postgres and real directories.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, also in its helpers"
)]

mod archive;
mod attach;
mod authorization;
mod callers;
mod crash;
mod deliveries;
mod explain;
mod faults;
mod hostile;
mod import;
mod late;
mod organizations;
mod periods;
mod postgres;
mod real_events;
mod records;
mod refusals;
mod server;
mod serving;
mod sign_in;
mod state;
mod texts;
mod trail;
mod verify;
mod world;
