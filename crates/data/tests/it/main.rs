//! The tests of this crate through its public face: files, sets, downloads from a server on this machine, digits, batches.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod batches;
mod digits;
#[cfg(feature = "download")]
mod download;
mod folder;
mod idx;
#[cfg(feature = "download")]
mod server;
mod sets;
#[cfg(feature = "download")]
mod together;
