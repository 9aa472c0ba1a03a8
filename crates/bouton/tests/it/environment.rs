//! What the variables of the environment do to a program: each case runs in a process of its own.

use bouton::prelude::*;
use bouton::{ErrorKind, check_environment, jit};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What the child runs; the number of the case is its role.
const ROLE: &str = "BOUTON_TEST_ROLE";

/// Runs the test of this name again, as the child number `role`, with one variable set.
fn child(test: &str, role: usize, variable: &str, value: &str) -> Output {
    Command::new(std::env::current_exe().unwrap())
        .args([&format!("environment::{test}"), "--exact", "--nocapture"])
        .env(ROLE, role.to_string())
        .env(variable, value)
        .env_remove("RUST_BACKTRACE")
        .output()
        .unwrap()
}

fn role() -> Option<usize> {
    std::env::var(ROLE).ok()?.parse().ok()
}

#[test]
fn a_value_that_makes_no_sense_comes_out_where_something_is_computed() {
    const TEST: &str = "a_value_that_makes_no_sense_comes_out_where_something_is_computed";
    let refused = |error: bouton::Error| {
        assert_eq!(error.kind(), ErrorKind::Tensor);
        println!("refused: {error}");
    };
    if role().is_some() {
        let x = tensor![1.0, 2.0];
        refused(check_environment().unwrap_err().into());
        refused((&x + 1.0).to_vec::<f32>().unwrap_err().into());
        let step = jit(|x: &Tensor| x * 2.0);
        refused(step(&x).unwrap_err().into());
        // Data is there already.
        assert_eq!(x.to_vec::<f32>().unwrap(), [1.0, 2.0]);
        return;
    }
    for (variable, value) in [
        ("BOUTON_THREADS", "-1"),
        ("BOUTON_ISA", "avx9"),
        ("BOUTON_CHECK", "2"),
    ] {
        let output = child(TEST, 0, variable, value);
        let out = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{out}");
        let line = format!("refused: {variable}: must be ");
        assert_eq!(out.matches(&line).count(), 3, "{out}");
    }
}

/// Mistakes in every crate, with the words of each.
const MISTAKES: &[(fn(), &str)] = &[
    (
        || drop(tensor![1.0, 2.0].matmul(tensor![[1.0], [2.0], [3.0]])),
        "matmul: contracted axes must have the same size",
    ),
    (
        || {
            let model = Model::input("x", [Batch, Dim(3)]).dropout(2.0);
            drop(model.build());
        },
        "dropout: the rate must be at least 0 and below 1",
    ),
    (
        || {
            let loss = loss::categorical_cross_entropy();
            drop(loss.call(&tensor![[1.0]], &tensor![[0.5, 0.5]]));
        },
        "categorical_cross_entropy: targets must be one-hot",
    ),
    (|| drop(optim::sgd(-1.0).init(&tensor![1.0])), "sgd { "),
    (
        || drop(datasets::digits(3, 1, 0).map(|d| d.train.batches(0))),
        "batches(0): a batch must hold at least 1 example",
    ),
    (
        || {
            let model = Model::input("x", [Batch, Dim(1)]).dense(1);
            let trainer = Trainer::new(&model, loss::mean_squared_error(), optim::sgd(0.1));
            drop(trainer.run(Vec::new()));
        },
        "epoch 1: the data must give at least one batch",
    ),
];

#[test]
fn bouton_panic_stops_at_the_mistake_in_every_crate() {
    const TEST: &str = "bouton_panic_stops_at_the_mistake_in_every_crate";
    if let Some(role) = role() {
        MISTAKES[role].0();
        println!("went on");
        return;
    }
    for (role, (_, words)) in MISTAKES.iter().enumerate() {
        let output = child(TEST, role, "BOUTON_PANIC", "1");
        let (out, err) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        let all = format!("{out}{err}");
        assert!(
            !output.status.success() && !all.contains("went on"),
            "{all}"
        );
        assert!(all.contains("panicked at") && all.contains(words), "{all}");
        assert!(all.contains("environment.rs:"), "{all}");
        // Without it, or with 0, the mistake is carried.
        let output = child(TEST, role, "BOUTON_PANIC", "0");
        assert!(String::from_utf8_lossy(&output.stdout).contains("went on"));
    }
}

#[test]
fn bouton_panic_leaves_a_program_without_a_mistake_alone() {
    const TEST: &str = "bouton_panic_leaves_a_program_without_a_mistake_alone";
    if role().is_none() {
        let output = child(TEST, 0, "BOUTON_PANIC", "1");
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{err}");
        return;
    }
    let digits = datasets::digits(200, 50, 1).unwrap();
    let model = Model::input("images", [Batch, Dim(784)])
        .dense(8)
        .relu()
        .dropout(0.1)
        .dense(10)
        .softmax();
    let schedule = optim::cosine_decay(1e-2, 10);
    for loss in [
        loss::categorical_cross_entropy(),
        loss::mean_squared_error(),
    ] {
        let trained = Trainer::new(&model, loss, optim::adam(schedule.clone()))
            .metric(metrics::accuracy())
            .validate(digits.test.batches(20))
            .progress(Progress::Silent)
            .run(digits.train.batches(64).shuffle(1))
            .unwrap();
        assert_eq!(trained.steps(), 4);
    }
    let traced = jit(|x: &Tensor| {
        assert!(format!("{x:?}").contains("no value while tracing"));
        grad(x, |x| x.square().sum())
    });
    assert_eq!(traced(&tensor![3.0]).unwrap().item().unwrap(), 6.0);
}

/// Compiled functions that depend on more than their arguments, and what is said of each.
const IMPURE: &[(fn(usize, &Tensor) -> Tensor, &str)] = &[
    (
        |call, x| if call == 0 { x.exp() } else { x.log() },
        "jit: the function does something else than when it was traced",
    ),
    (
        |call, x| x * (call as f64),
        "jit: the function takes other values from outside than when it was traced\n  then: f32[2] [0.0, 0.0]\n  now: f32[2] [1.0, 1.0]\n  at ",
    ),
    (
        |call, x| x + tensor![[1.0, 1.0], [2.0, 3.0]].at(call as i64),
        "jit: the function takes other values from outside",
    ),
    (|_, x| x * 2.0 + tensor![1.0, 2.0], ""),
];

#[test]
fn bouton_check_finds_functions_that_depend_on_more_than_their_arguments() {
    const TEST: &str = "bouton_check_finds_functions_that_depend_on_more_than_their_arguments";
    if let Some(role) = role() {
        let calls = AtomicUsize::new(0);
        let f = jit(move |x: &Tensor| IMPURE[role].0(calls.fetch_add(1, Ordering::Relaxed), x));
        let x = tensor![1.0, 2.0];
        let first = f(&x).unwrap().to_vec::<f32>().unwrap();
        match f(&x) {
            Ok(second) => println!("same: {}", first == second.to_vec::<f32>().unwrap()),
            Err(e) => println!("{e}"),
        }
        assert_eq!(f.traces(), 1);
        return;
    }
    for (role, (_, words)) in IMPURE.iter().enumerate() {
        let out = |value| {
            let output = child(TEST, role, "BOUTON_CHECK", value);
            assert!(output.status.success());
            String::from_utf8_lossy(&output.stdout).into_owned()
        };
        let words = if words.is_empty() {
            "same: true"
        } else {
            words
        };
        assert!(out("1").contains(words), "{}", out("1"));
        assert!(out("0").contains("same: true"), "{}", out("0"));
    }
}
