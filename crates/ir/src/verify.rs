//! Checks a program against the rules of its forms, so that a compiler may rely on them.
use crate::{Form, Program, Step, Value, Window};
use bouton_array::{DType, Shape, Type};
use std::fmt;

/// Which step breaks which rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// The step's number.
    pub step: usize,
    /// The rule.
    pub rule: String,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "step {}: {}", self.step, self.rule)
    }
}

impl std::error::Error for Invalid {}

/// Checks every step and output.
///
/// # Errors
/// The first step that reads a value before it is made, or whose types do not follow from its form.
pub fn verify(program: &Program) -> Result<(), Invalid> {
    let mut types = program.inputs.clone();
    for (step, s) in program.steps.iter().enumerate() {
        let invalid = |rule: String| Invalid { step, rule };
        if let Some(v) = s.inputs.iter().find(|v| v.index() >= types.len()) {
            return Err(invalid(format!("%{} is read before it is made", v.0)));
        }
        let inputs: Vec<&Type> = s.inputs.iter().map(|v| &types[v.index()]).collect();
        check(s, &inputs).map_err(invalid)?;
        types.extend(s.types.iter().cloned());
    }
    match program.outputs.iter().find(|v| v.index() >= types.len()) {
        Some(Value(v)) => Err(Invalid {
            step: program.steps.len(),
            rule: format!("output %{v} does not exist"),
        }),
        None => Ok(()),
    }
}

