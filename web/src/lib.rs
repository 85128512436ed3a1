//! The console: pages that the server renders whole, islands in them that the browser hydrates, and
//! the state of both in the URL.
//!
//! - `ssr`: the [`document`], its frame, pages and parts. Pages never reach the browser as code.
//! - `hydrate`: the islands, and `browser`, which moves between pages without loading anew.
//!
//! It knows the wire types of `orgtrail-shared` and the [`backend`] that answers its questions, and
//! nothing of how they are answered.

#![recursion_limit = "256"]
#![expect(unreachable_pub, reason = "`#[component]` and `#[island]` make their items public")]
#![cfg_attr(
    feature = "ssr",
    expect(clippy::needless_pass_by_value, reason = "components own their properties")
)]

#[cfg_attr(not(feature = "ssr"), expect(dead_code, unused_imports, reason = "pages use it, too"))]
mod address;
mod agreed;
pub mod backend;
mod failure;
#[cfg_attr(not(feature = "ssr"), expect(dead_code, reason = "pages use it, too"))]
mod icons;
#[cfg_attr(not(feature = "ssr"), expect(unused_imports, reason = "pages use it, too"))]
mod islands;
#[cfg_attr(not(feature = "ssr"), expect(dead_code, reason = "pages use it, too"))]
mod ranges;

#[cfg(feature = "hydrate")]
mod browser;

#[cfg(feature = "ssr")]
mod console;
#[cfg(feature = "ssr")]
pub mod document;
#[cfg(feature = "ssr")]
mod frame;
#[cfg(feature = "ssr")]
mod json;
#[cfg(feature = "ssr")]
mod pages;
#[cfg(feature = "ssr")]
mod parts;
#[cfg(feature = "ssr")]
mod sentence;

#[cfg(all(test, feature = "ssr"))]
extern crate self as orgtrail_web;
#[cfg(all(test, feature = "ssr"))]
#[path = "../examples/fixture/fixtures.rs"]
mod fixtures;
#[cfg(all(test, feature = "ssr"))]
mod tests;

pub use failure::Failure;
