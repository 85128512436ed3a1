//! The statements of the two tables of texts.

use super::memory::Entry;
use super::{Hash, PrincipalTerm, Term, TermField, hash_parts, kept};
use crate::{Result, StoreError};
use sqlx::PgPool;
use std::net::IpAddr;

impl Entry for Term {
    const TABLE: &'static str = "term";

    fn hash(&self) -> Hash {
        hash_parts(&[self.field.name(), &self.value, &self.detail])
    }

    async fn find(pool: &PgPool, hashes: &[Hash]) -> Result<Vec<(Hash, i32)>> {
        let rows = sqlx::query_as("select hash, term_id from term where hash = any($1)")
            .bind(bytes(hashes.iter()))
            .fetch_all(pool)
            .await?;
        by_hash(rows)
    }

    async fn insert(pool: &PgPool, entries: &[(Hash, Self)]) -> Result<Vec<(Hash, i32)>> {
        let of = |part: fn(&Self) -> String| {
            entries.iter().map(|(_, term)| part(term)).collect::<Vec<_>>()
        };
        let addresses: Vec<Option<String>> =
            entries.iter().map(|(_, term)| term.address().map(|ip| ip.to_string())).collect();
        let rows = sqlx::query_as(
            "insert into term (field, value, detail, address, hash)
             select field, value, detail, address::inet, hash
             from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[])
                  as new (field, value, detail, address, hash)
             on conflict (hash) do nothing returning hash, term_id",
        )
        .bind(of(|term| term.field.name().to_owned()))
        .bind(of(|term| kept(&term.value)))
        .bind(of(|term| kept(&term.detail)))
        .bind(addresses)
        .bind(bytes(entries.iter().map(|(hash, _)| hash)))
        .fetch_all(pool)
        .await?;
        by_hash(rows)
    }
}

impl Term {
    fn address(&self) -> Option<IpAddr> {
        (self.field == TermField::Ip).then(|| self.value.parse().ok()).flatten()
    }
}

impl Entry for PrincipalTerm {
    const TABLE: &'static str = "principal";

    fn hash(&self) -> Hash {
        hash_parts(&[&self.kind, &self.arn, &self.account, &self.name])
    }

    async fn find(pool: &PgPool, hashes: &[Hash]) -> Result<Vec<(Hash, i32)>> {
        let rows = sqlx::query_as("select hash, principal_id from principal where hash = any($1)")
            .bind(bytes(hashes.iter()))
            .fetch_all(pool)
            .await?;
        by_hash(rows)
    }

    async fn insert(pool: &PgPool, entries: &[(Hash, Self)]) -> Result<Vec<(Hash, i32)>> {
        let of = |part: fn(&Self) -> &str| {
            entries.iter().map(|(_, principal)| kept(part(principal))).collect::<Vec<_>>()
        };
        let rows = sqlx::query_as(
            "insert into principal (kind, arn, account, name, hash)
             select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[])
             on conflict (hash) do nothing returning hash, principal_id",
        )
        .bind(of(|principal| &principal.kind))
        .bind(of(|principal| &principal.arn))
        .bind(of(|principal| &principal.account))
        .bind(of(|principal| &principal.name))
        .bind(bytes(entries.iter().map(|(hash, _)| hash)))
        .fetch_all(pool)
        .await?;
        by_hash(rows)
    }
}

fn bytes<'a>(hashes: impl Iterator<Item = &'a Hash>) -> Vec<&'a [u8]> {
    hashes.map(<[u8; 32]>::as_slice).collect()
}

fn by_hash(rows: Vec<(Vec<u8>, i32)>) -> Result<Vec<(Hash, i32)>> {
    rows.into_iter()
        .map(|(hash, id)| {
            let hash = hash.try_into().map_err(|_| StoreError::Corrupt {
                table: "term",
                reason: "a hash has not 32 bytes".into(),
            })?;
            Ok((hash, id))
        })
        .collect()
}
