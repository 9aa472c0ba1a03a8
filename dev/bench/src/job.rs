//! Whole jobs: `bouton train` as a process of its own, from start to exit.

use crate::measure::Time;
use crate::record::{Row, WHOLE};
use std::error::Error;
use std::ffi::OsStr;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

/// Something to train.
pub(crate) struct Job {
    /// The name that the peers' programs use too.
    pub(crate) name: &'static str,
    /// What the command is told.
    arguments: &'static [&'static str],
    runs: usize,
    /// Of a run that learnt what it should, in percent.
    least_accuracy: f64,
    /// Seconds that the process and training in it may take; 0 where there is no goal.
    goals: [f64; 2],
}

/// Every job.
pub(crate) const JOBS: &[Job] = &[
    Job {
        name: "W7 mlp b128 x5 epochs",
        arguments: &["mnist-mlp"],
        runs: 5,
        least_accuracy: 97.0,
        goals: [1.3, 0.95],
    },
    Job {
        name: "W7 cnn b32 x1 epochs",
        arguments: &["fashion-cnn", "--epochs", "1", "--augment", "none"],
        runs: 1,
        least_accuracy: 85.0,
        goals: [0.0, 10.5],
    },
    Job {
        name: "W7 cnn b128 x1 epochs",
        arguments: &[
            "fashion-cnn",
            "--epochs",
            "1",
            "--augment",
            "none",
            "--batch",
            "128",
        ],
        runs: 1,
        least_accuracy: 82.0,
        goals: [0.0, 10.0],
    },
];

struct Run {
    wall: f64,
    training: f64,
    peak: Option<u64>,
}

/// Wall time and training time; nothing where the data cannot be had.
pub(crate) fn run(job: &Job) -> Result<Option<Vec<Row>>, Box<dyn Error>> {
    let program = build()?;
    let mut runs = vec![];
    for _ in 0..job.runs {
        match once(job, &program, &[])? {
            Some(run) => runs.push(run),
            None => return Ok(None),
        }
    }
    let peak = runs.iter().filter_map(|run| run.peak).max();
    let note = peak.map_or(String::new(), |bytes| {
        format!("{:.0} MB at most", bytes as f64 / 1e6)
    });
    let row = |variant: &str, goal: f64, time: fn(&Run) -> f64| {
        let times = runs.iter().map(|run| time(run) * 1e6).collect();
        Row {
            variant: variant.to_owned(),
            goal: goal * 1e6,
            note: note.clone(),
            ..Row::new(job.name, Time::of(times))
        }
    };
    let [whole, training] = job.goals;
    Ok(Some(vec![
        row(WHOLE, whole, |run| run.wall),
        row("training", training, |run| run.training),
    ]))
}

/// The file of the model that the job trains; nothing where the data cannot be had.
pub(crate) fn model(job: &Job) -> Result<Option<Vec<u8>>, Box<dyn Error>> {
    let path = std::env::temp_dir().join(format!("bouton-bench-{}.model", std::process::id()));
    let save = [OsStr::new("--save"), path.as_os_str()];
    let run = once(job, &build()?, &save);
    // A run that failed, or was on other data, may have saved none.
    let saved = fs::read(&path);
    let _ = fs::remove_file(&path);
    Ok(match run? {
        Some(_) => Some(saved?),
        None => None,
    })
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

fn once(job: &Job, program: &PathBuf, more: &[&OsStr]) -> Result<Option<Run>, Box<dyn Error>> {
    let started = Instant::now();
    let mut child = Command::new(program)
        .arg("train")
        .args(job.arguments)
        .args(more)
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
        return Err(format!("{}: the command failed: {output}", job.name).into());
    }
    let last = output.lines().last().unwrap_or("");
    if last.ends_with(')') {
        return Ok(None); // not on the published set
    }
    let accuracy =
        number_between(last, "test accuracy: ", " %").ok_or("the command printed no accuracy")?;
    if accuracy < job.least_accuracy {
        return Err(format!("{}: the accuracy is {accuracy} %", job.name).into());
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
