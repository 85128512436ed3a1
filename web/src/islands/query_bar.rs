//! The query: its text, its mistakes, and suggestions while it is written.

use super::completion::{Completer, Suggestions};
use crate::icons::{self, Icon};
use leptos::html::Input;
use leptos::prelude::*;
use orgtrail_shared::query::{Query, QueryError};

/// The query bar.
#[island]
pub(crate) fn QueryBar(
    /// The query of the page.
    text: String,
    /// The other parameters of the page, by name.
    fields: Vec<(String, String)>,
) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    let draft = RwSignal::new(None::<String>);
    let completer = Completer::new(&fields, field);
    let mistake = {
        let text = text.clone();
        Memo::new(move |_| mistake(&text, draft.get().as_deref()))
    };
    let is_wrong = move || mistake.with(Option::is_some);
    let hidden: Vec<_> = fields
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect();
    view! {
        <form method="get" action="/search" class="query" role="search">
            <div class="query-field">
                <Icon path=icons::SEARCH/>
                <input
                    type="text"
                    name="q"
                    class="code"
                    node_ref=field
                    data-search=""
                    value=text
                    placeholder="event:DeleteBucket  user:alice  -error:*  ip:198.51.100.0/24"
                    aria-label="Query"
                    aria-invalid=move || is_wrong().then_some("true")
                    aria-describedby=move || is_wrong().then_some("query-mistake")
                    role="combobox"
                    aria-autocomplete="list"
                    aria-controls="suggestions"
                    aria-expanded=move || completer.is_open().to_string()
                    aria-activedescendant=move || completer.active_id()
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    on:input=move |event| {
                        draft.set(Some(event_target_value(&event)));
                        completer.ask();
                    }
                    on:keydown=move |event| completer.press(&event)
                    on:blur=move |_| completer.close()
                />
                <kbd class="js-only">"/"</kbd>
                <Suggestions completer/>
            </div>
            <button type="submit" class="button is-primary">"Search"</button>
            {hidden}
        </form>
        <Mistake mistake/>
    }
    .into_any()
}

/// The mistake to show: none at the end of a text that is still being written.
fn mistake(text: &str, draft: Option<&str>) -> Option<(String, QueryError)> {
    let shown = draft.unwrap_or(text);
    let error = Query::parse(shown).err()?;
    let is_unfinished = draft.is_some() && error.end >= shown.chars().count();
    (!is_unfinished).then(|| (shown.to_owned(), error))
}

/// The query with its wrong part marked, and what was expected there.
#[component]
fn Mistake(mistake: Memo<Option<(String, QueryError)>>) -> impl IntoView {
    move || {
        mistake.get().map(|(text, error)| {
            let characters: Vec<char> = text.chars().collect();
            let start = error.start.min(characters.len());
            let end = error.end.clamp(start, characters.len());
            let part = |range: &[char]| range.iter().collect::<String>();
            let wrong = if start == end { " ".to_owned() } else { part(&characters[start..end]) };
            view! {
                <div class="mistake" id="query-mistake" role="alert">
                    <p class="code">
                        {part(&characters[..start])} <mark>{wrong}</mark> {part(&characters[end..])}
                    </p>
                    <p>{error.message} <span class="muted">" at character " {error.start + 1}</span></p>
                </div>
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::mistake;

    #[test]
    fn a_word_that_is_being_written_is_not_a_mistake_yet() {
        assert_eq!(mistake("", Some("event:")), None);
        assert_eq!(mistake("", Some("evnt")), None);
        assert!(mistake("", Some("evnt:x is:root")).is_some());
        assert!(mistake("event:", None).is_some());
        assert_eq!(mistake("evnt:x", Some("event:x")), None);
    }
}
