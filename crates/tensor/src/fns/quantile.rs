//! Medians, quantiles and percentiles.
use super::on_axis;
use crate::{
    DType, Fault, Operand, Result, Shape, Tensor, blame, families::operands::as_tensor, here,
};

impl Tensor {
    /// The number below which a part `q` of the elements along `axis` lies: 0 gives the least, 0.5 the median, 1 the
    /// greatest; between two elements straight lines are drawn. NaN where an element is NaN or `q` lies outside 0 to 1.
    ///
    /// # Shapes
    /// The axes of `q` come first: `[.., n, ..], [k..] -> [k.., .., ..]`.
    ///
    /// # Types
    /// Integers are taken as `f32`; halves are computed in `f32` and rounded once.
    ///
    /// # Errors
    /// The axis must exist and not be empty.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let x = tensor![4.0, 1.0, 3.0, 2.0];
    /// assert_eq!(format!("{:?}", x.quantile(tensor![0.25, 0.5, 1.0], 0)), "f32[3] [1.75, 2.5, 4.0]");
    /// ```
    ///
    /// NumPy's `quantile`.
    #[track_caller]
    pub fn quantile(&self, q: impl Into<Operand>, axis: i32) -> Tensor {
        let q = as_tensor(q.into());
        blame(here(), || between(self, q, axis, "quantile", false))
    }

    /// [`Tensor::quantile`] of what is not NaN; NaN where all is.
    ///
    /// # Errors
    /// The axis must exist and not be empty.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![f32::NAN, 1.0, 3.0].nan_quantile(0.5, 0)), "f32 2.0");
    /// ```
    #[track_caller]
    pub fn nan_quantile(&self, q: impl Into<Operand>, axis: i32) -> Tensor {
        let q = as_tensor(q.into());
        blame(here(), || between(self, q, axis, "nan_quantile", true))
    }

    /// [`Tensor::quantile`] with `q` in hundredths.
    ///
    /// # Errors
    /// The axis must exist and not be empty.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![4.0, 1.0, 3.0, 2.0].percentile(25, 0)), "f32 1.75");
    /// ```
    #[track_caller]
    pub fn percentile(&self, q: impl Into<Operand>, axis: i32) -> Tensor {
        let q = as_tensor(q.into());
        blame(here(), || {
            between(self, q.to_float() / 100.0, axis, "percentile", false)
        })
    }

    /// The number in the middle along `axis`, or halfway between the two there; NaN where an element is NaN.
    ///
    /// # Types
    /// Integers are taken as `f32`; halves are computed in `f32` and rounded once.
    ///
    /// # Errors
    /// The axis must exist and not be empty.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![3, 1, 2, 4].median(0)), "f32 2.5");
    /// ```
    #[track_caller]
    pub fn median(&self, axis: i32) -> Tensor {
        blame(here(), || {
            between(self, Tensor::scalar(0.5f32), axis, "median", false)
        })
    }

    /// [`Tensor::median`] of what is not NaN; NaN where all is.
    ///
    /// # Errors
    /// The axis must exist and not be empty.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![f32::NAN, 1.0, 3.0].nan_median(0)), "f32 2.0");
    /// ```
    #[track_caller]
    pub fn nan_median(&self, axis: i32) -> Tensor {
        blame(here(), || {
            between(self, Tensor::scalar(0.5f32), axis, "nan_median", true)
        })
    }
}

fn between(x: &Tensor, q: Tensor, axis: i32, subject: &str, skip_nan: bool) -> Tensor {
    on_axis(x, subject, axis, |axis, shape| match shape[axis] {
        0 => {
            let rule = format!("axis {axis} is empty: there is nothing to order");
            Tensor::fault(subject, Fault::shape(rule), &[x])
        }
        _ => lines(x, q, axis, &shape, skip_nan).into(),
    })
}

fn lines(x: &Tensor, q: Tensor, axis: usize, shape: &Shape, skip_nan: bool) -> Result<Tensor> {
    let last = shape.rank() - 1;
    let wide = x.to_wide_float();
    let sorted = wide.bring(axis, last).sort(-1);
    let dtype = sorted.dtype()?;
    // NaN lies behind everything else.
    let numbers = sorted.eq(&sorted).convert(dtype).sum_axes(crate::keep(-1));
    let every = shape[axis] as f64;
    let (places, rows) = (q.shape()?, shape.without(axis));
    let q = q.flatten().convert(dtype);
    let known = match skip_nan {
        true => numbers.gt(0.0),
        false => numbers.eq(every),
    };
    let known = known.and(q.ge(0.0)).and(q.le(1.0));
    let place = known.select(q * (numbers - 1.0), 0.0).stop_gradient();
    let (low, high) = (place.floor(), place.ceil());
    let at = |place: &Tensor| sorted.take_along_axis(place.convert(DType::I32), -1);
    let (a, b) = (at(&low), at(&high));
    // Two equal infinities have no line between them.
    let rise = a.eq(&b).select(a.zeros_like(), &b - &a);
    let y = known.select(a + rise * (place - low), f64::NAN);
    // The axes of q as they were, and in front.
    let apart: Shape = rows.iter().chain(places.iter()).copied().collect();
    let order = (last..apart.rank()).chain(0..last).collect::<Vec<usize>>();
    Ok(y.reshape(apart).transpose(order).narrowed_like(x))
}
