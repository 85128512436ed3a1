//! Predicates on rows → conditions on segments.

use crate::events::filter::{EventFilter, Predicate};
use orgtrail_domain::segment::{Column, Condition, Conjunct};

impl EventFilter {
    /// What segments can't answer of the filter, in words; `None` when they answer all of it.
    pub fn beyond_segments(&self) -> Option<&'static str> {
        self.conjuncts().err()
    }

    /// The same conditions on segments, or what they can't answer.
    pub(super) fn conjuncts(&self) -> Result<Vec<Conjunct>, &'static str> {
        self.predicates
            .iter()
            .map(|(is_negated, predicate)| {
                Ok(Conjunct { is_negated: *is_negated, condition: translate(predicate)? })
            })
            .collect()
    }
}

fn translate(predicate: &Predicate) -> Result<Condition, &'static str> {
    Ok(match predicate {
        Predicate::Ids("account_id", ids) => Condition::Accounts(ids.clone().into()),
        Predicate::Ids("object_id", ids) => Condition::Files(ids.clone().into()),
        Predicate::Ids(name, ids) => Condition::Ids(column(name)?, ids.clone().into()),
        Predicate::HasId(name) => Condition::HasId(column(name)?),
        Predicate::Any(any) => Condition::Any(any.iter().map(translate).collect::<Result<_, _>>()?),
        Predicate::Flags { mask, value } => Condition::Flags { mask: *mask, value: *value },
        Predicate::AnyFlag(mask) => Condition::AnyFlag(*mask),
        Predicate::Time(from, to) => Condition::Time(*from, *to),
        Predicate::SessionArn(_) => return Err("ARNs of role sessions"),
        Predicate::Uuids("access_key", _) => return Err("access keys"),
        Predicate::Uuids(..) => return Err("event ids"),
        Predicate::Resources(_) => return Err("resources"),
        Predicate::Verdicts(_) => return Err("verdicts on files"),
    })
}

fn column(name: &str) -> Result<Column, &'static str> {
    Ok(match name {
        "name_id" => Column::Name,
        "region_id" => Column::Region,
        "principal_id" => Column::Principal,
        "session_id" => Column::Session,
        "ip_id" => Column::Ip,
        "agent_id" => Column::Agent,
        "error_id" => Column::Error,
        "kind_id" => Column::Kind,
        _ => return Err("a column that is new"),
    })
}
