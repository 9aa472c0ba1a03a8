//! The metrics, one file each, and their table.
use crate::Metric;

pub mod accuracy;
pub mod loss;

pub use accuracy::accuracy;
pub use loss::loss;

/// A metric in the table.
pub struct Entry {
    /// Its name, and its file's.
    pub name: &'static str,
    /// One of it.
    pub sample: fn() -> Metric,
}

/// Every metric, in the order of the files.
pub const TABLE: &[Entry] = &[accuracy::ENTRY, loss::ENTRY];
