//! Convolutions on the matrix engine: rows of A are windows of the input, read where they lie.
//!
//! What is computed is defined element by element, as for products: the chain `acc = fma(x, w, acc)`
//! from +0, over the positions of the kernel in row-major order and the features of each, or the other way
//! round (see [`Shape::features_first`]); positions outside of the input are zeros, positions between dilated
//! neighbours take no part. The chain does not depend on blocks, threads or instruction sets.
//!
//! Nothing is unfolded into a matrix of windows. A row is a place in the input, padded in a copy where it must
//! be, and all rows go the same steps from their places (1); so the input gradient, whose kernel runs
//! backwards, and the kernel gradient, whose steps run over the images, are the same program with other distances.
//! The kernel is packed into panels of columns.
//!
//! (1) M. Dukhan, The Indirect Convolution Algorithm, 2019.

mod across;
mod kernels;
mod panel;
mod patch;
mod phases;
mod plan;
mod run;
mod walk;
mod winograd;

use super::plan::{line, part};
use super::{Block, Epilogue, Operands, Target, Unsupported};
use crate::isa::Isa;
use crate::pool;
use across::Lane;
use bouton_array::DType;
use plan::Plan;
use std::ops::Range;

/// A spatial axis of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Axis {
    /// Elements of the input.
    pub size: usize,
    /// Elements of the kernel.
    pub kernel: usize,
    /// Elements of the result.
    pub result: usize,
    /// How the kernel moves; nothing but [`Shape::phases`] sees a dilated input.
    pub window: bouton_ir::Window,
}

/// The sizes of a convolution, and where its operands lie: distances in elements.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the sizes are named as in `ir::Convolution`
pub(crate) struct Shape {
    pub groups: usize,
    pub batch: usize,
    pub features: usize,
    pub outputs: usize,
    pub axes: Vec<Axis>,
    /// The sum runs over positions for each feature, rather than over features for each position.
    pub features_first: bool,
    /// Tile by tile, as `bouton_ir::Convolution::winograd` says.
    pub winograd: bool,
    /// Distances along `[groups, batch, spatial.., features]`; negative along spatial axes alone.
    pub input: Vec<isize>,
    /// Distances along `[groups, spatial.., features, outputs]`; negative along spatial axes alone.
    pub kernel: Vec<isize>,
    /// Distances along `[groups, batch, spatial.., outputs]` of the result, which keep its elements apart.
    pub result: Vec<usize>,
    /// The type of the operands and of the result.
    pub dtype: DType,
    /// What follows on blocks of the result, if something does.
    pub following: Option<Following>,
}

/// Loops that follow on blocks of a result which lies in the order `[batch, spatial.., outputs]`, of one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Following {
    /// Blocks are cut between so many places along the first spatial axis, whose number is a multiple.
    pub lines: usize,
    /// Blocks have all columns.
    pub whole_columns: bool,
}

/// What follows an element of a result takes as long as so many multiply-adds, about.
const FOLLOWED_BY: usize = 16;

/// More spatial axes than this are not compiled.
pub(crate) const MOST_SPATIAL: usize = walk::MOST_AXES - 4;

/// A planned convolution: made once for a shape, run as often as wanted, by several threads at once.
#[derive(Debug)]
pub(crate) struct Convolution {
    parts: Vec<Part>,
}

/// A convolution without dilation of the input: results that are made in the same way.
#[derive(Debug)]
struct Part {
    shape: Shape,
    method: Method,
    /// Bytes from the operands' first elements to those of this part.
    kernel: isize,
    result: usize,
}

#[derive(Debug)]
enum Method {
    /// Vectors along columns: panels of the kernel.
    Columns(Plan),
    /// Vectors along rows or groups.
    Across(across::Plan),
    /// Tiles of places.
    Winograd(winograd::Plan),
}

/// One run of a plan. Its pointers satisfy the contract of [`Convolution::run`].
struct Run<'a, P> {
    shape: &'a Shape,
    plan: &'a P,
    input: *const u8,
    kernel: *const u8,
    /// All of the kernel, packed: read by runs, written by [`Convolution::pack`].
    packed: Option<*mut u8>,
    result: Target,
    scratch: *mut u8,
    epilogue: Option<Epilogue<'a>>,
}

// SAFETY: what is shared is read, but for the result, the scratch memory and, while it is made, the packed kernel, of which
// every chunk of a plan writes a part of its own: its results, its panels, and the buffers of its slot.
unsafe impl<P: Sync> Sync for Run<'_, P> {}

impl<'a> Run<'a, ()> {
    /// The run of a plan.
    fn of<P>(self, plan: &'a P) -> Run<'a, P> {
        Run {
            shape: self.shape,
            plan,
            input: self.input,
            kernel: self.kernel,
            packed: self.packed,
            result: self.result,
            scratch: self.scratch,
            epilogue: self.epilogue,
        }
    }
}

impl Convolution {
    /// Plans a convolution for an instruction set.
    ///
    /// # Errors
    /// [`Unsupported`], if the type is not a float type of at least 16 bits.
    ///
    /// # Panics
    /// If there are more than [`MOST_SPATIAL`] spatial axes, or not as many distances as axes.
    pub(crate) fn new(shape: Shape, isa: Isa) -> Result<Convolution, Unsupported> {
        Convolution::along(shape, isa, Lane::best)
    }

