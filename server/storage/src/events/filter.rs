//! A query's conditions, resolved to ids: what the index can answer, and what is left for the records.

use crate::dictionary::TermField;
use crate::{Database, Result, Scope};
use orgtrail_domain::index_keys::{ResourceHasher, access_key_bits};
use orgtrail_domain::record::{to_index_bound, to_index_time};
use orgtrail_shared::ids::UnitId;
use orgtrail_shared::query::{Condition, Kind, Pattern, Query, Term, TextField};
use sqlx::PgConnection;
use uuid::Uuid;

/// What resolving a query needs beside the query.
#[derive(Clone, Copy, Debug)]
pub struct FilterNeeds {
    /// Hashes resources as the index does.
    pub hasher: ResourceHasher,
}

/// One condition on a row of the index.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Predicate {
    /// The column is one of the ids.
    Ids(&'static str, Vec<i32>),
    /// The column has a value.
    HasId(&'static str),
    /// Some of the predicates hold.
    Any(Vec<Predicate>),
    /// The principal is one of the roles and the session's ARN is like one of the patterns.
    SessionArn(Vec<String>),
    /// One of the masks' bits have the value.
    Flags { mask: i32, value: i32 },
    /// Some of the bits are set.
    AnyFlag(i32),
    /// The column is one of the ids.
    Uuids(&'static str, Vec<Uuid>),
    /// The event has one of the resources.
    Resources(Vec<i64>),
    /// The file has one of the verdicts.
    Verdicts(Vec<String>),
    /// The time lies in the span.
    Time(Option<i32>, Option<i32>),
}

/// A query as the index can answer it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventFilter {
    pub(super) predicates: Vec<(bool, Predicate)>,
    /// The terms that only the records can answer. An event is a result only if they hold, too.
    pub residual: Query,
}

/// The bit of "the call only read" in the flags.
pub(super) const READ_BITS: i32 = 1 << 8;
/// Both access bits.
pub(super) const ACCESS_MASK: i32 = 3 << 8;
/// The bits of remarks.
const REMARK_MASK: i32 = 0xff;

impl EventFilter {
    /// Whether the index alone answers the query.
    pub fn is_exact(&self) -> bool {
        self.residual.is_empty()
    }

    /// Leaves out calls that only read.
    pub fn hide_reads(&mut self) {
        self.predicates.push((true, Predicate::Flags { mask: ACCESS_MASK, value: READ_BITS }));
    }

    /// Keeps only calls that only read.
    pub fn only_reads(&mut self) {
        self.predicates.push((false, Predicate::Flags { mask: ACCESS_MASK, value: READ_BITS }));
    }

    /// Whether an index on a needle narrows the rows down, so that long windows are cheap.
    pub fn has_needle(&self) -> bool {
        self.predicates.iter().any(|(is_negated, predicate)| {
            !is_negated
                && matches!(
                    predicate,
                    Predicate::Uuids(..)
                        | Predicate::Resources(_)
                        | Predicate::Ids("principal_id" | "ip_id", _)
                )
        })
    }
}

impl Database {
    /// Resolves a query's conditions within the scope.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn resolve_filter(
        &self,
        scope: &Scope,
        query: &Query,
        needs: FilterNeeds,
    ) -> Result<EventFilter> {
        let mut tx = self.read(scope).await?;
        let mut filter = EventFilter::default();
        for term in &query.terms {
            match resolve(&mut tx, term, needs).await? {
                Some(predicate) => filter.predicates.push((term.is_negated, predicate)),
                None => filter.residual.terms.push(term.clone()),
            }
        }
        Ok(filter)
    }
}

async fn resolve(
    tx: &mut PgConnection,
    term: &Term,
    needs: FilterNeeds,
) -> Result<Option<Predicate>> {
    Ok(match &term.condition {
        Condition::Text(field, patterns) => resolve_text(tx, *field, patterns, needs).await?,
        Condition::Account(accounts) => {
            let numbers: Vec<&str> =
                accounts.iter().map(orgtrail_shared::ids::AccountId::as_str).collect();
            let ids = sqlx::query_scalar("select account_id from account where number = any($1)")
                .bind(numbers)
                .fetch_all(tx)
                .await?;
            Some(Predicate::Ids("account_id", ids))
        }
        Condition::Unit(units) => {
            let units: Vec<&str> = units.iter().map(UnitId::as_str).collect();
            let ids = sqlx::query_scalar(
                "with recursive below (unit_id) as (
                     select unit_id from unit where unit_id = any($1)
                     union select unit.unit_id from unit join below on unit.parent_unit_id = below.unit_id)
                 select account_id from account join below using (unit_id)",
            )
            .bind(units)
            .fetch_all(tx)
            .await?;
            Some(Predicate::Ids("account_id", ids))
        }
        Condition::Network(networks) => {
            let networks: Vec<String> = networks.iter().map(ToString::to_string).collect();
            let ids = sqlx::query_scalar(
                "select term_id from term where field = 'ip' and address <<= any($1::text[]::inet[])",
            )
            .bind(networks)
            .fetch_all(tx)
            .await?;
            Some(Predicate::Ids("ip_id", ids))
        }
        Condition::Is(kinds) => {
            let mut any = Vec::new();
            for kind in kinds {
                any.push(resolve_kind(tx, *kind).await?);
            }
            Some(Predicate::Any(any))
        }
        Condition::Proof(verdicts) => Some(Predicate::Verdicts(
            verdicts.iter().map(|verdict| verdict.name().to_owned()).collect(),
        )),
        Condition::Time(from, to) => {
            let from = from.map(|from| to_index_time(from.timestamp()));
            // Above every event when it is far enough: index time ends in 2078.
            let to = to.map(|to| to_index_bound(to.timestamp()));
            Some(Predicate::Time(from, to))
        }
        Condition::Contains(_) => None,
    })
}

