//! Products of every element with a whole matrix, and of vectors in space.
use crate::{
    Fault, Operand, Result, Shape, Tensor, blame, concatenate, families::operands::common_type,
    here,
};

impl Tensor {
    /// The Kronecker product: every element replaced by itself times `other`.
    ///
    /// # Shapes
    /// `[m, n], [p, q] -> [m p, n q]`, and so on for any number of axes; of fewer axes, the missing first ones are 1.
    ///
    /// # Types
    /// The operands are promoted to one type.
    ///
    /// # Errors
    /// The result must not be too large.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![[1, 2]].kron(tensor![[1], [10]]);
    /// assert_eq!(format!("{y:?}"), "i32[2, 2]\n[\n  [1, 2],\n  [10, 20]\n]");
    /// ```
    ///
    /// NumPy's `kron`.
    #[track_caller]
    pub fn kron(&self, other: impl Into<Operand>) -> Tensor {
        blame(here(), || product(common_type([self.into(), other.into()]))).into()
    }

    /// The cross product of vectors of three elements in the last axis.
    ///
    /// # Shapes
    /// `[.., 3], [.., 3] -> [.., 3]`; the axes before broadcast.
    ///
    /// # Types
    /// The operands are promoted to one type.
    ///
    /// # Errors
    /// The last axis must have 3 elements; the axes before must agree or be 1.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1, 0, 0].cross(tensor![0, 1, 0])), "i32[3] [0, 0, 1]");
    /// ```
    ///
    /// NumPy's `linalg.cross`.
    #[track_caller]
    pub fn cross(&self, other: impl Into<Operand>) -> Tensor {
        blame(here(), || upright(common_type([self.into(), other.into()]))).into()
    }
}

fn product([a, b]: [Tensor; 2]) -> Result<Tensor> {
    let (p, q) = (a.shape()?, b.shape()?);
    let rank = p.rank().max(q.rank());
    let full = |s: &Shape| [vec![1; rank - s.rank()], s.to_vec()].concat();
    let (p, q) = (full(&p), full(&q));
    let mut size = Some(1usize);
    for (&m, &n) in p.iter().zip(&q) {
        size = size.and_then(|s| s.checked_mul(m)?.checked_mul(n));
    }
    if size.is_none() {
        let fault = Fault::shape("the result is too large to address");
        return Ok(Tensor::fault("kron", fault, &[&a, &b]));
    }
    let a = a.reshape(p.iter().flat_map(|&m| [m, 1]).collect::<Shape>());
    let b = b.reshape(q.iter().flat_map(|&n| [1, n]).collect::<Shape>());
    Ok((a * b).reshape(p.iter().zip(&q).map(|(m, n)| m * n).collect::<Shape>()))
}

fn upright([a, b]: [Tensor; 2]) -> Result<Tensor> {
    for (i, x) in [&a, &b].into_iter().enumerate() {
        let shape = x.shape()?;
        if shape.last() != Some(&3) {
            let found = shape
                .last()
                .map_or("is a scalar".to_string(), |n| format!("has {n}"));
            let rule = format!("the last axis must have 3 elements; input {i} {found}");
            return Ok(Tensor::fault("cross", Fault::shape(rule), &[&a, &b]));
        }
    }
    let at = |x: &Tensor, i: usize| x.slice_axis(-1, i..i + 1);
    let part = |i: usize| {
        let (j, k) = ((i + 1) % 3, (i + 2) % 3);
        at(&a, j) * at(&b, k) - at(&a, k) * at(&b, j)
    };
    Ok(concatenate([part(0), part(1), part(2)], -1))
}
