//! The losses, one file each, and their table.
use crate::Loss;

pub mod binary_cross_entropy;
pub mod categorical_cross_entropy;
pub mod mean_absolute_error;
pub mod mean_squared_error;
pub mod sparse_categorical_cross_entropy;

pub use binary_cross_entropy::binary_cross_entropy;
pub use categorical_cross_entropy::categorical_cross_entropy;
pub use mean_absolute_error::mean_absolute_error;
pub use mean_squared_error::mean_squared_error;
pub use sparse_categorical_cross_entropy::sparse_categorical_cross_entropy;

/// A loss in the table.
pub struct Entry {
    /// Its name, and its file's.
    pub name: &'static str,
    /// The loss.
    pub make: fn() -> Loss,
}

/// Every loss, in the order of the files.
pub const TABLE: &[Entry] = &[
    binary_cross_entropy::ENTRY,
    categorical_cross_entropy::ENTRY,
    mean_absolute_error::ENTRY,
    mean_squared_error::ENTRY,
    sparse_categorical_cross_entropy::ENTRY,
];

/// The entry of this name.
pub fn find(name: &str) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.name == name)
}
