//! `bouton eval`: tests a saved model.

use crate::examples::{self, Folder};
use crate::failure::{Ending, Outcome};
use crate::settings::Settings;
use crate::{jobs, train};
use bouton::nn::file::ModelFile;
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
    /// Whose data to test with where --data names none [default: the job that the file was trained by, else mnist-mlp]
    #[arg(long, value_name = "JOB", value_parser = jobs::names())]
    job: Option<String>,
    #[command(flatten)]
    settings: Settings,
}

impl Eval {
    /// Loads, tests, prints.
    pub(crate) fn run(&self) -> Outcome {
        self.settings.apply()?;
        let file = ModelFile::read(&self.file)?;
        let trained_on = file.trained_on.as_deref();
        let examples = match &self.folder.data {
            Some(folder) => examples::load_any(folder)?,
            None => {
                let job = jobs::chosen(self.job.as_deref(), trained_on)?;
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
        let scores = train::test_scores(&file.model, &file.params, &examples)?;
        let label = examples.label.to_owned() + &examples::label(trained_on, examples.name);
        train::report(&mut out, &scores, &label)?;
        Ok(Ending::Done)
    }
}
