//! The table of kernels of convolutions: which functions serve which types, compiled for which instruction set.

use super::super::kernels::kernels as products;
use super::super::pack::{Input, Output, PackFn};
use super::super::vector::{Plain, Real};
use super::across::sweep::{self, FiniteFn, Sweep, SweepFn};
use super::patch::{self, Copy, CopyFn};
use super::walk::{self, Walk, WalkFn};
use super::winograd::tiles::{self, Tiles, Transforms};
use crate::isa::Isa;
use bouton_array::DType;
use half::{bf16, f16};

/// The functions of one convolution, all for the same accumulation type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kernels {
    pub walk: WalkFn,
    /// Vectors along rows, and along groups.
    pub sweep: SweepFn,
    pub sweep_groups: SweepFn,
    /// Whether numbers of the accumulation type are finite.
    pub finite: FiniteFn,
    /// Winograd's transforms.
    pub transforms: Transforms,
    /// Copies what is read.
    pub widen: CopyFn,
    /// Copies accumulators to the result.
    pub round: CopyFn,
    pub pack: PackFn,
    /// Columns of a panel, and lanes of a vector.
    pub width: usize,
    pub lanes: usize,
    /// Bytes of an element, and of an accumulator.
    pub element: usize,
    pub accumulator: usize,
    /// Elements have the accumulation type.
    pub native: bool,
}

/// The kernels for panels of one or two vectors; none for types that are no floats.
pub(super) fn kernels(isa: Isa, dtype: DType, vectors: usize) -> Option<Kernels> {
    // The packer of products, for a panel as wide.
    let product = products(isa, dtype, dtype, 2)?;
    let table = match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2(_) => {
            use std::arch::x86_64::{__m256, __m256d};
            match dtype {
                DType::F32 => avx2::table::<__m256, f32>(vectors),
                DType::BF16 => avx2::table::<__m256, bf16>(vectors),
                DType::F16 => avx2::table::<__m256, f16>(vectors),
                DType::F64 => avx2::table::<__m256d, f64>(vectors),
                _ => return None,
            }
        }
        Isa::Portable => match dtype {
            DType::F32 => portable::table::<Plain<f32, 8>, f32>(vectors),
            DType::BF16 => portable::table::<Plain<f32, 8>, bf16>(vectors),
            DType::F16 => portable::table::<Plain<f32, 8>, f16>(vectors),
            DType::F64 => portable::table::<Plain<f64, 4>, f64>(vectors),
            _ => return None,
        },
    };
    Some(Kernels {
        pack: product.pack_right,
        ..table
    })
}

/// One module of functions: the bodies of `walk`, `sweep`, `tiles` and `patch`, compiled with the given attribute.
macro_rules! compile {
    ($name:ident $(, $feature:meta)?) => {
        mod $name {
            use super::*;

            pub(super) fn table<V: Real, S: Input<V::Elem> + Output<V::Elem>>(vectors: usize) -> Kernels {
                Kernels {
                    walk: if vectors == 1 { walk::<V, 1> } else { walk::<V, 2> },
                    sweep: sweep::<V, false>,
                    sweep_groups: sweep::<V, true>,
                    finite: finite::<V>,
                    transforms: Transforms {
                        input: input::<V>,
                        kernel: kernel::<V>,
                        result: result::<V>,
                        cotangent: cotangent::<V>,
                        gradient: gradient::<V>,
                    },
                    widen: widen::<V, S>,
                    round: round::<V, S>,
                    pack: |_| {},
                    width: vectors * V::LANES,
                    lanes: V::LANES,
                    element: size_of::<S>(),
                    accumulator: size_of::<V::Elem>(),
                    native: S::SAME,
                }
            }

            $(#[$feature])?
            unsafe fn walk<V: Real, const NV: usize>(w: &Walk) {
                // SAFETY: the contract is the same.
                unsafe { walk::walk::<V, NV>(w) }
            }
            $(#[$feature])?
            unsafe fn sweep<V: Real, const LANEWISE: bool>(s: &Sweep) -> bool {
                // SAFETY: the contract is the same.
                unsafe { sweep::sweep::<V, LANEWISE>(s) }
            }
            $(#[$feature])?
            unsafe fn finite<V: Real>(from: *const u8, rows: usize, len: usize, step: usize) -> bool {
                // SAFETY: the contract is the same.
                unsafe { sweep::finite::<V>(from, rows, len, step) }
            }
            $(#[$feature])?
            unsafe fn input<V: Real>(t: &Tiles) {
                // SAFETY: the contract is the same.
                unsafe { tiles::input::<V>(t) }
            }
            $(#[$feature])?
            unsafe fn kernel<V: Real>(t: &Tiles) {
                // SAFETY: the contract is the same.
                unsafe { tiles::kernel::<V>(t) }
            }
            $(#[$feature])?
            unsafe fn result<V: Real>(t: &Tiles) {
                // SAFETY: the contract is the same.
                unsafe { tiles::result::<V>(t) }
            }
            $(#[$feature])?
            unsafe fn cotangent<V: Real>(t: &Tiles) {
                // SAFETY: the contract is the same.
                unsafe { tiles::cotangent::<V>(t) }
            }
            $(#[$feature])?
            unsafe fn gradient<V: Real>(t: &Tiles) {
                // SAFETY: the contract is the same.
                unsafe { tiles::gradient::<V>(t) }
            }
            $(#[$feature])?
            unsafe fn widen<V: Real, S: Input<V::Elem>>(c: &Copy) {
                // SAFETY: the contract is the same.
                unsafe { patch::widen::<V, S>(c) }
            }
            $(#[$feature])?
            unsafe fn round<V: Real, S: Input<V::Elem> + Output<V::Elem>>(c: &Copy) {
                // SAFETY: the contract is the same.
                unsafe { patch::round::<V, S>(c) }
            }
        }
    };
}
#[cfg(target_arch = "x86_64")]
compile!(avx2, target_feature(enable = "avx2,fma"));
compile!(portable);
