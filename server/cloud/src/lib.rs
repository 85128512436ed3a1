//! The only crate that names the AWS SDK: sources of log files, queues, the archive, credentials.

pub mod archive;
pub mod credentials;
pub mod endpoint;
pub mod error;
pub mod kms;
pub mod objects;
pub mod organizations;
pub mod queue;
