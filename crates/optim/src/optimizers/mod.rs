//! The optimizers, one file each, and their table.
use crate::{Optimizer, Schedule};

pub mod adam;
pub mod adamw;
pub mod sgd;

/// An optimizer in the table.
pub struct Entry {
    /// Its name, and its file's.
    pub name: &'static str,
    /// The optimizer with this learning rate and otherwise its defaults.
    pub make: fn(Schedule) -> Optimizer,
    /// The learning rate to start with when nobody says anything.
    pub learning_rate: f64,
}

/// Every optimizer, in the order of the files.
pub const TABLE: &[Entry] = &[adam::ENTRY, adamw::ENTRY, sgd::ENTRY];

/// The entry of this name.
pub fn find(name: &str) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.name == name)
}
