//! Events as `LookupEvents` asks for them: found by the index, compared by their records.

use crate::access::Caller;
use crate::audit::{Deed, Seen, look};
use crate::search::{self, internal};
use crate::services::Services;
use orgtrail_domain::lookup::{Attribute, Category, Event, Key};
use orgtrail_shared::console::{ConsoleError, Reads, SearchRequest};
use orgtrail_shared::event::EventSummary;
use orgtrail_shared::page::{EventPosition, PageSize};
use orgtrail_shared::query::{Condition, Kind, Pattern, Query, TextField};
use orgtrail_shared::time::TimeRange;
use serde_json::{Value, json};
use uuid::Uuid;

/// How many pages of the index one call reads at the most. A call that has to stop says where to go on.
const ROUNDS_MAX: usize = 40;

/// What is looked for.
pub(crate) struct Lookup {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) category: Category,
    pub(crate) range: TimeRange,
    /// The one Region; none for all.
    pub(crate) region: Option<String>,
    pub(crate) size: usize,
}

/// A page of events.
#[derive(Debug, Default)]
pub(crate) struct LookupPage {
    /// The newest first.
    pub(crate) events: Vec<Value>,
    /// After which event to go on; none after the last.
    pub(crate) next: Option<EventPosition>,
}

/// Finds a page of events. It may be short, or empty, and have a next one.
///
/// # Errors
///
/// [`ConsoleError::Internal`] when the search can't be recorded, or a record can't be read: what should be there isn't left out.
pub(crate) async fn lookup_page(
    services: &Services,
    caller: &Caller,
    lookup: &Lookup,
    after: Option<EventPosition>,
) -> Result<LookupPage, ConsoleError> {
    let Some(query) = query_of(lookup) else { return Ok(LookupPage::default()) };
    let asked: Vec<Value> = lookup
        .attributes
        .iter()
        .map(|one| json!({"attributeKey": format!("{:?}", one.key), "attributeValue": one.value}))
        .collect();
    let parameters = json!({"lookupAttributes": asked, "startTime": lookup.range.start(),
        "endTime": lookup.range.end(), "region": lookup.region});
    look(services, caller, &Deed::read("LookupEvents", parameters), Seen::default()).await?;
    let request = SearchRequest {
        query: query.to_string(),
        range: lookup.range,
        reads: Reads::Show,
        scope: String::new(),
    };
    let (mut found, mut token) = (LookupPage::default(), after.map(EventPosition::to_token));
    for _ in 0..ROUNDS_MAX {
        let size = PageSize::default();
        let page = search::search(services, caller, &request, size, token.as_deref()).await?;
        let page = page.answer;
        if !page.incomplete.is_empty() {
            return Err(internal(anyhow::anyhow!("{}", page.incomplete.join("; "))));
        }
        let texts = records(services, &page.events).await?;
        let mut rest = page.events.iter().zip(&texts).peekable();
        while let Some((summary, text)) = rest.next() {
            let event = Event::read(text).map_err(internal)?;
            let is_asked =
                event.is_of(lookup.category) && lookup.attributes.iter().all(|one| event.has(one));
            if is_asked {
                found.events.push(event.shape(summary.time));
            }
            if found.events.len() == lookup.size {
                let has_more = rest.peek().is_some() || page.next.is_some();
                found.next = has_more.then(|| position(summary)).transpose()?;
                return Ok(found);
            }
        }
        token = page.next;
        if token.is_none() {
            return Ok(found);
        }
    }
    let next = token.as_deref().map(EventPosition::from_token);
    found.next = next.transpose().map_err(internal)?;
    Ok(found)
}

fn position(summary: &EventSummary) -> Result<EventPosition, ConsoleError> {
    EventPosition::from_token(&summary.position).map_err(internal)
}

/// What the index is asked: at least everything that is wanted. None when nothing can be.
fn query_of(lookup: &Lookup) -> Option<Query> {
    let mut query = Query::default();
    let text = |field, value: &str| Condition::Text(field, vec![Pattern::exact(value)]);
    query.add(false, text(TextField::Category, lookup.category.name()));
    if let Some(region) = &lookup.region {
        query.add(false, text(TextField::Region, region));
    }
    for Attribute { key, value } in &lookup.attributes {
        let of_insights = lookup.category == Category::Insight;
        let condition = match key {
            Key::EventId => {
                value.parse::<Uuid>().ok()?;
                text(TextField::EventId, value)
            }
            // An insight is about an event whose name stands in its record only.
            Key::EventName | Key::EventSource if of_insights => Condition::Contains(value.clone()),
            Key::EventName => text(TextField::EventName, value),
            Key::EventSource => text(TextField::EventSource, value),
            Key::AccessKeyId => text(TextField::AccessKey, value),
            Key::ReadOnly if value == "true" => Condition::Is(vec![Kind::Read]),
            Key::ReadOnly => Condition::Is(vec![Kind::Write]),
            Key::Username => text(TextField::User, value),
            Key::ResourceName => Condition::Contains(value.clone()),
            // Many records don't name the type: it follows from what they do name.
            Key::ResourceType => continue,
        };
        query.add(false, condition);
    }
    Some(query)
}

/// The records of events, in their order.
async fn records(
    services: &Services,
    events: &[EventSummary],
) -> Result<Vec<String>, ConsoleError> {
    let positions: Result<Vec<EventPosition>, ConsoleError> = events.iter().map(position).collect();
    let positions = positions?;
    let mut files: Vec<i32> = positions.iter().map(|place| place.file).collect();
    files.sort_unstable();
    files.dedup();
    let found = services.records.files(&files).await.map_err(internal)?;
    let text = |place: &EventPosition| {
        if let Some(reason) = found.unreadable.get(&place.file) {
            return Err(internal(anyhow::anyhow!("{reason}")));
        }
        let records = found.records.get(&place.file);
        let text = usize::try_from(place.ordinal)
            .ok()
            .and_then(|ordinal| records?.get(ordinal)?.as_ref())
            .map(ToString::to_string);
        text.ok_or_else(|| internal(anyhow::anyhow!("a record is gone from its log file")))
    };
    positions.iter().map(text).collect()
}
