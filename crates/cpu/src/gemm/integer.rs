//! Products of integers: the same sums, wrapping around in the type of the inputs.

use super::plan::part;
use super::{Block, Epilogue, GemmSpec};
use crate::isa::{Isa, kernel};
use crate::pool;
use bouton_array::DType;
use std::ops::Range;

/// Multiply-adds that are worth a chunk of their own.
const WORTH: usize = 64_000;
/// The most blocks of rows that a matrix is cut into.
const MOST_BLOCKS: usize = 16;

#[derive(Debug)]
pub(super) struct Plan {
    block: BlockFn,
    isa: Isa,
    size: usize,
    row_blocks: usize,
    pub slots: usize,
}

/// Computes some rows of one matrix: A, B and C are the first elements of that matrix.
///
/// # Safety
/// The pointers are valid for the extents of the spec, and the rows of C are not aliased.
type BlockFn = unsafe fn(Isa, &GemmSpec, Range<usize>, *const u8, *const u8, *mut u8);

impl Plan {
    pub(super) fn new(spec: &GemmSpec, isa: Isa) -> Option<Plan> {
        if spec.input != spec.output {
            return None;
        }
        let block: BlockFn = match spec.input {
            DType::U8 => block::<u8>,
            DType::U16 => block::<u16>,
            DType::U32 => block::<u32>,
            DType::U64 => block::<u64>,
            DType::I8 => block::<i8>,
            DType::I16 => block::<i16>,
            DType::I32 => block::<i32>,
            DType::I64 => block::<i64>,
            _ => return None,
        };
        let work = spec.m.saturating_mul(spec.n).saturating_mul(spec.k);
        let row_blocks = (work / WORTH).clamp(1, MOST_BLOCKS).min(spec.m.max(1));
        let slots = if work.saturating_mul(spec.batch) < WORTH {
            1
        } else {
            pool::threads()
        };
        Some(Plan {
            block,
            isa,
            size: spec.input.size(),
            row_blocks,
            slots,
        })
    }

    /// # Safety
    /// As `Gemm::run`.
    pub(super) unsafe fn run(
        &self,
        spec: &GemmSpec,
        a: *const u8,
        b: *const u8,
        c: *mut u8,
        epilogue: Option<Epilogue<'_>>,
    ) {
        let operands = Operands { a, b, c };
        let operands = &operands;
        pool::run_slots(spec.batch * self.row_blocks, self.slots, &|slot, i| {
            let (batch, rows) = (
                i / self.row_blocks,
                part(spec.m, self.row_blocks, i % self.row_blocks),
            );
            let a = operands.a.wrapping_add(batch * spec.a.batch * self.size);
            let b = operands.b.wrapping_add(batch * spec.b.batch * self.size);
            let c = operands.c.wrapping_add(batch * spec.c.batch * self.size);
            // SAFETY: the caller vouches for the operands; these rows of C are this chunk's alone.
            unsafe { (self.block)(self.isa, spec, rows.clone(), a, b, c) };
            if let Some(epilogue) = epilogue {
                let first = batch * spec.c.batch + rows.start * spec.c.rows;
                epilogue(Block::new(first, rows.len(), spec.c.rows, spec.n, slot));
            }
        });
    }
}

struct Operands {
    a: *const u8,
    b: *const u8,
    c: *mut u8,
}

// SAFETY: A and B are read, and every chunk writes rows of C of its own.
unsafe impl Sync for Operands {}

/// # Safety
/// As [`BlockFn`].
unsafe fn block<T: Integer>(
    isa: Isa,
    spec: &GemmSpec,
    rows: Range<usize>,
    a: *const u8,
    b: *const u8,
    c: *mut u8,
) {
    let (a, b, c) = (a.cast::<T>(), b.cast::<T>(), c.cast::<T>());
    for i in rows {
        // SAFETY: row i of C, which is this call's alone; it is zeroed before it is a slice of T.
        let row = unsafe {
            let row = c.add(i * spec.c.rows);
            row.write_bytes(0, spec.n);
            std::slice::from_raw_parts_mut(row, spec.n)
        };
        for p in 0..spec.k {
            // SAFETY: element (i, p) of A and row p of B, which the caller vouches for.
            unsafe {
                let x = *a.add(i * spec.a.rows + p * spec.a.cols);
                let y = b.add(p * spec.b.rows);
                if spec.b.cols == 1 {
                    add_product(isa, x, std::slice::from_raw_parts(y, spec.n), row);
                } else {
                    for (j, c) in row.iter_mut().enumerate() {
                        *c = c.add_product(x, *y.add(j * spec.b.cols));
                    }
                }
            }
        }
    }
}

kernel! {
    fn add_product[T: Integer](x: T, y: &[T], c: &mut [T]) {
        for (c, &y) in c.iter_mut().zip(y) {
            *c = c.add_product(x, y);
        }
    }
}

trait Integer: Copy + 'static {
    /// `self + x * y`, modulo the size of the type.
    fn add_product(self, x: Self, y: Self) -> Self;
}

macro_rules! integer {
    ($($t:ty),*) => {$(
        impl Integer for $t {
            #[inline(always)]
            fn add_product(self, x: $t, y: $t) -> $t {
                self.wrapping_add(x.wrapping_mul(y))
            }
        }
    )*};
}
integer!(u8, u16, u32, u64, i8, i16, i32, i64);
