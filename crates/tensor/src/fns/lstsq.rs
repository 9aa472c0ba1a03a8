//! Systems of equations that have no solution, or many.
use crate::{
    Fault, Operand, Result, Tensor, blame,
    families::{equations::broadcast_axes, matrices::two_axes, operands::common_type},
    fns::matrix_rank::above,
    here,
    ops::pinv::{default_tolerance, pseudo_inverse},
};

impl Tensor {
    /// The `x` that makes `|a x - b|` least, where `a` is this tensor's matrices; of several such, the one of the least
    /// length. With it come the sums of squares of `a x - b` for each right-hand side, the rank of `a` and its singular
    /// values.
    ///
    /// # Shapes
    /// `[.., m, n], [.., m, k] -> [.., n, k], [.., k], [..], [.., min(m, n)]`; the axes before the last two broadcast. A
    /// `b` of one axis is one right-hand side: `[.., m, n], [m] -> [.., n], [..], [..], [.., min(m, n)]`.
    ///
    /// # Types
    /// The operands are promoted to one type; integers and `bool` give `f32`; halves are computed in `f32` and rounded
    /// once; the rank is `i32`.
    ///
    /// # Gradient
    /// That of [`Tensor::pinv`].
    ///
    /// # Errors
    /// There must be two axes; `b` must have as many rows; the axes before the last two must agree or be 1.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let (x, squares, rank, s) = tensor![[2.0], [0.0]].lstsq(tensor![4.0, 3.0]);
    /// assert_eq!(format!("{x:?} {squares:?} {rank:?} {s:?}"), "f32[1] [2.0] f32 9.0 i32 1 f32[1] [2.0]");
    /// ```
    ///
    /// NumPy's `lstsq`, which gives no residuals where the rank is less than `n`.
    #[track_caller]
    pub fn lstsq(&self, b: impl Into<Operand>) -> (Tensor, Tensor, Tensor, Tensor) {
        let b = b.into();
        let parts = blame(here(), || nearest(self, b));
        parts.unwrap_or_else(|e| [0; 4].map(|_| Tensor::from_error(e.clone())).into())
    }
}

fn nearest(a: &Tensor, b: Operand) -> Result<(Tensor, Tensor, Tensor, Tensor)> {
    let [a, b] = common_type([a.into(), b]);
    let (ta, tb) = (a.ty()?, b.ty()?);
    let vector = tb.rank() == 1;
    let known = if vector { b.as_column() } else { b.clone() };
    let tk = known.ty()?;
    let fits = two_axes(&ta).and_then(|[m, _]| match two_axes(&tk)? {
        [rows, _] if rows == m => broadcast_axes(&ta, &tk),
        [rows, _] => Err(Fault::shape(format!(
            "input 1 must have {m} rows, as input 0 has; it has {rows}"
        ))),
    });
    if let Err(fault) = fits {
        let y = Tensor::fault("lstsq", fault, &[&a, &b]);
        return Ok([0; 4].map(|_| y.clone()).into());
    }
    let (wide, known) = (a.to_wide_float(), known.to_wide_float());
    let tolerance = default_tolerance(&wide.ty()?);
    let x = pseudo_inverse(&wide, Some(tolerance)).matmul(&known);
    let off = wide.matmul(&x) - known;
    let squares = (&off * &off).sum_axes(-2);
    let s = wide.svdvals();
    let rank = above(&s, tolerance)?;
    let one = |y: Tensor| -> Result<Tensor> {
        let shape = y.shape()?;
        Ok(if vector {
            y.reshape(&shape[..shape.rank() - 1])
        } else {
            y
        })
    };
    let (x, squares) = (one(x)?, one(squares)?);
    Ok((
        x.narrowed_like(&a),
        squares.narrowed_like(&a),
        rank,
        s.narrowed_like(&a),
    ))
}
