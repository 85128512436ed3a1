//! Text → [`Query`], with the place of the first mistake.

use super::{Condition, Kind, OTHER_QUALIFIERS, Pattern, Query, QueryError, Term, TextField};
use crate::proof::FileVerdict;
use crate::time::{at_whole_second, parse_time};
use std::net::IpAddr;

/// The longest query that is read, in characters.
const LENGTH_MAX: usize = 4096;

struct Value {
    text: String,
    is_quoted: bool,
    start: usize,
    end: usize,
}

struct Reader {
    characters: Vec<char>,
    at: usize,
}

pub(super) fn parse(text: &str) -> Result<Query, QueryError> {
    let mut reader = Reader { characters: text.chars().collect(), at: 0 };
    if reader.characters.len() > LENGTH_MAX {
        let end = reader.characters.len();
        return Err(mistake(
            format!("the query is longer than {LENGTH_MAX} characters"),
            LENGTH_MAX,
            end,
        ));
    }
    let mut terms = Vec::new();
    loop {
        reader.skip_space();
        if reader.at == reader.characters.len() {
            return Ok(Query { terms });
        }
        terms.push(reader.term()?);
    }
}

fn mistake(message: String, start: usize, end: usize) -> QueryError {
    QueryError { message, start, end: end.max(start + 1) }
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn term(&mut self) -> Result<Term, QueryError> {
        let start = self.at;
        let is_negated = self.peek() == Some('-');
        if is_negated {
            self.at += 1;
        }
        if self.peek().is_none_or(char::is_whitespace) {
            return Err(mistake("a term must follow the `-`".to_owned(), start, self.at));
        }
        let condition = if let Some((name, start)) = self.qualifier() {
            self.qualified(&name, start)?
        } else {
            Condition::Contains(self.free_text()?.text)
        };
        Ok(Term { is_negated, condition })
    }

    /// Reads `name:` when a known-looking name stands here; free text such as `arn:aws` has none.
    fn qualifier(&mut self) -> Option<(String, usize)> {
        let start = self.at;
        let mut end = start;
        while self
            .characters
            .get(end)
            .is_some_and(|character| character.is_ascii_lowercase() || *character == '-')
        {
            end += 1;
        }
        if end == start || self.characters.get(end) != Some(&':') {
            return None;
        }
        let name: String = self.characters[start..end].iter().collect();
        if matches!(name.as_str(), "arn" | "http" | "https" | "s3" | "urn") {
            return None;
        }
        self.at = end + 1;
        Some((name, start))
    }

    fn qualified(&mut self, name: &str, start: usize) -> Result<Condition, QueryError> {
        let name_end = start + name.chars().count();
        let field = TextField::ALL.iter().find(|(_, qualifier, _)| *qualifier == name);
        if field.is_none() && !OTHER_QUALIFIERS.iter().any(|(known, _)| *known == name) {
            return Err(mistake(unknown_qualifier(name), start, name_end));
        }
        let values = self.values(name)?;
        match (name, field) {
            ("account", _) => each(&values, str::parse).map(Condition::Account),
            ("ou", _) => each(&values, str::parse).map(Condition::Unit),
            ("is", _) => each(&values, parse_kind).map(Condition::Is),
            ("proof", _) => each(&values, str::parse::<FileVerdict>).map(Condition::Proof),
            ("time", _) => parse_span(&values),
            (_, Some((TextField::SourceIp, ..))) => parse_source(&values),
            (_, Some((field, ..))) => Ok(Condition::Text(*field, patterns(&values))),
            (_, None) => Err(mistake(unknown_qualifier(name), start, name_end)),
        }
    }

    fn values(&mut self, name: &str) -> Result<Vec<Value>, QueryError> {
        let mut values = Vec::new();
        loop {
            let value = self.value(true)?;
            if value.text.is_empty() && !value.is_quoted {
                let message = format!("a value must follow `{name}:`");
                return Err(mistake(message, value.start, value.end));
            }
            values.push(value);
            if self.peek() != Some(',') {
                return Ok(values);
            }
            self.at += 1;
        }
    }

    fn free_text(&mut self) -> Result<Value, QueryError> {
        let value = self.value(false)?;
        if value.text.is_empty() {
            return Err(mistake("the text to find is empty".to_owned(), value.start, value.end));
        }
        Ok(value)
    }

    fn value(&mut self, comma_ends: bool) -> Result<Value, QueryError> {
        let start = self.at;
        if self.peek() == Some('"') {
            return self.quoted(start);
        }
        let mut text = String::new();
        while let Some(character) = self.peek() {
            if character.is_whitespace() || (comma_ends && character == ',') {
                break;
            }
            text.push(character);
            self.at += 1;
        }
        Ok(Value { text, is_quoted: false, start, end: self.at })
    }

    fn quoted(&mut self, start: usize) -> Result<Value, QueryError> {
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.peek() {
                None => {
                    let message = "the quote that opens here is never closed".to_owned();
                    return Err(mistake(message, start, self.at));
                }
                Some('"') => {
                    self.at += 1;
                    break;
                }
                Some('\\') if matches!(self.characters.get(self.at + 1), Some('"' | '\\')) => {
                    text.push(self.characters[self.at + 1]);
                    self.at += 2;
                }
                Some(character) => {
                    text.push(character);
                    self.at += 1;
                }
            }
        }
        if self.peek().is_some_and(|next| !next.is_whitespace() && next != ',') {
            let message = "a space or comma must follow the closing quote".to_owned();
            return Err(mistake(message, self.at, self.at + 1));
        }
        Ok(Value { text, is_quoted: true, start, end: self.at })
    }
}

