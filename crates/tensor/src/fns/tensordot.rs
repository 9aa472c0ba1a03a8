//! Products summed over several axes.
use crate::{Fault, Operand, Result, Tensor, blame, families::operands::common_type, here};

impl Tensor {
    /// Products summed over the last `axes` axes of this tensor and the first `axes` of `other`.
    ///
    /// # Shapes
    /// `[a.., k..], [k.., b..] -> [a.., b..]`; any pairs of axes: [`Tensor::dot_general`].
    ///
    /// # Errors
    /// Both must have so many axes, of the same sizes; the elements must be numbers.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let x = tensor![[1, 2], [3, 4]];
    /// assert_eq!(format!("{:?}", x.tensordot(&x, 2)), "i32 30");
    /// ```
    ///
    /// NumPy's `tensordot`.
    #[track_caller]
    pub fn tensordot(&self, other: impl Into<Operand>, axes: usize) -> Tensor {
        blame(here(), || {
            folded(common_type([self.into(), other.into()]), axes)
        })
        .into()
    }

    /// Products summed over the last axis of both.
    ///
    /// # Shapes
    /// `[a.., k], [b.., k] -> [a.., b..]`; with a scalar on either side, the product.
    ///
    /// # Errors
    /// The last axes must have the same size; the elements must be numbers.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1, 2, 3].inner(tensor![4, 5, 6])), "i32 32");
    /// ```
    ///
    /// NumPy's `inner`.
    #[track_caller]
    pub fn inner(&self, other: impl Into<Operand>) -> Tensor {
        blame(here(), || -> Result<Tensor> {
            let [a, b] = common_type([self.into(), other.into()]);
            match (a.rank()?.checked_sub(1), b.rank()?.checked_sub(1)) {
                (Some(i), Some(j)) => Ok(a.dot_general(b, &[], &[(i, j)])),
                _ => Ok(a * b),
            }
        })
        .into()
    }

    /// The product of all elements of both, summed: `n` elements each.
    ///
    /// # Errors
    /// Both must have as many elements; they must be numbers.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![[1, 2], [3, 4]].vdot(tensor![1, 1, 1, 1])), "i32 10");
    /// ```
    ///
    /// NumPy's `vdot`.
    #[track_caller]
    pub fn vdot(&self, other: impl Into<Operand>) -> Tensor {
        blame(here(), || {
            let [a, b] = common_type([self.into(), other.into()]);
            a.flatten().dot_general(b.flatten(), &[], &[(0, 0)])
        })
    }
}

fn folded([a, b]: [Tensor; 2], axes: usize) -> Result<Tensor> {
    let (p, q) = (a.rank()?, b.rank()?);
    if axes > p.min(q) {
        let rule = format!("both must have {axes} axes; they have {p} and {q}");
        return Ok(Tensor::fault("tensordot", Fault::shape(rule), &[&a, &b]));
    }
    let pairs: Vec<(usize, usize)> = (0..axes).map(|i| (p - axes + i, i)).collect();
    Ok(a.dot_general(b, &[], &pairs))
}
