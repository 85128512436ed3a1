//! A form whose answer is a page: without JavaScript the browser sends it, with it the router does.

use crate::address::Href;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;
use web_sys::{FormData, HtmlFormElement, SubmitEvent};

/// A form with the method `get`; empty fields are left out of the address.
#[component]
pub(crate) fn GetForm(
    /// The path of the page.
    action: &'static str,
    /// Classes of the form.
    #[prop(default = "")]
    class: &'static str,
    /// The form's role, when it has one.
    #[prop(optional)]
    role: Option<&'static str>,
    /// The fields.
    children: Children,
) -> impl IntoView {
    let navigate = use_navigate();
    let submit = move |event: SubmitEvent| {
        if let Some(href) =
            event.target().and_then(|form| address_of(&form.unchecked_into(), action))
        {
            event.prevent_default();
            // Another page begins at its top; the same page stays where it is.
            let scroll = window().location().pathname().is_ok_and(|path| path != action);
            navigate(&href, NavigateOptions { scroll, ..NavigateOptions::default() });
        }
    };
    view! {
        <form method="get" action=action class=class role=role on:submit=submit>
            {children()}
        </form>
    }
    .into_any()
}

/// Where the form leads to.
fn address_of(form: &HtmlFormElement, action: &str) -> Option<String> {
    let data = FormData::new_with_form(form).ok()?;
    let mut href = Href::new(action);
    for entry in js_sys::try_iter(&data).ok()?? {
        let entry = js_sys::Array::from(&entry.ok()?);
        let (name, value) = (entry.get(0).as_string()?, entry.get(1).as_string()?);
        href = href.with(&name, value.trim());
    }
    Some(href.finish())
}
