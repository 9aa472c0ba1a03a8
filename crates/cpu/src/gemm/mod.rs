//! The matrix engine: batched `C = A * B` over register tiles, for any strides, with epilogues.
//!
//! What it computes is defined element by element: `C[i, j]` is the chain
//! `acc = fma(A[i, p], B[p, j], acc)` for `p = 0, 1, .. k - 1`, from `acc = +0`, in the
//! accumulation type (f64 where the output is f64, else f32), rounded once to the output's type.
//! Blocks, tiles, threads and instruction sets change who computes a chain and when, never the
//! chain: a block of the inner dimension goes on from the accumulators that the one before left.
//! Integers are sums of products modulo the size of the output's type. (The payload of a NaN is
//! not defined.)
//!
//! The design is Goto's and Van Zee's (1, 2): panels of B and rows of A are packed where that
//! helps (strides, types), a block of each fits a level of the cache, and the micro-kernel keeps a
//! tile of C in registers. Products of few rows skip the packing and run over wider panels.
//!
//! (1) K. Goto, R. van de Geijn, Anatomy of High-Performance Matrix Multiplication, 2008.
//! (2) F. Van Zee, R. van de Geijn, BLIS: A Framework for Rapidly Instantiating BLAS, 2015.

mod convert;
pub(crate) mod convolution;
mod kernels;
mod pack;
mod plan;
mod run;
mod tile;
mod vector;

use crate::isa::{Isa, isa};
use crate::pool;
use bouton_array::DType;
use plan::Plan;
use run::Run;
use std::fmt;

/// The layout of a matrix, or of a batch of them: distances in elements.
///
/// Of A and B any, also 0 (one row, column or matrix that stands for all).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matrix {
    /// From a row to the next.
    pub rows: usize,
    /// From a column to the next.
    pub cols: usize,
    /// From a matrix of the batch to the next.
    pub batch: usize,
}

/// A batch of products `C[m, n] = A[m, k] * B[k, n]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the formula says it
pub struct GemmSpec {
    pub m: usize,
    pub n: usize,
    pub k: usize,
    pub batch: usize,
    pub a: Matrix,
    pub b: Matrix,
    /// The column stride of C is 1 (0 will do where n is 1), its other strides keep its elements
    /// apart.
    pub c: Matrix,
    /// Element type of A and B.
    pub input: DType,
    /// Element type of C.
    pub output: DType,
    /// Blocks of C are whole rows, if there are rows enough: good for an epilogue that goes through other matrices.
    pub whole_rows: bool,
}

impl GemmSpec {
    /// The same elements as one product with more rows, where one B serves the whole batch and
    /// the rows of all matrices of A and of C are evenly spaced; otherwise as it was.
    pub fn fold(self) -> GemmSpec {
        let GemmSpec {
            m, batch, a, b, c, ..
        } = self;
        let even = a.batch == m * a.rows && c.batch == m * c.rows;
        if batch > 1 && b.batch == 0 && even {
            GemmSpec {
                m: m * batch,
                batch: 1,
                ..self
            }
        } else {
            self
        }
    }
}

/// A block of C that is final: runs of elements that lie side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// The first element, counted from the first of C.
    pub first: usize,
    /// How many runs there are.
    pub runs: usize,
    /// From the first element of a run to that of the next.
    pub step: usize,
    /// Elements of a run.
    pub len: usize,
    /// A number below [`Gemm::slots`]: epilogues that run at the same time have different ones.
    pub slot: usize,
}

impl Block {
    /// Runs without gaps are one.
    fn new(first: usize, runs: usize, step: usize, len: usize, slot: usize) -> Block {
        let (runs, len) = if step == len {
            (1, runs * len)
        } else {
            (runs, len)
        };
        Block {
            first,
            runs,
            step,
            len,
            slot,
        }
    }

    /// The same part of an array of `to` elements as this is of one of `from`.
    pub(crate) fn scaled(self, from: usize, to: usize) -> Block {
        if from == to {
            return self;
        }
        let scale = |n: usize| n * to / from;
        Block {
            first: scale(self.first),
            step: scale(self.step),
            len: scale(self.len),
            ..self
        }
    }
}

/// Where C is made: in its place, or each block in memory of the slot that makes it, with the distances that it has in C.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    start: *mut u8,
    /// Bytes from a slot's memory to the next.
    slots: Option<usize>,
}

impl Target {
    /// All of C, which begins at `start`.
    pub fn whole(start: *mut u8) -> Target {
        Target { start, slots: None }
    }

    /// Memory for a block of each slot, so many bytes apart.
    pub fn of_slots(start: *mut u8, bytes: usize) -> Target {
        Target {
            start,
            slots: Some(bytes),
        }
    }

    /// Where a block begins whose first element is so many bytes from that of C.
    pub fn block(&self, first: usize, slot: usize) -> *mut u8 {
        match self.slots {
            None => self.start.wrapping_add(first),
            Some(bytes) => self.start.wrapping_add(slot * bytes),
        }
    }
}

/// The operands of a product or a convolution: where they begin.
#[derive(Clone, Copy, Debug)]
pub struct Operands {
    /// A, or the input of a convolution.
    pub left: *const u8,
    /// B, or the kernel of a convolution.
    pub right: *const u8,
    /// A copy, made before, of the operand that runs would pack.
    pub packed: Option<*const u8>,
}

