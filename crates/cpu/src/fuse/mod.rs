//! Cutting a program into regions: pointwise chains and their folds become loops, views disappear into the operands
//! of whoever reads them.
//!
//! Steps are taken in order. A pointwise value is not scheduled until something needs it stored; then everything
//! unscheduled that it is made of, at the same places, joins one loop: the latest loop that it reads from, if all its
//! other operands are ready before that loop, else a new one. A loop only ever gains operations whose operands come
//! from before it, so there are no cycles.
mod convolution;
pub(crate) mod epilogue;
mod fold;
mod recompute;
mod rows;
mod views;

use crate::{
    access::View,
    region::{Id, Input, Loop, Op, Region, Regions, id},
};
use bouton_array::Type;
use bouton_ir::{Form, Label, Program, Step, Value};
use std::collections::BTreeSet;

/// A loop takes no more operations than this.
const LOOP_LIMIT: usize = 256;

#[derive(Clone, Debug)]
enum State {
    /// Given from outside, stored.
    Given,
    /// A scalar that is part of the program.
    Constant(u64),
    /// Pointwise, waiting to be needed.
    Waiting(usize),
    /// Made by this region.
    Made(usize),
    /// Elements of another value, which is stored.
    View(Id, View),
    /// One constant for all elements.
    Filled(u64),
}

struct Fuser<'p> {
    program: &'p Program,
    types: Vec<Type>,
    labels: Vec<Label>,
    states: Vec<State>,
    regions: Vec<Region>,
    stored: Vec<bool>,
    /// The first result of each step.
    firsts: Vec<Id>,
    /// How often each value is read, outputs included, and the last step that does.
    uses: Vec<(usize, usize)>,
}

/// Cuts `program` into regions.
pub(crate) fn fuse(program: &Program) -> Regions {
    let types = program.types();
    let mut firsts = vec![];
    let mut next = program.inputs.len();
    for step in &program.steps {
        firsts.push(next);
        next += step.types.len();
    }
    let given = program.inputs.len();
    let mut uses = vec![(0, 0); types.len()];
    for (i, step) in program.steps.iter().enumerate() {
        for &v in &step.inputs {
            uses[id(v)] = (uses[id(v)].0 + 1, i);
        }
    }
    for &v in &program.outputs {
        uses[id(v)].0 += 1;
    }
    let mut fuser = Fuser {
        program,
        states: vec![State::Given; types.len()],
        stored: (0..types.len()).map(|i| i < given).collect(),
        types,
        labels: program.labels(),
        regions: vec![],
        firsts,
        uses,
    };
    for (i, step) in program.steps.iter().enumerate() {
        fuser.step(i, step);
    }
    let outputs = fuser.outputs();
    let Fuser {
        mut types,
        mut labels,
        mut regions,
        mut stored,
        ..
    } = fuser;
    let mut values = recompute::Values {
        types: &mut types,
        labels: &mut labels,
        stored: &mut stored,
        outputs: &outputs,
        given,
    };
    recompute::recompute(&mut regions, &mut values);
    let regions = rows::group(regions, &types, &outputs, &mut stored);
    let regions = epilogue::attach(regions, &types, &stored);
    Regions {
        types,
        labels,
        regions,
        stored,
        outputs,
    }
}

