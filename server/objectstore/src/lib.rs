//! The embedded S3 store: bytes in files that are named by their SHA-256, everything else in Postgres,
//! S3 over HTTP in front.
//!
//! It gives durability (nothing is acknowledged before it is on disk), atomic conditional writes and
//! checked reads. It gives no protection against the administrator of the host, who can delete files.

mod blobs;
mod checksum;
mod error;
mod guard;
mod keys;
mod percent;
mod router;
mod store;
mod wire;

pub use error::{Error, Result};
pub use guard::check as guard_request;
pub use keys::{AccessKey, KeyRing, Permission};
pub use store::{Collected, FetchedObject, NewObject, ObjectStore};
