//! Texts of a policy with wildcards and policy variables, as they are written.

use super::context::Context;
use super::pattern::Token;

/// A text in which variables wait for their values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Token(Token),
    /// `${key}` or `${key, 'default'}`.
    Variable {
        key: String,
        default: Option<String>,
    },
}

impl Template {
    /// Reads a text in which `*` and `?` are wildcards.
    ///
    /// # Errors
    ///
    /// What is wrong with a variable.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        Self::read(text, Token::of)
    }

    /// Reads a text in which `*` and `?` mean themselves. `${*}` is the same as `*` there.
    ///
    /// # Errors
    ///
    /// What is wrong with a variable.
    pub(super) fn parse_exact(text: &str) -> Result<Self, String> {
        Self::read(text, Token::Literal)
    }

    fn read(text: &str, token: fn(char) -> Token) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((plain, after)) = rest.split_once("${") {
            pieces.extend(plain.chars().map(|one| Piece::Token(token(one))));
            let (piece, after) = variable(after)?;
            pieces.push(piece);
            rest = after;
        }
        pieces.extend(rest.chars().map(|one| Piece::Token(token(one))));
        Ok(Self(pieces))
    }

    /// Puts the values in. A wildcard in a value or a default means itself.
    ///
    /// `None` when a variable has no value and no default: there is no text then that could match.
    pub(super) fn resolve(&self, context: &Context) -> Option<Vec<Token>> {
        let mut tokens = Vec::with_capacity(self.0.len());
        for piece in &self.0 {
            match piece {
                Piece::Token(token) => tokens.push(*token),
                Piece::Variable { key, default } => {
                    let value = context.variable(key).or(default.as_deref())?;
                    tokens.extend(value.chars().map(Token::Literal));
                }
            }
        }
        Some(tokens)
    }

    /// The keys that its variables stand for.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Variable { key, .. } => Some(key.as_str()),
            Piece::Token(_) => None,
        })
    }

    /// Whether it is everything, whatever it is.
    pub(super) fn is_everything(&self) -> bool {
        let is_run = |piece: &Piece| matches!(piece, Piece::Token(Token::AnyRun));
        !self.0.is_empty() && self.0.iter().all(is_run)
    }

    /// Whether the text begins with a variable.
    pub(super) fn begins_with_variable(&self) -> bool {
        matches!(self.0.first(), Some(Piece::Variable { .. }))
    }
}

/// Reads what follows `${`: the piece, and the text after its brace.
fn variable(text: &str) -> Result<(Piece, &str), String> {
    const UNFINISHED: &str = "a variable `${` has no end";
    let end = text.find(['}', ',']).ok_or(UNFINISHED)?;
    let (name, rest) = text.split_at(end);
    if let Some(rest) = rest.strip_prefix('}') {
        return Ok((without_default(name)?, rest));
    }
    let rest = rest.trim_start_matches(',').trim_start();
    let quoted = rest.strip_prefix('\'').ok_or("a variable's default must be in single quotes")?;
    let (default, rest) = quoted.split_once('\'').ok_or(UNFINISHED)?;
    let rest = rest.trim_start().strip_prefix('}').ok_or(UNFINISHED)?;
    let piece = Piece::Variable { key: key(name)?, default: Some(default.to_owned()) };
    Ok((piece, rest))
}

fn without_default(name: &str) -> Result<Piece, String> {
    match name {
        "*" => Ok(Piece::Token(Token::Literal('*'))),
        "?" => Ok(Piece::Token(Token::Literal('?'))),
        "$" => Ok(Piece::Token(Token::Literal('$'))),
        _ => Ok(Piece::Variable { key: key(name)?, default: None }),
    }
}

/// Checks the name of a condition key, which may end with the key of a tag.
///
/// Source: AWS General Reference, "Tag naming limits and requirements".
pub(super) fn key(text: &str) -> Result<String, String> {
    let is_known = |one: char| one.is_alphanumeric() || " _.:/=+-@".contains(one);
    let has_name = text.split_once(':').is_some_and(|(prefix, name)| {
        !prefix.is_empty() && !name.is_empty() && !prefix.contains(' ')
    });
    if has_name && text.trim() == text && text.chars().all(is_known) {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is not a condition key such as `aws:PrincipalArn`"))
    }
}
