//! Texts of which the dictionary keeps the beginning only: when a condition could be about the rest, rows don't tell.

use crate::Result;
use crate::dictionary::{TermField, VALUE_CHARACTERS_MAX};
use orgtrail_shared::query::{Pattern, TextField};
use sqlx::PgConnection;

/// Whether patterns on a field must be checked on records: they ask for what the dictionary doesn't hold.
pub(super) async fn needs_records(
    tx: &mut PgConnection,
    field: TextField,
    patterns: &[Pattern],
) -> Result<bool> {
    // Postgres can't hold the character, so another one stands in its place.
    if patterns.iter().any(|pattern| pattern.text.contains('\0')) {
        return Ok(true);
    }
    if !patterns.iter().any(reaches_behind) {
        return Ok(false);
    }
    has_cut_texts(tx, field).await
}

/// Whether there is any text of a field of which the dictionary keeps the beginning only.
pub(super) async fn has_cut_texts(tx: &mut PgConnection, field: TextField) -> Result<bool> {
    let terms: &[TermField] = match field {
        TextField::EventName | TextField::EventSource => &[TermField::Name],
        TextField::Region => &[TermField::Region],
        TextField::SourceIp => &[TermField::Ip],
        TextField::UserAgent => &[TermField::Agent],
        TextField::Error => &[TermField::Error],
        TextField::Category | TextField::EventType => &[TermField::Kind],
        TextField::Principal | TextField::User => &[TermField::Session],
        TextField::PrincipalType
        | TextField::AccessKey
        | TextField::Resource
        | TextField::ResourceType
        | TextField::EventId
        | TextField::VpcEndpoint
        | TextField::RequestId => &[],
    };
    let fields: Vec<&str> = terms.iter().map(|field| field.name()).collect();
    let has_principals =
        matches!(field, TextField::Principal | TextField::User | TextField::PrincipalType);
    Ok(sqlx::query_scalar(
        "select exists (select from term where field = any($1)
                        and (length(value) >= 2048 or length(detail) >= 2048))
             or ($2 and exists (select from principal
                                where length(kind) >= 2048 or length(arn) >= 2048 or length(name) >= 2048))",
    )
    .bind(fields)
    .bind(has_principals)
    .fetch_one(tx)
    .await?)
}

/// Whether the part of a text that is kept may not decide. What begins with some letters does so in that part.
fn reaches_behind(pattern: &Pattern) -> bool {
    let text = if pattern.is_wildcard {
        pattern.text.strip_suffix('*').unwrap_or(&pattern.text)
    } else {
        &pattern.text
    };
    let is_beginning = text.len() < pattern.text.len() || !pattern.is_wildcard;
    !is_beginning
        || text.chars().count() >= VALUE_CHARACTERS_MAX
        || (pattern.is_wildcard && text.contains(['*', '?']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_lie_behind_the_kept_part_reaches_there() {
        let wild = |text: &str| Pattern { text: text.to_owned(), is_wildcard: true };
        for (pattern, expected) in [
            (Pattern::exact("abc"), false),
            (Pattern::exact("a*"), false),
            (Pattern::exact("x".repeat(2048)), true),
            (wild("abc*"), false),
            (wild("*"), false),
            (wild("*abc"), true),
            (wild("a*c*"), true),
            (wild("a?c"), true),
            (wild("a?*"), true),
        ] {
            assert_eq!(reaches_behind(&pattern), expected, "{pattern:?}");
        }
    }
}
