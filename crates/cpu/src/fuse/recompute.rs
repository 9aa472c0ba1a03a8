//! What is cheap to make again of a value that is stored is not stored beside it.
//!
//! The gradient of `gelu` reads `x / 2` and `x / sqrt(2)`: one array instead of two. A value qualifies that an arithmetic
//! instruction makes of one other value at the same places, and perhaps a number, and that loops alone read. Those of one
//! value are made again by their readers if that saves bytes written and read: a truth of one byte, for one, is rather read
//! than made of four.
use crate::{
    access::View,
    region::{Id, Input, Loop, Op, Region},
};
use bouton_array::Type;
use bouton_ir::{Binary, Form, Label, Unary};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// A stored value that could be made again, the loop that makes it and those that read it.
struct Cheap {
    op: Op,
    maker: usize,
    readers: BTreeSet<usize>,
}

/// What passes over the values of a program need of each.
pub(super) struct Values<'a> {
    pub types: &'a mut Vec<Type>,
    pub labels: &'a mut Vec<Label>,
    pub stored: &'a mut Vec<bool>,
    pub outputs: &'a [Id],
    /// The inputs of the program come first.
    pub given: usize,
}

/// Makes cheap values again in the loops that read them.
pub(super) fn recompute(regions: &mut [Region], values: &mut Values) {
    let outputs: HashSet<Id> = values.outputs.iter().copied().collect();
    let mut readers: BTreeMap<Id, BTreeSet<usize>> = BTreeMap::new();
    for (r, region) in regions.iter().enumerate() {
        for v in region.reads() {
            readers.entry(v).or_default().insert(r);
        }
    }
    let mut sources: BTreeMap<Id, Vec<Cheap>> = BTreeMap::new();
    for (r, region) in regions.iter().enumerate() {
        let Region::Loop(l) = region else { continue };
        for op in l.ops.iter().filter(|op| values.stored[op.id]) {
            let read = readers.get(&op.id).cloned().unwrap_or_default();
            let alone = |&c: &usize| matches!(&regions[c], Region::Loop(c) if sees_places(c, op.id, l.size));
            if let Some(source) = source(op, l.size, values.types)
                && !outputs.contains(&op.id)
                && read.iter().all(alone)
            {
                let cheap = Cheap {
                    op: op.clone(),
                    maker: r,
                    readers: read,
                };
                sources.entry(source).or_default().push(cheap);
            }
        }
    }
    for (source, all) in sources {
        let of_source = readers.entry(source).or_default();
        let bytes = |v: Id| values.types[v].dtype.size();
        let before: usize = all
            .iter()
            .map(|z| bytes(z.op.id) * (1 + z.readers.len()))
            .sum();
        let makers: BTreeSet<usize> = all.iter().map(|z| z.maker).collect();
        let kept =
            source < values.given || outputs.contains(&source) || !of_source.is_subset(&makers);
        let who: BTreeSet<usize> = all.iter().flat_map(|z| z.readers.iter().copied()).collect();
        let after = bytes(source) * (usize::from(!kept) + who.difference(of_source).count());
        if after < before {
            values.stored[source] = true;
            of_source.extend(who);
            for z in &all {
                again(regions, values, source, z);
                readers.remove(&z.op.id);
            }
        }
    }
}

/// Lets the readers of a value make it themselves.
fn again(regions: &mut [Region], values: &mut Values, source: Id, cheap: &Cheap) {
    values.stored[cheap.op.id] = false;
    for &r in &cheap.readers {
        let Region::Loop(l) = &mut regions[r] else {
            continue;
        };
        let id = values.types.len();
        values.types.push(values.types[cheap.op.id].clone());
        values.labels.push(values.labels[cheap.op.id].clone());
        values.stored.push(false);
        let whole = Input::Stored(source, View::dense(&values.types[source].shape));
        let inputs = cheap.op.inputs.iter().map(|input| match input {
            Input::Member(_) => whole.clone(),
            Input::Stored(v, _) if *v == source => whole.clone(),
            number => number.clone(),
        });
        let op = Op {
            id,
            inputs: inputs.collect(),
            ..cheap.op.clone()
        };
        let inputs = l.ops.iter_mut().flat_map(|op| &mut op.inputs);
        let folded = l.folds.iter_mut().map(|fold| &mut fold.input);
        for input in inputs.chain(folded) {
            if matches!(input, Input::Stored(v, _) if *v == cheap.op.id) {
                *input = Input::Member(id);
            }
        }
        l.ops.insert(0, op);
    }
}

/// Whether a loop sees a value of `size` elements at its own places alone.
fn sees_places(l: &Loop, v: Id, size: usize) -> bool {
    l.size == size
        && l.inputs().all(|input| match input {
            Input::Stored(u, view) => *u != v || (view.is_dense() && view.size() == size),
            _ => true,
        })
}

/// The one value that a cheap instruction of a loop of `size` elements reads, at its own places.
fn source(op: &Op, size: usize, types: &[Type]) -> Option<Id> {
    let cheap = match &op.form {
        Form::Unary(unary) => matches!(unary, Unary::Negate | Unary::Abs | Unary::Not),
        Form::Binary(binary) => matches!(
            binary,
            Binary::Add | Binary::Subtract | Binary::Multiply | Binary::Maximum | Binary::Minimum
        ),
        Form::Compare(_) | Form::Convert => true,
        _ => false,
    };
    let mut read = op.inputs.iter().filter_map(|input| match input {
        Input::Member(v) => Some((*v, types[*v].size() == size)),
        Input::Stored(v, view) if types[*v].size() > 1 => {
            Some((*v, view.is_dense() && types[*v].size() == size))
        }
        Input::Stored(..) | Input::Constant(_) => None,
    });
    let (v, whole) = read.next()?;
    (cheap && whole && read.all(|other| other == (v, true))).then_some(v)
}
