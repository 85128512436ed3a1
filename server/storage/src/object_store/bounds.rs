//! Bounds of key ranges in bytewise order of UTF-8, the order in which S3 lists.

#[cfg(test)]
mod tests;

/// Returns a text above every key that begins with `prefix`, and below all other keys above them.
///
/// Keys hold no NUL and are at most 1,024 bytes long; without a next character (the prefix is empty
/// or all U+10FFFF) the answer is longer and larger than any key.
pub fn successor(prefix: &str) -> String {
    let mut characters: Vec<char> = prefix.chars().collect();
    while let Some(last) = characters.pop() {
        if let Some(next) = next_character(last) {
            characters.push(next);
            return characters.into_iter().collect();
        }
    }
    above_all_keys()
}

/// Returns the smallest text from which a listing goes on behind `marker`, itself included.
///
/// A marker that lies inside a common prefix is behind the whole of it, because the page that it came
/// from has already shown that prefix.
pub fn lower_bound(prefix: &str, delimiter: Option<&str>, marker: &str) -> String {
    if marker.is_empty() {
        return prefix.to_owned();
    }
    let after = match delimiter.and_then(|delimiter| common_prefix(marker, prefix, delimiter)) {
        Some(common) => successor(common),
        // Nothing lies between a text and itself followed by the smallest character.
        None => format!("{marker}\u{1}"),
    };
    after.max(prefix.to_owned())
}

/// Returns the part of `key` up to and including the first `delimiter` after `prefix`.
pub fn common_prefix<'key>(key: &'key str, prefix: &str, delimiter: &str) -> Option<&'key str> {
    let rest = key.strip_prefix(prefix)?;
    let end = rest.find(delimiter)? + delimiter.len();
    Some(&key[..prefix.len() + end])
}

fn next_character(character: char) -> Option<char> {
    match character {
        // The surrogates in between are no characters.
        '\u{D7FF}' => Some('\u{E000}'),
        other => char::from_u32(u32::from(other) + 1),
    }
}

fn above_all_keys() -> String {
    // 257 characters of four bytes each: more than the 1,024 bytes of the longest key.
    "\u{10FFFF}".repeat(257)
}
