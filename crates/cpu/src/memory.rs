//! The static plan of memory: where every stored value lives, decided before the first run.
use crate::region::{Id, Input, Loop, Region, Regions};
use bouton_array::Type;

/// Where a stored value lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    /// An input of the program.
    Input(usize),
    /// An output of the program.
    Output(usize),
    /// This many bytes into the arena.
    Arena(usize),
    /// Nowhere: only a register.
    None,
}

/// Where everything lives.
#[derive(Debug)]
pub(crate) struct Plan {
    pub homes: Vec<Home>,
    /// For each output, the donated input whose memory it may take.
    pub replaces: Vec<Option<usize>>,
    /// For each region, its scratch memory in the arena.
    pub scratch: Vec<usize>,
    pub arena: usize,
    /// The largest sum of bytes alive at one time.
    pub live: usize,
}

const ALIGN: usize = 64;

/// A run of bytes in the arena, in use from one region to another, both included.
struct Block {
    bytes: usize,
    from: usize,
    to: usize,
    offset: usize,
}

/// Plans the memory of `regions`, which need `scratch` bytes each while they run.
pub(crate) fn plan(regions: &Regions, inputs: usize, donated: &[bool], scratch: &[usize]) -> Plan {
    let count = regions.types.len();
    let (mut made, mut last) = (vec![0; count], vec![0; count]);
    for (r, region) in regions.regions.iter().enumerate() {
        for v in region.results() {
            (made[v], last[v]) = (r, r);
        }
        for v in region.reads() {
            last[v] = r;
        }
    }
    let mut homes = vec![Home::None; count];
    (0..inputs).for_each(|i| homes[i] = Home::Input(i));
    let replaces = replaced_inputs(regions, donated, &made, &last);
    for (k, &v) in regions.outputs.iter().enumerate() {
        homes[v] = Home::Output(k);
    }
    for (r, region) in regions.regions.iter().enumerate() {
        if let Region::Fused(f) = region
            && let [result] = f.product.results()[..]
            && homes[result] == Home::None
            && last[result] == r
            && let Some(home) = output_of(result, region, &homes, &replaces, &regions.types)
        {
            homes[result] = home;
        }
    }
    let mut blocks: Vec<Block> = vec![];
    let mut block_of: Vec<Option<usize>> = vec![None; count];
    let stored: Vec<Id> = (inputs..count)
        .filter(|&v| regions.stored[v] && homes[v] == Home::None)
        .collect();
    for (r, region) in regions.regions.iter().enumerate() {
        for v in region
            .results()
            .into_iter()
            .filter(|v| stored.binary_search(v).is_ok())
        {
            let dying = |u: &Id| matches!(homes[*u], Home::None) && last[*u] == r;
            // What only the region itself reads would leave the block free for another of its results.
            let replaced = if last[v] > r && !region.loops().is_empty() {
                let own = match region {
                    Region::Fused(f) => f.product.results(),
                    _ => vec![],
                };
                let read = region.reads().into_iter().chain(own).filter(dying);
                let fits = read.filter(|&u| {
                    let whole = block_of[u].is_some_and(|b| blocks[b].to == r);
                    whole && may_replace(region, v, u, &regions.types)
                });
                // The longer one block is in use, the shorter are the others, and leave fewer gaps.
                fits.min_by_key(|&u| block_of[u].map(|b| blocks[b].from))
            } else {
                None
            };
            let block = match replaced.and_then(|u| block_of[u]) {
                Some(block) => {
                    blocks[block].to = last[v];
                    block
                }
                None => {
                    let bytes = regions.types[v].bytes().max(1).next_multiple_of(ALIGN);
                    blocks.push(Block {
                        bytes,
                        from: r,
                        to: last[v],
                        offset: 0,
                    });
                    blocks.len() - 1
                }
            };
            block_of[v] = Some(block);
        }
    }
    let mut scratch_blocks = vec![];
    for (r, &bytes) in scratch.iter().enumerate() {
        scratch_blocks.push(blocks.len());
        blocks.push(Block {
            bytes: bytes.next_multiple_of(ALIGN),
            from: r,
            to: r,
            offset: 0,
        });
    }
    let (arena, live) = place(&mut blocks, regions.regions.len());
    for v in stored {
        if let Some(block) = block_of[v] {
            homes[v] = Home::Arena(blocks[block].offset);
        }
    }
    let scratch = scratch_blocks
        .into_iter()
        .map(|b| blocks[b].offset)
        .collect();
    Plan {
        homes,
        replaces,
        scratch,
        arena,
        live,
    }
}

/// Whether result `v` of a region's loops may take the memory of value `u`, which nobody reads after them: everything
/// read of `u` at a place is read before `v` is written there.
pub(crate) fn may_replace(region: &Region, v: Id, u: Id, types: &[Type]) -> bool {
    if let Region::Fused(f) = region
        && f.product.reads().contains(&u)
    {
        return false;
    }
    let reads = |input: &&Input| matches!(input, Input::Stored(id, _) if *id == u);
    let size = types[v].size();
    let in_place = |input: &Input| matches!(input, Input::Stored(_, view) if view.is_dense() && view.size() == size);
    let mut written = false;
    for l in region.loops() {
        for op in &l.ops {
            // What else an operation writes does not matter: nothing reads `u` once `v` is written.
            let mut of_u = op.inputs.iter().filter(reads);
            if of_u.any(|input| written || l.size != size || !in_place(input)) {
                return false;
            }
            written |= op.id == v;
        }
        let mut of_u = l.folds.iter().map(|f| &f.input).filter(reads);
        if of_u.any(|input| written || l.size != size || !in_place(input)) {
            return false;
        }
    }
    written
        && types[v].bytes() == types[u].bytes()
        && types[v].dtype.size() == types[u].dtype.size()
}

