//! The rows of a batch's objects and digests: one statement for many, as a statement costs more than a row.

use super::model::{DigestRow, NewObject, ObjectClass, location_of};
use crate::Result;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::{BTreeSet, HashMap};

/// The ids of the objects, in their order; none for an object that is known, or came before in the batch.
pub(super) async fn insert_objects(
    tx: &mut PgConnection,
    objects: &[NewObject],
    now: DateTime<Utc>,
) -> Result<Vec<Option<i32>>> {
    let mut ids: Vec<Option<i32>> = vec![None; objects.len()];
    for places in rounds(objects) {
        let round: Vec<&NewObject> = places.iter().map(|place| &objects[*place]).collect();
        let new = insert_round(tx, &round, now).await?;
        for place in places {
            ids[place] = new.get(&objects[place].observation.identity()[..]).copied();
        }
    }
    Ok(ids)
}

/// The places of the objects in as few rounds as possible, so that no round has two under one key: whether an object
/// replaces another is read from the rows of earlier statements. Whatever was seen twice is left out but once.
fn rounds(objects: &[NewObject]) -> Vec<Vec<usize>> {
    let mut rounds: Vec<Vec<usize>> = Vec::new();
    let mut identities = BTreeSet::new();
    let mut uses: HashMap<[u8; 32], usize> = HashMap::new();
    for (place, object) in objects.iter().enumerate() {
        if !identities.insert(object.observation.identity()) {
            continue;
        }
        let round = uses.entry(location(object)).or_default();
        if *round == rounds.len() {
            rounds.push(Vec::new());
        }
        rounds[*round].push(place);
        *round += 1;
    }
    rounds
}

fn location(object: &NewObject) -> [u8; 32] {
    location_of(object.organization_id, &object.observation.bucket, &object.observation.key)
}

/// Inserts objects with different keys and gives back the ids of the new ones, by identity.
async fn insert_round(
    tx: &mut PgConnection,
    objects: &[&NewObject],
    now: DateTime<Utc>,
) -> Result<HashMap<Vec<u8>, i32>> {
    let seen = || objects.iter().map(|object| &object.observation);
    let identities: Vec<Vec<u8>> = seen().map(|seen| seen.identity().to_vec()).collect();
    let content: Vec<Option<&[u8]>> =
        objects.iter().map(|object| object.content_sha256.as_ref().map(|hash| &hash[..])).collect();
    let rows: Vec<(Vec<u8>, i32)> = sqlx::query_as(INSERT_OBJECTS)
        .bind(of(objects, |object| object.organization_id))
        .bind(seen().map(|seen| seen.source_id).collect::<Vec<_>>())
        .bind(identities)
        .bind(of(objects, |object| location(object).to_vec()))
        .bind(seen().map(|seen| seen.bucket.as_str()).collect::<Vec<_>>())
        .bind(seen().map(|seen| seen.key.as_str()).collect::<Vec<_>>())
        .bind(seen().map(|seen| seen.version.as_str()).collect::<Vec<_>>())
        .bind(seen().map(|seen| seen.etag.as_str()).collect::<Vec<_>>())
        .bind(seen().map(|seen| seen.last_modified).collect::<Vec<_>>())
        .bind(of(objects, |object| Json(storable_json(&object.metadata))))
        .bind(of(objects, |object| object.class.name()))
        .bind(of(objects, |object| object.account_id))
        .bind(objects.iter().map(|object| object.region.as_deref()).collect::<Vec<_>>())
        .bind(of(objects, |object| object.delivered_at))
        .bind(objects.iter().map(|object| object.archive_bucket.as_str()).collect::<Vec<_>>())
        .bind(objects.iter().map(|object| object.archive_key.as_str()).collect::<Vec<_>>())
        .bind(of(objects, |object| object.stored_bytes))
        .bind(objects.iter().map(|object| &object.stored_sha256[..]).collect::<Vec<_>>())
        .bind(content)
        .bind(of(objects, |object| object.content_bytes))
        .bind(of(objects, |object| count(object.events.len() + object.deliveries.len())))
        .bind(of(objects, |object| object.quarantine.is_some()))
        .bind(now)
        .bind(of(objects, |object| match object.class {
            ObjectClass::Loose => "no-digest-expected",
            ObjectClass::Log | ObjectClass::Digest => "no-digest-yet",
        }))
        .bind(of(objects, |object| count(object.deliveries.len())))
        .fetch_all(tx)
        .await?;
    Ok(rows.into_iter().collect())
}

