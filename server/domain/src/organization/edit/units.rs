//! Units.

use super::{EditError, UNITS_MAX, check_name, refuse};
use crate::organization::UNIT_DEPTH_MAX;
use crate::organization::snapshot::{Snapshot, Target, Unit};
use orgtrail_shared::ids::UnitId;

/// How many characters a unit's name has at the most.
const NAME_CHARS_MAX: usize = 128;

pub(super) fn create(
    it: &mut Snapshot,
    parent: &UnitId,
    name: &str,
    fresh: &str,
) -> Result<String, EditError> {
    check_name(name, NAME_CHARS_MAX)?;
    if !it.has_unit(parent) {
        return refuse("ParentNotFoundException", format!("There is no root or unit {parent}."));
    }
    check_free(it, parent, name, None)?;
    if it.units.len() >= UNITS_MAX {
        return refuse(
            "ConstraintViolationException",
            format!("OU_NUMBER_LIMIT_EXCEEDED: there are {UNITS_MAX} units already."),
        );
    }
    if depth(it, parent) >= UNIT_DEPTH_MAX {
        return refuse(
            "ConstraintViolationException",
            format!(
                "OU_DEPTH_LIMIT_EXCEEDED: units lie at most {UNIT_DEPTH_MAX} levels below the root."
            ),
        );
    }
    let root = it.root.id.as_str().trim_start_matches("r-").to_owned();
    let id: UnitId = match format!("ou-{root}-{fresh}").parse() {
        Ok(id) => id,
        Err(error) => return refuse("ServiceException", error.to_string()),
    };
    if it.units.contains_key(&id) {
        return refuse(
            "ConcurrentModificationException",
            format!("{id} is there already: try again."),
        );
    }
    it.units.insert(id.clone(), Unit { parent: parent.clone(), name: name.to_owned() });
    // As AWS does when policies are in use.
    super::policies::attach_full_access(it, Target::Unit(id.clone()));
    Ok(id.to_string())
}

pub(super) fn rename(
    it: &mut Snapshot,
    unit: &UnitId,
    name: &str,
) -> Result<Option<String>, EditError> {
    check_name(name, NAME_CHARS_MAX)?;
    let Some(found) = it.units.get(unit) else { return missing(unit) };
    let parent = found.parent.clone();
    check_free(it, &parent, name, Some(unit))?;
    if let Some(found) = it.units.get_mut(unit) {
        name.clone_into(&mut found.name);
    }
    Ok(None)
}

pub(super) fn delete(it: &mut Snapshot, unit: &UnitId) -> Result<Option<String>, EditError> {
    if !it.units.contains_key(unit) {
        return missing(unit);
    }
    let has_unit = it.units.values().any(|other| other.parent == *unit);
    let has_account = it.accounts.values().any(|account| account.unit == *unit);
    if has_unit || has_account {
        return refuse(
            "OrganizationalUnitNotEmptyException",
            format!("{unit} holds units or accounts: move or remove them first."),
        );
    }
    it.units.remove(unit);
    it.attachments.retain(|one| one.target != Target::Unit(unit.clone()));
    Ok(None)
}

fn missing<T>(unit: &UnitId) -> Result<T, EditError> {
    refuse("OrganizationalUnitNotFoundException", format!("There is no unit {unit}."))
}

/// Units below the same parent have different names.
fn check_free(
    it: &Snapshot,
    parent: &UnitId,
    name: &str,
    itself: Option<&UnitId>,
) -> Result<(), EditError> {
    let is_taken = it
        .units
        .iter()
        .any(|(id, unit)| unit.parent == *parent && unit.name == name && Some(id) != itself);
    if is_taken {
        return refuse(
            "DuplicateOrganizationalUnitException",
            format!("There is a unit `{name}` below {parent} already."),
        );
    }
    Ok(())
}

/// How many units lie above what is put below this one, the root not counted.
fn depth(it: &Snapshot, unit: &UnitId) -> usize {
    let (mut depth, mut here) = (0, unit);
    while let Some(found) = it.units.get(here) {
        depth += 1;
        if depth > UNIT_DEPTH_MAX {
            break;
        }
        here = &found.parent;
    }
    depth
}
