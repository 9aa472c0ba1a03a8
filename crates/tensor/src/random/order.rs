//! Random orders.
use super::{split, words};
use crate::{DType, Result, Tensor, blame, here};

/// The numbers `0..n` as `i32` in random order.
///
/// # Errors
/// The key must be `u32[2]`; `i32` must count to `n`.
///
/// # Example
/// ```
/// # use bouton_tensor::random;
/// assert_eq!(format!("{:?}", random::permutation(&random::key(42), 5)), "i32[5] [2, 3, 0, 1, 4]");
/// ```
#[track_caller]
pub fn permutation(key: &Tensor, n: usize) -> Tensor {
    blame(here(), || {
        let mut key = key.clone();
        let mut order: Option<Tensor> = None;
        // Sorted by random words, so often that words which come up twice leave no trace.
        let rounds = (3.0 * (n.max(1) as f64).ln() / f64::from(u32::MAX).ln()).ceil() as usize;
        for _ in 0..rounds {
            let keys = split(&key, 2);
            let sorted = words(&keys[1], n).argsort(0);
            order = Some(match order {
                Some(order) => order.take(sorted, 0),
                None => sorted,
            });
            key = keys[0].clone();
        }
        order.unwrap_or_else(|| Tensor::iota(DType::I32, [n], 0))
    })
}

/// The rows of `x`, along its first axis, in random order: `x.take(permutation(key, n), 0)`.
///
/// # Errors
/// The tensor must have an axis; the key must be `u32[2]`.
#[track_caller]
pub fn shuffle(key: &Tensor, x: &Tensor) -> Tensor {
    blame(here(), || -> Result<Tensor> {
        let n = x.shape()?.first().copied().unwrap_or(0);
        Ok(x.take(permutation(key, n), 0))
    })
    .into()
}
