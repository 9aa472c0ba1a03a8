//! Loops that follow a product or a convolution run on each block of its result while that is in the cache.
//!
//! A loop joins the product whose result it reads if it is the first to read it, folds nothing, and can be cut where
//! the result can: each of so many equal blocks needs the same block of the result alone. A loop that folds, too, leaves
//! its folds behind. Then the next reader may join. What such a loop reads of others must be made before the product: so
//! the product moves down to the last of these, and behind other readers of an input that the loop may overwrite. Until
//! the loop nobody needs the result, so it may move that far. Each region looks at its own operands and the readers of
//! these: the pass is linear in them.
use crate::{
    access::View,
    gemm::convolution::Following,
    region::{Convolution, Fused, Id, Input, Loop, Region},
};
use bouton_array::Type;
use std::collections::HashSet;

/// Loops over so few elements run as soon as what they read is made, so that nobody waits for them.
const FEW: usize = 16;

/// A convolution that is followed is cut into so many blocks at least, for the threads.
const BLOCKS: usize = 6;

/// Where a region stands: they begin with steps of `1 << 32`, and what moves comes right behind another.
type Position = u64;

/// Lets loops join the products that they follow.
pub(super) fn attach(regions: Vec<Region>, types: &[Type], stored: &[bool]) -> Vec<Region> {
    let mut attach = Attach {
        types,
        stored,
        position: (1..=regions.len() as Position).map(|i| i << 32).collect(),
        maker: vec![None; types.len()],
        readers: vec![vec![]; types.len()],
        moved: 0,
        regions: vec![],
    };
    for (r, region) in regions.iter().enumerate() {
        for v in region.results() {
            attach.maker[v] = Some(r);
        }
        for v in region.reads() {
            attach.readers[v].push(r);
        }
    }
    attach.regions = regions.into_iter().map(Some).collect();
    for r in 0..attach.regions.len() {
        attach.hoist(r);
    }
    for r in 0..attach.regions.len() {
        attach.extend(r);
    }
    let positions = attach.position.into_iter();
    let mut order: Vec<(Position, Region)> = positions
        .zip(attach.regions)
        .filter_map(|(place, region)| Some((place, region?)))
        .collect();
    order.sort_by_key(|(place, _)| *place);
    let regions: Vec<Region> = order.into_iter().map(|(_, region)| region).collect();
    debug_assert!(
        in_sequence(&regions),
        "{regions:?} reads what is not made yet"
    );
    regions
}

struct Attach<'a> {
    types: &'a [Type],
    stored: &'a [bool],
    /// None where a region has joined another.
    regions: Vec<Option<Region>>,
    position: Vec<Position>,
    /// The region that makes each value, and those that read it.
    maker: Vec<Option<usize>>,
    readers: Vec<Vec<usize>>,
    /// How many regions were moved.
    moved: Position,
}

