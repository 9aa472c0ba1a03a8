//! The `bouton` command: trains, tests and uses models from a terminal.

mod arguments;
mod classifier;
mod doctor;
mod eval;
mod examples;
mod failure;
mod grey;
mod interrupt;
mod jobs;
mod machine;
mod picture;
mod predict;
mod settings;
mod target;
mod train;

use bouton::profile;
use clap::{Parser, Subcommand};
use failure::{Ending, Outcome};
use std::process::ExitCode;

/// Deep learning in Rust: train, test and use models.
#[derive(Parser)]
#[command(
    name = "bouton",
    version,
    after_help = "Example:\n  bouton train mnist-mlp --save mnist.bouton"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Train(train::Train),
    Eval(eval::Eval),
    Predict(predict::Predict),
    Doctor(doctor::Doctor),
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::Interrupted) => ExitCode::from(130),
        Err(error) => failure::report(&*error),
    }
}

fn run(command: Command) -> Outcome {
    bouton::check_environment()?;
    let outcome = match command {
        Command::Train(command) => command.run(),
        Command::Eval(command) => command.run(),
        Command::Predict(command) => command.run(),
        Command::Doctor(command) => command.run(),
    };
    if profile::is_on() {
        eprint!("{}", profile::report());
    }
    outcome
}
