//! The rules of orgtrail: no I/O, no async, no SQL, no HTTP. The caller supplies the time.

pub mod addresses;
pub mod chain;
pub mod clock;
pub mod collection;
pub mod digest;
pub mod filter;
pub mod grams;
pub mod index_keys;
pub mod inflate;
pub mod inventory;
pub mod log_key;
pub mod lookup;
pub mod notification;
pub mod organization;
pub mod reconciliation;
pub mod record;
pub mod regions;
pub mod scp;
pub mod segment;
pub mod sigv4;
mod spelling;
