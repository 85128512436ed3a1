//! The server: API, console host, jobs and commands. Everything meets here, and only here.

pub mod access;
pub mod audit;
pub mod backend;
pub mod collect;
pub mod commands;
pub mod config;
pub mod grams;
pub mod http;
pub mod installation;
pub mod jobs;
pub mod master_key;
pub mod notifications;
pub mod organization;
pub mod reconcile;
pub mod records;
pub mod sample;
pub mod search;
pub mod services;
pub mod telemetry;
pub mod verification;
