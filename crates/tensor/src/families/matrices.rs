//! Operations on the matrices in the last two axes of a tensor: what their rules share.
use crate::{
    Array, DType, Fault, Op, Shape, Tensor, Type,
    families::{Batched, Flows, align},
    grad::{gradient, watch},
    op::printed,
    place::here,
    tensor::Trace,
};
use std::sync::atomic::Ordering::Relaxed;

/// Runs a block with `$T` standing for `f32` or `f64`, which the type rules admit.
macro_rules! with_reals {
    ($dtype:expr, $T:ident => $body:expr) => {
        match $dtype {
            $crate::DType::F64 => {
                type $T = f64;
                $body
            }
            _ => {
                type $T = f32;
                $body
            }
        }
    };
}
pub(crate) use with_reals;

/// The rows and columns of the matrices; the elements must be `f32` or `f64`.
pub(crate) fn sizes(x: &Type) -> Result<[usize; 2], Fault> {
    if !matches!(x.dtype, DType::F32 | DType::F64) {
        let rule = format!("the element type must be f32 or f64, not {}", x.dtype);
        return Err(
            Fault::dtype(rule).help("convert it first, for example with .convert(DType::F32)")
        );
    }
    two_axes(x)
}

/// The rows and columns of the matrices.
pub(crate) fn two_axes(x: &Type) -> Result<[usize; 2], Fault> {
    match x.shape[..] {
        [.., m, n] => Ok([m, n]),
        _ => Err(Fault::shape(format!(
            "there must be two axes, not {}",
            x.rank()
        ))),
    }
}

/// The side of the matrices, which must be square.
pub(crate) fn side(x: &Type) -> Result<usize, Fault> {
    let [m, n] = sizes(x)?;
    square([m, n])
}

/// The side of a square matrix.
pub(crate) fn square([m, n]: [usize; 2]) -> Result<usize, Fault> {
    match m == n {
        true => Ok(n),
        false => Err(Fault::shape(format!(
            "the matrices must be square; they are {m} by {n}"
        ))),
    }
}

/// The sizes, of a type that the rules admitted.
pub(crate) fn known(x: &Type) -> [usize; 2] {
    match x.shape[..] {
        [.., m, n] => [m, n],
        _ => [0, 0],
    }
}

/// How many matrices there are.
pub(crate) fn count(x: &Type) -> usize {
    x.shape[..x.rank().saturating_sub(2)].iter().product()
}

/// How much work a matrix is, about: the product of these, as far as they can be counted.
pub(crate) fn cost(factors: &[usize]) -> usize {
    factors
        .iter()
        .fold(1, |product, &n| product.saturating_mul(n))
}

/// The type with other last axes.
pub(crate) fn of_each(x: &Type, last: &[usize]) -> Type {
    let first = &x.shape[..x.rank().saturating_sub(2)];
    x.with_shape(first.iter().chain(last).copied().collect::<Shape>())
}

/// The reverse rule of an operation of one input that states how tangents flow: the transpose of that linear map.
/// `tangent` gives the tangent of each result.
#[track_caller]
pub(crate) fn transposed(
    x: &Tensor,
    dy: &[Option<Tensor>],
    tangent: impl FnOnce(&Tensor) -> Result<Vec<Tensor>, Fault>,
) -> Flows {
    let trace = Trace::begin();
    let dx = watch(&x.zeros_like(), &trace, here());
    let flowing = tangent(&dx).map(|tangents| {
        let pairs = tangents.into_iter().zip(dy);
        let (ends, cotangents): (Vec<Tensor>, Vec<Option<Tensor>>) = pairs
            .filter(|(_, d)| d.is_some())
            .map(|(t, d)| (t, d.clone()))
            .unzip();
        gradient(&ends, cotangents, &[dx])
    });
    trace.open.store(false, Relaxed);
    Ok(flowing?.into_iter().map(Some).collect())
}

