//! Folds: each joins the loop that makes its input, if that folds in the same way.
use super::{Fuser, State};
use crate::region::{Folded, Geometry, Id, Region};
use bouton_array::{DType, Shape, Type};
use bouton_ir::Reduction;
use std::collections::BTreeSet;

impl Fuser<'_> {
    pub(super) fn reduce(&mut self, y: Id, x: Id, reduction: Reduction, axes: &[usize]) {
        // Blocks of neighbouring axes are folded one after the other, the innermost first.
        let axes: Vec<usize> = axes.to_vec();
        let mut last = axes.len();
        while last > 0 && (axes[last - 1] + (axes.len() - last) == axes[axes.len() - 1]) {
            last -= 1;
        }
        let (rest, block) = axes.split_at(last);
        if rest.is_empty() {
            return self.fold(y, x, reduction, block);
        }
        let shape: Shape = self
            .dims(x)
            .iter()
            .enumerate()
            .filter(|(i, _)| !block.contains(i))
            .map(|(_, &d)| d)
            .collect();
        let wide = match (self.types[x].dtype, reduction) {
            (DType::F16 | DType::BF16, Reduction::Sum | Reduction::Product) => DType::F32,
            (other, _) => other,
        };
        let part = self.new_value(Type::new(wide, shape), y, State::Given);
        self.fold(part, x, reduction, block);
        self.reduce(y, part, reduction, rest);
    }

    /// Folds one block of neighbouring axes of `x`.
    pub(super) fn fold(&mut self, y: Id, x: Id, reduction: Reduction, block: &[usize]) {
        if let State::Waiting(_) = self.states[x] {
            self.schedule(x);
        }
        let dims = self.dims(x);
        let (first, end) = block
            .first()
            .map_or((dims.len(), dims.len()), |&f| (f, f + block.len()));
        let size = |range: &[usize]| range.iter().product::<usize>();
        let geometry = Geometry {
            outer: size(&dims[..first]),
            folded: size(&dims[first..end]),
            inner: size(&dims[end..]),
        };
        let total = size(dims);
        // A fold joins the loop that makes its input, if that is not folded in another way.
        let home = self
            .home(&BTreeSet::from([x]), total)
            .filter(|&r| match &self.regions[r] {
                Region::Loop(l) => l.geometry.is_none_or(|g| g == geometry),
                _ => false,
            });
        let region = home.unwrap_or_else(|| self.new_loop(total));
        let input = self.input(x, region);
        let (from, to) = (self.types[x].dtype, self.types[y].dtype);
        self.states[y] = State::Made(region);
        self.stored[y] = true;
        if let Region::Loop(l) = &mut self.regions[region] {
            l.folds.push(Folded {
                id: y,
                input,
                reduction,
                from,
                to,
            });
            l.geometry = Some(geometry);
        }
    }
}
