//! A fresh, migrated database for each test, on the server that `cargo xtask test` starts, and what is put into it.

mod world;

pub use world::{ACCOUNTS, HASHER, NOON, World, at, world};

use crate::MIGRATOR;
use crate::audit::NewAct;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool};
use std::str::FromStr;
use tokio::sync::OnceCell;

/// The variable that names the test server: the URL of a database whose role may create databases.
pub const VARIABLE: &str = "ORGTRAIL_TEST_POSTGRES";

/// An act that nobody in particular does, of the only organization.
pub fn act() -> NewAct {
    NewAct {
        event_id: uuid::Uuid::from_u128(rand::random()),
        organization_id: None,
        account: None,
        occurred_at: NOON,
        record: serde_json::json!({"eventName": "Test"}),
    }
}

/// Does one thing as an act of its own: `acted!(database, upsert_user(&user, NOON))`, which gives back what the method does.
/// Errors leave everything as it was.
#[macro_export]
macro_rules! acted {
    ($database:expr, $method:ident ( $($argument:expr),* $(,)? )) => {{
        let mut acting = $database.act($crate::testing::act()).await.expect("an act can begin");
        let result = acting.$method($($argument),*).await;
        if result.is_ok() {
            acting.commit(serde_json::Value::Null).await.expect("the act can be recorded");
        }
        result
    }};
}

static TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// A database of its own for one test. It is left behind with its server, which is thrown away.
pub struct TestDatabase {
    /// A pool of the owner, who may do everything.
    pub pool: PgPool,
    /// How to connect to it.
    pub options: PgConnectOptions,
}

/// Makes a database with all migrations applied.
///
/// # Panics
///
/// When the variable is not set or the server can't be reached: run the tests by `cargo xtask test`.
pub async fn database() -> TestDatabase {
    let template = TEMPLATE.get_or_init(make_template).await;
    let name = format!("test_{}", uuid::Uuid::from_u128(rand::random()).simple());
    let mut admin = PgConnection::connect_with(&server()).await.expect("the test server is up");
    // Creating from a template needs it to be unused; concurrent copies queue up on a lock.
    admin.execute("select pg_advisory_lock(7001)").await.expect("lock");
    admin
        .execute(AssertSqlSafe(format!("create database {name} template {template}")))
        .await
        .expect("the database can be made");
    admin.close().await.expect("the connection closes");
    let options = server().database(&name);
    let pool = PgPoolOptions::new()
        .max_connections(12)
        .connect_with(options.clone())
        .await
        .expect("the new database can be reached");
    TestDatabase { pool, options }
}

/// How to reach the test server.
///
/// # Panics
///
/// When the variable is not set.
pub fn server() -> PgConnectOptions {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests have no command line to read settings from"
    )]
    let url = std::env::var(VARIABLE)
        .expect("ORGTRAIL_TEST_POSTGRES is set: `cargo xtask test` starts a server and sets it");
    PgConnectOptions::from_str(&url).expect("the variable holds a Postgres URL")
}

async fn make_template() -> String {
    let name = format!("template_{}", uuid::Uuid::from_u128(rand::random()).simple());
    let mut admin = PgConnection::connect_with(&server()).await.expect("the test server is up");
    admin
        .execute(AssertSqlSafe(format!("create database {name}")))
        .await
        .expect("the template can be made");
    admin.close().await.expect("the connection closes");
    let mut owner = PgConnection::connect_with(&server().database(&name)).await.expect("connect");
    MIGRATOR.run(&mut owner).await.expect("the migrations run");
    owner.close().await.expect("the connection closes");
    name
}
