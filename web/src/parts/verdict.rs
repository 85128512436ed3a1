//! States and verdicts: always a glyph and words beside the colour.

use leptos::prelude::*;
use orgtrail_shared::proof::{CellState, FileVerdict};

/// How good or bad something is, as a class of the style sheet.
pub(crate) fn tone_of_state(state: CellState) -> &'static str {
    match state {
        CellState::Proven => "ok",
        CellState::NotExpected | CellState::Pending => "neutral",
        CellState::Unknown | CellState::Restarted | CellState::Gap | CellState::Unexpected => {
            "attention"
        }
        CellState::Changed | CellState::Missing | CellState::Tampered => "danger",
    }
}

/// How good or bad a verdict is, as a class of the style sheet.
pub(crate) fn tone_of_verdict(verdict: FileVerdict) -> &'static str {
    match verdict {
        FileVerdict::Verified => "ok",
        FileVerdict::NoDigestYet | FileVerdict::NoDigestExpected => "neutral",
        FileVerdict::NotListed | FileVerdict::DigestInvalid => "attention",
        FileVerdict::Missing | FileVerdict::HashDiffers | FileVerdict::ChangedAfterCollection => {
            "danger"
        }
    }
}

/// One character for a verdict, the same as for the state that it leads to.
pub(crate) fn glyph_of_verdict(verdict: FileVerdict) -> &'static str {
    match verdict {
        FileVerdict::Verified => CellState::Proven.glyph(),
        FileVerdict::NoDigestYet => CellState::Pending.glyph(),
        FileVerdict::NoDigestExpected => CellState::Unknown.glyph(),
        FileVerdict::NotListed => CellState::Unexpected.glyph(),
        FileVerdict::DigestInvalid | FileVerdict::HashDiffers => CellState::Tampered.glyph(),
        FileVerdict::Missing => CellState::Missing.glyph(),
        FileVerdict::ChangedAfterCollection => CellState::Changed.glyph(),
    }
}

/// The state's word for people: `not expected`.
pub(crate) fn word_of_state(state: CellState) -> String {
    state.name().replace('-', " ")
}

/// Words in a tone, behind a glyph.
pub(crate) fn toned(
    tone: &'static str,
    glyph: &'static str,
    words: impl Into<Oco<'static, str>>,
) -> AnyView {
    toned_with_title(tone, glyph, words.into(), None)
}

fn toned_with_title(
    tone: &'static str,
    glyph: &'static str,
    words: Oco<'static, str>,
    title: Option<&'static str>,
) -> AnyView {
    view! {
        <span class=format!("state tone-{tone}") title=title>
            <span class="glyph" aria-hidden="true">{glyph}</span>
            {words}
        </span>
    }
    .into_any()
}

/// A state: its glyph and word.
#[component]
pub(crate) fn State(state: CellState) -> impl IntoView {
    let words = word_of_state(state).into();
    toned_with_title(tone_of_state(state), state.glyph(), words, Some(state.in_words()))
}

/// A state, or a dash when it is not known.
pub(crate) fn state_or_dash(state: Option<CellState>) -> AnyView {
    match state {
        Some(state) => view! { <State state/> }.into_any(),
        None => super::time::dash().into_any(),
    }
}

/// A verdict: its glyph and what it means.
#[component]
pub(crate) fn Verdict(verdict: FileVerdict) -> impl IntoView {
    let (tone, glyph) = (tone_of_verdict(verdict), glyph_of_verdict(verdict));
    toned_with_title(tone, glyph, verdict.name().replace('-', " ").into(), Some(verdict.in_words()))
}
