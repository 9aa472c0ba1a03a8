//! What users see: the listings of the first page, and the command.

#[cfg(feature = "command")]
mod command;
mod listings;
