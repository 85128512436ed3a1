//! Small text rules that the console and the search share.

/// Whether `text` matches `pattern`, where `*` stands for any run and `?` for one character.
///
/// ASCII letters match without regard to case. Runs in time linear in `text` per `*`.
pub fn matches_wildcard(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut at_pattern, mut at_text) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while at_text < text.len() {
        match pattern.get(at_pattern) {
            Some('*') => {
                retry = Some((at_pattern + 1, at_text));
                at_pattern += 1;
            }
            Some(&wanted) if wanted == '?' || wanted.eq_ignore_ascii_case(&text[at_text]) => {
                at_pattern += 1;
                at_text += 1;
            }
            _ => match retry {
                Some((after_star, from)) => {
                    retry = Some((after_star, from + 1));
                    at_pattern = after_star;
                    at_text = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at_pattern..].iter().all(|&wanted| wanted == '*')
}

/// Whether the text holds a wildcard character.
pub fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// Shortens `text` in the middle to at most `length` characters, so that both ends stay readable.
pub fn shorten_middle(text: &str, length: usize) -> String {
    let characters: Vec<char> = text.chars().collect();
    if characters.len() <= length || length < 3 {
        return text.to_owned();
    }
    let head = (length - 1) / 2;
    let tail = length - 1 - head;
    let mut short: String = characters[..head].iter().collect();
    short.push('…');
    short.extend(&characters[characters.len() - tail..]);
    short
}

/// Prints a count with thin spaces between groups of three digits.
pub fn group_digits(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push('\u{2009}');
        }
        grouped.push(digit);
    }
    grouped
}

/// Prints a number of bytes in B, KiB, MiB, GiB or TiB.
pub fn display_bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut tenths = bytes.saturating_mul(10) / 1024;
    let mut unit = 0;
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

#[cfg(test)]
mod tests;
