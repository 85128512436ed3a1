//! What pages are made of. Parts know nothing of routes or of where data comes from.

pub(crate) mod copy;
pub(crate) mod edit;
pub(crate) mod event_detail;
pub(crate) mod event_table;
pub(crate) mod facets;
pub(crate) mod fields;
pub(crate) mod findings;
pub(crate) mod grant;
pub(crate) mod histogram;
pub(crate) mod json_view;
pub(crate) mod panels;
pub(crate) mod sparkline;
pub(crate) mod table;
pub(crate) mod time;
pub(crate) mod verdict;
