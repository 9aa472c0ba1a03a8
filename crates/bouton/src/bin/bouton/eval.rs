//! `bouton eval`: tests a saved model.

use crate::examples::{self, Folder};
use crate::failure::{Ending, Outcome};
use crate::settings::Settings;
use crate::{jobs, train};
use bouton::Model;
use clap::Args;
use std::io::{self, Write};
use std::path::PathBuf;

/// Tests a saved model on the test half of a dataset.
#[derive(Args)]
#[command(after_help = "Example:\n  bouton eval mnist.bouton --data datasets/mnist")]
pub(crate) struct Eval {
    /// A file that `bouton train --save` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    folder: Folder,
    /// Whose data to test with where --data names none
    #[arg(long, value_name = "JOB", default_value = "mnist-mlp", value_parser = jobs::names())]
    job: String,
    #[command(flatten)]
    settings: Settings,
}

impl Eval {
    /// Loads, tests, prints.
    pub(crate) fn run(&self) -> Outcome {
        self.settings.apply()?;
        let (model, params) = Model::load(&self.file)?;
        let examples = match &self.folder.data {
            Some(folder) => examples::load_any(folder)?,
            None => {
                let job = jobs::find(&self.job).ok_or("there is no such job")?;
                examples::load(job.source, None, job.stand_in)?
            }
        };
        let mut out = io::stdout().lock();
        writeln!(
            out,
            "{}: {} examples to test with",
            examples.name,
            examples.splits.test.len()
        )?;
        let scores = train::test_scores(&model, &params, &examples)?;
        train::report(&mut out, &scores, examples.label)?;
        Ok(Ending::Done)
    }
}
