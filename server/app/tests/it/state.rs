//! The whole state of the index, in values instead of generated numbers, so that two databases can be compared.

use crate::world::World;
use sqlx::AssertSqlSafe;
use std::collections::BTreeMap;

/// How an object is named without its number.
const PLACE: &str = "o.bucket || ' ' || o.key || ' ' || o.etag";

/// Name and query of every part of the state; each query gives texts.
fn queries() -> [(&'static str, String); 10] {
    let term = |id: &str| {
        format!("(select jsonb_build_array(field, value, detail) from term where term_id = e.{id})")
    };
    [
        ("objects", format!(
            "select jsonb_build_array({PLACE}, o.version, o.size_text, o.metadata, o.kind, a.number, o.region, o.delivered_at,
                 o.archive_bucket, o.archive_key, o.stored_bytes, o.stored_sha256, o.content_sha256, o.content_bytes,
                 o.event_count, o.is_quarantined, o.is_replacement)::text
             from (select *, last_modified::text as size_text from log_object) o left join account a using (account_id)"
        )),
        ("verdicts", format!(
            "select jsonb_build_array({PLACE}, o.verdict, d.key)::text
             from log_object o left join log_object d on d.object_id = o.digest_id"
        )),
        ("events", format!(
            "select jsonb_build_array(e.t, {PLACE}, e.ordinal, n.id, a.number, to_jsonb(p) - 'principal_id', {}, {}, {}, {}, {},
                 {}, {}, e.flags, e.variant, e.event_id, e.content, e.access_key, e.resources)::text
             from event e join log_object o using (object_id) join organization n on n.organization_id = e.organization_id
             join account a on a.account_id = e.account_id left join principal p using (principal_id)",
            term("session_id"), term("name_id"), term("region_id"), term("ip_id"), term("agent_id"), term("error_id"),
            term("kind_id"),
        )),
        ("deliveries", format!(
            "select jsonb_build_array(e.t, {PLACE}, e.ordinal, a.number, e.event_id, e.variant)::text
             from event_delivery e join log_object o using (object_id) join account a on a.account_id = e.account_id"
        )),
        ("quarantine", format!(
            "select jsonb_build_array({PLACE}, q.ordinal, a.number, q.reason, q.bytes, q.excerpt)::text
             from quarantine q join log_object o using (object_id) left join account a on a.account_id = q.account_id"
        )),
        ("digests", format!(
            "select jsonb_build_array({PLACE}, d.trail, d.is_backfill, d.starts_at, d.ends_at, d.file_count, d.own_problem,
                 d.chain_problem, (select count(*) from digest_entry where object_id = d.object_id))::text
             from digest d join log_object o using (object_id)"
        )),
        ("grams", format!(
            "select jsonb_build_array({PLACE}, g.stop_set, md5(g.bits), o.is_segmented)::text
             from log_object o left join object_grams g using (object_id)"
        )),
        // Batches are cut in other places each time; the rows that they hold together are the same.
        ("segments", "select jsonb_build_array(a.number, s.day, sum(s.row_count), min(s.t0), max(s.t1))::text
             from segment s join account a using (account_id) group by a.number, s.day".to_owned()),
        // The newest interval ends at the present, which is another one in each database.
        ("coverage", "select jsonb_build_array(a.number, c.region, c.starts_at, c.state)::text
             from coverage c join account a using (account_id)
             where c.state <> 'pending' and c.starts_at < now() - interval '1 day'".to_owned()),
        ("custody", format!(
            "select jsonb_build_array((select size from custody_log), (select count(*) from custody_leaf),
                 (select max(leaf_index) + 1 from custody_leaf), count(*), count(distinct l.object_id),
                 md5(string_agg({PLACE}, ',' order by o.key, o.etag)))::text
             from custody_leaf l join log_object o using (object_id)"
        )),
    ]
}

/// Reads the state.
pub(crate) async fn state(world: &World) -> BTreeMap<&'static str, Vec<String>> {
    let mut state = BTreeMap::new();
    for (name, sql) in queries() {
        let rows = sqlx::query_scalar::<_, String>(AssertSqlSafe(sql))
            .fetch_all(&world.database.pool)
            .await;
        let mut rows = rows.unwrap_or_else(|error| panic!("{name}: {error}"));
        rows.sort();
        state.insert(name, rows);
    }
    state
}

/// Fails at the first part that differs.
#[track_caller]
pub(crate) fn assert_same(
    found: &BTreeMap<&'static str, Vec<String>>,
    expected: &BTreeMap<&'static str, Vec<String>>,
    after: &str,
) {
    for (name, rows) in expected {
        let lost: Vec<_> = rows.iter().filter(|row| !found[name].contains(row)).take(3).collect();
        let extra: Vec<_> = found[name].iter().filter(|row| !rows.contains(row)).take(3).collect();
        assert!(
            lost.is_empty() && extra.is_empty(),
            "{name} {after}: lost {lost:#?}, extra {extra:#?}"
        );
        assert_eq!(found[name].len(), rows.len(), "{name} {after}");
    }
}
