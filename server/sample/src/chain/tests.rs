use super::*;
use crate::time::SLOT;

const MOMENTS: Interruptions = Interruptions {
    began_at: 1_760_000_000 - 1_760_000_000 % 86_400,
    joined_at: 1_760_000_000 - 1_760_000_000 % 86_400 + 100_000,
    stopped_at: 1_760_000_000 - 1_760_000_000 % 86_400 + 200_042,
    restarted_at: 1_760_000_000 - 1_760_000_000 % 86_400 + 204_310,
};

#[test]
fn windows_touch_each_other_except_at_the_stop() {
    for chain in chains(7, MOMENTS) {
        let windows = chain.windows(0, MOMENTS.began_at + 5 * 86_400);
        let breaks: Vec<_> =
            windows.windows(2).filter(|pair| pair[0].end != pair[1].start).collect();
        let [gap] = breaks[..] else { panic!("{}: {breaks:?}", chain.name()) };
        assert!(gap[0].end > MOMENTS.stopped_at && gap[1].start == MOMENTS.restarted_at);
        assert_eq!(windows.iter().filter(|window| window.is_starting).count(), 2);
        assert!(windows.iter().all(|window| window.end - window.start <= HOUR));
        assert!(windows.iter().all(|window| window.start < window.end && window.end % SLOT != 0));
    }
}

#[test]
fn windows_do_not_depend_on_where_the_time_is_cut() {
    for chain in chains(7, MOMENTS) {
        let end = MOMENTS.began_at + 3 * 86_400;
        let whole = chain.windows(0, end);
        let cuts: Vec<Window> = (MOMENTS.began_at - SLOT..end)
            .step_by(SLOT.unsigned_abs().try_into().unwrap())
            .flat_map(|from| chain.windows(from, from + SLOT))
            .collect();
        assert_eq!(whole, cuts, "{}", chain.name());
    }
}

#[test]
fn every_logged_second_lies_in_a_window() {
    for chain in chains(7, MOMENTS) {
        for time in (MOMENTS.joined_at..MOMENTS.joined_at + 2 * 86_400).step_by(601) {
            let window = chain.window_at(time);
            assert!(!chain.logs(time) || window.is_some(), "{} at {time}", chain.name());
            assert!(window.is_none_or(|window| window.start <= time && time < window.end));
        }
    }
}
