//! Classes as rows with a single one.
use crate::{DType, Fault, Result, Tensor, blame, here};

impl Tensor {
    /// A row for each label: 1 at the label, 0 elsewhere, as `f32`. A label outside `0..classes` gives a row of zeros.
    ///
    /// # Shapes
    /// `[..] -> [.., classes]`.
    ///
    /// # Errors
    /// The labels must be integers.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![2, 0].one_hot(3);
    /// assert_eq!(format!("{y:?}"), "f32[2, 3]\n[\n  [0.0, 0.0, 1.0],\n  [1.0, 0.0, 0.0]\n]");
    /// ```
    #[track_caller]
    pub fn one_hot(&self, classes: usize) -> Tensor {
        blame(here(), || rows(self, classes, DType::F32)).into()
    }

    /// [`Tensor::one_hot`] in another element type.
    ///
    /// # Errors
    /// The labels must be integers.
    #[track_caller]
    pub fn one_hot_as(&self, classes: usize, dtype: DType) -> Tensor {
        blame(here(), || rows(self, classes, dtype)).into()
    }
}

fn rows(labels: &Tensor, classes: usize, dtype: DType) -> Result<Tensor> {
    let ty = labels.ty()?;
    if !ty.dtype.is_integer() {
        let fault = Fault::dtype(format!("the labels must be integers, not {}", ty.dtype));
        return Ok(Tensor::fault(
            "one_hot",
            fault.help("convert them first, for example with .convert(DType::I32)"),
            &[labels],
        ));
    }
    // A type that counts to every class.
    let counting = if ty.dtype.size() < 4 {
        DType::I32
    } else {
        ty.dtype
    };
    let labels = labels.convert(counting).new_axis(-1);
    Ok(labels
        .eq(Tensor::iota(counting, [classes], 0))
        .convert(dtype))
}
