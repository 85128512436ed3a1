//! The rules of the house that no compiler holds, and what of the xtask is worth a table.

mod house;
mod layers;
mod packages;
mod report;
