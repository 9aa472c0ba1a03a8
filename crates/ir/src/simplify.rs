//! Steps that compute nothing new are taken out: equal steps, views of views, arithmetic with neutral elements or of
//! constants alone.
//!
//! One walk from the first step to the last; a step looks at those that make its inputs, which are simple already. No
//! rule changes the bits of a result (but for the payload of a NaN): `x + 0` stays, because it turns -0 into 0.
use crate::{Binary, Builder, Form, Program, Step, Unary, Value, constant::evaluate};
use bouton_array::{DType, Number, Type};

/// A program that computes the same bits in no more steps.
pub fn simplify(program: &Program) -> Program {
    let mut walk = Walk {
        builder: Builder::new(program.inputs.clone()),
        makers: vec![None; program.inputs.len()],
    };
    let mut known: Vec<Value> = walk.builder.inputs();
    for step in &program.steps {
        let inputs = step.inputs.iter().map(|v| known[v.index()]).collect();
        let step = Step {
            form: step.form.clone(),
            inputs,
            types: step.types.clone(),
            label: step.label.clone(),
        };
        walk.builder.label(step.label.clone());
        known.extend(walk.step(step));
    }
    let outputs = program.outputs.iter().map(|v| known[v.index()]).collect();
    walk.builder.finish(outputs)
}

struct Walk {
    builder: Builder,
    /// The step that makes each value; none for inputs.
    makers: Vec<Option<Step>>,
}

impl Walk {
    /// The values that a step of simple inputs is: those of other steps, or its own.
    fn step(&mut self, mut step: Step) -> Vec<Value> {
        // Every rule takes one step out of the way, so this ends.
        loop {
            match self.rule(&step) {
                Some(Simpler::Known(v)) => return vec![v],
                Some(Simpler::Step(form, inputs)) => {
                    step.form = form;
                    step.inputs = inputs;
                }
                Some(Simpler::Filled(bits)) => {
                    (step.form, step.inputs) = self.filled(bits, &step);
                    break;
                }
                None => break,
            }
        }
        self.append(step)
    }

    /// One number for all elements of the step's result.
    fn filled(&mut self, bits: u64, step: &Step) -> (Form, Vec<Value>) {
        let ty = &step.types[0];
        if ty.rank() == 0 {
            return (Form::Constant(bits), vec![]);
        }
        let number = Step {
            form: Form::Constant(bits),
            inputs: vec![],
            types: vec![Type::scalar(ty.dtype)],
            label: step.label.clone(),
        };
        (Form::Broadcast { axes: vec![] }, self.append(number))
    }

    fn append(&mut self, step: Step) -> Vec<Value> {
        let results = self
            .builder
            .step(step.form.clone(), &step.inputs, &step.types);
        for v in &results {
            if v.index() == self.makers.len() {
                self.makers.push((results.len() == 1).then(|| step.clone()));
            }
        }
        results
    }

    fn maker(&self, v: Value) -> Option<(&Form, &[Value])> {
        let step = self.makers[v.index()].as_ref()?;
        Some((&step.form, &step.inputs))
    }

    fn ty(&self, v: Value) -> &Type {
        self.builder.ty(v)
    }

    /// The one number that all elements are, by its bits.
    fn constant(&self, mut v: Value) -> Option<u64> {
        loop {
            match self.maker(v)? {
                (Form::Constant(bits), _) => return Some(*bits),
                (Form::Broadcast { .. } | Form::Reshape, [x]) => v = *x,
                _ => return None,
            }
        }
    }

    fn is(&self, v: Value, number: Number) -> bool {
        let Form::Constant(bits) = Form::constant(self.ty(v).dtype, number) else {
            return false;
        };
        self.constant(v) == Some(bits)
    }

    fn rule(&self, step: &Step) -> Option<Simpler> {
        let [ty] = &step.types[..] else { return None };
        if let Some(bits) = self.known_number(step, ty) {
            return Some(Simpler::Filled(bits));
        }
        match (&step.form, &step.inputs[..]) {
            (Form::Unary(f), &[x]) => self.unary(*f, x),
            (Form::Binary(f), &[x, y]) => self.binary(*f, x, y),
            (Form::Select, &[condition, x, y]) => match self.constant(condition) {
                Some(0) => known(y),
                Some(_) => known(x),
                None if x == y => known(x),
                None => None,
            },
            (Form::Convert, &[x]) => self.convert(x, ty),
            (Form::Concatenate { .. }, &[x]) => known(x),
            (form, &[x, ..]) => self.view(form, x, ty),
            _ => None,
        }
    }

