//! The house rules as functions of the source tree; the tests apply them to this workspace.
//!
//! Every rule takes a [`Tree`] and gives the [`Breach`]es it finds, so that each can be tested with a planted one.

pub mod arrows;
pub mod dependencies;
pub mod places;
pub mod rust;
pub mod sizes;
pub mod tables;
mod tree;
pub mod unfinished;
pub mod unsafety;
pub mod words;

pub use tree::{Breach, File, Tree};
