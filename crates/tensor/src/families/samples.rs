//! Values for samples.
use crate::{Array, DType, Sample};

/// Types for an operation that moves elements, besides `f64`.
pub(crate) const MOVED: &[DType] = &[DType::Bool, DType::U8, DType::BF16, DType::I64];

/// Types of elements and of indices, besides `f64` and `i32`.
pub(crate) const PICKED: &[(DType, DType)] = &[
    (DType::U8, DType::I64),
    (DType::BF16, DType::U32),
    (DType::F16, DType::I8),
    (DType::F32, DType::U64),
    (DType::I32, DType::U8),
];

/// Every case in the type `first`, and case number `again` in the types `others`.
pub(crate) fn samples<C: Copy, T: Copy>(
    cases: &[C],
    first: T,
    (again, others): (usize, &[T]),
    make: impl Fn(T, C) -> Option<Sample>,
) -> Vec<Sample> {
    let all = cases.iter().filter_map(|&case| make(first, case));
    all.chain(others.iter().filter_map(|&t| make(t, cases[again])))
        .collect()
}

/// Distinct values of a sample.
pub(crate) fn counting(dtype: DType, shape: &[usize]) -> Option<Array> {
    let n: usize = shape.iter().product();
    Array::from_vec(
        shape,
        (0..n).map(|i| i as f64 * 0.5 - 1.25).collect::<Vec<f64>>(),
    )
    .ok()
    .map(|a| a.cast(dtype))
}

/// Indices of this type: some twice, some outside `0..3`.
pub(crate) fn some_indices(dtype: DType, shape: &[usize]) -> Option<Array> {
    let n: usize = shape.iter().product();
    let values = (0..n)
        .map(|i| [2, 0, 2, -1, 1, 9][i % 6] as f64)
        .collect::<Vec<f64>>();
    Array::from_vec(shape, values)
        .ok()
        .map(|a| a.cast(DType::I32).cast(dtype))
}
