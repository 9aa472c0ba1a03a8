//! What is timed, one file for each family, and their table.

mod convolution;
mod encoder;
mod inference;
mod matmul;
mod softmax;
mod sum;
mod tanh_chain;
pub(crate) mod training_step;

use bouton::{DType, Result, Tensor, compiler, jit, random};

/// Something to time.
pub(crate) struct Workload {
    /// The name that the peers' programs use too.
    pub(crate) name: &'static str,
    /// How it is called.
    pub(crate) variant: &'static str,
    /// Multiplications and additions of one run; 0 where they are not what counts.
    pub(crate) flops: f64,
    /// Bytes that one run must read and write; 0 where they are not what counts.
    pub(crate) bytes: f64,
    /// The most that the result may be off from the reference's, relative to its largest value.
    pub(crate) tolerance: f64,
    /// What it is held to, in microseconds, on two cores of AVX2 with a peak of 200 GFLOP/s; 0 where there is no goal.
    pub(crate) goal: f64,
    /// Makes the inputs and compiles.
    pub(crate) prepare: fn() -> Result<Prepared>,
}

/// A workload that is ready to run.
pub(crate) struct Prepared {
    /// All that comes out of it.
    pub(crate) results: Box<dyn Fn() -> Result<Vec<Tensor>>>,
    /// How far such results are off from the reference's.
    pub(crate) error: Box<dyn Fn(&[Tensor]) -> Result<f64>>,
    /// Runs it so many times.
    pub(crate) run: Run,
}

impl Prepared {
    /// How far the results are off from the reference's.
    pub(crate) fn check(&self) -> Result<f64> {
        (self.error)(&(self.results)()?)
    }
}

/// Does its work as often as it is told.
pub(crate) type Run = Box<dyn FnMut(usize) -> Result<()>>;

/// Every family, in the order of the workloads' names.
const TABLE: &[&[Workload]] = &[
    training_step::WORKLOADS,
    inference::WORKLOADS,
    encoder::WORKLOADS,
    matmul::WORKLOADS,
    convolution::WORKLOADS,
    tanh_chain::WORKLOADS,
    softmax::WORKLOADS,
    sum::WORKLOADS,
];

/// Every workload.
pub(crate) fn all() -> impl Iterator<Item = &'static Workload> {
    TABLE.iter().copied().flatten()
}

/// A function of tensors, called through `jit`.
fn function(inputs: Vec<Tensor>, f: fn(&[Tensor]) -> Tensor) -> Result<Prepared> {
    bouton::eval(&inputs)?;
    let compiled = jit(move |inputs: &Vec<Tensor>| f(inputs));
    let (same, given, expected) = (compiled.clone(), inputs.clone(), inputs.clone());
    Ok(Prepared {
        results: Box::new(move || Ok(vec![same(&given)?])),
        error: Box::new(move |ours| {
            let reference = jit(move |inputs: &Vec<Tensor>| f(inputs))
                .with_compiler(compiler::compiler("reference")?);
            difference(ours, &[reference(&expected)?])
        }),
        run: Box::new(move |n| {
            for _ in 0..n {
                let _ = compiled(&inputs)?;
            }
            Ok(())
        }),
    })
}

/// The largest difference of values, relative to the largest value of all: a gradient may be nothing but rounding.
fn difference(ours: &[Tensor], expected: &[Tensor]) -> Result<f64> {
    if ours.len() != expected.len() {
        return Ok(f64::INFINITY);
    }
    let mut worst = 0f64;
    let mut scale = f64::from(f32::MIN_POSITIVE);
    for (a, b) in ours.iter().zip(expected) {
        let (a, b) = (
            a.convert(DType::F32).to_vec::<f32>()?,
            b.convert(DType::F32).to_vec::<f32>()?,
        );
        for (a, b) in a.iter().zip(&b) {
            scale = scale.max(f64::from(b.abs()));
            let off = f64::from((a - b).abs());
            // `max` would drop what is not a number.
            worst = if off.is_nan() {
                f64::INFINITY
            } else {
                worst.max(off)
            };
        }
    }
    Ok(worst / scale)
}

/// Numbers from -1 to 1, the same every time.
fn numbers<const N: usize>(seed: i64, shape: [usize; N]) -> Tensor {
    random::uniform_in(&random::key(seed), DType::F32, shape, -1.0..1.0)
}
