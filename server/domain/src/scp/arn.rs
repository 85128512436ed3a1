//! How the two kinds of ARN patterns match.

use super::pattern::{Token, is_everything, matches};

/// The parts of an ARN: `arn`, partition, service, Region, account and resource. Only the last may hold colons.
const PARTS: usize = 6;

/// Whether a pattern of `Resource` or `NotResource` covers a resource.
///
/// A wildcard stays within its part, except in the last part and except for a `*` that ends its part, which may go on
/// beyond the colon. Parts that are missing at the end may be anything.
///
/// Source: IAM User Guide, "IAM JSON policy elements: Resource".
pub(super) fn covers_resource(pattern: &[Token], resource: &str) -> bool {
    is_everything(pattern) || matches(&completed(pattern), resource.chars())
}

/// The pattern with its missing parts, and with wildcards that know where they must stop.
fn completed(pattern: &[Token]) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(pattern.len());
    let mut part = 1;
    for (at, token) in pattern.iter().enumerate() {
        let is_last_of_part = matches!(pattern.get(at + 1), None | Some(Token::Literal(':')));
        if *token == Token::Literal(':') {
            part += 1;
        }
        tokens.push(match token {
            Token::AnyRun if part < PARTS && !is_last_of_part => Token::AnyRunInPart,
            Token::AnyOne if part < PARTS => Token::AnyOneInPart,
            Token::Literal(_)
            | Token::AnyOne
            | Token::AnyRun
            | Token::AnyOneInPart
            | Token::AnyRunInPart => *token,
        });
    }
    for _ in part..PARTS {
        tokens.extend([Token::Literal(':'), Token::AnyRun]);
    }
    tokens
}

/// Whether an ARN matches a pattern of `ArnLike` or `ArnEquals`: each of the six parts is compared by itself.
///
/// `*` alone matches everything; any other pattern, and any text, with fewer parts matches nothing.
///
/// Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
pub(super) fn is_arn_like(pattern: &[Token], arn: &str) -> bool {
    if is_everything(pattern) {
        return true;
    }
    let wanted: Vec<&[Token]> =
        pattern.splitn(PARTS, |token| *token == Token::Literal(':')).collect();
    let parts: Vec<&str> = arn.splitn(PARTS, ':').collect();
    wanted.len() == PARTS
        && parts.len() == PARTS
        && wanted.iter().zip(&parts).all(|(wanted, part)| matches(wanted, part.chars()))
}
