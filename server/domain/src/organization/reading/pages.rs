//! Pages of a listing. A token says after which entry the next page begins, so that nothing is skipped or repeated when an entry
//! before it comes or goes.

use super::{ApiError, Input, Operation};
use serde_json::{Map, Value};

/// How many entries a page has at the most, and when nothing is said.
const SIZE_MAX: i64 = 20;

/// One page of entries, by their ids. `about` is what else the question says: a token of another question is none.
pub(super) fn page(
    name: &str,
    operation: Operation,
    about: &str,
    input: &Input,
    entries: impl IntoIterator<Item = (String, Value)>,
) -> Result<Value, ApiError> {
    let size = input.max_results.unwrap_or(SIZE_MAX);
    if !(1..=SIZE_MAX).contains(&size) {
        return Err(ApiError::invalid(format!("MaxResults is 1 to {SIZE_MAX}, not {size}.")));
    }
    let size = usize::try_from(size).unwrap_or(1);
    let after = match &input.next_token {
        Some(token) => Some(read(token, operation, about)?),
        None => None,
    };
    let mut entries: Vec<(String, Value)> = entries.into_iter().collect();
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut rest = entries
        .into_iter()
        .filter(|(id, _)| after.as_ref().is_none_or(|after| id > after))
        .peekable();
    let (mut list, mut final_id) = (Vec::new(), String::new());
    while list.len() < size
        && let Some((id, entry)) = rest.next()
    {
        list.push(entry);
        final_id = id;
    }
    let mut answer = Map::new();
    answer.insert(name.to_owned(), list.into());
    if rest.peek().is_some() {
        answer.insert("NextToken".to_owned(), write(operation, about, &final_id).into());
    }
    Ok(answer.into())
}

fn write(operation: Operation, about: &str, last: &str) -> String {
    hex::encode(format!("{}\n{about}\n{last}", operation.name()))
}

fn read(token: &str, operation: Operation, about: &str) -> Result<String, ApiError> {
    let invalid =
        || ApiError::invalid("You provided an invalid pagination token: begin again without one.");
    let text = hex::decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let text = text.ok_or_else(invalid)?;
    let mut parts = text.splitn(3, '\n');
    let is_its = parts.next() == Some(operation.name()) && parts.next() == Some(about);
    match parts.next() {
        Some(last) if is_its => Ok(last.to_owned()),
        _ => Err(invalid()),
    }
}
