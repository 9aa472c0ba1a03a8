//! Tensors continued beyond their ends.
use crate::{Fault, Result, Tensor, blame, here};

/// What [`Tensor::pad_with`] continues a tensor with: what `abcd` has on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PadMode {
    /// The last element: `aaa|abcd|ddd`. Nx's `replicate`.
    Edge,
    /// What lies before the last element, backwards: `dcb|abcd|cba`.
    Reflect,
    /// All elements backwards, with the last: `cba|abcd|dcb`. Nx's `mirror`.
    Symmetric,
    /// The elements from the other end: `bcd|abcd|abc`. Nx's `cyclic`.
    Wrap,
}

impl Tensor {
    /// The tensor continued by so many elements before and behind each axis, as `mode` says; more than there are
    /// elements are continued in the same way.
    ///
    /// # Gradient
    /// Flows back to where the elements came from and adds up there.
    ///
    /// # Errors
    /// There must be a pair for each axis; an axis without elements has nothing to continue.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::{PadMode, tensor};
    /// assert_eq!(format!("{:?}", tensor![1, 2, 3].pad_with(PadMode::Reflect, &[(2, 1)])), "i32[6] [3, 2, 1, 2, 3, 2]");
    /// ```
    ///
    /// NumPy's `pad` with these modes, Nx's `pad_outer`.
    #[track_caller]
    pub fn pad_with(&self, mode: PadMode, padding: &[(usize, usize)]) -> Tensor {
        blame(here(), || around(self, mode, padding)).into()
    }
}

fn around(x: &Tensor, mode: PadMode, padding: &[(usize, usize)]) -> Result<Tensor> {
    let shape = x.shape()?;
    let fault = |rule| Ok(Tensor::fault("pad_with", Fault::shape(rule), &[x]));
    if padding.len() != shape.rank() {
        return fault(format!(
            "padding must have an entry for each of the {} axes; it has {}",
            shape.rank(),
            padding.len()
        ));
    }
    let mut y = x.clone();
    for (axis, (&n, &(before, behind))) in shape.iter().zip(padding).enumerate() {
        if (before, behind) == (0, 0) {
            continue;
        }
        if n == 0 {
            return fault(format!(
                "axis {axis} is empty: there is nothing to continue"
            ));
        }
        let Some(total) = before.checked_add(n).and_then(|m| m.checked_add(behind)) else {
            return fault("the result is too large to address".to_string());
        };
        let (Ok(_), Ok(last)) = (i32::try_from(total), i64::try_from(n - 1)) else {
            return fault(format!("axis {axis} would be longer than i32 counts"));
        };
        let places = (0..total as i64).map(|i| place(mode, i - before as i64, last) as i32);
        let places = Tensor::from_vec([total], places.collect::<Vec<i32>>());
        y = y.take(places, axis as i32);
    }
    Ok(y)
}

/// The element, from 0 to `last`, that is at place `i`.
fn place(mode: PadMode, i: i64, last: i64) -> i64 {
    let back_and_forth = |period: i64, back: i64| match i.rem_euclid(period.max(1)) {
        i if i <= last => i,
        i => back - i,
    };
    match mode {
        PadMode::Edge => i.clamp(0, last),
        PadMode::Wrap => i.rem_euclid(last + 1),
        PadMode::Reflect => back_and_forth(2 * last, 2 * last),
        PadMode::Symmetric => back_and_forth(2 * last + 2, 2 * last + 1),
    }
}
