//! The jobs that `bouton train` knows, one file each, and their table.

use bouton::datasets::{self, Augmentation, Batches, Source};
use bouton::{Model, Schedule};
use clap::ValueEnum;
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
    /// How many examples make a step, unless the user says otherwise.
    pub(crate) batch: usize,
    /// How the learning rate goes on from where it starts.
    pub(crate) schedule: fn(f64) -> Schedule,
    /// How the images are changed as they are read, unless the user says otherwise.
    pub(crate) augment: Augment,
}

/// How images are changed as they are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Augment {
    /// Not at all
    None,
    /// Left and right swapped with probability 1/2, for each image, anew each epoch
    Images,
    /// Whole batches upside down with probability 1/2, drawn once for all epochs; the examples stay in their order
    Batches,
}

impl Augment {
    /// The batches in their order, with what is drawn from `seed`.
    pub(crate) fn apply(self, batches: Batches, seed: u64) -> Batches {
        match self {
            Augment::None => batches.shuffle(seed),
            Augment::Images => {
                let batches = batches.shuffle(seed);
                batches.augment(Augmentation::left_right(seed))
            }
            Augment::Batches => {
                let drawn = Augmentation::upside_down(seed).whole_batches().once();
                batches.augment(drawn)
            }
        }
    }
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
