//! Texts with wildcards, once all variables are known.

/// One step of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// This character.
    Literal(char),
    /// Any one character.
    AnyOne,
    /// Any run of characters.
    AnyRun,
    /// Any one character but a colon.
    AnyOneInPart,
    /// Any run of characters without a colon.
    AnyRunInPart,
}

impl Token {
    /// What a character of a pattern means.
    pub(super) fn of(character: char) -> Self {
        match character {
            '*' => Self::AnyRun,
            '?' => Self::AnyOne,
            other => Self::Literal(other),
        }
    }

    fn is_run(self) -> bool {
        matches!(self, Self::AnyRun | Self::AnyRunInPart)
    }

    /// Whether the token can stand for this character, alone or among others.
    fn takes(self, character: char) -> bool {
        match self {
            Self::Literal(wanted) => wanted == character,
            Self::AnyOne | Self::AnyRun => true,
            Self::AnyOneInPart | Self::AnyRunInPart => character != ':',
        }
    }
}

/// Whether a pattern consists of `*` only, which stands for anything at all.
pub(super) fn is_everything(pattern: &[Token]) -> bool {
    !pattern.is_empty() && pattern.iter().all(|token| *token == Token::AnyRun)
}

/// Whether the whole text matches. The time grows with the product of both lengths and never faster, whatever somebody
/// writes into a policy.
pub(super) fn matches(pattern: &[Token], text: impl IntoIterator<Item = char>) -> bool {
    // Which places in the pattern can be reached with the text read so far.
    let mut reached = vec![false; pattern.len() + 1];
    let mut next = reached.clone();
    reached[0] = true;
    pass_runs(pattern, &mut reached);
    for character in text {
        next.fill(false);
        for (at, token) in pattern.iter().enumerate() {
            if reached[at] && token.takes(character) {
                next[if token.is_run() { at } else { at + 1 }] = true;
            }
        }
        pass_runs(pattern, &mut next);
        std::mem::swap(&mut reached, &mut next);
    }
    reached[pattern.len()]
}

/// A run may also be empty.
fn pass_runs(pattern: &[Token], reached: &mut [bool]) {
    for (at, token) in pattern.iter().enumerate() {
        if reached[at] && token.is_run() {
            reached[at + 1] = true;
        }
    }
}
