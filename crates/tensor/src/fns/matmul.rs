//! Matrix products.
use crate::{
    DType, Fault, Operand, Result, Shape, Tensor, Type, blame,
    families::element_types::ElementTypes, families::operands::common_type, here,
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
        let operands = || common_type([self.into(), other.into()]);
        blame(here(), || product(operands(), None)).into()
    }

    /// [`Tensor::matmul`] with a result of a wider element type, in which products and sums are taken.
    ///
    /// # Types
    /// The operands are promoted to one type; `dtype` is that type or one of its kind, integers or floats, that holds
    /// it.
    ///
    /// # Errors
    /// As [`Tensor::matmul`]; `dtype` must hold the operands' type.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::{DType, tensor};
    /// let x = tensor![[100, -128]].convert(DType::I8);
    /// assert_eq!(format!("{:?}", x.matmul_as(x.t(), DType::I32)), "i32[1, 1]\n[\n  [26384]\n]");
    /// ```
    #[track_caller]
    pub fn matmul_as(&self, other: impl Into<Operand>, dtype: DType) -> Tensor {
        let operands = || common_type([self.into(), other.into()]);
        blame(here(), || product(operands(), Some(dtype))).into()
    }
}

fn product([a, b]: [Tensor; 2], dtype: Option<DType>) -> Result<Tensor> {
    let (ta, tb) = (a.ty()?, b.ty()?);
    let dtype = dtype.unwrap_or(ta.dtype);
    if let Err(fault) = check(&ta, &tb) {
        return Ok(Tensor::fault("matmul", fault, &[&a, &b]));
    }
    let (m, n) = (ta.rank(), tb.rank());
    if m == 1 || n <= 2 {
        return Ok(a.dot_general_as(b, &[], &[(m - 1, n.max(2) - 2)], dtype));
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
    let (a, b) = (wide(&a, &ta.shape), wide(&b, &tb.shape));
    Ok(a.dot_general_as(b, &pairs, &[(depth + 1, depth)], dtype))
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
