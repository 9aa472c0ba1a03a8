//! The whole job: `bouton train mnist-mlp` as a process of its own, from start to exit.

use crate::measure::Time;
use crate::record::Row;
use std::error::Error;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

/// The name that the peers' programs use too.
pub(crate) const NAME: &str = "W7 mlp b128 x5 epochs";

const RUNS: usize = 5;
/// Of a run that learnt what it should, in percent.
const LEAST_ACCURACY: f64 = 97.0;

struct Run {
    wall: f64,
    training: f64,
    peak: Option<u64>,
}

/// Wall time and training time; nothing where MNIST cannot be had.
pub(crate) fn run() -> Result<Option<Vec<Row>>, Box<dyn Error>> {
    let program = build()?;
    let mut runs = vec![];
    for _ in 0..RUNS {
        match once(&program)? {
            Some(run) => runs.push(run),
            None => return Ok(None),
        }
    }
    let peak = runs.iter().filter_map(|run| run.peak).max();
    let note = peak.map_or(String::new(), |bytes| {
        format!("{:.0} MB at most", bytes as f64 / 1e6)
    });
    let row = |variant, time: fn(&Run) -> f64| Row {
        name: NAME.to_owned(),
        variant: String::from(variant),
        time: Time::of(runs.iter().map(|run| time(run) * 1e6).collect()),
        flops: 0.0,
        bytes: 0.0,
        note: note.clone(),
    };
    Ok(Some(vec![
        row("whole process", |run| run.wall),
        row("training", |run| run.training),
    ]))
}

fn build() -> Result<PathBuf, Box<dyn Error>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args([
            "build",
            "--release",
            "--quiet",
            "-p",
            "bouton",
            "--bin",
            "bouton",
        ])
        .status()?;
    if !built.success() {
        return Err("the command could not be built".into());
    }
    let name = format!("bouton{}", std::env::consts::EXE_SUFFIX);
    Ok(std::env::current_exe()?.with_file_name(name))
}

fn once(program: &PathBuf) -> Result<Option<Run>, Box<dyn Error>> {
    let started = Instant::now();
    let mut child = Command::new(program)
        .args(["train", "mnist-mlp"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    // The high-water mark only grows: the last look before the end is near enough.
    let mut peak = None;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        peak = high_water(child.id()).or(peak);
        thread::sleep(Duration::from_millis(5));
    };
    let wall = started.elapsed().as_secs_f64();
    let mut output = String::new();
    if let Some(stdout) = &mut child.stdout {
        stdout.read_to_string(&mut output)?;
    }
    if !status.success() {
        return Err(format!("{NAME}: the command failed: {output}").into());
    }
    let last = output.lines().last().unwrap_or("");
    if last.ends_with(')') {
        return Ok(None); // not on MNIST
    }
    let accuracy =
        number_between(last, "test accuracy: ", " %").ok_or("the command printed no accuracy")?;
    if accuracy < LEAST_ACCURACY {
        return Err(format!("{NAME}: the accuracy is {accuracy} %").into());
    }
    let summary = output
        .lines()
        .find(|line| line.contains(" steps, "))
        .unwrap_or("");
    let training =
        number_between(summary, " steps, ", " s").ok_or("the command printed no training time")?;
    Ok(Some(Run {
        wall,
        training,
        peak,
    }))
}

fn number_between(line: &str, before: &str, after: &str) -> Option<f64> {
    let (_, rest) = line.split_once(before)?;
    let (number, _) = rest.split_once(after)?;
    number.trim().parse().ok()
}

/// The most memory that a process has held so far, in bytes.
fn high_water(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_from_what_the_command_prints() {
        let line = "5 epochs, 2345 steps, 0.95 s: loss 0.0412  accuracy 0.9876";
        assert_eq!(number_between(line, " steps, ", " s"), Some(0.95));
        assert_eq!(
            number_between("test accuracy: 97.81 %", "test accuracy: ", " %"),
            Some(97.81)
        );
        assert_eq!(
            number_between("test accuracy: ", "test accuracy: ", " %"),
            None
        );
    }
}
