//! Loops over the same rows become one region: softmax, a normalisation and the like read each row from memory once.
//!
//! A group begins with a loop that folds rows. A later loop joins it if it reads something that the group makes, each
//! row of its own rows only, and nothing that was made since: then it may as well run where the group is. Nothing else
//! moves. Each region looks at its own operands, so the pass is linear.
use crate::{
    access::View,
    region::{Geometry, Id, Input, Loop, Region, Rows},
};
use bouton_array::Type;
use std::collections::HashSet;

/// Rows are no longer than this: a few arrays of one stay in the second-level cache.
const LONGEST: usize = 16 << 10;
/// So many rows, or so few elements in all, leave work for every thread.
const ENOUGH: (usize, usize) = (16, 16 << 10);

/// Groups the loops of `regions`; values that only their group reads are no longer stored.
pub(super) fn group(
    regions: Vec<Region>,
    types: &[Type],
    outputs: &[Id],
    stored: &mut [bool],
) -> Vec<Region> {
    let mut grouping = Grouping {
        types,
        done: vec![],
        open: None,
    };
    for region in regions {
        grouping.next(region);
    }
    grouping.close();
    let mut done = grouping.done;
    localize(&mut done, types, outputs, stored);
    done
}

/// A group that may still grow.
struct Open {
    loops: Vec<Loop>,
    rows: usize,
    length: usize,
    made: HashSet<Id>,
    /// Regions since the group began, and what they make.
    since: Vec<Region>,
    made_since: HashSet<Id>,
}

struct Grouping<'a> {
    types: &'a [Type],
    done: Vec<Region>,
    open: Option<Open>,
}

impl Grouping<'_> {
    fn next(&mut self, region: Region) {
        let region = match region {
            Region::Loop(l) if self.open.as_ref().is_some_and(|o| o.takes(&l, self.types)) => {
                if let Some(open) = &mut self.open {
                    open.made.extend(l.results());
                    open.loops.push(l);
                }
                return;
            }
            other => other,
        };
        match region {
            Region::Loop(l) if let Some(g) = l.geometry.filter(|g| suits(*g)) => {
                self.close();
                self.open = Some(Open {
                    rows: g.outer,
                    length: g.folded,
                    made: l.results().collect(),
                    loops: vec![l],
                    since: vec![],
                    made_since: HashSet::new(),
                });
            }
            region => match &mut self.open {
                Some(open) => {
                    open.made_since.extend(region.results());
                    open.since.push(region);
                }
                None => self.done.push(region),
            },
        }
    }

    /// Puts the open group where it began.
    fn close(&mut self) {
        let Some(mut open) = self.open.take() else {
            return;
        };
        self.done.push(match open.loops.pop() {
            Some(l) if open.loops.is_empty() => Region::Loop(l),
            last => Region::Rows(Rows {
                loops: open.loops.into_iter().chain(last).collect(),
                rows: open.rows,
                length: open.length,
                local: vec![],
            }),
        });
        self.done.append(&mut open.since);
    }
}

/// Whether rows of this kind are worth a group.
fn suits(g: Geometry) -> bool {
    let work = g.outer >= ENOUGH.0 || g.outer * g.folded <= ENOUGH.1;
    g.inner == 1 && (2..=LONGEST).contains(&g.folded) && g.outer > 1 && work
}

impl Open {
    fn takes(&self, l: &Loop, types: &[Type]) -> bool {
        let whole = self.rows * self.length;
        let geometry = Geometry {
            outer: self.rows,
            folded: self.length,
            inner: 1,
        };
        let same = match l.geometry {
            Some(g) => g == geometry,
            None => l.size == whole || l.size == self.rows,
        };
        let own = |v: Id, view: &View| match types[v].size() {
            size if size == l.size => view.is_dense() && view.size() == size,
            size if size == self.rows => {
                let access = view.access();
                access.offset == 0 && access.axes == [(self.rows, 1), (self.length, 0)]
            }
            _ => false,
        };
        let fits = |input: &Input| match input {
            Input::Stored(v, _) if self.made_since.contains(v) => false,
            Input::Stored(v, view) if self.made.contains(v) => own(*v, view),
            _ => true,
        };
        same && l.inputs().all(fits) && l.reads().any(|v| self.made.contains(&v))
    }
}

/// Finds the values of whole rows that only their group reads.
fn localize(regions: &mut [Region], types: &[Type], outputs: &[Id], stored: &mut [bool]) {
    let mut outside: HashSet<Id> = outputs.iter().copied().collect();
    for region in regions.iter() {
        outside.extend(region.reads());
    }
    for region in regions {
        if let Region::Rows(rows) = region {
            let whole = rows.rows * rows.length;
            let made = rows.loops.iter().flat_map(Loop::results);
            let local =
                made.filter(|&v| stored[v] && types[v].size() == whole && !outside.contains(&v));
            rows.local = local.collect();
            rows.local.iter().for_each(|&v| stored[v] = false);
        }
    }
}
