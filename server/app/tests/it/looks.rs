//! Each look by a page or a route is recorded, and each has a row here that says as what.

use crate::audit::{forget, names, recorded, world};
use crate::authorization::{Rule, get_routes, template};
use crate::server::{Credential, Server};
use orgtrail_domain::clock::{Clock, SystemClock};
use orgtrail_server::access::Audience;
use orgtrail_shared::console::Role;

/// What a look at each page and route is recorded as, when an administrator takes it. What shows neither events nor what is
/// known of people is no look at them: a new route must be thought about.
const LOOKS: [(&str, &[&str]); 39] = [
    ("/api/v1/openapi.json", &[]),
    ("/api/v1/events", &["SearchEvents"]),
    ("/api/v1/events/histogram", &["SearchEvents"]),
    ("/api/v1/events/facets", &["SearchEvents"]),
    ("/api/v1/events/{id}", &["GetEvent"]),
    ("/api/v1/coverage", &[]),
    ("/api/v1/coverage/cell", &[]),
    ("/api/v1/completions", &["ListSearchValues"]),
    ("/api/v1/overview", &["GetOverview"]),
    ("/api/v1/organization", &[]),
    ("/api/v1/organization/accounts/{id}", &["ListAccountPeople"]),
    ("/api/v1/organization/accounts/{id}/policy-answer", &[]),
    ("/api/v1/organization/policies", &[]),
    ("/api/v1/authorize/rules", &[]),
    ("/api/v1/identity-provider", &[]),
    ("/api/v1/event-accesses", &["ListEventAccesses"]),
    ("/api/v1/quarantine", &["ListQuarantine"]),
    ("/api/v1/operations", &[]),
    ("/api/v1/identity", &[]),
    ("/api/v1/people", &["ListUsers"]),
    ("/api/v1/access-keys", &["ListAccessKeys"]),
    ("/api/v1/sessions", &["ListSessions"]),
    ("/api/v1/grants", &["ListGrants"]),
    ("/api/v1/authorize/explain", &[]),
    ("/", &["GetOverview"]),
    ("/search", &["SearchEvents"]),
    ("/events/{id}", &["GetEvent"]),
    ("/organization", &[]),
    ("/organization/{id}", &["ListAccountPeople"]),
    ("/integrity", &[]),
    ("/access", &["ListEventAccesses"]),
    ("/quarantine", &["ListQuarantine"]),
    ("/operations", &[]),
    ("/settings", &["ListAccessKeys", "ListSessions", "ListUsers"]),
    ("/rules", &[]),
    ("/identity-provider", &[]),
    ("/policies", &[]),
    ("/what-if", &[]),
    ("/why", &[]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_by_any_page_or_route_is_recorded() {
    let world = world().await;
    let server = Server::start(&world).await;
    let role = Role::OrganizationAdministrator;
    let id = server.add_user("administrator", role, &[], None).await;
    let mut routes = 0;
    for (path, rule) in get_routes() {
        let template = template(&path);
        if matches!(rule, Rule::Open | Rule::SignIn | Rule::Nothing) {
            continue;
        }
        routes += 1;
        let row = LOOKS.iter().find(|(known, _)| *known == template);
        let (_, expected) = row.unwrap_or_else(|| panic!("{template} has no row"));
        let is_api = path.starts_with("/api/");
        let audience = if is_api { Audience::Api } else { Audience::Console };
        let (_, token) = server.session("administrator", id, audience, SystemClock.now()).await;
        let by = if is_api { Credential::Bearer(token) } else { Credential::Cookie(token) };
        forget(&world).await;
        assert_eq!(server.get(&path, &by).await.status, 200, "{path}");
        let mut found = recorded(&world).await;
        found.sort();
        assert_eq!(found, names(expected), "{path}");
    }
    assert_eq!(routes, LOOKS.len());
    server.close().await;
}
