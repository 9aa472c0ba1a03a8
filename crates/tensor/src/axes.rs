//! Which axes an operation works on, as its caller writes them.
use crate::{Fault, Tensor, Type};

/// One or several axes; negative ones count from the end. Made from a number, an array, a slice or a vector; `..` are all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axes {
    /// Nothing stands for all of them.
    axes: Option<Vec<i64>>,
    keep: bool,
}

/// The axes, to be kept with size 1 by a reduction: `x.sum_axes(keep(-1))`.
pub fn keep(axes: impl Into<Axes>) -> Axes {
    Axes {
        keep: true,
        ..axes.into()
    }
}

impl From<i32> for Axes {
    fn from(axis: i32) -> Axes {
        Axes {
            axes: Some(vec![i64::from(axis)]),
            keep: false,
        }
    }
}

impl From<usize> for Axes {
    fn from(axis: usize) -> Axes {
        Axes {
            axes: Some(vec![i64::try_from(axis).unwrap_or(i64::MAX)]),
            keep: false,
        }
    }
}

impl From<std::ops::RangeFull> for Axes {
    fn from(_: std::ops::RangeFull) -> Axes {
        Axes {
            axes: None,
            keep: false,
        }
    }
}

impl<const N: usize> From<[i32; N]> for Axes {
    fn from(axes: [i32; N]) -> Axes {
        axes.into_iter().collect()
    }
}

impl From<&[usize]> for Axes {
    fn from(axes: &[usize]) -> Axes {
        axes.iter()
            .map(|&a| i32::try_from(a).unwrap_or(i32::MAX))
            .collect()
    }
}

impl From<Vec<usize>> for Axes {
    fn from(axes: Vec<usize>) -> Axes {
        Axes::from(&axes[..])
    }
}

impl From<&Vec<usize>> for Axes {
    fn from(axes: &Vec<usize>) -> Axes {
        Axes::from(&axes[..])
    }
}

impl FromIterator<i32> for Axes {
    fn from_iter<I: IntoIterator<Item = i32>>(axes: I) -> Axes {
        Axes {
            axes: Some(axes.into_iter().map(i64::from).collect()),
            keep: false,
        }
    }
}

impl Axes {
    /// Whether a reduction keeps them with size 1.
    pub(crate) fn keeps(&self) -> bool {
        self.keep
    }

    /// The axes of a tensor of `rank` axes, in the order given.
    pub(crate) fn resolve(&self, rank: usize) -> Result<Vec<usize>, Fault> {
        let Some(axes) = &self.axes else {
            return Ok((0..rank).collect());
        };
        let mut resolved = vec![];
        for &axis in axes {
            let a = axis_of(axis, rank)?;
            if resolved.contains(&a) {
                return Err(Fault::value(format!("axis {axis} is named twice")));
            }
            resolved.push(a);
        }
        Ok(resolved)
    }
}

/// One axis of a tensor of `rank` axes; negative counts from the end.
pub(crate) fn axis_of(axis: i64, rank: usize) -> Result<usize, Fault> {
    let resolved = if axis < 0 { axis + rank as i64 } else { axis };
    usize::try_from(resolved)
        .ok()
        .filter(|&a| a < rank)
        .ok_or_else(|| {
            let range = match rank {
                0 => "a scalar has no axes".to_string(),
                n => format!("axes run from -{n} to {}", n - 1),
            };
            Fault::value(format!("axis {axis} does not exist; {range}"))
        })
}

/// The size of an axis, which must exist.
pub(crate) fn size_of(x: &Type, axis: usize) -> Result<usize, Fault> {
    x.shape.get(axis).copied().ok_or_else(|| {
        let rule = format!("axis {axis} does not exist; there are {}", x.rank());
        Fault::value(rule)
    })
}

/// The size of an axis, which must exist and be one that `i32` counts.
pub(crate) fn counted_size_of(x: &Type, axis: usize) -> Result<usize, Fault> {
    match size_of(x, axis)? {
        n if i32::try_from(n).is_err() => Err(Fault::shape(format!(
            "axis {axis} has {n} elements, more than i32 counts"
        ))),
        n => Ok(n),
    }
}

/// The axis of `x` that is meant; the fault of `subject` where there is none, or the error that `x` carries.
#[track_caller]
pub(crate) fn axis_in(x: &Tensor, subject: &str, axis: i32) -> Result<usize, Tensor> {
    // Not in a closure, which would stand for the caller.
    match x.rank().map(|rank| axis_of(i64::from(axis), rank)) {
        Ok(Ok(axis)) => Ok(axis),
        Ok(Err(fault)) => Err(Tensor::fault(subject, fault, &[x])),
        Err(_) => Err(x.clone()),
    }
}
