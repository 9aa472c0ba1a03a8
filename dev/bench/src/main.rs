//! `cargo run --release -p bouton-bench`: times the workloads that Bouton is held to and writes a record.

mod apart;
mod bits;
mod compile;
mod denormals;
mod job;
mod machine;
mod measure;
mod networks;
mod peers;
mod profile;
mod record;
mod relaxed;
mod release;
mod workloads;

use clap::Parser;
use machine::Machine;
use record::{Record, Row};
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use workloads::{Run, Workload};

/// Times the workloads that Bouton is held to. Each result is checked against the reference compiler before it is
/// timed; a time is the median of 7 repetitions of 0.3 s, taken anew if the machine gave less than its peak before or
/// after.
#[derive(Parser)]
#[command(after_help = "Example:\n  cargo run --release -p bouton-bench -- --only W1 --no-record")]
struct Cli {
    /// Run only the workloads whose name contains this
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Figures of other libraries from the same machine and day, one JSON object a line: peer, workload, variant,
    /// threads, median_us
    #[arg(long, value_name = "FILE")]
    peers: Option<PathBuf>,
    /// Time release builds from nothing too: some minutes
    #[arg(long)]
    build: bool,
    /// Compile one program and print how many seconds it took
    #[arg(long = compile::OPTION, value_name = "NAME", hide = true)]
    compile_once: Option<String>,
    /// Time nothing: compare the bits of every workload for 1, 2, 3 and 8 threads and, but for whole
    /// jobs, on the portable path. An error if they differ
    #[arg(long)]
    bits: bool,
    /// Run one workload and print a digest of its results
    #[arg(long = bits::OPTION, value_name = "NAME", hide = true)]
    digest: Option<String>,
    /// Time each workload also with sums cut by the number of threads, by turns, and say what reproducibility costs
    #[arg(long)]
    relaxed: bool,
    /// Where a goal is missed, keep the longest regions of the program
    #[arg(long)]
    profile: bool,
    /// The folder of records
    #[arg(long, value_name = "DIR", default_value = "record")]
    record: PathBuf,
    /// Print only
    #[arg(long)]
    no_record: bool,
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("error: {e}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    if cfg!(debug_assertions) {
        return Err("a debug build says nothing about speed: run with --release".into());
    }
    if let Some(name) = &cli.compile_once {
        println!("{}", compile::once(name)?);
        return Ok(());
    }
    if let Some(name) = &cli.digest {
        println!("{}", bits::digest(name)?);
        return Ok(());
    }
    let wanted = |name: &str| {
        cli.only
            .as_ref()
            .is_none_or(|text| name.contains(text.as_str()))
    };
    if cli.bits {
        return bits::run(wanted);
    }
    let threads = bouton::threads();
    let peers = match &cli.peers {
        Some(path) => peers::read(path, threads)?,
        None => vec![],
    };
    let jobs = job::JOBS.iter().map(|job| job.name);
    let names: Vec<&str> = workloads::all().map(|w| w.name).chain(jobs).collect();
    let unknown = peers::unknown(&peers, &names);
    let mut machine = Machine::new();
    let mut record = Record::new(threads, machine.peak, peers);
    println!("{record}");
    for workload in workloads::all().filter(|w| wanted(w.name)) {
        let mut run = checked(workload, workload.tolerance)?;
        let ((time, cost), steady) = if cli.relaxed {
            let mut other = relaxed::relaxed(|| checked(workload, relaxed::TOLERANCE))?;
            let mut both = || measure::compare(&mut *run, &mut *other);
            machine.steadily(|| both().map(|(time, cost)| (time, Some(cost))))?
        } else {
            machine.steadily(|| measure::measure(&mut *run).map(|time| (time, None)))?
        };
        let row = Row {
            cost,
            steady,
            ..Row::of(workload, time)
        };
        record.peak = machine.peak;
        let longest = match cli.profile && row.misses_its_goal() {
            true => profile::longest(&mut *run, time.median)?,
            false => String::new(),
        };
        record.add(Row { longest, ..row });
    }
    let compiled = compile::run(wanted)?;
    compiled.into_iter().for_each(|row| record.add(row));
    if wanted(denormals::NAME) {
        denormals::run()?
            .into_iter()
            .for_each(|row| record.add(row));
    }
    for job in job::JOBS.iter().filter(|job| wanted(job.name)) {
        match machine.steadily(|| job::run(job))? {
            (Some(rows), steady) => rows
                .into_iter()
                .for_each(|row| record.add(Row { steady, ..row })),
            (None, _) => println!(
                "{}: left out, its data is neither here nor within reach",
                job.name
            ),
        }
    }
    if cli.build {
        release::run()?.into_iter().for_each(|row| record.add(row));
    }
    for (peer, workload) in unknown {
        eprintln!(
            "warning: no workload here is called {workload:?}: figures of {peer} are left out"
        );
    }
    if !cli.no_record {
        println!("\nwritten to {}", record.write(&cli.record)?.display());
    }
    Ok(())
}

/// A workload whose result was compared with the reference's, compiled and ready to run.
fn checked(workload: &Workload, tolerance: f64) -> Result<Run, Box<dyn Error>> {
    let mut prepared = (workload.prepare)()?;
    let error = prepared.check()?;
    // Not `>`: a result that is not a number must not pass.
    if error.is_nan() || error > tolerance {
        let text = format!(
            "{}: the result is off by {error:.1e} from the reference",
            workload.name
        );
        return Err(text.into());
    }
    (prepared.run)(1)?;
    Ok(prepared.run)
}
