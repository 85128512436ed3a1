//! A slow and obvious model of S3's listing.

/// One entry of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    Key(String),
    Prefix(String),
}

/// Which entries a listing must have, all pages together.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) prefix: String,
    pub(super) delimiter: String,
    pub(super) after: String,
}

/// Lists `keys` by looking at every one.
pub(super) fn list(keys: &[String], question: &Question) -> Vec<Entry> {
    let mut sorted: Vec<&String> = keys.iter().collect();
    sorted.sort_unstable();
    let mut entries: Vec<Entry> = Vec::new();
    for key in sorted.into_iter().filter(|key| key.starts_with(&question.prefix)) {
        let rest = &key[question.prefix.len()..];
        let cut = rest.find(&question.delimiter).filter(|_| !question.delimiter.is_empty());
        let (name, entry) = match cut {
            None => (key.clone(), Entry::Key(key.clone())),
            Some(cut) => {
                let end = question.prefix.len() + cut + question.delimiter.len();
                (key[..end].to_owned(), Entry::Prefix(key[..end].to_owned()))
            }
        };
        if name > question.after && entries.last() != Some(&entry) {
            entries.push(entry);
        }
    }
    entries
}
