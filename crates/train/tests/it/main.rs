//! Training against JAX's numbers, and what a run promises: weights, bits, refusals, no allocation.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod allocations;
mod by_hand;
mod determinism;
mod memory;
mod networks;
mod numbers;
mod refusals;
mod runs;
mod state;
mod trajectories;