    /// The one number that all elements of a step's result are, if it can be told and is not said in the plainest way.
    fn known_number(&self, step: &Step, ty: &Type) -> Option<u64> {
        let plain = |x: &Value| matches!(self.maker(*x), Some((Form::Constant(_), _)));
        match (&step.form, &step.inputs[..]) {
            (Form::Broadcast { axes }, [x]) if axes.is_empty() && ty.rank() > 0 && plain(x) => None,
            (
                Form::Reshape
                | Form::Broadcast { .. }
                | Form::Transpose { .. }
                | Form::Slice { .. }
                | Form::Reverse { .. },
                [x],
            ) => self.constant(*x),
            (form, inputs) if form.is_pointwise() => {
                let number = |&v: &Value| Some((self.ty(v).dtype, self.constant(v)?));
                let numbers: Vec<_> = inputs.iter().map(number).collect::<Option<_>>()?;
                evaluate(form, &numbers, ty.dtype)
            }
            _ => None,
        }
    }

    fn unary(&self, f: Unary, x: Value) -> Option<Simpler> {
        let (Form::Unary(inner), &[z]) = self.maker(x)? else {
            return None;
        };
        match (f, inner) {
            (Unary::Negate, Unary::Negate) | (Unary::Not, Unary::Not) => known(z),
            (Unary::Abs, Unary::Abs) => known(x),
            (Unary::Abs, Unary::Negate) => again(Form::Unary(Unary::Abs), z),
            _ => None,
        }
    }

    fn binary(&self, f: Binary, x: Value, y: Value) -> Option<Simpler> {
        let dtype = self.ty(x).dtype;
        let (zero, one) = (Number::Int(0), Number::Int(1));
        let nothing = if dtype.is_float() {
            Number::Float(-0.0)
        } else {
            zero
        };
        match f {
            Binary::Add if self.is(y, nothing) => known(x),
            Binary::Add if self.is(x, nothing) => known(y),
            Binary::Subtract if self.is(y, zero) => known(x),
            Binary::Multiply | Binary::Divide if self.is(y, one) => known(x),
            Binary::Multiply if self.is(x, one) => known(y),
            // Of numbers, `and` and `or` are bit by bit.
            Binary::And | Binary::Or if x == y => known(x),
            Binary::Or | Binary::Xor if self.is(y, zero) => known(x),
            Binary::Or | Binary::Xor if self.is(x, zero) => known(y),
            Binary::And if dtype == DType::Bool && self.is(y, one) => known(x),
            Binary::And if dtype == DType::Bool && self.is(x, one) => known(y),
            _ => None,
        }
    }

    fn convert(&self, x: Value, ty: &Type) -> Option<Simpler> {
        if self.ty(x) == ty {
            return known(x);
        }
        // There and back again, through a type that holds every value.
        match self.maker(x)? {
            (Form::Convert, &[z]) if self.ty(z) == ty && holds(self.ty(x).dtype, ty.dtype) => {
                known(z)
            }
            _ => None,
        }
    }

    fn view(&self, form: &Form, x: Value, ty: &Type) -> Option<Simpler> {
        let maker = self.maker(x);
        match form {
            Form::Reshape | Form::Broadcast { .. } | Form::Transpose { .. }
                if self.ty(x) == ty && same(form) =>
            {
                known(x)
            }
            Form::Reshape => match maker? {
                (Form::Reshape, &[z]) => again(Form::Reshape, z),
                _ => None,
            },
            Form::Broadcast { axes } => match maker? {
                (Form::Broadcast { axes: inner }, &[z]) => {
                    let axes = inner.iter().map(|&a| axes[a]).collect();
                    again(Form::Broadcast { axes }, z)
                }
                _ => None,
            },
            Form::Transpose { permutation } => match maker? {
                (Form::Transpose { permutation: inner }, &[z]) => {
                    let permutation = permutation.iter().map(|&a| inner[a]).collect();
                    again(Form::Transpose { permutation }, z)
                }
                _ => None,
            },
            Form::Slice { .. } if self.ty(x) == ty => known(x),
            Form::Slice { start, stride } => match maker? {
                (
                    Form::Slice {
                        start: first,
                        stride: inner,
                    },
                    &[z],
                ) => {
                    let axes = 0..start.len();
                    let start = axes.clone().map(|a| first[a] + start[a] * inner[a]);
                    let stride = axes.map(|a| stride[a] * inner[a]);
                    let (start, stride) = (start.collect(), stride.collect());
                    again(Form::Slice { start, stride }, z)
                }
                _ => None,
            },
            Form::Reverse { axes } if axes.iter().all(|&a| ty.shape[a] <= 1) => known(x),
            Form::Reverse { axes } => match maker? {
                (Form::Reverse { axes: inner }, &[z]) if inner == axes => known(z),
                _ => None,
            },
            Form::Pad { low, interior } => {
                // Elements between neighbours need neighbours.
                let apart = interior
                    .iter()
                    .zip(ty.shape.iter())
                    .any(|(&i, &n)| i > 0 && n > 1);
                let moved = low.iter().any(|&n| n != 0) || apart || self.ty(x) != ty;
                if moved { None } else { known(x) }
            }
            _ => None,
        }
    }
}

