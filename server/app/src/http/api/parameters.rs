//! Parameters of the API.

use super::ApiError;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_shared::console::{CellRequest, ConsoleError, Reads, SearchRequest};
use orgtrail_shared::ids::AccountId;
use orgtrail_shared::page::PageSize;
use orgtrail_shared::time::{TimeRange, parse_time};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

/// Query parameters; a mistake is refused in the API's own shape.
pub(super) struct ApiQuery<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Query::<T>::try_from_uri(&parts.uri)
            .map(|query| Self(query.0))
            .map_err(|error| ApiError(ConsoleError::BadRequest { message: error.body_text() }))
    }
}

/// What a search is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchParameters {
    /// The query, e.g. `event:DeleteBucket -error:* account:111122223333`; everything when absent.
    #[serde(default)]
    q: String,
    /// The first event time, RFC 3339 or a date; 24 hours before `to` when absent.
    from: Option<String>,
    /// The end of event time, exclusive; now when absent.
    to: Option<String>,
    /// `show` (the default) or `hide` calls that only read.
    reads: Option<String>,
    /// An account or unit id to look at.
    #[serde(default)]
    scope: String,
    /// Events per page, 1 to 1000; 50 when absent.
    limit: Option<String>,
    /// The token of a page, from `next` of the page before.
    pub(super) page: Option<String>,
    /// `1` adds `explain` to the answer: which part of the index answered, and why.
    pub(super) explain: Option<String>,
}

/// What coverage is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct CoverageParameters {
    /// The first time of delivery; 24 hours before `to` when absent.
    from: Option<String>,
    /// The end of delivery time, exclusive; now when absent.
    to: Option<String>,
    /// An account or unit id; everything that the caller may see when absent.
    pub(super) account: Option<String>,
}

/// Whose coverage is looked into.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct CellParameters {
    /// The account's id.
    account: String,
    /// The first time of delivery; 24 hours before `to` when absent.
    from: Option<String>,
    /// The end of delivery time, exclusive; now when absent.
    to: Option<String>,
}

/// Whose overview is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct OverviewParameters {
    /// An account or unit id to look at; everything that the caller may see when absent.
    #[serde(default)]
    pub(super) scope: String,
}

/// A word of a query, and the search that it is written for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct CompletionParameters {
    /// The word so far, e.g. `acc` or `event:Delete`; every qualifier fits when absent.
    #[serde(default)]
    pub(super) word: String,
    /// The first event time, RFC 3339 or a date; 24 hours before `to` when absent.
    from: Option<String>,
    /// The end of event time, exclusive; now when absent.
    to: Option<String>,
    /// `show` (the default) or `hide` calls that only read.
    reads: Option<String>,
    /// An account or unit id to look at.
    #[serde(default)]
    scope: String,
}

/// A page of the quarantine.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct QuarantineParameters {
    /// Entries before this number.
    pub(super) before: Option<i64>,
}

fn wrong(name: &str, reason: impl std::fmt::Display) -> ApiError {
    ApiError(ConsoleError::BadRequest { message: format!("`{name}`: {reason}") })
}

fn range(from: Option<&str>, to: Option<&str>, now: DateTime<Utc>) -> Result<TimeRange, ApiError> {
    let end = match to {
        Some(text) => parse_time(text).map_err(|error| wrong("to", error))?,
        None => now,
    };
    let start = match from {
        Some(text) => parse_time(text).map_err(|error| wrong("from", error))?,
        None => end - TimeDelta::hours(24),
    };
    TimeRange::new(start, end).map_err(|error| wrong("from", error))
}

fn reads(text: Option<&str>) -> Result<Reads, ApiError> {
    match text {
        None | Some("show") => Ok(Reads::Show),
        Some("hide") => Ok(Reads::Hide),
        Some(other) => Err(wrong("reads", format!("`{other}` is neither show nor hide"))),
    }
}

impl SearchParameters {
    /// Whether the answer is to say where it comes from.
    pub(super) fn is_explained(&self) -> Result<bool, ApiError> {
        match self.explain.as_deref() {
            None | Some("0") => Ok(false),
            Some("1") => Ok(true),
            Some(other) => Err(wrong("explain", format!("`{other}` is neither 0 nor 1"))),
        }
    }

    pub(super) fn read(&self, now: DateTime<Utc>) -> Result<(SearchRequest, PageSize), ApiError> {
        let size = match &self.limit {
            None => PageSize::default(),
            Some(text) => text
                .parse::<u32>()
                .map_err(|_| wrong("limit", format!("`{text}` is not a number")))
                .and_then(|rows| PageSize::try_from(rows).map_err(|error| wrong("limit", error)))?,
        };
        let request = SearchRequest {
            query: self.q.clone(),
            range: range(self.from.as_deref(), self.to.as_deref(), now)?,
            reads: reads(self.reads.as_deref())?,
            scope: self.scope.clone(),
        };
        Ok((request, size))
    }
}

impl CoverageParameters {
    pub(super) fn read(&self, now: DateTime<Utc>) -> Result<TimeRange, ApiError> {
        range(self.from.as_deref(), self.to.as_deref(), now)
    }
}

impl CellParameters {
    pub(super) fn read(&self, now: DateTime<Utc>) -> Result<CellRequest, ApiError> {
        Ok(CellRequest {
            account: self.account.parse::<AccountId>().map_err(|error| wrong("account", error))?,
            range: range(self.from.as_deref(), self.to.as_deref(), now)?,
        })
    }
}

impl CompletionParameters {
    pub(super) fn read(&self, now: DateTime<Utc>) -> Result<SearchRequest, ApiError> {
        Ok(SearchRequest {
            query: String::new(),
            range: range(self.from.as_deref(), self.to.as_deref(), now)?,
            reads: reads(self.reads.as_deref())?,
            scope: self.scope.clone(),
        })
    }
}
