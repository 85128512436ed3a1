use super::*;
use crate::organization::changes::compare;
use crate::organization::snapshot::{Account, Attachment, JoinedMethod, Policy, Target, Unit};
use orgtrail_shared::ids::PolicyId;
use proptest::prelude::*;
use serde_json::{Value, json};

const ROOT: &str = "r-ab12";
const UNIT: &str = "ou-ab12-11111111";
const EMPTY: &str = "ou-ab12-22222222";
const MANAGEMENT: &str = "111122223333";
const INSIDE: &str = "222233334444";
const BESIDE: &str = "333344445555";
const NEW: &str = "444455556666";
const DENY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}"#;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap()
}

fn occasion() -> Occasion<'static> {
    Occasion { now: now(), fresh: "fresh001" }
}

fn account(unit: &str) -> Account {
    Account {
        name: unit.to_owned(),
        email: Some(format!("{unit}@example.com")),
        state: AccountState::Active,
        joined_method: Some(JoinedMethod::Created),
        joined_at: DateTime::from_timestamp(1_600_000_000, 0).unwrap(),
        unit: unit.parse().unwrap(),
    }
}

/// Two units, one of them empty; policies in use, `p-12345678` attached to the other.
fn snapshot() -> Snapshot {
    let unit = |name: &str| Unit { parent: ROOT.parse().unwrap(), name: name.to_owned() };
    let policy = |name: &str, content: &str, is_aws_managed| Policy {
        name: name.to_owned(),
        description: String::new(),
        is_aws_managed,
        content: content.to_owned(),
    };
    let mut accounts: BTreeMap<AccountId, Account> = BTreeMap::new();
    for (id, place, email) in
        [(MANAGEMENT, ROOT, "one"), (INSIDE, UNIT, "two"), (BESIDE, ROOT, "three")]
    {
        let email = Some(format!("{email}@example.com"));
        accounts.insert(id.parse().unwrap(), Account { email, ..account(place) });
    }
    let full: PolicyId = "p-FullAWSAccess".parse().unwrap();
    let deny: PolicyId = "p-12345678".parse().unwrap();
    let mut attachments: BTreeSet<Attachment> = [ROOT, UNIT, EMPTY, MANAGEMENT, INSIDE, BESIDE]
        .map(|target| Attachment { target: target.parse().unwrap(), policy: full.clone() })
        .into();
    attachments.insert(Attachment { target: UNIT.parse().unwrap(), policy: deny.clone() });
    Snapshot {
        id: "o-exampleorg1".parse().unwrap(),
        feature_set: FeatureSet::All,
        management_account: MANAGEMENT.parse().unwrap(),
        trusted_access_since: Some(now()),
        has_policies: true,
        root: Root { id: ROOT.parse().unwrap(), name: "Root".to_owned() },
        units: [(UNIT, "Shops"), (EMPTY, "Empty")]
            .map(|(id, name)| (id.parse().unwrap(), unit(name)))
            .into(),
        accounts,
        delegated_administrators: BTreeMap::new(),
        policies: [
            (full, policy("FullAWSAccess", scp::FULL_AWS_ACCESS, true)),
            (deny, policy("deny", DENY, false)),
        ]
        .into(),
        attachments,
    }
}

fn edit(value: &Value) -> OrganizationEdit {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"))
}

/// What a change makes different, in words.
fn told(before: &Snapshot, value: &Value) -> Vec<String> {
    let applied = apply(before, &edit(value), occasion());
    let applied = applied.unwrap_or_else(|error| panic!("{value}: {error}"));
    applied.after.check().unwrap();
    compare(before, &applied.after).changes.iter().map(ToString::to_string).collect()
}

fn code(before: &Snapshot, value: &Value) -> (&'static str, String) {
    match apply(before, &edit(value), occasion()) {
        Ok(_) => panic!("{value} is not refused"),
        Err(error) => (error.code, error.message),
    }
}

