//! What is known of matrices, as their caller says it.

/// Which half of a square matrix counts in [`Tensor::triangular_solve`](crate::Tensor::triangular_solve), and how it
/// stands in the equation.
///
/// ```
/// # use bouton_tensor::{Triangle, tensor};
/// let a = tensor![[2.0, 0.0], [1.0, 1.0]];
/// let x = a.triangular_solve(tensor![2.0, 3.0], Triangle::lower());
/// assert_eq!(format!("{x:?}"), "f32[2] [1.0, 2.0]");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Triangle {
    pub(crate) lower: bool,
    pub(crate) transposed: bool,
    pub(crate) unit: bool,
    pub(crate) right: bool,
}

impl Triangle {
    /// The diagonal and what is below it; the rest is not looked at.
    pub fn lower() -> Triangle {
        Triangle {
            lower: true,
            transposed: false,
            unit: false,
            right: false,
        }
    }

    /// The diagonal and what is above it; the rest is not looked at.
    pub fn upper() -> Triangle {
        Triangle {
            lower: false,
            ..Triangle::lower()
        }
    }

    /// The transpose of that half stands in the equation.
    pub fn transposed(self) -> Triangle {
        Triangle {
            transposed: true,
            ..self
        }
    }

    /// The diagonal counts as ones and is not looked at.
    pub fn unit_diagonal(self) -> Triangle {
        Triangle { unit: true, ..self }
    }

    /// The half stands right of the unknown: `x a = b` rather than `a x = b`.
    pub fn right(self) -> Triangle {
        Triangle {
            right: true,
            ..self
        }
    }
}

/// How [`Tensor::matrix_norm`](crate::Tensor::matrix_norm) measures a matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatrixNorm {
    /// The square root of the sum of the squares of all elements; NumPy's `fro`.
    Frobenius,
    /// The sum of the singular values; NumPy's `nuc`.
    Nuclear,
    /// The greatest sum of magnitudes of a column; NumPy's `1`.
    GreatestColumn,
    /// The least sum of magnitudes of a column; NumPy's `-1`.
    LeastColumn,
    /// The greatest singular value; NumPy's `2`.
    Spectral,
    /// The least singular value; NumPy's `-2`.
    LeastSingular,
    /// The greatest sum of magnitudes of a row; NumPy's `inf`.
    GreatestRow,
    /// The least sum of magnitudes of a row; NumPy's `-inf`.
    LeastRow,
}
