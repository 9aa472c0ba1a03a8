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
mod tests;
