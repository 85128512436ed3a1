//! What a chain proves: tables of scenarios, and properties.

mod absence;
mod alteration;
mod life;
mod properties;
mod reading;
mod world;
