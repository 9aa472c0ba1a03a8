//! Boxes at computed positions.
use crate::{DType, Fault, Shape, Tensor, Type, families::picking::with_indices};
use bouton_ir as ir;

/// The tensors, then the starts of a box.
pub(crate) fn with_starts<'a>(first: &[&'a Tensor], starts: &'a [Tensor]) -> Vec<&'a Tensor> {
    first.iter().copied().chain(starts).collect()
}

/// The rule for the starts of a box of these sizes in a tensor of this type.
pub(crate) fn check_starts(x: &Type, sizes: &Shape, starts: &[&Type]) -> Result<(), Fault> {
    if sizes.rank() != x.rank() || starts.len() != x.rank() {
        let rule = format!(
            "there must be a start and a size for each axis; {} and {} were given for {}",
            starts.len(),
            sizes.rank(),
            x.rank()
        );
        return Err(Fault::shape(rule));
    }
    for (axis, start) in starts.iter().enumerate() {
        if start.rank() != 0 || !start.dtype.is_integer() {
            return Err(Fault::dtype(format!(
                "a start must be an integer scalar; that of axis {axis} is {start}"
            )));
        }
        if sizes[axis] > x.shape[axis] {
            return Err(Fault::shape(format!(
                "the box must fit; axis {axis} has size {}, the box {}",
                x.shape[axis], sizes[axis]
            )));
        }
    }
    Ok(())
}

/// Where the box of these sizes starts along each axis, moved inside.
pub(crate) fn corner(x: &[ir::View], shape: &Shape, sizes: &Shape) -> Vec<usize> {
    let mut corner = vec![];
    for (axis, start) in x.iter().enumerate() {
        let places = shape[axis] - sizes[axis] + 1;
        with_indices(start, places, &mut |index| corner.push(index(0)));
    }
    corner
}

/// Starts as `i64`, moved into `0..=last`.
#[track_caller]
pub(crate) fn inside(start: &Tensor, last: usize) -> Tensor {
    let last = i64::try_from(last).unwrap_or(i64::MAX);
    // A large u64 must not become negative.
    let small = if start.dtype().is_ok_and(|d| d == DType::U64) {
        start.minimum(last)
    } else {
        start.clone()
    };
    small.convert(DType::I64).clamp(0, last)
}

/// Samples: shape, sizes of the box, starts.
pub(crate) type Case = (&'static [usize], &'static [usize], &'static [i32]);
pub(crate) const CASES: &[Case] = &[
    (&[5], &[2], &[1]),
    (&[3, 4], &[2, 4], &[1, 0]),
    (&[3, 4, 2], &[1, 2, 2], &[9, -3, 1]),
    (&[], &[], &[]),
    (&[1], &[1], &[0]),
    (&[0, 2], &[0, 1], &[0, 1]),
    (&[3], &[0], &[1]),
    (&[2, 3], &[2, 3], &[1, 1]),
];
