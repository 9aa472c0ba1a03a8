//! The table of kernels: which functions serve which types, compiled for which instruction set.

use super::pack::{self, Finish, FinishFn, Input, Output, Pack, PackFn};
use super::tile::{self, Panel, PanelFn};
use super::vector::{Plain, Vector};
use crate::isa::Isa;
use bouton_array::DType;
use half::{bf16, f16};

/// The functions of one product, all for the same accumulation type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kernels {
    pub panel: PanelFn,
    pub pack_right: PackFn,
    pub pack_left_rows: PackFn,
    pub pack_left_tiles: PackFn,
    /// Rounds accumulators to the output's type, where that is not the accumulation type.
    pub finish: Option<FinishFn>,
    /// Columns of a panel, and the most rows of a tile.
    pub width: usize,
    pub most: usize,
    /// Bytes of an input and of an accumulator.
    pub input: usize,
    pub accumulator: usize,
    /// The inputs have the accumulation type: packing is a matter of speed alone.
    pub native: bool,
}

/// The kernels for panels of `vectors` (2, 4 or 8) vectors; none, where the types are not a pair
/// of float types that the engine multiplies.
pub(super) fn kernels(isa: Isa, input: DType, output: DType, vectors: usize) -> Option<Kernels> {
    let finish = match (input, output) {
        (DType::F64, DType::F64) => None,
        (DType::F64, _) | (_, DType::F64) => return None,
        (_, DType::F32) => None,
        (_, DType::BF16) => Some(on::<bf16>(isa)),
        (_, DType::F16) => Some(on::<f16>(isa)),
        _ => return None,
    };
    let table = match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2(_) => {
            use std::arch::x86_64::{__m256, __m256d};
            match input {
                DType::F32 => avx2::table::<__m256, f32>(vectors),
                DType::BF16 => avx2::table::<__m256, bf16>(vectors),
                DType::F16 => avx2::table::<__m256, f16>(vectors),
                DType::F64 => avx2::table::<__m256d, f64>(vectors),
                _ => return None,
            }
        }
        Isa::Portable => match input {
            DType::F32 => portable::table::<Plain<f32, 8>, f32>(vectors),
            DType::BF16 => portable::table::<Plain<f32, 8>, bf16>(vectors),
            DType::F16 => portable::table::<Plain<f32, 8>, f16>(vectors),
            DType::F64 => portable::table::<Plain<f64, 4>, f64>(vectors),
            _ => return None,
        },
    };
    Some(Kernels { finish, ..table })
}

fn on<O: Output<f32>>(isa: Isa) -> FinishFn {
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2(_) => avx2::finish::<O>,
        Isa::Portable => portable::finish::<O>,
    }
}

/// One module of functions: the bodies of `tile` and `pack`, compiled with the given attribute.
macro_rules! compile {
    ($name:ident $(, $feature:meta)?) => {
        mod $name {
            use super::*;

            pub(super) fn table<V: Vector, S: Input<V::Elem>>(vectors: usize) -> Kernels {
                let panel: PanelFn = match vectors {
                    2 => panel::<V, 2>,
                    4 => panel::<V, 4>,
                    _ => panel::<V, 8>,
                };
                Kernels {
                    panel,
                    pack_right: right::<V, S>,
                    pack_left_rows: left_rows::<V, S>,
                    pack_left_tiles: left_tiles::<V, S>,
                    finish: None,
                    width: vectors * V::LANES,
                    most: tile::most_rows(vectors),
                    input: size_of::<S>(),
                    accumulator: size_of::<V::Elem>(),
                    native: S::SAME,
                }
            }

            $(#[$feature])?
            unsafe fn panel<V: Vector, const NV: usize>(p: &Panel) {
                // SAFETY: the contract is the same.
                unsafe { tile::panel::<V, NV>(p) }
            }
            $(#[$feature])?
            unsafe fn right<V: Vector, S: Input<V::Elem>>(p: &Pack) {
                // SAFETY: the contract is the same.
                unsafe { pack::right::<V, S>(p) }
            }
            $(#[$feature])?
            unsafe fn left_rows<V: Vector, S: Input<V::Elem>>(p: &Pack) {
                // SAFETY: the contract is the same.
                unsafe { pack::left_rows::<V, S>(p) }
            }
            $(#[$feature])?
            unsafe fn left_tiles<V: Vector, S: Input<V::Elem>>(p: &Pack) {
                // SAFETY: the contract is the same.
                unsafe { pack::left_tiles::<V, S>(p) }
            }
            $(#[$feature])?
            pub(super) unsafe fn finish<O: Output<f32>>(f: &Finish) {
                // SAFETY: the contract is the same.
                unsafe { pack::finish::<O>(f) }
            }
        }
    };
}
#[cfg(target_arch = "x86_64")]
compile!(avx2, target_feature(enable = "avx2,fma"));
compile!(portable);
