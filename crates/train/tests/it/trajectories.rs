//! 200 steps of an MLP from the same initial values as JAX: the same losses.
use crate::networks::mlp;
use bouton_nn::{Params, losses};
use bouton_optim::{Optimizer, adam, sgd};
use bouton_tensor::{Compiler, DType, Tensor, compiler::compiler, random};
use bouton_train::{Event, Progress, Trainer};
use std::sync::Arc;

const GOLDEN: &str = include_str!("../golden/mlp_trajectory.txt");

/// The arrays of the record that starts with these words, as `f32`.
fn golden(words: &[&str]) -> (String, Vec<Vec<f32>>) {
    let mut lines = GOLDEN.lines().filter(|line| !line.starts_with('#'));
    let fits = |line: &&str| words.iter().all(|w| line.split(' ').any(|word| word == *w));
    let head = lines.find(fits).unwrap();
    let arrays = lines.take_while(|line| line.contains('[')).map(|line| {
        let bits = line
            .split(' ')
            .skip(1)
            .map(|w| u32::from_str_radix(w, 16).unwrap());
        bits.map(f32::from_bits).collect()
    });
    (head.to_string(), arrays.collect())
}

fn uniform(seed: i32, shape: &[usize], low: f64, high: f64) -> Tensor {
    (random::uniform(&random::key(seed), DType::F32, shape) * (high - low) + low)
        .eval()
        .unwrap()
}

fn ends(t: &Tensor) -> Vec<Vec<f32>> {
    let values = t.to_vec::<f32>().unwrap();
    vec![values[..8].to_vec(), values[values.len() - 8..].to_vec()]
}

fn start() -> Params {
    let zeros = |n: usize| Tensor::zeros(DType::F32, [n]);
    let (w1, w2) = (
        uniform(1, &[784, 128], -0.08, 0.08),
        uniform(2, &[128, 10], -0.08, 0.08),
    );
    assert_eq!(ends(&w1), golden(&["start", "name=w1"]).1);
    assert_eq!(ends(&w2), golden(&["start", "name=w2"]).1);
    let params = mlp().build().unwrap().init(&random::key(0));
    let named = [
        ("dense_0.kernel", w1),
        ("dense_0.bias", zeros(128)),
        ("dense_1.kernel", w2),
        ("dense_1.bias", zeros(10)),
    ];
    named.into_iter().fold(params, |params, (name, value)| {
        params.with(name, value).unwrap()
    })
}

/// Batch `i` is batch `i % 8` of random pixels with random labels.
fn synthetic() -> Vec<(Tensor, Tensor)> {
    let x = uniform(3, &[8, 128, 784], -1.0, 1.0);
    let y = random::randint(&random::key(4), DType::I32, [8, 128], 0..10);
    assert_eq!(ends(&x), golden(&["synthetic"]).1[..2]);
    let (x, y) = (x.to_vec::<f32>().unwrap(), y.to_vec::<i32>().unwrap());
    let batch = |i: usize| {
        let images = x[i * 128 * 784..][..128 * 784].to_vec();
        (
            Tensor::from_vec([128, 784], images),
            Tensor::from_vec([128], y[i * 128..][..128].to_vec()),
        )
    };
    let eight: Vec<_> = (0..8).map(batch).collect();
    eight.into_iter().cycle().take(200).collect()
}

/// The training images in file order, where the environment says that they are there.
fn mnist() -> Option<Vec<(Tensor, Tensor)>> {
    std::env::var_os("BOUTON_DATA")?;
    let batches = bouton_data::mnist().unwrap().train.batches(128).sparse();
    Some(batches.iter().take(200).map(Result::unwrap).collect())
}

/// The loss of every step, before its update.
fn trained(
    data: &[(Tensor, Tensor)],
    optimizer: Optimizer,
    compiler: Arc<dyn Compiler>,
) -> (Vec<f64>, Params) {
    let mut sums = vec![0.0];
    let trained = Trainer::new(
        &mlp(),
        losses::sparse_categorical_cross_entropy(),
        optimizer,
    )
    .start(&start())
    .progress(Progress::Silent)
    .compiler(compiler)
    .on(Event::BatchCompleted, |status| {
        sums.push(status.loss() * status.batch() as f64)
    })
    .run(data.to_vec())
    .unwrap();
    (
        sums.windows(2).map(|w| w[1] - w[0]).collect(),
        trained.params().clone(),
    )
}

#[track_caller]
fn close(found: &[f64], expected: &[f64], rel: f64, what: &str) {
    for (i, (f, e)) in found.iter().zip(expected).enumerate() {
        assert!(
            (f - e).abs() <= rel * e.abs(),
            "{what}: step {i} is {f}, expected {e}"
        );
    }
}

#[track_caller]
fn follows_jax(name: &str, data: &[(Tensor, Tensor)]) {
    for (optimizer, label) in [(adam(1e-3), "adam"), (sgd(0.1), "sgd")] {
        let words = [
            "losses",
            &format!("data={name}"),
            &format!("optimizer={label}"),
        ];
        let (head, arrays) = golden(&words);
        let compare: usize = head
            .split_once("compare=")
            .unwrap()
            .1
            .split(' ')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        let (found, params) = trained(data, optimizer, compiler("cpu").unwrap());
        assert_eq!(found.len(), 200);
        let expected: Vec<f64> = arrays[0].iter().map(|&x| f64::from(x)).collect();
        close(
            &found[..compare],
            &expected,
            1e-4,
            &format!("{name} {label}"),
        );
        if compare == 200 {
            let rows = params
                .get("dense_1.kernel")
                .unwrap()
                .to_vec::<f32>()
                .unwrap();
            let found: Vec<f64> = rows[..20].iter().map(|&x| f64::from(x)).collect();
            let expected: Vec<f64> = arrays[2].iter().map(|&x| f64::from(x)).collect();
            let worst = found
                .iter()
                .zip(&expected)
                .map(|(f, e)| (f - e).abs())
                .fold(0.0, f64::max);
            assert!(
                worst < 1e-4,
                "{name} {label}: the final weights differ by {worst}"
            );
        }
    }
}

#[test]
fn losses_are_jax_s_on_synthetic_data() {
    follows_jax("synthetic", &synthetic());
}

#[test]
fn losses_are_jax_s_on_mnist() {
    if let Some(data) = mnist() {
        follows_jax("mnist", &data);
    }
}

/// The slowest test: the oracle's plain loops take a hundred times as long. Without MNIST, random labels are learnt by
/// heart, which makes more of every rounding: fewer steps then.
#[test]
fn cpu_and_reference_agree() {
    let data = mnist().unwrap_or_else(|| synthetic()[..64].to_vec());
    for optimizer in [adam(1e-3), sgd(0.1)] {
        let (cpu, _) = trained(&data, optimizer.clone(), compiler("cpu").unwrap());
        let (reference, _) = trained(&data, optimizer, compiler("reference").unwrap());
        close(&cpu, &reference, 1e-5, "cpu against reference");
    }
}
