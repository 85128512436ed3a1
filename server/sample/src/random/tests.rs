use super::*;

#[test]
fn the_same_seed_gives_the_same_numbers() {
    let numbers = |parts: &[u64]| {
        let mut random = Random::new(parts);
        [random.next(), random.next(), random.next()]
    };
    assert_eq!(numbers(&[1, 2]), numbers(&[1, 2]));
    assert_ne!(numbers(&[1, 2]), numbers(&[2, 1]));
    assert_ne!(numbers(&[1, 2]), numbers(&[1]));
}

#[test]
fn numbers_stay_below_their_bound_and_reach_it() {
    let mut random = Random::new(&[7]);
    let drawn: Vec<u64> = (0..1000).map(|_| random.between(3, 5)).collect();
    assert!(drawn.iter().all(|number| (3..=5).contains(number)));
    assert!((3..=5).all(|number| drawn.contains(&number)));
    assert_eq!(random.below(0), 0);
}

#[test]
fn a_uuid_has_version_and_variant() {
    let mut random = Random::new(&[7]);
    for _ in 0..100 {
        let mut text = String::new();
        random.uuid(&mut text);
        assert_eq!(text.len(), 36, "{text}");
        assert_eq!(&text[14..15], "4", "{text}");
        assert!("89ab".contains(&text[19..20]), "{text}");
    }
}
