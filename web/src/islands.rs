//! Islands: what the browser brings to life within pages that are otherwise plain.

mod completion;
mod query_bar;
mod word;

pub(crate) use query_bar::QueryBar;