    /// As [`Convolution::new`], with vectors along the given lane, or along columns.
    fn along(
        shape: Shape,
        isa: Isa,
        lane: impl Fn(&Shape) -> Option<Lane>,
    ) -> Result<Convolution, Unsupported> {
        let rank = shape.axes.len() + 3;
        assert!(rank <= MOST_SPATIAL + 3, "too many spatial axes");
        assert!(
            shape.input.len() == rank && shape.kernel.len() == rank && shape.result.len() == rank,
            "a distance for each axis"
        );
        let unsupported = Unsupported {
            input: shape.dtype,
            output: shape.dtype,
        };
        let slots = pool::threads();
        let parts = shape.phases().into_iter().map(|phase| {
            let shape = phase.shape;
            let method = match lane(&shape) {
                _ if shape.winograd => {
                    winograd::Plan::new(&shape, isa, slots).map(Method::Winograd)
                }
                Some(lane) => across::Plan::new(&shape, lane, isa, slots).map(Method::Across),
                None => Plan::new(&shape, isa, slots).map(Method::Columns),
            };
            let size = shape.dtype.size();
            Ok(Part {
                method: method.ok_or(unsupported)?,
                kernel: phase.kernel * size as isize,
                result: phase.result * size,
                shape,
            })
        });
        Ok(Convolution {
            parts: parts.collect::<Result<_, _>>()?,
        })
    }

    /// Bytes of scratch memory that a run needs.
    pub(crate) fn scratch_bytes(&self) -> usize {
        let bytes = self.parts.iter().map(|part| match &part.method {
            Method::Columns(plan) => plan.scratch_bytes(),
            Method::Across(plan) => plan.scratch_bytes(),
            Method::Winograd(plan) => plan.scratch_bytes(),
        });
        bytes.max().unwrap_or(0)
    }

    /// The most threads that a run uses.
    pub(crate) fn slots(&self) -> usize {
        let slots = self.parts.iter().map(|part| match &part.method {
            Method::Columns(plan) => plan.slots,
            Method::Across(plan) => plan.slots(),
            Method::Winograd(plan) => plan.slots(),
        });
        slots.max().unwrap_or(0)
    }

    /// Elements from the first to the last of a block of the result, at most, if blocks have all columns.
    pub(crate) fn block(&self) -> Option<usize> {
        let [part] = &self.parts[..] else {
            return None;
        };
        let (images, lines) = match &part.method {
            Method::Columns(plan) => plan.block(&part.shape)?,
            Method::Across(plan) => plan.block(&part.shape),
            Method::Winograd(plan) => plan.block(&part.shape)?,
        };
        Some((images.max(1) - 1) * part.shape.image() + lines * part.shape.line())
    }

    /// Bytes of a packed copy of the kernel, which runs can be given with it; 0 where they would not use it.
    pub(crate) fn packed_bytes(&self) -> usize {
        self.parts
            .iter()
            .map(|part| line(part.packed_bytes()))
            .sum()
    }

    /// Packs the kernel for runs that are given the copy with it.
    ///
    /// # Safety
    /// As [`Convolution::run`]; `to` is valid for [`Convolution::packed_bytes`] bytes, aligned to 64 and aliased by nothing.
    pub(crate) unsafe fn pack(&self, kernel: *const u8, to: *mut u8, scratch: *mut u8) {
        let operands = Operands {
            packed: Some(to),
            ..Operands::new(kernel, kernel)
        };
        let none = Target::whole(std::ptr::null_mut());
        for (part, run) in self.runs(operands, none, scratch, None) {
            match &part.method {
                Method::Columns(plan) => run.of(plan).pack_kernel(),
                Method::Across(_) => {}
                Method::Winograd(plan) => run.of(plan).transform_kernel(),
            }
        }
    }

    /// Computes the convolution, and calls `epilogue` for each block of its result.
    ///
    /// # Safety
    /// The operands and `result` are valid for the extents of the shape from their first elements on (memory of
    /// slots: for [`Convolution::block`] elements) and aligned for their type; a packed copy is that of the kernel;
    /// `result` is not aliased during the run, but by the epilogue; `scratch` is valid for
    /// [`Convolution::scratch_bytes`] bytes, aligned to 64 and used by no other run at the same time. An epilogue, and
    /// memory of slots, only with [`Shape::following`].
    pub(crate) unsafe fn run(
        &self,
        operands: Operands,
        result: Target,
        scratch: *mut u8,
        epilogue: Option<Epilogue<'_>>,
    ) {
        for (part, run) in self.runs(operands, result, scratch, epilogue) {
            match &part.method {
                Method::Columns(plan) => run.of(plan).all(),
                Method::Across(plan) => run.of(plan).all(),
                Method::Winograd(plan) => run.of(plan).all(),
            }
        }
    }

