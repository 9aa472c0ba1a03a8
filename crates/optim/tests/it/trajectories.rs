//! Optax's trajectories: 25 steps from the same start along the same gradients.
use crate::golden::{Record, close, records};
use bouton_optim::{Adam, AdamW, Optimizer, Schedule, Sgd, cosine_decay, exponential_decay};
use bouton_tensor::{Array, Tensor, jit};

const GOLDEN: &str = include_str!("../golden/optimizers.txt");

/// The schedule that a record names, or the rate that it gives.
pub(crate) fn schedule(record: &Record, key: &str) -> Schedule {
    let number = |k: &str| record.number(k);
    let count = |k: &str| number(k).unwrap() as u32;
    match record.text(key) {
        None => number("rate").unwrap().into(),
        Some("exponential_decay") => {
            let decay = exponential_decay(
                number("init").unwrap(),
                count("transition_steps"),
                number("decay_rate").unwrap(),
            );
            let decay = decay.transition_begin(count("transition_begin"));
            let decay = if number("staircase") == Some(1.0) {
                decay.staircase()
            } else {
                decay
            };
            number("end_value")
                .map_or(decay.clone(), |v| decay.end_value(v))
                .into()
        }
        Some("cosine_decay") => {
            let decay = cosine_decay(number("init").unwrap(), count("decay_steps"));
            decay
                .alpha(number("alpha").unwrap())
                .exponent(number("exponent").unwrap())
                .into()
        }
        Some(other) => panic!("no schedule {other}"),
    }
}

fn optimizer(record: &Record) -> Optimizer {
    let (rate, number) = (schedule(record, "schedule"), |k| record.number(k).unwrap());
    match record.text("name").unwrap() {
        "sgd" => {
            let sgd = Sgd::new(rate).momentum(record.number("momentum").unwrap_or(0.0));
            if record.number("nesterov") == Some(1.0) {
                sgd.nesterov().into()
            } else {
                sgd.into()
            }
        }
        "adam" => Adam::new(rate)
            .b1(number("b1"))
            .b2(number("b2"))
            .eps(number("eps"))
            .eps_root(number("eps_root"))
            .into(),
        "adamw" => {
            let adamw = AdamW::new(rate).weight_decay(number("weight_decay"));
            adamw
                .b1(number("b1"))
                .b2(number("b2"))
                .eps(number("eps"))
                .eps_root(number("eps_root"))
                .into()
        }
        other => panic!("no optimizer {other}"),
    }
}

/// The gradients of one step.
fn row(all: &Array, step: usize) -> Tensor {
    let dims = &all.shape()[1..];
    let size: usize = dims.iter().product();
    let values = &all.as_slice::<f32>().unwrap()[step * size..(step + 1) * size];
    Tensor::from_vec(dims, values.to_vec())
}

#[test]
fn every_trajectory_is_optaxs() {
    let records = records(GOLDEN);
    let arrays = |kind| &records.iter().find(|r| r.kind == kind).unwrap().arrays;
    let (start, gradients) = (arrays("start"), arrays("gradients"));
    let mut checked = 0;
    for record in records.iter().filter(|r| r.kind == "optimizer") {
        let optimizer = optimizer(record);
        let step = jit(
            |(params, state): (Vec<Tensor>, bouton_optim::State), grads: &Vec<Tensor>| {
                optimizer.update(grads, state, params)
            },
        );
        let mut params: Vec<Tensor> = start.iter().cloned().map(Tensor::from_array).collect();
        let mut state = optimizer.init(&params);
        let mut expected = record.arrays.iter();
        let kept: Vec<usize> = record
            .text("steps")
            .unwrap()
            .split(',')
            .map(|s| s.parse().unwrap())
            .collect();
        for i in 1..=25 {
            let grads = gradients.iter().map(|g| row(g, i - 1)).collect();
            (params, state) = step((params, state), &grads).unwrap();
            if kept.contains(&i) {
                for leaf in &params {
                    let (found, expected) = (leaf.to_array().unwrap(), expected.next().unwrap());
                    let (rel, abs) = (record.number("rel").unwrap(), record.number("abs").unwrap());
                    close(
                        &found.to_f64_vec(),
                        &expected.to_f64_vec(),
                        rel,
                        abs,
                        &format!("{optimizer} step {i}"),
                    );
                }
            }
        }
        assert_eq!(expected.len(), 0);
        assert_eq!(step.traces(), 1);
        checked += 1;
    }
    assert_eq!(checked, 10);
}
