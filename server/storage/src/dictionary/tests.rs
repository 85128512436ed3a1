//! One id per text, for everybody and for good.
#![cfg(feature = "testing")]

use super::{Dictionary, PrincipalTerm, Term, TermField};
use crate::acted;
use crate::testing::{World, world};
use sqlx::PgPool;

#[tokio::test]
async fn the_same_text_has_the_same_id_in_every_process() {
    let world = world().await;
    let terms = [term("one", ""), term("two", ""), term("one", ""), term("one", "detail")];
    let first = ids(&world, &terms).await;
    assert_eq!(first[0], first[2]);
    assert_eq!(first.iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
    assert_eq!(ids(&world, &terms).await, first);
    let remembering = Dictionary::default();
    for _ in 0..2 {
        assert_eq!(remembering.terms(world.database.worker(), &terms).await.unwrap(), first);
    }
}

#[tokio::test]
async fn concurrent_writers_of_the_same_texts_agree() {
    let world = world().await;
    let sorted: Vec<Term> = (0..200).map(|number| term(&format!("text {number}"), "")).collect();
    let reversed: Vec<Term> = sorted.iter().rev().cloned().collect();
    let work = (0..8).map(|writer| ids(&world, if writer % 2 == 0 { &sorted } else { &reversed }));
    let mut found = futures::future::join_all(work).await;
    found.iter_mut().skip(1).step_by(2).for_each(|ids| ids.reverse());
    assert!(found.iter().all(|ids| *ids == found[0]));
    assert_eq!(count(&world.owner, "select count(*) from term").await, 200);
}

#[tokio::test]
async fn an_empty_text_is_zero_and_is_not_kept() {
    let world = world().await;
    let found = ids(&world, &[term("", ""), term("", "source only")]).await;
    assert_eq!(found[0], 0);
    assert_ne!(found[1], 0);
    assert_eq!(count(&world.owner, "select count(*) from term").await, 1);
}

#[tokio::test]
async fn the_field_is_part_of_the_text() {
    let world = world().await;
    let agent = Term { field: TermField::Agent, ..term("same", "") };
    let found = ids(&world, &[term("same", ""), agent]).await;
    assert_ne!(found[0], found[1]);
}

#[tokio::test]
async fn long_and_odd_texts_are_kept_and_told_apart() {
    let world = world().await;
    let long = "ä".repeat(150 << 10); // 300 KB
    let texts = [
        long.clone(),
        format!("{long}!"),
        "zero\0inside".to_owned(),
        "zeroinside".to_owned(),
        "\0".to_owned(),
        "\u{10ffff}\u{feff}\r\n\t".to_owned(),
        "' \" \\ %_".to_owned(),
    ];
    let terms: Vec<Term> = texts.iter().map(|text| term(text, text)).collect();
    let found = ids(&world, &terms).await;
    assert_eq!(found.iter().collect::<std::collections::BTreeSet<_>>().len(), texts.len());
    assert_eq!(ids(&world, &terms).await, found);
    let lengths: Vec<i32> = sqlx::query_scalar(
        "select length(value) from unnest($1::int[]) with ordinality w (id, place) join term on term_id = id order by place",
    )
    .bind(&found)
    .fetch_all(&world.owner)
    .await
    .unwrap();
    assert_eq!(lengths, [2048, 2048, 11, 10, 1, 5, 8]);
}

#[tokio::test]
async fn principals_take_long_and_odd_texts_too() {
    let world = world().await;
    let principal = |text: &str| PrincipalTerm {
        kind: text.to_owned(),
        arn: text.to_owned(),
        account: text.to_owned(),
        name: text.to_owned(),
    };
    let principals = [principal(&"ä".repeat(150 << 10)), principal("zero\0"), principal("")];
    let pool = world.database.worker();
    let first = Dictionary::default().principals(pool, &principals).await.unwrap();
    assert_eq!(Dictionary::default().principals(pool, &principals).await.unwrap(), first);
    assert_eq!(first.iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
}

#[tokio::test]
async fn an_address_is_kept_as_one_and_another_text_is_not() {
    let world = world().await;
    let ip =
        |text: &str| Term { field: TermField::Ip, value: text.to_owned(), detail: String::new() };
    let terms =
        ["198.51.100.7", "2001:DB8::1", "ec2.amazonaws.com", "1.2.3.4/24", "::ffff:1.2.3.4"]
            .map(ip);
    let found = ids(&world, &terms).await;
    let addresses: Vec<Option<String>> = sqlx::query_scalar(
        "select host(address) from unnest($1::int[]) with ordinality w (id, place) join term on term_id = id order by place",
    )
    .bind(&found)
    .fetch_all(&world.owner)
    .await
    .unwrap();
    let addresses: Vec<Option<&str>> = addresses.iter().map(Option::as_deref).collect();
    assert_eq!(
        addresses,
        [Some("198.51.100.7"), Some("2001:db8::1"), None, None, Some("::ffff:1.2.3.4")]
    );
}

#[tokio::test]
async fn accounts_are_numbered_per_organization() {
    let world = world().await;
    let pool = world.database.worker();
    let number =
        ["999999999999", &"9".repeat(1000), "odd\0", "999999999999\0", ""].map(str::to_owned);
    let id = "o-bbbbbbbbbb".parse().unwrap();
    let origin = crate::organizations::Origin::Local;
    let other =
        acted!(world.database, ensure_organization(&id, "", origin, crate::testing::NOON)).unwrap();
    let here = world.dictionary.accounts(pool, world.organization_id, &number).await.unwrap();
    let there = world.dictionary.accounts(pool, other, &number).await.unwrap();
    assert!(here.iter().all(|id| !there.contains(id)));
    // Nothing that a record can write makes it another account's.
    assert_eq!(here.iter().collect::<std::collections::BTreeSet<_>>().len(), number.len());
    assert_eq!(Dictionary::default().accounts(pool, other, &number).await.unwrap(), there);
}

fn term(value: &str, detail: &str) -> Term {
    Term { field: TermField::Name, value: value.to_owned(), detail: detail.to_owned() }
}

/// The ids as a fresh process finds them.
async fn ids(world: &World, terms: &[Term]) -> Vec<i32> {
    Dictionary::default().terms(world.database.worker(), terms).await.unwrap()
}

async fn count(pool: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}
