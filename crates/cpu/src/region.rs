//! What a compiled program is made of: regions that run one after the other, and the values between them.
use crate::access::View;
use bouton_array::{DType, Type};
use bouton_ir::{Form, Label, Reduction, Value};
use std::collections::HashSet;

/// A number for a value: those of the program first, then those that fusion makes.
pub(crate) type Id = usize;

/// Elements that an instruction reads.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    /// A value made by the same loop, at the same place.
    Member(Id),
    /// A stored value, seen through a view.
    Stored(Id, View),
    /// One number, by its bits.
    Constant(u64),
}

/// One instruction of a loop: makes value `id`.
#[derive(Clone, Debug)]
pub(crate) struct Op {
    pub id: Id,
    pub form: Form,
    pub inputs: Vec<Input>,
    /// The type of the operands (but the condition of a selection).
    pub read: DType,
    pub dtype: DType,
    /// For an index: the sizes of its shape.
    pub dims: Vec<usize>,
}

/// A fold of one of a loop's values.
#[derive(Clone, Debug)]
pub(crate) struct Folded {
    pub id: Id,
    pub input: Input,
    pub reduction: Reduction,
    pub from: DType,
    pub to: DType,
}

/// How a loop's elements are folded: `[outer, folded, inner]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Geometry {
    pub outer: usize,
    pub folded: usize,
    pub inner: usize,
}

/// Pointwise operations fused over `size` elements in row-major order, and folds of their results.
#[derive(Clone, Debug, Default)]
pub(crate) struct Loop {
    pub size: usize,
    pub ops: Vec<Op>,
    pub folds: Vec<Folded>,
    pub geometry: Option<Geometry>,
}

impl Loop {
    pub(crate) fn results(&self) -> impl Iterator<Item = Id> {
        let folds = self.folds.iter().map(|f| f.id);
        self.ops.iter().map(|o| o.id).chain(folds)
    }

    /// Everything it reads, in order.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = &Input> {
        let folds = self.folds.iter().map(|f| &f.input);
        self.ops.iter().flat_map(|o| &o.inputs).chain(folds)
    }

    /// Whether it goes through several arrays of its own size.
    pub(crate) fn reads_beside(&self) -> bool {
        let mut arrays = self.inputs().filter_map(|input| match input {
            Input::Stored(id, view) if view.size() == self.size && !view.is_broadcast() => {
                Some(*id)
            }
            _ => None,
        });
        let first = arrays.next();
        arrays.any(|id| Some(id) != first)
    }

    /// The stored values that it reads.
    pub(crate) fn reads(&self) -> impl Iterator<Item = Id> {
        self.inputs().filter_map(|input| match input {
            Input::Stored(id, _) => Some(*id),
            _ => None,
        })
    }
}

/// Loops that run one after the other on a few rows at a time: what one makes of a row, later ones read there.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    pub loops: Vec<Loop>,
    pub rows: usize,
    /// Elements of a row.
    pub length: usize,
    /// Values of whole rows that nobody else reads.
    pub local: Vec<Id>,
}

/// A stored value read as a dense array, perhaps of another shape than it was made in.
pub(crate) type Dense = (Id, Type);

/// Work that runs as a whole.
#[derive(Clone, Debug)]
pub(crate) enum Region {
    Loop(Loop),
    /// Loops over the same rows, and over one element for each, that run row block by row block.
    Rows(Rows),
    /// Sums of products: operands as views with axes `[batch.., free.., contracted..]`, and how many of each.
    Dot {
        id: Id,
        left: Matrix,
        right: Matrix,
        dtype: DType,
    },
    /// A kernel that moves over an input.
    Convolution(Box<Convolution>),
    /// A product of matrices or a convolution, and loops on its result.
    Fused(Box<Fused>),
    /// Pieces put one after the other; each is a dense block `[outer, piece * inner]`.
    Concatenate {
        id: Id,
        pieces: Vec<Dense>,
        axis: usize,
    },
    /// A dense array spread over a filled one.
    Pad {
        id: Id,
        input: Dense,
        filler: Id,
        low: Vec<i64>,
        interior: Vec<usize>,
    },
    /// An operation's own kernel on dense arrays.
    Call {
        ids: Vec<Id>,
        inputs: Vec<Dense>,
        call: bouton_ir::Call,
    },
}

/// A product of matrices or a convolution, and loops that run on each block of its result as soon as that is final: they
/// fold nothing and read no other block of it.
#[derive(Clone, Debug)]
pub(crate) struct Fused {
    pub product: Region,
    pub loops: Vec<Loop>,
    /// Into how many equal blocks result and loops may be cut.
    pub blocks: usize,
}

/// An operand of a product: a stored value whose axes are grouped, each group with one size and step.
#[derive(Clone, Debug)]
pub(crate) struct Matrix {
    pub id: Id,
    pub offset: isize,
    pub batch: (usize, isize),
    pub free: (usize, isize),
    pub contracted: (usize, isize),
}

/// A convolution of two stored values, each seen through a view; only spatial axes run backwards.
#[derive(Clone, Debug)]
pub(crate) struct Convolution {
    pub id: Id,
    pub input: (Id, View),
    pub kernel: (Id, View),
    /// Where the axes `[groups, batch, spatial.., features]` of the result lie.
    pub result: View,
    pub form: bouton_ir::Convolution,
}

/// A program cut into regions.
#[derive(Debug)]
pub(crate) struct Regions {
    /// Type of every value.
    pub types: Vec<Type>,
    /// What every value is part of.
    pub labels: Vec<Label>,
    pub regions: Vec<Region>,
    /// Which values are stored: read by another region, or an output.
    pub stored: Vec<bool>,
    /// The value behind each output of the program: made by a region, none twice.
    pub outputs: Vec<Id>,
}

