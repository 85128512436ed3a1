mod examples;
mod foresight;
mod levels;
mod matching;
mod operators;
mod parsing;
mod properties;
mod slow;
mod variables;

use super::*;

const TRAIL: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit";

/// A policy of these statements: one object or a list.
#[track_caller]
fn policy(statement: &str) -> Policy {
    let content = format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#);
    Policy::parse(&content).unwrap_or_else(|error| panic!("{error} in {content}"))
}

fn request(action: &str, resource: &str, context: Context) -> Request {
    Request { action: action.to_owned(), resource: resource.to_owned(), context }
}

fn level<'a>(id: &str, policies: &[(&str, &'a Policy)]) -> Level<'a> {
    let policies = policies.iter().map(|(id, policy)| ((*id).to_owned(), *policy)).collect();
    Level { id: id.to_owned(), name: format!("the level {id}"), policies }
}

/// Whether the only statement of a policy applies.
#[track_caller]
fn applies(statement: &str, request: &Request) -> bool {
    let policy = policy(statement);
    assert_eq!(policy.statements().len(), 1);
    policy.statements()[0].applies_to(request)
}