fn unknown_qualifier(name: &str) -> String {
    let known = TextField::ALL.iter().map(|(_, known, _)| *known);
    let mut names: Vec<&str> =
        known.chain(OTHER_QUALIFIERS.iter().map(|(known, _)| *known)).collect();
    names.sort_unstable();
    format!(
        "there is no qualifier `{name}`; use one of {}, or quote the text to search for it",
        names.join(", ")
    )
}

fn each<T, E: ToString>(
    values: &[Value],
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Vec<T>, QueryError> {
    values
        .iter()
        .map(|value| {
            parse(&value.text).map_err(|error| mistake(error.to_string(), value.start, value.end))
        })
        .collect()
}

fn parse_kind(text: &str) -> Result<Kind, String> {
    Kind::ALL
        .iter()
        .find(|(_, name)| name.eq_ignore_ascii_case(text))
        .map(|(kind, _)| *kind)
        .ok_or_else(|| {
            format!("`is:{text}` is unknown; use read, write, root, failed, service or flagged")
        })
}

fn patterns(values: &[Value]) -> Vec<Pattern> {
    values
        .iter()
        .map(|value| Pattern {
            is_wildcard: !value.is_quoted && crate::text::has_wildcard(&value.text),
            text: value.text.clone(),
        })
        .collect()
}

/// `ip:` takes networks and addresses, or else service names; one term holds one of the two.
fn parse_source(values: &[Value]) -> Result<Condition, QueryError> {
    let looks_numeric = |value: &Value| {
        !value.is_quoted
            && !crate::text::has_wildcard(&value.text)
            && (value.text.contains('/') || value.text.parse::<IpAddr>().is_ok())
    };
    if values.iter().any(looks_numeric) {
        return each(values, |text| {
            text.parse::<ipnet::IpNet>()
                .or_else(|_| text.parse::<IpAddr>().map(ipnet::IpNet::from))
                .map(|network| network.trunc())
                .map_err(|_| {
                    format!("`{text}` is not an address or a network such as 198.51.100.0/24")
                })
        })
        .map(Condition::Network);
    }
    Ok(Condition::Text(TextField::SourceIp, patterns(values)))
}

fn parse_span(values: &[Value]) -> Result<Condition, QueryError> {
    let [value] = values else {
        let (start, end) = (values[0].start, values[values.len() - 1].end);
        return Err(mistake("`time:` takes one range".to_owned(), start, end));
    };
    let side = |text: &str| match text {
        "" | "*" => Ok(None),
        text => parse_time(text).map(Some),
    };
    let span = if let Some((low, high)) = value.text.split_once("..") {
        side(low).and_then(|low| side(high).map(|high| (low, high)))
    } else if let Some(low) = value.text.strip_prefix(">=") {
        parse_time(low).map(|low| (Some(low), None))
    } else if let Some(high) = value.text.strip_prefix('<') {
        parse_time(high).map(|high| (None, Some(high)))
    } else {
        let message = format!("`{}` is not a range: write from..to, >=from or <to", value.text);
        return Err(mistake(message, value.start, value.end));
    };
    let (low, high) = span.map_err(|error| mistake(error.to_string(), value.start, value.end))?;
    // As ranges: events have whole seconds.
    let (low, high) = (low.map(at_whole_second), high.map(at_whole_second));
    let is_empty = matches!((low, high), (Some(low), Some(high)) if low >= high);
    if is_empty || (low.is_none() && high.is_none()) {
        let message = "the range is empty: its end must be after its start".to_owned();
        return Err(mistake(message, value.start, value.end));
    }
    Ok(Condition::Time(low, high))
}
