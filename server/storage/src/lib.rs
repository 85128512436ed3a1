//! The only crate that writes SQL: the event index, custody, organization, sign-ins and jobs.

pub mod access_keys;
pub mod audit;
pub mod chains;
pub mod copy;
pub mod custody;
pub mod database;
pub mod dictionary;
pub mod embedded;
pub mod events;
pub(crate) mod grams;
pub mod inventory;
pub mod jobs;
pub mod log_objects;
pub mod notifications;
pub mod object_store;
pub mod organizations;
pub mod overview;
pub mod partitions;
pub mod quarantine;
pub mod reconciliation;
pub mod segments;
pub mod sizes;
pub mod sources;
#[cfg(feature = "testing")]
pub mod testing;
pub mod users;
pub mod waiting;

pub use database::{AccountScope, Database, Scope};

use sqlx::migrate::Migrator;

/// All migrations, in the order in which they run.
pub static MIGRATOR: Migrator = sqlx::migrate!("../../migrations");

/// Why the database could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database failed or could not be reached; the transaction had no effect.
    #[error("the database could not answer")]
    Database(#[from] sqlx::Error),
    /// A stored value breaks a rule that the schema should have held.
    #[error("table `{table}` holds a value that can't be: {reason}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// What is wrong with the value.
        reason: String,
    },
    /// The migrations could not be run.
    #[error("the schema could not be brought up to date")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

impl StoreError {
    /// Whether there is no room left on the database's disk.
    ///
    /// Source: PostgreSQL, Appendix A: `disk_full`.
    pub fn is_disk_full(&self) -> bool {
        let Self::Database(error) = self else { return false };
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        code.is_some_and(|code| code == "53100")
    }

    /// Whether the transaction met another one, by chance: it had no effect, and may be repeated at once.
    ///
    /// Source: PostgreSQL, Appendix A: `serialization_failure` and `deadlock_detected`.
    pub fn is_conflict(&self) -> bool {
        let Self::Database(error) = self else { return false };
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        code.is_some_and(|code| matches!(&*code, "40001" | "40P01"))
    }
}

/// The result of everything in this crate.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;
