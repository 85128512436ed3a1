//! Rows in every table that belongs to an organization or an account.

use crate::acted;
use crate::copy::EventRow;
use crate::log_objects::{BadRecord, Delivery, DigestRow, ObjectClass};
use crate::organizations::Origin;
use crate::testing::{ACCOUNTS, NOON, World, world};
use chrono::TimeDelta;
use orgtrail_domain::organization::OrganizationFile;

const OTHER: &str = r#"{"id": "o-bbbbbbbbbb", "management_account": "111111111111",
    "units": [{"id": "r-bbbb", "name": "Root"}],
    "accounts": [{"id": "111111111111", "unit": "r-bbbb", "memberships": [{"joined_at": "2020-01-01T00:00:00Z", "left_at": null}]},
        {"id": "222222222222", "unit": "r-bbbb", "memberships": [{"joined_at": "2020-01-01T00:00:00Z", "left_at": null}]}]}"#;

/// Two organizations, each with two accounts that have rows in every table.
pub(super) async fn filled() -> World {
    let world = world().await;
    fill(&world, world.organization_id, world.source_id, "ours").await;
    let file = OrganizationFile::parse(OTHER).unwrap();
    let other = acted!(world.database, load_organization(&file, Origin::File, NOON))
        .unwrap()
        .organization_id;
    let source: i32 = sqlx::query_scalar(
        "insert into log_source (organization_id, name, kind, bucket, created_at)
         values ($1, 'theirs', 's3', 'bucket', $2) returning source_id",
    )
    .bind(other)
    .bind(NOON)
    .fetch_one(&world.owner)
    .await
    .unwrap();
    fill(&world, other, source, "theirs").await;
    world
}

async fn fill(world: &World, organization_id: i32, source_id: i32, key: &str) {
    let numbers = [ACCOUNTS[0].to_owned(), ACCOUNTS[1].to_owned()];
    let accounts = world
        .dictionary
        .accounts(world.database.worker(), organization_id, &numbers)
        .await
        .unwrap();
    for account_id in accounts {
        let id = u128::from(account_id.unsigned_abs());
        let mut file = world.object(
            &format!("{key} {account_id}"),
            vec![world.event(id, 0), world.event(id, -90 * 86_400)],
        );
        file.events.iter_mut().for_each(|event| event.account_id = account_id);
        let mut again = world.object(&format!("{key} {account_id} again"), Vec::new());
        again.deliveries = file.events.iter().map(delivery).collect();
        file.bad_records = vec![BadRecord {
            ordinal: Some(9),
            reason: "bad".to_owned(),
            bytes: 0,
            excerpt: String::new(),
        }];
        let mut digest = world.object(&format!("{key} {account_id} digest"), Vec::new());
        digest.class = ObjectClass::Digest;
        digest.digest = Some(digest_row());
        let mut batch = [file, again, digest];
        for object in &mut batch {
            object.organization_id = organization_id;
            object.observation.source_id = source_id;
            object.account_id = Some(account_id);
        }
        world.commit(&batch).await;
        for sql in [
            "insert into delegation values ($1, $2, '2020-01-01Z', null)",
            "insert into policy_version select $1, 'p-guard' || lpad($2::text, 4, '0'), 'guard', '', false, '{}', '2020-01-01Z'",
            "insert into policy_attachment select $1, 'p-guard0001', $2::text, '2020-01-01Z'",
            "insert into organization_change (organization_id, at, origin, change, words)
             values ($1, '2020-01-01Z', 'aws', to_jsonb($2), 'something')",
            "insert into coverage select chain_id, $1, $2, region, '2026-11-20Z', '2026-11-21Z', 'gap', ''
             from chain where account_id = $2",
            "insert into event_access (organization_id, event_id, at, principal, action, accounts)
             values ($1, gen_random_uuid(), '2026-11-20Z', 'analyst', 'SearchEvents', array[$2])",
        ] {
            sqlx::query(sql).bind(organization_id).bind(account_id).execute(&world.owner).await.unwrap();
        }
    }
}

fn digest_row() -> DigestRow {
    DigestRow {
        trail: "trail".to_owned(),
        is_backfill: false,
        starts_at: NOON - TimeDelta::hours(1),
        ends_at: NOON,
        signature: None,
        previous: None,
        own_problem: None,
        files: Vec::new(),
    }
}

pub(super) fn delivery(event: &EventRow) -> Delivery {
    Delivery {
        account_id: event.account_id,
        t: event.t,
        event_id: event.event_id,
        variant: 0,
        ordinal: 0,
    }
}
