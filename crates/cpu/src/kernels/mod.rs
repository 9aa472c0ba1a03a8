//! The loops that fused programs are made of: each does one instruction on a tile of elements.
//!
//! A kernel is one generic loop over slices that do not overlap, compiled once for each instruction set and chosen when
//! a program is compiled. No loop contracts or reassociates, so every instruction set gives the same bits.

mod convert;
mod load;
mod pointwise;
mod reduce;

pub(crate) use convert::convert;
pub(crate) use load::{Load, Source, copy_strided};
pub(crate) use pointwise::{binary, compare, select, unary};
pub(crate) use reduce::{Fold, LANES, fold_kernels};

use crate::isa::Isa;
use bouton_array::Element;

/// An operand of a kernel.
#[derive(Clone, Copy)]
pub(crate) struct Operand {
    pub start: *const u8,
    /// One element that stands for all.
    pub scalar: bool,
}

/// Does one instruction on `n` elements: result, operands.
///
/// # Safety
/// The result is valid for `n` elements of its type, each operand for `n` of its own, or one if it is scalar; all
/// are aligned, and no operand overlaps the result.
pub(crate) type Kernel = unsafe fn(usize, *mut u8, &[Operand; 3]);

/// A function of one or two elements.
trait Function {
    type X: Element;
    type Y: Element;
    /// Whether the second element counts.
    const BINARY: bool;
    fn call(a: Self::X, b: Self::X) -> Self::Y;
}

/// The elements of an operand; one if it is scalar.
#[inline(always)]
unsafe fn elements<'a, T: Element>(x: Operand, n: usize) -> &'a [T] {
    // SAFETY: the conditions of `Kernel`.
    unsafe { std::slice::from_raw_parts(x.start.cast(), if x.scalar { n.min(1) } else { n }) }
}

#[inline(always)]
unsafe fn result<'a, T: Element>(y: *mut u8, n: usize) -> &'a mut [T] {
    // SAFETY: the conditions of `Kernel`.
    unsafe { std::slice::from_raw_parts_mut(y.cast(), n) }
}

#[inline(always)]
fn body<F: Function>(y: &mut [F::Y], a: &[F::X], b: &[F::X], scalars: (bool, bool)) {
    let (Some(&a0), Some(&b0)) = (a.first(), b.first()) else {
        return;
    };
    match scalars {
        (true, _) if !F::BINARY => y.fill(F::call(a0, a0)),
        (false, _) if !F::BINARY => y.iter_mut().zip(a).for_each(|(y, &a)| *y = F::call(a, a)),
        (false, false) => y
            .iter_mut()
            .zip(a.iter().zip(b))
            .for_each(|(y, (&a, &b))| *y = F::call(a, b)),
        (false, true) => y.iter_mut().zip(a).for_each(|(y, &a)| *y = F::call(a, b0)),
        (true, false) => y.iter_mut().zip(b).for_each(|(y, &b)| *y = F::call(a0, b)),
        (true, true) => y.fill(F::call(a0, b0)),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2<F: Function>(n: usize, y: *mut u8, x: &[Operand; 3]) {
    // SAFETY: the conditions of `Kernel`.
    let (y, a, b) = unsafe { (result(y, n), elements(x[0], n), elements(x[1], n)) };
    body::<F>(y, a, b, (x[0].scalar, x[1].scalar));
}

unsafe fn portable<F: Function>(n: usize, y: *mut u8, x: &[Operand; 3]) {
    // SAFETY: the conditions of `Kernel`.
    let (y, a, b) = unsafe { (result(y, n), elements(x[0], n), elements(x[1], n)) };
    body::<F>(y, a, b, (x[0].scalar, x[1].scalar));
}

/// The kernel of a function. Where it is chosen for AVX2, `isa` has proved that the machine has it.
fn kernel_of<F: Function>(isa: Isa) -> Kernel {
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2(_) => avx2::<F>,
        Isa::Portable => portable::<F>,
    }
}