async fn resolve_kind(tx: &mut PgConnection, kind: Kind) -> Result<Predicate> {
    Ok(match kind {
        Kind::Read => Predicate::Flags { mask: ACCESS_MASK, value: READ_BITS },
        Kind::Write => Predicate::Any(vec![
            Predicate::Flags { mask: ACCESS_MASK, value: 0 },
            Predicate::Flags { mask: ACCESS_MASK, value: 2 << 8 },
        ]),
        Kind::Root => principals_of_kind(tx, "Root").await?,
        Kind::Service => principals_of_kind(tx, "AWSService").await?,
        Kind::Failed => Predicate::HasId("error_id"),
        Kind::Flagged => Predicate::AnyFlag(REMARK_MASK),
    })
}

async fn principals_of_kind(tx: &mut PgConnection, kind: &str) -> Result<Predicate> {
    let ids = sqlx::query_scalar("select principal_id from principal where kind = $1")
        .bind(kind)
        .fetch_all(tx)
        .await?;
    Ok(Predicate::Ids("principal_id", ids))
}

async fn resolve_text(
    tx: &mut PgConnection,
    field: TextField,
    patterns: &[Pattern],
    needs: FilterNeeds,
) -> Result<Option<Predicate>> {
    if super::cut::needs_records(tx, field, patterns).await? {
        return Ok(None);
    }
    let has_wildcard = patterns.iter().any(|pattern| pattern.is_wildcard);
    let term = |column, field, is_detail| (column, field, is_detail);
    let (column, term_field, is_detail) = match field {
        TextField::EventName => term("name_id", TermField::Name, false),
        TextField::EventSource => term("name_id", TermField::Name, true),
        TextField::Region => term("region_id", TermField::Region, false),
        TextField::SourceIp => term("ip_id", TermField::Ip, false),
        TextField::UserAgent => term("agent_id", TermField::Agent, false),
        TextField::Error => term("error_id", TermField::Error, false),
        TextField::Category => term("kind_id", TermField::Kind, false),
        TextField::EventType => term("kind_id", TermField::Kind, true),
        TextField::Principal => return resolve_principal(tx, patterns).await.map(Some),
        TextField::PrincipalType => {
            let ids = principal_ids(tx, "kind", patterns).await?;
            return Ok(Some(Predicate::Ids("principal_id", ids)));
        }
        TextField::User => {
            let principals = principal_ids(tx, "name", patterns).await?;
            let sessions = term_ids(tx, TermField::Session, false, patterns).await?;
            return Ok(Some(Predicate::Any(vec![
                Predicate::Ids("principal_id", principals),
                Predicate::Ids("session_id", sessions),
            ])));
        }
        TextField::AccessKey if !has_wildcard => {
            let keys = patterns.iter().map(|pattern| access_key_bits(&pattern.text)).collect();
            return Ok(Some(Predicate::Uuids("access_key", keys)));
        }
        TextField::EventId if patterns.iter().all(|pattern| is_uuid(&pattern.text)) => {
            let ids = patterns.iter().filter_map(|pattern| pattern.text.parse().ok()).collect();
            return Ok(Some(Predicate::Uuids("event_id", ids)));
        }
        TextField::Resource if !has_wildcard => {
            let hashes = patterns.iter().map(|pattern| needs.hasher.arn(&pattern.text)).collect();
            return Ok(Some(Predicate::Resources(hashes)));
        }
        TextField::ResourceType if !has_wildcard => {
            let hashes = patterns.iter().map(|pattern| needs.hasher.kind(&pattern.text)).collect();
            return Ok(Some(Predicate::Resources(hashes)));
        }
        TextField::AccessKey
        | TextField::EventId
        | TextField::Resource
        | TextField::ResourceType
        | TextField::VpcEndpoint
        | TextField::RequestId => return Ok(None),
    };
    // Any text is any id, where an id stands for this one text.
    if patterns.iter().any(|pattern| pattern.is_wildcard && pattern.text == "*")
        && matches!(column, "error_id" | "region_id" | "ip_id" | "agent_id")
    {
        return Ok(Some(Predicate::HasId(column)));
    }
    Ok(Some(Predicate::Ids(column, term_ids(tx, term_field, is_detail, patterns).await?)))
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.parse::<Uuid>().is_ok()
}

