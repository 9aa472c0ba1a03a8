//! The building blocks of optimizers, one file each, and their table.
use crate::Optimizer;

pub mod add_decayed_weights;
pub mod scale;
pub mod scale_by_adam;
pub mod scale_by_learning_rate;
pub mod trace;

/// A transformation in the table.
pub struct Entry {
    /// Its name, and its file's.
    pub name: &'static str,
    /// An optimizer of this transformation alone.
    pub sample: fn() -> Optimizer,
}

/// Every transformation, in the order of the files.
pub const TABLE: &[Entry] = &[
    add_decayed_weights::ENTRY,
    scale::ENTRY,
    scale_by_adam::ENTRY,
    scale_by_learning_rate::ENTRY,
    trace::ENTRY,
];
