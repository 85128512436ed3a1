//! The private Postgres dies under a running server, and the server under its Postgres.

use crate::records::{log_file, record};
use crate::server::site;
use crate::serving::Serving;
use crate::trail::{ACCOUNT, hour};
use crate::world::{Ran, World};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use orgtrail_storage::embedded::find_binaries;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::process::Command;
use tokio::time::interval;

/// An installation with a Postgres of its own, whose programs can be taken away.
struct Private {
    world: World,
    programs: PathBuf,
}

impl Private {
    async fn new() -> Self {
        let world = World::new().await;
        let programs = world.path("programs");
        symlink(find_binaries(None, None).unwrap(), &programs).unwrap();
        Self { world, programs }
    }

    /// Without the database that other tests use.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.world.command(arguments);
        command.env_remove("ORGTRAIL_DATABASE_URL").env("ORGTRAIL_POSTGRES_BIN", &self.programs);
        command
    }

    async fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().await.unwrap()).expect(0)
    }

    async fn serve(&self) -> Serving {
        let site = site(&self.world);
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--site-dir", site.to_str().unwrap()];
        Serving::of(&self.world, self.command(&arguments)).await
    }

    /// Imports one event of a number.
    async fn import(&self, number: u128) {
        let event = record(number, ACCOUNT, hour(0), "CreateUser");
        let file = self.world.write(&format!("loose/{number}.json"), log_file(&[event]));
        self.run(&["import", file.to_str().unwrap()]).await;
    }

    /// A bearer token of somebody who sees everything.
    async fn token(&self) -> String {
        let password = fs::File::open(self.world.write("password", "a long password\n")).unwrap();
        let mut add = self.command(&["user", "add", "alice", "--role", "security-analyst"]);
        Ran::from(add.stdin(password).output().await.unwrap()).expect(0);
        self.run(&["token", "alice"]).await.stdout.trim().to_owned()
    }

    /// Kills Postgres so that it can't end in order, nor be started again before its programs are back.
    fn kill_postgres(&self) -> impl FnOnce() + use<> {
        let (programs, aside) = (self.programs.clone(), self.world.path("programs-aside"));
        fs::rename(&programs, &aside).unwrap();
        let file = self.world.data_directory().join("postgres/data/postmaster.pid");
        kill(pid(&file), Signal::SIGKILL).unwrap();
        move || fs::rename(aside, programs).unwrap()
    }
}

fn pid(file: &Path) -> Pid {
    let text = fs::read_to_string(file).unwrap();
    Pid::from_raw(text.lines().next().unwrap().parse().unwrap())
}

/// Waits until the server says that it is ready, or that it isn't. Gives back its words.
async fn wait_until_readiness_is(serving: &mut Serving, status: u16) -> String {
    let mut ticks = interval(Duration::from_millis(50));
    loop {
        ticks.tick().await;
        assert_eq!(serving.process.try_wait().unwrap(), None, "the server has ended");
        let (found, words) = serving.get("/readyz", "").await;
        if found == status {
            return words;
        }
    }
}

async fn assert_events(serving: &Serving, token: &str, count: usize) {
    let (status, body) = serving.get("/api/v1/events?from=2026-03-01&to=2026-03-04", token).await;
    assert_eq!(status, 200, "{body}");
    let found: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(found["events"].as_array().unwrap().len(), count, "{found}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_whose_postgres_is_killed_starts_it_again_and_loses_nothing() {
    let private = Private::new().await;
    let mut serving = private.serve().await;
    let token = private.token().await;
    private.import(1).await;
    assert_events(&serving, &token, 1).await;

    let restore = private.kill_postgres();
    let words = wait_until_readiness_is(&mut serving, 503).await;
    assert!(words.contains("the database does not answer"), "{words}");
    assert_eq!(serving.get("/healthz", "").await.0, 200);
    restore();
    wait_until_readiness_is(&mut serving, 200).await;
    assert_events(&serving, &token, 1).await;
    private.import(2).await;
    assert_events(&serving, &token, 2).await;

    // The server dies and leaves its Postgres behind; the next one takes it over, and it is killed there, too.
    serving.process.kill().await.unwrap();
    fs::remove_file(private.world.data_directory().join("run/address")).unwrap();
    let mut again = private.serve().await;
    assert_events(&again, &token, 2).await;
    let restore = private.kill_postgres();
    wait_until_readiness_is(&mut again, 503).await;
    restore();
    wait_until_readiness_is(&mut again, 200).await;
    assert_events(&again, &token, 2).await;
    let report = private.run(&["doctor", "--json"]).await.json();
    let checks = report.as_array().unwrap();
    let custody = checks.iter().find(|check| check["what"] == "custody").unwrap();
    assert_eq!(custody["level"], "ok", "{report:#}");
    assert_eq!(again.stop().await, Some(0));
}
