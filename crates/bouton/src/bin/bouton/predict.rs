//! `bouton predict`: says what a picture shows.

use crate::classifier::Classifier;
use crate::failure::{Ending, Outcome};
use crate::settings::Settings;
use crate::{examples, jobs, picture};

use bouton::{DType, Tensor};
use clap::Args;
use std::io::{self, Write};
use std::path::PathBuf;

/// Says what a picture shows, with a saved model.
#[derive(Args)]
#[command(after_help = "Example:\n  bouton predict mnist.bouton seven.png")]
pub(crate) struct Predict {
    /// A file that `bouton train --save` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A PNG or JPEG file: one figure, dark on light or light on dark
    #[arg(value_name = "IMAGE")]
    image: PathBuf,
    /// Whose names the classes have [default: the job that the file was trained by, else mnist-mlp]
    #[arg(long, value_name = "JOB", value_parser = jobs::names())]
    job: Option<String>,
    #[command(flatten)]
    settings: Settings,
}

/// Characters of the longest bar.
const BAR: f64 = 40.0;

impl Predict {
    /// Reads, predicts, prints.
    pub(crate) fn run(&self) -> Outcome {
        self.settings.apply()?;
        let classifier = Classifier::read(&self.file)?;
        let trained_on = classifier.trained_on();
        let job = jobs::chosen(self.job.as_deref(), trained_on)?;
        let picture = Tensor::from(picture::read(&self.image)?);
        let side = picture::SIDE;
        let heatmap = picture.reshape([side, side]).heatmap()?;
        let shape = [&[1], &classifier.shape[..]].concat();
        let input = (picture.convert(DType::F32) / 255.0).reshape(shape);
        let output = classifier.network.predict(&classifier.file.params, input);
        let probabilities: Vec<f32> = output.convert(DType::F32).to_vec()?;
        if probabilities.iter().any(|p| p.is_nan()) {
            let rule =
                "the model must predict numbers; it predicts NaN, so its training went wrong";
            return Err(format!("{}: {rule}", self.file.display()).into());
        }

        let classes = job.source.classes;
        let name = |class: usize| {
            classes
                .get(class)
                .map_or(class.to_string(), |name| (*name).to_owned())
        };
        let width = (0..probabilities.len())
            .map(|class| name(class).chars().count())
            .max()
            .unwrap_or(0);
        let mut out = io::stdout().lock();
        writeln!(out, "{heatmap}")?;
        for (class, &p) in probabilities.iter().enumerate() {
            let bar = "#".repeat((f64::from(p) * BAR).round() as usize);
            let line = format!("{:width$}  {:5.1} %  {bar}", name(class), 100.0 * p);
            writeln!(out, "{}", line.trim_end())?;
        }
        let best = probabilities
            .iter()
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(b.1));
        let (best, p) = best.ok_or("the model has no classes")?;
        let label = examples::label(trained_on, job.source.name);
        writeln!(out, "class: {} ({:.1} %){label}", name(best), 100.0 * p)?;
        out.flush()?;
        Ok(Ending::Done)
    }
}
