//! Models, layers, losses, metrics and model files against their formulas, goldens and messages.
#![allow(clippy::unwrap_used, clippy::expect_used, unreachable_pub)] // a test stops at the first surprise

mod convolutions;
mod displays;
mod files;
mod golden;
mod init;
mod layer_goldens;
mod layers;
mod losses;
mod metrics;
mod models;
mod policy;
mod refusals;
mod tables;
mod training;
