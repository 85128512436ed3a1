//! The index answers like the slow and obvious filter, page by page, and within the caller's scope.
#![cfg(feature = "testing")]

mod fill;
mod pages;
mod queries;
mod records;
mod scope;
mod search;
mod segments;
