//! A process of its own for one thing: one that did nothing before, or in another environment.

use std::error::Error;
use std::process::Command;

/// What this program prints when it is told `--option name` with these variables set.
pub(crate) fn apart(
    option: &str,
    name: &str,
    environment: &[(&str, &str)],
) -> Result<String, Box<dyn Error>> {
    let output = Command::new(std::env::current_exe()?)
        .args([&format!("--{option}"), name])
        .envs(environment.iter().copied())
        .output()?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{name}: {}", why.trim()).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
