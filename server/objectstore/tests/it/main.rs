//! The store as its clients see it, on a real Postgres and a real directory.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

mod bulk;
mod damage;
mod external;
mod garbage;
mod security;
mod suite;
mod world;
