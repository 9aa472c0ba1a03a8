//! Where elements are not zero.
use crate::{DType, Fault, Result, Tensor, blame, here};

impl Tensor {
    /// The places of the first `size` elements that are not zero (or are true), in row-major order: for each axis their
    /// indices as `i32`. Shapes are static, so the number is stated; where there are fewer, indices 0 fill up.
    ///
    /// # Shapes
    /// For each axis `[size]`.
    ///
    /// # Errors
    /// There must be no more elements than `i32` counts.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let places = tensor![[0, 5], [7, 0]].nonzero(2);
    /// assert_eq!(format!("{:?} {:?}", places[0], places[1]), "i32[2] [0, 1] i32[2] [1, 0]");
    /// ```
    ///
    /// JAX's `nonzero(x, size=..)`.
    #[track_caller]
    pub fn nonzero(&self, size: usize) -> Vec<Tensor> {
        blame(here(), || {
            let axes = self.rank().unwrap_or(1);
            places(self, size).unwrap_or_else(|e| vec![Tensor::from_error(e); axes])
        })
    }

    /// The first `size` parts along the first axis at which `mask` is true; zeros fill up where there are fewer. Shapes
    /// are static, so the number is stated: it may be counted first with [`Tensor::count_nonzero`].
    ///
    /// # Shapes
    /// `[n, ..], [n] -> [size, ..]`.
    ///
    /// # Errors
    /// The mask must be `bool` and have the first axis of the tensor.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let x = tensor![10, 20, 30];
    /// assert_eq!(format!("{:?}", x.compress(&x.gt(15), 2)), "i32[2] [20, 30]");
    /// ```
    ///
    /// NumPy's `x[mask]` and `compress`.
    #[track_caller]
    pub fn compress(&self, mask: &Tensor, size: usize) -> Tensor {
        blame(here(), || chosen(self, mask, size)).into()
    }
}

/// The row-major places of what is not zero, and whether there are so many.
fn flat(x: &Tensor, size: usize) -> Result<(Tensor, Tensor)> {
    let mask = x.convert(DType::Bool).flatten();
    let n = mask.shape()?.size();
    let ones = mask.convert(DType::I32);
    // Each one's place among the ones; all others, and those beyond, go behind the end.
    let limit = i32::try_from(size).unwrap_or(i32::MAX);
    let rank = mask
        .select(ones.cumulative_sum(0) - 1, limit)
        .minimum(limit);
    let places = Tensor::zeros(DType::I32, [size.saturating_add(1)]);
    let places = places.scatter_add(rank, Tensor::iota(DType::I32, [n], 0), 0);
    let there = Tensor::iota(DType::I32, [size], 0).lt(ones.sum());
    Ok((places.slice_axis(0, 0..size), there))
}

fn places(x: &Tensor, size: usize) -> Result<Vec<Tensor>> {
    let shape = x.shape()?;
    if i32::try_from(shape.size().max(size)).is_err() {
        let fault = Fault::shape("there are more elements than i32 counts");
        let e = Tensor::fault("nonzero", fault, &[x]);
        return Ok(vec![e; shape.rank()]);
    }
    let (flat, _) = flat(x, size)?;
    let strides = shape.strides();
    let along = |(&n, &stride): (&usize, &usize)| {
        flat.quotient(stride.max(1) as i64)
            .remainder(n.max(1) as i64)
    };
    Ok(shape.iter().zip(&strides).map(along).collect())
}

fn chosen(x: &Tensor, mask: &Tensor, size: usize) -> Result<Tensor> {
    let (shape, of) = (x.shape()?, mask.ty()?);
    let fault = |fault| Ok(Tensor::fault("compress", fault, &[x, mask]));
    if of.dtype != DType::Bool {
        let rule = format!("the mask must be bool, not {}", of.dtype);
        return fault(Fault::dtype(rule).help("compare first, for example with .ne(0)"));
    }
    if of.shape[..] != shape[..shape.rank().min(1)] || shape.is_empty() {
        return fault(Fault::shape(
            "the mask must have the first axis of the tensor, and no other",
        ));
    }
    let (flat, there) = flat(mask, size)?;
    if shape[0] == 0 {
        let rest = shape[1..].iter().copied();
        let all: crate::Shape = std::iter::once(size).chain(rest).collect();
        return Ok(Tensor::zeros(x.dtype()?, all));
    }
    let rows = x.take(flat, 0);
    let wide = vec![1; shape.rank() - 1];
    let there = there.reshape([&[size], &wide[..]].concat());
    let rows_shape = rows.shape()?;
    Ok(there
        .broadcast_to(rows_shape)
        .select(&rows, rows.zeros_like()))
}
