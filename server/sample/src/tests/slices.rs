use super::*;
use proptest::prelude::*;

const SMALL: SampleOptions = SampleOptions { history_days: 3, scale_percent: 5 };

static WHOLE: LazyLock<World> = LazyLock::new(|| World::new(SMALL));

fn deliver_in_slices(cuts: &[i64]) -> Vec<SampleObject> {
    let sample = sample(SMALL);
    let mut state = DeliveryState::default();
    let mut objects = Vec::new();
    let mut untils: Vec<_> = cuts
        .iter()
        .map(|seconds| sample.history_start() + TimeDelta::seconds(*seconds))
        .filter(|until| *until < anchor())
        .collect();
    untils.sort_unstable();
    untils.push(anchor());
    for until in untils {
        sample.deliver(&mut state, until, &mut |object| objects.push(object));
        // The state survives being written down.
        state = serde_json::from_str(&serde_json::to_string(&state).unwrap()).unwrap();
    }
    objects
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]
    /// A server that stops and starts at any time delivers the same objects as one that doesn't.
    #[test]
    fn the_objects_do_not_depend_on_the_cuts(cuts in prop::collection::vec(0_i64..345_000, 0..9)) {
        prop_assert!(deliver_in_slices(&cuts) == WHOLE.objects, "{cuts:?}");
    }
}

#[test]
fn objects_come_oldest_first_and_not_after_the_slot() {
    let times: Vec<_> = WORLD.objects.iter().map(|object| object.delivered_at).collect();
    assert!(times.is_sorted());
    assert!(times.iter().all(|time| time.timestamp() % time::SLOT == 0 && *time <= anchor()));
    assert!(times.iter().all(|time| *time > WORLD.sample.history_start()));
}

#[test]
fn a_call_without_a_new_slot_delivers_nothing() {
    let sample = sample(SMALL);
    let mut state = DeliveryState::default();
    sample.deliver(&mut state, anchor(), &mut |_| ());
    let before = state.clone();
    sample.deliver(&mut state, anchor() + TimeDelta::seconds(100), &mut |object| {
        panic!("{}", object.key)
    });
    sample.deliver(&mut state, sample.history_start(), &mut |object| panic!("{}", object.key));
    assert_eq!(state, before);
}

#[test]
fn activity_goes_on_after_the_anchor() {
    let sample = sample(SampleOptions::default());
    // A state without a past makes the sample begin where the state says.
    let mut state: DeliveryState =
        DeliveryState { delivered_until: Some(anchor()), ..Default::default() };
    let mut slots = std::collections::BTreeSet::new();
    let mut events = 0;
    sample.deliver(&mut state, anchor() + TimeDelta::hours(3), &mut |object| {
        if object.event_count > 0 {
            slots.insert(object.delivered_at);
        }
        events += object.event_count;
    });
    assert!(slots.len() >= 25 && events > 500, "{} slots, {events} events", slots.len());
}

#[test]
fn another_seed_is_another_sample() {
    let other = Sample::with_options(8, anchor(), &KEY, SMALL).unwrap();
    let mut keys = Vec::new();
    other.deliver(&mut DeliveryState::default(), anchor(), &mut |object| keys.push(object.key));
    let logs = |keys: &[String]| keys.iter().filter(|key| key.contains("/CloudTrail/")).count();
    assert!(logs(&keys) > 0);
    assert!(
        WHOLE
            .objects
            .iter()
            .all(|object| !object.key.contains("/CloudTrail/") || !keys.contains(&object.key))
    );
}
