//! Searching the event index, always within the caller's scope.

mod calls;
mod counts;
mod cut;
mod detail;
mod files;
mod filter;
mod page;
mod segments;
mod sql;

pub use calls::CallGroup;
pub use counts::{FacetRow, HistogramRow};
pub use detail::{ContentRow, DeliveryRow};
pub use filter::{EventFilter, FilterNeeds};
pub use page::EventHit;
pub use segments::{Answer, Question, SegmentCache};

#[cfg(test)]
mod tests;
