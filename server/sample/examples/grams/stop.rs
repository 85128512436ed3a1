//! Makes a stop-set: the grams that most files hold.

use crate::files::File;
use std::collections::{BTreeMap, BTreeSet};

/// How many files are looked at.
const FILES: usize = 300;

/// How many records such a file has. The sample's files are smaller than those of a busy account, so several are
/// taken together.
const RECORDS: usize = 50;

/// A gram belongs to the set from this share of the files on.
const PERCENT: usize = 60;

/// The set as lines: every window of four bytes in a line is a member, and nothing else is.
pub(crate) fn lines(files: &[File]) -> String {
    let records: Vec<&String> = files.iter().flatten().collect();
    let files: Vec<&[&String]> = records.chunks_exact(RECORDS).collect();
    let step = (files.len() / FILES).max(1);
    let chosen: Vec<&[&String]> = files.into_iter().step_by(step).take(FILES).collect();
    let mut counts: BTreeMap<[u8; 4], usize> = BTreeMap::new();
    for file in &chosen {
        let grams: BTreeSet<[u8; 4]> = file
            .iter()
            .flat_map(|text| {
                let lowered = text.to_ascii_lowercase().into_bytes();
                lowered.array_windows::<4>().copied().collect::<Vec<_>>()
            })
            .collect();
        for gram in grams {
            *counts.entry(gram).or_default() += 1;
        }
    }
    let is_frequent = |count: usize| count * 100 >= PERCENT * chosen.len();
    // Digits belong to the dates, addresses and numbers of the sample, which say nothing of other files.
    let is_lasting = |gram: &[u8; 4]| {
        gram.iter().all(|byte| (b' '..=b'~').contains(byte) && !byte.is_ascii_digit())
    };
    chain(
        counts
            .into_iter()
            .filter(|(gram, count)| is_frequent(*count) && is_lasting(gram))
            .map(|(gram, _)| gram)
            .collect(),
    )
}

/// Puts grams that overlap behind each other, so that the set can be read.
fn chain(mut left: BTreeSet<[u8; 4]>) -> String {
    let mut lines = String::new();
    loop {
        let is_first = |gram: &&[u8; 4]| {
            !left.iter().any(|before| before[1..] == gram[..3] && before != *gram)
        };
        let Some(&start) = left.iter().find(is_first).or_else(|| left.first()) else {
            return lines;
        };
        left.remove(&start);
        let mut line = start.to_vec();
        loop {
            let end = [line[line.len() - 3], line[line.len() - 2], line[line.len() - 1]];
            let next = left.iter().find(|gram| gram[..3] == end).copied();
            let Some(next) = next else { break };
            left.remove(&next);
            line.push(next[3]);
        }
        lines.push_str(&String::from_utf8_lossy(&line));
        lines.push('\n');
    }
}
