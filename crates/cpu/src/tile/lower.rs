//! A loop as steps on vectors, for machine code.
//!
//! An element of less than 32 bits is a word of 32: a half is the `f32` of its value, an integer itself. What an
//! instruction on it gives is fitted to one that is.
use super::{
    Instruction, Layout, Native, Place, SHORT_FOLD, SHORT_PART, SHORT_ROW, Stage, TILE, Work,
    blocks, common_multiple, pointwise::Pointwise,
};
use crate::{
    isa::Isa,
    kernels::{self, Load, Source},
    native::{self, Argument, Body, Elements, Ends, Role, Shift, Stored, Two, Width},
    region::{Folded, Geometry, Id, Input, Loop, Op},
};
use bouton_array::{DType, f16};
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
    /// Whether a run is a row with all that is folded along it, and machine code writes the results.
    pub whole_rows: bool,
    /// Bytes of registers for each element.
    pub bytes_per_element: usize,
}

/// The steps of a loop; nothing where it has none, or a type or a function that machine code does not know.
pub(super) fn lower(l: &Loop, layout: &Layout) -> Option<Lowered> {
    let mut lowering = Lowering {
        layout,
        size: l.size,
        row: row(l, layout),
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
    // What is brought into registers is there for a tile at a time.
    let whole_rows =
        row.is_some_and(|row| folds_whole_rows(l, layout) && (lowering.used == 0 || row <= TILE.0));
    let ends = match whole_rows {
        true => Some(lowering.ends(l)?),
        false => None,
    };
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
        code: native::translate(&lowering.body, ends.as_ref(), &lowering.arguments)?,
        parts: native::take_parts(&lowering.arguments),
        arguments: lowering.arguments,
        linked: None,
    }));
    Some(Lowered {
        repeated,
        period,
        stages,
        folds,
        row,
        whole_rows,
        bytes_per_element: lowering.used,
    })
}

