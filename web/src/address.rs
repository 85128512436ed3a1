//! URLs: the console's only state. Reading and printing them, without the router's double decoding.

mod columns;
mod search;
#[cfg(test)]
mod tests;
mod toggle;

pub(crate) use columns::Column;
pub(crate) use search::SearchAddress;
pub(crate) use toggle::{chosen_values, has_value};

use std::fmt::Write as _;

/// The parameters of a URL, decoded exactly once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// Reads the part of a URL after the question mark.
    pub(crate) fn parse(search: &str) -> Self {
        let pairs = search.trim_start_matches('?').split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decode(name), decode(value))
                })
                .collect(),
        )
    }

    /// The last value of a parameter; `None` when it is absent or empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// All parameters, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// All values of a parameter, in order.
    pub(crate) fn get_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A URL within the console that is being put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Href(String);

impl Href {
    /// Begins with a path that is already encoded.
    pub(crate) fn new(path: &str) -> Self {
        Self(path.to_owned())
    }

    /// Adds a parameter, unless its value is empty.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        if !value.is_empty() {
            self.0.push(if self.0.contains('?') { '&' } else { '?' });
            self.0.push_str(name);
            self.0.push('=');
            self.0.push_str(&encode(value));
        }
        self
    }

    /// The finished URL.
    pub(crate) fn finish(self) -> String {
        self.0
    }
}

/// Whether times are shown in UTC or in the reader's time zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Zone {
    /// UTC.
    #[default]
    Utc,
    /// The browser's time zone.
    Local,
}

/// What every link of the console carries along.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Carried {
    /// The unit or account that the console is looking at; empty for everything.
    pub(crate) scope: String,
    /// How times are shown.
    pub(crate) zone: Zone,
}

impl Carried {
    /// Takes the carried parameters out of a URL.
    pub(crate) fn from_params(params: &Params) -> Self {
        let zone = if params.get("tz") == Some("local") { Zone::Local } else { Zone::Utc };
        Self { scope: params.get("scope").unwrap_or_default().to_owned(), zone }
    }

    /// Begins a link to a path.
    pub(crate) fn to(&self, path: &str) -> Href {
        self.add_to(Href::new(path))
    }

    /// Adds the carried parameters to a link.
    pub(crate) fn add_to(&self, href: Href) -> Href {
        let zone = match self.zone {
            Zone::Utc => "",
            Zone::Local => "local",
        };
        href.with("scope", &self.scope).with("tz", zone)
    }

    /// The page of one event.
    pub(crate) fn to_event(&self, event_id: &str) -> String {
        self.to(&format!("/events/{}", encode(event_id))).finish()
    }
}

/// A URL with one parameter put in the place of its old value, or taken out when empty.
pub(crate) fn replace_param(path: &str, search: &str, name: &str, value: &str) -> String {
    let params = Params::parse(search);
    let kept = params.0.iter().filter(|(known, _)| known != name);
    kept.fold(Href::new(path), |href, (name, value)| href.with(name, value))
        .with(name, value)
        .finish()
}

/// Encodes a parameter's value; what may stand in a query stays readable.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            _ if byte.is_ascii_alphanumeric() => encoded.push(char::from(byte)),
            b'-' | b'_' | b'.' | b'~' | b':' | b',' | b'*' | b'@' => encoded.push(char::from(byte)),
            _ => {
                // Writing to a string can't fail.
                let _written = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

/// Decodes a name or a value; a stray `%` stands for itself.
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (bytes[at], hex) {
            (b'+', _) => decoded.push(b' '),
            (b'%', Some(byte)) => {
                decoded.push(byte);
                at += 2;
            }
            (byte, _) => decoded.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
