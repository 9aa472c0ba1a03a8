//! Files of arrays: what others wrote is read, what is written reads back, and nothing else is taken for one.
#![allow(clippy::unwrap_used, clippy::expect_used, unreachable_pub)] // a test stops at the first surprise

mod allocations;
mod arrays;
mod atomic;
mod folder;
mod golden;
mod hostile;
mod refusals;
mod round_trips;
