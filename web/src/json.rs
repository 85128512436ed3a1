//! Lays out a record's JSON text in lines. Every key and value stays the text that it was:
//! nothing is re-ordered, rounded, unescaped or merged.

#[cfg(test)]
mod tests;

/// One line of a laid-out record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// How deep the line is nested.
    pub(crate) depth: usize,
    /// The key as written, quotes included; `None` in arrays and on closing lines.
    pub(crate) key: Option<String>,
    /// What stands on the line.
    pub(crate) piece: Piece,
    /// Whether a comma follows.
    pub(crate) has_comma: bool,
    /// The path of the value, e.g. `resources[0].ARN`; empty on closing lines.
    pub(crate) path: String,
}

/// What stands on a line beside its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// The opening bracket of an object or array.
    Open(char),
    /// Its closing bracket.
    Close(char),
    /// An object or array without content.
    Empty(&'static str),
    /// A string, number, `true`, `false` or `null`, as written.
    Leaf(String),
}

impl Line {
    /// The value of a string leaf, unescaped; other leaves as written.
    pub(crate) fn value(&self) -> Option<String> {
        match &self.piece {
            Piece::Leaf(raw) => Some(unquote(raw)),
            Piece::Open(_) | Piece::Close(_) | Piece::Empty(_) => None,
        }
    }
}

/// How many bytes the paths of all lines may have: each holds the keys above it, which a record can make long.
const PATH_BYTES_MAX: usize = 4 << 20;

/// Lays out a JSON text; `None` when it is not JSON, or would take too many lines.
pub(crate) fn lay_out(text: &str, lines_max: usize) -> Option<Vec<Line>> {
    // The parser decides what JSON is; the reader below only finds the places.
    let _valid: serde::de::IgnoredAny = serde_json::from_str(text).ok()?;
    let (lines, open) = (Vec::new(), Vec::new());
    let mut reader = Reader { text, at: 0, lines, open, lines_max, path_bytes: 0 };
    reader.read()?;
    Some(reader.lines)
}

/// An object or array that is not closed yet.
struct Open {
    is_array: bool,
    path: String,
    count: usize,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    lines: Vec<Line>,
    open: Vec<Open>,
    lines_max: usize,
    path_bytes: usize,
}

impl Reader<'_> {
    fn read(&mut self) -> Option<()> {
        loop {
            let is_bounded =
                self.lines.len() <= self.lines_max && self.path_bytes <= PATH_BYTES_MAX;
            is_bounded.then_some(())?;
            match self.next_byte() {
                None => return Some(()),
                Some(b',') => {
                    self.at += 1;
                    self.lines.last_mut()?.has_comma = true;
                }
                Some(b'}' | b']') => self.close()?,
                Some(_) => self.value()?,
            }
        }
    }

    fn next_byte(&mut self) -> Option<u8> {
        let rest = self.text.get(self.at..)?;
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        self.text.as_bytes().get(self.at).copied()
    }

    fn value(&mut self) -> Option<()> {
        let key = match self.open.last() {
            Some(parent) if !parent.is_array => {
                let key = self.token()?;
                (self.next_byte()? == b':').then_some(())?;
                self.at += 1;
                Some(key)
            }
            _ => None,
        };
        let path = self.path(key.as_deref());
        self.path_bytes += path.len();
        let piece = match self.next_byte()? {
            b'{' => self.open('{', "{}", &path)?,
            b'[' => self.open('[', "[]", &path)?,
            _ => Piece::Leaf(self.token()?),
        };
        let depth = self.open.len() - usize::from(matches!(piece, Piece::Open(_)));
        self.lines.push(Line { depth, key, piece, has_comma: false, path });
        Some(())
    }

    fn open(&mut self, bracket: char, empty: &'static str, path: &str) -> Option<Piece> {
        self.at += 1;
        if matches!(self.next_byte()?, b'}' | b']') {
            self.at += 1;
            return Some(Piece::Empty(empty));
        }
        self.open.push(Open { is_array: bracket == '[', path: path.to_owned(), count: 0 });
        Some(Piece::Open(bracket))
    }

    fn close(&mut self) -> Option<()> {
        self.at += 1;
        let closed = self.open.pop()?;
        self.lines.push(Line {
            depth: self.open.len(),
            key: None,
            piece: Piece::Close(if closed.is_array { ']' } else { '}' }),
            has_comma: false,
            path: String::new(),
        });
        Some(())
    }

    /// The path of the value that begins here, counting the elements of arrays.
    fn path(&mut self, key: Option<&str>) -> String {
        let Some(parent) = self.open.last_mut() else { return String::new() };
        let place = parent.count;
        parent.count += 1;
        let Some(key) = key else { return format!("{}[{place}]", parent.path) };
        let name = unquote(key);
        let is_plain = !name.is_empty()
            && name
                .chars()
                .all(|character| character.is_alphanumeric() || "_-".contains(character));
        match (is_plain, parent.path.is_empty()) {
            (true, true) => name,
            (true, false) => format!("{}.{name}", parent.path),
            (false, _) => format!("{}[{key}]", parent.path),
        }
    }

    /// A string, number or word, exactly as written.
    fn token(&mut self) -> Option<String> {
        let rest = self.text.get(self.at..)?;
        let length = match rest.strip_prefix('"') {
            Some(inner) => string_length(inner)? + 2,
            None => rest
                .find(|character: char| character.is_whitespace() || ",]}:".contains(character))
                .unwrap_or(rest.len()),
        };
        let token = rest.get(..length).filter(|token| !token.is_empty())?;
        self.at += length;
        Some(token.to_owned())
    }
}

/// The number of bytes before the quote that ends a string.
fn string_length(inner: &str) -> Option<usize> {
    let mut is_escaped = false;
    for (place, byte) in inner.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return Some(place),
            _ => {}
        }
    }
    None
}

/// A string without its quotes and escapes; anything else as it is.
fn unquote(raw: &str) -> String {
    serde_json::from_str::<String>(raw).unwrap_or_else(|_| raw.to_owned())
}
