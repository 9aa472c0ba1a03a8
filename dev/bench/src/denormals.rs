//! Twenty thousand steps on one batch: whether the last thousand are as quick as the first, though the state of units that
//! no longer learn decays towards nothing.

use crate::measure::Time;
use crate::networks;
use crate::record::Row;
use crate::workloads::training_step;
use bouton::{Tensor, compiler, optim};
use std::error::Error;
use std::time::Instant;

pub(crate) const NAME: &str = "20000 steps, mlp b128 adam 1e-3";

const STEPS: usize = 20_000;
const COUNTED: usize = 1000;
/// Times are taken of so many steps at once.
const AT_ONCE: usize = 100;

/// The first thousand steps after one that compiles, and the last.
pub(crate) fn run() -> Result<Vec<Row>, Box<dyn Error>> {
    let (x, y) = training_step::batch_for(&networks::mlp(), 128)?;
    let compiler = compiler::default_compiler()?;
    let mut steps = training_step::Steps::new(networks::mlp(), optim::adam(1e-3), compiler)?;
    let mut loss = steps.take(1, &x, &y)?;
    let mut times = vec![];
    for _ in 0..STEPS / AT_ONCE {
        let start = Instant::now();
        loss = steps.take(AT_ONCE, &x, &y)?;
        times.push(start.elapsed().as_secs_f64() * 1e6 / AT_ONCE as f64);
    }
    learnt(&loss)?;
    let row = |variant: &str, times: &[f64]| Row {
        variant: variant.to_owned(),
        ..Row::new(NAME, Time::of(times.to_vec()))
    };
    let counted = COUNTED / AT_ONCE;
    Ok(vec![
        row("first 1000", &times[..counted]),
        row("last 1000", &times[times.len() - counted..]),
    ])
}

/// A batch that is seen twenty thousand times is known by heart.
fn learnt(loss: &Tensor) -> Result<(), Box<dyn Error>> {
    let loss = loss.item()?;
    match loss < 1e-3 {
        true => Ok(()),
        false => Err(format!("{NAME}: the loss is {loss} at the end").into()),
    }
}
