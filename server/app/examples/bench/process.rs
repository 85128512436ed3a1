//! CPU time and memory, from the process table.

use anyhow::Context;
use std::fs;

/// Clock ticks per second of the process table; 100 on every Linux that we know.
const TICKS: f64 = 100.0;

/// CPU time used so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    /// By this process.
    pub(crate) own_seconds: f64,
    /// By its Postgres: the server, its children, and those that have ended.
    pub(crate) postgres_seconds: f64,
}

struct Entry {
    pid: u32,
    parent: u32,
    name: String,
    own: f64,
    ended_children: f64,
}

impl Usage {
    pub(crate) fn now() -> anyhow::Result<Self> {
        let entries = entries()?;
        let me = std::process::id();
        let own = entries
            .iter()
            .find(|entry| entry.pid == me)
            .context("this process is not in the table")?;
        let servers: Vec<&Entry> =
            entries.iter().filter(|entry| entry.parent == me && entry.name == "postgres").collect();
        let postgres = servers.iter().map(|server| {
            let children =
                entries.iter().filter(|entry| entry.parent == server.pid).map(|entry| entry.own);
            server.own + server.ended_children + children.sum::<f64>()
        });
        Ok(Self { own_seconds: own.own, postgres_seconds: postgres.sum() })
    }

    pub(crate) fn since(&self, before: &Self) -> Self {
        Self {
            own_seconds: self.own_seconds - before.own_seconds,
            postgres_seconds: self.postgres_seconds - before.postgres_seconds,
        }
    }
}

/// The most memory that this process has had at once.
pub(crate) fn peak_memory_mib() -> anyhow::Result<u64> {
    peak_of("self")
}

/// The most memory that one process of Postgres has had at once, with what it touched of the shared buffers.
pub(crate) fn postgres_peak_mib() -> anyhow::Result<u64> {
    let entries = entries()?;
    let me = std::process::id();
    let servers: Vec<u32> = entries
        .iter()
        .filter(|entry| entry.parent == me && entry.name == "postgres")
        .map(|entry| entry.pid)
        .collect();
    let ours = entries.iter().filter(|entry| servers.contains(&entry.parent));
    // One that has ended meanwhile is left out.
    Ok(ours.filter_map(|entry| peak_of(&entry.pid.to_string()).ok()).max().unwrap_or(0))
}

fn peak_of(process: &str) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib / 1024)
}

fn entries() -> anyhow::Result<Vec<Entry>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // A process may end while we look.
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        let Some((head, rest)) = stat.rsplit_once(')') else { continue };
        let name = head.split_once('(').map(|(_, name)| name.to_owned()).unwrap_or_default();
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let ticks = |index: usize| {
            fields.get(index).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0) / TICKS
        };
        found.push(Entry {
            pid,
            parent: fields.get(1).and_then(|text| text.parse().ok()).unwrap_or(0),
            name,
            own: ticks(11) + ticks(12),
            ended_children: ticks(13) + ticks(14),
        });
    }
    Ok(found)
}
