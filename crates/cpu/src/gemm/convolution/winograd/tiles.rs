//! Winograd's transforms of tiles, with vectors along channels.

use super::super::super::vector::{Real, Vector};
use bouton_ir::winograd::{self, Linear, along_both};

/// Where tiles lie: distances in elements.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Side {
    /// From image to image, from a line of tiles to the next, and from tile to tile of a line.
    pub tiles: [usize; 3],
    /// From place to place of a tile, along both axes.
    pub places: [usize; 2],
    /// From a panel of channels, which lie side by side, to the next.
    pub panel: usize,
}

/// Tiles to be transformed.
pub(in super::super) struct Tiles {
    pub from: *const u8,
    pub to: *mut u8,
    pub source: Side,
    pub target: Side,
    /// Images, lines of tiles, tiles of a line.
    pub count: [usize; 3],
    /// Places of the target along both axes, of which tiles may hang over: that is not written.
    pub places: [usize; 2],
    /// Channels, of which so many are a panel: whole vectors.
    pub channels: usize,
    pub width: usize,
}

/// # Safety
/// Sources are valid for whole vectors of channels, targets for the channels, both at all places; nothing else aliases
/// the target; and the machine has the instruction set that the function was made for.
pub(in super::super) type TilesFn = unsafe fn(&Tiles);

/// The transforms for one type of accumulators.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Transforms {
    pub input: TilesFn,
    pub kernel: TilesFn,
    pub result: TilesFn,
    pub cotangent: TilesFn,
    pub gradient: TilesFn,
}

#[derive(Clone, Copy)]
struct Lanes<V>(V);

impl<V: Real> Linear for Lanes<V> {
    #[inline(always)]
    fn plus(self, y: Self) -> Self {
        // SAFETY: these values exist within a `TilesFn` alone, whose caller vouches for the instruction set.
        Lanes(unsafe { self.0.plus(y.0) })
    }
    #[inline(always)]
    fn minus(self, y: Self) -> Self {
        // SAFETY: as in `plus`.
        Lanes(unsafe { self.0.minus(y.0) })
    }
    #[inline(always)]
    fn half(self) -> Self {
        // SAFETY: as in `plus`.
        Lanes(unsafe { self.0.half() })
    }
}

/// The body of [`Transforms::input`].
///
/// # Safety
/// As [`TilesFn`]; so it is for all below.
#[inline(always)]
pub(in super::super) unsafe fn input<V: Real>(t: &Tiles) {
    // SAFETY: the contract is the same; so it is below.
    unsafe { tiles::<V, 4, 4>(t, |d| along_both(d, winograd::input)) }
}

#[inline(always)]
pub(in super::super) unsafe fn kernel<V: Real>(t: &Tiles) {
    // SAFETY: as in `input`.
    unsafe { tiles::<V, 3, 4>(t, |g| along_both(g, winograd::kernel)) }
}

#[inline(always)]
pub(in super::super) unsafe fn result<V: Real>(t: &Tiles) {
    // SAFETY: as in `input`.
    unsafe { tiles::<V, 4, 2>(t, |m| along_both(m, winograd::result)) }
}

#[inline(always)]
pub(in super::super) unsafe fn cotangent<V: Real>(t: &Tiles) {
    // SAFETY: as in `input`.
    unsafe { tiles::<V, 2, 4>(t, |y| along_both(y, winograd::cotangent)) }
}

#[inline(always)]
pub(in super::super) unsafe fn gradient<V: Real>(t: &Tiles) {
    // SAFETY: as in `input`.
    unsafe { tiles::<V, 4, 3>(t, |m| along_both(m, winograd::gradient)) }
}

/// Transforms tiles of `N` x `N` places to tiles of `M` x `M`.
///
/// # Safety
/// As [`TilesFn`].
#[inline(always)]
unsafe fn tiles<V: Real, const N: usize, const M: usize>(
    t: &Tiles,
    transform: impl Fn([[Lanes<V>; N]; N]) -> [[Lanes<V>; M]; M],
) {
    let [images, lines, cols] = t.count;
    for (image, line, col) in
        (0..images * lines * cols).map(|i| (i / (lines * cols), i / cols % lines, i % cols))
    {
        let at = |side: &Side| image * side.tiles[0] + line * side.tiles[1] + col * side.tiles[2];
        let (from, to) = (at(&t.source), at(&t.target));
        let (high, wide) = (
            (t.places[0] - line * M).min(M),
            (t.places[1] - col * M).min(M),
        );
        for (panel, first) in (0..t.channels).step_by(t.width).enumerate() {
            let from = t
                .from
                .cast::<V::Elem>()
                .wrapping_add(from + panel * t.source.panel);
            let to =
                t.to.cast::<V::Elem>()
                    .wrapping_add(to + panel * t.target.panel);
            let channels = (t.channels - first).min(t.width);
            for c in (0..channels).step_by(V::LANES) {
                let place =
                    |side: &Side, i: usize, j: usize| c + i * side.places[0] + j * side.places[1];
                let load = |i: usize, j: usize| {
                    // SAFETY: a vector of channels of a place, which the caller vouches for.
                    Lanes(unsafe { V::load(from.add(place(&t.source, i, j))) })
                };
                let tile = std::array::from_fn(|i| std::array::from_fn(|j| load(i, j)));
                let tile = transform(tile);
                let whole = high == M && wide == M && channels - c >= V::LANES;
                for (i, row) in tile.into_iter().enumerate() {
                    for (j, x) in row.into_iter().enumerate() {
                        let to = to.wrapping_add(place(&t.target, i, j));
                        // SAFETY: channels of a place that the target has, as the caller vouches.
                        unsafe {
                            if whole {
                                x.0.store(to);
                            } else if i < high && j < wide {
                                store_first(x.0, to, (channels - c).min(V::LANES));
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Writes the first `n` numbers of a vector.
///
/// # Safety
/// `to` is valid for them, and the machine has the vector's instruction set.
#[inline(always)]
unsafe fn store_first<V: Vector>(x: V, to: *mut V::Elem, n: usize) {
    // SAFETY: the caller's contract; no vector has more than 8 lanes.
    unsafe {
        if n == V::LANES {
            return x.store(to);
        }
        let mut all = [V::Elem::default(); 8];
        x.store(all.as_mut_ptr());
        to.copy_from_nonoverlapping(all.as_ptr(), n);
    }
}
