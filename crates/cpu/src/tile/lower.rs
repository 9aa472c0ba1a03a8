//! A loop as steps on vectors, for machine code: where its elements are words of 32 bits, truths, bytes or `bf16`.
//!
//! A `bf16` is the `f32` of its value; what an instruction on it gives is rounded to one that is.
use super::{
    Instruction, Layout, Native, Place, SHORT_ROW, Stage, TILE, Work, common_multiple,
    pointwise::Pointwise,
};
use crate::{
    kernels::{Load, Source},
    native::{self, Argument, Body, Role, Shift, Step, Two, V},
    region::{Folded, Geometry, Id, Input, Loop, Op},
};
use bouton_array::DType;
use bouton_ir::{Binary, Form, Reduction};
use std::collections::HashMap;

/// A loop that can be machine code.
pub(super) struct Lowered {
    /// Operands that repeat.
    pub repeated: Vec<Stage>,
    /// After so many elements they are the same again.
    pub period: usize,
    pub stages: Vec<Stage>,
    /// What each fold reads, if machine code does not fold it, and its type.
    pub folds: Vec<(Option<Place>, DType)>,
    /// Elements of a row, where machine code runs on rows or parts of them.
    pub row: Option<usize>,
    /// Bytes of registers for each element.
    pub bytes_per_element: usize,
}

/// The steps of a loop; nothing where it has none, or a type or a function that machine code does not know.
pub(super) fn lower(l: &Loop, layout: &Layout) -> Option<Lowered> {
    let mut lowering = Lowering {
        layout,
        size: l.size,
        row: row(l),
        body: Body::default(),
        arguments: vec![],
        loads: vec![],
        loaded: HashMap::new(),
        values: HashMap::new(),
        used: 0,
    };
    for op in &l.ops {
        let y = lowering.op(op)?;
        lowering.values.insert(op.id, y);
        if let Some(place) = layout.home(op.id) {
            lowering.store(place, op.dtype, y)?;
        }
    }
    let mut folds = vec![];
    for (i, f) in l.folds.iter().enumerate() {
        folds.push(match lowering.row {
            Some(_) => (None, lowering.fold(i, f, l.geometry?)?),
            None => {
                let (place, dtype) = lowering.fold_input(&f.input, f.from)?;
                (Some(place), dtype)
            }
        });
    }
    if lowering.body.stores.is_empty() {
        return None;
    }
    let row = lowering.row;
    let (mut repeated, mut stages, mut period) = (vec![], vec![], 1);
    for (load, repeats) in lowering.loads {
        // Rows are made one by one, wherever they begin.
        match repeats.map(|n| common_multiple(period, n)) {
            Some(both) if both <= MOST_PERIOD && row.is_none() => {
                period = both;
                repeated.push(Stage::Instruction(load));
            }
            _ => stages.push(Stage::Instruction(load)),
        }
    }
    stages.push(Stage::Code(Native {
        code: native::translate(&lowering.body, &lowering.arguments)?,
        arguments: lowering.arguments,
        linked: None,
    }));
    Some(Lowered {
        repeated,
        period,
        stages,
        folds,
        row,
        bytes_per_element: lowering.used,
    })
}

/// The length of the rows that a loop's folds and operands have, if machine code is to run row by row: broadcast
/// operands are read where they lie then, and folds are part of the code.
fn row(l: &Loop) -> Option<usize> {
    let inputs = || l.ops.iter().flat_map(|op| &op.inputs);
    let (row, least) = match l.geometry {
        Some(g) if g.inner == 1 => (g.folded, SHORT_ROW),
        Some(g) => (g.inner, SHORT_ROW),
        None => inputs().find_map(|input| match input {
            Input::Stored(_, view) if view.size() == l.size && !view.is_scalar() => {
                match view.access().axes[..] {
                    // One call does many rows of whole vectors.
                    [_, .., (row, _)] if row.is_multiple_of(native::LANES) => Some((row, 1)),
                    [_, .., (row, _)] => Some((row, SHORT_ROW)),
                    _ => None,
                }
            }
            _ => None,
        })?,
    };
    let folds = l.folds.iter().all(|f| folding(f).is_some());
    // What repeats within a row that is folded is rather brought once for all.
    let repeats = !l.folds.is_empty()
        && inputs().any(|input| match input {
            Input::Stored(_, view) => {
                let period = Source::View(view.access()).period();
                period.is_some_and(|n| n < row)
            }
            _ => false,
        });
    (folds && !repeats && row >= least && l.size.is_multiple_of(row)).then_some(row)
}

