//! The rules of the sample as a whole.

mod chains;
mod records;
mod slices;
mod stories;

use super::*;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A sample with everything that it has delivered until its anchor.
pub(crate) struct World {
    pub(crate) sample: Sample,
    pub(crate) objects: Vec<SampleObject>,
    /// The uncompressed text of each object, by key.
    pub(crate) texts: BTreeMap<String, String>,
}

static KEY: LazyLock<Vec<u8>> = LazyLock::new(|| generate_key().unwrap());

/// A shorter history with less activity, and all stories.
static WORLD: LazyLock<World> =
    LazyLock::new(|| World::new(SampleOptions { history_days: 9, scale_percent: 15 }));

impl World {
    fn new(options: SampleOptions) -> Self {
        let sample = sample(options);
        let mut objects = Vec::new();
        sample.deliver(&mut DeliveryState::default(), anchor(), &mut |object| objects.push(object));
        let texts =
            objects.iter().map(|object| (object.key.clone(), inflate(&object.body))).collect();
        Self { sample, objects, texts }
    }

    /// All records with the key of their file.
    fn records(&self) -> Vec<(&str, Value)> {
        let mut records = Vec::new();
        for (key, text) in self.texts.iter().filter(|(key, _)| key.contains("/CloudTrail/")) {
            let Value::Object(mut file) = serde_json::from_str(text).unwrap() else {
                panic!("{key}")
            };
            let Some(Value::Array(list)) = file.remove("Records") else { panic!("{key}") };
            records.extend(list.into_iter().map(|record| (key.as_str(), record)));
        }
        records
    }
}

fn anchor() -> DateTime<Utc> {
    "2026-11-20T15:42:10Z".parse().unwrap()
}

fn sample(options: SampleOptions) -> Sample {
    Sample::with_options(7, anchor(), &KEY, options).unwrap()
}

fn inflate(body: &[u8]) -> String {
    let size = u32::from_le_bytes(body[body.len() - 4..].try_into().unwrap());
    let mut bytes = vec![0; usize::try_from(size).unwrap()];
    let mut inflater = libdeflater::Decompressor::new();
    assert_eq!(inflater.gzip_decompress(body, &mut bytes).unwrap(), bytes.len());
    String::from_utf8(bytes).unwrap()
}

#[test]
fn the_organization_passes_its_own_check() {
    let organization = WORLD.sample.organization();
    organization.check().unwrap();
    assert_eq!(organization.accounts.len(), 15);
    let mut deepest = 0;
    for account in &organization.accounts {
        let (mut depth, mut unit) = (0, account.unit.as_ref());
        while let Some(id) = unit {
            unit = organization.units.iter().find(|entry| entry.id == *id).unwrap().parent.as_ref();
            depth += usize::from(unit.is_some());
        }
        deepest = deepest.max(depth);
    }
    assert_eq!(deepest, 3);
}

#[test]
fn a_sample_can_be_shared_between_threads() {
    fn takes<T: Send + Sync>(_: &T) {}
    takes(&WORLD.sample);
}

#[test]
fn a_key_that_is_none_is_refused() {
    let refused = Sample::new(7, anchor(), b"no key");
    assert_eq!(refused.err(), Some(SampleError::Key));
}

#[test]
fn those_who_sign_in_belong_to_the_organization() {
    let organization = WORLD.sample.organization();
    let mut roles = Vec::new();
    for user in WORLD.sample.sign_ins() {
        assert!(organization.accounts.iter().any(|account| account.id == user.account), "{user:?}");
        roles.push(user.role);
    }
    assert!(Role::ALL.iter().all(|role| roles.contains(role)));
    let kind = organization.kind(&WORLD.sample.sign_ins()[1].account);
    assert_eq!(kind, orgtrail_shared::organization::AccountKind::DelegatedAdministrator);
}

#[test]
fn the_sample_is_as_large_as_promised() {
    let sample = Sample::new(7, anchor(), &KEY).unwrap();
    let (began_at, ends_at) = (sample.planner.moments.began_at, sample.planner.anchor);
    let (mut files, mut events) = (0, 0);
    for chain in &sample.chains {
        for hour in (began_at..ends_at - time::HOUR).step_by(3600) {
            let plan = sample.planner.plan(chain, hour);
            files += plan.files.len();
            events += plan.files.iter().map(|file| file.events.len()).sum::<usize>();
        }
    }
    assert!((110_000..=135_000).contains(&events), "{events} events");
    assert!((2_500..=4_000).contains(&files), "{files} files");
}
