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
        blame(here(), || extreme::<WindowMax>(self, "max_pool", pool)).into()
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
        blame(here(), || extreme::<WindowMin>(self, "min_pool", pool)).into()
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
        blame(here(), || sum(self, "sum_pool", pool).map(|(sum, _)| sum)).into()
    }

    /// The average of the elements under each window: the sum divided by the places of a window, padding included.
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
        let wide = self.to_wide_float();
        let average = blame(here(), || {
            let (sum, windows) = sum(&wide, "avg_pool", pool)?;
            Ok::<_, crate::Error>((sum / windows.places() as f64).narrowed_like(self))
        });
        average.into()
    }
}

fn extreme<R: Extreme>(x: &Tensor, name: &str, pool: &Pool) -> Result<Tensor> {
    Ok(match windows(x, pool)? {
        Ok(windows) => apply(WindowExtreme::<R>::new(windows), &[x]).swap_remove(0),
        Err(fault) => Tensor::fault(subject(name, pool), fault, &[x]),
    })
}

fn sum(x: &Tensor, name: &str, pool: &Pool) -> Result<(Tensor, Windows)> {
    Ok(match windows(x, pool)? {
        Ok(windows) => {
            let sum = WindowSum {
                windows: windows.clone(),
            };
            (apply1(sum, &[x]), windows)
        }
        Err(fault) => (
            Tensor::fault(subject(name, pool), fault, &[x]),
            Windows(vec![]),
        ),
    })
}

/// The windows on a tensor, or the rule that they break.
fn windows(x: &Tensor, pool: &Pool) -> Result<std::result::Result<Windows, Fault>> {
    Ok(pool.windows(&x.shape()?))
}
