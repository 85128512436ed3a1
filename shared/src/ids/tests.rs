use super::*;

#[test]
fn an_account_id_is_twelve_digits_and_keeps_its_zeros() {
    assert_eq!("000000000123".parse::<AccountId>().unwrap().as_str(), "000000000123");
    for text in ["", "12345678901", "1234567890123", "12345678901a", "١٢٣٤٥٦٧٨٩٠١٢"] {
        assert!(text.parse::<AccountId>().is_err(), "{text:?}");
    }
}

#[test]
fn organization_and_unit_ids_follow_the_published_patterns() {
    for (text, valid) in [
        ("o-exampleorg1", true),
        ("o-short", false),
        ("o-EXAMPLEORG1", false),
        ("exampleorg12", false),
    ] {
        assert_eq!(text.parse::<OrganizationId>().is_ok(), valid, "{text:?}");
    }
    for (text, valid) in [
        ("r-ab12", true),
        ("ou-ab12-cd34ef56", true),
        ("ou-ab12", false),
        ("ou-ab12-short", false),
        ("r-", false),
    ] {
        assert_eq!(text.parse::<UnitId>().is_ok(), valid, "{text:?}");
    }
    for (text, valid) in [
        ("p-FullAWSAccess", true),
        ("p-examplepolicyid111", true),
        ("p-short", false),
        ("p-with space1", false),
        ("FullAWSAccess", false),
    ] {
        assert_eq!(text.parse::<PolicyId>().is_ok(), valid, "{text:?}");
    }
}

#[test]
fn an_error_names_the_text_and_what_was_expected() {
    let error = "abc".parse::<AccountId>().unwrap_err();
    assert_eq!(error.to_string(), "`abc` is not an account id of 12 digits");
}

#[test]
fn ids_are_checked_when_they_come_from_the_wire() {
    assert!(serde_json::from_str::<AccountId>("\"111122223333\"").is_ok());
    assert!(serde_json::from_str::<AccountId>("\"1111\"").is_err());
}
