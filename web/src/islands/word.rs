//! The word at the cursor of the query bar, which a suggestion replaces.

/// The word that the cursor is in or behind, as byte offsets; quotes hold words together.
///
/// `cursor` counts UTF-16 units, as browsers do.
pub(super) fn word_at(text: &str, cursor: usize) -> (usize, usize) {
    let cursor = byte_offset(text, cursor);
    let (mut start, mut is_quoted) = (0, false);
    for (place, character) in text.char_indices() {
        let ends = character.is_whitespace() && !is_quoted;
        if ends && place >= cursor {
            return (start, place);
        }
        if ends {
            start = place + character.len_utf8();
        }
        is_quoted ^= character == '"';
    }
    (start, text.len())
}

/// The text with the word replaced, and where the cursor stands then, in UTF-16 units.
///
/// A suggestion that is not a qualifier ends the word, so a space follows.
pub(super) fn replace_word(
    text: &str,
    (start, end): (usize, usize),
    insert: &str,
) -> (String, usize) {
    let (head, tail) = (text.get(..start).unwrap_or(""), text.get(end..).unwrap_or(""));
    let space = if insert.ends_with(':') || tail.starts_with(' ') { "" } else { " " };
    let cursor = format!("{head}{insert}{space}").encode_utf16().count();
    (format!("{head}{insert}{space}{tail}"), cursor)
}

fn byte_offset(text: &str, units: usize) -> usize {
    let mut seen = 0;
    for (place, character) in text.char_indices() {
        if seen >= units {
            return place;
        }
        seen += character.len_utf16();
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, cursor: usize, word: &str) {
        let (start, end) = word_at(text, cursor);
        assert_eq!(&text[start..end], word, "{text:?} at {cursor}");
    }

    #[test]
    fn the_word_around_the_cursor_is_found() {
        check("event:Del is:root", 9, "event:Del");
        check("event:Del is:root", 10, "is:root");
        check("event:Del is:root", 3, "event:Del");
        check("", 0, "");
        check("is:root ", 8, "");
        check("agent:\"a b", 10, "agent:\"a b");
        check("é𝄞 x", 4, "x");
    }

    #[test]
    fn a_qualifier_leaves_the_cursor_behind_its_colon() {
        assert_eq!(replace_word("ev is:root", (0, 2), "event:"), ("event: is:root".into(), 6));
        assert_eq!(replace_word("ev", (0, 2), "is:root"), ("is:root ".into(), 8));
    }

    proptest! {
        /// Whatever stands in the bar, the word's offsets cut the text at characters.
        #[test]
        fn offsets_are_always_valid(text in "[a \"é𝄞:]{0,12}", cursor in 0_usize..30) {
            let (start, end) = word_at(&text, cursor);
            prop_assert!(text.get(start..end).is_some());
        }
    }
}
