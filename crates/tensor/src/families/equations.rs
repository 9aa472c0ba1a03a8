//! Systems of linear equations: what `solve` and `triangular_solve` share.
use crate::{
    DType, Fault, Operand, Result, Shape, Tensor, Type,
    families::{
        matrices::{sizes, square, two_axes},
        operands::{common_type, same_dtype},
    },
};

/// On which side of the unknown the matrix stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Equation {
    /// `a x = b`.
    Left,
    /// `x a = b`.
    Right,
}

impl Equation {
    /// The cotangent of `a` from that of `b`, where `a` may stand transposed in the equation.
    #[track_caller]
    pub(crate) fn cotangent(self, x: &Tensor, db: &Tensor, transposed: bool) -> Tensor {
        let da = match (self, transposed) {
            (Equation::Left, false) => db.matmul(x.matrix_transpose()),
            (Equation::Left, true) => x.matmul(db.matrix_transpose()),
            (Equation::Right, false) => x.matrix_transpose().matmul(db),
            (Equation::Right, true) => db.matrix_transpose().matmul(x),
        };
        -da
    }

    /// The right-hand side that the tangent of `x` solves: that of `b`, less that of `a` times `x`.
    #[track_caller]
    pub(crate) fn tangent(
        self,
        x: &Tensor,
        da: Option<Tensor>,
        db: Option<&Tensor>,
        transposed: bool,
    ) -> Option<Tensor> {
        let moved = da.map(|da| {
            let da = if transposed {
                da.matrix_transpose()
            } else {
                da
            };
            match self {
                Equation::Left => da.matmul(x),
                Equation::Right => x.matmul(da),
            }
        });
        match (db, moved) {
            (Some(db), Some(moved)) => Some(db - moved),
            (Some(db), None) => Some(db.clone()),
            (None, moved) => moved.map(|moved| -moved),
        }
    }
}

/// The type rule: square matrices, and right-hand sides that fit, with the same axes before.
pub(crate) fn check(x: &[&Type], side: Equation) -> Result<(), Fault> {
    same_dtype(x)?;
    let n = square(sizes(x[0])?)?;
    fits(n, two_axes(x[1])?, side)?;
    match x[0].shape[..x[0].rank() - 2] == x[1].shape[..x[1].rank() - 2] {
        true => Ok(()),
        false => Err(Fault::shape(
            "inputs must agree on the axes before the last two",
        )),
    }
}

fn fits(n: usize, [rows, columns]: [usize; 2], side: Equation) -> Result<(), Fault> {
    let (what, found) = match side {
        Equation::Left => ("rows", rows),
        Equation::Right => ("columns", columns),
    };
    match found == n {
        true => Ok(()),
        false => Err(Fault::shape(format!(
            "input 1 must have {n} {what}, as input 0 has; it has {found}"
        ))),
    }
}

/// The unknown of the equation, by `op` on operands of one type with the same axes before the last two.
#[track_caller]
pub(crate) fn solved(
    subject: &str,
    a: &Tensor,
    b: Operand,
    side: Equation,
    op: impl FnOnce(&Tensor, &Tensor) -> Tensor,
) -> Result<Tensor> {
    let [a, b] = common_type([a.into(), b]);
    let (ta, tb) = (a.ty()?, b.ty()?);
    let vector = tb.rank() == 1;
    let known = match (vector, side) {
        (false, _) => b.clone(),
        (true, Equation::Left) => b.as_column(),
        (true, Equation::Right) => b.as_row(),
    };
    let shape = match common_axes(&ta, &known.ty()?, side) {
        Ok(shape) => shape,
        Err(fault) => return Ok(Tensor::fault(subject, fault, &[&a, &b])),
    };
    let wide = |x: &Tensor| -> Result<Tensor> {
        let own = x.shape()?;
        let last = own[own.rank() - 2..].iter();
        Ok(x.to_wide_float()
            .broadcast_to(shape.iter().chain(last).copied().collect::<Shape>()))
    };
    let x = op(&wide(&a)?, &wide(&known)?).narrowed_like(&a);
    if !vector {
        return Ok(x);
    }
    let n = tb.shape[0];
    Ok(x.reshape(shape.iter().copied().chain([n]).collect::<Shape>()))
}

/// The axes before the last two of both, broadcast.
fn common_axes(a: &Type, b: &Type, side: Equation) -> Result<Vec<usize>, Fault> {
    let n = square(two_axes(a)?)?;
    fits(n, two_axes(b)?, side)?;
    broadcast_axes(a, b)
}

/// The axes before the last two of both, broadcast.
pub(crate) fn broadcast_axes(a: &Type, b: &Type) -> Result<Vec<usize>, Fault> {
    let depth = a.rank().max(b.rank());
    let size = |t: &Type, axis: usize| {
        (axis + t.rank())
            .checked_sub(depth)
            .map(|i| (i, t.shape[i]))
    };
    (0..depth.saturating_sub(2))
        .map(|axis| match (size(a, axis), size(b, axis)) {
            (Some((_, n)), None) | (None, Some((_, n))) => Ok(n),
            (Some((_, p)), Some((_, q))) if p == q || q == 1 => Ok(p),
            (Some((_, 1)), Some((_, q))) => Ok(q),
            (Some((i, p)), Some((j, q))) => Err(Fault::shape(format!(
                "axes before the last two must agree or be 1; axis {i} of input 0 has {p}, axis {j} of input 1 has {q}"
            ))),
            (None, None) => Ok(1),
        })
        .collect()
}

/// Mistakes that both operations refuse, in the public function and in the operation with the matrix on the right.
pub(crate) fn faults(
    function: fn(&Tensor, &Tensor) -> Tensor,
    right: fn(&Tensor, &Tensor) -> Tensor,
) -> Vec<(Tensor, &'static str)> {
    let zeros = |shape: &[usize]| Tensor::zeros(DType::F32, shape);
    vec![
        (
            function(&zeros(&[3]), &zeros(&[3])),
            "there must be two axes, not 1",
        ),
        (
            function(&zeros(&[2, 3]), &zeros(&[2, 3])),
            "the matrices must be square; they are 2 by 3",
        ),
        (
            function(&zeros(&[2, 2]), &zeros(&[3, 2])),
            "input 1 must have 2 rows, as input 0 has; it has 3",
        ),
        (
            function(&zeros(&[2, 2, 2]), &zeros(&[3, 2, 1])),
            "axes before the last two must agree or be 1; axis 0 of input 0 has 2, axis 0 of input 1 has 3",
        ),
        (
            right(&zeros(&[2, 2]), &zeros(&[2, 3])),
            "input 1 must have 2 columns, as input 0 has; it has 3",
        ),
        (
            right(&zeros(&[2, 2]), &zeros(&[2])),
            "there must be two axes, not 1",
        ),
        (
            right(&zeros(&[1, 2, 2]), &zeros(&[3, 2, 2])),
            "inputs must agree on the axes before the last two",
        ),
        (
            right(&zeros(&[2, 2]), &zeros(&[2, 2]).convert(DType::F64)),
            "inputs must have the same element type; input 1 is f64, input 0 is f32",
        ),
        (
            right(
                &zeros(&[2, 2]).convert(DType::F16),
                &zeros(&[2, 2]).convert(DType::F16),
            ),
            "the element type must be f32 or f64, not f16",
        ),
    ]
}
