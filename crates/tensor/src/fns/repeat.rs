//! Elements and tensors several times over.
use crate::{Fault, Result, Shape, Tensor, axes::axis_of, blame, here};

impl Tensor {
    /// Every element `n` times in a row along `axis`; negative counts from the end.
    ///
    /// # Errors
    /// The axis must exist.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1, 2].repeat(2, 0)), "i32[4] [1, 1, 2, 2]");
    /// ```
    ///
    /// NumPy's `repeat`.
    #[track_caller]
    pub fn repeat(&self, n: usize, axis: i32) -> Tensor {
        blame(here(), || each(self, n, axis)).into()
    }

    /// The whole tensor `repeats[i]` times along axis `i`. Of fewer axes and repeats, the missing first ones are 1.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1, 2].tile(&[2])), "i32[4] [1, 2, 1, 2]");
    /// ```
    ///
    /// NumPy's and Nx's `tile`.
    #[track_caller]
    pub fn tile(&self, repeats: &[usize]) -> Tensor {
        blame(here(), || whole(self, repeats)).into()
    }
}

fn each(x: &Tensor, n: usize, axis: i32) -> Result<Tensor> {
    let shape = x.shape()?;
    match axis_of(i64::from(axis), shape.rank()) {
        Ok(axis) => {
            let mut wide = shape.to_vec();
            wide.insert(axis + 1, n);
            let mut dims = shape.to_vec();
            dims[axis] = dims[axis].saturating_mul(n);
            Ok(x.new_axis(axis as i32 + 1).broadcast_to(wide).reshape(dims))
        }
        Err(fault) => Ok(Tensor::fault("repeat", fault, &[x])),
    }
}

fn whole(x: &Tensor, repeats: &[usize]) -> Result<Tensor> {
    let shape = x.shape()?;
    let rank = shape.rank().max(repeats.len());
    let full = |list: &[usize]| [vec![1; rank - list.len()], list.to_vec()].concat();
    let (sizes, repeats) = (full(&shape), full(repeats));
    let size = |parts: &[usize]| parts.iter().try_fold(1usize, |n, &d| n.checked_mul(d));
    if size(&sizes)
        .zip(size(&repeats))
        .and_then(|(a, b)| a.checked_mul(b))
        .is_none()
    {
        return Ok(Tensor::fault(
            "tile",
            Fault::shape("the result is too large to address"),
            &[x],
        ));
    }
    let pairs = || sizes.iter().zip(&repeats);
    // Every axis with an axis of repeats before it.
    let apart: Shape = pairs().flat_map(|(&n, _)| [1, n]).collect();
    let wide: Shape = pairs().flat_map(|(&n, &times)| [times, n]).collect();
    Ok(x.reshape(apart)
        .broadcast_to(wide)
        .reshape(pairs().map(|(n, times)| n * times).collect::<Shape>()))
}
