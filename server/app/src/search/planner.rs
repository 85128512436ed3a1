//! Which part of the index answers a question: the one place where that is decided.
//!
//! Rows have an index for each needle, and know everything. Segments count and filter quickly under any conditions that
//! they hold. What neither can tell is checked on the records of candidates that rows or segments name.

use crate::services::Services;
use orgtrail_shared::console::ConsoleError;
use orgtrail_storage::StoreError;
use orgtrail_storage::events::EventFilter;
use serde::Serialize;

/// What a question wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// The newest events.
    Page,
    /// Numbers over the whole range.
    Counts,
}

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnsweredBy {
    /// The table of events, by its indexes.
    Rows,
    /// Column segments.
    Segments,
    /// Archived records of candidates that rows or segments named.
    Records,
}

impl Wanted {
    /// The word that operators see.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Counts => "counts",
        }
    }
}

impl AnsweredBy {
    /// The word that operators and `explain=1` show.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Segments => "segments",
            Self::Records => "records",
        }
    }
}

/// A decision and its reason, as `explain=1` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Decision {
    /// Who answers.
    pub answered_by: AnsweredBy,
    /// Why.
    pub reason: String,
}

impl Decision {
    /// What segments said; nothing when one of them can't be read, so that rows have to answer. A job builds it anew.
    ///
    /// # Errors
    ///
    /// [`ConsoleError::Internal`] when the database can't answer at all.
    pub(super) fn unless_unreadable<T>(
        &mut self,
        said: orgtrail_storage::Result<T>,
    ) -> Result<Option<T>, ConsoleError> {
        match said {
            Ok(said) => Ok(Some(said)),
            Err(StoreError::Corrupt { table: "segment", reason }) => {
                tracing::error!(reason, "segments can't be read, so rows answer");
                self.answered_by = AnsweredBy::Rows;
                "a segment can't be read, and is being built anew".clone_into(&mut self.reason);
                Ok(None)
            }
            Err(error) => Err(super::internal(error)),
        }
    }
}

/// Decides who answers the questions of one request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Planner {
    is_segmented: bool,
}

impl Planner {
    /// Looks what the index holds now.
    ///
    /// # Errors
    ///
    /// [`ConsoleError::Internal`] when the database can't be asked whether the segments are complete.
    pub(super) async fn new(services: &Services) -> Result<Self, ConsoleError> {
        let is_segmented = services.database.is_segmented().await.map_err(super::internal)?;
        Ok(Self { is_segmented })
    }

    /// Decides who answers a question about a filter.
    pub(super) fn decide(self, filter: &EventFilter, wanted: Wanted) -> Decision {
        choose(filter, wanted, self.is_segmented)
    }

    /// Decides who names the events that may match, the newest first.
    pub(super) fn candidates(self, filter: &EventFilter) -> Decision {
        page(filter, self.is_segmented)
    }

    /// Decides who names the log files that hold what the index knows of a filter.
    pub(super) fn files(self, filter: &EventFilter) -> Decision {
        columns_or_rows(filter, self.is_segmented).unwrap_or_else(|| Decision {
            answered_by: AnsweredBy::Segments,
            reason: "columns name the files of many rows at once".to_owned(),
        })
    }
}

/// Why segments can't answer what the index knows of a filter; `None` if they can.
fn columns_or_rows(filter: &EventFilter, is_segmented: bool) -> Option<Decision> {
    let rows = |reason| Some(Decision { answered_by: AnsweredBy::Rows, reason });
    if let Some(beyond) = filter.beyond_segments() {
        return rows(format!("segments don't hold {beyond}"));
    }
    if !is_segmented {
        return rows("segments of older files are still being built".to_owned());
    }
    None
}

fn choose(filter: &EventFilter, wanted: Wanted, is_segmented: bool) -> Decision {
    let decision = |answered_by, reason: &str| Decision { answered_by, reason: reason.to_owned() };
    if !filter.is_exact() {
        return decision(AnsweredBy::Records, "some conditions can be told from the records only");
    }
    match wanted {
        Wanted::Page => page(filter, is_segmented),
        Wanted::Counts => columns_or_rows(filter, is_segmented)
            .unwrap_or_else(|| decision(AnsweredBy::Segments, "counts are taken from columns")),
    }
}

fn page(filter: &EventFilter, is_segmented: bool) -> Decision {
    let decision = |answered_by, reason: &str| Decision { answered_by, reason: reason.to_owned() };
    if let Some(rows) = columns_or_rows(filter, is_segmented) {
        return rows;
    }
    if filter.has_needle() {
        decision(AnsweredBy::Rows, "an index leads to the newest rows of a condition")
    } else {
        decision(AnsweredBy::Segments, "no index leads to the newest rows")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Filters with conditions need a database to be resolved; `segments_and_rows_answer_alike` asks them.
    #[test]
    fn segments_answer_only_when_they_are_complete() {
        let mut filter = EventFilter::default();
        let by = |filter: &EventFilter, wanted, is_segmented| {
            choose(filter, wanted, is_segmented).answered_by
        };
        assert_eq!(by(&filter, Wanted::Counts, true), AnsweredBy::Segments);
        assert_eq!(by(&filter, Wanted::Counts, false), AnsweredBy::Rows);
        assert_eq!(by(&filter, Wanted::Page, true), AnsweredBy::Segments);
        filter.hide_reads();
        assert_eq!(by(&filter, Wanted::Page, true), AnsweredBy::Segments);
        assert_eq!(by(&filter, Wanted::Page, false), AnsweredBy::Rows);
    }

    #[test]
    fn what_only_records_tell_is_asked_of_records() {
        let mut filter = EventFilter::default();
        filter.residual = orgtrail_shared::query::Query::parse("\"some text\"").unwrap();
        for wanted in [Wanted::Page, Wanted::Counts] {
            assert_eq!(choose(&filter, wanted, true).answered_by, AnsweredBy::Records);
        }
    }
}
