//! `cargo run --release -p bouton-fuzz -- --seconds 10`: feeds every reader of files with damaged ones.
//!
//! Each target starts from the files of its folder under `dev/fuzz/corpus`. A damaged file that is refused in a way not seen before
//! is damaged further. A reader that panics, or asks for more memory than the file's size vouches for, has failed: the file is kept,
//! and goes to the corpus with the fix. The same seed makes the same files, in the same order, for each target by itself.
//!
//! Without `--release` fewer files are fed, and arithmetic that overflows is a failure too.

mod allocations;
mod damage;
mod hunt;
mod targets;

use clap::Parser;
use hunt::Hunt;
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};
use targets::TARGETS;

/// Feeds every reader of files with damaged ones. An error if one panics or asks for too much memory.
#[derive(Parser)]
#[command(
    after_help = "Example:\n  cargo run --release -p bouton-fuzz -- --seconds 60 --only npz --seed 7"
)]
struct Cli {
    /// How long, all targets together
    #[arg(long, value_name = "NUMBER", default_value_t = 10.0, value_parser = seconds)]
    seconds: f64,
    /// Run only this target
    #[arg(long, value_name = "NAME", value_parser = TARGETS.map(|t| t.name))]
    only: Option<String>,
    /// Where the damage comes from
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// The folder that files are kept in that a reader failed on
    #[arg(long, value_name = "DIR", default_value = "target/fuzz")]
    keep: PathBuf,
}

fn seconds(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|n| (0.0..=1e6).contains(n));
    number.ok_or_else(|| "a number of seconds from 0 to 1,000,000".to_string())
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(n) => {
            eprintln!(
                "error: {n} files made a reader fail; they are in {}",
                cli.keep.display()
            );
            ExitCode::FAILURE
        }
        Err(e) => {
            eprintln!("error: {e}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the targets one after the other; tells how many files made one fail.
fn run(cli: &Cli) -> std::io::Result<usize> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let chosen = |name: &str| cli.only.as_deref().is_none_or(|only| only == name);
    let targets: Vec<_> = TARGETS.iter().filter(|t| chosen(t.name)).collect();
    let time = Duration::from_secs_f64(cli.seconds / targets.len() as f64);
    println!(
        "seed {}, {:.1} s for each target",
        cli.seed,
        time.as_secs_f64()
    );
    // What a reader's panic says is printed with the file that it failed on.
    std::panic::set_hook(Box::new(|_| ()));
    let mut failures = 0;
    for target in targets {
        let mut hunt = Hunt::new(target, &corpus.join(target.name), cli.seed)?;
        hunt.run(time, &cli.keep)?;
        println!("{hunt}");
        failures += hunt.failures();
    }
    Ok(failures)
}
