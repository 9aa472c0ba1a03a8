//! Distributions over classes, and choices among elements.
use super::{gumbel, permutation, randint, unit};
use crate::{
    DType, Fault, Operand, Result, Shape, Tensor, blame, families::operands::as_tensor, here,
    ops::random_poisson::random_poisson,
};

/// Whether what was drawn may be drawn again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// It may.
    With,
    /// It may not.
    Without,
}

/// -1 or 1 with equal probability.
///
/// # Types
/// Signed integers and floats.
///
/// # Errors
/// The type must be signed; the key must be `u32[2]`.
///
/// # Example
/// ```
/// # use bouton_tensor::{DType, random};
/// assert_eq!(format!("{:?}", random::rademacher(&random::key(42), DType::I32, [3])), "i32[3] [-1, 1, 1]");
/// ```
#[track_caller]
pub fn rademacher(key: &Tensor, dtype: DType, shape: impl Into<Shape>) -> Tensor {
    let shape = shape.into();
    blame(here(), || {
        if !(dtype.is_float() || dtype.is_signed_integer()) {
            let rule = format!("the element type must be signed, not {dtype}");
            return Tensor::fault("random::rademacher", Fault::dtype(rule), &[key]);
        }
        super::bernoulli(key, 0.5, shape).convert(dtype) * 2 - 1
    })
}

/// A class for each row of logits, with the probability of its softmax, as `i32`.
///
/// # Shapes
/// `[.., classes] -> [..]`.
///
/// # Types
/// Integers are taken as `f32`.
///
/// # Errors
/// The logits must have an axis, which is not empty; the key must be `u32[2]`.
///
/// # Example
/// ```
/// # use bouton_tensor::{random, tensor};
/// let logits = tensor![[0.0, -100.0, -100.0], [-100.0, -100.0, 0.0]];
/// assert_eq!(format!("{:?}", random::categorical(&random::key(42), &logits)), "i32[2] [0, 2]");
/// ```
///
/// The greatest of logits and Gumbel noise, as `jax.random.categorical`.
#[track_caller]
pub fn categorical(key: &Tensor, logits: &Tensor) -> Tensor {
    blame(here(), || -> Result<Tensor> {
        let logits = logits.convert(logits.dtype()?.to_float());
        let noise = gumbel(key, logits.dtype()?, logits.shape()?);
        Ok((noise + logits).argmax_axis(-1))
    })
    .into()
}

/// `n` of the parts of `x` along its first axis, each as likely as the others.
///
/// # Shapes
/// `[m, ..] -> [n, ..]`.
///
/// # Errors
/// The tensor must have an axis, with at least one part, and without replacement with `n`; the key must be `u32[2]`.
///
/// # Example
/// ```
/// # use bouton_tensor::{random::{self, Replacement}, tensor};
/// let x = tensor![10, 20, 30, 40];
/// let y = random::choice(&random::key(42), &x, 4, Replacement::Without);
/// assert_eq!(format!("{:?}", y.sort(0)), "i32[4] [10, 20, 30, 40]");
/// ```
///
/// `jax.random.choice`.
#[track_caller]
pub fn choice(key: &Tensor, x: &Tensor, n: usize, replacement: Replacement) -> Tensor {
    blame(here(), || {
        let m = match population(x, n, replacement)? {
            Ok(m) => m,
            Err(fault) => return Ok(Tensor::fault("random::choice", fault, &[key, x])),
        };
        let places = match replacement {
            Replacement::With => randint(key, DType::I32, [n], 0..m as i128),
            Replacement::Without => permutation(key, m).slice(0..n),
        };
        Ok::<_, crate::Error>(x.take(places, 0))
    })
    .into()
}

/// `n` of the parts of `x` along its first axis, each with a probability in proportion to its weight.
///
/// # Shapes
/// `[m, ..], [m] -> [n, ..]`.
///
/// # Types
/// Integer weights are taken as `f32`.
///
/// # Errors
/// As [`choice`]; there must be a weight for each part.
///
/// # Example
/// ```
/// # use bouton_tensor::{random::{self, Replacement}, tensor};
/// let (x, weights) = (tensor![10, 20, 30], tensor![0.0, 1.0, 3.0]);
/// let y = random::choice_weighted(&random::key(42), &x, weights, 2, Replacement::Without);
/// assert_eq!(format!("{:?}", y.sort(0)), "i32[2] [20, 30]");
/// ```
///
/// `jax.random.choice` with `p`: by the sums of the weights so far, or the greatest of Gumbel noise and their logarithms.
#[track_caller]
pub fn choice_weighted(
    key: &Tensor,
    x: &Tensor,
    weights: impl Into<Operand>,
    n: usize,
    replacement: Replacement,
) -> Tensor {
    let weights = as_tensor(weights.into());
    blame(here(), || {
        let fault = |fault| {
            let subject = "random::choice_weighted";
            Ok(Tensor::fault(subject, fault, &[key, x, &weights]))
        };
        let m = match population(x, n, replacement)? {
            Ok(m) => m,
            Err(e) => return fault(e),
        };
        if weights.shape()?[..] != [m] {
            return fault(Fault::shape(format!(
                "there must be a weight for each of the {m} parts"
            )));
        }
        let dtype = weights.dtype()?.to_float();
        let weights = weights.convert(dtype);
        let places = match replacement {
            Replacement::With => {
                let sums = weights.cumulative_sum(0);
                let u = unit(key, dtype, [n].into(), "random::choice_weighted");
                let part = (1.0 - u) * sums.at(-1);
                sums.searchsorted(part)
            }
            Replacement::Without => (gumbel(key, dtype, [m]) + weights.log()).top_k(n).1,
        };
        Ok::<_, crate::Error>(x.take(places, 0))
    })
    .into()
}

/// The number of parts, if so many can be drawn.
fn population(x: &Tensor, n: usize, replacement: Replacement) -> Result<Result<usize, Fault>> {
    Ok(match x.shape()?.first() {
        None => Err(Fault::shape("there must be an axis to choose from")),
        Some(0) => Err(Fault::shape("axis 0 is empty: there is nothing to choose")),
        Some(&m) if replacement == Replacement::Without && n > m => Err(Fault::value(format!(
            "without replacement at most {m} parts can be drawn, not {n}"
        ))),
        Some(&m) => Ok(m),
    })
}

/// Numbers of the Poisson distribution as `i32`: how many events come in a time in which `rate` are expected.
///
/// # Shapes
/// The rate broadcasts to `shape`.
///
/// # Types
/// Drawn in the float type of the rate; of a number or integers, in `f32`. A rate below 0, or NaN, gives -1.
///
/// # Errors
/// The rate must broadcast to `shape`; the key must be `u32[2]`.
///
/// # Example
/// ```
/// # use bouton_tensor::random;
/// let x = random::poisson(&random::key(42), 3.0, [1000]);
/// assert!((x.mean().item()? - 3.0).abs() < 0.2);
/// # Ok::<(), bouton_tensor::Error>(())
/// ```
///
/// Knuth's method below 10, with the numbers of `jax.random.poisson`, and Hormann's from there on.
#[track_caller]
pub fn poisson(key: &Tensor, rate: impl Into<Operand>, shape: impl Into<Shape>) -> Tensor {
    let (rate, shape) = (as_tensor(rate.into()), shape.into());
    blame(here(), || -> Result<Tensor> {
        let rate = rate.convert(rate.dtype()?.to_float()).broadcast_to(shape);
        Ok(random_poisson(key, &rate))
    })
    .into()
}