enum Simpler {
    /// It is a value that is made already.
    Known(Value),
    /// It is this form of these values.
    Step(Form, Vec<Value>),
    /// All its elements are this number.
    Filled(u64),
}

fn known(v: Value) -> Option<Simpler> {
    Some(Simpler::Known(v))
}

fn again(form: Form, x: Value) -> Option<Simpler> {
    Some(Simpler::Step(form, vec![x]))
}

/// Whether a view that keeps the type keeps every element in its place.
fn same(form: &Form) -> bool {
    match form {
        Form::Transpose { permutation } => permutation.is_sorted(),
        _ => true,
    }
}

/// Whether every value of a type has its own in another.
fn holds(wide: DType, narrow: DType) -> bool {
    use DType::{BF16, Bool, F16, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
    match narrow {
        Bool => true,
        BF16 | F16 => matches!(wide, F32 | F64),
        F32 => wide == F64,
        U8 => matches!(wide, U16 | U32 | U64 | I16 | I32 | I64 | F16 | F32 | F64),
        I8 => matches!(wide, I16 | I32 | I64 | F16 | F32 | F64),
        U16 => matches!(wide, U32 | U64 | I32 | I64 | F32 | F64),
        I16 => matches!(wide, I32 | I64 | F32 | F64),
        U32 => matches!(wide, U64 | I64 | F64),
        I32 => matches!(wide, I64 | F64),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify;

    fn ty(shape: &[usize]) -> Type {
        Type::new(DType::F32, shape)
    }

    /// Builds a program over `x: f32[2, 3]` and prints what is left of it.
    #[track_caller]
    fn check(build: impl FnOnce(&mut Builder, Value) -> Value, expected: &[&str]) {
        let mut b = Builder::new(vec![ty(&[2, 3])]);
        let y = build(&mut b, Value(0));
        let program = b.finish(vec![y]);
        verify(&program).unwrap();
        let simple = simplify(&program);
        verify(&simple).unwrap();
        let text = simple.to_string();
        let lines: Vec<&str> = text.lines().skip(1).map(str::trim).collect();
        assert_eq!(lines, expected, "of {program}");
        assert_eq!(simplify(&simple), simple);
    }

    fn number(b: &mut Builder, x: f64) -> Value {
        let one = b.one(Form::constant(DType::F32, Number::Float(x)), &[], &ty(&[]));
        b.one(Form::Broadcast { axes: vec![] }, &[one], &ty(&[2, 3]))
    }

    #[test]
    fn neutral_elements_go_and_zeros_stay() {
        let with = |f: Binary, n: f64| {
            move |b: &mut Builder, x: Value| {
                let n = number(b, n);
                b.one(Form::Binary(f), &[x, n], &ty(&[2, 3]))
            }
        };
        check(with(Binary::Multiply, 1.0), &["return %0"]);
        check(with(Binary::Divide, 1.0), &["return %0"]);
        check(with(Binary::Subtract, 0.0), &["return %0"]);
        check(with(Binary::Add, -0.0), &["return %0"]);
        // -0 + 0 is 0, and -0 - -0 is 0.
        check(
            with(Binary::Add, 0.0),
            &[
                "%1: f32 = constant 0.0",
                "%2: f32[2, 3] = broadcast { axes: [] } %1",
                "%3: f32[2, 3] = add %0, %2",
                "return %3",
            ],
        );
        check(
            with(Binary::Subtract, -0.0),
            &[
                "%1: f32 = constant -0.0",
                "%2: f32[2, 3] = broadcast { axes: [] } %1",
                "%3: f32[2, 3] = subtract %0, %2",
                "return %3",
            ],
        );
    }

    #[test]
    fn views_of_views_are_one() {
        let turn = |b: &mut Builder, x, permutation: &[usize], shape: &[usize]| {
            let permutation = permutation.to_vec();
            b.one(Form::Transpose { permutation }, &[x], &ty(shape))
        };
        check(
            |b, x| {
                let y = turn(b, x, &[1, 0], &[3, 2]);
                turn(b, y, &[1, 0], &[2, 3])
            },
            &["return %0"],
        );
        check(
            |b, x| {
                let y = b.one(Form::Reshape, &[x], &ty(&[6]));
                let z = b.one(Form::Reshape, &[y], &ty(&[3, 2]));
                let w = b.one(Form::Broadcast { axes: vec![1, 2] }, &[z], &ty(&[4, 3, 2]));
                b.one(
                    Form::Broadcast {
                        axes: vec![1, 2, 3],
                    },
                    &[w],
                    &ty(&[5, 4, 3, 2]),
                )
            },
            &[
                "%1: f32[3, 2] = reshape %0",
                "%2: f32[5, 4, 3, 2] = broadcast { axes: [2, 3] } %1",
                "return %2",
            ],
        );
        let cut = |start: &[usize], stride: &[usize]| Form::Slice {
            start: start.to_vec(),
            stride: stride.to_vec(),
        };
        check(
            |b, x| {
                let y = b.one(cut(&[0, 1], &[1, 1]), &[x], &ty(&[2, 2]));
                b.one(cut(&[1, 0], &[1, 1]), &[y], &ty(&[1, 2]))
            },
            &[
                "%1: f32[1, 2] = slice { start: [1, 1], stride: [1, 1] } %0",
                "return %1",
            ],
        );
        check(
            |b, x| {
                let y = b.one(Form::Reverse { axes: vec![1] }, &[x], &ty(&[2, 3]));
                b.one(Form::Reverse { axes: vec![1] }, &[y], &ty(&[2, 3]))
            },
            &["return %0"],
        );
    }

    #[test]
    fn conversions_there_and_back_go_where_nothing_is_lost() {
        let there = |dtype: DType| {
            move |b: &mut Builder, x: Value| {
                let y = b.one(Form::Convert, &[x], &Type::new(dtype, &[2, 3]));
                b.one(Form::Convert, &[y], &ty(&[2, 3]))
            }
        };
        check(there(DType::F64), &["return %0"]);
        check(
            there(DType::BF16),
            &[
                "%1: bf16[2, 3] = convert %0",
                "%2: f32[2, 3] = convert %1",
                "return %2",
            ],
        );
    }

    #[test]
    fn numbers_that_are_known_are_computed() {
        check(
            |b, x| {
                let (two, three) = (number(b, 2.0), number(b, 3.0));
                let product = b.one(Form::Binary(Binary::Multiply), &[two, three], &ty(&[2, 3]));
                let root = b.one(Form::Unary(Unary::Sqrt), &[product], &ty(&[2, 3]));
                let turned = Form::Transpose {
                    permutation: vec![1, 0],
                };
                let root = b.one(turned, &[root], &ty(&[3, 2]));
                let root = b.one(Form::Reshape, &[root], &ty(&[2, 3]));
                b.one(Form::Binary(Binary::Add), &[x, root], &ty(&[2, 3]))
            },
            &[
                "%1: f32 = constant 2.4494898",
                "%2: f32[2, 3] = broadcast { axes: [] } %1",
                "%3: f32[2, 3] = add %0, %2",
                "return %3",
            ],
        );
        // By way of another type, and of a truth.
        check(
            |b, x| {
                let (half, whole) = (DType::BF16, DType::I32);
                let third = b.one(
                    Form::constant(DType::F32, Number::Float(1.0 / 3.0)),
                    &[],
                    &ty(&[]),
                );
                let rounded = b.one(Form::Convert, &[third], &Type::scalar(half));
                let sum = Form::Binary(Binary::Add);
                let twice = b.one(sum, &[rounded, rounded], &Type::scalar(half));
                let twice = b.one(Form::Convert, &[twice], &ty(&[]));
                let none = b.one(Form::Convert, &[third], &Type::scalar(whole));
                let less = Form::Compare(crate::Compare::Less);
                let less = b.one(less, &[none, none], &Type::scalar(DType::Bool));
                let chosen = b.one(Form::Select, &[less, third, twice], &ty(&[]));
                let all = b.one(Form::Broadcast { axes: vec![] }, &[chosen], &ty(&[2, 3]));
                b.one(Form::Binary(Binary::Add), &[x, all], &ty(&[2, 3]))
            },
            &[
                "%1: f32 = constant 0.66796875",
                "%2: f32[2, 3] = broadcast { axes: [] } %1",
                "%3: f32[2, 3] = add %0, %2",
                "return %3",
            ],
        );
        // The scalar alone is the plainest of all.
        check(
            |b, _| {
                let one = b.one(
                    Form::constant(DType::F32, Number::Float(1.0)),
                    &[],
                    &ty(&[]),
                );
                b.one(Form::Unary(Unary::Negate), &[one], &ty(&[]))
            },
            &["%1: f32 = constant -1.0", "return %1"],
        );
    }

    #[test]
    fn a_choice_that_is_known_is_made() {
        check(
            |b, x| {
                let truth = Type::new(DType::Bool, &[2, 3]);
                let yes = b.one(Form::Constant(1), &[], &Type::scalar(DType::Bool));
                let yes = b.one(Form::Broadcast { axes: vec![] }, &[yes], &truth);
                let other = b.one(Form::Unary(Unary::Negate), &[x], &ty(&[2, 3]));
                let back = b.one(Form::Unary(Unary::Negate), &[other], &ty(&[2, 3]));
                b.one(Form::Select, &[yes, back, other], &ty(&[2, 3]))
            },
            &["return %0"],
        );
    }
}
