use super::*;
use orgtrail_shared::time::parse_time;
use proptest::prelude::*;

const KEY: &str = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/\
    111122223333_CloudTrail_us-east-1_20260302T0100Z_aaaaaaaaaaaaaaaa.json.gz";

fn at(text: &str) -> DateTime<Utc> {
    parse_time(text).unwrap()
}

fn listed(key: &str, etag: &str, size: u64) -> ListedContent {
    ListedContent {
        key: key.to_owned(),
        etag: Some(etag.to_owned()),
        size: Some(size),
        last_modified: Some(at("2026-03-02T01:00:00Z")),
    }
}

fn known(etag: &str, size: u64) -> KnownContent {
    KnownContent {
        bucket: "logs".to_owned(),
        key: KEY.to_owned(),
        etag: etag.to_owned(),
        size,
        last_modified: Some(at("2026-03-02T01:00:00Z")),
        delivered_at: Some(at("2026-03-02T01:00:00Z")),
        collected_at: at("2026-03-02T01:00:10Z"),
        quarantine: None,
    }
}

#[test]
fn an_object_is_what_key_etag_and_size_say() {
    let rows = [known("a", 1), known("b", 2)];
    for (object, expected) in [
        (listed(KEY, "a", 1), Judgement::Known(0)),
        (listed(KEY, "b", 2), Judgement::Known(1)),
        (listed(KEY, "a", 2), Judgement::Missing { is_change: true }),
        (listed(KEY, "c", 1), Judgement::Missing { is_change: true }),
        (ListedContent { etag: None, ..listed(KEY, "", 2) }, Judgement::Known(1)),
    ] {
        assert_eq!(judge(&object, &[&rows[0], &rows[1]]), expected, "{object:?}");
    }
    for (key, size, expected) in [
        (KEY, 1, Judgement::Missing { is_change: false }),
        ("AWSLogs/111122223333/CloudTrail/", 0, Judgement::FolderMarker),
        ("AWSLogs/111122223333/CloudTrail", 0, Judgement::FolderMarker),
        ("notes.txt", 5, Judgement::Foreign),
    ] {
        assert_eq!(judge(&listed(key, "a", size), &[]), expected, "{key}");
    }
}

#[test]
fn of_equal_contents_the_one_of_the_listed_time_is_current() {
    let mut first = known("a", 1);
    first.last_modified = Some(at("2026-03-01T00:00:00Z"));
    let second = known("a", 1);
    assert_eq!(judge(&listed(KEY, "a", 1), &[&second, &first]), Judgement::Known(0));
    assert_eq!(judge(&listed(KEY, "a", 1), &[&first, &second]), Judgement::Known(1));
    // Copied onto itself since: the content is the same, so nothing is missing.
    assert_eq!(judge(&listed(KEY, "a", 1), &[&first]), Judgement::Known(0));
}

#[test]
fn what_a_listing_lacks_is_gone_unless_it_could_not_know() {
    let began = Horizon::Listing(at("2026-03-03"));
    let inventory = Horizon::Inventory(at("2026-03-02T00:30:00Z"));
    let row = known("a", 1);
    let place = ("logs", "");
    for (horizon, has_key, is_listed, expected) in [
        (began, true, true, Presence::Current),
        (began, true, false, Presence::Earlier),
        (began, false, false, Presence::Gone),
        (Horizon::Listing(at("2026-03-02T01:00:05Z")), false, false, Presence::Newer),
        (inventory, false, false, Presence::Newer),
        (Horizon::Inventory(at("2026-03-02T02:00:00Z")), false, false, Presence::Gone),
    ] {
        let found = presence(&row, place, has_key, is_listed, horizon);
        assert_eq!(found, expected, "{horizon:?} {has_key} {is_listed}");
    }
    assert_eq!(presence(&row, ("other", ""), true, true, began), Presence::Elsewhere);
    assert_eq!(presence(&row, ("logs", "team/"), true, true, began), Presence::Elsewhere);
}

#[test]
fn foreign_objects_are_counted_by_what_delivers_them() {
    for (base, key, folder) in [
        ("", "notes.txt", "(no folder)"),
        ("", "backup/2026/notes.txt", "backup/"),
        ("team/", "team/AWSLogs/111122223333/Config/us-east-1/x.json", "AWSLogs/…/Config/"),
        (
            "",
            "AWSLogs/o-exampleorg1/111122223333/elasticloadbalancing/x",
            "AWSLogs/…/elasticloadbalancing/",
        ),
        ("", "AWSLogs/x.txt", "AWSLogs/"),
    ] {
        assert_eq!(folder_of(base, key), folder, "{key}");
    }
}

proptest! {
    /// Every listed object and every content in the index is counted in exactly one class, whatever they are.
    #[test]
    fn counts_add_up(
        objects in proptest::collection::vec((prop_oneof![Just(KEY), Just("a/"), Just("b")], "[ab]", 0u64..3), 0..20),
        rows in proptest::collection::vec(("[ab]", 0u64..3, any::<bool>()), 0..4),
    ) {
        let rows: Vec<KnownContent> = rows.into_iter().map(|(etag, size, is_bad)| KnownContent {
            quarantine: is_bad.then(|| "unreadable".to_owned()), ..known(&etag, size)
        }).collect();
        let rows: Vec<&KnownContent> = rows.iter().collect();
        let (mut listing, mut index, mut missing) = (ListingCounts::default(), IndexCounts::default(), 0);
        for (key, etag, size) in &objects {
            let object = listed(key, etag, *size);
            let under_key: &[&KnownContent] = if *key == KEY { &rows } else { &[] };
            let judgement = count_listed(&mut listing, "", &object, under_key);
            missing += u64::from(matches!(judgement, Judgement::Missing { .. }));
            for (place, row) in under_key.iter().enumerate() {
                let is_listed = judgement == Judgement::Known(place);
                let found = presence(row, ("logs", ""), true, is_listed, Horizon::Listing(at("2026-03-03")));
                count_known(&mut index, row, found);
            }
        }
        prop_assert_eq!(listing.listed, objects.len() as u64);
        prop_assert_eq!(listing.listed, listing.accounted() + missing);
        prop_assert_eq!(index.contents, index.accounted());
        prop_assert_eq!(index.current, listing.indexed + listing.quarantined);
    }
}