#[test]
fn each_change_makes_one_difference() {
    let before = snapshot();
    for (value, count) in [
        (json!({"operation": "UpdateOrganizationalUnit", "unit": UNIT, "name": "Stores"}), 1),
        (json!({"operation": "MoveAccount", "account": INSIDE, "destination": ROOT}), 1),
        (json!({"operation": "CloseAccount", "account": INSIDE}), 1),
        (json!({"operation": "CreatePolicy", "name": "more", "content": DENY}), 1),
        (json!({"operation": "UpdatePolicy", "policy": "p-12345678", "name": "less"}), 1),
        (json!({"operation": "AttachPolicy", "policy": "p-12345678", "target": BESIDE}), 1),
        (json!({"operation": "DetachPolicy", "policy": "p-12345678", "target": UNIT}), 1),
        (json!({"operation": "RegisterOrganizationDelegatedAdmin", "account": INSIDE}), 1),
        (json!({"operation": "DisableAWSServiceAccess"}), 1),
        // With FullAWSAccess, as AWS attaches it.
        (json!({"operation": "CreateOrganizationalUnit", "parent": UNIT, "name": "Deep"}), 2),
        (
            json!({"operation": "CreateAccount", "account": NEW, "name": "new", "email": "new@example.com", "parent": UNIT}),
            2,
        ),
        (
            json!({"operation": "InviteAccountToOrganization", "account": NEW, "name": "new", "email": "new@example.com"}),
            2,
        ),
        // And what was attached goes with them.
        (json!({"operation": "DeleteOrganizationalUnit", "unit": EMPTY}), 2),
        (json!({"operation": "RemoveAccountFromOrganization", "account": INSIDE}), 2),
        (json!({"operation": "DisablePolicyType"}), 8),
    ] {
        let words = told(&before, &value);
        assert_eq!(words.len(), count, "{value}: {words:#?}");
    }
}

#[test]
fn what_is_made_has_an_id_of_awss_shape() {
    let made = |value: Value| apply(&snapshot(), &edit(&value), occasion()).unwrap().made.unwrap();
    let unit =
        made(json!({"operation": "CreateOrganizationalUnit", "parent": ROOT, "name": "New"}));
    assert_eq!(unit, "ou-ab12-fresh001");
    assert_eq!(
        made(json!({"operation": "CreatePolicy", "name": "n", "content": DENY})),
        "p-fresh001"
    );
    let create = edit(
        &json!({"operation": "CreateOrganization", "management_account": NEW, "name": "main"}),
    );
    let created = create_local(&create).unwrap();
    assert_eq!(created.made.as_deref(), Some("r-fres"));
    created.after.check().unwrap();
    let other = create_local(&edit(&json!({"operation": "DisablePolicyType"}))).unwrap_err();
    assert_eq!(other.code, "AWSOrganizationsNotInUseException");
}

fn create_local(edit: &OrganizationEdit) -> Result<Applied, EditError> {
    create(&"o-exampleorg1".parse().unwrap(), edit, occasion())
}

/// What is refused, with AWS's error and what its words hold.
#[rustfmt::skip]
const REFUSED: [(&str, &str, &str); 33] = [
    ("CreateOrganization|management_account=444455556666", "AlreadyInOrganizationException", ""),
    ("CreateOrganizationalUnit|parent=ou-ab12-99999999|name=x", "ParentNotFoundException", "ou-ab12-99999999"),
    ("CreateOrganizationalUnit|parent=r-ab12|name=Shops", "DuplicateOrganizationalUnitException", "Shops"),
    ("CreateOrganizationalUnit|parent=r-ab12|name= ", "InvalidInputException", ""),
    ("CreateOrganizationalUnit|parent=r-ab12|name={LONG}", "InvalidInputException", "129"),
    ("UpdateOrganizationalUnit|unit=ou-ab12-11111111|name=Empty", "DuplicateOrganizationalUnitException", ""),
    ("UpdateOrganizationalUnit|unit=r-ab12|name=x", "OrganizationalUnitNotFoundException", ""),
    ("DeleteOrganizationalUnit|unit=ou-ab12-11111111", "OrganizationalUnitNotEmptyException", ""),
    ("DeleteOrganizationalUnit|unit=r-ab12", "OrganizationalUnitNotFoundException", ""),
    ("CreateAccount|account=222233334444|name=x|email=new@example.com", "DuplicateAccountException", ""),
    ("CreateAccount|account=444455556666|name=x|email=TWO@example.com", "ConstraintViolationException", "EMAIL_ALREADY_EXISTS"),
    ("CreateAccount|account=444455556666|name=x|email=nobody", "InvalidInputException", "nobody"),
    ("CreateAccount|account=444455556666|name=x|email=n@example.com|parent=ou-ab12-99999999", "ParentNotFoundException", ""),
    ("MoveAccount|account=444455556666|destination=ou-ab12-11111111", "AccountNotFoundException", "444455556666"),
    ("MoveAccount|account=222233334444|destination=ou-ab12-99999999", "DestinationParentNotFoundException", ""),
    ("MoveAccount|account=222233334444|destination=ou-ab12-11111111", "DuplicateAccountException", ""),
    ("CloseAccount|account=111122223333", "ConstraintViolationException", "CANNOT_CLOSE_MANAGEMENT_ACCOUNT"),
    ("RemoveAccountFromOrganization|account=111122223333", "MasterCannotLeaveOrganizationException", ""),
    ("RemoveAccountFromOrganization|account=444455556666", "AccountNotFoundException", ""),
    ("EnablePolicyType", "PolicyTypeAlreadyEnabledException", ""),
    ("CreatePolicy|name=deny|content={DENY}", "DuplicatePolicyException", ""),
    ("CreatePolicy|name=x|content={}", "MalformedPolicyDocumentException", "Version"),
    ("UpdatePolicy|policy=p-FullAWSAccess|name=x", "ConstraintViolationException", "AWS's own"),
    ("UpdatePolicy|policy=p-87654321|name=x", "PolicyNotFoundException", ""),
    ("DeletePolicy|policy=p-12345678", "PolicyInUseException", "1 targets"),
    ("AttachPolicy|policy=p-12345678|target=ou-ab12-11111111", "DuplicatePolicyAttachmentException", ""),
    ("AttachPolicy|policy=p-12345678|target=444455556666", "TargetNotFoundException", "444455556666"),
    ("AttachPolicy|policy=p-87654321|target=ou-ab12-11111111", "PolicyNotFoundException", ""),
    ("DetachPolicy|policy=p-12345678|target=r-ab12", "PolicyNotAttachedException", ""),
    ("DetachPolicy|policy=p-FullAWSAccess|target=r-ab12", "ConstraintViolationException", "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"),
    ("RegisterOrganizationDelegatedAdmin|account=111122223333", "CannotDelegateManagementAccountException", ""),
    ("RegisterOrganizationDelegatedAdmin|account=444455556666", "AccountNotFoundException", ""),
    ("DeregisterOrganizationDelegatedAdmin|account=222233334444", "AccountNotRegisteredException", ""),
];

