//! The search page's URL.

use super::toggle::toggle;
use super::{Carried, Column, Href, Params, Zone};
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_shared::console::{ConsoleError, Reads, SearchRequest};
use orgtrail_shared::query::{Facet, Query};
use orgtrail_shared::time::{TimeRange, parse_time, to_rfc3339};

/// Everything the search page shows is a function of this.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SearchAddress {
    /// The query text, as written.
    pub(crate) query: String,
    /// The start of the range; `None` for a day before its end.
    pub(crate) from: Option<DateTime<Utc>>,
    /// The end of the range; `None` for now.
    pub(crate) to: Option<DateTime<Utc>>,
    /// What is wrong with the range as written.
    pub(crate) range_mistake: Option<String>,
    /// Whether calls that only read are shown; the console folds them away.
    pub(crate) shows_reads: bool,
    /// The columns, the default ones when empty.
    pub(crate) columns: Vec<Column>,
    /// The event that is open beside the results.
    pub(crate) event: Option<String>,
    /// Where the page of results begins.
    pub(crate) page: Option<String>,
    /// What every link carries.
    pub(crate) carried: Carried,
}

impl SearchAddress {
    /// Reads a URL's parameters; what can't be read is said in `range_mistake` or left out.
    pub(crate) fn from_params(params: &Params) -> Self {
        let mut range_mistake = None;
        let mut time = |name| match params.get(name).map(parse_time)? {
            Ok(time) => Some(time),
            Err(mistake) => {
                range_mistake = Some(mistake.to_string());
                None
            }
        };
        let (from, to) = (time("from"), time("to"));
        Self {
            query: params.get("q").unwrap_or_default().to_owned(),
            from,
            to,
            range_mistake,
            shows_reads: params.get("reads") == Some("show"),
            columns: parse_columns(params),
            event: params.get("event").map(ToOwned::to_owned),
            page: params.get("page").map(ToOwned::to_owned),
            carried: Carried::from_params(params),
        }
    }

    /// A new search under the same scope.
    pub(crate) fn new(carried: Carried, query: &str) -> Self {
        Self { query: query.to_owned(), carried, ..Self::default() }
    }

    /// The URL.
    pub(crate) fn href(&self) -> String {
        let time = |time: Option<DateTime<Utc>>| time.map(to_rfc3339).unwrap_or_default();
        let columns: Vec<_> = self.columns.iter().map(|column| column.name()).collect();
        let href = Href::new("/search")
            .with("q", &self.query)
            .with("from", &time(self.from))
            .with("to", &time(self.to))
            .with("reads", if self.shows_reads { "show" } else { "" })
            .with("columns", &columns.join(","))
            .with("page", self.page.as_deref().unwrap_or_default())
            .with("event", self.event.as_deref().unwrap_or_default());
        self.carried.add_to(href).finish()
    }

    /// The wire's word for whether reads are shown.
    pub(crate) fn reads(&self) -> Reads {
        if self.shows_reads { Reads::Show } else { Reads::Hide }
    }

    /// The range, given the present time.
    ///
    /// # Errors
    ///
    /// What is wrong with the range, in words.
    pub(crate) fn range_at(&self, now: DateTime<Utc>) -> Result<TimeRange, ConsoleError> {
        let refuse = |message: String| ConsoleError::BadRequest { message };
        if let Some(mistake) = &self.range_mistake {
            return Err(refuse(mistake.clone()));
        }
        let end = self.to.unwrap_or(now);
        let start = self.from.unwrap_or(end - TimeDelta::hours(24));
        TimeRange::new(start, end).map_err(|mistake| refuse(mistake.to_string()))
    }

    /// What the page asks, given the present time.
    ///
    /// # Errors
    ///
    /// What is wrong with the query or the range, in words.
    pub(crate) fn request_at(&self, now: DateTime<Utc>) -> Result<SearchRequest, ConsoleError> {
        Query::parse(&self.query).map_err(|error| ConsoleError::Query { error })?;
        Ok(SearchRequest {
            range: self.range_at(now)?,
            reads: self.reads(),
            query: self.query.clone(),
            scope: self.carried.scope.clone(),
        })
    }

    /// The parameters as the fields of a form, without the open event and the page.
    pub(crate) fn fields(&self) -> [(&'static str, String); 7] {
        let time = |time: Option<DateTime<Utc>>| time.map(to_rfc3339).unwrap_or_default();
        let columns: Vec<_> = self.columns.iter().map(|column| column.name()).collect();
        let zone = match self.carried.zone {
            Zone::Utc => "",
            Zone::Local => "local",
        };
        [
            ("q", self.query.clone()),
            ("from", time(self.from)),
            ("to", time(self.to)),
            ("reads", if self.shows_reads { "show" } else { "" }.to_owned()),
            ("columns", columns.join(",")),
            ("scope", self.carried.scope.clone()),
            ("tz", zone.to_owned()),
        ]
    }

    /// The same search without an open event and from its first page.
    #[must_use]
    pub(crate) fn closed(&self) -> Self {
        Self { event: None, page: None, ..self.clone() }
    }

    /// The same search with another query text.
    #[must_use]
    pub(crate) fn with_query(&self, query: &str) -> Self {
        Self { query: query.to_owned(), ..self.closed() }
    }

    /// The same search over another range.
    #[must_use]
    pub(crate) fn with_range(&self, range: TimeRange) -> Self {
        let (from, to) = (Some(range.start()), Some(range.end()));
        Self { from, to, range_mistake: None, ..self.closed() }
    }

    /// The same search with reads shown or folded away.
    #[must_use]
    pub(crate) fn with_reads(&self, shows_reads: bool) -> Self {
        Self { shows_reads, ..self.closed() }
    }

    /// The same page with an event opened beside it.
    #[must_use]
    pub(crate) fn with_event(&self, event_id: &str) -> Self {
        Self { event: Some(event_id.to_owned()), ..self.clone() }
    }

    /// The same search with a value switched on or off; unchanged when the query can't be read.
    #[must_use]
    pub(crate) fn toggled(&self, facet: Facet, value: &str, is_excluded: bool) -> Self {
        match Query::parse(&self.query) {
            Ok(query) => self.with_query(&toggle(&query, facet, value, is_excluded).to_string()),
            Err(_) => self.closed(),
        }
    }

    /// The columns to show, with the time always first.
    pub(crate) fn shown_columns(&self) -> Vec<Column> {
        if self.columns.is_empty() {
            return Column::DEFAULT.to_vec();
        }
        let others = self.columns.iter().copied().filter(|column| *column != Column::Time);
        std::iter::once(Column::Time).chain(others).collect()
    }
}

fn parse_columns(params: &Params) -> Vec<Column> {
    let names = params.get_all("columns").flat_map(|list| list.split(','));
    let mut columns = Vec::new();
    for name in names {
        let known = Column::ALL.iter().find(|(_, known, _)| *known == name);
        if let Some((column, ..)) = known
            && !columns.contains(column)
        {
            columns.push(*column);
        }
    }
    columns
}
