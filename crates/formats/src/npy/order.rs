//! From Fortran's order of elements, the first axis innermost, to ours.
use bouton_array::{Array, Element, with_dtype};

/// Places of two axes are visited in squares of this side, so that lines of the cache are used whole on either side.
const SIDE: usize = 32;

/// The elements of `array`, which stand column-major, in row-major order.
pub(super) fn row_major(array: &Array) -> Array {
    if array.size() == 0 || array.shape().rank() < 2 {
        return array.clone();
    }
    let mut turned = Array::scratch(array.ty());
    with_dtype!(array.dtype(), T => turn::<T>(array.slice(), turned.slice_mut(), array.shape()));
    turned
}

fn turn<T: Element>(from: &[T], to: &mut [T], dims: &[usize]) {
    let [first, middle @ .., last] = dims else {
        return; // the caller has two axes at least
    };
    let row: usize = middle.iter().product::<usize>() * last;
    let column: usize = middle.iter().product::<usize>() * first;
    // The place along the middle axes, and where it starts on either side.
    let mut place = vec![0; middle.len()];
    loop {
        let (mut start, mut size) = (0, *first);
        for (&i, &n) in place.iter().zip(middle) {
            start += i * size;
            size *= n;
        }
        let base = place
            .iter()
            .zip(middle)
            .fold(0, |base, (&i, &n)| base * n + i)
            * last;
        for rows in (0..*first).step_by(SIDE) {
            for columns in (0..*last).step_by(SIDE) {
                for i in rows..(rows + SIDE).min(*first) {
                    for j in columns..(columns + SIDE).min(*last) {
                        to[base + i * row + j] = from[start + i + j * column];
                    }
                }
            }
        }
        let Some(axis) = (0..middle.len()).rev().find(|&k| place[k] + 1 < middle[k]) else {
            return;
        };
        place[axis] += 1;
        place[axis + 1..].fill(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(dims: &[usize]) {
        let size: usize = dims.iter().product();
        let columns: Vec<u32> = (0..size as u32).collect();
        let turned = row_major(&Array::from_vec(dims, columns).unwrap());
        for (at, &found) in turned.slice::<u32>().iter().enumerate() {
            // The place of this element, and its number where the first axis is innermost.
            let (mut rest, mut stride, mut expected) = (at, size, 0);
            for (k, &n) in dims.iter().enumerate() {
                stride /= n;
                expected += rest / stride * dims[..k].iter().product::<usize>();
                rest %= stride;
            }
            assert_eq!(found as usize, expected, "{dims:?} at {at}");
        }
    }

    #[test]
    fn every_element_finds_its_place() {
        for dims in [
            &[3, 4][..],
            &[1, 5],
            &[5, 1],
            &[2, 3, 4],
            &[70, 33],
            &[33, 2, 3, 65],
            &[2, 1, 3, 1, 2],
        ] {
            check(dims);
        }
        assert_eq!(
            row_major(&Array::from_vec([2, 0], Vec::<f32>::new()).unwrap()).size(),
            0
        );
        assert_eq!(row_major(&Array::scalar(3i64)).slice::<i64>(), [3]);
        assert_eq!(
            row_major(&Array::from_literal([1, 2]).unwrap()).slice::<i32>(),
            [1, 2]
        );
    }
}
