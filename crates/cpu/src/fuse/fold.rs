//! Folds: each joins the loop that makes its input, if that folds in the same way.
use super::{Fuser, State};
use crate::{
    kernels::LANES,
    region::{Folded, Geometry, Id, Region},
};
use bouton_array::{DType, Shape, Type};
use bouton_ir::Reduction;
use std::collections::BTreeSet;

/// Elements of rows that are folded side by side, at most.
const SIDE_BY_SIDE: usize = 16 * LANES;
/// So many rows are worth it.
const MANY: usize = 1024;

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
        let part = self.new_value(
            Type::new(self.partial(x, reduction), shape),
            y,
            State::Given,
        );
        self.fold(part, x, reduction, block);
        self.reduce(y, part, reduction, rest);
    }

    /// The type of partial results, which is wider than halves.
    fn partial(&self, x: Id, reduction: Reduction) -> DType {
        match (self.types[x].dtype, reduction) {
            (DType::F16 | DType::BF16, Reduction::Sum | Reduction::Product) => DType::F32,
            (other, _) => other,
        }
    }

    /// Folds one block of neighbouring axes of `x`.
    fn fold(&mut self, y: Id, x: Id, reduction: Reduction, block: &[usize]) {
        let dims = self.dims(x);
        let (first, end) = block
            .first()
            .map_or((dims.len(), dims.len()), |&f| (f, f + block.len()));
        let size = |range: &[usize]| range.iter().product::<usize>();
        let mut rows = Geometry {
            outer: size(&dims[..first]),
            folded: size(&dims[first..end]),
            inner: size(&dims[end..]),
        };
        let side = side_by_side(rows);
        if side == 1 {
            return self.fold_rows(y, x, reduction, rows);
        }
        let shape = Shape::from([rows.outer, side, rows.inner]);
        let part = self.new_value(
            Type::new(self.partial(x, reduction), shape),
            y,
            State::Given,
        );
        let wide = Geometry {
            folded: rows.folded / side,
            inner: rows.inner * side,
            ..rows
        };
        self.fold_rows(part, x, reduction, wide);
        rows.folded = side;
        self.fold_rows(y, part, reduction, rows);
    }

    fn fold_rows(&mut self, y: Id, x: Id, reduction: Reduction, geometry: Geometry) {
        if let State::Waiting(_) = self.states[x] {
            self.schedule(x);
        }
        let total = self.types[x].size();
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

/// How many of many short rows are folded side by side, as one row: a power of two that divides their number.
fn side_by_side(g: Geometry) -> usize {
    if !(2..LANES).contains(&g.inner) || g.folded < MANY {
        return 1;
    }
    let most = SIDE_BY_SIDE / g.inner;
    let divides = g.folded & g.folded.wrapping_neg();
    divides.min(1 << most.ilog2())
}
