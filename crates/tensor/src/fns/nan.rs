//! Folds that leave NaN out, and NaN replaced.
use crate::{Axes, Tensor, blame, here, keep};

impl Tensor {
    /// Each element with NaN and infinities replaced by these numbers; integers and `bool` stay.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![1.0, f32::NAN, f32::NEG_INFINITY].nan_to_num(0.0, 9.0, -9.0);
    /// assert_eq!(format!("{y:?}"), "f32[3] [1.0, 0.0, -9.0]");
    /// ```
    ///
    /// NumPy's `nan_to_num(nan=.., posinf=.., neginf=..)`.
    #[track_caller]
    pub fn nan_to_num(&self, nan: f64, infinity: f64, neg_infinity: f64) -> Tensor {
        blame(here(), || match self.dtype() {
            Ok(d) if !d.is_float() => self.clone(),
            _ => {
                let y = self.eq(f64::INFINITY).select(infinity, self);
                let y = self.eq(f64::NEG_INFINITY).select(neg_infinity, y);
                self.is_nan().select(nan, y)
            }
        })
    }

    /// [`Tensor::sum_axes`] of what is not NaN; `..` are all axes.
    ///
    /// # Errors
    /// An axis that does not exist or is named twice.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1.0, f32::NAN, 2.0].nan_sum(0)), "f32 3.0");
    /// ```
    #[track_caller]
    pub fn nan_sum(&self, axes: impl Into<Axes>) -> Tensor {
        let axes = axes.into();
        blame(here(), || self.without_nan(0.0).sum_axes(axes))
    }

    /// [`Tensor::product_axes`] of what is not NaN; `..` are all axes.
    ///
    /// # Errors
    /// An axis that does not exist or is named twice.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![3.0, f32::NAN, 2.0].nan_product(0)), "f32 6.0");
    /// ```
    #[track_caller]
    pub fn nan_product(&self, axes: impl Into<Axes>) -> Tensor {
        let axes = axes.into();
        blame(here(), || self.without_nan(1.0).product_axes(axes))
    }

    /// The greatest of what is not NaN along `axes`; NaN where all is. `..` are all axes.
    ///
    /// # Errors
    /// An axis that does not exist, is named twice or is empty.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1.0, f32::NAN, 2.0].nan_max(0)), "f32 2.0");
    /// ```
    #[track_caller]
    pub fn nan_max(&self, axes: impl Into<Axes>) -> Tensor {
        let axes = axes.into();
        blame(here(), || {
            let most = self.without_nan(f64::NEG_INFINITY).max_axes(axes.clone());
            self.nan_where_all_is(most, axes)
        })
    }

    /// The least of what is not NaN along `axes`; NaN where all is. `..` are all axes.
    ///
    /// # Errors
    /// An axis that does not exist, is named twice or is empty.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1.0, f32::NAN, 2.0].nan_min(0)), "f32 1.0");
    /// ```
    #[track_caller]
    pub fn nan_min(&self, axes: impl Into<Axes>) -> Tensor {
        let axes = axes.into();
        blame(here(), || {
            let least = self.without_nan(f64::INFINITY).min_axes(axes.clone());
            self.nan_where_all_is(least, axes)
        })
    }

    /// The average of what is not NaN along `axes`; NaN where all is. `..` are all axes.
    ///
    /// # Errors
    /// An axis that does not exist or is named twice.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1.0, f32::NAN, 2.0].nan_mean(0)), "f32 1.5");
    /// ```
    #[track_caller]
    pub fn nan_mean(&self, axes: impl Into<Axes>) -> Tensor {
        let axes = axes.into();
        blame(here(), || {
            let x = self.to_wide_float();
            (x.nan_sum(axes.clone()) / x.counted(axes)).narrowed_like(self)
        })
    }

    /// [`Tensor::variance_axes`] of what is not NaN; `..` are all axes.
    ///
    /// # Errors
    /// An axis that does not exist or is named twice.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![1.0, f32::NAN, 3.0].nan_variance(0, 0)), "f32 1.0");
    /// ```
    #[track_caller]
    pub fn nan_variance(&self, axes: impl Into<Axes>, ddof: usize) -> Tensor {
        let axes = axes.into();
        blame(here(), || self.nan_spread(axes, ddof).narrowed_like(self))
    }

    /// The square root of [`Tensor::nan_variance`].
    ///
    /// # Errors
    /// An axis that does not exist or is named twice.
    #[track_caller]
    pub fn nan_standard_deviation(&self, axes: impl Into<Axes>, ddof: usize) -> Tensor {
        let axes = axes.into();
        blame(here(), || {
            self.nan_spread(axes, ddof).sqrt().narrowed_like(self)
        })
    }

    #[track_caller]
    fn nan_spread(&self, axes: Axes, ddof: usize) -> Tensor {
        let x = self.to_wide_float();
        let distance = (&x - x.nan_mean(keep(axes.clone()))).without_nan(0.0);
        let count = x.counted(axes.clone());
        let divisor = &count - ddof as f64;
        let sum = (&distance * &distance).sum_axes(axes);
        // Of too few elements there is none.
        let known = divisor.gt(0.0);
        known.select(sum / known.select(&divisor, 1.0), f64::NAN)
    }

    /// Floats with another number in place of NaN.
    #[track_caller]
    fn without_nan(&self, number: f64) -> Tensor {
        match self.dtype() {
            Ok(d) if d.is_float() => self.is_nan().select(number, self),
            _ => self.clone(),
        }
    }

    /// How many elements along the axes are not NaN.
    #[track_caller]
    fn counted(&self, axes: Axes) -> Tensor {
        match self.dtype() {
            Ok(dtype) => self.eq(self).convert(dtype).sum_axes(axes),
            Err(_) => self.clone(),
        }
    }

    /// The result of a fold, or NaN where nothing but NaN was folded.
    #[track_caller]
    fn nan_where_all_is(&self, result: Tensor, axes: Axes) -> Tensor {
        match self.dtype() {
            Ok(d) if d.is_float() => self.is_nan().all_axes(axes).select(f64::NAN, result),
            _ => result,
        }
    }
}
