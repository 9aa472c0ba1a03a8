//! `bouton doctor`: what this machine has, what Bouton makes of it, and whether it computes right.

use crate::failure::{Ending, Outcome};
use crate::settings::Settings;
use crate::{jobs, machine};
use bouton::compiler::{self, default_compiler};
use bouton::train::Parameters;
use bouton::{Compiler, Progress, Trainer, Tree, datasets, loss, metrics, optim};
use clap::Args;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Instant;

/// Tells what this machine has and checks that it computes right.
#[derive(Args)]
#[command(after_help = "Example:\n  bouton doctor --threads 2")]
pub(crate) struct Doctor {
    #[command(flatten)]
    settings: Settings,
}

/// The most by which a parameter trained by the compiler and one trained by the reference may differ.
const TOLERANCE: f64 = 1e-5;

impl Doctor {
    /// Looks, computes, prints.
    pub(crate) fn run(&self) -> Outcome {
        self.settings.apply()?;
        let compiler = default_compiler()?;
        let mut out = io::stdout().lock();
        let unknown = || "unknown".to_owned();
        let mut line = |name: &str, value: String| writeln!(out, "{name:14}{value}");
        line(
            "bouton",
            format!(
                "{}, {} {}",
                env!("CARGO_PKG_VERSION"),
                std::env::consts::ARCH,
                std::env::consts::OS
            ),
        )?;
        line("processor", machine::processor().unwrap_or_else(unknown))?;
        let features = machine::features();
        let named = |has: bool| {
            features
                .iter()
                .filter(|f| f.1 == has)
                .map(|f| f.0)
                .collect::<Vec<_>>()
                .join(" ")
        };
        line(
            "features",
            format!("{} (not: {})", named(true), named(false)),
        )?;
        line("kernels", bouton::isa().name().to_owned())?;
        let cores =
            std::thread::available_parallelism().map_or_else(|_| unknown(), |n| n.to_string());
        line(
            "threads",
            format!("{} of {cores} available cores", bouton::threads()),
        )?;
        let memory = machine::memory()
            .map(|(all, free)| format!("{:.1} GiB, {:.1} GiB free", gib(all), gib(free)));
        line("memory", memory.unwrap_or_else(unknown))?;
        let caches = machine::caches().join(", ");
        line("caches", if caches.is_empty() { unknown() } else { caches })?;
        line("compiler", compiler.name().to_owned())?;
        for source in datasets::DATASETS {
            line(source.folder, place_of(source))?;
        }

        let started = Instant::now();
        let ours = small_training(&compiler)?;
        let seconds = started.elapsed().as_secs_f64();
        let expected = small_training(&compiler::compiler("reference")?)?;
        let difference = ours
            .iter()
            .zip(&expected)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, worse);
        let right = ours.len() == expected.len() && difference <= TOLERANCE;
        let verdict = if right { "right" } else { "WRONG" };
        line(
            "smoke test",
            format!(
                "{verdict}: a small training in {seconds:.2} s, parameters within {difference:.1e} of the reference's"
            ),
        )?;
        if right {
            Ok(Ending::Done)
        } else {
            Err("this machine does not compute what the reference does".into())
        }
    }
}

/// All parameters after an epoch on a few built-in digits.
fn small_training(compiler: &Arc<dyn Compiler>) -> bouton::Result<Vec<f64>> {
    let digits = datasets::digits(256, 1, 42)?;
    let trained = Trainer::new(
        &jobs::mnist_mlp::model(),
        loss::categorical_cross_entropy(),
        optim::adam(1e-3),
    )
    .metric(metrics::accuracy())
    .progress(Progress::Silent)
    .compiler(Arc::clone(compiler))
    .run(digits.train.batches(100).shuffle(42))?;
    let mut values = vec![];
    for tensor in trained.parameters().leaves() {
        values.extend(tensor.to_vec::<f32>()?.into_iter().map(f64::from));
    }
    Ok(values)
}

/// The larger; `NaN` where one is.
fn worse(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() {
        f64::NAN
    } else {
        a.max(b)
    }
}

/// Where a dataset would be read from, and whether something is there.
fn place_of(source: &datasets::Source) -> String {
    let root = match datasets::provided_folder() {
        Some(root) => Ok(root),
        None => datasets::cache_folder(),
    };
    match root {
        Ok(root) => {
            let folder = root.join(source.folder);
            let state = if folder.is_dir() {
                ""
            } else {
                ", not there yet"
            };
            format!("{}{state}", folder.display())
        }
        Err(e) => e.rule().to_owned(),
    }
}

fn gib(bytes: u64) -> f64 {
    bytes as f64 / (1u64 << 30) as f64
}
