//! An operation's own kernel from a closure, for operations that have no better form than `Call`.
use crate::{Array, Op, Type, op::printed};
use bouton_ir as ir;
use std::{ops::Range, sync::Arc};

/// The form of an operation whose results consist of `items` equal runs of elements, one after the other; making one
/// costs about `cost` additions.
///
/// `run` is safe Rust over typed slices: it is given a range of items, the inputs, and of each result the elements of
/// those items alone. It may use the attributes of `op`, which are part of the key, and the types of what it is given,
/// and nothing else. The cut into chunks follows from the number of items, never from the machine.
pub(crate) fn call_items(
    op: &dyn Op,
    items: usize,
    cost: usize,
    run: impl Fn(Range<usize>, &[ir::View], &mut [ir::ViewMut]) + Send + Sync + 'static,
) -> ir::Form {
    ir::Form::Call(ir::Call(Arc::new(Items {
        key: printed(op),
        items,
        chunks: chunks_for(items, cost),
        run,
    })))
}

/// Into how many chunks to cut `items` pieces of work that cost about `cost` additions each.
pub(crate) fn chunks_for(items: usize, cost: usize) -> usize {
    (items.saturating_mul(cost) >> 14)
        .clamp(1, 64)
        .min(items.max(1))
}

/// The items of `0..items` that are `chunk`'s among `chunks`.
pub(crate) fn share(items: usize, chunk: usize, chunks: usize) -> Range<usize> {
    let start = |c: usize| (items as u128 * c as u128 / chunks.max(1) as u128) as usize;
    start(chunk)..start(chunk + 1)
}

/// Reference evaluation by the kernel itself, one chunk after the other.
pub(crate) fn evaluate(form: &ir::Form, x: &[&Array], y: &[Type]) -> Vec<Array> {
    let ir::Form::Call(ir::Call(kernel)) = form else {
        return vec![];
    };
    let types: Vec<Type> = x.iter().map(|a| a.ty().clone()).collect();
    let views: Vec<ir::View> = x.iter().map(|a| ir::View::new(a.ty(), a.bytes())).collect();
    let mut results: Vec<Array> = y.iter().map(Array::scratch).collect();
    for chunk in 0..kernel.chunks(&types, y) {
        let mut targets: Vec<ir::ViewMut> = results
            .iter_mut()
            .zip(y)
            .map(|(a, ty)| {
                let part = kernel.part(chunk, ty);
                let (from, size) = (part.start, ty.dtype.size());
                let bytes = &mut a.buffer_mut().bytes_mut()[from * size..part.end * size];
                ir::ViewMut::part(ty, from, bytes)
            })
            .collect();
        kernel.run(chunk, &views, &mut targets);
    }
    results
}

struct Items<F> {
    key: String,
    items: usize,
    chunks: usize,
    run: F,
}

impl<F: Fn(Range<usize>, &[ir::View], &mut [ir::ViewMut]) + Send + Sync> ir::Kernel for Items<F> {
    fn key(&self) -> String {
        self.key.clone()
    }
    fn chunks(&self, _: &[Type], _: &[Type]) -> usize {
        self.chunks
    }
    fn part(&self, chunk: usize, output: &Type) -> Range<usize> {
        let (items, run) = (
            share(self.items, chunk, self.chunks),
            output.size() / self.items.max(1),
        );
        items.start * run..items.end * run
    }
    fn run(&self, chunk: usize, inputs: &[ir::View], outputs: &mut [ir::ViewMut]) {
        (self.run)(share(self.items, chunk, self.chunks), inputs, outputs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_cover_every_item_once() {
        for (items, chunks) in [(0, 1), (1, 1), (7, 3), (64, 64), (1000, 7)] {
            let all: Vec<usize> = (0..chunks).flat_map(|c| share(items, c, chunks)).collect();
            assert_eq!(all, (0..items).collect::<Vec<_>>());
        }
        assert_eq!(
            (
                chunks_for(0, 1),
                chunks_for(10, 1),
                chunks_for(1 << 16, 1),
                chunks_for(3, 1 << 20)
            ),
            (1, 1, 4, 3)
        );
    }
}
