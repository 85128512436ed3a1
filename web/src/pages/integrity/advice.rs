//! What to do about a state.

use orgtrail_shared::proof::CellState;

/// The next step for a reader who has never seen the state before.
pub(super) fn next_step(state: CellState) -> &'static str {
    match state {
        CellState::NotExpected => {
            "Nothing. The account was not a member, the trail did not exist yet, or its stop is on record."
        }
        CellState::Proven => "Nothing. Every log file is there, and is what was delivered.",
        CellState::Pending => {
            "Wait. A digest arrives about an hour after the hour that it covers; if it does not, the cell turns into missing."
        }
        CellState::Unknown => {
            "Find out whether a trail covered the account then: look at the account's membership and at CreateTrail and DeleteTrail events."
        }
        CellState::Restarted => {
            "Search for StopLogging, StartLogging, DeleteTrail and CreateTrail at that time. If nobody stopped the trail, digests were removed: treat the time before as missing."
        }
        CellState::Gap => {
            "Search for StopLogging and UpdateTrail before the gap. Events of that time may exist without proof; ask AWS Support for the account's Event history while it lasts."
        }
        CellState::Unexpected => {
            "No digest lists the file: it may have been put there by hand. Don't rely on its events; find out who may write to the bucket."
        }
        CellState::Changed => {
            "The object that was collected first is kept in the archive. Compare both, and find out who replaced it: search for PutObject and CopyObject on its key."
        }
        CellState::Missing => {
            "Look for the file in the source bucket's versions and replicas and collect it again; find out who removed it: search for DeleteObject and lifecycle changes."
        }
        CellState::Tampered => {
            "Keep everything as it is. The record differs from what was delivered or signed: find out who may write to the bucket, and take evidence before anything expires."
        }
    }
}
