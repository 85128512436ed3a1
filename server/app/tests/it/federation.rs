//! Signing in through an identity provider, which is asked over a socket.

use crate::callers::{AUDITED, MANAGEMENT, MEMBER};
use crate::records::{event_id, record};
use crate::server::{Answer, Credential, Server, request};
use crate::trail::{hour, put_log};
use crate::world::World;
use axum::body::Body;
use axum::http::Method;
use axum::http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use orgtrail_domain::clock::{Clock, SystemClock};
use orgtrail_issuer::{CLIENT_SECRET, Issuer, Script, Signing};
use orgtrail_shared::console::Role;
use serde_json::{Value, json};

const RANGE: &str = "from=2026-03-01&to=2026-03-04";
const AUDIENCE: &str = "https://orgtrail.example.com";

async fn world() -> World {
    let world = World::with_accounts(hour(0), &[MANAGEMENT, MEMBER, AUDITED]).await;
    for (number, account) in [(1, MANAGEMENT), (2, MEMBER), (3, AUDITED)] {
        let event = record(number, account, hour(1), &format!("ActionOf{account}"));
        put_log(&world.path("bucket"), account, hour(1), "file000000000000", &[event]);
    }
    world.import(&world.path("bucket"), &[]).await;
    world
}

/// A server, its provider, and a local administrator.
pub(crate) struct Setting {
    pub(crate) world: World,
    pub(crate) server: Server,
    pub(crate) issuer: Issuer,
    pub(crate) administrator: Credential,
    pub(crate) organization: String,
}

impl Setting {
    pub(crate) async fn new() -> Self {
        let world = world().await;
        let server = Server::start_allowing(&world, &["127.0.0.1"]).await;
        let role = Role::OrganizationAdministrator;
        let administrator = server.token("administrator", role, &[MANAGEMENT]).await;
        let organizations = server.services.database.organizations().await.unwrap();
        let organization = organizations[0].id.to_string();
        Self { issuer: Issuer::start().await, world, server, administrator, organization }
    }

    pub(crate) fn provider(&self) -> Value {
        json!({
            "label": "Example ID", "issuer": self.issuer.url(), "client_id": "orgtrail",
            "console_url": AUDIENCE, "api_audience": AUDIENCE,
            "grants": [
                {"group": "analysts", "role": "security-analyst", "target": self.organization},
                {"group": "web shop", "role": "member", "target": MEMBER},
                {"group": "administrators", "role": "organization-administrator", "target": self.organization},
            ],
        })
    }

    pub(crate) async fn put(
        &self,
        by: &Credential,
        provider: Value,
        secret: Option<&str>,
        version: i32,
    ) -> Answer {
        let body = json!({"provider": provider, "client_secret": secret, "version": version,
            "reason": "for the test"});
        let body = Body::from(body.to_string());
        let mut asked = request(Method::PUT, "/api/v1/identity-provider", by, body);
        asked.headers_mut().insert(CONTENT_TYPE, "application/json".parse().unwrap());
        self.server.send(asked).await
    }

    /// Lets the provider hold.
    pub(crate) async fn trust(&self) {
        let done = self.put(&self.administrator, self.provider(), Some(CLIENT_SECRET), 0).await;
        assert_eq!(done.status, 200, "{done:?}");
    }

    /// Goes to the provider: where to, and the cookie to come back with.
    pub(crate) async fn begin(&self) -> (String, String) {
        let path =
            format!("/sign-in/provider?organization={}&next=%2Fsearch%3Fq%3Da", self.organization);
        let away = self.server.get(&path, &Credential::Nothing).await;
        let address = away.header("location").to_owned();
        assert!(address.starts_with(&self.issuer.url()), "{away:?}");
        (address, cookie(&away, "orgtrail_provider").unwrap())
    }

    pub(crate) async fn come_back(&self, query: &str, cookie: &str) -> Answer {
        let path = format!("/sign-in/callback/{}?{query}", self.organization);
        let mut asked = request(Method::GET, &path, &Credential::Nothing, Body::empty());
        if !cookie.is_empty() {
            asked
                .headers_mut()
                .insert(COOKIE, format!("orgtrail_provider={cookie}").parse().unwrap());
        }
        self.server.send(asked).await
    }

    /// Signs somebody in whom the provider knows by these claims.
    pub(crate) async fn sign_in(&self, claims: Value) -> Answer {
        let (address, cookie) = self.begin().await;
        let (code, state) = self.issuer.sign_in(&address, claims);
        self.come_back(&format!("code={code}&state={state}"), &cookie).await
    }

