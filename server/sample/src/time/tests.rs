use super::*;

#[test]
fn slots_round_up_and_floor_rounds_down() {
    assert_eq!([slot_at_or_after(0), slot_at_or_after(1), slot_at_or_after(300)], [0, 300, 300]);
    assert_eq!([floor(299, SLOT), floor(300, SLOT)], [0, 300]);
}

#[test]
fn times_are_written_as_records_have_them() {
    let afternoon = 1_763_649_127;
    assert_eq!(iso(afternoon), "2025-11-20T14:32:07Z");
    let mut long = String::new();
    write_long(afternoon, &mut long);
    assert_eq!(long, "Nov 20, 2025, 2:32:07 PM");
    let mut day = String::new();
    write_day(afternoon, '/', &mut day);
    assert_eq!(day, "2025/11/20");
}