fn check(step: &Step, x: &[&Type]) -> Result<(), String> {
    let count = |n: usize| {
        if x.len() == n {
            Ok(())
        } else {
            Err(format!("{:?} takes {n} inputs, not {}", step.form, x.len()))
        }
    };
    let rule = |holds: bool, text: &str| {
        if holds {
            Ok(())
        } else {
            Err(format!(
                "{:?}: {text}; inputs {x:?}, results {:?}",
                step.form, step.types
            ))
        }
    };
    if let Form::Call(_) = step.form {
        return Ok(());
    }
    rule(step.types.len() == 1, "one result")?;
    let y = &step.types[0];
    match &step.form {
        Form::Constant(_) => count(0).and(rule(y.rank() == 0, "a constant is a scalar")),
        Form::Iota { axis } => count(0).and(rule(
            *axis < y.rank() && y.dtype != DType::Bool,
            "axis of a numeric result",
        )),
        Form::Unary(_) => count(1).and(rule(x[0] == y, "result like the input")),
        Form::Binary(_) => {
            count(2).and_then(|()| rule(x[0] == x[1] && x[0] == y, "all of one type"))
        }
        Form::Compare(_) => count(2).and_then(|()| {
            rule(
                x[0] == x[1] && *y == x[0].with_dtype(DType::Bool),
                "bool of two alike",
            )
        }),
        Form::Select => {
            count(3)?;
            rule(
                x[1] == x[2] && x[1] == y && *x[0] == y.with_dtype(DType::Bool),
                "bool and two alike",
            )
        }
        Form::Convert => count(1).and(rule(x[0].shape == y.shape, "shape stays")),
        Form::Broadcast { axes } => {
            count(1)?;
            let fits = axes.len() == x[0].rank()
                && axes.is_sorted_by(|a, b| a < b)
                && axes.iter().all(|&a| a < y.rank())
                && axes
                    .iter()
                    .zip(x[0].shape.iter())
                    .all(|(&a, &d)| d == 1 || d == y.shape[a]);
            rule(
                fits && x[0].dtype == y.dtype,
                "axes increase and sizes agree or are 1",
            )
        }
        Form::Reshape => count(1).and(rule(
            x[0].size() == y.size() && x[0].dtype == y.dtype,
            "as many elements",
        )),
        Form::Transpose { permutation } => {
            count(1)?;
            let mut sorted = permutation.clone();
            sorted.sort_unstable();
            let is_permutation = sorted.into_iter().eq(0..x[0].rank());
            let shape = || {
                permutation
                    .iter()
                    .map(|&a| x[0].shape[a])
                    .collect::<Shape>()
            };
            rule(
                is_permutation && x[0].with_shape(shape()) == *y,
                "a permutation of the axes",
            )
        }
        Form::Slice { start, stride } => {
            count(1)?;
            let n = x[0].rank();
            let fits = start.len() == n
                && stride.len() == n
                && y.rank() == n
                && x[0].dtype == y.dtype
                && {
                    (0..n).all(|a| {
                        stride[a] > 0
                            && (y.shape[a] == 0
                                || start[a] + (y.shape[a] - 1) * stride[a] < x[0].shape[a])
                    })
                };
            rule(fits, "the slice lies inside")
        }
        Form::Reverse { axes } => count(1).and(rule(
            x[0] == y && axes.iter().all(|&a| a < y.rank()),
            "axes exist",
        )),
        Form::Pad { low, interior } => {
            count(2)?;
            let n = x[0].rank();
            rule(
                low.len() == n
                    && interior.len() == n
                    && y.rank() == n
                    && *x[1] == Type::scalar(y.dtype)
                    && x[0].dtype == y.dtype,
                "one entry for each axis and a scalar filler",
            )
        }
        Form::Concatenate { axis } => {
            rule(
                !x.is_empty() && *axis < y.rank(),
                "an axis of at least one input",
            )?;
            let total: usize = x
                .iter()
                .map(|t| t.shape.get(*axis).copied().unwrap_or(0))
                .sum();
            let alike = x.iter().all(|t| {
                t.dtype == y.dtype
                    && t.rank() == y.rank()
                    && t.shape.without(*axis) == y.shape.without(*axis)
            });
            rule(
                alike && total == y.shape[*axis],
                "inputs agree on the other axes",
            )
        }
        Form::Reduce { axes, .. } => {
            count(1)?;
            let kept = || {
                x[0].shape
                    .iter()
                    .enumerate()
                    .filter(|(i, _)| !axes.contains(i))
                    .map(|(_, &d)| d)
                    .collect::<Shape>()
            };
            let fits = axes.is_sorted_by(|a, b| a < b) && axes.iter().all(|&a| a < x[0].rank());
            rule(
                fits && x[0].with_shape(kept()) == *y,
                "increasing axes are taken out",
            )
        }
        Form::Dot(dot) => {
            count(2)?;
            let (a, b) = (&x[0].shape, &x[1].shape);
            let pairs = || dot.batch.iter().chain(&dot.contract);
            let inside = pairs().all(|&(i, j)| i < a.len() && j < b.len() && a[i] == b[j]);
            let shape = || -> Shape {
                let batch = dot.batch.iter().map(|&(i, _)| a[i]);
                let left = dot.left_free(a.len()).into_iter().map(|i| a[i]);
                let right = dot.right_free(b.len()).into_iter().map(|j| b[j]);
                batch.chain(left).chain(right).collect()
            };
            rule(
                x[0].dtype == x[1].dtype && x[0].dtype.widens_to(y.dtype),
                "inputs of one type, and a result that holds it",
            )?;
            rule(inside && shape() == y.shape, "sizes of paired axes agree")
        }
        Form::Convolution(c) => {
            count(2)?;
            let (a, k) = (&x[0].shape, &x[1].shape);
            let rank = c.windows.len() + 3;
            let ranks = a.len() == rank && k.len() == rank && y.rank() == rank;
            rule(
                ranks,
                "groups, batch, spatial axes and features have an axis each",
            )?;
            let moves = |w: &Window| w.stride > 0 && w.input_dilation > 0 && w.kernel_dilation > 0;
            let sizes = a[0] == k[0]
                && y.shape[0] == a[0]
                && y.shape[1] == a[1]
                && k[rank - 2] == a[rank - 1]
                && y.shape[rank - 1] == k[rank - 1];
            let dtypes = x[0].dtype == x[1].dtype && x[0].dtype == y.dtype;
            rule(
                sizes && dtypes && c.windows.iter().all(moves),
                "groups, batch and features agree, and kernels move on",
            )?;
            let three = if c.features_first {
                &y.shape[2..]
            } else {
                &k[1..]
            };
            let plain = |w: &Window| Window { low: 0, ..*w } == Window::VALID;
            let small = rank == 5 && three[..2] == [3, 3] && c.windows.iter().all(plain);
            rule(
                !c.winograd || small,
                "Winograd's convolutions are of 3 x 3 places that move by one",
            )
        }
        Form::Call(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Binary, Builder};

    fn ty(shape: &[usize]) -> Type {
        Type::new(DType::F32, shape)
    }

    #[test]
    fn a_sound_program_passes_and_prints() {
        let mut b = Builder::new(vec![ty(&[2, 3]), ty(&[3])]);
        let wide = b.one(Form::Broadcast { axes: vec![1] }, &[Value(1)], &ty(&[2, 3]));
        let sum = b.one(Form::Binary(Binary::Add), &[Value(0), wide], &ty(&[2, 3]));
        let again = b.one(Form::Broadcast { axes: vec![1] }, &[Value(1)], &ty(&[2, 3]));
        assert_eq!(again, wide);
        b.one(Form::Unary(crate::Unary::Exp), &[sum], &ty(&[2, 3])); // leads nowhere
        let program = b.finish(vec![sum]);
        verify(&program).unwrap();
        let text = "program(%0: f32[2, 3], %1: f32[3])\n  %2: f32[2, 3] = broadcast { axes: [1] } %1\n  \
                    %3: f32[2, 3] = add %0, %2\n  return %3\n";
        assert_eq!(program.to_string(), text);
    }

    #[test]
    fn a_product_may_be_wider_than_its_inputs_and_not_narrower() {
        let check = |input: DType, result: DType| {
            let ty = |dtype: DType| Type::new(dtype, [2, 2]);
            let mut b = Builder::new(vec![ty(input), ty(input)]);
            let dot = crate::Dot {
                batch: vec![],
                contract: vec![(1, 0)],
            };
            let y = b.one(Form::Dot(dot), &[Value(0), Value(1)], &ty(result));
            verify(&b.finish(vec![y]))
        };
        for (input, result) in [
            (DType::I8, DType::I8),
            (DType::I8, DType::I32),
            (DType::U8, DType::I16),
            (DType::BF16, DType::F32),
        ] {
            check(input, result).unwrap();
        }
        for (input, result) in [
            (DType::I32, DType::I8),
            (DType::I8, DType::U32),
            (DType::U64, DType::I64),
            (DType::F32, DType::BF16),
            (DType::I8, DType::F32),
        ] {
            let e = check(input, result).unwrap_err().to_string();
            assert!(
                e.contains("inputs of one type, and a result that holds it"),
                "{e}"
            );
        }
    }

    #[test]
    fn a_broken_step_is_named() {
        let mut b = Builder::new(vec![ty(&[2, 3]), ty(&[3])]);
        let sum = b.one(
            Form::Binary(Binary::Add),
            &[Value(0), Value(1)],
            &ty(&[2, 3]),
        );
        let e = verify(&b.finish(vec![sum])).unwrap_err();
        assert_eq!(
            e.to_string(),
            "step 0: add: all of one type; inputs [f32[2, 3], f32[3]], results [f32[2, 3]]"
        );
    }
}