impl Attach<'_> {
    /// Where a region stands that moves behind a place now: also behind all that moved there before.
    fn behind(&self, place: Position) -> Position {
        (place >> 32 << 32) + self.moved + 1
    }

    fn put(&mut self, r: usize, behind: Position) {
        self.position[r] = self.behind(behind);
        self.moved += 1;
    }

    /// The last place where something is made that `l`, which stands at `at`, reads, or where somebody else reads an
    /// input that it may overwrite. What is made of `own` values does not count.
    fn ready(&self, l: &Loop, at: Position, own: &HashSet<Id>) -> Position {
        let fits = |v: Id| l.results().any(|y| self.types[y] == self.types[v]);
        let mut place = 0;
        for v in l.reads().filter(|v| !own.contains(v)) {
            match self.maker[v] {
                Some(r) => place = place.max(self.position[r]),
                None if fits(v) => {
                    let readers = self.readers[v].iter().map(|&r| self.position[r]);
                    place = readers.filter(|&p| p < at).fold(place, Position::max);
                }
                None => {}
            }
        }
        place
    }

    /// Moves a loop over few elements up.
    fn hoist(&mut self, r: usize) {
        if let Some(Region::Loop(l)) = &self.regions[r]
            && l.size <= FEW
        {
            let place = self.ready(l, self.position[r], &HashSet::new());
            self.put(r, place);
        }
    }

    /// Lets loops join product `r`.
    fn extend(&mut self, r: usize) {
        let Some(result) = self.regions[r].as_ref().and_then(result) else {
            return;
        };
        let mut blocks = self.types[result].size();
        let (mut place, mut loops, mut own) = (self.position[r], vec![], HashSet::from([result]));
        while let Some((next, cut)) = self.next(r, &own, blocks)
            && let Some(Region::Loop(l)) = &self.regions[next]
        {
            let ready = place.max(self.ready(l, self.position[next], &own));
            // The readers that do not join stand behind the next one.
            if ready > self.position[r] && self.behind(ready) >= self.position[next] {
                break;
            }
            let Some(Region::Loop(l)) = self.regions[next].take() else {
                break;
            };
            (place, blocks) = (ready, cut);
            let (l, folds) = self.split(l);
            own.extend(l.results());
            for v in l.results() {
                self.maker[v] = Some(r);
            }
            for v in l.reads() {
                self.readers[v].push(r);
            }
            loops.push(l);
            if let Some(folds) = folds {
                folds.reads().for_each(|v| self.readers[v].push(next));
                self.regions[next] = Some(Region::Loop(folds));
                break;
            }
        }
        if !loops.is_empty()
            && let Some(product) = self.regions[r].take()
        {
            if place > self.position[r] {
                self.put(r, place);
            }
            self.regions[r] = Some(Region::Fused(Box::new(Fused {
                product,
                loops,
                blocks,
            })));
        }
    }

    /// The first reader of `own` values but `r`, if it can join product `r`, whose result is cut into so many blocks at
    /// most; and into how many then.
    fn next(&self, r: usize, own: &HashSet<Id>, blocks: usize) -> Option<(usize, usize)> {
        let readers = own.iter().flat_map(|&v| &self.readers[v]).copied();
        let next = readers
            .filter(|&l| l != r && self.regions[l].is_some())
            .min_by_key(|&l| self.position[l])?;
        let Some(Region::Loop(l)) = &self.regions[next] else {
            return None;
        };
        // Folds stay behind if what they fold is stored anyway.
        let folds = l.folds.iter().all(|f| match f.input {
            Input::Member(v) => self.stored[v],
            Input::Stored(..) => true,
            Input::Constant(_) => false,
        });
        if l.ops.is_empty() || l.size == 0 || !folds {
            return None;
        }
        let mut cut = gcd(blocks, l.size);
        for input in l.inputs() {
            if let Input::Stored(v, view) = input
                && own.contains(v)
            {
                cut = gcd(cut, parts(view, self.types[*v].size())?);
            }
        }
        can_be_cut(self.regions[r].as_ref()?, self.types, cut).then_some((next, cut))
    }

    /// A loop without its folds, and these as a loop of what is stored.
    fn split(&self, mut l: Loop) -> (Loop, Option<Loop>) {
        let mut folds = std::mem::take(&mut l.folds);
        let geometry = l.geometry.take();
        if folds.is_empty() {
            return (l, None);
        }
        for fold in &mut folds {
            if let Input::Member(v) = fold.input {
                fold.input = Input::Stored(v, View::dense(&self.types[v].shape));
            }
        }
        let folds = Loop {
            size: l.size,
            ops: vec![],
            folds,
            geometry,
        };
        (l, Some(folds))
    }
}

/// Whether every region reads what was made before it.
fn in_sequence(regions: &[Region]) -> bool {
    let mut unmade: HashSet<Id> = regions.iter().flat_map(Region::results).collect();
    regions.iter().all(|region| {
        let ready = region.reads().iter().all(|v| !unmade.contains(v));
        region.results().iter().for_each(|v| {
            unmade.remove(v);
        });
        ready
    })
}

/// The result of a product that others may join.
fn result(region: &Region) -> Option<Id> {
    match region {
        Region::Dot { id, .. } => Some(*id),
        Region::Convolution(c) if in_order(c) => Some(c.id),
        _ => None,
    }
}

/// Whether the result of a convolution is made in the order in which it lies.
fn in_order(c: &Convolution) -> bool {
    let whole = c.form.windows.iter().all(|w| w.input_dilation == 1);
    whole && c.result.dims[0] == 1 && !c.form.features_first && c.result.is_dense()
}

/// Whether the result of a product may be cut into so many blocks, wherever its plan needs it.
fn can_be_cut(product: &Region, types: &[Type], blocks: usize) -> bool {
    match product {
        Region::Dot { id, .. } => blocks == types[*id].size(),
        Region::Convolution(c) => blocks >= BLOCKS && following(c, blocks).is_some(),
        _ => false,
    }
}

/// How a convolution whose result is cut into so many equal blocks is followed; nothing if it cannot be.
pub(crate) fn following(c: &Convolution, blocks: usize) -> Option<Following> {
    let block = c.result.size() / blocks;
    let dims = &c.result.dims[2..];
    let (lines, line) = match dims {
        [_] => (1, dims[0]),
        [lines, inner @ ..] => (*lines, inner.iter().product()),
        [] => return None,
    };
    let at_once = block.div_ceil(line);
    let whole = line.is_multiple_of(block) || block.is_multiple_of(line);
    (whole && lines.is_multiple_of(at_once)).then_some(Following {
        lines: at_once,
        whole_columns: block > 1,
    })
}

/// Into how many equal parts a loop and a value of `size` elements, which it sees through `view`, may be cut, so that
/// each part of the loop reads that part of the value alone.
fn parts(view: &View, size: usize) -> Option<usize> {
    let access = view.access();
    let &(count, step) = access.axes.first()?;
    let inner = access.axes[1..].iter();
    let reach: isize = inner
        .clone()
        .map(|&(n, step)| (n as isize - 1) * step)
        .sum();
    let forward = access.offset >= 0 && inner.clone().all(|&(_, step)| step >= 0);
    let apart = forward && access.offset + reach < step && count * step.unsigned_abs() == size;
    apart.then_some(count)
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}
