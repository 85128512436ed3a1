//! Something is there and is not as it was delivered.

use super::world::{World, check, check_digest, check_file, check_reason, file, hour, minutes};
use crate::digest::testing::{BUCKET, Signer};
use orgtrail_shared::proof::FileVerdict;

#[test]
fn an_intact_chain_is_proven() {
    let verdict = check(&World::intact(6), "✓✓✓✓✓✓");
    assert!(verdict.is_proven());
    assert_eq!(verdict.intervals.len(), 1);
    assert_eq!(verdict.files.len(), 12);
    assert_eq!(verdict.files[5].digest_id, Some(2));
}

#[test]
fn an_altered_file_spoils_its_digests_hour() {
    let altered = World::intact(6).with(|world| world.file_mut(4).sha256 = Some([9; 32]));
    let verdict = check(&altered, "✓✓!✓✓✓");
    check_file(&verdict, 4, FileVerdict::HashDiffers);
    check_file(&verdict, 5, FileVerdict::Verified);
    check_reason(&verdict, 2, "was altered: its hash is not the one");
    let unreadable = World::intact(6).with(|world| world.file_mut(4).sha256 = None);
    check_file(&check(&unreadable, "✓✓!✓✓✓"), 4, FileVerdict::HashDiffers);
}

#[test]
fn an_altered_digest_spoils_its_own_hour_only() {
    let altered = World::intact(6).with(|world| {
        let text = String::from_utf8(world.stored[2].bytes.clone()).unwrap();
        world.stored[2].bytes = text.replace("T1311Z", "T1312Z").into_bytes();
    });
    let verdict = check(&altered, "✓✓!✓✓✓");
    check_digest(&verdict, 2, "the signature does not fit");
    check_digest(&verdict, 2, "the next digest proves that this one was altered");
    check_file(&verdict, 5, FileVerdict::DigestInvalid);
    check_file(&verdict, 6, FileVerdict::Verified);
    let unreadable = World::intact(6).with(|world| world.stored[2].bytes.truncate(99));
    let verdict = check(&unreadable, "✓✓!✓✓✓");
    check_file(&verdict, 4, FileVerdict::DigestInvalid);
    check_digest(&verdict, 2, "can't be read as a digest");
}

#[test]
fn a_bad_signature_proves_nothing() {
    let spoiled = World::intact(6).with(|world| {
        world.stored[2].signature = world.stored[3].signature.clone();
    });
    let verdict = check(&spoiled, "✓✓!✓✓✓");
    check_digest(&verdict, 2, "the signature does not fit");
    check_file(&verdict, 4, FileVerdict::DigestInvalid);
    let newest = World::intact(6).with(|world| world.stored[5].signature = None);
    check(&newest, "✓✓✓✓✓!");
}

#[test]
fn a_key_that_is_not_known_proves_nothing_and_accuses_nobody() {
    let rotated = |index, made: &mut super::world::Hour| {
        made.signer = if index < 3 { Signer::First } else { Signer::Second };
    };
    assert!(check(&World::made(6, rotated), "✓✓✓✓✓✓").is_proven());
    let unknown = World::made(6, rotated).with(|world| world.keys.truncate(1));
    let verdict = check(&unknown, "✓✓✓???");
    check_file(&verdict, 6, FileVerdict::DigestInvalid);
    check_reason(&verdict, 3, "is not known here");
    let forged = World::intact(6).with(|world| {
        world.keys.truncate(1);
        world.stored[2] = world.stored[2].rewritten(Signer::Second, |_| ());
    });
    check(&forged, "✓✓!✓✓✓");
}

#[test]
fn a_moved_digest_is_not_where_it_belongs() {
    let moved = World::intact(6).with(|world| world.stored[2].bucket = "elsewhere".to_owned());
    let verdict = check(&moved, "✓✓!✓✓✓");
    check_digest(&verdict, 2, "was moved or copied");
    assert_eq!(verdict.to_fetch.len(), 1);
}

#[test]
fn a_wrong_hash_link_spoils_both_ends() {
    let wrong = World::made(6, |index, made| {
        if index == 3 {
            made.rewrite = Some(|json| json["previousDigestHashValue"] = "ab".repeat(32).into());
        }
    });
    let verdict = check(&wrong, "✓✓!!✓✓");
    check_digest(&verdict, 3, "the previous digest has another hash than this one says");
    check_digest(&verdict, 2, "the next digest says another hash for this one");
    check_file(&verdict, 4, FileVerdict::DigestInvalid);
}

#[test]
fn a_wrong_signature_link_spoils_both_ends() {
    let wrong = World::made(6, |index, made| {
        if index == 3 {
            made.rewrite = Some(|json| json["previousDigestSignature"] = "ab".repeat(256).into());
        }
    });
    check_digest(&check(&wrong, "✓✓!!✓✓"), 3, "another signature than this one says");
}

/// Whoever holds the signing key can rewrite an hour, but the next hour remembers it.
#[test]
fn a_digest_that_was_signed_anew_is_contradicted_by_the_next() {
    let rewritten = World::intact(6).with(|world| {
        world.lose_file(4);
        let without =
            |json: &mut serde_json::Value| drop(json["logFiles"].as_array_mut().unwrap().remove(0));
        world.stored[2] = world.stored[2].rewritten(Signer::First, without);
    });
    check(&rewritten, "✓✓!!✓✓");
}