    pub(crate) async fn session(&self, claims: Value) -> Credential {
        let answer = self.sign_in(claims).await;
        assert_eq!(answer.header("location"), "/search?q=a", "{answer:?}");
        Credential::Cookie(cookie(&answer, "orgtrail_session").unwrap())
    }

    pub(crate) async fn found(&self, by: &Credential) -> Vec<u128> {
        let body = self.server.get(&format!("/api/v1/events?{RANGE}"), by).await.body;
        (1..=3).filter(|number| body.contains(&event_id(*number))).collect()
    }

    pub(crate) async fn people(&self) -> Vec<Value> {
        let answer = self.server.get("/api/v1/people", &self.administrator).await.json();
        answer["people"].as_array().unwrap().clone()
    }

    pub(crate) async fn texts(&self, sql: &'static str) -> Vec<String> {
        sqlx::query_scalar(sql).fetch_all(&self.world.database.pool).await.unwrap()
    }
}

fn cookie(answer: &Answer, name: &str) -> Option<String> {
    let mut cookies =
        answer.headers.get_all(SET_COOKIE).iter().map(|value| value.to_str().unwrap());
    let cookie = cookies.find_map(|text| text.strip_prefix(name)?.strip_prefix('='))?;
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    Some(cookie.split(';').next().unwrap().to_owned())
}

pub(crate) fn opens_a_session(answer: &Answer) -> bool {
    cookie(answer, "orgtrail_session").is_some()
}

