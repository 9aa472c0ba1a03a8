//! `bouton train`: trains a model from scratch, tests it, saves it.

use crate::classifier::picture_shape;
use crate::examples::{self, Examples, Folder};
use crate::failure::{Ending, Outcome};
use crate::jobs::{self, Augment, Job};
use crate::settings::Settings;
use crate::{arguments, interrupt, target};
use bouton::datasets::Dataset;
use bouton::optim::optimizers;
use bouton::{
    Evaluator, Model, Optimizer, Policy, Progress, Scores, Trained, Trainer, loss, metrics,
};
use clap::{Args, ValueEnum};
use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;

/// Trains a model from scratch and prints how well it does on examples that it never saw.
#[derive(Args)]
#[command(
    after_help = "Example:\n  bouton train mnist-mlp --epochs 10 --precision bf16 --save mnist.bouton"
)]
pub(crate) struct Train {
    /// What to train, on what
    #[arg(value_name = "JOB", value_parser = jobs::names())]
    job: String,
    #[command(flatten)]
    folder: Folder,
    /// How often to go through the examples
    #[arg(long, value_name = "N", default_value = "5", value_parser = arguments::positive, allow_negative_numbers = true)]
    epochs: usize,
    /// How many examples make a step [default: what the job usually takes]
    #[arg(long, value_name = "N", value_parser = arguments::positive, allow_negative_numbers = true)]
    batch: Option<usize>,
    /// What turns gradients into better parameters
    #[arg(long, value_name = "NAME", default_value = "adam", value_parser = arguments::optimizer())]
    optimizer: String,
    /// The learning rate to start with [default: the optimizer's own, 1e-3 for adam]
    #[arg(long, value_name = "X", value_parser = arguments::learning_rate, allow_negative_numbers = true)]
    lr: Option<f64>,
    /// How images are changed as they are read [default: as the job usually does]
    #[arg(long, value_name = "HOW")]
    augment: Option<Augment>,
    /// What to compute in; parameters are f32 in any case
    #[arg(long, value_name = "TYPE", default_value = "f32")]
    precision: Precision,
    /// What initial parameters and the order of the examples are drawn from
    #[arg(
        long,
        value_name = "N",
        default_value = "42",
        value_parser = arguments::seed,
        allow_negative_numbers = true
    )]
    seed: u64,
    /// Write architecture and weights to this file
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Clone, Copy, ValueEnum)]
enum Precision {
    F32,
    Bf16,
}

impl Train {
    /// Trains, tests, saves.
    pub(crate) fn run(&self) -> Outcome {
        if let Some(path) = &self.save {
            target::check(path)?;
        }
        self.settings.apply()?;
        let job = jobs::find(&self.job).ok_or("there is no such job")?;
        let optimizer = self.optimizer(job)?;
        let model = self.model(job);
        let examples = examples::load(job.source, self.folder.data.as_deref(), job.stand_in)?;

        let mut out = io::stdout().lock();
        // A reader that went away must not cost a file that was asked for.
        if let Err(e) = announce(&mut out, &examples, &model.table()?)
            && self.save.is_none()
        {
            return Err(e.into());
        }
        let trained = self.train(job, &model, optimizer, &examples)?;
        // Saved before anything is printed, lest a reader that went away cost the work.
        if let Some(path) = &self.save {
            trained.save(path)?;
        }
        let label = examples.label;
        writeln!(out, "{trained}{label}")?;
        if trained.history().last().is_some_and(|e| e.loss().is_nan()) {
            out.flush()?;
            // The results are printed all the same: they show how far it went wrong.
            let _ = writeln!(io::stderr(), "the loss is NaN: a smaller --lr may help");
        }
        if let Some(path) = &self.save {
            writeln!(out, "saved {}", path.display())?;
        }
        if trained.interrupted() {
            return Ok(Ending::Interrupted);
        }
        let test = reshaped(&examples.splits.test, &model)?;
        let scores = test_scores(&model, &trained, &test)?;
        report(&mut out, &scores, label)?;
        Ok(Ending::Done)
    }

    fn optimizer(&self, job: &Job) -> Result<Optimizer, Box<dyn Error>> {
        let entry = optimizers::find(&self.optimizer).ok_or("there is no such optimizer")?;
        let rate = self.lr.unwrap_or(entry.learning_rate);
        Ok((entry.make)((job.schedule)(rate)))
    }

    fn model(&self, job: &Job) -> Model {
        match self.precision {
            Precision::F32 => (job.model)(),
            Precision::Bf16 => (job.model)().with_policy(Policy::bf16()),
        }
    }

    fn train(
        &self,
        job: &Job,
        model: &Model,
        optimizer: Optimizer,
        examples: &Examples,
    ) -> Result<Trained, Box<dyn Error>> {
        let progress = match examples.label {
            "" => Progress::Auto,
            label => Progress::To(Box::new(Labelled { label })),
        };
        let augment = self.augment.unwrap_or(job.augment);
        let train = reshaped(&examples.splits.train, model)?;
        let batches = train.batches(self.batch.unwrap_or(job.batch));
        let trained = Trainer::new(model, loss::categorical_cross_entropy(), optimizer)
            .metric(metrics::accuracy())
            .epochs(self.epochs)
            .seed(self.seed)
            .progress(progress)
            .stop_when(interrupt::flag()?)
            .run(augment.apply(batches, self.seed))?;
        Ok(trained)
    }
}

/// Prints what is about to be trained, on what.
fn announce(out: &mut impl Write, examples: &Examples, table: &str) -> io::Result<()> {
    let (name, splits) = (examples.name, &examples.splits);
    let (train, test) = (splits.train.len(), splits.test.len());
    writeln!(
        out,
        "{name}: {train} examples to train with, {test} to test with"
    )?;
    writeln!(out, "{table}")?;
    out.flush()
}

/// The images in the shape in which the model takes them.
fn reshaped(images: &Dataset, model: &Model) -> Result<Dataset, Box<dyn Error>> {
    let network = model.build()?;
    let shape = picture_shape(&network).ok_or("the model does not take pictures")?;
    Ok(images.reshape(shape)?)
}

/// Batches of this size are tested at a time; results do not depend on it.
const TESTED_AT_ONCE: usize = 256;

/// Loss and accuracy over the test examples.
pub(crate) fn test_scores(
    model: &Model,
    params: &impl bouton::train::Parameters,
    test: &Dataset,
) -> bouton::Result<Scores> {
    let evaluator = Evaluator::new(model)
        .loss(loss::categorical_cross_entropy())
        .metric(metrics::accuracy());
    Ok(evaluator.run(test.batches(TESTED_AT_ONCE), params)?)
}

/// Prints the scores, the accuracy last.
pub(crate) fn report(out: &mut impl Write, scores: &Scores, label: &str) -> io::Result<()> {
    let of = |name: &str| scores.get(name).unwrap_or(f64::NAN);
    writeln!(out, "test loss: {:.4}{label}", of("loss"))?;
    writeln!(out, "test accuracy: {:.2} %{label}", 100.0 * of("accuracy"))?;
    out.flush()
}

/// Standard error with a label at the end of every line. That nobody can read it is no error.
struct Labelled {
    label: &'static str,
}

impl Write for Labelled {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let mut labelled = vec![];
        for line in text.split_inclusive(|&c| c == b'\n') {
            match line.split_last() {
                Some((b'\n', line)) => {
                    labelled.extend_from_slice(line);
                    writeln!(labelled, "{}", self.label)?;
                }
                _ => labelled.extend_from_slice(line),
            }
        }
        let _ = io::stderr().write_all(&labelled);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
