//! Predicates → SQL. The one place where a search's text is put together.

use super::filter::{EventFilter, Predicate};
use sqlx::{Postgres, QueryBuilder};

/// Pushes `t` bounds and every predicate, on the alias `e`.
pub(super) fn push_where(
    sql: &mut QueryBuilder<Postgres>,
    filter: &EventFilter,
    from: i32,
    to: i32,
) {
    sql.push(" where e.t >= ").push_bind(from).push(" and e.t < ").push_bind(to);
    for (is_negated, predicate) in &filter.predicates {
        sql.push(if *is_negated { " and not (" } else { " and (" });
        push(sql, predicate);
        sql.push(")");
    }
}

fn push(sql: &mut QueryBuilder<Postgres>, predicate: &Predicate) {
    match predicate {
        Predicate::Ids(_, ids) if ids.is_empty() => {
            sql.push("false");
        }
        // A search may name thousands of files. `any` of a parameter compares each row with one after the other; a
        // subquery is hashed.
        Predicate::Ids(column @ "object_id", ids) => {
            sql.push("e.").push(column).push(" in (select unnest(").push_bind(ids.clone());
            sql.push("::int[]))");
        }
        Predicate::Ids(column, ids) => {
            sql.push("e.").push(column).push(" = any(").push_bind(ids.clone()).push(")");
        }
        Predicate::HasId(column) => {
            sql.push("e.").push(column).push(" <> 0");
        }
        Predicate::Any(any) => {
            sql.push("false");
            for predicate in any {
                sql.push(" or (");
                push(sql, predicate);
                sql.push(")");
            }
        }
        Predicate::SessionArn(patterns) => push_session_arn(sql, patterns),
        Predicate::Flags { mask, value } => {
            sql.push("e.flags & ").push_bind(*mask).push(" = ").push_bind(*value);
        }
        Predicate::AnyFlag(mask) => {
            sql.push("e.flags & ").push_bind(*mask).push(" <> 0");
        }
        // A partial index is used only where its condition is written out.
        Predicate::Uuids(column @ "access_key", ids) => {
            sql.push("e.access_key <> '00000000-0000-0000-0000-000000000000' and e.");
            sql.push(column).push(" = any(").push_bind(ids.clone()).push(")");
        }
        Predicate::Uuids(column, ids) => {
            sql.push("e.").push(column).push(" = any(").push_bind(ids.clone()).push(")");
        }
        Predicate::Resources(hashes) => {
            sql.push("e.resources is not null and e.resources && ").push_bind(hashes.clone());
        }
        Predicate::Verdicts(verdicts) => {
            sql.push(
                "coalesce((select o.verdict from log_object o where o.object_id = e.object_id), ",
            );
            sql.push("'no-digest-expected') = any(").push_bind(verdicts.clone()).push(")");
        }
        Predicate::Time(from, to) => {
            sql.push("true");
            if let Some(from) = from {
                sql.push(" and e.t >= ").push_bind(*from);
            }
            if let Some(to) = to {
                sql.push(" and e.t < ").push_bind(*to);
            }
        }
    }
}

/// The session's ARN is put together from the role and the session's name: `…:role/path/Role` and `s` belong to
/// `…:assumed-role/Role/s`, without the path, and with `sts` for `iam`.
fn push_session_arn(sql: &mut QueryBuilder<Postgres>, patterns: &[String]) {
    sql.push(
        "e.session_id <> 0 and exists (select from principal p, term s
         where p.principal_id = e.principal_id and s.term_id = e.session_id
           and lower('arn:' || split_part(p.arn, ':', 2) || ':sts::' || split_part(p.arn, ':', 5)
                     || ':assumed-role/' || p.name || '/' || s.value) like any(",
    )
    .push_bind(patterns.to_vec())
    .push("))");
}