#[test]
fn two_digests_with_one_end_contradict_each_other() {
    let doubled = World::intact(6).with(|world| {
        let mut twin = world.stored[2].clone();
        twin.bucket = "another-bucket".to_owned();
        world.stored.push(twin.rewritten(Signer::First, |json| {
            json["digestS3Bucket"] = "another-bucket".into();
        }));
    });
    let verdict = check(&doubled, "✓✓!✓✓✓");
    check_digest(&verdict, 6, "two digests end at 2026-01-10T14:01:31Z");
    check_digest(&verdict, 2, "two digests end at 2026-01-10T14:01:31Z");
}

#[test]
fn a_digest_that_skips_the_one_before_it_contradicts_it() {
    let skipping = World::intact(6).with(|world| {
        let (first, second) = (world.stored[1].clone(), world.stored[2].clone());
        world.stored[3] = world.stored[3].rewritten(Signer::First, |json| {
            json["previousDigestS3Object"] = first.key.clone().into();
            json["previousDigestHashValue"] = hex::encode(first.sha256()).into();
            json["previousDigestSignature"] = first.signature.clone().unwrap().into();
        });
        assert_ne!(first.key, second.key);
        world.stored.truncate(4);
        world.files.truncate(8);
        world.now = hour(4);
    });
    check_digest(&check(&skipping, "✓✓!!◔◔"), 2, "does not follow this one");
}

#[test]
fn a_file_that_no_digest_lists_is_unexpected() {
    let injected = World::intact(6).with(|world| world.files.push(file(99, 2, 20)));
    let verdict = check(&injected, "✓✓+✓✓✓");
    check_file(&verdict, 99, FileVerdict::NotListed);
    assert_eq!(verdict.files[12].digest_id, Some(2));
    check_reason(&verdict, 2, "is not listed in any digest");
    let in_future = World::intact(6).with(|world| world.files.push(file(99, 9, 20)));
    let verdict = check(&in_future, "✓✓✓✓✓+");
    check_file(&verdict, 99, FileVerdict::NotListed);
}

#[test]
fn a_file_at_the_border_may_be_listed_by_either_neighbour() {
    for minute in [-1, 0, 1] {
        let mut world = World::intact(6);
        let late = file(99, 3, minute);
        world.files.push(late.clone());
        world.backfill(hour(6), &[&late]);
        assert!(check(&world, "✓✓✓✓✓✓").is_proven());
    }
    let newest = World::intact(6).with(|world| {
        world.now = hour(6) + minutes(30);
        world.files.push(file(99, 5, 59));
    });
    check_file(&check(&newest, "✓✓✓✓✓◔"), 99, FileVerdict::NoDigestYet);
    let later = newest.with(|world| world.now = hour(10));
    check_file(&check(&later, "✓✓✓✓✓✗"), 99, FileVerdict::NoDigestYet);
    let stopped = World::intact(6).with(|world| {
        world.stop(hour(6), None);
        world.files.push(file(99, 5, 59));
        world.now = hour(7);
    });
    check_file(&check(&stopped, "✓✓✓✓✓+"), 99, FileVerdict::NotListed);
}

#[test]
fn a_replaced_object_is_changed_even_when_the_first_content_is_proven() {
    let replaced = World::intact(6).with(|world| {
        let mut later = world.file_mut(4).clone();
        (later.id, later.sha256, later.is_replacement) = (99, Some([9; 32]), true);
        world.files.push(later);
    });
    let verdict = check(&replaced, "✓✓≠✓✓✓");
    check_file(&verdict, 4, FileVerdict::Verified);
    check_file(&verdict, 99, FileVerdict::ChangedAfterCollection);

    let digest = World::intact(6).with(|world| {
        let mut later = world.stored[2].clone();
        later.bytes.push(b' ');
        world.stored.push(later);
    });
    let verdict = check(&digest, "✓✓≠✓✓✓");
    check_digest(&verdict, 2, "the digest was replaced");
    check_digest(&verdict, 6, "the signature does not fit");
    check_digest(&verdict, 6, "; the digest was replaced");
    check_file(&verdict, 4, FileVerdict::Verified);

    let world = World::intact(6);
    let mut digests = world.digests();
    digests[2].is_replaced = true;
    assert_eq!(world.glyphs(&world.verdict_on(&digests)), "✓✓≠✓✓✓");
}

#[test]
fn a_digest_that_another_source_brought_twice_is_one_digest() {
    let twice = World::intact(6).with(|world| world.stored.push(world.stored[2].clone()));
    let verdict = check(&twice, "✓✓✓✓✓✓");
    assert!(verdict.is_proven());
    assert_eq!(verdict.digests.len(), 7);
}

#[test]
fn two_digests_that_list_a_file_differently_prove_nothing() {
    let mut world = World::intact(6);
    let mut other = world.file_mut(4).clone();
    other.sha256 = Some([9; 32]);
    world.backfill(hour(6), &[&other]);
    check_file(&check(&world, "✓✓!✓✓✓"), 4, FileVerdict::HashDiffers);
    assert_eq!(other.bucket, BUCKET);
}
