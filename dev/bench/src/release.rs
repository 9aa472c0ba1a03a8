//! How long a release build takes from nothing, and how large the command is.

use crate::measure::Time;
use crate::record::Row;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use std::{env, fs};

/// What is built: its name, the seconds it may take on two cores, and what cargo is told.
const BUILDS: &[(&str, f64, &[&str])] = &[
    (
        "release build of the library",
        45.0,
        &["--lib", "--no-default-features"],
    ),
    ("release build of the command", 90.0, &["--bin", "bouton"]),
];

/// One build of each, in a folder of its own that is removed again.
pub(crate) fn run() -> Result<Vec<Row>, Box<dyn Error>> {
    let folder = env::temp_dir().join(format!("bouton-bench-{}", std::process::id()));
    let rows = BUILDS.iter().map(|(name, seconds, arguments)| {
        let built = build(name, *seconds, arguments, &folder);
        fs::remove_dir_all(&folder)?;
        built
    });
    rows.collect()
}

fn build(name: &str, goal: f64, arguments: &[&str], folder: &Path) -> Result<Row, Box<dyn Error>> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let start = Instant::now();
    let built = Command::new(cargo)
        .args(["build", "--release", "--quiet", "--locked", "-p", "bouton"])
        .args(arguments)
        .arg("--target-dir")
        .arg(folder)
        .status()?;
    if !built.success() {
        return Err(format!("{name} failed").into());
    }
    let seconds = start.elapsed().as_secs_f64();
    let program: PathBuf = folder
        .join("release")
        .join(format!("bouton{}", env::consts::EXE_SUFFIX));
    let note = match fs::metadata(program) {
        Ok(file) => format!("{:.1} MB", file.len() as f64 / 1e6),
        Err(_) => String::new(), // a library: its size says nothing
    };
    Ok(Row {
        variant: "from nothing".to_owned(),
        goal: goal * 1e6,
        note,
        ..Row::new(name, Time::of(vec![seconds * 1e6]))
    })
}
