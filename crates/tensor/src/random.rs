//! Random numbers from keys: the same key gives the same numbers, on every machine and however many threads there are.
//!
//! A key is a `u32[2]` tensor. A function that takes one uses it up: [`split`] makes more keys of one, [`fold_in`] one
//! for every number. The numbers are those of `jax.random` in its original mode (`jax_threefry_partitionable=False`),
//! which is also Nx's: Threefry-2x32 of counters. [`uniform`], [`bits`], [`randint`], [`permutation`] and [`bernoulli`]
//! are equal to the bit; [`normal`] to 4 steps of its type, and what is made of logarithms and the like to a few.
//!
//! ```
//! use bouton_tensor::{DType, random};
//! let keys = random::split(&random::key(42), 2);
//! let x = random::uniform(&keys[1], DType::F32, []);
//! assert_eq!(format!("{x:?}"), "f32 0.91457367");
//! ```

mod continuous;
mod discrete;
mod gamma;
mod integers;
mod order;
pub(crate) mod threefry;

pub use continuous::{cauchy, exponential, gumbel, laplace, logistic, truncated_normal};
pub use discrete::{Replacement, categorical, choice, choice_weighted, poisson, rademacher};
pub use gamma::{beta, chi_squared, dirichlet, gamma, log_gamma, student_t};
pub use integers::randint;
pub use order::{permutation, shuffle};

use crate::{
    DType, Fault, Operand, Result, Shape, Tensor, blame,
    families::operands::{as_tensor, common_type},
    here,
    ops::random_bits::random_bits,
};

/// The key that a seed stands for: its high and its low 32 bits.
///
/// Equal to `jax.random.PRNGKey(seed)` with 64-bit types; without them, JAX drops the high word.
///
/// # Example
/// ```
/// # use bouton_tensor::random;
/// assert_eq!(format!("{:?}", random::key(42)), "u32[2] [0, 42]");
/// ```
#[track_caller]
pub fn key(seed: impl Into<i128>) -> Tensor {
    let seed = seed.into() as u64;
    Tensor::from(vec![(seed >> 32) as u32, seed as u32])
}

/// `n` new keys of one.
///
/// # Errors
/// The key must be `u32[2]`.
///
/// # Example
/// ```
/// # use bouton_tensor::random;
/// let keys = random::split(&random::key(0), 2);
/// assert_eq!(format!("{:?}", keys[0]), "u32[2] [4146024105, 967050713]");
/// ```
#[track_caller]
pub fn split(key: &Tensor, n: usize) -> Vec<Tensor> {
    blame(here(), || {
        let keys = words(key, n.saturating_mul(2)).reshape([n, 2]);
        (0..n).map(|i| keys.slice(i..i + 1).reshape([2])).collect()
    })
}

/// A new key of a key and a number, of which the low 32 bits count. The number may be a tensor: a step, an index.
///
/// # Errors
/// The key must be `u32[2]`; a tensor must be an integer scalar.
///
/// # Example
/// ```
/// # use bouton_tensor::random;
/// let epoch = random::fold_in(&random::key(42), 1);
/// assert_eq!(format!("{epoch:?}"), "u32[2] [64467757, 2916123636]");
/// ```
#[track_caller]
pub fn fold_in(key: &Tensor, data: impl Into<Operand>) -> Tensor {
    let data = as_tensor(data.into());
    if data.dtype().is_ok_and(|d| !d.is_integer()) {
        let fault = Fault::dtype("the number folded into a key must be an integer");
        return Tensor::fault("fold_in", fault, &[key, &data]);
    }
    random_bits(key, &data.convert(DType::U32), 2)
}

/// `n` words, with the counters that all samplers use.
#[track_caller]
fn words(key: &Tensor, n: usize) -> Tensor {
    random_bits(key, &Tensor::scalar(n.div_ceil(2) as u32), n)
}

/// Random bits as unsigned integers of any width.
///
/// # Errors
/// The type must be an unsigned integer; the key must be `u32[2]`.
///
/// # Example
/// ```
/// # use bouton_tensor::{DType, random};
/// assert_eq!(format!("{:?}", random::bits(&random::key(42), DType::U8, [3])), "u8[3] [143, 4, 62]");
/// ```
#[track_caller]
pub fn bits(key: &Tensor, dtype: DType, shape: impl Into<Shape>) -> Tensor {
    let shape = shape.into();
    blame(here(), || draw_bits(key, dtype, shape))
}

#[track_caller]
fn draw_bits(key: &Tensor, dtype: DType, shape: Shape) -> Tensor {
    if !dtype.is_unsigned_integer() {
        let fault = Fault::dtype(format!("random bits are unsigned integers, not {dtype}"));
        return Tensor::fault(
            "random::bits",
            fault.help("ask for u8, u16, u32 or u64"),
            &[key],
        );
    }
    let size = match shape.checked_size(dtype) {
        Ok(size) => size,
        Err(e) => return Tensor::fault("random::bits", e.into(), &[key]),
    };
    let flat = match dtype {
        DType::U64 => {
            let all = words(key, size.saturating_mul(2)).convert(DType::U64);
            all.slice(..size).shift_left(32).or(all.slice(size..))
        }
        DType::U32 => words(key, size),
        // Each word gives several values, lowest bits first.
        _ => {
            let parts = 4 / dtype.size();
            let shifts = Tensor::iota(DType::U32, [1, parts], 1)
                * Tensor::full(DType::U32, [], 32 / parts as i32);
            let all = words(key, size.div_ceil(parts))
                .new_axis(1)
                .shift_right_logical(shifts);
            all.convert(dtype).flatten().slice(..size)
        }
    };
    flat.reshape(shape)
}

