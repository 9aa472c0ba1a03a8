//! The loops that fused programs are made of: each does one instruction on a tile of elements.
//!
//! A kernel is one generic loop over slices that do not overlap, compiled once for each instruction set and chosen when
//! a program is compiled. No loop contracts or reassociates, so every instruction set gives the same bits.

mod convert;
mod load;
mod pointwise;
mod reduce;

pub(crate) use convert::{convert, is_half, way};
pub(crate) use load::{Load, Source, copy_strided};
pub(crate) use pointwise::{binary, compare, unary};
pub(crate) use reduce::{Fold, LANES, fold_kernels};

use crate::isa::Isa;
use bouton_array::{DType, Element};

/// Does one instruction on `n` elements: result, operands.
///
/// # Safety
/// The result is valid for `n` elements of its type and each operand for `n` of its own (or one, where the kernel was
/// chosen for one that stands for all); all are aligned, and no operand overlaps the result.
pub(crate) type Kernel = unsafe fn(usize, *mut u8, &[*const u8; 3]);

/// A function of one or two elements.
trait Function {
    type X: Element;
    type Y: Element;
    fn call(a: Self::X, b: Self::X) -> Self::Y;
}

/// The loops, compiled for one instruction set. What they run over are parameters that are slices: so the compiler
/// knows that they are apart, and needs no second loop for the case that they are not.
macro_rules! compile {
    ($name:ident $(, $feature:meta)?) => {
        mod $name {
            use super::{Element, Function, pointwise::Word};
            use std::slice::{from_raw_parts, from_raw_parts_mut};

            $(#[$feature])?
            #[inline(never)]
            fn one<F: Function>(y: &mut [F::Y], a: &[F::X]) {
                let n = y.len().min(a.len());
                let (y, a) = (&mut y[..n], &a[..n]);
                for i in 0..n {
                    y[i] = F::call(a[i], a[i]);
                }
            }

            $(#[$feature])?
            #[inline(never)]
            fn two<F: Function>(y: &mut [F::Y], a: &[F::X], b: &[F::X]) {
                let n = y.len().min(a.len()).min(b.len());
                let (y, a, b) = (&mut y[..n], &a[..n], &b[..n]);
                for i in 0..n {
                    y[i] = F::call(a[i], b[i]);
                }
            }

            $(#[$feature])?
            #[inline(never)]
            fn scalar<F: Function>(y: &mut [F::Y], a: &[F::X], b: F::X) {
                let n = y.len().min(a.len());
                let (y, a) = (&mut y[..n], &a[..n]);
                for i in 0..n {
                    y[i] = F::call(a[i], b);
                }
            }

            $(#[$feature])?
            #[inline(never)]
            fn choose<T: Word>(y: &mut [T], condition: &[u8], a: &[T], b: &[T]) {
                let n = y.len().min(condition.len()).min(a.len()).min(b.len());
                let (y, condition, a, b) = (&mut y[..n], &condition[..n], &a[..n], &b[..n]);
                for i in 0..n {
                    y[i] = T::choose(condition[i], a[i], b[i]);
                }
            }

            unsafe fn elements<'a, T: Element>(x: *const u8, n: usize) -> &'a [T] {
                // SAFETY: the conditions of `Kernel`.
                unsafe { from_raw_parts(x.cast(), n) }
            }

            unsafe fn result<'a, T: Element>(y: *mut u8, n: usize) -> &'a mut [T] {
                // SAFETY: the conditions of `Kernel`.
                unsafe { from_raw_parts_mut(y.cast(), n) }
            }

            pub(super) unsafe fn unary<F: Function>(n: usize, y: *mut u8, x: &[*const u8; 3]) {
                // SAFETY: the conditions of `Kernel`; where this is chosen, the machine has the instruction set.
                unsafe { one::<F>(result(y, n), elements(x[0], n)) }
            }

            pub(super) unsafe fn binary<F: Function>(n: usize, y: *mut u8, x: &[*const u8; 3]) {
                // SAFETY: as in `unary`.
                unsafe { two::<F>(result(y, n), elements(x[0], n), elements(x[1], n)) }
            }

            pub(super) unsafe fn binary_scalar<F: Function>(n: usize, y: *mut u8, x: &[*const u8; 3]) {
                // SAFETY: as in `unary`; the second operand has one element.
                unsafe { scalar::<F>(result(y, n), elements(x[0], n), x[1].cast::<F::X>().read()) }
            }

            /// A `bool` is stored as a byte, and elements are moved as words of their size.
            pub(super) unsafe fn select<T: Word>(n: usize, y: *mut u8, x: &[*const u8; 3]) {
                // SAFETY: as in `unary`.
                unsafe {
                    choose::<T>(
                        result(y, n),
                        elements(x[0], n),
                        elements(x[1], n),
                        elements(x[2], n),
                    )
                }
            }
        }
    };
}
#[cfg(target_arch = "x86_64")]
compile!(avx2, target_feature(enable = "avx2,fma"));
compile!(portable);

/// The loop of this name for an instruction set: where AVX2 is chosen, `isa` has proved that the machine has it.
macro_rules! on {
    ($isa:expr, $function:ident::<$F:ty>) => {
        match $isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2(_) => avx2::$function::<$F> as Kernel,
            Isa::Portable => portable::$function::<$F> as Kernel,
        }
    };
}

/// The kernel of a function of one element.
fn unary_of<F: Function>(isa: Isa) -> Kernel {
    on!(isa, unary::<F>)
}

/// The kernel of a function of two elements; where `scalar`, one second element stands for all.
fn binary_of<F: Function>(isa: Isa, scalar: bool) -> Kernel {
    match scalar {
        false => on!(isa, binary::<F>),
        true => on!(isa, binary_scalar::<F>),
    }
}

/// The kernel of `select` between elements of this type.
pub(crate) fn select(dtype: DType, isa: Isa) -> Kernel {
    match dtype.size() {
        1 => on!(isa, select::<u8>),
        2 => on!(isa, select::<u16>),
        4 => on!(isa, select::<u32>),
        _ => on!(isa, select::<u64>),
    }
}

/// Makes `n` elements of `size` bytes of one.
///
/// # Safety
/// `x` is valid for an element, `y` for `n`; both are aligned, and apart.
pub(crate) unsafe fn splat(size: usize, n: usize, x: *const u8, y: *mut u8) {
    unsafe fn of<T: Copy>(n: usize, x: *const u8, y: *mut u8) {
        // SAFETY: the caller's conditions, for elements as words of their size.
        unsafe { std::slice::from_raw_parts_mut(y.cast::<T>(), n).fill(x.cast::<T>().read()) }
    }
    // SAFETY: the caller's conditions.
    unsafe {
        match size {
            1 => of::<u8>(n, x, y),
            2 => of::<u16>(n, x, y),
            4 => of::<u32>(n, x, y),
            _ => of::<u64>(n, x, y),
        }
    }
}
