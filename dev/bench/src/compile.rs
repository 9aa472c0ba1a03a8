//! How long a program takes to trace and compile in a process that compiled nothing before.

use crate::apart::apart;
use crate::measure::Time;
use crate::networks;
use crate::record::Row;
use crate::workloads::training_step;
use bouton::{Model, Result, Tensor, compiler, jit, optim};
use std::error::Error;
use std::time::Instant;

/// Something to compile.
struct Program {
    name: &'static str,
    /// The microseconds that it may take; 0 where there is no goal.
    goal: f64,
    /// Seconds, in this process.
    once: fn() -> Result<f64>,
}

const PROGRAMS: &[Program] = &[
    program("compile 100 operations", 0.0, || chain(100)),
    program("compile 1000 operations", 150_000.0, || chain(1000)),
    program("compile mlp step b128", 0.0, || step(networks::mlp, 128)),
    program("compile cnn step b32", 0.0, || step(networks::cnn, 32)),
];

const fn program(name: &'static str, goal: f64, once: fn() -> Result<f64>) -> Program {
    Program { name, goal, once }
}

const REPETITIONS: usize = 7;

/// The option that has a process of ours compile one program and print the seconds.
pub(crate) const OPTION: &str = "compile-once";

/// A process for every repetition of every program that is wanted.
pub(crate) fn run(wanted: impl Fn(&str) -> bool) -> std::result::Result<Vec<Row>, Box<dyn Error>> {
    let mut rows = vec![];
    for Program { name, goal, .. } in PROGRAMS.iter().filter(|program| wanted(program.name)) {
        let times = (0..REPETITIONS).map(|_| {
            let seconds: f64 = apart(OPTION, name, &[])?.parse()?;
            Ok(seconds * 1e6)
        });
        rows.push(Row {
            variant: "cold".to_owned(),
            goal: *goal,
            ..Row::new(
                name,
                Time::of(times.collect::<std::result::Result<_, Box<dyn Error>>>()?),
            )
        });
    }
    Ok(rows)
}

/// The seconds that the program of this name takes to compile.
pub(crate) fn once(name: &str) -> std::result::Result<f64, Box<dyn Error>> {
    let program = PROGRAMS.iter().find(|program| program.name == name);
    let program = program.ok_or_else(|| format!("there is no program {name:?} to compile"))?;
    Ok((program.once)()?)
}

/// Seconds that a call takes longer than the same again, which only runs: the quickest of a few.
fn longer(mut call: impl FnMut() -> Result<()>) -> Result<f64> {
    let mut timed = || {
        let start = Instant::now();
        call().map(|()| start.elapsed().as_secs_f64())
    };
    let first = timed()?;
    let later = (0..5).map(|_| timed()).collect::<Result<Vec<f64>>>()?;
    Ok((first - later.into_iter().fold(f64::INFINITY, f64::min)).max(0.0))
}

/// A program of `n` operations: products of matrices, sums and element-wise ones by turns.
fn chain(n: usize) -> Result<f64> {
    let x = Tensor::from(vec![0.5f32; 256]).reshape([16, 16]).eval()?;
    let compiled = jit(move |x: &Tensor| {
        let mut y = -x;
        for i in 1..n {
            y = match i % 10 {
                0 => y.matmul(x),
                1 => y + x,
                2 | 7 => y.tanh(),
                3 => &y - y.sum_axes(bouton::keep(-1)),
                4 => y.maximum(x),
                5 => y * x,
                6 => y.exp(),
                8 => y.transpose([1, 0]),
                _ => -y,
            };
        }
        y
    });
    longer(|| Ok(compiled(&x).map(drop)?))
}

/// The training step of a network.
fn step(model: fn() -> Model, batch: usize) -> Result<f64> {
    let (x, y) = training_step::batch_for(&model(), batch)?;
    let compiler = compiler::default_compiler()?;
    let mut steps = training_step::Steps::new(model(), optim::adam(1e-3), compiler)?;
    longer(|| steps.take(1, &x, &y).map(drop))
}
