//! Panels of columns of a kernel, packed step by step.

use super::super::pack::Pack;
use super::Shape;
use super::kernels::Kernels;
use super::walk::MOST_AXES;
use std::ops::Range;

impl Shape {
    /// Packs a panel of the kernel: the rows of all its steps, or of those within some images.
    pub(super) fn pack(
        &self,
        k: &Kernels,
        kernel: *const u8,
        (group, panel): (usize, usize),
        images: Range<usize>,
        to: *mut u8,
    ) {
        let spatial = self.axes.len();
        let (features, outputs) = (self.kernel[1 + spatial], self.kernel[2 + spatial]);
        // The axes in the order of the steps; the last one is packed at once.
        let positions = self.axes.iter().zip(&self.kernel[1..]);
        let positions = positions.map(|(axis, &step)| (axis.kernel, step));
        let mut axes = [(1, 0); MOST_AXES];
        let mut len = 0;
        let mut push = |axis: (usize, isize)| {
            axes[len] = axis;
            len += 1;
        };
        let mut from = group as isize * self.kernel[0] + (panel * k.width) as isize * outputs;
        if self.features_first {
            from += images.start as isize * features;
            push((images.len(), features));
            positions.for_each(push);
        } else {
            positions.for_each(&mut push);
            push((self.features, features));
        }
        // What runs backwards is packed row by row.
        if axes[len - 1].1 < 0 {
            len += 1;
        }
        let (depth, step) = axes[len - 1];
        let outer = &axes[..len - 1];
        let rows = outer.iter().map(|axis| axis.0).product::<usize>();
        let mut index = [0; MOST_AXES];
        for row in 0..rows {
            let pack = Pack {
                from: kernel.wrapping_offset(from * k.element as isize),
                side: outputs.unsigned_abs(),
                step: step.unsigned_abs(),
                len: k.width.min(self.outputs - panel * k.width),
                depth,
                dense: step == self.outputs as isize,
                width: k.width,
                to: to.wrapping_add(row * depth * k.width * k.accumulator),
            };
            // SAFETY: rows of the kernel, which the caller of `run` vouches for, and of a buffer planned for them.
            unsafe { (k.pack)(&pack) };
            for (axis, index) in outer.iter().zip(&mut index).rev() {
                *index += 1;
                from += axis.1;
                if *index < axis.0 {
                    break;
                }
                from -= axis.1 * axis.0 as isize;
                *index = 0;
            }
        }
    }
}
