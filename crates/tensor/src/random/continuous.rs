//! Distributions of real numbers that are functions of a uniform one.
use super::scaled;
use crate::{DType, Fault, Shape, Tensor, bf16, blame, f16, here};

/// Numbers of the exponential distribution with rate 1: the waiting time between events that come once in a unit of it.
///
/// # Errors
/// The type must be a float; the key must be `u32[2]`.
///
/// # Example
/// ```
/// # use bouton_tensor::{DType, random};
/// assert_eq!(format!("{:?}", random::exponential(&random::key(42), DType::F32, [])), "f32 0.55639416");
/// ```
///
/// `-log(1 - u)`, as `jax.random.exponential`.
#[track_caller]
pub fn exponential(key: &Tensor, dtype: DType, shape: impl Into<Shape>) -> Tensor {
    let shape = shape.into();
    blame(here(), || {
        let u = super::unit(key, dtype, shape, "random::exponential");
        -(-u).log_1p()
    })
}

/// Numbers of the Gumbel distribution with location 0 and scale 1: what is added to logits to draw by their softmax.
///
/// # Errors
/// The type must be a float; the key must be `u32[2]`.
///
/// # Example
/// ```
/// # use bouton_tensor::{DType, random};
/// let x = random::gumbel(&random::key(42), DType::F32, [1000]);
/// // The mean is Euler's constant 0.577.
/// assert!((x.mean().item()? - 0.577).abs() < 0.1);
/// # Ok::<(), bouton_tensor::Error>(())
/// ```
///
/// `-log(-log(u))`, as `jax.random.gumbel` in its mode `low`.
#[track_caller]
pub fn gumbel(key: &Tensor, dtype: DType, shape: impl Into<Shape>) -> Tensor {
    let shape = shape.into();
    blame(here(), || match limits(dtype) {
        Some((tiny, _)) => -(-between(key, dtype, shape, [tiny, 1.0]).log()).log(),
        None => no_float("random::gumbel", dtype, key),
    })
}

/// Numbers of the Laplace distribution with location 0 and scale 1.
///
/// # Errors
/// The type must be a float; the key must be `u32[2]`.
///
/// # Example
/// ```
/// # use bouton_tensor::{DType, random};
/// let x = random::laplace(&random::key(42), DType::F32, [1000]);
/// // Distances from 0 are exponential.
/// assert!((x.abs().mean().item()? - 1.0).abs() < 0.1);
/// # Ok::<(), bouton_tensor::Error>(())
/// ```
///
/// `sign(u) log(1 - |u|)` for u in -1 to 1, as `jax.random.laplace`.
#[track_caller]
pub fn laplace(key: &Tensor, dtype: DType, shape: impl Into<Shape>) -> Tensor {
    let shape = shape.into();
    blame(here(), || match limits(dtype) {
        Some((_, epsilon)) => {
            let u = between(key, dtype, shape, [-1.0 + epsilon / 2.0, 1.0]);
            u.sign() * (-u.abs()).log_1p()
        }
        None => no_float("random::laplace", dtype, key),
    })
}

/// Numbers of the logistic distribution with location 0 and scale 1.
///
/// # Errors
/// The type must be a float; the key must be `u32[2]`.
///
/// # Example
/// ```
/// # use bouton_tensor::{DType, random};
/// let x = random::logistic(&random::key(42), DType::F32, [1000]);
/// // Sigmoids of them are uniform.
/// assert!((x.sigmoid().mean().item()? - 0.5).abs() < 0.05);
/// # Ok::<(), bouton_tensor::Error>(())
/// ```
///
/// `log(u) - log(1 - u)`, as `jax.random.logistic`.
#[track_caller]
pub fn logistic(key: &Tensor, dtype: DType, shape: impl Into<Shape>) -> Tensor {
    let shape = shape.into();
    blame(here(), || match limits(dtype) {
        Some((tiny, _)) => {
            let u = between(key, dtype, shape, [tiny, 1.0]);
            u.log() - (-&u).log_1p()
        }
        None => no_float("random::logistic", dtype, key),
    })
}

/// Numbers of the Cauchy distribution with location 0 and scale 1, which has no mean.
///
/// # Errors
/// The type must be a float; the key must be `u32[2]`.
///
/// # Example
/// ```
/// # use bouton_tensor::{DType, random};
/// let x = random::cauchy(&random::key(42), DType::F32, [1001]);
/// assert!(x.median(0).item()?.abs() < 0.2);
/// # Ok::<(), bouton_tensor::Error>(())
/// ```
///
/// `tan(pi (u - 1/2))`, as `jax.random.cauchy`.
#[track_caller]
pub fn cauchy(key: &Tensor, dtype: DType, shape: impl Into<Shape>) -> Tensor {
    let shape = shape.into();
    blame(here(), || match limits(dtype) {
        Some((_, epsilon)) => {
            let u = between(key, dtype, shape, [epsilon, 1.0]) - Tensor::full(dtype, [], 0.5);
            (u * Tensor::full(dtype, [], std::f64::consts::PI)).tan()
        }
        None => no_float("random::cauchy", dtype, key),
    })
}

