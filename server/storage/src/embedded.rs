//! A private Postgres cluster as a child process: no TCP, its socket readable by us alone.

mod binaries;
mod cluster;

pub use binaries::{BinariesError, find_binaries};
pub use cluster::{Cluster, EmbeddedError};

#[cfg(test)]
mod tests;
