//! Copies of what a convolution reads, in the order and the type that its micro-kernel wants, and of what it made.

use super::super::pack::{Input, Output};
use super::walk::{MOST_AXES, RowAxes};

/// An axis of a copy: how many elements, and how far apart there and here.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CopyAxis {
    pub count: usize,
    pub from: isize,
    pub to: usize,
}

/// A strided block of elements that is widened to the accumulation type.
pub(super) struct Copy {
    axes: [CopyAxis; MOST_AXES],
    len: usize,
    pub from: *const u8,
    pub to: *mut u8,
}

impl Copy {
    /// A copy along `axes`, outermost first.
    pub(super) fn new(axes: impl Iterator<Item = CopyAxis>, from: *const u8, to: *mut u8) -> Copy {
        let mut copy = Copy {
            axes: [CopyAxis::default(); MOST_AXES],
            len: 0,
            from,
            to,
        };
        for axis in axes.filter(|axis| axis.count != 1) {
            let count = axis.count as isize;
            match copy.axes[..copy.len].last_mut() {
                Some(outer)
                    if outer.from == axis.from * count && outer.to == axis.to * axis.count =>
                {
                    *outer = CopyAxis {
                        count: outer.count * axis.count,
                        ..axis
                    };
                }
                _ => {
                    copy.axes[copy.len] = axis;
                    copy.len += 1;
                }
            }
        }
        // Elements that lie side by side are read side by side.
        let axes = &mut copy.axes[..copy.len];
        if axes.last().is_some_and(|axis| axis.from != 1)
            && let Some(i) = axes.iter().position(|axis| axis.from == 1)
        {
            axes[i..].rotate_left(1);
        }
        copy
    }
}

/// # Safety
/// Source and target are valid along all axes and do not overlap; the machine has the instruction set.
pub(super) type CopyFn = unsafe fn(&Copy);

/// The body of every [`CopyFn`].
///
/// # Safety
/// As [`CopyFn`].
#[inline(always)]
pub(super) unsafe fn copy<E, S: Input<E>>(c: &Copy) {
    let axes = &c.axes[..c.len];
    if axes.iter().any(|axis| axis.count == 0) {
        return;
    }
    let (inner, outer) = match axes {
        [outer @ .., inner] => (*inner, outer),
        [] => (
            CopyAxis {
                count: 1,
                from: 1,
                to: 1,
            },
            &[][..],
        ),
    };
    let mut index = [0; MOST_AXES];
    let (mut from, mut to) = (c.from.cast::<S>(), c.to.cast::<E>());
    loop {
        // SAFETY: a run along the innermost axis, which the caller vouches for.
        unsafe {
            if inner.from == 1 && inner.to == 1 {
                for i in 0..inner.count {
                    to.add(i).write((*from.add(i)).widen());
                }
            } else {
                for i in 0..inner.count {
                    let x = *from.offset(i as isize * inner.from);
                    to.add(i * inner.to).write(x.widen());
                }
            }
        }
        let mut axis = outer.len();
        loop {
            if axis == 0 {
                return;
            }
            axis -= 1;
            let CopyAxis {
                count,
                from: there,
                to: here,
            } = outer[axis];
            index[axis] += 1;
            from = from.wrapping_offset(there);
            to = to.wrapping_add(here);
            if index[axis] < count {
                break;
            }
            index[axis] = 0;
            from = from.wrapping_offset(-there * count as isize);
            to = to.wrapping_sub(here * count);
        }
    }
}

/// Accumulators, dense, and where they go, rounded to the result's type.
pub(super) struct Deliver<'a> {
    pub from: *const u8,
    /// Where the accumulators of each row are, and where its results go.
    pub from_rows: &'a RowAxes,
    pub rows: &'a RowAxes,
    pub cols: usize,
    pub to: *mut u8,
    /// From a column of the result to the next.
    pub to_col: usize,
}

/// # Safety
/// Both sides are valid for all rows and columns and do not overlap; the machine has the instruction set.
pub(super) type DeliverFn = unsafe fn(&Deliver);

/// The body of every [`DeliverFn`].
///
/// # Safety
/// As [`DeliverFn`].
#[inline(always)]
pub(super) unsafe fn deliver<E: std::marker::Copy, O: Output<E>>(d: &Deliver) {
    let (mut sources, mut targets) = (d.from_rows.places(), d.rows.places());
    for _ in 0..d.rows.count() {
        let ((_, there), (_, here)) = (sources.next(), targets.next());
        // SAFETY: a row of both sides, which the caller vouches for.
        unsafe {
            let from = d.from.cast::<E>().add(there);
            let to = d.to.cast::<O>().add(here);
            for j in 0..d.cols {
                to.add(j * d.to_col).write(O::round(*from.add(j)));
            }
        }
    }
}
