//! Matrix products.
use crate::{
    Fault, Operand, Result, Shape, Tensor, Type, blame, families::element_types::ElementTypes,
    families::operands::common_type, here,
};

impl Tensor {
    /// The matrix product.
    ///
    /// # Shapes
    /// `[.., n, k], [.., k, m] -> [.., n, m]`; the axes before the last two broadcast. A vector on the left is a row, on
    /// the right a column, and its axis goes away: `[k], [k, m] -> [m]`; `[n, k], [k] -> [n]`; `[k], [k] -> []`.
    ///
    /// # Types
    /// The operands are promoted to one type. See [`Tensor::dot_general`] for how sums are rounded.
    ///
    /// # Errors
    /// The contracted axes must have the same size; the axes before must agree or be 1; a scalar has no axes to
    /// multiply along; the elements must be numbers.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![[1.0, 2.0], [3.0, 4.0]].matmul(tensor![[10.0], [1.0]]);
    /// assert_eq!(format!("{y:?}"), "f32[2, 1]\n[\n  [12.0],\n  [34.0]\n]");
    /// ```
    ///
    /// NumPy's `matmul`.
    #[track_caller]
    pub fn matmul(&self, other: impl Into<Operand>) -> Tensor {
        blame(here(), || product(common_type([self.into(), other.into()]))).into()
    }
}

fn product([a, b]: [Tensor; 2]) -> Result<Tensor> {
    let (ta, tb) = (a.ty()?, b.ty()?);
    if let Err(fault) = check(&ta, &tb) {
        return Ok(Tensor::fault("matmul", fault, &[&a, &b]));
    }
    let (m, n) = (ta.rank(), tb.rank());
    if m == 1 || n <= 2 {
        return Ok(a.dot_general(b, &[], &[(m - 1, n.max(2) - 2)]));
    }
    // Batched on both sides, or one matrix on the left for all on the right.
    let depth = m.max(n) - 2;
    let size =
        |s: &Shape, axis: usize| (axis + s.rank()).checked_sub(depth + 2).map_or(1, |i| s[i]);
    let common = |axis| match size(&ta.shape, axis) {
        1 => size(&tb.shape, axis),
        n => n,
    };
    let wide = |x: &Tensor, s: &Shape| {
        x.broadcast_to(
            (0..depth)
                .map(common)
                .chain(s[s.rank() - 2..].iter().copied())
                .collect::<Shape>(),
        )
    };
    let pairs: Vec<(usize, usize)> = (0..depth).map(|i| (i, i)).collect();
    Ok(wide(&a, &ta.shape).dot_general(wide(&b, &tb.shape), &pairs, &[(depth + 1, depth)]))
}

fn check(a: &Type, b: &Type) -> Result<(), Fault> {
    ElementTypes::Numbers.check(a.dtype)?;
    if let Some(scalar) = [a, b].iter().position(|t| t.rank() == 0) {
        let rule = format!("inputs must have at least one axis; input {scalar} is a scalar");
        return Err(Fault::shape(rule).help("multiply by a number with *"));
    }
    let (i, j) = (a.rank() - 1, b.rank().max(2) - 2);
    let (p, q) = (a.shape[i], b.shape[j]);
    if p != q {
        let rule = format!(
            "contracted axes must have the same size; axis {i} of input 0 has {p}, axis {j} of input 1 has {q}"
        );
        return Err(Fault::shape(rule));
    }
    for back in 3..=a.rank().min(b.rank()) {
        let (i, j) = (a.rank() - back, b.rank() - back);
        let (p, q) = (a.shape[i], b.shape[j]);
        if p != q && p != 1 && q != 1 {
            let rule = format!(
                "axes before the last two must agree or be 1; axis {i} of input 0 has {p}, axis {j} of input 1 has {q}"
            );
            return Err(Fault::shape(rule));
        }
    }
    Ok(())
}