/// A loop's name tells so many operations.
const NAMED: usize = 8;

impl Loop {
    /// Its operations, for people.
    fn names(&self) -> impl Iterator<Item = &'static str> {
        let ops = self.ops.iter().map(|op| match &op.form {
            Form::Unary(f) => f.name(),
            Form::Binary(f) => f.name(),
            Form::Compare(f) => f.name(),
            Form::Select => "select",
            Form::Convert => "convert",
            Form::Iota { .. } => "iota",
            _ => "copy",
        });
        ops.chain(self.folds.iter().map(|f| f.reduction.name()))
    }
}

fn shortened(names: impl Iterator<Item = &'static str>) -> String {
    let names: Vec<&str> = names.collect();
    let more = names.len().saturating_sub(NAMED);
    let named = names[..names.len() - more].join(" ");
    match more {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

impl Region {
    /// The operations inside, for people.
    pub(crate) fn name(&self, types: &[Type]) -> String {
        match self {
            Region::Rows(r) => {
                let names = r.loops.iter().flat_map(Loop::names);
                format!("{} rows of {}: {}", r.rows, r.length, shortened(names))
            }
            Region::Loop(l) => format!("loop over {}: {}", l.size, shortened(l.names())),
            Region::Fused(f) => {
                let names = f.loops.iter().flat_map(Loop::names);
                format!("{}; {}", f.product.name(types), shortened(names))
            }
            Region::Dot { left, right, .. } => {
                let (rows, along, columns) = (left.free.0, left.contracted.0, right.free.0);
                match left.batch.0 {
                    1 => format!("dot {rows} x {along} x {columns}"),
                    n => format!("dot {rows} x {along} x {columns}, {n} times"),
                }
            }
            Region::Convolution(c) => {
                let kernel = &c.kernel.1.dims;
                let places = &kernel[1..kernel.len() - 2];
                format!(
                    "{}convolution of {:?} by {places:?}, {} to {} features",
                    if c.form.winograd { "winograd " } else { "" },
                    c.input.1.dims,
                    kernel[kernel.len() - 2],
                    kernel[kernel.len() - 1]
                )
            }
            Region::Concatenate { id, .. } => format!("concatenate to {}", types[*id]),
            Region::Pad { id, .. } => format!("pad to {}", types[*id]),
            Region::Call { call, .. } => {
                let key = call.0.key();
                let name = key.split([' ', '{', '(']).next().unwrap_or_default();
                let word = |c: &char| c.is_alphanumeric() || *c == '_';
                format!("call {}", name.chars().filter(word).collect::<String>())
            }
        }
    }

    /// Multiplications and additions of a matrix product or a convolution, but for transforms.
    pub(crate) fn operations(&self) -> f64 {
        match self {
            Region::Dot { left, right, .. } => {
                let sizes = [left.batch.0, left.free.0, left.contracted.0, right.free.0];
                sizes.iter().map(|&n| n as f64).product::<f64>() * 2.0
            }
            Region::Convolution(c) => {
                let kernel = &c.kernel.1;
                let chain =
                    kernel.size() / (kernel.dims[0] * kernel.dims[kernel.dims.len() - 1]).max(1);
                // A tile takes 16 products for 36.
                let share = if c.form.winograd { 16.0 / 36.0 } else { 1.0 };
                c.result.size() as f64 * chain as f64 * 2.0 * share
            }
            Region::Fused(f) => f.product.operations(),
            _ => 0.0,
        }
    }

    /// The loops that it consists of or ends with.
    pub(crate) fn loops(&self) -> &[Loop] {
        match self {
            Region::Loop(l) => std::slice::from_ref(l),
            Region::Rows(r) => &r.loops,
            Region::Fused(f) => &f.loops,
            _ => &[],
        }
    }

    /// The values that it makes, stored or not.
    pub(crate) fn results(&self) -> Vec<Id> {
        match self {
            Region::Loop(l) => l.results().collect(),
            Region::Rows(r) => r.loops.iter().flat_map(Loop::results).collect(),
            Region::Dot { id, .. } | Region::Concatenate { id, .. } | Region::Pad { id, .. } => {
                vec![*id]
            }
            Region::Convolution(c) => vec![c.id],
            Region::Fused(f) => {
                let made = f.loops.iter().flat_map(Loop::results);
                f.product.results().into_iter().chain(made).collect()
            }
            Region::Call { ids, .. } => ids.clone(),
        }
    }

    /// The stored values that it reads.
    pub(crate) fn reads(&self) -> Vec<Id> {
        match self {
            Region::Loop(l) => l.reads().collect(),
            Region::Rows(_) | Region::Fused(_) => {
                let made: HashSet<Id> = self.results().into_iter().collect();
                let reads = self.loops().iter().flat_map(Loop::reads);
                let product = match self {
                    Region::Fused(f) => f.product.reads(),
                    _ => vec![],
                };
                let reads = product.into_iter().chain(reads);
                reads.filter(|v| !made.contains(v)).collect()
            }
            Region::Dot { left, right, .. } => vec![left.id, right.id],
            Region::Convolution(c) => vec![c.input.0, c.kernel.0],
            Region::Concatenate { pieces: inputs, .. } | Region::Call { inputs, .. } => {
                inputs.iter().map(|x| x.0).collect()
            }
            Region::Pad { input, filler, .. } => vec![input.0, *filler],
        }
    }
}

/// A program's value as a number.
pub(crate) fn id(value: Value) -> Id {
    value.index()
}
