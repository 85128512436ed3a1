//! Segments equal their rows, whatever is asked of them, and no bytes do harm.

use super::*;
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::{BTreeMap, HashMap};

/// Few different values, so that conditions meet rows, and some far apart.
fn id() -> impl Strategy<Value = i32> {
    prop_oneof![8 => 0_i32..4, 1 => 0_i32..2_000, 1 => any::<i32>()]
}

fn flags() -> impl Strategy<Value = i32> {
    (0_i32..4, 0_i32..4).prop_map(|(remarks, access)| remarks | access << 8)
}

fn time() -> impl Strategy<Value = i32> {
    prop_oneof![8 => 1_000_i32..1_100, 1 => any::<i32>().prop_map(|t| t.min(i32::MAX - 1))]
}

fn rows(count: usize) -> impl Strategy<Value = Vec<SegmentRow>> {
    let row = (time(), 1_i32..5, 0_i32..9, vec(id(), Column::COUNT - 1), flags());
    let row = row.prop_map(|(t, object_id, ordinal, ids, flags)| {
        let mut all = [flags; Column::COUNT];
        all[..Column::COUNT - 1].copy_from_slice(&ids);
        SegmentRow { t, object_id, ordinal, ids: all }
    });
    // A record has one place: what is drawn twice is left out.
    vec(row, 0..count).prop_map(|mut rows| {
        rows.sort_by_key(|row| std::cmp::Reverse(row.place()));
        rows.dedup_by_key(|row| row.place());
        rows
    })
}

const COLUMNS: [Column; Column::COUNT] = [
    Column::Name,
    Column::Region,
    Column::Principal,
    Column::Session,
    Column::Ip,
    Column::Agent,
    Column::Error,
    Column::Kind,
    Column::Flags,
];

fn condition() -> impl Strategy<Value = Condition> {
    let column = || prop::sample::select(COLUMNS.as_slice());
    let one = prop_oneof![
        vec(1_i32..4, 0..3).prop_map(|ids| Condition::Accounts(ids.into())),
        vec(0_i32..6, 0..4).prop_map(|ids| Condition::Files(ids.into())),
        (column(), vec(id(), 0..4)).prop_map(|(column, ids)| Condition::Ids(column, ids.into())),
        column().prop_map(Condition::HasId),
        (prop::sample::select(vec![3 << 8, 1, 7]), flags())
            .prop_map(|(mask, value)| Condition::Flags { mask, value: value & mask }),
        flags().prop_map(Condition::AnyFlag),
        (prop::option::of(time()), prop::option::of(time()))
            .prop_map(|(from, to)| Condition::Time(from, to)),
    ];
    one.prop_recursive(2, 6, 3, |inner| vec(inner, 0..3).prop_map(Condition::Any))
}

fn conjuncts() -> impl Strategy<Value = Vec<Conjunct>> {
    let one = (any::<bool>(), condition())
        .prop_map(|(is_negated, condition)| Conjunct { is_negated, condition });
    vec(one, 0..3)
}

/// The slow and obvious meaning of a condition.
fn holds(account_id: i32, row: &SegmentRow, condition: &Condition) -> bool {
    let flags = row.id(Column::Flags);
    match condition {
        Condition::Accounts(ids) => ids.contains(account_id),
        Condition::Files(ids) => ids.contains(row.object_id),
        Condition::Ids(column, ids) => ids.contains(row.id(*column)),
        Condition::HasId(column) => row.id(*column) != 0,
        Condition::Flags { mask, value } => flags & mask == *value,
        Condition::AnyFlag(mask) => flags & mask != 0,
        Condition::Time(from, to) => {
            from.is_none_or(|from| row.t >= from) && to.is_none_or(|to| row.t < to)
        }
        Condition::Any(any) => any.iter().any(|one| holds(account_id, row, one)),
    }
}

fn naive(rows: &[SegmentRow], (from, to): (i32, i32), conjuncts: &[Conjunct]) -> Vec<SegmentRow> {
    let is_selected = |row: &&SegmentRow| {
        (from..to).contains(&row.t)
            && conjuncts.iter().all(|one| holds(1, row, &one.condition) != one.is_negated)
    };
    rows.iter().filter(is_selected).copied().collect()
}

