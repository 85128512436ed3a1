//! Collection: discover → queue → fetch → archive → parse → commit. A pass takes no input but the source, and can be
//! killed at any line: what it had committed has left the queue, what it had not is in it, or is found again.

mod archiving;
mod discover;
mod duplicates;
mod import;
mod notice;
mod parse;
mod pass;
mod queue;
mod retry;
mod scheduled;
mod trouble;
mod workers;

pub(crate) use archiving::archive_folder;
pub use discover::Reach;
pub(crate) use discover::{base_of, is_above_layout, layout_in};
pub(crate) use import::take_in_bytes;
pub use import::{IMPORTED, ImportSummary, LooseFile, import_loose};
pub use notice::{Fate, look_at, take_in};
pub use pass::{
    NotTaken, PassProgress, PassSummary, collect_named, collect_objects, collect_source,
};
pub use retry::{RetrySummary, retry_quarantine};
pub use scheduled::list_source;
pub use workers::Workers;
