//! Views: elements that only move are read where they lie, or copied where that cannot be said in steps.
use super::{Fuser, State};
use crate::{
    access::View,
    region::{Dense, Id, Matrix, Op, Region, id},
};
use bouton_ir::{Form, Step};

impl Fuser<'_> {
    /// The stored value whose elements `x` are, and how; `x` is computed first if it is waiting.
    pub(super) fn view(&mut self, x: Id) -> (Id, View) {
        match &self.states[x] {
            State::View(root, view) => (*root, view.clone()),
            State::Waiting(_) => {
                self.schedule(x);
                self.view(x)
            }
            State::Constant(_) | State::Filled(_) => {
                let copy = self.copy(x);
                (copy, View::dense(self.dims(x)))
            }
            State::Given | State::Made(_) => {
                self.stored[x] = true;
                (x, View::dense(self.dims(x)))
            }
        }
    }

    pub(super) fn move_view(&mut self, y: Id, step: &Step) {
        let x = id(step.inputs[0]);
        if let State::Constant(bits) | State::Filled(bits) = self.states[x] {
            self.states[y] = State::Filled(bits);
            return;
        }
        let dims = self.dims(y).to_vec();
        // Only axes of size 1 are added: the same elements in the same order.
        if let (Form::Broadcast { .. }, State::Waiting(_)) = (&step.form, &self.states[x])
            && self.types[x].size() == self.types[y].size()
        {
            self.states[y] = State::Waiting(self.index_of(y));
            return;
        }
        let (root, from) = self.view(x);
        let mut view = View {
            offset: from.offset,
            steps: vec![0; dims.len()],
            dims,
        };
        match &step.form {
            Form::Broadcast { axes } => {
                for (i, &axis) in axes.iter().enumerate() {
                    view.steps[axis] = if from.dims[i] == 1 { 0 } else { from.steps[i] };
                }
            }
            Form::Transpose { permutation } => {
                for (i, &axis) in permutation.iter().enumerate() {
                    view.steps[i] = from.steps[axis];
                }
            }
            Form::Slice { start, stride } => {
                for axis in 0..view.dims.len() {
                    view.offset += start[axis] as isize * from.steps[axis];
                    view.steps[axis] = stride[axis] as isize * from.steps[axis];
                }
            }
            Form::Reverse { axes } => {
                view.steps.clone_from(&from.steps);
                for &axis in axes {
                    view.offset += (view.dims[axis].max(1) - 1) as isize * from.steps[axis];
                    view.steps[axis] = -from.steps[axis];
                }
            }
            other => unreachable!("{other:?} is no view"),
        }
        if view.size() == 0 {
            view = View::dense(&view.dims);
        }
        self.set_view(y, root, view);
    }

    /// A stored dense copy of `x` under a number of its own.
    pub(super) fn copy(&mut self, x: Id) -> Id {
        let ty = self.types[x].clone();
        let region = self.new_loop(ty.size());
        let input = self.input(x, region);
        let copy = self.new_value(ty.clone(), x, State::Made(region));
        self.stored[copy] = true;
        let op = Op {
            id: copy,
            form: Form::Reshape,
            inputs: vec![input],
            read: ty.dtype,
            dtype: ty.dtype,
            dims: ty.shape.to_vec(),
        };
        if let Region::Loop(l) = &mut self.regions[region] {
            l.ops.push(op);
        }
        copy
    }

    /// A stored value with the elements of `x` in row-major order.
    pub(super) fn stored_dense(&mut self, x: Id) -> Id {
        let (root, view) = self.view(x);
        if view.is_dense() && view.size() == self.types[root].size() {
            self.stored[root] = true;
            return root;
        }
        self.copy(x)
    }

    /// [`Fuser::stored_dense`] with the type that `x` has.
    pub(super) fn dense(&mut self, x: Id) -> Dense {
        (self.stored_dense(x), self.types[x].clone())
    }

    /// `x` as a matrix: its axes in three groups, each with one step; a copy in that order if they have not.
    pub(super) fn matrix(
        &mut self,
        x: Id,
        batch: &[usize],
        free: &[usize],
        contracted: &[usize],
    ) -> Matrix {
        let (root, view) = self.view(x);
        let forward = view.steps.iter().all(|&s| s >= 0);
        let groups = (
            view.merged(batch),
            view.merged(free),
            view.merged(contracted),
        );
        if let (true, (Some(batch), Some(free), Some(contracted))) = (forward, groups) {
            self.stored[root] = true;
            return Matrix {
                id: root,
                offset: view.offset,
                batch,
                free,
                contracted,
            };
        }
        let order: Vec<usize> = batch
            .iter()
            .chain(free)
            .chain(contracted)
            .copied()
            .collect();
        let dims: Vec<usize> = order.iter().map(|&a| view.dims[a]).collect();
        let steps = order.iter().map(|&a| view.steps[a]).collect();
        let ty = self.types[x].with_shape(&dims);
        let turned = self.new_value(
            ty,
            x,
            State::View(
                root,
                View {
                    offset: view.offset,
                    dims: dims.clone(),
                    steps,
                },
            ),
        );
        let copy = self.copy(turned);
        let dense = View::dense(&dims);
        let group = |from: usize, n: usize| {
            dense
                .merged(&(from..from + n).collect::<Vec<_>>())
                .unwrap_or((1, 0))
        };
        let (b, f) = (batch.len(), free.len());
        Matrix {
            id: copy,
            offset: 0,
            batch: group(0, b),
            free: group(b, f),
            contracted: group(b + f, contracted.len()),
        }
    }
}
