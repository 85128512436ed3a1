//! Counting in one pass over segments, whatever is asked.

use super::{Reader, SegmentCache, apart, corrupt};
use crate::events::counts::{bounds, facet_source, push_values, read_values};
use crate::events::cut::has_cut_texts;
use crate::events::{EventFilter, FacetRow, HistogramRow};
use crate::{Database, Result, Scope};
use orgtrail_domain::segment::{Bars, Column, Conjunct, FacetTally, Segment};
use orgtrail_shared::query::{Facet, TextField};
use orgtrail_shared::time::TimeRange;
use sqlx::{PgConnection, Postgres, QueryBuilder};

/// How many rows are looked at before more are fetched: what one answer holds in memory beside the cache.
const PART_ROWS: usize = 1 << 20;

/// What is to be counted of the events that a filter lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// How many they are.
    Count,
    /// How they are spread over time, as [`Database::histogram`] does.
    Histogram {
        /// How many seconds the first bar begins before the range.
        shift: i32,
        /// The length of a bar.
        bucket_seconds: i32,
    },
    /// The most frequent values of a field, as [`Database::facet`] does.
    Facet {
        /// The field.
        facet: Facet,
        /// How many values are wanted.
        values: i64,
    },
}

/// What was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To [`Question::Count`].
    Count(i64),
    /// To [`Question::Histogram`].
    Histogram(Vec<HistogramRow>),
    /// To [`Question::Facet`]: the values, and how many further ones there are.
    Facet(Vec<FacetRow>, i64),
}

enum Tally {
    Count(u64),
    Bars(Bars),
    Facet(FacetTally, Option<Column>),
}

impl Database {
    /// Answers several questions about one range from segments, all as of one moment.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError`]; among others when [`EventFilter::beyond_segments`] says that segments can't answer.
    pub async fn count_in_segments(
        &self,
        cache: &SegmentCache,
        scope: &Scope,
        range: TimeRange,
        questions: &[(&EventFilter, Question)],
    ) -> Result<Vec<Answer>> {
        let (from, to) = bounds(range);
        let mut tallies: Vec<(Vec<Conjunct>, Tally)> = questions
            .iter()
            .map(|(filter, question)| {
                let conjuncts = filter.conjuncts().map_err(corrupt)?;
                Ok((conjuncts, Tally::new(*question, from)))
            })
            .collect::<Result<_>>()?;
        let mut reader = Reader::new(self, cache, scope, (from, to)).await?;
        loop {
            let segments = reader.next(PART_ROWS).await?;
            if segments.is_empty() {
                break;
            }
            let (from, to) = (reader.from, reader.to);
            tallies = apart(move || {
                for segment in &segments {
                    add(&mut tallies, segment, from, to);
                }
                tallies
            })
            .await?;
        }
        let mut answers = Vec::with_capacity(questions.len());
        for ((_, tally), (_, question)) in tallies.into_iter().zip(questions) {
            answers.push(answer(&mut reader.tx, tally, *question).await?);
        }
        Ok(answers)
    }
}

impl Tally {
    fn new(question: Question, from: i32) -> Self {
        match question {
            Question::Count => Self::Count(0),
            Question::Histogram { shift, bucket_seconds } => {
                Self::Bars(Bars::new(i64::from(from) - i64::from(shift), bucket_seconds))
            }
            Question::Facet { facet, .. } => Self::Facet(FacetTally::default(), column(facet)),
        }
    }
}

/// Where a facet's ids are; none for the account, which all rows of a segment share.
fn column(facet: Facet) -> Option<Column> {
    Some(match facet_source(facet)?.0 {
        "name_id" => Column::Name,
        "principal_id" => Column::Principal,
        "error_id" => Column::Error,
        "region_id" => Column::Region,
        "ip_id" => Column::Ip,
        "agent_id" => Column::Agent,
        _ => return None,
    })
}

fn add(tallies: &mut [(Vec<Conjunct>, Tally)], segment: &Segment, from: i32, to: i32) {
    // Most facets of a search have the same conditions: they are decided once.
    let mut known: Option<(&Vec<Conjunct>, orgtrail_domain::segment::Selection)> = None;
    for (conjuncts, tally) in tallies {
        let selection = match known.take() {
            Some((same, selection)) if same == conjuncts => selection,
            _ => segment.select(from, to, conjuncts),
        };
        match tally {
            Tally::Count(count) => *count += selection.count(),
            Tally::Bars(bars) => bars.add(segment, &selection),
            Tally::Facet(facet, Some(column)) => facet.add(segment, &selection, *column),
            Tally::Facet(facet, None) => facet.add_account(segment, &selection),
        }
        known = Some((conjuncts, selection));
    }
}

async fn answer(tx: &mut PgConnection, tally: Tally, question: Question) -> Result<Answer> {
    Ok(match (tally, question) {
        (Tally::Facet(tally, _), Question::Facet { facet, values }) => {
            let (rows, others) = texts(tx, &tally, facet, values).await?;
            Answer::Facet(rows, others)
        }
        (Tally::Bars(bars), _) => Answer::Histogram(bars.bars().map(histogram_row).collect()),
        (Tally::Count(count), _) => Answer::Count(signed(count)),
        (Tally::Facet(..), _) => return Err(corrupt("an answer belongs to another question")),
    })
}

fn histogram_row((bucket, bar): (i32, orgtrail_domain::segment::Bar)) -> HistogramRow {
    HistogramRow {
        bucket,
        writes: signed(bar.writes),
        reads: signed(bar.reads),
        errors: signed(bar.errors),
    }
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The texts of the most frequent ids. Several ids can have one text, so all of them are asked for, but where a text
/// has one id only.
async fn texts(
    tx: &mut PgConnection,
    tally: &FacetTally,
    facet: Facet,
    values: i64,
) -> Result<(Vec<FacetRow>, i64)> {
    let Some((_, join, value, label)) = facet_source(facet) else { return Ok((Vec::new(), 0)) };
    let has_one_id = match facet {
        // Texts that were cut may be alike and have an id each.
        Facet::Text(
            field @ (TextField::Error
            | TextField::Region
            | TextField::SourceIp
            | TextField::UserAgent),
        ) => !has_cut_texts(&mut *tx, field).await?,
        Facet::Text(_) | Facet::Account => false,
    };
    let wanted = usize::try_from(values).unwrap_or(0);
    let counts = if has_one_id { tally.top(wanted) } else { tally.all() };
    let left_out = tally.distinct() - counts.len();
    let (ids, events): (Vec<i32>, Vec<i64>) =
        counts.into_iter().map(|(id, count)| (id, signed(count))).unzip();
    let mut sql = QueryBuilder::<Postgres>::new("with c as (select * from unnest(");
    sql.push_bind(ids).push("::int[], ").push_bind(events).push("::bigint[]) as c (id, events))");
    push_values(&mut sql, (join, value, label), "", values);
    let (rows, others) = read_values(tx, sql).await?;
    Ok((rows, others + i64::try_from(left_out).unwrap_or(0)))
}
