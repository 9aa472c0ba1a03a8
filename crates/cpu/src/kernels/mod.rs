//! The loops that fused programs are made of: each does one instruction on a tile of elements.
//!
//! A kernel is one generic body, compiled once for each instruction set and chosen when a program is compiled. It
//! reads and writes through fixed-width blocks: all reads of a block come before its writes, so a result may take
//! the place of an operand, and the compiler makes vector code of any width with the same bits.

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
/// The result is valid for `n` elements of its type, each operand for `n` of its own or one if it is scalar, all
/// aligned. An operand may be the very memory of the result, but not overlap it otherwise.
pub(crate) type Kernel = unsafe fn(usize, *mut u8, &[Operand; 3]);

/// Elements per block: two AVX2 registers of 32-bit elements.
const BLOCK: usize = 16;

/// A function of up to three elements.
trait Function {
    type A: Element;
    type B: Element;
    type C: Element;
    type Y: Element;
    const ARITY: usize;
    fn call(a: Self::A, b: Self::B, c: Self::C) -> Self::Y;
}

/// The elements of one operand that one block reads.
#[inline(always)]
unsafe fn block<T: Element>(x: Operand, i: usize) -> [T; BLOCK] {
    let start = x.start.cast::<T>();
    // SAFETY: the caller reads inside of the operand; one element if it is scalar.
    unsafe { if x.scalar { [start.read(); BLOCK] } else { start.add(i).cast::<[T; BLOCK]>().read_unaligned() } }
}

#[inline(always)]
unsafe fn element<T: Element>(x: Operand, i: usize) -> T {
    // SAFETY: as in `block`.
    unsafe { x.start.cast::<T>().add(if x.scalar { 0 } else { i }).read() }
}

#[inline(always)]
unsafe fn blocks<F: Function>(n: usize, y: *mut u8, a: Operand, b: Operand, c: Operand) {
    let y = y.cast::<F::Y>();
    let whole = n - n % BLOCK;
    let mut i = 0;
    while i < whole {
        // SAFETY: `i + BLOCK <= n`, and the caller vouches for `n` elements.
        unsafe {
            let (a, b, c) = (block::<F::A>(a, i), block::<F::B>(b, i), block::<F::C>(c, i));
            let mut r = [F::Y::default(); BLOCK];
            for k in 0..BLOCK {
                r[k] = F::call(a[k], b[k], c[k]);
            }
            y.add(i).cast::<[F::Y; BLOCK]>().write_unaligned(r);
        }
        i += BLOCK;
    }
    for i in whole..n {
        // SAFETY: `i < n`.
        unsafe { y.add(i).write(F::call(element(a, i), element(b, i), element(c, i))) }
    }
}

#[inline(always)]
unsafe fn body<F: Function>(n: usize, y: *mut u8, x: &[Operand; 3]) {
    let [a, b, c] = *x;
    // Stated for each mixture, so that a scalar stays in a register; a missing operand repeats the first.
    let fixed = |x: Operand, scalar| Operand { scalar, ..x };
    // SAFETY: the caller's conditions are those of `blocks`.
    unsafe {
        match (F::ARITY, a.scalar, b.scalar) {
            (1, false, _) => blocks::<F>(n, y, fixed(a, false), fixed(a, true), fixed(a, true)),
            (1, true, _) => blocks::<F>(n, y, fixed(a, true), fixed(a, true), fixed(a, true)),
            (2, false, false) => blocks::<F>(n, y, fixed(a, false), fixed(b, false), fixed(a, true)),
            (2, false, true) => blocks::<F>(n, y, fixed(a, false), fixed(b, true), fixed(a, true)),
            (2, true, false) => blocks::<F>(n, y, fixed(a, true), fixed(b, false), fixed(a, true)),
            (2, true, true) => blocks::<F>(n, y, fixed(a, true), fixed(b, true), fixed(a, true)),
            _ => blocks::<F>(n, y, a, b, c),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2<F: Function>(n: usize, y: *mut u8, x: &[Operand; 3]) {
    // SAFETY: the caller's conditions.
    unsafe { body::<F>(n, y, x) }
}

unsafe fn portable<F: Function>(n: usize, y: *mut u8, x: &[Operand; 3]) {
    // SAFETY: the caller's conditions.
    unsafe { body::<F>(n, y, x) }
}

/// The kernel of a function. Where it is chosen for AVX2, `isa` has proved that the machine has it.
fn kernel_of<F: Function>(isa: Isa) -> Kernel {
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2(_) => avx2::<F>,
        Isa::Portable => portable::<F>,
    }
}
