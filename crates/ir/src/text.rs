//! The text form, which snapshots and messages use.
//!
//! ```text
//! program(%0: f32[2, 3], %1: f32[3])
//!   %2: f32[2, 3] = broadcast { axes: [1] } %1
//!   %3: f32[2, 3] = add %0, %2
//!   return %3
//! ```
use crate::{Form, Program};
use bouton_array::{Array, Type};
use std::fmt;

impl Form {
    fn write(&self, ty: Option<&Type>, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Form::Constant(bits) => match ty.map(|t| {
                Array::from_bytes(
                    &Type::scalar(t.dtype),
                    &bits.to_le_bytes()[..t.dtype.size()],
                )
            }) {
                Some(Ok(value)) => write!(f, "constant {value}"),
                _ => write!(f, "constant {bits:#x}"),
            },
            Form::Iota { axis } => write!(f, "iota {{ axis: {axis} }}"),
            Form::Unary(u) => f.write_str(u.name()),
            Form::Binary(b) => f.write_str(b.name()),
            Form::Compare(c) => f.write_str(c.name()),
            Form::Select => f.write_str("select"),
            Form::Convert => f.write_str("convert"),
            Form::Broadcast { axes } => write!(f, "broadcast {{ axes: {axes:?} }}"),
            Form::Reshape => f.write_str("reshape"),
            Form::Transpose { permutation } => {
                write!(f, "transpose {{ permutation: {permutation:?} }}")
            }
            Form::Slice { start, stride } => {
                write!(f, "slice {{ start: {start:?}, stride: {stride:?} }}")
            }
            Form::Reverse { axes } => write!(f, "reverse {{ axes: {axes:?} }}"),
            Form::Pad { low, interior } => {
                write!(f, "pad {{ low: {low:?}, interior: {interior:?} }}")
            }
            Form::Concatenate { axis } => write!(f, "concatenate {{ axis: {axis} }}"),
            Form::Reduce { reduction, axes } => {
                write!(f, "reduce_{} {{ axes: {axes:?} }}", reduction.name())
            }
            Form::Dot(dot) => write!(
                f,
                "dot {{ batch: {:?}, contract: {:?} }}",
                dot.batch, dot.contract
            ),
            Form::Convolution(c) => write!(
                f,
                "convolution {{ windows: {:?}, features_first: {}, winograd: {} }}",
                c.windows, c.features_first, c.winograd
            ),
            Form::Call(call) => write!(f, "call {call:?}"),
        }
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.write(None, f)
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("program(")?;
        for (i, ty) in self.inputs.iter().enumerate() {
            write!(f, "{}%{i}: {ty}", if i == 0 { "" } else { ", " })?;
        }
        f.write_str(")\n")?;
        let mut next = self.inputs.len();
        for step in &self.steps {
            f.write_str("  ")?;
            for (i, ty) in step.types.iter().enumerate() {
                write!(f, "{}%{}: {ty}", if i == 0 { "" } else { ", " }, next + i)?;
            }
            next += step.types.len();
            f.write_str(" = ")?;
            step.form.write(step.types.first(), f)?;
            for (i, v) in step.inputs.iter().enumerate() {
                write!(f, "{} %{}", if i == 0 { "" } else { "," }, v.0)?;
            }
            f.write_str("\n")?;
        }
        f.write_str("  return")?;
        for (i, v) in self.outputs.iter().enumerate() {
            write!(f, "{} %{}", if i == 0 { "" } else { "," }, v.0)?;
        }
        f.write_str("\n")
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
