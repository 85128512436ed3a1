//! Connections: one pool that reads through row-level security, one that works for jobs.

use crate::{MIGRATOR, Result, StoreError};
pub use sqlx::postgres::PgConnectOptions as ConnectOptions;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, Executor, PgConnection, PgPool, Postgres, Transaction};
use std::str::FromStr;
use std::time::Duration;

/// A migrated database with a pool for each of the application's two roles.
#[derive(Clone, Debug)]
pub struct Database {
    reader: PgPool,
    worker: PgPool,
}

/// What a request may see: the connection that serves it carries this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The organization; no other one is visible.
    pub organization_id: i32,
    /// The accounts.
    pub accounts: AccountScope,
    /// The first index time that is visible; `None` for no bound.
    pub from: Option<i32>,
    /// The first index time that isn't visible any more; `None` for no bound.
    pub to: Option<i32>,
}

/// The accounts that a request may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountScope {
    /// Every account of the organization.
    All,
    /// These accounts, by their number in the database.
    Only(Vec<i32>),
}

impl Scope {
    /// Everything in one organization.
    pub fn organization(organization_id: i32) -> Self {
        Self { organization_id, accounts: AccountScope::All, from: None, to: None }
    }

    fn accounts_setting(&self) -> String {
        match &self.accounts {
            AccountScope::All => "*".to_owned(),
            AccountScope::Only(ids) => {
                let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
                format!("{{{}}}", ids.join(","))
            }
        }
    }
}

/// Reads a `postgres://` URL.
///
/// # Errors
///
/// [`StoreError::Database`] when it is none.
pub fn parse_url(url: &str) -> Result<PgConnectOptions> {
    Ok(PgConnectOptions::from_str(url)?)
}

impl Database {
    /// Opens the pools. Connections are made when they are needed first.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`] when the database can't be reached or lacks the roles.
    pub async fn connect(options: PgConnectOptions) -> Result<Self> {
        let reader = pool(&options, 16, "set role orgtrail_reader").await?;
        let worker = pool(&options, 24, "set role orgtrail_worker").await?;
        Ok(Self { reader, worker })
    }

    /// The pool of the jobs, which sees everything.
    pub fn worker(&self) -> &PgPool {
        &self.worker
    }

    /// Begins a read-only transaction that sees no more than `scope`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`] when the database can't be reached.
    pub async fn read(&self, scope: &Scope) -> Result<Transaction<'static, Postgres>> {
        self.begin(scope, "begin read only").await
    }

    /// Begins a read-only transaction as [`Self::read`] does, in which all statements see the same moment.
    pub(crate) async fn read_snapshot(
        &self,
        scope: &Scope,
    ) -> Result<Transaction<'static, Postgres>> {
        self.begin(scope, "begin isolation level repeatable read read only").await
    }

    async fn begin(
        &self,
        scope: &Scope,
        statement: &'static str,
    ) -> Result<Transaction<'static, Postgres>> {
        let mut tx = self.reader.begin_with(statement).await?;
        let bound = |bound: Option<i32>| bound.map_or_else(String::new, |bound| bound.to_string());
        sqlx::query(
            "select set_config('orgtrail.organization', $1, true), set_config('orgtrail.accounts', $2, true),
                    set_config('orgtrail.from', $3, true), set_config('orgtrail.to', $4, true)",
        )
        .bind(scope.organization_id.to_string())
        .bind(scope.accounts_setting())
        .bind(bound(scope.from))
        .bind(bound(scope.to))
        .execute(&mut *tx)
        .await?;
        Ok(tx)
    }

    /// Whether the database answers and has every migration of this version.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`] when it does not answer.
    pub async fn is_ready(&self) -> Result<bool> {
        let applied: i64 = sqlx::query_scalar("select count(*) from schema_version()")
            .fetch_one(&self.worker)
            .await?;
        let wanted = i64::try_from(MIGRATOR.iter().count()).unwrap_or(i64::MAX);
        Ok(applied >= wanted)
    }

    /// Whether the role that the application signs in with owns tables: then row-level security is weaker.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`] when the database can't be reached.
    pub async fn application_owns_tables(&self) -> Result<bool> {
        Ok(sqlx::query_scalar(
            "select exists (select from pg_class c join pg_roles r on r.oid = c.relowner
             where c.relname = 'event' and (r.rolname = session_user or
                   (select rolsuper from pg_roles where rolname = session_user)))",
        )
        .fetch_one(&self.worker)
        .await?)
    }

    /// The database's clock, to compare ours with.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`] when the database can't be reached.
    pub async fn server_time(&self) -> Result<chrono::DateTime<chrono::Utc>> {
        Ok(sqlx::query_scalar("select clock_timestamp()").fetch_one(&self.worker).await?)
    }

    /// Closes all connections.
    pub async fn close(&self) {
        self.reader.close().await;
        self.worker.close().await;
    }
}

async fn pool(options: &PgConnectOptions, size: u32, role: &'static str) -> Result<PgPool> {
    // Many partitions make planning dearer than running: plans are made once per connection and statement.
    let options =
        options.clone().options([("plan_cache_mode", "force_generic_plan"), ("timezone", "UTC")]);
    Ok(PgPoolOptions::new()
        .max_connections(size)
        .acquire_timeout(Duration::from_secs(10))
        .after_connect(move |connection, _| {
            Box::pin(async move {
                connection.execute(role).await?;
                Ok(())
            })
        })
        .connect_with(options)
        .await?)
}

/// Brings the schema up to date. Runs as the owner; several callers wait for each other.
///
/// # Errors
///
/// [`StoreError::Migrate`]; migrations that ran before the failing one stay.
pub async fn migrate(owner: &PgConnectOptions) -> Result<()> {
    let mut connection = PgConnection::connect_with(owner).await?;
    MIGRATOR.run(&mut connection).await?;
    connection.close().await.map_err(StoreError::from)
}