/// The length of the rows that a loop's folds and operands have, if machine code is to run row by row: broadcast
/// operands are read where they lie then, and folds are part of the code.
fn row(l: &Loop, layout: &Layout) -> Option<usize> {
    let inputs = || l.ops.iter().flat_map(|op| &op.inputs);
    let (row, least) = match l.geometry {
        Some(g) if g.inner == 1 && folds_whole_rows(l, layout) => {
            let whole = g.folded.is_multiple_of(native::LANES);
            (g.folded, if whole { 1 } else { SHORT_FOLD })
        }
        Some(g) if g.inner == 1 => (g.folded, SHORT_ROW),
        // Kernels keep columns in registers from row to row.
        Some(_) if l.ops.is_empty() => return None,
        Some(g) => (g.inner, SHORT_ROW),
        None => inputs().find_map(|input| match input {
            Input::Stored(_, view) if view.size() == l.size && !view.is_scalar() => {
                match view.access().axes[..] {
                    // One call does many rows.
                    [_, .., (row, _)] if row.is_multiple_of(native::LANES) => Some((row, 1)),
                    [_, .., (row, _)] if takes_parts(l, layout) => Some((row, SHORT_PART)),
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

/// Whether machine code may fold whole rows, if they are no longer than a tile: not in blocks, and to results of the type
/// that they are folded in.
fn folds_whole_rows(l: &Loop, layout: &Layout) -> bool {
    let along = |g: Geometry| g.inner == 1 && g.folded > 0 && blocks(g).0 == 1;
    let whole = |f: &Folded| folding(f).is_some_and(|(_, dtype)| dtype == f.to);
    let taken = |g: Geometry| g.folded.is_multiple_of(native::LANES) || takes_parts(l, layout);
    !l.folds.is_empty()
        && l.geometry.is_some_and(|g| along(g) && taken(g))
        && l.folds.iter().all(whole)
}

/// Whether machine code takes rows of any length: nothing that is stored has less than 32 bits.
fn takes_parts(l: &Loop, layout: &Layout) -> bool {
    let folded = l.folds.iter().map(|f| &f.input);
    let inputs = l.ops.iter().flat_map(|op| &op.inputs).chain(folded);
    let read = inputs.filter_map(|input| match input {
        Input::Stored(v, view) if !view.is_scalar() => Some(*v),
        _ => None,
    });
    let written = l.ops.iter().map(|op| op.id);
    let written = written.filter(|&v| layout.home(v).is_some());
    let mut all = read.chain(written);
    all.all(|v| layout.types[v].dtype.size() >= 4)
}

/// The function that folds two numbers into one, and their type, if machine code does that.
fn folding(f: &Folded) -> Option<(Binary, DType)> {
    let dtype = accumulated(f.from);
    let float = matches!(dtype, DType::F32 | DType::F64);
    if dtype.size() < 4 {
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

/// The type that elements are folded in.
fn accumulated(dtype: DType) -> DType {
    match kernels::is_half(dtype) {
        true => DType::F32,
        false => dtype,
    }
}

/// What elements of a type are in memory. The bits of a `bf16` are those of its `f32`, but for the lower half.
fn stored(dtype: DType) -> Option<Stored> {
    Some(match dtype {
        DType::Bool | DType::U8 => Stored::U8,
        DType::I8 => Stored::I8,
        DType::U16 | DType::BF16 => Stored::U16,
        DType::I16 => Stored::I16,
        DType::F16 if native::has_f16() => Stored::F16,
        DType::F32 | DType::I32 | DType::U32 => Stored::Bits32,
        DType::F64 | DType::I64 | DType::U64 => Stored::Bits64,
        _ => return None,
    })
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
    values: HashMap<Id, Elements>,
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

    fn operand(&mut self, input: &Input, dtype: DType) -> Option<Elements> {
        match input {
            Input::Member(v) => self.values.get(v).copied(),
            Input::Constant(bits) => {
                let bits = *bits;
                let word = match dtype {
                    DType::U8 => bits & 0xff,
                    DType::U16 => bits & 0xffff,
                    DType::I8 => bits as i8 as u64,
                    DType::I16 => bits as i16 as u64,
                    DType::Bool => (bits & 1).wrapping_neg(),
                    DType::BF16 => bits << 16,
                    DType::F16 => f16::from_bits(bits as u16).to_f32().to_bits().into(),
                    _ => bits,
                };
                let width = match stored(dtype)? {
                    Stored::Bits64 => Width::Bits64,
                    _ => Width::Bits32,
                };
                Some(self.body.constant(width, word))
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

    fn load(&mut self, place: Place, dtype: DType) -> Option<Elements> {
        let stored = stored(dtype)?;
        let one = matches!(place, Place::Scalar { .. } | Place::Row { size: 0, .. });
        let role = match place {
            Place::Row { size: 0, step, .. } if step != 0 => Role::ReadOneOfRun,
            _ if one => Role::ReadOne,
            _ => Role::Read,
        };
        let arg = self.argument(place, dtype.size(), role);
        let b = &mut self.body;
        let x = match one {
            true => b.splat(arg, stored),
            false => b.load(arg, stored),
        };
        Some(match dtype {
            DType::Bool => {
                let zero = b.constant(Width::Bits32, 0);
                b.two(Two::GreaterI32, x, zero)
            }
            DType::BF16 => b.shift(Shift::Left, 16, x),
            _ => x,
        })
    }

    fn store(&mut self, place: Place, dtype: DType, value: Elements) -> Option<()> {
        let stored = stored(dtype)?;
        let b = &mut self.body;
        let value = match dtype {
            DType::Bool => {
                let truth = b.narrowed(value);
                b.shift(Shift::RightLogical, 31, truth)
            }
            DType::BF16 => b.shift(Shift::RightLogical, 16, value),
            DType::F16 => b.unrounded(value),
            _ => value,
        };
        let arg = self.argument(place, dtype.size(), Role::Write);
        self.body.store(arg, stored, value);
        Some(())
    }

    /// The steps of a fold; gives the type it is done in.
    fn fold(&mut self, number: usize, f: &Folded, g: Geometry) -> Option<DType> {
        let (function, dtype) = folding(f)?;
        let value = self.operand(&f.input, f.from)?;
        let stored = stored(dtype)?;
        let role = if g.inner == 1 {
            Role::FoldLanes
        } else {
            Role::Fold
        };
        let arg = self.argument(Place::Accumulator(number), dtype.size(), role);
        let sum = self.body.load(arg, stored);
        let sum = self.body.binary(function, dtype, sum, value)?;
        self.body.store(arg, stored, sum);
        Some(dtype)
    }

    /// What begins and ends the rows that are folded. Lanes that no element comes to would stay neutral, and change nothing
    /// when they are folded into others: they are left out.
    fn ends(&mut self, l: &Loop) -> Option<Ends> {
        let used = l.geometry?.folded.next_power_of_two().min(native::FOLDED);
        let mut ends = Ends::default();
        for (i, f) in l.folds.iter().enumerate() {
            let (function, dtype) = folding(f)?;
            let (stored, size) = (stored(dtype)?, dtype.size());
            let lanes = self.argument(Place::Accumulator(i), size, Role::FoldLanes);
            let fold = kernels::fold_kernels(f.reduction, dtype, f.to, Isa::Portable)?;
            ends.lanes.push(native::Lanes {
                arg: lanes,
                stored,
                count: used,
                neutral: fold.neutral(),
            });
            let b = &mut ends.body;
            let loads = (0..used).step_by(native::LANES);
            let mut sums: Vec<Elements> = loads
                .map(|lane| b.load_ahead(lanes, stored, lane))
                .collect();
            while sums.len() > 1 {
                let upper = sums.split_off(sums.len() / 2);
                for (low, high) in sums.iter_mut().zip(upper) {
                    *low = b.binary(function, dtype, *low, high)?;
                }
            }
            let (mut sum, mut left) = (*sums.first()?, used.min(native::LANES));
            while left > 1 {
                let [low, high] = b.halves(sum, left);
                sum = b.binary(function, dtype, low, high)?;
                left /= 2;
            }
            let result = Place::Row {
                slot: (self.layout.slot)(f.id),
                offset: 0,
                step: size as isize,
                size: 0,
            };
            let result = self.argument(result, size, Role::WriteOneOfRun);
            ends.body.store_first(result, stored, sum);
        }
        Some(ends)
    }

    fn fold_input(&mut self, input: &Input, dtype: DType) -> Option<(Place, DType)> {
        let folded = accumulated(dtype);
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

    fn op(&mut self, op: &Op) -> Option<Elements> {
        // A type that is not known in memory has no steps either.
        stored(op.dtype)?;
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
                Some(self.body.fitted(op.dtype, y))
            }
            Form::Binary(f) => {
                let (x, y) = (operand(self, 0)?, operand(self, 1)?);
                let z = self.body.binary(*f, op.read, x, y)?;
                Some(self.body.fitted(op.dtype, z))
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
