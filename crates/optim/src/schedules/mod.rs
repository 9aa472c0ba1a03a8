//! The schedules, one file each, and their table.
use crate::Schedule;

pub mod constant;
pub mod cosine_decay;
pub mod exponential_decay;

/// A schedule in the table.
pub struct Entry {
    /// Its name, and its file's.
    pub name: &'static str,
    /// One of it.
    pub sample: fn() -> Schedule,
}

/// Every schedule, in the order of the files.
pub const TABLE: &[Entry] = &[
    constant::ENTRY,
    cosine_decay::ENTRY,
    exponential_decay::ENTRY,
];
