//! The phases of a convolution over a dilated input: between its elements nothing takes part.
//!
//! Along an axis, the places of the kernel that meet elements are the same for every so many results. All results
//! that agree make a convolution without dilation, with those places of the kernel alone.

use super::{Axis, Shape};
use bouton_ir::Window;

/// Some results, and how they are made.
pub(super) struct Phase {
    /// The sizes, and the distances of operands and results.
    pub shape: Shape,
    /// The first elements of the kernel and of the result, from the first of all.
    pub kernel: isize,
    pub result: usize,
}

impl Shape {
    /// The convolutions without dilation that make the result, each a part of it.
    pub(super) fn phases(self) -> Vec<Phase> {
        let axes = self.axes.clone();
        let mut phases = vec![Phase {
            shape: self,
            kernel: 0,
            result: 0,
        }];
        for (i, axis) in axes.iter().enumerate() {
            let period =
                axis.window.input_dilation / common(axis.window.stride, axis.window.input_dilation);
            let residues = 0..period.min(axis.result.max(1));
            phases = phases
                .iter()
                .flat_map(|phase| {
                    residues
                        .clone()
                        .map(move |r| phase.along(i, axis, r, period))
                })
                .collect();
        }
        phases
    }
}

impl Phase {
    /// Of these, the results number `r`, `r + period`, .. along spatial axis `i`.
    fn along(&self, i: usize, axis: &Axis, r: usize, period: usize) -> Phase {
        let Window {
            stride,
            low,
            input_dilation: dilation,
            kernel_dilation,
        } = axis.window;
        let every = dilation / common(kernel_dilation, dilation);
        // How far behind element 0 a place of the kernel is, for result r.
        let at = |k: usize| (r * stride + k * kernel_dilation) as i64 - low;
        let first = (0..every.min(axis.kernel)).find(|&k| at(k) % dilation as i64 == 0);
        let mut shape = self.shape.clone();
        shape.axes[i] = Axis {
            size: axis.size,
            kernel: first.map_or(0, |first| (axis.kernel - first).div_ceil(every)),
            result: axis.result.saturating_sub(r).div_ceil(period),
            window: Window {
                stride: period * stride / dilation,
                low: first.map_or(0, |first| -at(first) / dilation as i64),
                input_dilation: 1,
                kernel_dilation: every * kernel_dilation / dilation,
            },
        };
        let kernel = first.unwrap_or(0) as isize * self.shape.kernel[1 + i];
        let result = r * self.shape.result[2 + i];
        shape.kernel[1 + i] *= every as isize;
        shape.result[2 + i] *= period;
        Phase {
            shape,
            kernel: self.kernel + kernel,
            result: self.result + result,
        }
    }
}

/// The greatest common divisor of two numbers of at least 1.
fn common(a: usize, b: usize) -> usize {
    if b == 0 { a } else { common(b, a % b) }
}
