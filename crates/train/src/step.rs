//! A compiled step driven over batches: state in, state out, in the same memory.
use bouton_tensor::{
    Array, Compiled, Compiler, MemoryReport, Owned, Place, Result, Tensor, Type, blame,
};
use std::sync::Arc;

/// A function `(state, lent, x, y) -> state`, compiled for every combination of types of `x` and `y` that comes by;
/// the state is updated in place, what is lent stays as it is.
pub(crate) struct Step<'a, S: Owned, L: Owned> {
    function: Box<Function<'a, S, L>>,
    compiler: Arc<dyn Compiler>,
    place: Place,
    state: S,
    lent: L,
    leaves: usize,
    /// The leaves of the state, then those that are lent; a batch is added to run and taken off again.
    inputs: Vec<Array>,
    /// What the last run left over, to be written to by the next.
    outputs: Vec<Option<Array>>,
    versions: Vec<Version<S>>,
    last: usize,
}

pub(crate) type Function<'a, S, L> = dyn Fn(S, L, &Tensor, &Tensor) -> Result<S> + 'a;

struct Version<S> {
    x: Type,
    y: Type,
    compiled: Compiled<S>,
}

impl<'a, S: Owned, L: Owned> Step<'a, S, L> {
    /// Evaluates `state` and `lent`; nothing is traced yet.
    pub(crate) fn new(
        compiler: Arc<dyn Compiler>,
        place: Place,
        (state, lent): (S, L),
        function: impl Fn(S, L, &Tensor, &Tensor) -> Result<S> + 'a,
    ) -> Result<Step<'a, S, L>> {
        bouton_tensor::eval((&state, &lent))?; // all as one program
        let leaves = state.leaves().len();
        let arrays = state
            .leaves()
            .into_iter()
            .chain(lent.leaves())
            .map(Tensor::into_array);
        let inputs = arrays.collect::<Result<Vec<Array>>>()?;
        let (state, lent) = (hollow(&state), hollow(&lent));
        Ok(Step {
            function: Box::new(function),
            compiler,
            place,
            state,
            lent,
            leaves,
            inputs,
            outputs: vec![],
            versions: vec![],
            last: 0,
        })
    }

    fn find(&self, x: &Type, y: &Type) -> Option<usize> {
        let fits = |v: &Version<S>| v.x == *x && v.y == *y;
        match self.versions.get(self.last) {
            Some(version) if fits(version) => Some(self.last),
            _ => self.versions.iter().position(fits),
        }
    }

    /// One step on a batch. Allocates nothing once a batch of these types has passed.
    ///
    /// # Errors
    /// What the function answers when it is traced, and what running gives.
    pub(crate) fn run(&mut self, x: Array, y: Array) -> Result<()> {
        self.last = match self.find(x.ty(), y.ty()) {
            Some(found) => found,
            None => self.compile(&x, &y)?,
        };
        self.inputs.push(x);
        self.inputs.push(y);
        let result = self.versions[self.last]
            .compiled
            .run(&mut self.inputs, &mut self.outputs);
        self.inputs.truncate(self.inputs.len() - 2);
        result?;
        for (input, output) in self.inputs.iter_mut().zip(&mut self.outputs) {
            if let Some(output) = output {
                std::mem::swap(input, output);
            }
        }
        Ok(())
    }

    fn compile(&mut self, x: &Array, y: &Array) -> Result<usize> {
        let batch = [x, y].map(|a| Tensor::from_array(a.clone()));
        let (state, lent) = self.inputs.split_at(self.leaves);
        let state = self.state.with_leaves(tensors(state));
        let lent = self.lent.with_leaves(tensors(lent));
        let donated = vec![true; self.leaves];
        let function = &self.function;
        let compiled = blame(self.place, || {
            Compiled::new(
                &*self.compiler,
                &(&state, &lent, &batch),
                &donated,
                |(state, lent, [x, y])| function(state, lent, &x, &y),
            )
        })?;
        self.versions.push(Version {
            x: x.ty().clone(),
            y: y.ty().clone(),
            compiled,
        });
        Ok(self.versions.len() - 1)
    }

    /// Lends other values of the same structure from now on.
    ///
    /// # Errors
    /// An error that one of them carries.
    pub(crate) fn lend(&mut self, lent: &L) -> Result<()> {
        self.release();
        for tensor in lent.leaves() {
            self.inputs.push(tensor.into_array()?);
        }
        Ok(())
    }

    /// Lets go of what is lent, so that its owner may write to it; [`Step::lend`] must come before the next run.
    pub(crate) fn release(&mut self) {
        self.inputs.truncate(self.leaves);
    }

    /// The leaves of the state as they are now.
    pub(crate) fn state(&self) -> &[Array] {
        &self.inputs[..self.leaves]
    }

    /// As [`Step::state`], to be changed in place.
    pub(crate) fn state_mut(&mut self) -> &mut [Array] {
        &mut self.inputs[..self.leaves]
    }

    /// What the largest version needs of memory; nothing before the first step.
    pub(crate) fn memory_report(&self) -> Option<MemoryReport> {
        self.versions
            .iter()
            .map(|v| v.compiled.memory_report())
            .max_by_key(MemoryReport::peak)
    }
}

/// Handles to these arrays.
pub(crate) fn tensors(arrays: &[Array]) -> impl Iterator<Item = Tensor> {
    arrays.iter().map(|a| Tensor::from_array(a.clone()))
}

/// The structure alone, so that the values have one owner.
pub(crate) fn hollow<T: Owned>(tree: &T) -> T {
    tree.with_leaves(std::iter::repeat_with(|| Tensor::scalar(false)).take(tree.leaves().len()))
}
