//! The frame around every page: navigation, scope, time zone, theme and keyboard.

mod help;
mod keys;
mod navigation;
mod theme;
mod top_bar;

pub(crate) use keys::Keys;
pub(crate) use theme::theme_of_request;

use crate::address::{Carried, Params, Zone};
use crate::backend::ask_viewer;
use crate::failure::Failure;
use crate::parts::time::Clockface;
use help::Help;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use navigation::Navigation;
use orgtrail_shared::console::Viewer;
use top_bar::TopBar;

/// What every page of the console shares.
#[derive(Clone, Copy)]
pub(crate) struct Console {
    /// The path of the URL.
    pub(crate) path: Memo<String>,
    /// The parameters of the URL, as written.
    pub(crate) search: Memo<String>,
    /// The parameters of the URL.
    pub(crate) params: Memo<Params>,
    /// What every link carries.
    pub(crate) carried: Memo<Carried>,
    /// Who is signed in.
    pub(crate) viewer: Resource<Result<Viewer, Failure>>,
    /// Whether the browser has taken over.
    pub(crate) is_hydrated: ReadSignal<bool>,
    /// The keyboard.
    pub(crate) keys: Keys,
}

impl Console {
    /// A link to a path that carries the scope and the time zone.
    pub(crate) fn to(
        self,
        path: &'static str,
    ) -> impl Fn() -> String + Copy + Send + Sync + 'static {
        move || self.carried.get().to(path).finish()
    }
}

/// What every page of the console shares.
pub(crate) fn use_console() -> Console {
    expect_context()
}

/// The page where people sign in has no frame.
const SIGN_IN: &str = "/sign-in";

/// The frame, with a page in it.
#[component]
pub(crate) fn Frame(children: Children) -> impl IntoView {
    let location = use_location();
    let (path, search) = (location.pathname, location.search);
    let params = Memo::new(move |_| search.with(|search| Params::parse(search)));
    let carried = Memo::new(move |_| params.with(Carried::from_params));
    let (is_hydrated, set_hydrated) = signal(false);
    Effect::new(move |_| set_hydrated.set(true));
    let is_signing_in = Memo::new(move |_| path.with(|path| path == SIGN_IN));
    let viewer = Resource::new(
        move || is_signing_in.get(),
        |is_signing_in| async move {
            if is_signing_in {
                return Err(orgtrail_shared::console::ConsoleError::NotSignedIn.into());
            }
            ask_viewer().await
        },
    );
    let zone = Signal::derive(move || {
        if is_hydrated.get() { carried.with(|carried| carried.zone) } else { Zone::Utc }
    });
    provide_context(Clockface::new(zone, is_hydrated));
    let keys = Keys::new();
    let console = Console { path, search, params, carried, viewer, is_hydrated, keys };
    provide_context(console);
    keys::listen(console);
    crate::parts::copy::listen();

    view! {
        <a class="skip" href="#main" rel="external">"Skip to content"</a>
        <div class="frame" class:is-bare=move || is_signing_in.get()>
            <Show when=move || !is_signing_in.get()>
                <Navigation/>
                <TopBar/>
            </Show>
            <main id="main" class="main" tabindex="-1">{children()}</main>
        </div>
        <Help/>
        <p id="announcer" class="hidden" role="status" aria-live="polite"></p>
    }
    .into_any()
}
