//! The router of a server in this process, and its callers.

use crate::trail::{BUCKET, public_keys};
use crate::world::{MASTER_KEY, World, write};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use chrono::{DateTime, Utc};
use orgtrail_domain::clock::{Clock, SystemClock};
use orgtrail_server::access::{Audience, hash_password};
use orgtrail_server::config::{InstallationConfig, ListenConfig};
use orgtrail_server::http::{AppState, router};
use orgtrail_server::installation::{Installation, Purpose};
use orgtrail_server::services::Services;
use orgtrail_shared::console::Role;
use orgtrail_storage::acted;
use orgtrail_storage::organizations::OrganizationRow;
use orgtrail_storage::sources::{NewSource, SourceRow};
use orgtrail_storage::users::{NewSession, NewUser};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tower::ServiceExt;
use uuid::Uuid;

/// A server without a socket.
pub(crate) struct Server {
    pub(crate) services: Services,
    pub(crate) state: AppState,
    router: Router,
    /// Holds the data directory and the embedded store.
    installation: Installation,
}

/// An answer of the server.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// What a request carries to prove who sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Credential {
    Nothing,
    Bearer(String),
    Cookie(String),
}

pub(crate) fn configuration(world: &World) -> InstallationConfig {
    InstallationConfig {
        data_dir: Some(world.data_directory()),
        database_url: Some(world.database_url()),
        owner_database_url: None,
        archive: None,
        archive_endpoint: None,
        archive_region: "us-east-1".to_owned(),
        archive_access_key_id: None,
        archive_secret_access_key: None,
        organization: None,
        master_key_file: None,
        master_key_kms_file: None,
        kms_endpoint: None,
        master_key: Some(MASTER_KEY.to_owned()),
        postgres_bin: None,
        allowed_endpoints: Vec::new(),
        program_path: None,
        home: None,
    }
}

/// A folder that stands for the console's files.
pub(crate) fn site(world: &World) -> PathBuf {
    world.write("site/hash.txt", "js: x\nwasm: x\ncss: x\n");
    write(&world.path("site/pkg/console.x.css"), b"");
    world.path("site")
}

impl Server {
    pub(crate) async fn start(world: &World) -> Self {
        Self::start_allowing(world, &[]).await
    }

    /// A server that may ask these hosts although they are of our own network.
    pub(crate) async fn start_allowing(world: &World, hosts: &[&str]) -> Self {
        let hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let directory = world.data_directory();
        let config = configuration(world);
        let installation =
            Box::pin(Installation::open(&config, &directory, Purpose::Server, clock.clone()))
                .await
                .unwrap();
        let services = Services::new(&installation, clock, hosts).await.unwrap();
        let listen = ListenConfig {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            tls_cert: None,
            tls_key: None,
            trusted_proxies: Vec::new(),
            site_dir: Some(site(world)),
            metrics_token: None,
            log_json: false,
        };
        let state = AppState::new(services.clone(), &listen, true).await.unwrap();
        Self { services, router: router(state.clone()), state, installation }
    }

    /// Ends the server, so that another one can have the data directory in the same test.
    pub(crate) async fn close(self) {
        self.installation.close().await;
        self.services.database.close().await;
    }