/// An operation as a line: its name and its fields.
fn read(line: &str) -> Value {
    let mut parts = line.split('|');
    let mut fields = serde_json::Map::new();
    fields.insert("operation".to_owned(), json!(parts.next().unwrap()));
    for part in parts {
        let (name, value) = part.split_once('=').unwrap();
        let value = value.replace("{DENY}", DENY).replace("{LONG}", &"x".repeat(129));
        fields.insert(name.to_owned(), json!(value));
    }
    Value::Object(fields)
}

#[test]
fn what_aws_refuses_is_refused_with_its_error() {
    let before = snapshot();
    for (line, wanted, words) in REFUSED {
        let (found, message) = code(&before, &read(line));
        assert_eq!(found, wanted, "{line}: {message}");
        assert!(message.contains(words), "{line}: {message}");
    }
}

#[test]
fn limits_are_awss() {
    let mut full = snapshot();
    for number in 0..4 {
        let id: PolicyId = format!("p-more000{number}").parse().unwrap();
        let policy = full.policies.values().next().unwrap().clone();
        let name = format!("more {number}");
        full.policies.insert(id.clone(), Policy { name, is_aws_managed: false, ..policy });
        full.attachments.insert(Attachment { target: BESIDE.parse().unwrap(), policy: id });
    }
    let sixth = json!({"operation": "AttachPolicy", "policy": "p-12345678", "target": BESIDE});
    assert!(code(&full, &sixth).1.contains("MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"));

    let mut deep = snapshot();
    let mut parent = ROOT.to_owned();
    for depth in 1..=5 {
        let value =
            json!({"operation": "CreateOrganizationalUnit", "parent": parent, "name": "deep"});
        let fresh = format!("fresh00{depth}");
        let applied = apply(&deep, &edit(&value), Occasion { now: now(), fresh: &fresh }).unwrap();
        (deep, parent) = (applied.after, applied.made.unwrap());
    }
    let sixth = json!({"operation": "CreateOrganizationalUnit", "parent": parent, "name": "deep"});
    assert!(code(&deep, &sixth).1.contains("OU_DEPTH_LIMIT_EXCEEDED"));

    let mut crowded = snapshot();
    for number in 0..4 {
        let id: AccountId = format!("90000000000{number}").parse().unwrap();
        crowded.accounts.insert(id, Account { email: None, ..account(ROOT) });
    }
    for number in 0..4 {
        let register = json!({"operation": "RegisterOrganizationDelegatedAdmin", "account": format!("90000000000{number}")});
        if number == 3 {
            assert_eq!(code(&crowded, &register).0, "DelegatedAdminAccountLimitExceededException");
        } else {
            crowded = apply(&crowded, &edit(&register), occasion()).unwrap().after;
        }
    }
    for operation in ["RemoveAccountFromOrganization", "CloseAccount"] {
        let gone = json!({"operation": operation, "account": "900000000000"});
        assert!(code(&crowded, &gone).1.contains("CANNOT_REMOVE_DELEGATED_ADMINISTRATOR"));
    }
    let off = code(&crowded, &json!({"operation": "DisableAWSServiceAccess"}));
    assert!(off.1.contains("deregister them first"));

    let untrusted = Snapshot { trusted_access_since: None, ..snapshot() };
    let register = json!({"operation": "RegisterOrganizationDelegatedAdmin", "account": INSIDE});
    assert_eq!(code(&untrusted, &register).0, "CloudTrailAccessNotEnabledException");
    let billing = Snapshot { feature_set: FeatureSet::ConsolidatedBilling, ..snapshot() };
    assert_eq!(code(&billing, &register).0, "OrganizationNotInAllFeaturesModeException");
    let unused = Snapshot { has_policies: false, attachments: BTreeSet::new(), ..snapshot() };
    let attach = json!({"operation": "AttachPolicy", "policy": "p-12345678", "target": UNIT});
    assert_eq!(code(&unused, &attach).0, "PolicyTypeNotEnabledException");
    let enabled =
        apply(&unused, &edit(&json!({"operation": "EnablePolicyType"})), occasion()).unwrap();
    assert_eq!(enabled.after.attachments.len(), 6, "FullAWSAccess stands everywhere");
    let closing = apply(
        &snapshot(),
        &edit(&json!({"operation": "CloseAccount", "account": INSIDE})),
        occasion(),
    );
    let again =
        code(&closing.unwrap().after, &json!({"operation": "CloseAccount", "account": INSIDE}));
    assert_eq!(again.0, "AccountAlreadyClosedException");
}