    /// Every part that has results, and its run.
    fn runs<'a>(
        &'a self,
        operands: Operands,
        result: Target,
        scratch: *mut u8,
        epilogue: Option<Epilogue<'a>>,
    ) -> impl Iterator<Item = (&'a Part, Run<'a, ()>)> {
        let mut at = 0;
        let parts = self.parts.iter().map(move |part| {
            let packed = operands.packed.map(|packed| packed.wrapping_add(at));
            at += line(part.packed_bytes());
            let run = Run {
                shape: &part.shape,
                plan: &(),
                input: operands.left,
                kernel: operands.right.wrapping_offset(part.kernel),
                packed: packed.map(<*const u8>::cast_mut),
                result: Target {
                    start: result.start.wrapping_add(part.result),
                    ..result
                },
                scratch,
                epilogue,
            };
            (part, run)
        });
        parts.filter(|(part, _)| part.shape.results() > 0)
    }
}

impl Part {
    /// Bytes of a packed copy of its kernel.
    fn packed_bytes(&self) -> usize {
        match &self.method {
            Method::Columns(plan) => plan.packed,
            Method::Across(_) => 0,
            Method::Winograd(plan) => plan.kernel_bytes(),
        }
    }
}

impl Axis {
    /// Places that the kernel sees while it makes some results.
    fn reach(&self, results: usize) -> usize {
        (results.max(1) - 1) * self.window.stride
            + (self.kernel.max(1) - 1) * self.window.kernel_dilation
            + 1
    }

    /// The elements of the input among the places that the kernel sees while it makes some results, and at which
    /// of these places the first element is. Element 0 is at place `low` of all.
    fn seen(&self, results: &Range<usize>) -> (Range<usize>, usize) {
        let from = (results.start * self.window.stride) as i64 - self.window.low;
        let first = from.max(0);
        let end = (from + self.reach(results.len()) as i64).min(self.size as i64);
        let at = (first - from) as usize;
        (first as usize..end.max(first) as usize, at)
    }

    /// The places of the kernel that are inside of the input where it makes a result.
    fn inside(&self, result: usize) -> Range<usize> {
        let step = self.window.kernel_dilation as i64;
        let before = self.window.low - (result * self.window.stride) as i64;
        // Places of the kernel before element `i` of the input.
        let until =
            |i: i64| ((i + before + step - 1).div_euclid(step)).clamp(0, self.kernel as i64);
        let (first, end) = (until(0), until(self.size as i64));
        first as usize..end as usize
    }
}

impl Shape {
    /// Elements of the result.
    fn results(&self) -> usize {
        let places: usize = self.axes.iter().map(|axis| axis.result).product();
        self.groups * self.batch * self.outputs * places
    }

    /// Multiply-adds, and what follows counted as such.
    fn work(&self) -> usize {
        let after = self.following.map_or(0, |_| FOLLOWED_BY);
        let more = self.results().saturating_mul(after);
        self.steps().saturating_add(more)
    }

    /// Elements of a result at one place of the first spatial axis, and of all places.
    fn line(&self) -> usize {
        let inner: usize = self.axes.iter().skip(1).map(|axis| axis.result).product();
        inner * self.outputs
    }

    fn image(&self) -> usize {
        self.axes.first().map_or(1, |axis| axis.result) * self.line()
    }

    /// What bands are cut from: places along the first spatial axis, or as many as belong together.
    fn lines(&self) -> usize {
        self.axes.first().map_or(1, |axis| axis.result) / self.lines_at_once()
    }

    fn lines_at_once(&self) -> usize {
        self.following.map_or(1, |f| f.lines)
    }

    /// The places of the longest of so many bands.
    fn longest_band(&self, bands: usize) -> usize {
        self.lines().div_ceil(bands) * self.lines_at_once()
    }

    /// Band `i` of so many.
    fn band(&self, bands: usize, i: usize) -> Range<usize> {
        let (band, unit) = (part(self.lines(), bands, i), self.lines_at_once());
        band.start * unit..band.end * unit
    }

    /// Calls `epilogue` with some images' bands of columns.
    fn follow(
        &self,
        epilogue: Epilogue<'_>,
        images: &Range<usize>,
        band: &Range<usize>,
        cols: Range<usize>,
        slot: usize,
    ) {
        let (line, image) = (self.line(), self.image());
        let first = |i: usize| i * image + band.start * line + cols.start;
        if cols.len() == self.outputs {
            let len = band.len() * line;
            return epilogue(Block::new(
                first(images.start),
                images.len(),
                image,
                len,
                slot,
            ));
        }
        let places = band.len() * (line / self.outputs.max(1));
        for i in images.clone() {
            epilogue(Block::new(first(i), places, self.outputs, cols.len(), slot));
        }
    }

    /// Positions of the kernel.
    fn positions(&self) -> usize {
        self.axes.iter().map(|axis| axis.kernel).product()
    }

    /// Multiply-adds of all chains.
    fn steps(&self) -> usize {
        let chain = self.positions().saturating_mul(self.features);
        self.results().saturating_mul(chain)
    }
}

#[cfg(test)]
mod tests;
