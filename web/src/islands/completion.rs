//! Suggestions for the word at the cursor: a list box under the query bar.

use super::word::{replace_word, word_at};
use crate::address::Href;
use crate::backend;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use orgtrail_shared::console::Completion;
use std::time::Duration;
use web_sys::KeyboardEvent;

/// How long the typing must pause before suggestions are asked for.
const PAUSE: Duration = Duration::from_millis(140);

/// The suggestions and the field they are for.
#[derive(Clone, Copy)]
pub(super) struct Completer {
    /// The parameters of the page without its query.
    parameters: StoredValue<Href>,
    field: NodeRef<Input>,
    offered: RwSignal<Vec<Completion>>,
    active: RwSignal<Option<usize>>,
    /// Counts the changes, so that a late answer to an old text is dropped.
    version: StoredValue<u32>,
}

impl Completer {
    pub(super) fn new(fields: &[(String, String)], field: NodeRef<Input>) -> Self {
        let parameters =
            fields.iter().fold(Href::new(""), |href, (name, value)| href.with(name, value));
        Self {
            parameters: StoredValue::new(parameters),
            field,
            offered: RwSignal::new(Vec::new()),
            active: RwSignal::new(None),
            version: StoredValue::new(0),
        }
    }

    /// Whether the list is shown.
    pub(super) fn is_open(self) -> bool {
        self.offered.with(|offered| !offered.is_empty())
    }

    /// The element id of the suggestion that the keyboard is on.
    pub(super) fn active_id(self) -> Option<String> {
        self.active.get().map(|index| format!("suggestion-{index}"))
    }

    /// Puts the list away.
    pub(super) fn close(self) {
        self.version.update_value(|version| *version += 1);
        self.offered.set(Vec::new());
        self.active.set(None);
    }

    /// Asks for suggestions once the typing pauses.
    pub(super) fn ask(self) {
        self.close();
        let version = self.version.get_value();
        set_timeout(move || self.ask_now(version), PAUSE);
    }

    fn ask_now(self, version: u32) {
        let Some((text, (start, end))) = self.text_and_word() else { return };
        if self.version.try_get_value() != Some(version) {
            return;
        }
        let word = text[start..end].to_owned();
        let others = format!("{} {}", &text[..start], &text[end..]);
        let parameters = self.parameters.get_value().with("q", others.trim()).finish();
        spawn_local(async move {
            let answer = backend::ask_complete(parameters, word).await.unwrap_or_default();
            if self.version.try_get_value() == Some(version) {
                self.offered.set(answer);
            }
        });
    }

    fn text_and_word(self) -> Option<(String, (usize, usize))> {
        let field = self.field.get_untracked()?;
        let text = field.value();
        let cursor = field.selection_start().ok().flatten().unwrap_or_default();
        let word = word_at(&text, usize::try_from(cursor).unwrap_or_default());
        Some((text, word))
    }

    /// Answers the keys of a list box.
    pub(super) fn press(self, event: &KeyboardEvent) {
        let count = self.offered.with_untracked(Vec::len);
        if count == 0 {
            return;
        }
        let active = self.active.get_untracked();
        match (event.key().as_str(), active) {
            ("ArrowDown", _) => self.active.set(Some(active.map_or(0, |at| (at + 1) % count))),
            ("ArrowUp", _) => {
                self.active.set(Some(active.map_or(count - 1, |at| (at + count - 1) % count)));
            }
            ("Enter", Some(index)) => self.take(index),
            ("Tab", _) if !event.shift_key() => self.take(active.unwrap_or(0)),
            ("Escape", _) => self.close(),
            _ => return,
        }
        event.prevent_default();
    }

    fn take(self, index: usize) {
        let chosen = self.offered.with_untracked(|offered| offered.get(index).cloned());
        if let Some(chosen) = chosen
            && let Some((text, word)) = self.text_and_word()
            && let Some(field) = self.field.get_untracked()
        {
            let (text, cursor) = replace_word(&text, word, &chosen.insert);
            field.set_value(&text);
            let cursor = u32::try_from(cursor).unwrap_or(u32::MAX);
            let _placed = field.set_selection_range(cursor, cursor);
            // A qualifier asks for its values next.
            if chosen.insert.ends_with(':') {
                return self.ask();
            }
        }
        self.close();
    }
}

/// The list of suggestions.
#[component]
pub(super) fn Suggestions(completer: Completer) -> impl IntoView {
    let options = move || {
        completer
            .offered
            .get()
            .into_iter()
            .enumerate()
            .map(|(index, completion)| {
                let is_active = move || completer.active.get() == Some(index);
                view! {
                    <li
                        id=format!("suggestion-{index}")
                        role="option"
                        class:is-active=is_active
                        aria-selected=move || is_active().to_string()
                        on:mousedown=move |event| {
                            event.prevent_default();
                            completer.take(index);
                        }
                    >
                        <span class="code">{completion.insert}</span>
                        <span class="muted">{completion.detail}</span>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <ul id="suggestions" class="suggestions" role="listbox" aria-label="Suggestions"
            class:is-open=move || completer.is_open()>
            {options}
        </ul>
    }
}