fn one(rows: &[SegmentRow]) -> Segment {
    Segment::from_rows(1, rows.to_vec()).pop().unwrap_or_else(|| Segment::from_sorted(1, &[]))
}

fn all_rows(segments: &[Segment]) -> Vec<SegmentRow> {
    segments.iter().flat_map(Segment::rows).collect()
}

proptest! {
    #[test]
    fn a_segment_comes_back_from_its_bytes(rows in rows(600)) {
        let segment = one(&rows);
        prop_assert_eq!(all_rows(std::slice::from_ref(&segment)), rows);
        prop_assert_eq!(Segment::decode(&segment.encode()), Ok(segment));
    }

    #[test]
    fn an_altered_byte_is_refused_or_changes_nothing(
        rows in rows(60), place in any::<prop::sample::Index>(), xor in 1_u8..,
    ) {
        let segment = one(&rows);
        let mut bytes = segment.encode();
        let place = place.index(bytes.len());
        bytes[place] ^= xor;
        // The format of zstd has a bit without a meaning.
        prop_assert!(Segment::decode(&bytes).is_err() || Segment::decode(&bytes) == Ok(segment));
    }

    #[test]
    fn a_cut_segment_is_refused(rows in rows(60), place in any::<prop::sample::Index>()) {
        let bytes = one(&rows).encode();
        prop_assert!(Segment::decode(&bytes[..place.index(bytes.len())]).is_err());
    }

    /// What lies under the checksum is checked, too: whoever could write it must not stop the server.
    #[test]
    fn hostile_columns_are_refused_or_in_order(
        rows in rows(20), changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        noise in vec(any::<u8>(), 0..40),
    ) {
        let mut raw = one(&rows).raw();
        for (place, byte) in changes {
            let place = place.index(raw.len());
            raw[place] = byte;
        }
        for raw in [&raw, &noise] {
            if let Ok(segment) = Segment::decode(&codec::seal(raw)) {
                let rows = all_rows(std::slice::from_ref(&segment));
                prop_assert!(rows.is_sorted_by(|one, next| one.place() > next.place()));
                prop_assert_eq!(segment.select(i32::MIN, i32::MAX, &[]).count() <= rows.len() as u64, true);
            }
        }
    }

    #[test]
    fn merging_keeps_every_row_once(rows in rows(90), cuts in vec(0_usize..3, 90)) {
        let mut parts: [Vec<SegmentRow>; 3] = Default::default();
        for (row, part) in rows.iter().zip(&cuts) {
            parts[*part].push(*row);
        }
        let mut segments: Vec<Segment> =
            parts.iter().flat_map(|rows| Segment::from_rows(1, rows.clone())).collect();
        prop_assert_eq!(all_rows(&Segment::merge(1, &segments).unwrap()), rows.clone());
        prop_assert!(segments.is_empty() || Segment::merge(2, &segments).is_none());
        segments.extend(segments.clone());
        prop_assert_eq!(all_rows(&Segment::merge(1, &segments).unwrap()), rows);
    }

    #[test]
    fn conditions_mean_the_same_as_row_by_row(
        rows in rows(90), from in time(), to in time(), conjuncts in conjuncts(),
    ) {
        let segment = one(&rows);
        let selection = segment.select(from, to, &conjuncts);
        let found = segment.page(&selection, None, usize::MAX);
        let found: Vec<SegmentRow> = found.into_iter().map(|row| segment.row(row)).collect();
        let wanted = naive(&rows, (from, to), &conjuncts);
        prop_assert_eq!(selection.count(), wanted.len() as u64);
        prop_assert_eq!(found, wanted);
    }

    #[test]
    fn bars_count_what_counting_by_hand_does(
        rows in rows(90), conjuncts in conjuncts(), shift in 0_i64..50, step in 1_i32..30,
    ) {
        let range = (1_000, 1_090);
        let segment = one(&rows);
        let mut bars = Bars::new(1_000 - shift, step);
        bars.add(&segment, &segment.select(range.0, range.1, &conjuncts));
        let mut wanted: BTreeMap<i32, Bar> = BTreeMap::new();
        for row in naive(&rows, range, &conjuncts) {
            let number = (i64::from(row.t) - 1_000 + shift) / i64::from(step);
            let bar = wanted.entry(i32::try_from(number).unwrap()).or_default();
            match (row.id(Column::Error), row.id(Column::Flags) >> 8 & 3) {
                (0, 1) => bar.reads += 1,
                (0, _) => bar.writes += 1,
                _ => bar.errors += 1,
            }
        }
        prop_assert_eq!(bars.bars().collect::<BTreeMap<_, _>>(), wanted);
    }

    #[test]
    fn facets_count_what_counting_by_hand_does(
        rows in rows(90), conjuncts in conjuncts(), column in prop::sample::select(COLUMNS.as_slice()),
        wanted in 0_usize..5,
    ) {
        let segment = one(&rows);
        let selection = segment.select(i32::MIN, i32::MAX, &conjuncts);
        let (mut tally, mut accounts) = (FacetTally::default(), FacetTally::default());
        tally.add(&segment, &selection, column);
        accounts.add_account(&segment, &selection);
        let mut counts: HashMap<i32, u64> = HashMap::new();
        let selected = naive(&rows, (i32::MIN, i32::MAX), &conjuncts);
        for row in &selected {
            *counts.entry(row.id(column)).or_default() += 1;
        }
        prop_assert_eq!(tally.all().into_iter().collect::<HashMap<_, _>>(), counts.clone());
        prop_assert_eq!(accounts.all().iter().map(|(_, count)| count).sum::<u64>(), selected.len() as u64);
        prop_assert_eq!(tally.distinct(), counts.len());
        // The top holds whatever is at least as frequent as its last value.
        let top = tally.top(wanted);
        prop_assert!(top.len() >= wanted.min(counts.len()));
        let least = top.last().map_or(u64::MAX, |(_, count)| *count);
        prop_assert_eq!(counts.values().filter(|count| **count >= least).count(), top.len());
    }

    #[test]
    fn pages_put_together_are_the_whole(rows in rows(90), conjuncts in conjuncts(), limit in 1_usize..20) {
        let segment = one(&rows);
        let selection = segment.select(i32::MIN, i32::MAX, &conjuncts);
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = segment.page(&selection, after, limit);
            found.extend(page.iter().map(|row| segment.row(*row)));
            if page.len() < limit {
                break;
            }
            after = found.last().map(SegmentRow::place);
        }
        prop_assert_eq!(found, naive(&rows, (i32::MIN, i32::MAX), &conjuncts));
    }
}