impl Fuser<'_> {
    fn dims(&self, v: Id) -> &[usize] {
        &self.types[v].shape
    }

    fn step(&mut self, index: usize, step: &Step) {
        let y = self.firsts[index];
        if let State::Made(_) = self.states[y] {
            return; // together with what it is made of
        }
        match &step.form {
            Form::Constant(bits) => self.states[y] = State::Constant(*bits),
            Form::Unary(_)
            | Form::Binary(_)
            | Form::Compare(_)
            | Form::Select
            | Form::Convert
            | Form::Iota { .. } => {
                self.states[y] = State::Waiting(index);
            }
            Form::Reshape => {
                let x = id(step.inputs[0]);
                match &self.states[x] {
                    State::Waiting(_) => self.states[y] = State::Waiting(index),
                    State::Constant(bits) | State::Filled(bits) => {
                        self.states[y] = State::Filled(*bits)
                    }
                    _ => {
                        let (root, view) = self.view(x);
                        let dims = self.dims(y).to_vec();
                        match view.reshaped(&dims) {
                            Some(view) => self.set_view(y, root, view),
                            None => {
                                let copy = self.stored_dense(x);
                                self.set_view(y, copy, View::dense(&dims));
                            }
                        }
                    }
                }
            }
            Form::Broadcast { .. }
            | Form::Transpose { .. }
            | Form::Slice { .. }
            | Form::Reverse { .. } => self.move_view(y, step),
            Form::Reduce { reduction, axes } => {
                self.reduce(y, id(step.inputs[0]), *reduction, axes)
            }
            Form::Dot(dot) => {
                let (a, b) = (id(step.inputs[0]), id(step.inputs[1]));
                let (batch, contract) = (&dot.batch, &dot.contract);
                let firsts =
                    |pairs: &[(usize, usize)]| pairs.iter().map(|p| p.0).collect::<Vec<_>>();
                let seconds =
                    |pairs: &[(usize, usize)]| pairs.iter().map(|p| p.1).collect::<Vec<_>>();
                let (left_free, right_free) = (
                    dot.left_free(self.dims(a).len()),
                    dot.right_free(self.dims(b).len()),
                );
                let left = self.matrix(a, &firsts(batch), &left_free, &firsts(contract));
                let right = self.matrix(b, &seconds(batch), &right_free, &seconds(contract));
                let dtype = self.types[a].dtype;
                self.made(
                    vec![y],
                    Region::Dot {
                        id: y,
                        left,
                        right,
                        dtype,
                    },
                );
            }
            Form::Concatenate { axis } => {
                let pieces = step.inputs.iter().map(|&v| self.dense(id(v))).collect();
                self.made(
                    vec![y],
                    Region::Concatenate {
                        id: y,
                        pieces,
                        axis: *axis,
                    },
                );
            }
            Form::Pad { low, interior } => {
                let (input, filler) = (
                    self.dense(id(step.inputs[0])),
                    self.stored_dense(id(step.inputs[1])),
                );
                self.made(
                    vec![y],
                    Region::Pad {
                        id: y,
                        input,
                        filler,
                        low: low.clone(),
                        interior: interior.clone(),
                    },
                );
            }
            Form::Convolution(convolution) => self.convolution(y, step, convolution),
            Form::Call(call) => {
                let inputs = step.inputs.iter().map(|&v| self.dense(id(v))).collect();
                let ids: Vec<Id> = (y..y + step.types.len()).collect();
                self.made(
                    ids.clone(),
                    Region::Call {
                        ids,
                        inputs,
                        call: call.clone(),
                    },
                );
            }
        }
    }

    /// A region of its own, whose results are stored.
    fn made(&mut self, ids: Vec<Id>, region: Region) {
        for v in ids {
            self.states[v] = State::Made(self.regions.len());
            self.stored[v] = true;
        }
        self.regions.push(region);
    }

    fn set_view(&mut self, y: Id, root: Id, view: View) {
        self.states[y] = State::View(root, view);
    }

    fn index_of(&self, v: Id) -> usize {
        self.firsts.partition_point(|&first| first <= v) - 1
    }

    /// How an instruction in a loop reads `x`, which is not waiting; `region` is the loop.
    fn input(&mut self, x: Id, region: usize) -> Input {
        match &self.states[x] {
            State::Constant(bits) | State::Filled(bits) => Input::Constant(*bits),
            State::Made(r) if *r == region => Input::Member(x),
            State::View(root, view) => match self.states[*root] {
                State::Made(r) if r == region => {
                    debug_assert!(
                        view.is_dense(),
                        "a loop cannot look at itself through a view"
                    );
                    Input::Member(*root)
                }
                _ => {
                    let (root, view) = (*root, view.clone());
                    self.stored[root] = true;
                    Input::Stored(root, view)
                }
            },
            State::Given | State::Made(_) => {
                self.stored[x] = true;
                Input::Stored(x, View::dense(self.dims(x)))
            }
            State::Waiting(_) => unreachable!("operands are scheduled first"),
        }
    }

    /// Everything waiting that `x` is made of at the same places, in order, and what it reads.
    fn cone(&self, x: Id) -> (Vec<Id>, BTreeSet<Id>) {
        let (mut members, mut leaves, mut todo) = (BTreeSet::from([x]), BTreeSet::new(), vec![x]);
        while let Some(v) = todo.pop() {
            let State::Waiting(step) = self.states[v] else {
                continue;
            };
            for &input in &self.program.steps[step].inputs {
                let input = id(input);
                if !matches!(self.states[input], State::Waiting(_)) {
                    leaves.insert(input);
                } else if members.insert(input) {
                    todo.push(input);
                }
            }
        }
        (members.into_iter().collect(), leaves)
    }

    /// The loop of `size` elements that all of `leaves` are ready for: each comes from before it, or from it at the same
    /// place. The latest region that makes one of them, if it is such a loop.
    fn home(&self, leaves: &BTreeSet<Id>, size: usize) -> Option<usize> {
        let maker = |v: Id| match &self.states[v] {
            State::Made(r) => Some((*r, true)),
            State::View(root, view) => match self.states[*root] {
                State::Made(r) => Some((
                    r,
                    view.is_dense() && view.size() == self.types[*root].size(),
                )),
                _ => None,
            },
            _ => None,
        };
        let latest = leaves.iter().filter_map(|&v| maker(v)).map(|m| m.0).max()?;
        let Region::Loop(l) = &self.regions[latest] else {
            return None;
        };
        let folds = |v: Id| l.folds.iter().any(|f| f.id == v);
        let root = |v: Id| {
            if let State::View(root, _) = self.states[v] {
                root
            } else {
                v
            }
        };
        let ready = leaves.iter().all(|&v| match maker(v) {
            Some((r, same_place)) if r == latest => {
                same_place && !folds(root(v)) && self.types[root(v)].size() == size
            }
            _ => true,
        });
        (l.size == size && l.ops.len() < LOOP_LIMIT && ready).then_some(latest)
    }

    /// Computes the waiting value `x` and everything waiting that it is made of, in one loop.
    fn schedule(&mut self, x: Id) {
        let (members, leaves) = self.cone(x);
        let size = self.types[x].size();
        let mut home = self.home(&leaves, size);
        for v in members {
            let State::Waiting(step) = self.states[v] else {
                continue;
            };
            let step = &self.program.steps[step];
            if let Form::Reshape | Form::Broadcast { .. } = step.form {
                // The same elements in the same order: another name for what the loop makes.
                let x = id(step.inputs[0]);
                let root = if let State::View(root, _) = self.states[x] {
                    root
                } else {
                    x
                };
                self.states[v] = State::View(root, View::dense(self.dims(v)));
                continue;
            }
            let region = *home.get_or_insert_with(|| {
                self.regions.push(Region::Loop(Loop {
                    size,
                    ..Loop::default()
                }));
                self.regions.len() - 1
            });
            let inputs = step
                .inputs
                .iter()
                .map(|&i| self.input(id(i), region))
                .collect();
            let read = step
                .inputs
                .last()
                .map_or(self.types[v].dtype, |&i| self.types[id(i)].dtype);
            let op = Op {
                id: v,
                form: step.form.clone(),
                inputs,
                read,
                dtype: self.types[v].dtype,
                dims: self.dims(v).to_vec(),
            };
            self.states[v] = State::Made(region);
            if let Region::Loop(l) = &mut self.regions[region] {
                l.ops.push(op);
            }
        }
    }

    fn new_loop(&mut self, size: usize) -> usize {
        self.regions.push(Region::Loop(Loop {
            size,
            ..Loop::default()
        }));
        self.regions.len() - 1
    }

    /// A value that the program has none of; part of what `like` is.
    fn new_value(&mut self, ty: Type, like: Id, state: State) -> Id {
        self.types.push(ty);
        self.labels.push(self.labels[like].clone());
        self.states.push(state);
        self.stored.push(false);
        self.types.len() - 1
    }

    /// Every output as a value that a region makes and stores, none twice.
    fn outputs(&mut self) -> Vec<Id> {
        // The last to be computed first: it takes along what it is made of.
        let mut order: Vec<Value> = self.program.outputs.clone();
        order.sort_unstable_by(|a, b| b.cmp(a));
        for v in order {
            if let State::Waiting(_) = self.states[id(v)] {
                self.schedule(id(v));
            }
        }
        let mut used = BTreeSet::new();
        let outputs: Vec<Id> = self.program.outputs.iter().map(|&v| id(v)).collect();
        outputs
            .into_iter()
            .map(|v| {
                let root = match &self.states[v] {
                    State::Made(_) => Some(v),
                    State::View(root, view)
                        if matches!(self.states[*root], State::Made(_))
                            && view.is_dense()
                            && view.size() == self.types[*root].size() =>
                    {
                        Some(*root)
                    }
                    _ => None,
                };
                let out = match root.filter(|r| used.insert(*r)) {
                    Some(root) => root,
                    None => {
                        let copy = self.copy(v);
                        used.insert(copy);
                        copy
                    }
                };
                self.stored[out] = true;
                out
            })
            .collect()
    }
}
