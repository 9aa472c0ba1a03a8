//! The table of kernels: which functions serve which types, compiled for which instruction set.

use super::pack::{self, Finish, FinishFn, Input, Output, Pack, PackFn};
use super::tile::{self, Panel, PanelFn};
use super::vector::{Pair, Plain, Vector};
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
    /// Steps of the inner dimension that a packed element holds.
    pub steps: usize,
    /// Bytes of an input, and of an accumulator or a packed element.
    pub input: usize,
    pub accumulator: usize,
    /// The inputs have the accumulation type: packing is a matter of speed alone.
    pub native: bool,
}

/// What the sums of a product are kept in.
#[derive(Clone, Copy)]
enum Sums {
    F32,
    F64,
    /// 32 bits, two products at a time of numbers that 16 bits hold.
    Pairs,
    I32,
    I64,
}

/// Where the sums of a product are kept; nowhere, where the engine does not multiply such types.
///
/// Integers need no more bits than the output has: what is above does not reach them.
fn sums(input: DType, output: DType) -> Option<Sums> {
    match (input, output) {
        (i, DType::F64) if i.is_float() => Some(Sums::F64),
        (i, o) if i.is_float() && o.is_float() => (i != DType::F64).then_some(Sums::F32),
        (i, o) if !i.is_integer() || !i.widens_to(o) => None,
        (_, o) if o.size() == 8 => Some(Sums::I64),
        // The upper half of a u16 is no i16, which shows in 32 bits.
        (DType::U16, o) if o.size() == 4 => Some(Sums::I32),
        (i, _) if i.size() == 4 => Some(Sums::I32),
        _ => Some(Sums::Pairs),
    }
}

/// The kernels for panels of `vectors` (2, 4 or 8) vectors; none, where the engine does not multiply such types.
pub(super) fn kernels(isa: Isa, input: DType, output: DType, vectors: usize) -> Option<Kernels> {
    let sums = sums(input, output)?;
    let finish = match (sums, output.size()) {
        (Sums::F32, 2) if output == DType::BF16 => Some(on::<f32, bf16>(isa)),
        (Sums::F32, 2) => Some(on::<f32, f16>(isa)),
        (Sums::Pairs, 1) => Some(on::<Pair, i8>(isa)),
        (Sums::Pairs, 2) => Some(on::<Pair, i16>(isa)),
        _ => None,
    };
    let table = match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2(_) => {
            use std::arch::x86_64::{__m256, __m256d, __m256i};
            avx2::tables::<__m256, __m256d, __m256i>(sums, input, vectors)?
        }
        Isa::Portable => {
            portable::tables::<Plain<f32, 8>, Plain<f64, 4>, Plain<Pair, 8>>(sums, input, vectors)?
        }
    };
    Some(Kernels { finish, ..table })
}

fn on<E: Copy + 'static, O: Output<E>>(isa: Isa) -> FinishFn {
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2(_) => avx2::finish::<E, O>,
        Isa::Portable => portable::finish::<E, O>,
    }
}

/// One module of functions: the bodies of `tile` and `pack`, compiled with the given attribute.
macro_rules! compile {
    ($name:ident $(, $feature:meta)?) => {
        mod $name {
            use super::*;

            /// The kernels for inputs of a type, over the vectors of this instruction set.
            pub(super) fn tables<F, D, P>(sums: Sums, input: DType, vectors: usize) -> Option<Kernels>
            where
                F: Vector<Elem = f32>,
                D: Vector<Elem = f64>,
                P: Vector<Elem = Pair>,
            {
                type I = Plain<i32, 8>;
                type L = Plain<i64, 4>;
                // Where signs make no difference the table of the signed type serves both.
                let table = match (sums, input) {
                    (Sums::F32, DType::F32) => table::<F, f32>,
                    (Sums::F32, DType::BF16) => table::<F, bf16>,
                    (Sums::F32, DType::F16) => table::<F, f16>,
                    (Sums::F64, DType::F64) => table::<D, f64>,
                    (Sums::F64, DType::F32) => table::<D, f32>,
                    (Sums::F64, DType::BF16) => table::<D, bf16>,
                    (Sums::F64, DType::F16) => table::<D, f16>,
                    (Sums::Pairs, DType::I8) => table::<P, i8>,
                    (Sums::Pairs, DType::U8) => table::<P, u8>,
                    (Sums::Pairs, DType::I16 | DType::U16) => table::<P, i16>,
                    (Sums::I32, DType::U16) => table::<I, u16>,
                    (Sums::I32, DType::I32 | DType::U32) => table::<I, i32>,
                    (Sums::I64, DType::I8) => table::<L, i8>,
                    (Sums::I64, DType::U8) => table::<L, u8>,
                    (Sums::I64, DType::I16) => table::<L, i16>,
                    (Sums::I64, DType::U16) => table::<L, u16>,
                    (Sums::I64, DType::I32) => table::<L, i32>,
                    (Sums::I64, DType::U32) => table::<L, u32>,
                    (Sums::I64, DType::I64 | DType::U64) => table::<L, i64>,
                    _ => return None,
                };
                Some(table(vectors))
            }

            fn table<V: Vector, S: Input<V::Elem>>(vectors: usize) -> Kernels {
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
                    steps: S::STEPS,
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
            pub(super) unsafe fn finish<E: Copy + 'static, O: Output<E>>(f: &Finish) {
                // SAFETY: the contract is the same.
                unsafe { pack::finish::<E, O>(f) }
            }
        }
    };
}
#[cfg(target_arch = "x86_64")]
compile!(avx2, target_feature(enable = "avx2,fma"));
compile!(portable);