/// The batching rule of an operation that works on each matrix by itself: extra axes go in front.
#[track_caller]
pub(crate) fn batched(op: impl Op, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
    let x = align(x, axes)?;
    let y = crate::apply(op, &x.iter().collect::<Vec<_>>());
    Ok(y.into_iter().map(|y| (y, Some(0))).collect())
}

/// The operation as a call of a function that the runtime is to know: `bouton.` and the operation's name, on dense
/// arrays in rows. The attributes are those of the printed form.
///
/// StableHLO has no operation for these. What the functions compute is what LAPACK's `getrf` (`lu`), `gesv` (`solve`),
/// `geqrf` and `orgqr` (`qr`), `syevd` (`eigh`) and `gesdd` (`svd`) do, but for the signs that the operations define.
pub(crate) fn custom_call(op: &dyn Op, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
    let list = |types: &mut dyn Iterator<Item = &Type>| {
        types.map(Type::stablehlo).collect::<Vec<_>>().join(", ")
    };
    let printed = printed(op);
    let attributes = printed.find(" {").map_or(String::new(), |at| {
        let fields = printed[at + 3..]
            .trim_end_matches(" }")
            .replace(": ", " = ");
        let typed = |field: &str| match field.split_once(" = ") {
            Some((_, "true" | "false")) => field.to_string(),
            Some((name, number)) if number.parse::<f64>().is_ok() => {
                format!("{name} = {number} : f64")
            }
            Some((name, word)) => format!("{name} = \"{word}\""),
            None => field.to_string(),
        };
        fields.split(", ").map(typed).collect::<Vec<_>>().join(", ")
    });
    let results = if y.len() == 1 {
        String::from("%0")
    } else {
        format!("%0:{}", y.len())
    };
    format!(
        "{results} = stablehlo.custom_call @bouton.{}({}) {{api_version = 4 : i32, backend_config = {{{attributes}}}}} : ({}) -> ({})",
        op.name(),
        x.join(", "),
        list(&mut xt.iter().copied()),
        list(&mut y.iter()),
    )
}

impl Tensor {
    /// Zeros above the diagonal, and half of what is on it.
    #[track_caller]
    pub(crate) fn half_lower(&self) -> Tensor {
        (self.tril(0) + self.tril(-1)) * 0.5
    }

    /// The inverse of every element that is not zero, and zero of zero; the derivative likewise.
    #[track_caller]
    pub(crate) fn inverse_or_zero(&self) -> Tensor {
        let zero = self.eq(0);
        let safe = zero.select(self.ones_like(), self);
        zero.select(self.zeros_like(), safe.reciprocal())
    }

    /// A vector of each batch as a row that spreads over all rows: `[.., n] -> [.., 1, n]`.
    #[track_caller]
    pub(crate) fn as_row(&self) -> Tensor {
        self.new_axis(-2)
    }

    /// A vector of each batch as a column that spreads over all columns: `[.., n] -> [.., n, 1]`.
    #[track_caller]
    pub(crate) fn as_column(&self) -> Tensor {
        self.new_axis(-1)
    }
}

/// Matrices `[.., m, n]` of smooth values without a pattern, for samples: the diagonal stands out by `diagonal`, and
/// differently in each row.
pub(crate) fn matrices(dtype: DType, shape: &[usize], diagonal: f64) -> Option<Array> {
    let [.., m, n] = shape else { return None };
    let size: usize = shape.iter().product();
    let value = |i: usize| {
        let (row, column) = (i / n % m, i % n);
        let wave = ((i * i * 7 + i * 3) % 23) as f64 / 23.0 - 0.45;
        match row == column {
            true => wave + diagonal * (1.0 + 0.4 * row as f64),
            false => wave,
        }
    };
    let array = Array::from_vec(shape, (0..size).map(value).collect::<Vec<f64>>()).ok()?;
    Some(array.cast(dtype))
}
