//! Kernels that go along an axis, one element after the other.
use crate::{Op, Type, kernel::call_items};
use bouton_ir as ir;
use std::ops::Range;

/// Blocks `[n, inner]` of which each column is a lane to go along.
pub(crate) struct Lanes {
    /// Elements of a lane.
    n: usize,
    /// Lanes side by side.
    pub(crate) inner: usize,
    blocks: Range<usize>,
    /// From the end.
    reverse: bool,
}

impl Lanes {
    /// The places of each lane's first element, in the input and in the part of the result that is these blocks alone.
    pub(crate) fn each(&self) -> impl Iterator<Item = (usize, usize)> {
        let (block, first) = (self.n * self.inner, self.blocks.start);
        let blocks = self.blocks.clone();
        blocks.flat_map(move |b| {
            (0..self.inner).map(move |lane| (b * block + lane, (b - first) * block + lane))
        })
    }

    /// The lanes where no others are beside them: the places of each lane's elements in the order in which it is gone
    /// along, in the input and in the part of the result; `None` where there are others.
    pub(crate) fn alone(
        &self,
    ) -> Option<impl Iterator<Item = impl Iterator<Item = (usize, usize)>>> {
        let (n, reverse) = (self.n, self.reverse);
        let place = move |i| if reverse { n - 1 - i } else { i };
        let lane = move |(from, to)| (0..n).map(move |i| (from + place(i), to + place(i)));
        (self.inner == 1).then(|| self.each().map(lane))
    }

    /// The rows in the order in which lanes go along: which element of its lane each has, its place in the input, and in
    /// the part of the result that is these blocks alone.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (usize, Range<usize>, Range<usize>)> {
        let (n, inner, reverse, first) = (self.n, self.inner, self.reverse, self.blocks.start);
        self.blocks.clone().flat_map(move |block| {
            (0..n).map(move |i| {
                let row = if reverse { n - 1 - i } else { i };
                let of = |block: usize| {
                    let at = (block * n + row) * inner;
                    at..at + inner
                };
                (i, of(block), of(block - first))
            })
        })
    }
}

/// The form of an operation that goes along `axis`, with a result of the shape of `x`; an element costs about `cost` additions.
pub(crate) fn lanes(
    op: &dyn Op,
    x: &Type,
    axis: usize,
    reverse: bool,
    cost: usize,
    run: impl Fn(Lanes, &[ir::View], &mut [ir::ViewMut]) + Send + Sync + 'static,
) -> ir::Form {
    let n = x.shape[axis];
    let outer: usize = x.shape[..axis].iter().product();
    let inner: usize = x.shape[axis + 1..].iter().product();
    call_items(op, outer, cost * n * inner, move |blocks, x, y| {
        let lanes = Lanes {
            n,
            inner,
            blocks,
            reverse,
        };
        run(lanes, x, y);
    })
}
