//! Windows folded, as pooling layers have them: channels last.
use crate::{
    Fault, Pool, Result, Tensor, blame,
    families::{
        window_extreme::{Extreme, WindowExtreme},
        windows::Windows,
    },
    here,
    movement::subject,
    op::{apply, apply1},
    ops::{window_max::WindowMax, window_min::WindowMin, window_sum::WindowSum},
};

impl Tensor {
    /// The greatest element under each window.
    ///
    /// # Shapes
    /// `[batch, spatial.., features] -> [batch, spatial.., features]`, for any number of spatial axes.
    ///
    /// # Types
    /// Numbers. NaN is greater than every number; a window with nothing but padding under it gives the smallest value
    /// of the type.
    ///
    /// # Gradient
    /// Goes to the first of the greatest elements under each window.
    ///
    /// # Errors
    /// Windows, strides and dilations must be at least 1, and one number or one for each spatial axis; a window must fit on
    /// the padded input.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::{Pool, tensor};
    /// let x = tensor![[[1.0], [3.0], [2.0], [0.0], [9.0]]]; // five places with one feature
    /// assert_eq!(x.max_pool(&Pool::new(2)).to_vec::<f32>()?, [3.0, 2.0]);
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    ///
    /// Axon's `max_pool`.
    #[track_caller]
    pub fn max_pool(&self, pool: &Pool) -> Tensor {
        blame(here(), || {
            extreme::<WindowMax>(self, ("max_pool", pool), Pool::windows)
        })
        .into()
    }

    /// The smallest element under each window; see [`Tensor::max_pool`].
    ///
    /// # Errors
    /// As [`Tensor::max_pool`].
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::{Pool, tensor};
    /// let x = tensor![[[1], [3], [2], [0]]];
    /// assert_eq!(x.min_pool(&Pool::new(2)).to_vec::<i32>()?, [1, 0]);
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn min_pool(&self, pool: &Pool) -> Tensor {
        blame(here(), || {
            extreme::<WindowMin>(self, ("min_pool", pool), Pool::windows)
        })
        .into()
    }

    /// The sum of the elements under each window; padding counts as zeros.
    ///
    /// # Shapes
    /// `[batch, spatial.., features] -> [batch, spatial.., features]`, for any number of spatial axes.
    ///
    /// # Types
    /// Numbers; the elements of a window are added in row-major order. Halves are summed in `f32` and rounded once.
    ///
    /// # Errors
    /// As [`Tensor::max_pool`].
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::{Pool, tensor};
    /// let x = tensor![[[1], [3], [2], [0]]];
    /// assert_eq!(x.sum_pool(&Pool::new(2).stride(1)).to_vec::<i32>()?, [4, 5, 2]);
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    ///
    /// Nx's `window_sum`.
    #[track_caller]
    pub fn sum_pool(&self, pool: &Pool) -> Tensor {
        blame(here(), || {
            sum(self, ("sum_pool", pool), Pool::windows).map(|(sum, _)| sum)
        })
        .into()
    }

    /// The average of the elements under each window: the sum divided by the places of a window, or with
    /// `count_padding(false)` by those that are not padding.
    ///
    /// # Shapes
    /// `[batch, spatial.., features] -> [batch, spatial.., features]`, for any number of spatial axes.
    ///
    /// # Types
    /// Integers and `bool` give `f32`; halves are averaged in `f32` and rounded once.
    ///
    /// # Errors
    /// As [`Tensor::max_pool`].
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::{Pool, tensor};
    /// let x = tensor![[[1.0], [3.0], [2.0], [0.0]]];
    /// assert_eq!(x.avg_pool(&Pool::new(2)).to_vec::<f32>()?, [2.0, 1.0]);
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    ///
    /// Axon's and Flax's `avg_pool`.
    #[track_caller]
    pub fn avg_pool(&self, pool: &Pool) -> Tensor {
        blame(here(), || average(self, ("avg_pool", pool), Pool::windows)).into()
    }

    /// The `p`-norm of the elements under each window: the sum of `|x|^p` to the power `1 / p`. Padding counts as zeros.
    ///
    /// # Shapes
    /// `[batch, spatial.., features] -> [batch, spatial.., features]`, for any number of spatial axes.
    ///
    /// # Types
    /// Integers and `bool` give `f32`; halves are computed in `f32` and rounded once.
    ///
    /// # Gradient
    /// NaN where all elements under a window are 0.
    ///
    /// # Errors
    /// As [`Tensor::max_pool`].
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::{Pool, tensor};
    /// let x = tensor![[[3.0], [-4.0], [0.0], [2.0]]];
    /// assert_eq!(x.lp_pool(2.0, &Pool::new(2)).to_vec::<f32>()?, [5.0, 2.0]);
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    ///
    /// Axon's `lp_pool`; PyTorch's where all elements are positive.
    #[track_caller]
    pub fn lp_pool(&self, p: f64, pool: &Pool) -> Tensor {
        let norm = || {
            let powers = self.to_wide_float().abs().pow(p);
            let sum = sum(&powers, ("lp_pool", pool), Pool::windows)?.0;
            Ok::<_, crate::Error>(sum.pow(1.0 / p).narrowed_like(self))
        };
        blame(here(), norm).into()
    }
}

/// Which axes of a tensor of this shape the windows move along.
type On = fn(&Pool, &[usize]) -> std::result::Result<Windows, Fault>;

pub(super) fn extreme<R: Extreme>(
    x: &Tensor,
    (name, pool): (&str, &Pool),
    on: On,
) -> Result<Tensor> {
    Ok(match on(pool, &x.shape()?) {
        Ok(windows) => apply(WindowExtreme::<R>::new(windows), &[x]).swap_remove(0),
        Err(fault) => Tensor::fault(subject(name, pool), fault, &[x]),
    })
}

/// The sum, and over how many places.
pub(super) fn sum(x: &Tensor, (name, pool): (&str, &Pool), on: On) -> Result<(Tensor, usize)> {
    Ok(match on(pool, &x.shape()?) {
        Ok(windows) => {
            let places = windows.places();
            (apply1(WindowSum { windows }, &[x]), places)
        }
        Err(fault) => (Tensor::fault(subject(name, pool), fault, &[x]), 0),
    })
}

pub(super) fn average(x: &Tensor, (name, pool): (&str, &Pool), on: On) -> Result<Tensor> {
    let wide = x.to_wide_float();
    let (total, places) = sum(&wide, (name, pool), on)?;
    let count = match pool.counts_padding {
        true => total.number_like(places as f64),
        // As many as there are ones.
        false => sum(&wide.ones_like(), (name, pool), on)?.0,
    };
    Ok((total / count).narrowed_like(x))
}