/// The function that folds two numbers into one, and their type, if machine code does that.
fn folding(f: &Folded) -> Option<(Binary, DType)> {
    let dtype = match f.from {
        DType::BF16 => DType::F32,
        other => other,
    };
    let float = dtype == DType::F32;
    if !float && !matches!(dtype, DType::I32 | DType::U32) {
        return None;
    }
    let function = match f.reduction {
        Reduction::Sum => Binary::Add,
        Reduction::Product => Binary::Multiply,
        Reduction::Min => Binary::Minimum,
        Reduction::Max => Binary::Maximum,
        Reduction::And | Reduction::Or if float => return None,
        Reduction::And => Binary::And,
        Reduction::Or => Binary::Or,
    };
    Some((function, dtype))
}

/// Operands that repeat after more elements than this are brought anew for each tile.
const MOST_PERIOD: usize = TILE.0;

struct Lowering<'a> {
    layout: &'a Layout<'a>,
    size: usize,
    row: Option<usize>,
    body: Body,
    arguments: Vec<Argument<Place>>,
    /// What brings operands into registers, and after how many elements they repeat, if they do.
    loads: Vec<(Instruction, Option<usize>)>,
    loaded: HashMap<(Id, Source), Place>,
    values: HashMap<Id, V>,
    used: usize,
}

