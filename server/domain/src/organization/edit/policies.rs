//! Service control policies.

use super::{EditError, check_content, check_name, refuse, require_all_features};
use crate::organization::snapshot::{Attachment, Policy, Snapshot, Target};
use crate::scp::{FULL_AWS_ACCESS, FULL_AWS_ACCESS_ID};
use orgtrail_shared::ids::PolicyId;

/// How many characters a policy's name has at the most.
const NAME_CHARS_MAX: usize = 128;

/// How many characters its description has.
const DESCRIPTION_CHARS_MAX: usize = 512;

/// How many policies can be attached to one target.
pub(crate) const ATTACHED_MAX: usize = 5;

/// How many policies an organization has.
const POLICIES_MAX: usize = 10_000;

type Done = Result<Option<String>, EditError>;

fn full_access() -> Result<PolicyId, EditError> {
    FULL_AWS_ACCESS_ID.parse().map_err(|error: orgtrail_shared::ids::InvalidId| EditError {
        code: "ServiceException",
        message: error.to_string(),
    })
}

/// `FullAWSAccess` stands on whatever comes while policies are in use.
pub(super) fn attach_full_access(it: &mut Snapshot, target: Target) {
    if let (true, Ok(policy)) = (it.has_policies, full_access())
        && it.policies.contains_key(&policy)
    {
        it.attachments.insert(Attachment { target, policy });
    }
}

pub(super) fn enable(it: &mut Snapshot) -> Done {
    require_all_features(it)?;
    if it.has_policies {
        return refuse(
            "PolicyTypeAlreadyEnabledException",
            "Service control policies are in use already.",
        );
    }
    it.has_policies = true;
    let policy = Policy {
        name: "FullAWSAccess".to_owned(),
        description: "Allows access to every operation".to_owned(),
        is_aws_managed: true,
        content: FULL_AWS_ACCESS.to_owned(),
    };
    it.policies.entry(full_access()?).or_insert(policy);
    let root = std::iter::once(Target::Unit(it.root.id.clone()));
    let units = it.units.keys().cloned().map(Target::Unit);
    let accounts = it.accounts.keys().cloned().map(Target::Account);
    let targets: Vec<Target> = root.chain(units).chain(accounts).collect();
    for target in targets {
        attach_full_access(it, target);
    }
    Ok(None)
}

pub(super) fn disable(it: &mut Snapshot) -> Done {
    require_in_use(it)?;
    it.has_policies = false;
    it.attachments.clear();
    Ok(None)
}

fn require_in_use(it: &Snapshot) -> Result<(), EditError> {
    if it.has_policies {
        return Ok(());
    }
    refuse(
        "PolicyTypeNotEnabledException",
        "Service control policies are not in use: enable them by EnablePolicyType.",
    )
}

fn check_free_name(it: &Snapshot, name: &str, itself: Option<&PolicyId>) -> Result<(), EditError> {
    check_name(name, NAME_CHARS_MAX)?;
    if it.policies.iter().any(|(id, policy)| policy.name == name && Some(id) != itself) {
        return refuse("DuplicatePolicyException", format!("There is a policy `{name}` already."));
    }
    Ok(())
}

fn check_description(description: &str) -> Result<(), EditError> {
    let count = description.chars().count();
    if count > DESCRIPTION_CHARS_MAX {
        return refuse(
            "InvalidInputException",
            format!(
                "A description has at most {DESCRIPTION_CHARS_MAX} characters, and this one has {count}."
            ),
        );
    }
    Ok(())
}

pub(super) fn create(
    it: &mut Snapshot,
    (name, description, content): (&str, &str, &str),
    fresh: &str,
) -> Result<String, EditError> {
    check_free_name(it, name, None)?;
    check_description(description)?;
    check_content(content)?;
    if it.policies.len() >= POLICIES_MAX {
        return refuse(
            "ConstraintViolationException",
            format!("POLICY_NUMBER_LIMIT_EXCEEDED: there are {POLICIES_MAX} policies already."),
        );
    }
    let id: PolicyId = match format!("p-{fresh}").parse() {
        Ok(id) => id,
        Err(error) => return refuse("ServiceException", format!("{error}")),
    };
    if it.policies.contains_key(&id) {
        return refuse(
            "ConcurrentModificationException",
            format!("{id} is there already: try again."),
        );
    }
    let policy = Policy {
        name: name.to_owned(),
        description: description.to_owned(),
        is_aws_managed: false,
        content: content.to_owned(),
    };
    it.policies.insert(id.clone(), policy);
    Ok(id.to_string())
}

