//! Commands beside a running server, and what they refuse.

use crate::records::{log_file, record};
use crate::server::site;
use crate::serving::Serving;
use crate::trail::{ACCOUNT, hour};
use crate::world::World;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_attach_to_a_running_server() {
    let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
    let serving = Serving::start(&world).await;
    assert_eq!(serving.get("/readyz", "").await.0, 200);

    let added = world
        .run_with_input(&["user", "add", "alice", "--role", "security-analyst"], "a long password")
        .await;
    assert!(added.expect(0).stdout.contains("alice"));
    let token = world.run(&["token", "alice"]).await.expect(0).stdout.trim().to_owned();
    let file =
        world.write("loose/log.json", log_file(&[record(1, ACCOUNT, hour(0), "CreateUser")]));
    world.import(&file, &[]).await;
    let (status, body) = serving.get("/api/v1/events?from=2026-03-01&to=2026-03-04", &token).await;
    let found: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, found["events"].as_array().unwrap().len()), (200, 1), "{found}");
    assert_eq!(serving.get("/api/v1/events", "").await.0, 401);
    world.run(&["token", "nobody"]).await.expect(1);

    for name in ["address", "store.json"] {
        let mode = std::fs::metadata(world.data_directory().join("run").join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    assert_eq!(serving.stop().await, Some(0));
    assert!(!world.data_directory().join("run/address").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_server_on_a_data_directory_is_refused_until_the_first_has_ended() {
    let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
    let first = Serving::start(&world).await;
    let site = site(&world);
    for command in ["serve", "demo"] {
        let arguments = [command, "--listen", "127.0.0.1:0", "--site-dir", site.to_str().unwrap()];
        let second = world.run(&arguments).await.expect(1);
        assert!(second.stderr.contains("another orgtrail process"), "{second:?}");
    }
    assert_eq!(first.get("/healthz", "").await.0, 200, "the refused one has harmed the first");
    assert_eq!(first.stop().await, Some(0));
    let again = Serving::start(&world).await;
    assert_eq!(again.stop().await, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_leaves_nothing_that_keeps_the_next_from_starting() {
    let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
    let mut first = Serving::start(&world).await;
    first.process.kill().await.unwrap();
    let left = std::fs::read_to_string(world.data_directory().join("run/address")).unwrap();
    std::fs::remove_file(world.data_directory().join("run/address")).unwrap();
    let again = Serving::start(&world).await;
    assert_ne!(format!("http://{}", again.address), left);
    assert_eq!(again.get("/readyz", "").await.0, 200);
    assert_eq!(again.stop().await, Some(0));
}

#[tokio::test]
async fn listening_beyond_loopback_needs_tls_or_a_declared_proxy() {
    let world = World::new().await;
    for command in ["serve", "demo"] {
        for address in ["0.0.0.0:0", "[::]:0"] {
            let ran = world.run(&[command, "--listen", address]).await.expect(1);
            assert!(ran.stderr.contains("--tls-cert"), "{ran:?}");
        }
    }
    world.run(&["demo", "--listen", "0.0.0.0:0", "--trusted-proxy", "10.0.0.0/8"]).await.expect(1);
    world.run(&["serve", "--listen", "127.0.0.1:0", "--tls-cert", "only.pem"]).await.expect(2);
    assert!(!world.data_directory().exists(), "a refused command has made something");
}

#[tokio::test]
async fn people_with_short_passwords_or_odd_names_are_refused() {
    let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
    let good = "a long password";
    for (arguments, password, code, words) in [
        (&["alice", "--role", "security-analyst"][..], "elevenchars", 1, "fewer than 12"),
        (&["alice", "--role", "security-analyst"], "", 1, "fewer than 12"),
        (&["-alice", "--role", "security-analyst"], good, 2, "unexpected argument"),
        (&["al ice", "--role", "security-analyst"], good, 1, "not a sign-in name"),
        (&["ålice", "--role", "security-analyst"], good, 1, "not a sign-in name"),
        (&["", "--role", "security-analyst"], good, 1, "not a sign-in name"),
        (&["alice", "--role", "king"], good, 2, "king"),
        (&["alice", "--role", "member"], good, 1, "--account"),
        (&["alice", "--role", "member", "--account", "12"], good, 2, "12"),
        (&["alice", "--role", "member", "--account", "999999999999"], good, 1, "999999999999"),
        (&["alice", "--role", "security-analyst", "--from", "2026-01-01"], good, 1, "auditor"),
    ] {
        let ran = world
            .run_with_input(&[&["user", "add"], arguments].concat(), password)
            .await
            .expect(code);
        assert!(ran.stderr.contains(words), "{arguments:?}: {ran:?}");
    }
    assert_eq!(world.count("select count(*) from app_user").await, 0);
    let most = "a".repeat(64);
    world
        .run_with_input(&["user", "add", &most, "--role", "member", "--account", ACCOUNT], good)
        .await
        .expect(0);
    assert_eq!(
        world.count("select count(*) from app_user where password_hash like '$argon2id$%'").await,
        1
    );
}

#[tokio::test]
async fn doctor_says_what_is_right_and_what_is_wrong() {
    let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
    let level = |report: &Value, what: &str| {
        let check = report.as_array().unwrap().iter().find(|check| check["what"] == what).cloned();
        check.unwrap_or_else(|| panic!("no check of {what}: {report:#}"))["level"].clone()
    };
    let report = world.run(&["doctor", "--json"]).await.expect(0).json();
    for what in ["database", "clock", "custody", "archive", "master key"] {
        assert_eq!(level(&report, what), "ok", "{what}: {report:#}");
    }
    sqlx::query("update custody_log set size = 5").execute(&world.database.pool).await.unwrap();
    let report = world.run(&["doctor", "--json"]).await.expect(3).json();
    assert_eq!(level(&report, "custody"), "wrong");
}