impl Operands {
    /// Operands that runs pack for themselves.
    pub fn new(left: *const u8, right: *const u8) -> Operands {
        Operands {
            left,
            right,
            packed: None,
        }
    }
}

/// A function that is called once for each block of C, as soon as the block is final and while it
/// is in cache, on the thread that made it. It may read and write that block alone.
pub type Epilogue<'a> = &'a (dyn Fn(Block) + Sync);

/// The element types of a product that the engine does not compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// Element type of A and B.
    pub input: DType,
    /// Element type of C.
    pub output: DType,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "no matrix product of {:?} gives {:?}",
            self.input, self.output
        )
    }
}

impl std::error::Error for Unsupported {}

/// A planned product: made once for a shape, run as often as wanted, by several threads at once.
#[derive(Debug)]
pub struct Gemm {
    spec: GemmSpec,
    /// `C^T = B^T * A^T` is computed: the roles of rows and columns are exchanged.
    flipped: bool,
    plan: Box<Plan>,
}

impl Gemm {
    /// Plans a product, for the instruction set of this process.
    ///
    /// # Errors
    /// [`Unsupported`], if the types are none of: f32, bf16 or f16 to f32, bf16 or f16; a float type
    /// to f64; an integer type to itself or to an integer type that holds it.
    pub fn new(spec: &GemmSpec) -> Result<Gemm, Unsupported> {
        Gemm::with_isa(spec, isa())
    }

    /// As [`Gemm::new`], for an instruction set of the caller's choice.
    ///
    /// # Errors
    /// As [`Gemm::new`].
    pub fn with_isa(spec: &GemmSpec, isa: Isa) -> Result<Gemm, Unsupported> {
        let mut spec = *spec;
        // One column is one row of the transposed product, whose chains are the same.
        let flipped = spec.n == 1 && spec.m > 1 && spec.c.rows == 1;
        if flipped {
            let turn = |x: Matrix| Matrix {
                rows: x.cols,
                cols: x.rows,
                ..x
            };
            let (a, b, c) = (
                turn(spec.b),
                turn(spec.a),
                Matrix {
                    rows: spec.m,
                    cols: 1,
                    ..spec.c
                },
            );
            spec = GemmSpec {
                m: 1,
                n: spec.m,
                a,
                b,
                c,
                ..spec
            };
        }
        let plan = Plan::new(&spec, isa, pool::threads());
        let unsupported = Unsupported {
            input: spec.input,
            output: spec.output,
        };
        Ok(Gemm {
            spec,
            flipped,
            plan: Box::new(plan.ok_or(unsupported)?),
        })
    }

    /// Bytes of scratch memory that a run needs.
    pub fn scratch_bytes(&self) -> usize {
        self.plan.scratch_bytes()
    }

    /// The most threads that a run uses.
    pub fn slots(&self) -> usize {
        self.plan.slots
    }

    /// Which operand [`Gemm::pack`] packs: 0 is A, 1 is B.
    pub(crate) fn packs(&self) -> usize {
        usize::from(!self.flipped)
    }

    /// Bytes of a packed copy of that operand, which runs can be given with it; 0 where they would not use it.
    pub(crate) fn packed_bytes(&self) -> usize {
        match self.spec.b.batch == 0 || self.spec.batch == 1 {
            true => self.plan.packed_bytes(self.spec.n),
            false => 0,
        }
    }

    /// Packs an operand for runs that are given the copy with it.
    ///
    /// # Safety
    /// `operand` is valid for the extents of the spec and aligned, `to` is valid for [`Gemm::packed_bytes`] bytes, aligned
    /// to 64 and aliased by nothing.
    pub(crate) unsafe fn pack(&self, operand: *const u8, to: *mut u8) {
        // Of the operands it reads that one alone.
        self.run_of(Operands::new(operand, operand), to, to, None)
            .pack();
    }

    /// Floating-point (or integer) operations of a run: two for each step of a chain.
    pub fn flops(&self) -> f64 {
        let GemmSpec { m, n, k, batch, .. } = self.spec;
        2.0 * m as f64 * n as f64 * k as f64 * batch as f64
    }

    /// Computes the product, and calls `epilogue` for each block of C.
    ///
    /// # Safety
    /// The operands and `c` are valid for the extents of the spec and aligned for their types; a packed copy is that of
    /// its operand; `c` is not aliased during the run, but by the epilogue; `scratch` is valid for
    /// [`Gemm::scratch_bytes`] bytes, aligned to 64 and used by no other run at the same time.
    pub unsafe fn run(
        &self,
        operands: Operands,
        c: *mut u8,
        scratch: *mut u8,
        epilogue: Option<Epilogue<'_>>,
    ) {
        if self.spec.m > 0 && self.spec.n > 0 && self.spec.batch > 0 {
            self.run_of(operands, c, scratch, epilogue).all();
        }
    }

    fn run_of<'a>(
        &'a self,
        operands: Operands,
        c: *mut u8,
        scratch: *mut u8,
        epilogue: Option<Epilogue<'a>>,
    ) -> Run<'a> {
        let (a, b) = match self.flipped {
            true => (operands.right, operands.left),
            false => (operands.left, operands.right),
        };
        Run {
            spec: &self.spec,
            plan: &self.plan,
            a,
            b,
            packed: operands.packed,
            c,
            c_size: self.spec.output.size(),
            scratch,
            epilogue,
        }
    }
}

#[cfg(test)]
mod tests;
