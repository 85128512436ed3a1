//! Collection: discover → fetch → archive → parse → commit. A pass takes no input but the source, and can be
//! killed at any line: what it had committed is known to the next pass, what it had not is found again.

mod archiving;
mod discover;
mod duplicates;
mod import;
mod notice;
mod parse;
mod pass;

pub(crate) use archiving::archive_folder;
pub use discover::Reach;
pub use import::{ImportSummary, LooseFile, import_loose};
pub use notice::{Fate, look_at, take_in};
pub use pass::{
    NotTaken, PassProgress, PassSummary, collect_named, collect_objects, collect_source,
};
