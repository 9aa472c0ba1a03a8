//! The jobs that `bouton train` knows, one file each, and their table.

use bouton::Model;
use bouton::datasets::{self, Source};
use clap::builder::{PossibleValue, PossibleValuesParser};
use std::error::Error;

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

/// The job of this name; without one, the job on the data that a model file names; else the usual one.
pub(crate) fn chosen(
    name: Option<&str>,
    trained_on: Option<&str>,
) -> Result<&'static Job, Box<dyn Error>> {
    let job = match name {
        Some(name) => find(name),
        None => trained_on.and_then(of_data).or(find(USUAL)),
    };
    job.ok_or_else(|| "there is no such job".into())
}

/// What a model file without a name of data is taken to be from.
const USUAL: &str = "mnist-mlp";

/// The job on the data of this name: a published set's, or digits in its place.
fn of_data(name: &str) -> Option<&'static Job> {
    let set = name.strip_suffix(" train")?;
    let is_on = |job: &&Job| job.source.name == set || (set == datasets::DIGITS && job.stand_in);
    TABLE.iter().find(is_on)
}

/// The names, as values of an option.
pub(crate) fn names() -> PossibleValuesParser {
    let name = |job: &Job| PossibleValue::new(job.name).help(job.about);
    PossibleValuesParser::new(TABLE.iter().map(name))
}
