//! Optimizers against Optax's numbers, and the laws that every one of them keeps.

mod faults;
mod golden;
mod laws;
mod schedules;
mod tables;
mod trajectories;