/// The output that the result of a fused product may be made in, because it becomes that output at the same places.
fn output_of(
    result: Id,
    region: &Region,
    homes: &[Home],
    replaces: &[Option<usize>],
    types: &[Type],
) -> Option<Home> {
    let reads = region.reads();
    let mut made = region.loops().iter().flat_map(Loop::results);
    let home = |y: Id| match homes[y] {
        Home::Output(k) if !replaces[k].is_some_and(|j| reads.contains(&j)) => Some(homes[y]),
        _ => None,
    };
    made.find_map(|y| home(y).filter(|_| may_replace(region, y, result, types)))
}

/// For each output, a donated input of its type that it may replace; one in the same place if there is one.
fn replaced_inputs(
    regions: &Regions,
    donated: &[bool],
    made: &[usize],
    last: &[usize],
) -> Vec<Option<usize>> {
    let mut taken = vec![false; donated.len()];
    let mut read = vec![false; donated.len()];
    for v in regions
        .regions
        .iter()
        .flat_map(Region::reads)
        .filter(|&v| v < donated.len())
    {
        read[v] = true;
    }
    let mut replaces = vec![None; regions.outputs.len()];
    // What is written first has the fewest to choose from.
    let mut order: Vec<(Id, usize)> = regions.outputs.iter().copied().zip(0..).collect();
    order.sort_unstable();
    for (v, k) in order {
        let r = made[v];
        let fits = |j: &usize| {
            let j = *j;
            if !donated[j] || taken[j] || regions.types[j] != regions.types[v] {
                return false;
            }
            match &regions.regions[r] {
                _ if !read[j] || last[j] < r => true,
                region if last[j] == r => may_replace(region, v, j, &regions.types),
                _ => false,
            }
        };
        // Where several would do, the one that the writing loop reads stays in cache.
        let near = regions.regions[r]
            .reads()
            .into_iter()
            .filter(|&j| j < donated.len())
            .find(fits);
        let found = near
            .or_else(|| Some(k).filter(|&k| k < donated.len() && fits(&k)))
            .or_else(|| (0..donated.len()).find(fits));
        if let Some(j) = found {
            taken[j] = true;
        }
        replaces[k] = found;
    }
    replaces
}

/// Gives every block a place where no block alive at the same time is. Gives the bytes in all, and the largest sum alive
/// at one time.
///
/// Blocks are placed one after the other, each as low as it fits: the largest first, or those that are large for long,
/// whichever takes less.
fn place(blocks: &mut [Block], regions: usize) -> (usize, usize) {
    let mut live = vec![0isize; regions + 1];
    for b in blocks.iter() {
        live[b.from] += b.bytes as isize;
        live[b.to + 1] -= b.bytes as isize;
    }
    let most = live
        .iter()
        .scan(0, |sum, d| {
            *sum += d;
            Some(*sum)
        })
        .max()
        .unwrap_or(0)
        .unsigned_abs();
    let orders: [fn(&Block) -> usize; 2] = [|b| b.bytes, |b| b.bytes * (b.to - b.from + 1)];
    let mut best: Option<(usize, Vec<usize>)> = None;
    for key in orders {
        let mut order: Vec<usize> = (0..blocks.len()).filter(|&i| blocks[i].bytes > 0).collect();
        order.sort_by_key(|&i| (std::cmp::Reverse(key(&blocks[i])), i));
        let placed = place_in(&order, blocks);
        if best.as_ref().is_none_or(|least| placed.0 < least.0) {
            best = Some(placed);
        }
        if best.as_ref().is_some_and(|least| least.0 == most) {
            break;
        }
    }
    let (arena, offsets) = best.unwrap_or_default();
    for (block, offset) in blocks.iter_mut().zip(offsets) {
        block.offset = offset;
    }
    (arena, most)
}

/// The bytes in all and every block's offset, where each in `order` is put as low as it fits.
fn place_in(order: &[usize], blocks: &[Block]) -> (usize, Vec<usize>) {
    let (mut offsets, mut arena) = (vec![0; blocks.len()], 0);
    let mut placed: Vec<usize> = vec![];
    for &i in order {
        let alive =
            |j: &&usize| blocks[**j].from <= blocks[i].to && blocks[i].from <= blocks[**j].to;
        let mut offset = 0;
        // `placed` is sorted by offset, so the first gap that is large enough is the lowest.
        for &j in placed.iter().filter(alive) {
            if offsets[j] >= offset + blocks[i].bytes {
                break;
            }
            offset = offset.max(offsets[j] + blocks[j].bytes);
        }
        offsets[i] = offset;
        arena = arena.max(offset + blocks[i].bytes);
        let at = placed.partition_point(|&j| offsets[j] <= offset);
        placed.insert(at, i);
    }
    (arena, offsets)
}