/// Dictionaries beyond one and two bytes, and more rows than one segment holds.
#[test]
fn many_rows_with_many_ids_come_back() {
    let count = i32::try_from(ROWS_MAX).unwrap() + 1_000;
    let rows: Vec<SegmentRow> = (0..count)
        .map(|n| {
            let ids = [n, n % 300, n % 70_000, 0, n % 256, n % 257, n % 2, -n, (n % 3) << 8];
            SegmentRow { t: n, object_id: n % 70_001, ordinal: n, ids }
        })
        .collect();
    let segments = Segment::from_rows(7, rows.clone());
    assert_eq!(segments.iter().map(Segment::len).collect::<Vec<_>>(), [ROWS_MAX, 1_000]);
    let decoded: Vec<Segment> =
        segments.iter().map(|segment| Segment::decode(&segment.encode()).unwrap()).collect();
    assert_eq!(decoded, segments);
    assert!(all_rows(&decoded).iter().eq(rows.iter().rev()));
    assert_eq!(decoded[0].account_id(), 7);
    let all = decoded[0].select(i32::MIN, i32::MAX, &[]);
    let mut tally = FacetTally::default();
    for column in COLUMNS {
        tally.add(&decoded[0], &all, column);
    }
    assert_eq!(tally.all().iter().map(|(_, count)| count).sum::<u64>(), 9 * all.count());
}

#[test]
fn bytes_that_would_fill_the_memory_are_refused() {
    let bomb = codec::seal(&vec![0; 40 << 20]);
    assert!(bomb.len() < 20_000);
    assert_eq!(Segment::decode(&bomb), Err(SegmentError::Impossible("length")));
    // A row count that no bytes stand behind.
    let mut raw = one(&[]).raw();
    raw[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(
        Segment::decode(&codec::seal(&raw)),
        Err(SegmentError::Impossible("number of rows"))
    );
    for other in [&b""[..], b"oc\0\x02", b"PAR1"] {
        assert_eq!(Segment::decode(other), Err(SegmentError::UnknownVersion));
    }
}
