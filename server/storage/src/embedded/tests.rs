//! The private cluster: made once, taken over, never overwritten.
#![cfg(feature = "testing")]

use super::{Cluster, EmbeddedError, find_binaries};
use sqlx::{Connection, PgConnection};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The directory is so deep that no socket fits into it.
#[tokio::test]
async fn a_cluster_starts_is_taken_over_and_keeps_what_was_written() {
    let folder = folder();
    let deep = deep(&folder);
    let mut first = Cluster::prepare(&deep, binaries()).await.unwrap();
    first.start().await.unwrap();
    let pid = server_pid(&deep);
    query(&first, "create table kept as select 1 as value").await;
    drop(first); // as a killed process would: the server goes on

    let mut second = Cluster::prepare(&deep, binaries()).await.unwrap();
    second.start().await.unwrap();
    assert_eq!(server_pid(&deep), pid);
    let application = second.application_options().unwrap();
    assert_eq!(Cluster::attach(&deep).unwrap().get_username(), application.get_username());
    let mut connection = PgConnection::connect_with(&application).await.unwrap();
    let is_super: bool = sqlx::query_scalar(
        "select rolsuper or rolcreaterole from pg_roles where rolname = current_user",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert!(!is_super);
    assert!(sqlx::query("select * from kept").execute(&mut connection).await.is_err());
    connection.close().await.unwrap();
    second.stop().await;
    assert!(!deep.join("postgres/data/postmaster.pid").exists());
    assert!(PgConnection::connect_with(&application).await.is_err());

    let mut third = Cluster::prepare(&deep, binaries()).await.unwrap();
    third.start().await.unwrap();
    query(&third, "select value from kept").await;
    third.stop().await;
    fs::remove_dir_all(third.socket_directory()).unwrap();
}

#[tokio::test]
async fn a_cluster_of_another_version_is_refused_and_not_touched() {
    let folder = folder();
    let data = folder.path().join("postgres/data");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("PG_VERSION"), "9.6\n").unwrap();
    fs::write(data.join("precious"), "rows").unwrap();
    let error = Cluster::prepare(folder.path(), binaries()).await.unwrap_err();
    let EmbeddedError::ForeignVersion { found, wanted, .. } = &error else { panic!("{error}") };
    assert_eq!(found, "9.6");
    assert!(wanted.parse::<u32>().is_ok_and(|major| major >= 15), "{wanted}");
    assert_eq!(fs::read_dir(&data).unwrap().count(), 2);
    assert_eq!(fs::read_to_string(data.join("precious")).unwrap(), "rows");
}

/// After a crash of the machine the process number in the lock file belongs to somebody else.
#[tokio::test]
async fn a_stranger_under_the_old_process_number_is_left_alone() {
    let folder = folder();
    let data = folder.path().join("postgres/data");
    fs::create_dir_all(&data).unwrap();
    let version = binaries().parent().unwrap().file_name().unwrap().to_owned();
    fs::write(data.join("PG_VERSION"), version.to_string_lossy().as_bytes()).unwrap();
    let program = folder.path().join("postgres-of-somebody/postgres");
    fs::create_dir_all(program.parent().unwrap()).unwrap();
    fs::copy("/bin/sleep", &program).unwrap();
    let mut stranger = std::process::Command::new(&program).arg("600").spawn().unwrap();
    fs::write(data.join("postmaster.pid"), format!("{}\n", stranger.id())).unwrap();

    let mut cluster = Cluster::prepare(folder.path(), binaries()).await.unwrap();
    cluster.stop().await;
    assert!(stranger.try_wait().unwrap().is_none(), "the stranger was stopped");
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

#[tokio::test]
async fn a_directory_that_the_servers_user_cannot_enter_is_refused() {
    if !nix::unistd::Uid::effective().is_root() {
        return; // the server runs as ourselves
    }
    let folder = folder();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
    let error = Cluster::prepare(folder.path(), binaries()).await.unwrap_err();
    assert!(
        matches!(&error, EmbeddedError::Unreachable(above) if Path::new(above) == folder.path()),
        "{error}"
    );
    assert!(!folder.path().join("postgres/data").exists());
}

#[test]
fn programs_are_found_where_they_are_named_and_nowhere_else() {
    let folder = TempDir::new().unwrap();
    assert!(find_binaries(Some(folder.path()), None).is_err());
    for program in ["postgres", "initdb"] {
        fs::write(folder.path().join(program), "").unwrap();
    }
    assert_eq!(find_binaries(Some(folder.path()), None).unwrap(), folder.path());
}

fn binaries() -> PathBuf {
    find_binaries(None, None).unwrap()
}

/// A folder that the server's user may pass through.
fn folder() -> TempDir {
    let folder = TempDir::new_in("/tmp").unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o711)).unwrap();
    folder
}

fn deep(folder: &TempDir) -> PathBuf {
    let mut deep = folder.path().to_owned();
    for _ in 0..4 {
        deep.push("a-folder-with-a-name-of-a-certain-length");
        fs::create_dir(&deep).unwrap();
        fs::set_permissions(&deep, Permissions::from_mode(0o711)).unwrap();
    }
    deep
}

fn server_pid(data_directory: &Path) -> String {
    let text = fs::read_to_string(data_directory.join("postgres/data/postmaster.pid")).unwrap();
    text.lines().next().unwrap().to_owned()
}

async fn query(cluster: &Cluster, sql: &'static str) {
    let mut owner = PgConnection::connect_with(&cluster.owner_options().unwrap()).await.unwrap();
    sqlx::query(sql).execute(&mut owner).await.unwrap();
    owner.close().await.unwrap();
}
