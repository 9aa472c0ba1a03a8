//! Coordinates of the points of a grid.
use crate::{Operand, Result, Shape, Tensor, blame, families::operands::as_tensor, here};

/// Which of two coordinates runs along the first axis of [`meshgrid`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indexing {
    /// The second: rows are y, columns x. NumPy's default.
    Xy,
    /// The first, as in a matrix.
    Ij,
}

/// For each axis of a grid the coordinate of every point: `tensors` have the coordinates of each axis alone.
///
/// # Shapes
/// `[n0], [n1], [n2], ..` give as many of `[n0, n1, n2, ..]`, or of `[n1, n0, n2, ..]` with [`Indexing::Xy`].
/// A scalar counts as one coordinate; of more axes the elements are taken in row-major order.
///
/// # Example
/// ```
/// # use bouton_tensor::{Indexing, meshgrid, tensor};
/// let grid = meshgrid([tensor![1, 2, 3], tensor![10, 20]], Indexing::Xy);
/// assert_eq!(format!("{:?}", grid[1]), "i32[2, 3]\n[\n  [10, 10, 10],\n  [20, 20, 20]\n]");
/// ```
///
/// NumPy's `meshgrid`.
#[track_caller]
pub fn meshgrid<T: Into<Operand>>(
    tensors: impl IntoIterator<Item = T>,
    indexing: Indexing,
) -> Vec<Tensor> {
    let place = here();
    let tensors: Vec<Tensor> = tensors.into_iter().map(|t| as_tensor(t.into())).collect();
    blame(place, || {
        let sizes: Result<Vec<usize>> = tensors.iter().map(|t| Ok(t.shape()?.size())).collect();
        let mut sizes = match sizes {
            Ok(sizes) => sizes,
            Err(e) => return vec![Tensor::from_error(e); tensors.len()],
        };
        let swapped = indexing == Indexing::Xy && sizes.len() > 1;
        if swapped {
            sizes.swap(0, 1);
        }
        let shape = Shape::from(&sizes[..]);
        let along = |i: usize| match i {
            0 | 1 if swapped => 1 - i,
            i => i,
        };
        let spread = |(i, t): (usize, &Tensor)| t.flatten().broadcast_in_dim(&shape, &[along(i)]);
        tensors.iter().enumerate().map(spread).collect()
    })
}