pub(crate) fn alice(groups: &[&str]) -> Value {
    json!({"sub": "0001", "preferred_username": "Alice", "groups": groups})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_comes_in_with_the_roles_of_their_groups_and_loses_them_with_these() {
    let setting = Setting::new().await;
    let page = setting.server.get("/sign-in", &Credential::Nothing).await.body;
    assert!(!page.contains("Sign in with"), "nobody has a provider yet");
    setting.trust().await;
    let page = setting.server.get("/sign-in", &Credential::Nothing).await.body;
    assert!(page.contains("Sign in with Example ID") || page.contains("Example ID"), "{page}");
    let analyst = setting.session(alice(&["analysts", "others"])).await;
    assert_eq!(setting.found(&analyst).await, [1, 2, 3]);
    let people = setting.people().await;
    let told = people.iter().find(|person| person["name"] == "alice").unwrap();
    assert_eq!(told["issuer"], setting.issuer.url());
    assert_eq!(told["grants"][0]["created_by"], "identity provider");
    assert!(
        told["grants"][0]["expires_at"].is_string(),
        "roles of groups last for some days: {told}"
    );
    // Another group at the next sign-in: the session there is does what that allows.
    let member = setting.session(alice(&["web shop"])).await;
    assert_eq!(setting.found(&member).await, [2]);
    assert_eq!(setting.found(&analyst).await, [2]);
    let identity = setting.server.get("/api/v1/identity", &member).await.json();
    assert_eq!(identity["identity"]["arn"], format!("arn:aws:iam::{MEMBER}:user/alice"));
    // No group: every session is over, though the person is still known.
    let refused = setting.sign_in(alice(&[])).await;
    assert!(refused.header("location").contains("error=provider-no-role"), "{refused:?}");
    assert_eq!(cookie(&refused, "orgtrail_session"), None);
    for over in [&analyst, &member] {
        assert_eq!(setting.server.get("/", over).await.status, 303);
    }
    let acts = setting
        .texts("select record from audit_act where record like '%WebIdentityUser%' order by act_id")
        .await;
    let acts: Vec<Value> = acts.iter().map(|act| serde_json::from_str(act).unwrap()).collect();
    assert_eq!(acts.len(), 3);
    let given = format!("security-analyst at {}", setting.organization);
    assert_eq!(acts[0]["responseElements"]["rolesGiven"], json!([given]));
    assert_eq!(acts[1]["responseElements"]["rolesTaken"], json!([given]));
    assert_eq!(acts[2]["responseElements"]["ConsoleLogin"], "Failure");
    assert_eq!(acts[2]["errorMessage"], "No group of theirs has a role.");
    setting.server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_belong_to_the_sign_in_that_was_begun_opens_nothing() {
    let setting = Setting::new().await;
    setting.trust().await;
    let (address, kept) = setting.begin().await;
    let (code, state) = setting.issuer.sign_in(&address, alice(&["analysts"]));
    let (_, other) = setting.begin().await;
    let right = format!("code={code}&state={state}");
    for (query, cookie, why) in [
        (right.as_str(), "", "provider-expired"),
        (&right, &other, "provider-expired"),
        (&right, "AAAA", "provider-expired"),
        (&format!("code={code}&state="), &kept, "provider-expired"),
        (&format!("{right}&iss=https%3A%2F%2Fevil.example"), &kept, "provider-refused"),
        (&format!("error=access_denied&state={state}"), &kept, "provider-refused"),
        (&format!("code=made-up&state={state}"), &kept, "provider-refused"),
    ] {
        let answer = setting.come_back(query, cookie).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        let location = answer.header("location");
        assert!(location.contains(&format!("error={why}")), "{query} {cookie}: {location}");
        assert!(!opens_a_session(&answer), "{query}");
    }
    for signing in
        [Signing::OtherKey, Signing::Nothing, Signing::PublicKeyAsSecret, Signing::ClientSecret]
    {
        setting.issuer.follow(Script { signing, ..Script::default() });
        let answer = setting.sign_in(alice(&["administrators"])).await;
        assert!(answer.header("location").contains("provider-refused"), "{signing:?}: {answer:?}");
    }
    setting.issuer.follow(Script::default());
    assert_eq!(setting.people().await.len(), 1, "nobody was made known");
    // The code was never redeemed, so whoever began may still come back; once.
    let done = setting.come_back(&right, &kept).await;
    assert_eq!(done.header("location"), "/search?q=a", "{done:?}");
    let again = setting.come_back(&right, &kept).await;
    assert!(again.header("location").contains("provider-refused"), "{again:?}");
    let unknown = setting
        .server
        .get("/sign-in/provider?organization=o-none000000", &Credential::Nothing)
        .await;
    assert!(unknown.header("location").contains("provider-gone"));
    setting.server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_becomes_somebody_who_is_here_already() {
    let setting = Setting::new().await;
    setting.trust().await;
    let role = Role::OrganizationAdministrator;
    setting.server.add_user("alice", role, &[], Some("correct horse battery")).await;
    let other = setting.session(alice(&["web shop"])).await;
    assert_eq!(setting.found(&other).await, [2], "not the local administrator of that name");
    let names = setting.texts("select name from app_user where issuer is not null").await;
    assert!(names[0].starts_with("alice-") && names.len() == 1, "{names:?}");
    // The same subject stays the same person under another name; another subject is another.
    let renamed = json!({"sub": "0001", "preferred_username": "bob", "groups": ["web shop"]});
    setting.session(renamed).await;
    assert_eq!(setting.texts("select name from app_user where issuer is not null").await, names);
    setting
        .session(json!({"sub": "0002", "preferred_username": "Alice", "groups": ["web shop"]}))
        .await;
    assert_eq!(setting.people().await.len(), 4);
    // Refused here is refused, whatever the provider says.
    sqlx::query("update app_user set is_disabled = true where subject = '0001'")
        .execute(&setting.world.database.pool)
        .await
        .unwrap();
    let refused = setting.sign_in(alice(&["administrators"])).await;
    assert!(refused.header("location").contains("provider-disabled"), "{refused:?}");
    assert_eq!(setting.server.get("/", &other).await.status, 303);
    setting.server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_access_token_is_a_session_that_can_be_ended() {
    let setting = Setting::new().await;
    setting.trust().await;
    let token = |claims: Value| Credential::Bearer(setting.issuer.access_token(&claims));
    let good = token(alice(&["analysts"]));
    assert_eq!(setting.found(&good).await, [1, 2, 3]);
    assert_eq!(setting.found(&good).await, [1, 2, 3]);
    assert_eq!(setting.server.get("/", &good).await.status, 303, "a page takes no bearer tokens");
    let id = setting.texts("select session_id::text from session s join app_user using (user_id) where issuer is not null").await;
    assert_eq!(id.len(), 1, "one token is one session");
    let now = SystemClock.now().timestamp();
    for (what, claims) in [
        ("another audience", json!({"sub": "0001", "aud": "orgtrail", "groups": ["analysts"]})),
        (
            "another issuer",
            json!({"sub": "0001", "iss": "https://evil.example", "groups": ["analysts"]}),
        ),
        ("expired", json!({"sub": "0001", "exp": now - 100, "groups": ["analysts"]})),
        ("nobody", json!({"groups": ["analysts"]})),
        ("no group", json!({"sub": "0009", "groups": ["others"]})),
        ("groups that aren't told", json!({"sub": "0001"})),
        ("a sign-in's proof", json!({"sub": "0001", "nonce": "x", "groups": ["analysts"]})),
        ("too old", json!({"sub": "0001", "iat": now - 50_000, "groups": ["analysts"]})),
    ] {
        let answer = setting.server.get("/api/v1/overview", &token(claims)).await;
        assert_eq!(answer.status, 401, "{what}: {answer:?}");
    }
    // Older news change nothing: neither an old token nor one that was made before the groups were lost.
    let old = token(json!({"sub": "0001", "iat": now - 300, "groups": ["administrators"]}));
    assert_eq!(setting.found(&old).await, [1, 2, 3]);
    assert_eq!(setting.server.get("/api/v1/people", &old).await.status, 403);
    let end = format!("/api/v1/sessions/{}", id[0]);
    let ended = request(Method::DELETE, &end, &setting.administrator, Body::empty());
    assert_eq!(setting.server.send(ended).await.status, 204);
    assert_eq!(
        setting.server.get("/api/v1/overview", &good).await.status,
        401,
        "it is over for good"
    );
    setting.server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signs_people_in_is_said_by_administrators_and_checked() {
    let setting = Setting::new().await;
    let analyst = setting.server.token("analyst", Role::SecurityAnalyst, &[]).await;
    let secret = Some(CLIENT_SECRET);
    let refused = setting.put(&analyst, setting.provider(), secret, 0).await;
    assert_eq!(refused.status, 403);
    let with = |name: &str, value: Value| {
        let mut provider = setting.provider();
        provider[name] = value;
        provider
    };
    for (provider, words) in [
        (with("issuer", json!("ftp://id.example.com")), "`issuer`"),
        (with("issuer", json!("http://169.254.169.254")), "https"),
        (with("issuer", json!("https://10.0.0.1")), "not a public address"),
        (with("issuer", json!(format!("{}/other", setting.issuer.url()))), "can't be asked"),
        (with("api_audience", json!("orgtrail")), "`api_audience`"),
        (with("grants", json!([])), "`grants`"),
        (
            with("grants", json!([{"group": "a", "role": "auditor", "target": "999900009999"}])),
            "no place",
        ),
    ] {
        let answer = setting.put(&setting.administrator, provider, secret, 0).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(answer.body.contains(words), "{words}: {}", answer.body);
    }
    let first = setting.put(&setting.administrator, setting.provider(), None, 0).await;
    assert!(first.body.contains("no client secret yet"), "{first:?}");
    setting.trust().await;
    let stale = setting.put(&setting.administrator, setting.provider(), None, 0).await;
    assert!(stale.body.contains("Somebody else"), "{stale:?}");
    // A secret isn't shown to an issuer that it wasn't meant for.
    let other = Issuer::start().await;
    let moved = with("issuer", json!(other.url()));
    let answer = setting.put(&setting.administrator, moved, None, 1).await;
    assert!(answer.body.contains("give it anew"), "{answer:?}");
    let kept = setting.put(&setting.administrator, with("label", json!("New")), None, 1).await;
    assert_eq!(kept.status, 200, "{kept:?}");
    assert!(kept.json()["current"]["has_secret"].as_bool().unwrap());
    setting.session(alice(&["analysts"])).await;
    let everything = setting
        .texts("select record from audit_act union all select content::text from identity_provider")
        .await;
    assert!(
        everything.iter().all(|text| !text.contains(CLIENT_SECRET)),
        "the secret is written down"
    );
    setting.server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_provider_is_told_apart_and_nothing_is_lost() {
    let setting = Setting::new().await;
    setting.trust().await;
    let Setting { world, server, issuer, administrator, organization } = setting;
    server.close().await;
    issuer.follow(Script { fails_with: Some(500), ..Script::default() });
    let server = Server::start_allowing(&world, &["127.0.0.1"]).await;
    let setting = Setting { world, server, issuer, administrator, organization };
    let path = format!("/sign-in/provider?organization={}", setting.organization);
    let silent = setting.server.get(&path, &Credential::Nothing).await;
    assert!(silent.header("location").contains("provider-silent"), "{silent:?}");
    let token = Credential::Bearer(setting.issuer.access_token(&alice(&["analysts"])));
    assert_eq!(setting.server.get("/api/v1/overview", &token).await.status, 503);
    // Once it answers, a new server asks it at once; this one waits a few seconds before it tries again.
    setting.issuer.follow(Script::default());
    let Setting { world, server, issuer, administrator, organization } = setting;
    server.close().await;
    let server = Server::start_allowing(&world, &["127.0.0.1"]).await;
    let setting = Setting { world, server, issuer, administrator, organization };
    setting.session(alice(&["analysts"])).await;
    assert_eq!(setting.server.get("/api/v1/overview", &token).await.status, 200);
    setting.server.close().await;
}
