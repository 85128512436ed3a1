//! The organization's tree as rows.

use orgtrail_shared::ids::UnitId;
use orgtrail_shared::organization::{Account, Organization, Unit};

/// A row of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// How deep it is nested.
    pub(super) depth: usize,
    /// What it shows.
    pub(super) node: Node,
}

/// What a row shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// A unit, with the number of accounts directly in it.
    Unit(Unit, usize),
    /// An account.
    Account(Box<Account>),
    /// The heading of accounts that are in no unit.
    Outside,
}

/// The tree in reading order, cut to the scope: a unit, an account, or everything.
pub(super) fn rows(organization: &Organization, scope: &str) -> Vec<Row> {
    if let Some(account) = organization.accounts.iter().find(|account| account.id.as_str() == scope)
    {
        return vec![Row { depth: 0, node: Node::Account(Box::new(account.clone())) }];
    }
    let mut rows = Vec::new();
    let scoped = organization.units.iter().find(|unit| unit.id.as_str() == scope);
    if let Some(unit) = scoped {
        add_unit(organization, unit, 0, &mut rows);
        return rows;
    }
    let is_root = |unit: &&Unit| !is_known(organization, unit.parent.as_ref());
    let roots = organization.units.iter().filter(is_root);
    roots.for_each(|root| add_unit(organization, root, 0, &mut rows));
    add_outsiders(organization, &mut rows);
    rows
}

fn is_known(organization: &Organization, unit: Option<&UnitId>) -> bool {
    unit.is_some_and(|id| organization.units.iter().any(|unit| unit.id == *id))
}

fn add_unit(organization: &Organization, unit: &Unit, depth: usize, rows: &mut Vec<Row>) {
    // Ten levels are more than an organization can have; it also ends a circle.
    if depth > 10 {
        return;
    }
    let accounts =
        organization.accounts.iter().filter(|account| account.unit.as_ref() == Some(&unit.id));
    let accounts: Vec<_> = accounts.cloned().collect();
    rows.push(Row { depth, node: Node::Unit(unit.clone(), accounts.len()) });
    let accounts = accounts.into_iter();
    rows.extend(
        accounts.map(|account| Row { depth: depth + 1, node: Node::Account(Box::new(account)) }),
    );
    let children =
        organization.units.iter().filter(|child| child.parent.as_ref() == Some(&unit.id));
    children.for_each(|child| add_unit(organization, child, depth + 1, rows));
}

fn add_outsiders(organization: &Organization, rows: &mut Vec<Row>) {
    let outside = organization
        .accounts
        .iter()
        .filter(|account| !is_known(organization, account.unit.as_ref()));
    let outside: Vec<_> = outside.cloned().collect();
    // Whoever sees no units sees a plain list.
    let has_units = !organization.units.is_empty();
    if has_units && !outside.is_empty() {
        rows.push(Row { depth: 0, node: Node::Outside });
    }
    let depth = usize::from(has_units);
    let outside = outside.into_iter();
    rows.extend(outside.map(|account| Row { depth, node: Node::Account(Box::new(account)) }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::data::organization;

    fn print(rows: &[Row]) -> Vec<String> {
        let name = |row: &Row| match &row.node {
            Node::Unit(unit, count) => format!("{}[{count}]", unit.name),
            Node::Account(account) => account.name.clone(),
            Node::Outside => "outside".to_owned(),
        };
        rows.iter().map(|row| format!("{}{}", "-".repeat(row.depth), name(row))).collect()
    }

    #[test]
    fn every_account_stands_once_under_its_unit() {
        assert_eq!(
            print(&rows(&organization(), "")),
            [
                "Root[1]",
                "-management",
                "-Security[1]",
                "--audit",
                "-Workloads[1]",
                "--sandbox",
                "--Production[2]",
                "---billing",
                "---payments",
                "outside",
                "-former"
            ]
        );
    }

    #[test]
    fn a_scope_cuts_the_tree() {
        let organization = organization();
        assert_eq!(print(&rows(&organization, "ou-ab12-workload")).len(), 5);
        assert_eq!(print(&rows(&organization, "111122223333")), ["payments"]);
    }

    #[test]
    fn a_circle_of_units_ends() {
        let mut organization = organization();
        organization.units[1].parent = Some(organization.units[1].id.clone());
        assert!(rows(&organization, "ou-ab12-security").len() < 50);
    }
}
