//! The jobs that `bouton train` knows, one file each, and their table.

use bouton::Model;
use bouton::datasets::Source;

mod fashion_mlp;
mod mnist_mlp;

/// What is trained, on what.
pub struct Job {
    /// Its name, and its file's with `-` for `_`.
    pub name: &'static str,
    /// What it is, in a line.
    pub about: &'static str,
    /// The examples.
    pub source: &'static Source,
    /// Whether built-in digits may take their place where there is no network.
    pub stand_in: bool,
    /// The model before training.
    pub model: fn() -> Model,
}

/// Every job, in the order of the files.
pub const TABLE: &[Job] = &[fashion_mlp::JOB, mnist_mlp::JOB];

/// The job of this name.
pub fn find(name: &str) -> Option<&'static Job> {
    TABLE.iter().find(|job| job.name == name)
}
