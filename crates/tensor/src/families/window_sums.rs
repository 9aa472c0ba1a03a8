//! Sums of what lies under windows, row by row.
use crate::{Element, families::windows::Places};
use std::ops::Range;

/// Elements of a row that are summed at a time in another type.
const BLOCK: usize = 128;

/// Rows of `y`, each the sum from zero of what `add` is told to add: which place of the window, and from which element of
/// the source on.
pub(crate) fn in_the_type<T: Element>(
    places: &Places,
    rows: Range<usize>,
    y: &mut [T],
    add: impl Fn(&mut [T], usize, usize),
) {
    let mut here = places.window(rows.start);
    for y in y.chunks_exact_mut(places.row.max(1)) {
        y.fill(T::default());
        here.each(|place, at| add(y, place, at * places.row));
        here.advance();
    }
}

/// The same with sums in `f32`, which are rounded once.
pub(crate) fn in_f32<T: Element>(
    places: &Places,
    rows: Range<usize>,
    y: &mut [T],
    round: impl Fn(f32) -> T,
    add: impl Fn(&mut [f32], usize, usize),
) {
    let mut here = places.window(rows.start);
    let mut sums = [0.0; BLOCK];
    for y in y.chunks_exact_mut(places.row.max(1)) {
        for (i, y) in y.chunks_mut(BLOCK).enumerate() {
            let sums = &mut sums[..y.len()];
            sums.fill(0.0);
            here.each(|place, at| add(sums, place, at * places.row + i * BLOCK));
            for (y, &mut sum) in y.iter_mut().zip(sums) {
                *y = round(sum);
            }
        }
        here.advance();
    }
}