fn missing<T>(policy: &PolicyId) -> Result<T, EditError> {
    refuse("PolicyNotFoundException", format!("There is no policy {policy}."))
}

/// A policy that the customer may change.
fn own<'a>(it: &'a mut Snapshot, id: &PolicyId) -> Result<&'a mut Policy, EditError> {
    match it.policies.get_mut(id) {
        None => missing(id),
        Some(policy) if policy.is_aws_managed => refuse(
            "ConstraintViolationException",
            format!("{id} is AWS's own: it can be attached and detached, and nothing else."),
        ),
        Some(policy) => Ok(policy),
    }
}

pub(super) fn update(
    it: &mut Snapshot,
    id: &PolicyId,
    (name, description, content): (Option<&str>, Option<&str>, Option<&str>),
) -> Done {
    own(it, id)?;
    if let Some(name) = name {
        check_free_name(it, name, Some(id))?;
    }
    description.map_or(Ok(()), check_description)?;
    content.map_or(Ok(()), check_content)?;
    let policy = own(it, id)?;
    let texts = [
        (&mut policy.name, name),
        (&mut policy.description, description),
        (&mut policy.content, content),
    ];
    for (stored, text) in texts {
        if let Some(text) = text {
            text.clone_into(stored);
        }
    }
    Ok(None)
}

pub(super) fn delete(it: &mut Snapshot, id: &PolicyId) -> Done {
    own(it, id)?;
    let attached = it.attachments.iter().filter(|one| one.policy == *id).count();
    if attached > 0 {
        return refuse(
            "PolicyInUseException",
            format!("{id} is attached to {attached} targets: detach it first."),
        );
    }
    it.policies.remove(id);
    Ok(None)
}

fn attachment(it: &Snapshot, policy: &PolicyId, target: &str) -> Result<Attachment, EditError> {
    require_in_use(it)?;
    if !it.policies.contains_key(policy) {
        return missing(policy);
    }
    let found = target.trim().parse::<Target>().ok().filter(|target| match target {
        Target::Unit(unit) => it.has_unit(unit),
        Target::Account(account) => it.accounts.contains_key(account),
    });
    match found {
        Some(target) => Ok(Attachment { target, policy: policy.clone() }),
        None => refuse(
            "TargetNotFoundException",
            format!("There is no root, unit or account `{}`.", target.trim()),
        ),
    }
}

fn attached(it: &Snapshot, target: &Target) -> usize {
    it.attachments.iter().filter(|one| one.target == *target).count()
}

pub(super) fn attach(it: &mut Snapshot, policy: &PolicyId, target: &str) -> Done {
    let attachment = attachment(it, policy, target)?;
    if it.attachments.contains(&attachment) {
        return refuse(
            "DuplicatePolicyAttachmentException",
            format!("{policy} is attached to {} already.", attachment.target),
        );
    }
    if attached(it, &attachment.target) >= ATTACHED_MAX {
        return refuse(
            "ConstraintViolationException",
            format!(
                "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED: {ATTACHED_MAX} policies are attached to {}, and no more can be.",
                attachment.target
            ),
        );
    }
    it.attachments.insert(attachment);
    Ok(None)
}

pub(super) fn detach(it: &mut Snapshot, policy: &PolicyId, target: &str) -> Done {
    let attachment = attachment(it, policy, target)?;
    if !it.attachments.contains(&attachment) {
        return refuse(
            "PolicyNotAttachedException",
            format!("{policy} is not attached to {}.", attachment.target),
        );
    }
    if attached(it, &attachment.target) == 1 {
        return refuse(
            "ConstraintViolationException",
            format!(
                "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED: {policy} is the last policy at {}, which must have one.",
                attachment.target
            ),
        );
    }
    it.attachments.remove(&attachment);
    Ok(None)
}