const INSERT_OBJECTS: &str = "
    insert into log_object (organization_id, source_id, identity, location, bucket, key, version, etag, last_modified,
        metadata, kind, account_id, region, delivered_at, archive_bucket, archive_key, stored_bytes, stored_sha256,
        content_sha256, content_bytes, event_count, is_quarantined, is_replacement, collected_at, verdict, is_segmented,
        delivery_count)
    select organization_id, source_id, identity, location, bucket, key, version, etag, last_modified,
        metadata, kind, account_id, region, delivered_at, archive_bucket, archive_key, stored_bytes, stored_sha256,
        content_sha256, content_bytes, event_count, is_quarantined,
        exists (select from log_object known
                where known.location = new.location and known.stored_sha256 <> new.stored_sha256),
        $23, verdict, true, delivery_count
    from unnest($1::int[], $2::int[], $3::bytea[], $4::bytea[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::timestamptz[], $10::jsonb[], $11::text[], $12::int[], $13::text[], $14::timestamptz[], $15::text[],
                $16::text[], $17::bigint[], $18::bytea[], $19::bytea[], $20::bigint[], $21::int[], $22::bool[],
                $24::text[], $25::int[]) with ordinality
         as new (organization_id, source_id, identity, location, bucket, key, version, etag, last_modified, metadata,
                 kind, account_id, region, delivered_at, archive_bucket, archive_key, stored_bytes, stored_sha256,
                 content_sha256, content_bytes, event_count, is_quarantined, verdict,
                 delivery_count, place)
    order by place
    on conflict (identity) do nothing returning identity, object_id";

/// Postgres can't hold the zero character, and one object that brings it must not keep others out.
pub(super) fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// The same for metadata.
fn storable_json(metadata: &serde_json::Value) -> serde_json::Value {
    let Some(entries) = metadata.as_object() else { return metadata.clone() };
    let entries = entries.iter().map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.clone(), |text| storable(text).into());
        (storable(name), value)
    });
    serde_json::Value::Object(entries.collect())
}

fn of<T>(objects: &[&NewObject], part: impl Fn(&NewObject) -> T) -> Vec<T> {
    objects.iter().map(|object| part(object)).collect()
}

fn count(length: usize) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}

/// Inserts the digests of a batch with what they list.
pub(super) async fn insert_digests(
    tx: &mut PgConnection,
    fresh: &[(&NewObject, i32)],
) -> Result<()> {
    let digests: Vec<(&NewObject, i32, &DigestRow)> = fresh
        .iter()
        .filter_map(|(object, id)| Some((*object, *id, object.digest.as_ref()?)))
        .collect();
    if digests.is_empty() {
        return Ok(());
    }
    let rows = || digests.iter().map(|(_, _, digest)| *digest);
    let previous = || rows().map(|digest| digest.previous.as_ref());
    sqlx::query(
        "insert into digest (object_id, organization_id, source_id, account_id, region, trail, is_backfill,
             starts_at, ends_at, signature, previous_bucket, previous_key, previous_sha256,
             previous_signature, file_count, own_problem, own_problem_kind)
         select * from unnest($1::int[], $2::int[], $3::int[], $4::int[], $5::text[], $6::text[], $7::bool[],
             $8::timestamptz[], $9::timestamptz[], $10::text[], $11::text[], $12::text[], $13::bytea[],
             $14::text[], $15::int[], $16::text[], $17::text[])",
    )
    .bind(digests.iter().map(|(_, id, _)| *id).collect::<Vec<_>>())
    .bind(digests.iter().map(|(object, ..)| object.organization_id).collect::<Vec<_>>())
    .bind(digests.iter().map(|(object, ..)| object.observation.source_id).collect::<Vec<_>>())
    .bind(digests.iter().map(|(object, ..)| object.account_id).collect::<Vec<_>>())
    .bind(digests.iter().map(|(object, ..)| object.region.as_deref()).collect::<Vec<_>>())
    .bind(rows().map(|digest| digest.trail.as_str()).collect::<Vec<_>>())
    .bind(rows().map(|digest| digest.is_backfill).collect::<Vec<_>>())
    .bind(rows().map(|digest| digest.starts_at).collect::<Vec<_>>())
    .bind(rows().map(|digest| digest.ends_at).collect::<Vec<_>>())
    .bind(rows().map(|digest| digest.signature.as_deref().map(storable)).collect::<Vec<_>>())
    .bind(previous().map(|previous| Some(previous?.0.as_str())).collect::<Vec<_>>())
    .bind(previous().map(|previous| Some(previous?.1.as_str())).collect::<Vec<_>>())
    .bind(previous().map(|previous| previous?.2.as_ref().map(|hash| &hash[..])).collect::<Vec<_>>())
    .bind(previous().map(|previous| Some(previous?.3.as_str())).collect::<Vec<_>>())
    .bind(rows().map(|digest| count(digest.files.len())).collect::<Vec<_>>())
    .bind(rows().map(|digest| Some(storable(&digest.own_problem.as_ref()?.1))).collect::<Vec<_>>())
    .bind(rows().map(|digest| Some(digest.own_problem.as_ref()?.0.as_str())).collect::<Vec<_>>())
    .execute(&mut *tx)
    .await?;
    insert_entries(tx, &digests).await
}

/// Inserts what digests list.
async fn insert_entries(
    tx: &mut PgConnection,
    digests: &[(&NewObject, i32, &DigestRow)],
) -> Result<()> {
    let (mut ids, mut ordinals, mut buckets, mut keys, mut locations, mut hashes) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (object, id, digest) in digests {
        for (ordinal, file) in digest.files.iter().enumerate() {
            ids.push(*id);
            ordinals.push(count(ordinal));
            buckets.push(file.bucket.as_str());
            keys.push(file.key.as_str());
            locations.push(location_of(object.organization_id, &file.bucket, &file.key).to_vec());
            hashes.push(&file.sha256[..]);
        }
    }
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into digest_entry (object_id, ordinal, bucket, key, location, sha256)
         select * from unnest($1::int[], $2::int[], $3::text[], $4::text[], $5::bytea[], $6::bytea[])",
    )
    .bind(ids)
    .bind(ordinals)
    .bind(buckets)
    .bind(keys)
    .bind(locations)
    .bind(hashes)
    .execute(&mut *tx)
    .await?;
    Ok(())
}
