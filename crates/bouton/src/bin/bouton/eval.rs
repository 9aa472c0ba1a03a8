//! `bouton eval`: tests a saved model.

use crate::classifier::Classifier;
use crate::examples::{self, Folder};
use crate::failure::{Ending, Outcome};
use crate::settings::Settings;
use crate::{jobs, train};
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
        let classifier = Classifier::read(&self.file)?;
        let trained_on = classifier.trained_on();
        let examples = match &self.folder.data {
            Some(folder) => examples::load_any(folder)?,
            None => {
                let job = jobs::chosen(self.job.as_deref(), trained_on)?;
                examples::load(job.source, None, job.stand_in)?
            }
        };
        let test = examples.splits.test.reshape(&classifier.shape[..])?;
        let (known, asked) = (classifier.classes, test.classes().len());
        if known != asked {
            let (file, set) = (self.file.display(), examples.name);
            let rule = format!("{file}: the model tells {known} classes apart; {set} has {asked}");
            return Err(rule.into());
        }
        let mut out = io::stdout().lock();
        writeln!(
            out,
            "{}: {} examples to test with",
            examples.name,
            test.len()
        )?;
        let scores = train::test_scores(&classifier.file.model, &classifier.file.params, &test)?;
        train::report(&mut out, &scores, &examples.label_of(trained_on))?;
        Ok(Ending::Done)
    }
}
