//! One runner per job, and what is remembered of a pass.
#![cfg(feature = "testing")]

use crate::Database;
use crate::testing::{NOON, database};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

const ONE: Uuid = Uuid::from_u128(1);
const TWO: Uuid = Uuid::from_u128(2);

#[tokio::test]
async fn a_lease_is_held_by_one_until_it_runs_out() {
    let database = connect().await;
    assert!(take(&database, ONE, NOON).await);
    assert!(!take(&database, TWO, NOON).await);
    assert!(!take(&database, TWO, seconds(60)).await);
    assert!(take(&database, TWO, seconds(61)).await);
    assert!(!take(&database, ONE, seconds(61)).await);
}

#[tokio::test]
async fn a_renewed_lease_lasts_longer() {
    let database = connect().await;
    assert!(take(&database, ONE, NOON).await);
    assert!(take(&database, ONE, seconds(50)).await);
    assert!(!take(&database, TWO, seconds(61)).await);
    assert!(take(&database, TWO, seconds(111)).await);
}

#[tokio::test]
async fn leases_given_back_are_free_and_others_stay() {
    let database = connect().await;
    let other = async |holder| {
        database.take_lease("other", holder, NOON, TimeDelta::seconds(60)).await.unwrap()
    };
    assert!(take(&database, ONE, NOON).await);
    assert!(other(TWO).await);
    database.release_leases(ONE).await.unwrap();
    assert!(!other(ONE).await);
    assert!(take(&database, TWO, NOON).await);
}

#[tokio::test]
async fn of_many_that_want_a_lease_at_once_one_gets_it() {
    let database = connect().await;
    let wanting = (1..=8_u128).map(|holder| take(&database, Uuid::from_u128(holder), NOON));
    let taken = futures::future::join_all(wanting).await;
    assert_eq!(taken.into_iter().filter(|taken| *taken).count(), 1);
}

#[tokio::test]
async fn a_pass_shows_how_it_ended_and_failures_are_counted() {
    let database = connect().await;
    let shown = async || {
        let row = database.job_passes().await.unwrap().remove(0);
        (row.duration_ms, row.summary, row.error, row.failed_passes)
    };
    database.begin_pass("collect", NOON).await.unwrap();
    assert_eq!(shown().await, (None, String::new(), None, 0));
    database.end_pass("collect", 20, Ok("2 files")).await.unwrap();
    assert_eq!(shown().await, (Some(20), "2 files".to_owned(), None, 0));
    database.begin_pass("collect", seconds(60)).await.unwrap();
    assert_eq!(shown().await, (None, "2 files".to_owned(), None, 0));
    database.end_pass("collect", 5, Err("cut off")).await.unwrap();
    assert_eq!(shown().await, (Some(5), "2 files".to_owned(), Some("cut off".to_owned()), 1));
    database.end_pass("collect", 5, Ok("0 files")).await.unwrap();
    assert_eq!(shown().await, (Some(5), "0 files".to_owned(), None, 1));
}

async fn connect() -> Database {
    Database::connect(database().await.options).await.unwrap()
}

fn seconds(seconds: i64) -> DateTime<Utc> {
    NOON + TimeDelta::seconds(seconds)
}

/// Wants the lease of one job for a minute.
async fn take(database: &Database, holder: Uuid, now: DateTime<Utc>) -> bool {
    database.take_lease("collect", holder, now, TimeDelta::seconds(60)).await.unwrap()
}