/// Numbers of the normal distribution with mean 0 and standard deviation 1, but for those outside of
/// `low < x < high`.
///
/// # Errors
/// The type must be a float; the range must not be empty; the key must be `u32[2]`.
///
/// # Example
/// ```
/// # use bouton_tensor::{DType, random};
/// let x = random::truncated_normal(&random::key(42), DType::F32, [1000], -2.0..2.0);
/// assert!(x.abs().max().item()? < 2.0);
/// # Ok::<(), bouton_tensor::Error>(())
/// ```
///
/// The inverse error function of uniform numbers between those of the bounds, as `jax.random.truncated_normal`.
#[track_caller]
pub fn truncated_normal(
    key: &Tensor,
    dtype: DType,
    shape: impl Into<Shape>,
    range: std::ops::Range<f64>,
) -> Tensor {
    let shape = shape.into();
    blame(here(), || {
        if limits(dtype).is_none() {
            return no_float("random::truncated_normal", dtype, key);
        }
        let (low, high) = (range.start, range.end);
        // Also where one is NaN.
        let empty = low.partial_cmp(&high) != Some(std::cmp::Ordering::Less);
        let inside = [next(dtype, low, true), next(dtype, high, false)];
        if empty || inside[0] > inside[1] {
            let rule = format!("the range must hold a number of {dtype}; {low}..{high} does not");
            return Tensor::fault("random::truncated_normal", Fault::value(rule), &[key]);
        }
        let number = |x: f64| Tensor::full(dtype, [], x);
        let root = number(std::f64::consts::SQRT_2);
        let bounds = [low, high].map(|x| (number(x) / &root).erf());
        let x = scaled(key, dtype, shape, bounds).erf_inv() * root;
        // Rounding must not lead outside.
        x.clamp(number(inside[0]), number(inside[1]))
    })
}

#[track_caller]
fn between(key: &Tensor, dtype: DType, shape: Shape, bounds: [f64; 2]) -> Tensor {
    scaled(
        key,
        dtype,
        shape,
        bounds.map(|x| Tensor::full(dtype, [], x)),
    )
}

/// The smallest positive normal number, and the distance of 1 from the next greater number.
fn limits(dtype: DType) -> Option<(f64, f64)> {
    Some(match dtype {
        DType::F64 => (f64::MIN_POSITIVE, f64::EPSILON),
        DType::F32 => (f64::from(f32::MIN_POSITIVE), f64::from(f32::EPSILON)),
        DType::F16 => (f16::MIN_POSITIVE.to_f64(), f16::EPSILON.to_f64()),
        DType::BF16 => (bf16::MIN_POSITIVE.to_f64(), bf16::EPSILON.to_f64()),
        _ => return None,
    })
}

/// The number of the type next to `x`, above or below it; infinities stay.
fn next(dtype: DType, x: f64, above: bool) -> f64 {
    let step = |bits: i64| -> i64 {
        // Bits of floats below 0 run the other way.
        if above == (bits >= 0) {
            bits + 1
        } else {
            bits - 1
        }
    };
    match dtype {
        _ if x.is_infinite() => x,
        DType::F64 if above => x.next_up(),
        DType::F64 => x.next_down(),
        DType::F32 if above => f64::from((x as f32).next_up()),
        DType::F32 => f64::from((x as f32).next_down()),
        DType::F16 => match f16::from_f64(x) {
            x if x == f16::ZERO => f16::from_bits(if above { 1 } else { 0x8001 }).to_f64(),
            x => f16::from_bits(step(i64::from(x.to_bits() as i16)) as u16).to_f64(),
        },
        _ => match bf16::from_f64(x) {
            x if x == bf16::ZERO => bf16::from_bits(if above { 1 } else { 0x8001 }).to_f64(),
            x => bf16::from_bits(step(i64::from(x.to_bits() as i16)) as u16).to_f64(),
        },
    }
}

#[track_caller]
fn no_float(subject: &str, dtype: DType, key: &Tensor) -> Tensor {
    let rule = format!("random numbers of this kind are floats, not {dtype}");
    Tensor::fault(subject, Fault::dtype(rule), &[key])
}

#[cfg(test)]
mod tests {
    use super::next;
    use crate::DType::*;

    #[test]
    fn the_next_number_of_each_type() {
        for (dtype, x, above, below) in [
            (F32, 1.0, 1.0 + 2f64.powi(-23), 1.0 - 2f64.powi(-24)),
            (F16, -2.0, -2.0 + 2f64.powi(-10), -2.0 - 2f64.powi(-9)),
            (BF16, 2.0, 2.0 + 2f64.powi(-6), 2.0 - 2f64.powi(-7)),
            (F16, 0.0, 2f64.powi(-24), -2f64.powi(-24)),
            (F64, f64::INFINITY, f64::INFINITY, f64::INFINITY),
        ] {
            assert_eq!(next(dtype, x, true), above, "above {x} in {dtype}");
            assert_eq!(next(dtype, x, false), below, "below {x} in {dtype}");
        }
    }
}