impl Lowering<'_> {
    fn register(&mut self, size: usize) -> Place {
        self.used = self.used.next_multiple_of(size) + size;
        Place::Register(self.used - size)
    }

    fn argument(&mut self, place: Place, size: usize, role: Role) -> usize {
        let argument = Argument { place, size, role };
        let known = self.arguments.iter().position(|a| *a == argument);
        known.unwrap_or_else(|| {
            self.arguments.push(argument);
            self.arguments.len() - 1
        })
    }

    fn operand(&mut self, input: &Input, dtype: DType) -> Option<V> {
        match input {
            Input::Member(v) => self.values.get(v).copied(),
            Input::Constant(bits) => {
                let bits = *bits as u32;
                Some(self.body.constant(match dtype {
                    DType::F32 | DType::I32 | DType::U32 => bits,
                    DType::U8 => bits & 0xff,
                    DType::Bool => (bits & 1).wrapping_neg(),
                    DType::BF16 => bits << 16,
                    _ => return None,
                }))
            }
            Input::Stored(v, view) => {
                let slot = (self.layout.slot)(*v);
                if let Some(place) = self.layout.place(*v, view, dtype, self.size) {
                    return self.load(place, dtype);
                }
                let access = view.access();
                if let Some(place) = self
                    .row
                    .and_then(|row| Place::row(slot, &access, dtype, self.size, row))
                {
                    return self.load(place, dtype);
                }
                let place = self.bring(Source::View(access), dtype, *v, slot);
                self.load(place, dtype)
            }
        }
    }

    /// A register with the elements of a source.
    fn bring(&mut self, source: Source, dtype: DType, id: Id, slot: usize) -> Place {
        if let Some(&place) = self.loaded.get(&(id, source.clone())) {
            return place;
        }
        let (size, load) = (
            dtype.size(),
            Load {
                source: source.clone(),
                dtype,
            },
        );
        let to = self.register(size);
        let bring = Instruction {
            work: Work::Load(load, slot),
            to,
            from: [to; 3],
            size,
        };
        self.loads.push((bring, source.period()));
        self.loaded.insert((id, source), to);
        to
    }

    fn load(&mut self, place: Place, dtype: DType) -> Option<V> {
        let size = dtype.size();
        let one = matches!(place, Place::Scalar { .. } | Place::Row { size: 0, .. });
        let role = match place {
            Place::Row { size: 0, step, .. } if step != 0 => Role::ReadOneOfRun,
            _ if one => Role::ReadOne,
            _ => Role::Read,
        };
        let arg = self.argument(place, size, role);
        let step = match one {
            true => Step::Splat { arg, size },
            false => Step::Load {
                arg,
                size,
                ahead: 0,
            },
        };
        let b = &mut self.body;
        Some(match dtype {
            DType::F32 | DType::I32 | DType::U32 | DType::U8 => b.step(step),
            DType::Bool => {
                let (x, zero) = (b.step(step), b.constant(0));
                b.two(Two::GreaterI32, x, zero)
            }
            DType::BF16 => {
                let x = b.step(step);
                b.shift(Shift::Left, 16, x)
            }
            _ => return None,
        })
    }

    fn store(&mut self, place: Place, dtype: DType, value: V) -> Option<()> {
        let b = &mut self.body;
        let value = match dtype {
            DType::F32 | DType::I32 | DType::U32 | DType::U8 => value,
            DType::Bool => b.shift(Shift::RightLogical, 31, value),
            DType::BF16 => b.shift(Shift::RightLogical, 16, value),
            _ => return None,
        };
        let arg = self.argument(place, dtype.size(), Role::Write);
        self.body.store(arg, dtype.size(), value);
        Some(())
    }

    /// The steps of a fold; gives the type it is done in.
    fn fold(&mut self, number: usize, f: &Folded, g: Geometry) -> Option<DType> {
        let (function, dtype) = folding(f)?;
        let value = self.operand(&f.input, f.from)?;
        let (size, ahead) = (dtype.size(), 0);
        let role = if g.inner == 1 {
            Role::FoldLanes
        } else {
            Role::Fold
        };
        let arg = self.argument(Place::Accumulator(number), size, role);
        let sum = self.body.step(Step::Load { arg, size, ahead });
        let sum = self.body.binary(function, dtype, sum, value)?;
        self.body.store(arg, size, sum);
        Some(dtype)
    }

    fn fold_input(&mut self, input: &Input, dtype: DType) -> Option<(Place, DType)> {
        let folded = match dtype {
            DType::BF16 => DType::F32,
            other => other,
        };
        if let Input::Stored(v, view) = input
            && let Some(place) = self.layout.place(*v, view, dtype, self.size)
            && matches!(place, Place::Memory { .. } | Place::Local { .. })
            && folded == dtype
        {
            return Some((place, dtype));
        }
        let value = self.operand(input, dtype)?;
        let place = self.register(folded.size());
        self.store(place, folded, value)?;
        Some((place, folded))
    }

    fn op(&mut self, op: &Op) -> Option<V> {
        let operand = |this: &mut Self, k: usize| {
            let dtype = match (&op.form, k) {
                (Form::Select, 0) => DType::Bool,
                (Form::Select, _) => op.dtype,
                _ => op.read,
            };
            this.operand(op.inputs.get(k)?, dtype)
        };
        match &op.form {
            Form::Unary(f) => {
                let x = operand(self, 0)?;
                let y = self.body.unary(*f, op.read, x)?;
                Some(self.body.rounded(op.dtype, y))
            }
            Form::Binary(f) => {
                let (x, y) = (operand(self, 0)?, operand(self, 1)?);
                let z = self.body.binary(*f, op.read, x, y)?;
                Some(self.body.rounded(op.dtype, z))
            }
            Form::Compare(f) => {
                let (x, y) = (operand(self, 0)?, operand(self, 1)?);
                self.body.comparison(*f, op.read, x, y)
            }
            Form::Select => {
                let (c, x, y) = (operand(self, 0)?, operand(self, 1)?, operand(self, 2)?);
                Some(self.body.blend(c, x, y))
            }
            Form::Convert => {
                let x = operand(self, 0)?;
                self.body.converted(op.read, op.dtype, x)
            }
            Form::Reshape => operand(self, 0),
            Form::Iota { axis } => {
                let source = Source::index(&op.dims, *axis);
                let place = self.bring(source, op.dtype, op.id, usize::MAX);
                self.load(place, op.dtype)
            }
            _ => None,
        }
    }
}