/// Numbers evenly distributed over `0 <= x < 1`.
///
/// # Errors
/// The type must be a float; the key must be `u32[2]`.
///
/// # Example
/// ```
/// # use bouton_tensor::{DType, random};
/// assert_eq!(format!("{:?}", random::uniform(&random::key(42), DType::F32, [2])), "f32[2] [0.015009999, 0.6789628]");
/// ```
#[track_caller]
pub fn uniform(key: &Tensor, dtype: DType, shape: impl Into<Shape>) -> Tensor {
    let shape = shape.into();
    blame(here(), || unit(key, dtype, shape, "random::uniform"))
}

/// Random mantissas over `0 <= x < 1`: the same numbers as of random bits behind the one of 1.0, less 1.0.
#[track_caller]
fn unit(key: &Tensor, dtype: DType, shape: Shape, subject: &str) -> Tensor {
    let (drawn, mantissa) = match dtype {
        DType::F64 => (DType::U64, 52),
        DType::F32 => (DType::U32, 23),
        DType::F16 => (DType::U16, 10),
        DType::BF16 => (DType::U8, 7),
        _ => {
            return Tensor::fault(
                subject,
                Fault::dtype(format!(
                    "random numbers of this kind are floats, not {dtype}"
                )),
                &[key],
            );
        }
    };
    let fraction =
        draw_bits(key, drawn, shape).shift_right_logical(drawn.size() as i32 * 8 - mantissa);
    let step = Tensor::full(dtype, [], 0.5f64.powi(mantissa));
    fraction.convert(dtype) * step
}

/// Numbers evenly distributed over `low <= x < high`.
///
/// # Types
/// The bounds are rounded to the type, and so is each step: the difference of the bounds, the product, the sum.
///
/// # Errors
/// The type must be a float; the key must be `u32[2]`.
#[track_caller]
pub fn uniform_in(
    key: &Tensor,
    dtype: DType,
    shape: impl Into<Shape>,
    range: std::ops::Range<f64>,
) -> Tensor {
    let shape = shape.into();
    blame(here(), || {
        scaled(
            key,
            dtype,
            shape,
            [
                Tensor::full(dtype, [], range.start),
                Tensor::full(dtype, [], range.end),
            ],
        )
    })
}

#[track_caller]
fn scaled(key: &Tensor, dtype: DType, shape: Shape, [low, high]: [Tensor; 2]) -> Tensor {
    let unit = unit(key, dtype, shape, "random::uniform_in");
    (unit * (high - &low) + &low).maximum(low)
}

/// Numbers of the normal distribution with mean 0 and standard deviation 1.
///
/// # Errors
/// The type must be a float; the key must be `u32[2]`.
///
/// # Example
/// ```
/// # use bouton_tensor::{DType, random};
/// let x = random::normal(&random::key(42), DType::F32, [1000]);
/// assert!(x.mean().item()?.abs() < 0.1);
/// # Ok::<(), bouton_tensor::Error>(())
/// ```
///
/// The inverse error function of uniform numbers over `-1 < x < 1`, times the square root of 2.
#[track_caller]
pub fn normal(key: &Tensor, dtype: DType, shape: impl Into<Shape>) -> Tensor {
    let shape = shape.into();
    blame(here(), || {
        // The number next to -1.
        let low = match dtype {
            DType::F64 => -1.0 + f64::EPSILON / 2.0,
            DType::F32 => -1.0 + f64::from(f32::EPSILON) / 2.0,
            DType::F16 => -1.0 + 0.5f64.powi(11),
            DType::BF16 => -1.0 + 0.5f64.powi(8),
            _ => {
                return Tensor::fault(
                    "random::normal",
                    Fault::dtype(format!(
                        "random numbers of this kind are floats, not {dtype}"
                    )),
                    &[key],
                );
            }
        };
        let x = scaled(
            key,
            dtype,
            shape,
            [low, 1.0].map(|x| Tensor::full(dtype, [], x)),
        );
        x.erf_inv() * Tensor::full(dtype, [], std::f64::consts::SQRT_2)
    })
}

/// `true` with probability `p`, a number or a tensor that broadcasts to `shape`.
///
/// # Types
/// Drawn in the float type of `p`; of a number, in `f32`.
///
/// # Errors
/// The key must be `u32[2]`; `p` must broadcast to `shape`.
///
/// # Example
/// ```
/// # use bouton_tensor::random;
/// assert_eq!(format!("{:?}", random::bernoulli(&random::key(42), 0.5, [2])), "bool[2] [true, false]");
/// ```
#[track_caller]
pub fn bernoulli(key: &Tensor, p: impl Into<Operand>, shape: impl Into<Shape>) -> Tensor {
    let (p, shape) = (p.into(), shape.into());
    blame(here(), || -> Result<Tensor> {
        let [p, _] = common_type([p, Tensor::zeros(DType::Bool, []).into()]);
        let p = p.convert(p.dtype()?.to_float());
        Ok(unit(key, p.dtype()?, shape.clone(), "random::bernoulli").lt(p.broadcast_to(shape)))
    })
    .into()
}
