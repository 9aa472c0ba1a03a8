//! Where the elements of a view lie in the array that it is a view of.

/// A view: for each of its axes a size and a step in elements, from an offset. Axes of size 1 are left out and
/// neighbours that run on are one axis, so equal views look equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Access {
    pub offset: isize,
    /// Size and step, outermost first.
    pub axes: Vec<(usize, isize)>,
}

/// A view with all its axes, as operations see it.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub offset: isize,
    pub dims: Vec<usize>,
    pub steps: Vec<isize>,
}

impl View {
    /// A dense array in row-major order.
    pub(crate) fn dense(dims: &[usize]) -> View {
        let mut steps = vec![1; dims.len()];
        for axis in (1..dims.len()).rev() {
            steps[axis - 1] = steps[axis] * dims[axis].max(1) as isize;
        }
        View {
            offset: 0,
            dims: dims.to_vec(),
            steps,
        }
    }

    pub(crate) fn size(&self) -> usize {
        self.dims.iter().product()
    }

    /// Without the axes of size 1, neighbours merged.
    pub(crate) fn access(&self) -> Access {
        let mut axes: Vec<(usize, isize)> = vec![];
        for (&size, &step) in self
            .dims
            .iter()
            .zip(&self.steps)
            .filter(|(size, _)| **size != 1)
        {
            match axes.last_mut() {
                Some((outer, outer_step)) if *outer_step == step * size as isize => {
                    *outer *= size;
                    *outer_step = step;
                }
                _ => axes.push((size, step)),
            }
        }
        Access {
            offset: self.offset,
            axes,
        }
    }

    /// Whether the elements lie in row-major order without gaps, from the start; of no elements that is true.
    pub(crate) fn is_dense(&self) -> bool {
        if self.size() == 0 {
            return true;
        }
        let access = self.access();
        access.offset == 0 && matches!(access.axes[..], [] | [(_, 1)])
    }

    /// Whether an element stands for several.
    pub(crate) fn is_broadcast(&self) -> bool {
        let mut axes = self.dims.iter().zip(&self.steps);
        axes.any(|(&size, &step)| size > 1 && step == 0)
    }

    /// Whether all elements are one.
    pub(crate) fn is_scalar(&self) -> bool {
        self.dims
            .iter()
            .zip(&self.steps)
            .all(|(&size, &step)| size == 1 || step == 0)
    }

    /// The same elements in row-major order under other sizes, if steps can say that.
    pub(crate) fn reshaped(&self, dims: &[usize]) -> Option<View> {
        let total: usize = dims.iter().product();
        if total == 0 || self.size() == 0 {
            return Some(View {
                offset: 0,
                ..View::dense(dims)
            });
        }
        let mut steps = vec![0; dims.len()];
        let access = self.access();
        // Cut each merged axis into the new axes whose product it is.
        let mut rest = access.axes.iter().rev().copied();
        let mut current = rest.next().unwrap_or((1, 0));
        for axis in (0..dims.len()).rev() {
            if dims[axis] == 1 {
                continue;
            }
            if current.0 == 1 {
                current = rest.next()?;
            }
            if !current.0.is_multiple_of(dims[axis]) {
                return None;
            }
            steps[axis] = current.1;
            current = (current.0 / dims[axis], current.1 * dims[axis] as isize);
        }
        (current.0 == 1 && rest.next().is_none()).then(|| View {
            offset: self.offset,
            dims: dims.to_vec(),
            steps,
        })
    }

    /// The named axes as one, in the order named: its size and step, if one step says it.
    pub(crate) fn merged(&self, axes: &[usize]) -> Option<(usize, isize)> {
        let dims: Vec<usize> = axes.iter().map(|&a| self.dims[a]).collect();
        let steps = axes.iter().map(|&a| self.steps[a]).collect();
        match (View {
            offset: 0,
            dims,
            steps,
        })
        .access()
        .axes[..]
        {
            [] => Some((1, 0)),
            [one] => Some(one),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_merge_and_reshape() {
        let dense = View::dense(&[2, 3, 4]);
        assert!(dense.is_dense());
        assert_eq!(dense.access().axes, [(24, 1)]);
        let turned = View {
            offset: 0,
            dims: vec![4, 2, 3],
            steps: vec![1, 12, 4],
        };
        assert_eq!(turned.access().axes, [(4, 1), (6, 4)]);
        assert_eq!(turned.reshaped(&[4, 6]).unwrap().steps, [1, 4]);
        assert_eq!(
            turned.reshaped(&[2, 2, 3, 2, 1]).unwrap().steps,
            [2, 1, 8, 4, 0]
        );
        assert!(turned.reshaped(&[8, 3]).is_none());
        assert_eq!(turned.merged(&[1, 2]), Some((6, 4)));
        assert_eq!(turned.merged(&[2, 1]), None);
        let repeated = View {
            offset: 3,
            dims: vec![5, 7],
            steps: vec![0, 0],
        };
        assert!(repeated.is_scalar() && !repeated.is_dense());
    }
}
