//! Log files as the texts of their records.

use orgtrail_domain::inflate::inflate;
use orgtrail_domain::record::split::split_log_file;
use orgtrail_sample::{DeliveryState, Sample, SampleOptions, generate_key};
use std::error::Error;
use std::fs;
use std::path::PathBuf;

/// The texts of the records of one file.
pub(crate) type File = Vec<String>;

/// The log files of the whole sample.
pub(crate) fn sample() -> Result<Vec<File>, Box<dyn Error>> {
    let anchor = "2026-11-20T15:42:10Z".parse()?;
    let sample = Sample::with_options(7, anchor, &generate_key()?, SampleOptions::default())?;
    let mut bodies = Vec::new();
    sample.deliver(&mut DeliveryState::default(), anchor, &mut |object| {
        if object.event_count > 0 {
            bodies.push(object.body);
        }
    });
    bodies.iter().map(|body| records(body)).collect()
}

/// The log files below a directory.
pub(crate) fn below(directory: &str) -> Result<Vec<File>, Box<dyn Error>> {
    let (mut waiting, mut found) = (vec![PathBuf::from(directory)], Vec::new());
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            for entry in fs::read_dir(&path)? {
                waiting.push(entry?.path());
            }
        } else if path.to_string_lossy().ends_with(".json.gz")
            && !path.to_string_lossy().contains("CloudTrail-Digest")
        {
            found.push(records(&fs::read(&path)?)?);
        }
    }
    Ok(found)
}

fn records(body: &[u8]) -> Result<File, Box<dyn Error>> {
    let inflated = inflate(body)?;
    Ok(split_log_file(&inflated.bytes)?.into_iter().flatten().map(str::to_owned).collect())
}