/// Exact texts in lower case, and wildcards as LIKE patterns.
fn split(patterns: &[Pattern]) -> (Vec<String>, Vec<String>) {
    let (wild, exact): (Vec<&Pattern>, Vec<&Pattern>) =
        patterns.iter().partition(|pattern| pattern.is_wildcard);
    (
        exact.into_iter().map(|pattern| pattern.text.to_ascii_lowercase()).collect(),
        wild.into_iter().map(|pattern| like(&pattern.text)).collect(),
    )
}

/// `*` and `?` → LIKE, everything else literal, in lower case.
pub(super) fn like(wildcard: &str) -> String {
    let mut pattern = String::with_capacity(wildcard.len() + 4);
    for character in wildcard.chars() {
        match character {
            '*' => pattern.push('%'),
            '?' => pattern.push('_'),
            '%' | '_' | '\\' => {
                pattern.push('\\');
                pattern.push(character);
            }
            other => pattern.push(other.to_ascii_lowercase()),
        }
    }
    pattern
}

async fn term_ids(
    tx: &mut PgConnection,
    field: TermField,
    is_detail: bool,
    patterns: &[Pattern],
) -> Result<Vec<i32>> {
    // Two questions, as one with `or` would use no index.
    let sql = if is_detail {
        "select term_id from term where field = $1 and detail <> '' and lower(left(detail, 200)) = any($2)
             and lower(detail) = any($3)
         union select term_id from term where cardinality($4) > 0 and field = $1 and detail <> ''
             and lower(detail) like any($4)"
    } else {
        "select term_id from term where field = $1 and value <> '' and lower(left(value, 200)) = any($2)
             and lower(value) = any($3)
         union select term_id from term where cardinality($4) > 0 and field = $1 and value <> ''
             and lower(value) like any($4)"
    };
    let (exact, like) = split(patterns);
    Ok(sqlx::query_scalar(sql)
        .bind(field.name())
        .bind(beginnings(&exact, 200))
        .bind(exact)
        .bind(like)
        .fetch_all(tx)
        .await?)
}

/// What indexes on the beginnings of texts are asked for.
fn beginnings(texts: &[String], characters: usize) -> Vec<String> {
    texts.iter().map(|text| text.chars().take(characters).collect()).collect()
}

async fn principal_ids(
    tx: &mut PgConnection,
    column: &'static str,
    patterns: &[Pattern],
) -> Result<Vec<i32>> {
    let (exact, like) = split(patterns);
    // Each part has an index of its own, or reads all principals.
    let sql = match column {
        "kind" => {
            "select principal_id from principal
             where kind <> '' and (lower(kind) = any($1) or lower(kind) like any($2)) and $3 is not null and $4 is not null"
        }
        "name" => {
            "select principal_id from principal
             where name <> '' and lower(left(name, 200)) = any($3) and lower(name) = any($1) and $4 is not null
             union select principal_id from principal
             where cardinality($2) > 0 and name <> '' and lower(name) like any($2)"
        }
        _ => {
            "select principal_id from principal
             where arn <> '' and lower(left(arn, 500)) = any($4) and lower(arn) = any($1)
             union select principal_id from principal
             where arn = '' and name <> '' and lower(left(name, 200)) = any($3) and lower(name) = any($1)
             union select principal_id from principal
             where cardinality($2) > 0 and case when arn = '' then name else arn end <> ''
               and lower(case when arn = '' then name else arn end) like any($2)"
        }
    };
    let (names, arns) = (beginnings(&exact, 200), beginnings(&exact, 500));
    Ok(sqlx::query_scalar(sql).bind(exact).bind(like).bind(names).bind(arns).fetch_all(tx).await?)
}

/// A principal's own ARN, or the ARN of a role session, which the index keeps in two parts.
async fn resolve_principal(tx: &mut PgConnection, patterns: &[Pattern]) -> Result<Predicate> {
    let ids = principal_ids(tx, "arn", patterns).await?;
    let sessions: Vec<String> =
        patterns
            .iter()
            .filter(|pattern| {
                pattern.is_wildcard || pattern.text.to_ascii_lowercase().contains(":assumed-role/")
            })
            .map(|pattern| {
                if pattern.is_wildcard { like(&pattern.text) } else { like_exactly(&pattern.text) }
            })
            .collect();
    if sessions.is_empty() {
        return Ok(Predicate::Ids("principal_id", ids));
    }
    Ok(Predicate::Any(vec![Predicate::Ids("principal_id", ids), Predicate::SessionArn(sessions)]))
}

fn like_exactly(text: &str) -> String {
    text.to_ascii_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
