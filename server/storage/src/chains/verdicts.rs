//! Verdicts on files: what one chain says, and what all chains that list a file say together.

use super::{ChainResult, ChainRow};
use crate::{Result, StoreError};
use chrono::{DateTime, Utc};
use orgtrail_shared::proof::FileVerdict;
use sqlx::PgConnection;
use std::collections::BTreeMap;

/// A verdict on a file, and the digest that speaks for it.
type Verdict = (FileVerdict, Option<i32>);

/// Stores a chain's verdicts, and what they make of the files.
pub(super) async fn save(
    tx: &mut PgConnection,
    chain: &ChainRow,
    result: &ChainResult,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut verdicts: BTreeMap<i32, Verdict> = BTreeMap::new();
    for (id, verdict, digest) in &result.files {
        verdicts.insert(*id, (read(verdict)?, *digest));
    }
    if has_siblings(tx, chain).await? {
        verdicts = together(tx, chain, verdicts).await?;
    }
    let ids: Vec<i32> = verdicts.keys().copied().collect();
    let (names, digests): (Vec<&str>, Vec<Option<i32>>) =
        verdicts.values().map(|(verdict, digest)| (verdict.name(), *digest)).unzip();
    sqlx::query(
        "update log_object o set verdict = new.verdict, verdict_at = $4, digest_id = new.digest_id
         from unnest($1::int[], $2::text[], $3::int[]) as new (object_id, verdict, digest_id)
         where o.object_id = new.object_id
           and (o.verdict <> new.verdict or o.digest_id is distinct from new.digest_id or o.verdict_at is null)",
    )
    .bind(ids)
    .bind(names)
    .bind(digests)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether another trail delivers for the chain's account and Region, too.
async fn has_siblings(tx: &mut PgConnection, chain: &ChainRow) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "select exists (select from chain where source_id = $1 and account_id = $2 and region = $3
             and chain_id <> $4 and trail <> '')",
    )
    .bind(chain.source_id)
    .bind(chain.account_id)
    .bind(&chain.region)
    .bind(chain.chain_id)
    .fetch_one(tx)
    .await?)
}

/// Replaces what the chain said before, and puts what it says to what others say.
async fn together(
    tx: &mut PgConnection,
    chain: &ChainRow,
    own: BTreeMap<i32, Verdict>,
) -> Result<BTreeMap<i32, Verdict>> {
    let mut ids: Vec<i32> =
        sqlx::query_scalar("delete from file_verdict where chain_id = $1 returning object_id")
            .bind(chain.chain_id)
            .fetch_all(&mut *tx)
            .await?;
    ids.extend(own.keys());
    let others: Vec<(i32, String, Option<i32>)> = sqlx::query_as(
        "select object_id, verdict, digest_id from file_verdict where object_id = any($1) order by chain_id",
    )
    .bind(&ids)
    .fetch_all(&mut *tx)
    .await?;
    let (names, digests): (Vec<&str>, Vec<Option<i32>>) =
        own.values().map(|(verdict, digest)| (verdict.name(), *digest)).unzip();
    sqlx::query(
        "insert into file_verdict (object_id, chain_id, verdict, digest_id)
         select object_id, $1, verdict, digest_id
         from unnest($2::int[], $3::text[], $4::int[]) as new (object_id, verdict, digest_id)",
    )
    .bind(chain.chain_id)
    .bind(own.keys().copied().collect::<Vec<_>>())
    .bind(names)
    .bind(digests)
    .execute(&mut *tx)
    .await?;
    // A sibling that was verified while it was alone has said nothing here yet.
    sqlx::query(
        "update chain set is_stale = is_stale or chain_id <> $4, keeps_verdicts = keeps_verdicts or chain_id = $4
         where source_id = $1 and account_id = $2 and region = $3 and trail <> '' and not keeps_verdicts",
    )
    .bind(chain.source_id)
    .bind(chain.account_id)
    .bind(&chain.region)
    .bind(chain.chain_id)
    .execute(&mut *tx)
    .await?;
    let mut all = own;
    for (id, verdict, digest) in others {
        let other = (read(&verdict)?, digest);
        let known = all.entry(id).or_insert(other);
        if known.0.yields_to(other.0) {
            *known = other;
        }
    }
    Ok(all)
}

fn read(name: &str) -> Result<FileVerdict> {
    name.parse().map_err(|reason| StoreError::Corrupt { table: "file_verdict", reason })
}
