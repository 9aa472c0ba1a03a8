//! One position of an axis.
use crate::{DType, Fault, Number, Operand, Result, Tensor, axes::axis_of, blame, here};

impl Tensor {
    /// The part at position `index` of the first axis, which goes away. See [`Tensor::at_axis`].
    ///
    /// # Shapes
    /// `[n, ..] -> [..]`.
    ///
    /// # Errors
    /// There must be an axis; a number must lie inside it.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let x = tensor![[1, 2], [3, 4], [5, 6]];
    /// assert_eq!(format!("{:?}", x.at(1)), "i32[2] [3, 4]");
    /// assert_eq!(format!("{:?}", x.at(-1).at(0)), "i32 5");
    /// ```
    #[track_caller]
    pub fn at(&self, index: impl Into<Operand>) -> Tensor {
        let index = index.into();
        blame(here(), || pick(self, index, 0)).into()
    }

    /// The part at position `index` of `axis`, which goes away; a negative axis counts from the end.
    ///
    /// The index is an input of the program: a loop over positions compiles once. A negative number counts from the end. A
    /// tensor is taken as it is, as in [`Tensor::take`]: moved to the nearest end where it lies outside.
    ///
    /// # Errors
    /// The axis must exist; a number must lie inside it; the index must be an integer.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let x = tensor![[1, 2], [3, 4], [5, 6]];
    /// assert_eq!(format!("{:?}", x.at_axis(1, -1)), "i32[3] [2, 4, 6]");
    /// ```
    #[track_caller]
    pub fn at_axis(&self, index: impl Into<Operand>, axis: i32) -> Tensor {
        let index = index.into();
        blame(here(), || pick(self, index, axis)).into()
    }
}

fn pick(x: &Tensor, index: Operand, axis: i32) -> Result<Tensor> {
    let shape = x.shape()?;
    let fault = |fault| Ok(Tensor::fault("at", fault, &[x]));
    let a = match axis_of(i64::from(axis), shape.rank()) {
        Ok(a) => a,
        Err(e) => return fault(e),
    };
    let index = match index {
        Operand::Tensor(t) => t,
        Operand::Number(Number::Int(i)) => {
            let n = i64::try_from(shape[a]).unwrap_or(i64::MAX);
            if i < -n || i >= n {
                return fault(Fault::value(format!(
                    "index {i} lies outside axis {a} of size {n}"
                )));
            }
            Tensor::number(Number::Int(if i < 0 { i + n } else { i }), DType::I64)
        }
        Operand::Number(n) => {
            return fault(Fault::dtype(format!(
                "the index must be an integer, not {}",
                n.dtype()
            )));
        }
    };
    Ok(x.take(index, axis))
}