#[test]
fn unknown_operations_and_fields_are_named() {
    for (text, words) in [
        (r#"{"operation": "DeleteOrganization"}"#, "DeleteOrganization"),
        (r#"{"operation": "CloseAccount", "account": "1"}"#, "account id"),
        (r#"{"operation": "CloseAccount"}"#, "account"),
    ] {
        let error = serde_json::from_str::<OrganizationEdit>(text).unwrap_err().to_string();
        assert!(error.contains(words), "{text}: {error}");
    }
}

fn any_edit() -> impl Strategy<Value = Value> {
    let units =
        prop::sample::select(vec![ROOT, UNIT, EMPTY, "ou-ab12-fresh001", "ou-ab12-99999999"]);
    let accounts = prop::sample::select(vec![MANAGEMENT, INSIDE, BESIDE, NEW]);
    let policies = prop::sample::select(vec!["p-FullAWSAccess", "p-12345678", "p-fresh001"]);
    let target = prop_oneof![units.clone(), accounts.clone()];
    (0..16_u8, units, accounts, policies, target, "[a-c]{0,2}").prop_map(
        |(operation, unit, account, policy, target, name)| match operation {
            0 => json!({"operation": "CreateOrganizationalUnit", "parent": unit, "name": name}),
            1 => json!({"operation": "UpdateOrganizationalUnit", "unit": unit, "name": name}),
            2 => json!({"operation": "DeleteOrganizationalUnit", "unit": unit}),
            3 => json!({"operation": "CreateAccount", "account": account, "name": name, "email": format!("{name}@example.com"), "parent": unit}),
            4 | 5 => json!({"operation": "MoveAccount", "account": account, "destination": unit}),
            6 => json!({"operation": "CloseAccount", "account": account}),
            7 => json!({"operation": "RemoveAccountFromOrganization", "account": account}),
            8 => json!({"operation": "EnablePolicyType"}),
            9 => json!({"operation": "DisablePolicyType"}),
            10 => json!({"operation": "CreatePolicy", "name": name, "content": DENY}),
            11 => json!({"operation": "DeletePolicy", "policy": policy}),
            12 => json!({"operation": "AttachPolicy", "policy": policy, "target": target}),
            13 => json!({"operation": "DetachPolicy", "policy": policy, "target": target}),
            14 => json!({"operation": "RegisterOrganizationDelegatedAdmin", "account": account}),
            _ => json!({"operation": "DeregisterOrganizationDelegatedAdmin", "account": account}),
        },
    )
}

proptest! {
    /// Whatever is done in whatever order, the organization never contradicts itself, and policies in use stand everywhere.
    #[test]
    fn no_order_of_changes_contradicts_itself(edits in prop::collection::vec(any_edit(), 1..30)) {
        let mut here = snapshot();
        for value in edits {
            let Ok(applied) = apply(&here, &edit(&value), occasion()) else { continue };
            prop_assert!(applied.after.check().is_ok(), "{value}");
            here = applied.after;
            let targets = here.accounts.keys().cloned().map(Target::Account)
                .chain(here.units.keys().cloned().map(Target::Unit))
                .chain([Target::Unit(here.root.id.clone())]);
            for target in targets {
                let count = here.attachments.iter().filter(|one| one.target == target).count();
                prop_assert!(!here.has_policies || (1..=5).contains(&count), "{value}: {count} at {target}");
            }
        }
    }
}
