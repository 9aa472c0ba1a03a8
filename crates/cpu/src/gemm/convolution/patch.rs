//! Copies of what a convolution reads, in the order and the type that its micro-kernel wants, and of what it made.

use super::super::pack::{Input, Output};
use super::super::vector::Vector;
use super::walk::MOST_AXES;

/// An axis of a copy: how many elements, and how far apart there and here.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CopyAxis {
    pub count: usize,
    pub from: isize,
    pub to: usize,
}

/// A strided block of elements that is widened to the accumulation type, or rounded from it.
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
        // Elements that lie side by side are read side by side; around them go those that are written so.
        let axes = &mut copy.axes[..copy.len];
        if axes.last().is_some_and(|axis| axis.from != 1)
            && let Some(i) = axes.iter().position(|axis| axis.from == 1)
        {
            axes[i..].rotate_left(1);
        }
        if let Some((_, outer)) = axes.split_last_mut()
            && let Some(i) = outer.iter().position(|axis| axis.to == 1)
        {
            outer[i..].rotate_left(1);
        }
        copy
    }
}

/// # Safety
/// Source and target are valid along all axes and do not overlap; the machine has the instruction set.
pub(super) type CopyFn = unsafe fn(&Copy);

/// Copies what is read to what the micro-kernel wants. The body of a [`CopyFn`].
///
/// # Safety
/// As [`CopyFn`].
#[inline(always)]
pub(super) unsafe fn widen<V: Vector, S: Input<V::Elem>>(c: &Copy) {
    // SAFETY: the contract is the same; `SAME` says that S is the type of the accumulators.
    unsafe { copy::<V, S, V::Elem>(c, S::SAME, S::widen) }
}

/// Rounds accumulators to where they go. The body of a [`CopyFn`].
///
/// # Safety
/// As [`CopyFn`].
#[inline(always)]
pub(super) unsafe fn round<V: Vector, S: Input<V::Elem> + Output<V::Elem>>(c: &Copy) {
    // SAFETY: as in `widen`.
    unsafe { copy::<V, V::Elem, S>(c, S::SAME, S::round) }
}

/// # Safety
/// As [`CopyFn`]; `same` says that S and T are the type of the accumulators.
#[inline(always)]
unsafe fn copy<V: Vector, S: std::marker::Copy, T>(
    c: &Copy,
    same: bool,
    convert: impl Fn(S) -> T + std::marker::Copy,
) {
    let axes = &c.axes[..c.len];
    if axes.iter().any(|axis| axis.count == 0) {
        return;
    }
    let one = CopyAxis {
        count: 1,
        from: 1,
        to: 1,
    };
    let (outer, middle, inner) = match *axes {
        [ref outer @ .., middle, inner] => (outer, middle, inner),
        [inner] => (&[][..], one, inner),
        [] => (&[][..], one, one),
    };
    let turned = same && inner.from == 1 && middle.to == 1 && middle.from >= 0;
    let mut index = [0; MOST_AXES];
    let (mut from, mut to) = (c.from.cast::<S>(), c.to.cast::<T>());
    loop {
        // SAFETY: a plane of the two innermost axes, which the caller vouches for.
        unsafe {
            if turned {
                turn::<V>(&middle, &inner, from.cast(), to.cast());
            } else {
                for i in 0..middle.count {
                    let from = from.offset(i as isize * middle.from);
                    line(&inner, from, to.add(i * middle.to), convert);
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

/// Copies a run along one axis.
///
/// # Safety
/// Source and target are valid along the axis and do not overlap.
#[inline(always)]
unsafe fn line<S: std::marker::Copy, T>(
    axis: &CopyAxis,
    from: *const S,
    to: *mut T,
    convert: impl Fn(S) -> T,
) {
    // SAFETY: the caller vouches for both sides.
    unsafe {
        if axis.from == 1 && axis.to == 1 {
            for i in 0..axis.count {
                to.add(i).write(convert(*from.add(i)));
            }
        } else {
            for i in 0..axis.count {
                let x = *from.offset(i as isize * axis.from);
                to.add(i * axis.to).write(convert(x));
            }
        }
    }
}

/// Copies a plane: `rows` are written side by side, `cols` are read so.
///
/// # Safety
/// Source and target are valid along both axes and do not overlap; the machine has the instruction set.
#[inline(always)]
unsafe fn turn<V: Vector>(
    rows: &CopyAxis,
    cols: &CopyAxis,
    from: *const V::Elem,
    to: *mut V::Elem,
) {
    let lanes = V::LANES;
    let (high, wide) = (rows.count / lanes * lanes, cols.count / lanes * lanes);
    let step = rows.from.unsigned_abs();
    // SAFETY: blocks and elements of the plane, which the caller vouches for.
    unsafe {
        for i in (0..high).step_by(lanes) {
            for j in (0..wide).step_by(lanes) {
                V::transpose(
                    from.add(i * step + j),
                    step,
                    to.add(j * cols.to + i),
                    cols.to,
                );
            }
        }
        for i in 0..rows.count {
            for j in if i < high { wide } else { 0 }..cols.count {
                to.add(j * cols.to + i).write(*from.add(i * step + j));
            }
        }
    }
}
