//! Records look like those of CloudTrail.

use super::*;
use std::collections::{BTreeSet, HashMap};

/// The fields in AWS's order.
const ORDER: [&str; 27] = [
    "eventVersion",
    "userIdentity",
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "errorCode",
    "errorMessage",
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "requestID",
    "eventID",
    "readOnly",
    "resources",
    "eventType",
    "apiVersion",
    "managementEvent",
    "recipientAccountId",
    "sharedEventID",
    "vpcEndpointId",
    "vpcEndpointAccountId",
    "serviceEventDetails",
    "eventCategory",
    "tlsDetails",
];

#[test]
fn records_have_the_fields_that_are_always_there() {
    for (key, record) in WORLD.records() {
        let fields = record.as_object().unwrap();
        for name in [
            "eventVersion",
            "userIdentity",
            "eventTime",
            "eventSource",
            "eventName",
            "awsRegion",
            "sourceIPAddress",
            "userAgent",
            "requestParameters",
            "responseElements",
            "eventID",
            "readOnly",
            "eventType",
            "managementEvent",
            "recipientAccountId",
            "eventCategory",
        ] {
            assert!(fields.contains_key(name), "{name} in {key}");
        }
        for name in fields.keys() {
            assert!(
                ORDER.contains(&name.as_str()) || name == "sessionCredentialFromConsole",
                "{name}"
            );
        }
        let [account, region] =
            ["recipientAccountId", "awsRegion"].map(|name| fields[name].as_str().unwrap());
        assert!(key.contains(&format!("/{account}/CloudTrail/{region}/")), "{key}");
        assert!(matches!(fields["eventVersion"].as_str(), Some("1.08" | "1.09" | "1.10" | "1.11")));
        assert_eq!(fields["managementEvent"] == true, fields["eventCategory"] == "Management");
        assert!(fields["managementEvent"] == true || fields.contains_key("resources"));
    }
}

#[test]
fn fields_stand_in_the_order_of_aws() {
    for (key, text) in WORLD.texts.iter().filter(|(key, _)| key.contains("/CloudTrail/")).take(300)
    {
        for record in text.split(r#"{"eventVersion":"#).skip(1) {
            let places: Vec<usize> = ORDER
                .iter()
                .skip(1)
                .filter_map(|name| {
                    let mark = format!(r#","{name}":"#);
                    // Names inside nested objects come first or not at all, so the last place counts.
                    record.rfind(&mark)
                })
                .collect();
            assert!(places.is_sorted(), "{key}: {record}");
        }
    }
}

#[test]
fn no_template_is_left_unfilled() {
    for (key, text) in &WORLD.texts {
        assert!(!text.contains('<') && !text.contains('>'), "{key}");
    }
}

#[test]
fn event_ids_are_unique_and_shared_ids_tell_twins() {
    let mut ids = BTreeSet::new();
    let mut twins: HashMap<String, Vec<Value>> = HashMap::new();
    for (key, record) in WORLD.records() {
        assert!(ids.insert(record["eventID"].to_string()), "{} in {key}", record["eventID"]);
        if let Some(shared) = record["sharedEventID"].as_str() {
            twins.entry(shared.to_owned()).or_default().push(record);
        }
    }
    let pairs: Vec<_> = twins.values().filter(|records| records.len() == 2).collect();
    assert!(
        pairs.len() * 10 > twins.len() * 9 && pairs.len() > 200,
        "{} of {}",
        pairs.len(),
        twins.len()
    );
    for pair in pairs {
        let [one, two] = &pair[..] else { panic!() };
        assert_ne!(one["recipientAccountId"], two["recipientAccountId"]);
        for name in [
            "eventTime",
            "eventName",
            "requestID",
            "sourceIPAddress",
            "userAgent",
            "responseElements",
        ] {
            assert_eq!(one[name], two[name], "{name}");
        }
        let kinds = [&one["userIdentity"]["type"], &two["userIdentity"]["type"]];
        assert_eq!(kinds.iter().filter(|kind| **kind == "AWSAccount").count(), 1);
    }
}

#[test]
fn the_key_of_an_assumed_role_is_used_afterwards() {
    let records = WORLD.records();
    let used: BTreeSet<_> = records
        .iter()
        .filter_map(|(_, record)| record["userIdentity"]["accessKeyId"].as_str())
        .collect();
    let given: Vec<_> = records
        .iter()
        .filter(|(_, record)| record["eventName"].as_str().unwrap().starts_with("AssumeRole"))
        .filter_map(|(_, record)| record["responseElements"]["credentials"]["accessKeyId"].as_str())
        .collect();
    let followed = given.iter().filter(|key| used.contains(**key)).count();
    assert!(followed * 10 > given.len() * 9, "{followed} of {}", given.len());
}

#[test]
fn the_mix_is_believable() {
    let records = WORLD.records();
    let count = |matches: &dyn Fn(&Value) -> bool| {
        records.iter().filter(|(_, record)| matches(record)).count() * 1000 / records.len()
    };
    let reads = count(&|record| record["readOnly"] == true);
    assert!((780..=920).contains(&reads), "{reads} ‰ reads");
    let failures = count(&|record| record["errorCode"].is_string());
    assert!((5..=40).contains(&failures), "{failures} ‰ failures");
    let data = count(&|record| record["eventCategory"] == "Data");
    assert!((150..=500).contains(&data), "{data} ‰ data events");
    let kinds: BTreeSet<_> = records
        .iter()
        .map(|(_, record)| record["userIdentity"]["type"].as_str().unwrap_or(""))
        .collect();
    for kind in [
        "",
        "AWSAccount",
        "AWSService",
        "AssumedRole",
        "IAMUser",
        "IdentityCenterUser",
        "SAMLUser",
        "WebIdentityUser",
    ] {
        assert!(kinds.contains(kind), "{kind} in {kinds:?}");
    }
    let bytes: usize = WORLD
        .texts
        .iter()
        .filter(|(key, _)| key.contains("/CloudTrail/"))
        .map(|(_, text)| text.len())
        .sum();
    let mean = bytes / records.len();
    assert!((1200..=1600).contains(&mean), "{mean} bytes per record");
}

#[test]
fn odd_shapes_occur() {
    let all: String = WORLD.texts.values().map(String::as_str).collect();
    for shape in [
        r#""sourceIPAddress":"2001:db8:"#,
        r#""sourceIPAddress":"AWS Internal""#,
        r#""sourceIPAddress":"config.amazonaws.com""#,
        r#""omitted":"true""#,
        r#""sessionCredentialFromConsole":"true""#,
        r#""vpcEndpointId":"vpce-0"#,
    ] {
        assert!(all.contains(shape), "{shape}");
    }
}
