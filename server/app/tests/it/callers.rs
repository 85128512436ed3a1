//! Every kind of caller.

use crate::server::{Credential, Server};
use crate::world::World;
use chrono::TimeDelta;
use orgtrail_domain::clock::{Clock, SystemClock};
use orgtrail_server::access::Audience;
use orgtrail_shared::console::Role;
use orgtrail_storage::acted;

pub(crate) const MANAGEMENT: &str = "121212343434";
/// The member's account, and the one that the auditor may see.
pub(crate) const MEMBER: &str = "444455556666";
pub(crate) const AUDITED: &str = "777788889999";

/// The account that is suspended.
pub(crate) const SUSPENDED: &str = "999900001111";

/// A caller; `role` is `None` for whoever must not be believed.
pub(crate) struct Caller {
    pub(crate) name: &'static str,
    pub(crate) role: Option<Role>,
    /// The accounts whose data they see, of those three; roles that see all have all of them.
    pub(crate) sees: &'static [&'static str],
    /// For the API, and for the console.
    pub(crate) bearer: Credential,
    pub(crate) cookie: Credential,
}

const ALL: [&str; 3] = [MANAGEMENT, MEMBER, AUDITED];

/// An auditor of the right account, for a time in which nothing has happened.
async fn with_other_period(server: &Server) -> Caller {
    let now = SystemClock.now();
    let period = (Some(now - TimeDelta::days(2)), Some(now - TimeDelta::days(1)));
    let organization = server.services.database.organizations().await.unwrap()[0].id.to_string();
    let [bearer, cookie] = server.person(&organization, Role::Auditor, &[AUDITED], period).await;
    Caller {
        name: "auditor of another period",
        role: Some(Role::Auditor),
        // They may know of the account, though of no event.
        sees: &[AUDITED],
        bearer,
        cookie,
    }
}

/// Makes a caller's account a suspended one; whoever belongs to it sees nothing any more.
pub(crate) async fn suspended(world: &World, server: &Server) -> Caller {
    let sql = "update account set state = 'SUSPENDED' where number = $1";
    sqlx::query(sql).bind(SUSPENDED).execute(&world.database.pool).await.unwrap();
    let now = SystemClock.now();
    let id = server.add_user("suspended", Role::Member, &[SUSPENDED], None).await;
    let (_, bearer) = server.session("suspended", id, Audience::Api, now).await;
    let (_, cookie) = server.session("suspended", id, Audience::Console, now).await;
    Caller {
        name: "member of a suspended account",
        role: Some(Role::Member),
        sees: &[],
        bearer: Credential::Bearer(bearer),
        cookie: Credential::Cookie(cookie),
    }
}

/// One caller of each kind.
pub(crate) async fn callers(server: &Server) -> Vec<Caller> {
    let now = SystemClock.now();
    let mut callers = vec![Caller {
        name: "anonymous",
        role: None,
        sees: &[],
        bearer: Credential::Nothing,
        cookie: Credential::Nothing,
    }];
    for (name, role, accounts) in [
        ("member", Role::Member, &[MEMBER][..]),
        ("other-member", Role::Member, &[AUDITED]),
        ("auditor", Role::Auditor, &[AUDITED]),
        ("analyst", Role::SecurityAnalyst, &[]),
        ("administrator", Role::OrganizationAdministrator, &[MANAGEMENT]),
        ("trail-administrator", Role::TrailAdministrator, &[MANAGEMENT]),
    ] {
        let id = server.add_user(name, role, accounts, None).await;
        let (_, bearer) = server.session(name, id, Audience::Api, now).await;
        let (_, cookie) = server.session(name, id, Audience::Console, now).await;
        callers.push(Caller {
            name,
            role: Some(role),
            sees: if role.sees_all_accounts() { &ALL } else { accounts },
            bearer: Credential::Bearer(bearer),
            cookie: Credential::Cookie(cookie),
        });
    }
    callers.push(with_other_period(server).await);
    let id = server.add_user("former", Role::SecurityAnalyst, &[], None).await;
    let (api, bearer) = server.session("former", id, Audience::Api, now).await;
    let (console, cookie) = server.session("former", id, Audience::Console, now).await;
    let unknown = |name, bearer: &str, cookie: &str| Caller {
        name,
        role: None,
        sees: &[],
        bearer: Credential::Bearer(bearer.to_owned()),
        cookie: Credential::Cookie(cookie.to_owned()),
    };
    callers.push(unknown("console token as bearer and bearer token as cookie", &cookie, &bearer));
    let (head, signature) = bearer.rsplit_once('.').unwrap();
    callers.push(unknown("no token", "garbled", "garbled"));
    callers.push(unknown("token without signature", &format!("{head}."), &format!("{head}.")));
    let reversed: String = signature.chars().rev().collect();
    callers.push(unknown(
        "forged signature",
        &format!("{head}.{reversed}"),
        &format!("{head}.{reversed}"),
    ));
    let (_, old_bearer) =
        server.session("former", id, Audience::Api, now - TimeDelta::hours(2)).await;
    let (_, old_cookie) =
        server.session("former", id, Audience::Console, now - TimeDelta::hours(13)).await;
    callers.push(unknown("expired", &old_bearer, &old_cookie));
    for session in [api, console] {
        acted!(server.services.database, revoke_session(session, now)).unwrap();
    }
    callers.push(unknown("revoked", &bearer, &cookie));
    callers
}