    /// Sends a request from loopback.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        self.send_from([127, 0, 0, 1], request).await
    }

    pub(crate) async fn send_from(&self, address: [u8; 4], mut request: Request<Body>) -> Answer {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from((address, 40_000))));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = to_bytes(response.into_body(), 64 << 20).await.unwrap();
        Answer { status, headers, body: String::from_utf8(body.to_vec()).unwrap() }
    }

    pub(crate) async fn get(&self, path: &str, credential: &Credential) -> Answer {
        self.send(request(Method::GET, path, credential, Body::empty())).await
    }

    /// What somebody who sees the whole organization reads, as JSON.
    pub(crate) async fn read(&self, path: &str) -> Value {
        let answer = self.get(path, &self.token("analyst", Role::SecurityAnalyst, &[]).await).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {answer:?}");
        answer.json()
    }

    /// Adds a directory that holds a copy of the trail's bucket as a source.
    pub(crate) async fn add_source(&self, bucket: &Path) -> SourceRow {
        let database = &self.services.database;
        let source = NewSource {
            organization_id: database.organizations().await.unwrap()[0].organization_id,
            name: "bucket".to_owned(),
            kind: "directory",
            bucket: bucket.display().to_string(),
            prefix: String::new(),
            settings: serde_json::json!({"original_bucket": BUCKET}),
            credentials: None,
            public_keys: public_keys(),
            expects_digests: true,
            is_adopted: false,
            trail_began_at: None,
        };
        acted!(database, upsert_source(&source, SystemClock.now())).unwrap();
        database.sources().await.unwrap().remove(0)
    }

    /// Adds a person; a member or auditor sees these accounts.
    pub(crate) async fn add_user(
        &self,
        name: &str,
        role: Role,
        accounts: &[&str],
        password: Option<&str>,
    ) -> i32 {
        let database = &self.services.database;
        let organization_id = database.organizations().await.unwrap()[0].organization_id;
        let mut ids = Vec::new();
        for account in accounts {
            ids.push(database.lookup_account(organization_id, account).await.unwrap().unwrap());
        }
        let password_hash = match password {
            Some(password) => hash_password(password.to_owned()).await.unwrap(),
            None => String::new(),
        };
        let user = NewUser {
            organization_id,
            name: name.to_owned(),
            password_hash,
            is_service: false,
            role,
            account_id: ids.first().copied(),
            granted_accounts: if role == Role::Auditor { ids } else { Vec::new() },
            period: (None, None),
            expires_at: None,
        };
        acted!(database, upsert_user(&user, SystemClock.now())).unwrap().unwrap()
    }

    /// A person of one of several organizations, with a grant that may be limited to a period: what they show to
    /// the API and to the console.
    pub(crate) async fn person(
        &self,
        organization: &str,
        role: Role,
        accounts: &[&str],
        period: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    ) -> [Credential; 2] {
        let (database, now) = (&self.services.database, SystemClock.now());
        let organizations = database.organizations().await.unwrap();
        let is_wanted = |row: &&OrganizationRow| row.id.as_str() == organization;
        let organization_id = organizations.iter().find(is_wanted).unwrap().organization_id;
        let mut ids = Vec::new();
        for account in accounts {
            ids.push(database.lookup_account(organization_id, account).await.unwrap().unwrap());
        }
        let name = format!("{}-of-{organization}", role.name());
        let user = NewUser {
            organization_id,
            name: name.clone(),
            password_hash: String::new(),
            is_service: false,
            role,
            account_id: ids.first().copied(),
            granted_accounts: if role == Role::Auditor { ids } else { Vec::new() },
            period,
            expires_at: None,
        };
        let id = acted!(database, upsert_user(&user, now)).unwrap().unwrap();
        [
            Credential::Bearer(self.session(&name, id, Audience::Api, now).await.1),
            Credential::Cookie(self.session(&name, id, Audience::Console, now).await.1),
        ]
    }

    /// A session of a person that began at a time, and its token.
    pub(crate) async fn session(
        &self,
        name: &str,
        user_id: i32,
        audience: Audience,
        began: DateTime<Utc>,
    ) -> (Uuid, String) {
        let id = Uuid::from_u128(rand::random());
        let ends = began + audience.session_lifetime();
        acted!(
            self.services.database,
            insert_session(&NewSession {
                session_id: id,
                user_id,
                audience: audience.name(),
                created_at: began,
                expires_at: ends,
                user_agent: "test",
                address: "127.0.0.1",
            })
        )
        .unwrap();
        (id, self.state.tokens.issue(name, id, audience, began).unwrap())
    }

    /// A person's bearer token.
    pub(crate) async fn token(&self, name: &str, role: Role, accounts: &[&str]) -> Credential {
        let user_id = self.add_user(name, role, accounts, None).await;
        Credential::Bearer(self.session(name, user_id, Audience::Api, SystemClock.now()).await.1)
    }

    /// A person's session cookie.
    pub(crate) async fn cookie(&self, name: &str, role: Role, accounts: &[&str]) -> Credential {
        let user_id = self.add_user(name, role, accounts, None).await;
        Credential::Cookie(
            self.session(name, user_id, Audience::Console, SystemClock.now()).await.1,
        )
    }
}

/// A request with what proves its sender.
pub(crate) fn request(
    method: Method,
    path: &str,
    credential: &Credential,
    body: Body,
) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path).header("host", "console.example");
    request = match credential {
        Credential::Nothing => request,
        Credential::Bearer(token) => request.header(AUTHORIZATION, format!("Bearer {token}")),
        Credential::Cookie(token) => request.header(COOKIE, format!("orgtrail_session={token}")),
    };
    request.body(body).unwrap()
}
