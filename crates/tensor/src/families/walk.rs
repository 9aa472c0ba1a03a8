//! Where the elements of a view lie.
use crate::{Array, Type, families::picking::copy};

/// The places of a view's elements in row-major order: from `at`, on by `steps` along each axis of `dims`. A step may be
/// negative, modulo 2^64. Goes on without end.
pub(crate) struct Walk<'a> {
    dims: &'a [usize],
    steps: &'a [usize],
    index: Vec<usize>,
    at: usize,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(dims: &'a [usize], at: usize, steps: &'a [usize]) -> Walk<'a> {
        let index = vec![0; dims.len()];
        Walk {
            dims,
            steps,
            index,
            at,
        }
    }
}

impl Iterator for Walk<'_> {
    type Item = usize;
    fn next(&mut self) -> Option<usize> {
        let at = self.at;
        for (axis, (&size, &step)) in self.dims.iter().zip(self.steps).enumerate().rev() {
            self.index[axis] += 1;
            self.at = self.at.wrapping_add(step);
            if self.index[axis] < size {
                break;
            }
            self.at = self.at.wrapping_sub(step.wrapping_mul(size));
            self.index[axis] = 0;
        }
        Some(at)
    }
}

/// The elements of `x` at the places that lie on a [`Walk`] over `y`: reference evaluation of views.
pub(crate) fn strided(x: &Array, y: &Type, start: usize, steps: &[usize]) -> Array {
    let mut result = Array::scratch(y);
    let size = y.dtype.size();
    let targets = result.buffer_mut().bytes_mut().chunks_exact_mut(size);
    for (target, at) in targets.zip(Walk::new(&y.shape, start, steps)) {
        copy(target, &x.bytes()[at * size..][..size]);
    }
    result
}
