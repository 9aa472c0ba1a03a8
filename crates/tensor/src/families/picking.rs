//! What picking rows by indices and adding rows at indices share.
use crate::{DType, Element, Fault, Shape, Type, families::with_integers, ops::take::Take};
use bouton_ir as ir;
use std::ops::Range;

/// Numbers of elements: `[batch, pre, n, inner]` picked by `[batch, k]`.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    pub batch: usize,
    pub pre: usize,
    pub n: usize,
    pub k: usize,
    pub inner: usize,
}

impl Take {
    pub(crate) fn sizes(&self, x: &Shape, indices: &Shape) -> Sizes {
        let product = |dims: &[usize]| dims.iter().product::<usize>();
        Sizes {
            batch: product(&x[..self.batch]),
            pre: product(&x[self.batch..self.axis]),
            n: x[self.axis],
            k: product(&indices[self.batch..]),
            inner: product(&x[self.axis + 1..]),
        }
    }

    /// The type rule; `empty_axis` says what an empty axis means.
    pub(crate) fn result(&self, x: &Type, indices: &Type, empty_axis: &str) -> Result<Type, Fault> {
        if !indices.dtype.is_integer() {
            let fault = Fault::dtype(format!(
                "the indices must be integers, not {}",
                indices.dtype
            ));
            return Err(fault.help("convert them first, for example with .convert(DType::I32)"));
        }
        if self.axis >= x.rank() || self.batch > self.axis || self.batch > indices.rank() {
            return Err(Fault::value(format!(
                "axis {} with {} shared axes does not exist",
                self.axis, self.batch
            )));
        }
        if let Some(axis) = (0..self.batch).find(|&a| x.shape[a] != indices.shape[a]) {
            return Err(Fault::shape(format!(
                "shared axes must have the same size; axis {axis} differs"
            )));
        }
        let dims = x.shape[..self.axis]
            .iter()
            .chain(&indices.shape[self.batch..])
            .chain(&x.shape[self.axis + 1..]);
        let shape: Shape = dims.copied().collect();
        if x.shape[self.axis] == 0 && indices.size() > 0 {
            return Err(Fault::shape(format!(
                "axis {} is empty: {empty_axis}",
                self.axis
            )));
        }
        shape.checked_size(x.dtype)?;
        Ok(x.with_shape(shape))
    }

    /// StableHLO's dimension numbers: the shared axes, and the axes of the result of rank `rank` that no index makes.
    pub(crate) fn window(&self, rank: usize, picked: usize) -> (Vec<usize>, Vec<usize>) {
        (
            (0..self.batch).collect(),
            (self.batch..self.axis)
                .chain(self.axis + picked..rank)
                .collect(),
        )
    }
}

/// Runs `f` with what reads index number `i`, moved into `0..n`.
pub(crate) fn with_indices(x: &ir::View, n: usize, f: &mut dyn FnMut(&dyn Fn(usize) -> usize)) {
    with_integers!(x.ty().dtype, T => {
        let indices = x.slice::<T>();
        f(&|i| clamped(indices[i], n));
    });
}

/// The indices of these numbers, moved into `0..n`.
pub(crate) fn read_indices(x: &ir::View, n: usize, numbers: Range<usize>, places: &mut Vec<usize>) {
    places.clear();
    with_integers!(x.ty().dtype, T => {
        places.extend(x.slice::<T>()[numbers].iter().map(|&i| clamped(i, n)));
    });
}

fn clamped(index: impl TryInto<usize> + PartialOrd + Default, n: usize) -> usize {
    if index < Default::default() {
        0
    } else {
        index.try_into().unwrap_or(usize::MAX).min(n - 1)
    }
}

/// A copy that is quick for single elements too.
pub(crate) fn copy(target: &mut [u8], source: &[u8]) {
    fn fixed<const N: usize>(target: &mut [u8], source: &[u8]) -> bool {
        match (
            <&mut [u8; N]>::try_from(target),
            <&[u8; N]>::try_from(source),
        ) {
            (Ok(target), Ok(source)) => {
                *target = *source;
                true
            }
            _ => false,
        }
    }
    if !(fixed::<4>(target, source) || fixed::<8>(target, source) || fixed::<2>(target, source)) {
        target.copy_from_slice(source);
    }
}

/// Adds to `rows` of `[batch * pre * n, inner]`, which `target` starts with, what of `[batch * pre * k, inner]` is
/// theirs.
pub(crate) fn add_rows<A: Copy, T: Copy>(
    target: &mut [A],
    updates: &[T],
    s: Sizes,
    rows: Range<usize>,
    index: &dyn Fn(usize) -> usize,
    add: impl Fn(A, T) -> A,
) {
    if rows.is_empty() || s.inner == 0 {
        return;
    }
    for outer in rows.start / s.n..=(rows.end - 1) / s.n {
        let first = outer / s.pre * s.k;
        for k in 0..s.k {
            let row = outer * s.n + index(first + k);
            if rows.contains(&row) {
                let sums = &mut target[(row - rows.start) * s.inner..][..s.inner];
                let terms = &updates[(outer * s.k + k) * s.inner..][..s.inner];
                for (sum, &term) in sums.iter_mut().zip(terms) {
                    *sum = add(*sum, term);
                }
            }
        }
    }
}

/// The same with sums in `f32` that are rounded once.
pub(crate) fn add_halves<H: Element>(
    x: &[ir::View],
    y: &mut [ir::ViewMut],
    widen: impl Fn(H) -> f32,
    round: impl Fn(f32) -> H,
    s: Sizes,
    rows: Range<usize>,
    index: &dyn Fn(usize) -> usize,
) {
    let from = &x[0].slice::<H>()[rows.start * s.inner..rows.end * s.inner];
    let mut sums: Vec<f32> = from.iter().map(|&h| widen(h)).collect();
    add_rows(&mut sums, x[2].slice::<H>(), s, rows, index, |sum, term| {
        sum + widen(term)
    });
    for (y, sum) in y[0].slice::<H>().iter_mut().zip(sums) {
        *y = round(sum);
    }
}

/// The last index of an axis of size `n`, or the greatest that this type holds.
pub(crate) fn last_index(dtype: DType, n: usize) -> usize {
    let greatest = match dtype {
        DType::I8 => i8::MAX as usize,
        DType::U8 => u8::MAX as usize,
        DType::I16 => i16::MAX as usize,
        DType::U16 => u16::MAX as usize,
        _ => usize::MAX,
    };
    greatest.min(n.saturating_sub(1))
}
