//! Singular value decompositions.
use crate::{
    Tensor, blame, here,
    op::{apply, apply1},
    ops::svd::{Svd, Wanted},
};

impl Tensor {
    /// `U`, `s` and `V^T` with `U diag(s) V^T = x`: orthonormal columns of `U`, singular values `s`, descending and not
    /// negative, and orthonormal rows of `V^T`; `k` is the lesser of `m` and `n`.
    ///
    /// Of each row of `V^T`, the first element of at least half the largest magnitude is positive. Where a matrix is not
    /// finite, all is NaN.
    ///
    /// # Shapes
    /// `[.., m, n] -> [.., m, k], [.., k], [.., k, n]`.
    ///
    /// # Types
    /// Integers and `bool` give `f32`; halves are computed in `f32` and rounded once.
    ///
    /// # Gradient
    /// That of the vectors grows as singular values come near each other, and near zero if the matrix is not square. Where
    /// two are equal, how their vectors turn into each other has no derivative and counts as zero.
    ///
    /// # Errors
    /// There must be two axes.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let (u, s, vt) = tensor![[0.0, 2.0], [3.0, 0.0]].svd();
    /// assert_eq!(format!("{s:?}"), "f32[2] [3.0, 2.0]");
    /// assert_eq!(format!("{u:?}"), "f32[2, 2]\n[\n  [0.0, 1.0],\n  [1.0, 0.0]\n]");
    /// assert_eq!(format!("{vt:?}"), "f32[2, 2]\n[\n  [1.0, 0.0],\n  [0.0, 1.0]\n]");
    /// ```
    ///
    /// NumPy's `svd` with `full_matrices=False`, Nx's `svd`; both leave the signs open.
    #[track_caller]
    pub fn svd(&self) -> (Tensor, Tensor, Tensor) {
        blame(here(), || vectors(self, Wanted::Thin))
    }

    /// [`Tensor::svd`] with square `U` and `V^T`.
    ///
    /// # Shapes
    /// `[.., m, n] -> [.., m, m], [.., k], [.., n, n]`.
    ///
    /// # Gradient
    /// None of a matrix that is not square: the vectors that are added are any that fit.
    ///
    /// # Errors
    /// There must be two axes.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// let (u, s, vt) = tensor![[3.0], [4.0]].svd_full();
    /// assert_eq!(format!("{:?} {:?} {:?}", u.shape()?, s.shape()?, vt.shape()?), "[2, 2] [1] [1, 1]");
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn svd_full(&self) -> (Tensor, Tensor, Tensor) {
        blame(here(), || vectors(self, Wanted::Full))
    }

    /// The singular values of [`Tensor::svd`] alone, which take less time.
    ///
    /// # Errors
    /// There must be two axes.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::tensor;
    /// assert_eq!(format!("{:?}", tensor![[0.0, 2.0], [3.0, 0.0]].svdvals()), "f32[2] [3.0, 2.0]");
    /// ```
    ///
    /// NumPy's `svdvals`.
    #[track_caller]
    pub fn svdvals(&self) -> Tensor {
        let values = Svd {
            vectors: Wanted::None,
        };
        blame(here(), || {
            apply1(values, &[&self.to_wide_float()]).narrowed_like(self)
        })
    }
}

fn vectors(x: &Tensor, vectors: Wanted) -> (Tensor, Tensor, Tensor) {
    let mut y = apply(Svd { vectors }, &[&x.to_wide_float()]);
    let mut last = || y.pop().map_or(x.clone(), |y| y.narrowed_like(x));
    let (v, s) = (last(), last());
    (last(), s, v)
}
