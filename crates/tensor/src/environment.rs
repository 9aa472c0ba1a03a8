//! The variables of the environment that say how to compute: each read once, and refused where it makes no sense.
use crate::{Error, ErrorKind, Result, compiler::wished_compiler};
use bouton_cpu::{isa, pool};
use std::{env, sync::OnceLock};

/// Whether `BOUTON_THREADS`, `BOUTON_ISA`, `BOUTON_COMPILER`, `BOUTON_PANIC` and `BOUTON_CHECK` make sense. A program
/// that asks at its start learns of a mistake there; one that does not gets the same error where it first computes.
///
/// # Errors
/// - `BOUTON_THREADS` must be a whole number from 1 to 256
/// - `BOUTON_ISA` must be an instruction set that this machine has
/// - `BOUTON_COMPILER` must name a known compiler
/// - `BOUTON_PANIC` and `BOUTON_CHECK` must be 1, 0 or unset
pub fn check_environment() -> Result<()> {
    settings()?;
    wished_compiler().map(|_| ())
}

/// As [`check_environment`], but for the compiler, which may still be registered.
pub(crate) fn settings() -> Result<()> {
    static VERDICT: OnceLock<Result<()>> = OnceLock::new();
    let verdict = || {
        pool::asked().map_err(|rule| refused("BOUTON_THREADS", rule))?;
        isa::asked().map_err(|rule| refused("BOUTON_ISA", rule))?;
        for name in ["BOUTON_PANIC", "BOUTON_CHECK", "BOUTON_PROFILE"] {
            switch(name).map_err(|rule| refused(name, rule))?;
        }
        Ok(())
    };
    VERDICT.get_or_init(verdict).clone()
}

/// `BOUTON_PANIC=1`: stop where a mistake is made.
pub(crate) fn stops_at_mistakes() -> bool {
    static ON: OnceLock<bool> = OnceLock::new();
    *ON.get_or_init(|| switch("BOUTON_PANIC").unwrap_or(false))
}

/// `BOUTON_CHECK=1`: trace compiled functions again at every call.
pub(crate) fn checks_traces() -> bool {
    static ON: OnceLock<bool> = OnceLock::new();
    *ON.get_or_init(|| switch("BOUTON_CHECK").unwrap_or(false))
}

fn switch(name: &str) -> Result<bool, String> {
    let value = env::var_os(name).unwrap_or_default();
    match value.to_str() {
        Some("1") => Ok(true),
        Some("" | "0") => Ok(false),
        _ => Err(format!("must be 1, 0 or unset; it is {value:?}")),
    }
}

fn refused(name: &str, rule: impl Into<String>) -> Error {
    Error::general(ErrorKind::Value, name, rule)
}
