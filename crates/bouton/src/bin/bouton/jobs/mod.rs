//! The jobs that `bouton train` knows, one file each, and their table.

use bouton::Model;
use bouton::datasets::Source;
use clap::builder::{PossibleValue, PossibleValuesParser};

mod fashion_mlp;
mod mnist_mlp;

/// What is trained, on what.
pub(crate) struct Job {
    /// Its name, and its file's with `-` for `_`.
    pub(crate) name: &'static str,
    /// What it is, in a line.
    pub(crate) about: &'static str,
    /// The examples.
    pub(crate) source: &'static Source,
    /// Whether built-in digits may take their place where there is no network.
    pub(crate) stand_in: bool,
    /// The model before training.
    pub(crate) model: fn() -> Model,
}

/// Every job, in the order of the files.
pub(crate) const TABLE: &[Job] = &[fashion_mlp::JOB, mnist_mlp::JOB];

/// The job of this name.
pub(crate) fn find(name: &str) -> Option<&'static Job> {
    TABLE.iter().find(|job| job.name == name)
}

/// The names, as values of an option.
pub(crate) fn names() -> PossibleValuesParser {
    let name = |job: &Job| PossibleValue::new(job.name).help(job.about);
    PossibleValuesParser::new(TABLE.iter().map(name))
}
