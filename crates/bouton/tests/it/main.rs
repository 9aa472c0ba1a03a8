//! What users see: the listings of the first page, and the command.
#![allow(clippy::unwrap_used, clippy::expect_used, unreachable_pub)] // a test stops at the first surprise

#[cfg(feature = "command")]
mod command;
mod environment;
#[cfg(feature = "command")]
mod folder;
mod listings;
mod profile;
#[cfg(feature = "command")]
mod refusals;
