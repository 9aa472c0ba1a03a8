//! Options that every command which computes has: threads and the compiler.

use crate::arguments;
use bouton::compiler::{self, set_default_compiler};
use clap::{Args, ValueEnum};
use std::error::Error;

/// How to compute.
#[derive(Args)]
pub(crate) struct Settings {
    /// How many threads to use [default: BOUTON_THREADS, else all cores]
    #[arg(long, value_name = "N", value_parser = arguments::threads, allow_negative_numbers = true)]
    threads: Option<usize>,
    /// What to compile with [default: the first known name in BOUTON_COMPILER, else cpu]
    #[arg(long, value_name = "NAME")]
    compiler: Option<CompilerName>,
}

#[derive(Clone, Copy, ValueEnum)]
enum CompilerName {
    /// Fused loops on all cores
    Cpu,
    /// Every operation's own plain loop: slow, and the measure for the others
    Reference,
}

impl Settings {
    /// Makes them the settings of the process.
    pub(crate) fn apply(&self) -> Result<(), Box<dyn Error>> {
        if let Some(n) = self.threads {
            bouton::set_threads(n);
        }
        if let Some(name) = self.compiler {
            let name = match name {
                CompilerName::Cpu => "cpu",
                CompilerName::Reference => "reference",
            };
            set_default_compiler(Some(compiler::compiler(name)?));
        }
        Ok(())
    }
}
