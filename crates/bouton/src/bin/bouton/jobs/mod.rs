//! The jobs that `bouton train` knows, one file each, and their table.

use bouton::datasets::{self, Augmentation, Batches, Source};
use bouton::{Model, Schedule};
use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser};
use std::error::Error;

mod fashion_cnn;
mod fashion_mlp;
pub(crate) mod mnist_mlp;

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
pub(crate) const TABLE: &[Job] = &[fashion_cnn::JOB, fashion_mlp::JOB, mnist_mlp::JOB];

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::picture_shape;

    #[test]
    fn every_model_takes_pictures_and_tells_the_classes_apart() {
        for job in TABLE {
            let network = (job.model)().build().unwrap();
            assert!(picture_shape(&network).is_some(), "{}", job.name);
            let classes = job.source.classes.len();
            assert_eq!(
                network.output_type(3).shape.dims(),
                [3, classes],
                "{}",
                job.name
            );
        }
    }

    #[test]
    fn each_augmentation_does_what_it_says() {
        let set = datasets::digits(64, 1, 42).unwrap().train;
        let read = |augment: Augment, epoch| {
            let batches = augment.apply(set.batches(16), 1);
            let images = batches
                .iter_epoch(epoch)
                .map(|b| b.unwrap().0.to_vec::<f32>().unwrap());
            images.collect::<Vec<_>>()
        };
        let plain: Vec<Vec<f32>> = set
            .batches(16)
            .iter()
            .map(|b| b.unwrap().0.to_vec().unwrap())
            .collect();
        let sum = |images: &[Vec<f32>]| images.iter().flatten().map(|x| f64::from(*x)).sum::<f64>();
        for augment in [Augment::None, Augment::Images, Augment::Batches] {
            let (first, second) = (read(augment, 0), read(augment, 1));
            assert!((sum(&first) - sum(&plain)).abs() < 1e-6, "no pixel is lost");
            assert_eq!(first == second, augment == Augment::Batches, "{augment:?}");
        }
        // A batch is as it was or upside down, whole.
        let mut turned = 0;
        for (batch, plain) in read(Augment::Batches, 0).iter().zip(&plain) {
            let upside_down = plain
                .chunks(784)
                .flat_map(|image| image.chunks(28).rev().flatten());
            let is_turned = upside_down.eq(batch);
            assert!(is_turned || batch == plain);
            turned += u32::from(is_turned);
        }
        assert!((1..4).contains(&turned), "{turned}");
    }
}
