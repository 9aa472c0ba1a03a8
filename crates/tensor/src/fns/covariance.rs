//! How features vary together.
use crate::{Result, Tensor, blame, families::matrices::two_axes, here, keep};

impl Tensor {
    /// The covariance of features: of two, the sum over all examples of the products of their distances from their averages,
    /// divided by `n - ddof`, where `ddof` is 0 for a whole population and 1 for a sample of one.
    ///
    /// # Shapes
    /// `[.., n, features] -> [.., features, features]`.
    ///
    /// # Types
    /// Integers and `bool` give `f32`; halves are computed in `f32` and rounded once.
    ///
    /// # Errors
    /// There must be two axes.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![[1.0, 4.0], [3.0, 0.0]].covariance(1);
    /// assert_eq!(format!("{y:?}"), "f32[2, 2]\n[\n  [2.0, -4.0],\n  [-4.0, 8.0]\n]");
    /// ```
    ///
    /// Nx's `covariance`; NumPy's `cov` of the transpose, where `ddof` is 1 unless said otherwise.
    #[track_caller]
    pub fn covariance(&self, ddof: usize) -> Tensor {
        blame(here(), || {
            Ok::<_, crate::Error>(together(self, ddof, "covariance")?.narrowed_like(self))
        })
        .into()
    }

    /// The correlation of features: their covariance divided by both their standard deviations; 1 on the diagonal. NaN of a
    /// feature that does not vary.
    ///
    /// # Shapes
    /// `[.., n, features] -> [.., features, features]`.
    ///
    /// # Types
    /// Integers and `bool` give `f32`; halves are computed in `f32` and rounded once.
    ///
    /// # Errors
    /// There must be two axes.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let y = tensor![[1.0, 4.0], [3.0, 0.0]].corrcoef();
    /// assert_eq!(format!("{y:?}"), "f32[2, 2]\n[\n  [1.0, -1.0],\n  [-1.0, 1.0]\n]");
    /// ```
    ///
    /// NumPy's `corrcoef` of the transpose.
    #[track_caller]
    pub fn corrcoef(&self) -> Tensor {
        blame(here(), || -> Result<Tensor> {
            let c = together(self, 0, "corrcoef")?;
            if c.error().is_some() {
                return Ok(c);
            }
            let deviation = c.take_diagonal(0).sqrt();
            Ok((c / deviation.as_row() / deviation.as_column()).narrowed_like(self))
        })
        .into()
    }
}

fn together(x: &Tensor, ddof: usize, subject: &str) -> Result<Tensor> {
    let n = match two_axes(&x.ty()?) {
        Ok([n, _]) => n,
        Err(fault) => return Ok(Tensor::fault(subject, fault, &[x])),
    };
    let wide = x.to_wide_float();
    let distance = &wide - wide.mean_axes(keep(-2));
    let sums = distance.matrix_transpose().matmul(&distance);
    let by = sums.number_like(n.saturating_sub(ddof) as f64);
    Ok(sums / by)
}
