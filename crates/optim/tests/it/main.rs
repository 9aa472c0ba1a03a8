//! Optimizers against Optax's numbers, and the laws that every one of them keeps.
#![allow(clippy::unwrap_used, clippy::expect_used, unreachable_pub)] // a test stops at the first surprise

mod faults;
mod golden;
mod laws;
mod schedules;
mod tables;
mod trajectories;
