//! What the browser and the server both speak: parsed-once identifiers, the search grammar and the
//! bodies of the console's requests. No I/O, no clock; compiles to wasm.

pub mod access;
pub mod authorization;
pub mod console;
pub mod edit;
pub mod event;
pub mod identity_provider;
pub mod ids;
pub mod index;
pub mod notifications;
pub mod operations;
pub mod organization;
pub mod page;
pub mod proof;
pub mod quarantine;
pub mod query;
pub mod reconciliation;
pub mod rules;
pub mod scp;
pub mod settings;
pub mod text;
pub mod time;
pub mod what_if;
