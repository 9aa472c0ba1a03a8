//! What `bouton_ir::Convolution::winograd` says, element by element.

use super::*;
use bouton_ir::winograd::{along_both, cotangent, gradient, input, kernel, result};

/// The definition.
pub(super) fn define<T: Element>(
    s: &Shape,
    x: &dyn Fn(isize) -> T,
    w: &dyn Fn(isize) -> T,
    y: &mut [T],
) {
    let of = |size: fn(&Axis) -> usize| [size(&s.axes[0]), size(&s.axes[1])];
    let (sizes, kernels, results) = (of(|a| a.size), of(|a| a.kernel), of(|a| a.result));
    let cut = if s.features_first { kernels } else { results };
    let tiles: Vec<Vec<usize>> = indices(&cut.map(|n| n.div_ceil(2))).collect();
    let zero = T::Acc::default();
    // Places `from + [i, j]` of the input, up to those that are seen.
    let seen = |g: usize, b: usize, f: usize, tile: &[usize]| {
        square::<_, 4>(|i| {
            let place = [0, 1].map(|a| {
                let p = 2 * tile[a] + i[a];
                let q = p as i64 - s.axes[a].window.low;
                (p < cut[a] + 2 && (0..sizes[a] as i64).contains(&q)).then_some(q as usize)
            });
            match place {
                [Some(p), Some(q)] => x(at(&[g, b, p, q, f], &s.input)).widen(),
                _ => zero,
            }
        })
    };
    let weight = |g: usize, p: [usize; 2], f: usize, o: usize| match p {
        [i, j] if i < kernels[0] && j < kernels[1] => w(at(&[g, i, j, f, o], &s.kernel)).widen(),
        _ => zero,
    };
    let mut put = |index: [usize; 5], value: T::Acc| {
        let to: usize = index.iter().zip(&s.result).map(|(i, step)| i * step).sum();
        y[to] = T::round(value);
    };
    for index in indices(&[s.groups, s.batch, s.outputs]) {
        let (g, b, o) = (index[0], index[1], index[2]);
        let add = |sums: &mut [[T::Acc; 4]; 4], d: [[T::Acc; 4]; 4], u: [[T::Acc; 4]; 4]| {
            *sums = square(|[i, j]| T::fma(sums[i][j], d[i][j], u[i][j]));
        };
        if s.features_first {
            let mut sums = [[zero; 4]; 4];
            for (f, t) in (0..s.features).flat_map(|f| tiles.iter().map(move |t| (f, t))) {
                let dy = square::<_, 2>(|[i, j]| weight(g, [2 * t[0] + i, 2 * t[1] + j], f, o));
                add(
                    &mut sums,
                    along_both(seen(g, b, f, t), input),
                    along_both(dy, cotangent),
                );
            }
            let dw = along_both(sums, gradient);
            indices(&[3, 3]).for_each(|p| put([g, b, p[0], p[1], o], dw[p[0]][p[1]]));
            continue;
        }
        for t in &tiles {
            let mut sums = [[zero; 4]; 4];
            for f in 0..s.features {
                let u = along_both(square::<_, 3>(|p| weight(g, p, f, o)), kernel);
                add(&mut sums, along_both(seen(g, b, f, t), input), u);
            }
            let made = along_both(sums, result);
            for p in indices(&[2, 2]) {
                let place = [0, 1].map(|a| 2 * t[a] + p[a]);
                if place[0] < results[0] && place[1] < results[1] {
                    put([g, b, place[0], place[1], o], made[p[0]][p[1]]);
                }
            }
        }
    }
}

fn square<T, const N: usize>(of: impl Fn([usize; 2]) -> T) -> [[T; N]; N] {
    std::array::from_fn(|i| std::array::from_fn(|j| of([i, j])))
}

/// Several blocks of tiles, of columns and of the kernel's depth, and several chunks.
#[test]
fn tiles_of_more_than_a_block() {
    let _alone = alone();
    let mut r = Random(6);
    for (batch, size, features, outputs, first) in [
        (3, [14, 13], 32, 72, false),
        (1, [6, 40], 520, 17, false),
        (1, [5, 331], 130, 17, false),
        (9, [5, 6], 19, 130, false),
        (40, [14, 13], 70, 20, true),
        (2, [9, 33], 3, 150, true),
        (1, [7, 201], 66, 70, true),
    ] {
        let axis = |size: usize| Axis {
            size,
            kernel: if first { size } else { 3 },
            result: if first { 3 } else { size },
            window: Window {
                low: 1,
                ..Window::VALID
            },
        };
        let axes: Vec<Axis> = size.iter().map(|&n| axis(n)).collect();
        // Channels and outputs are innermost; with features first they are the batch, and the features are the images.
        let (batch, features) = if first {
            (features, batch)
        } else {
            (batch, features)
        };
        let of = |i: usize, f: fn(&Axis) -> usize| f(&axes[i]) as isize;
        let (line, image) = (of(1, |a| a.size), of(0, |a| a.size) * of(1, |a| a.size));
        let (b, f, o) = (batch as isize, features as isize, outputs as isize);
        let (kernel_line, result_line) = (of(1, |a| a.kernel), axes[1].result);
        let (input, kernel) = match first {
            true => (
                vec![0, 1, line * b, b, image * b],
                vec![0, kernel_line * o, o, image * o, 1],
            ),
            false => (
                vec![0, image * f, line * f, f, 1],
                vec![0, kernel_line * f * o, f * o, o, 1],
            ),
        };
        let places = axes[0].result * result_line;
        let result = vec![0, places * outputs, result_line * outputs, outputs, 1];
        let kernels = (of(0, |a| a.kernel) * kernel_line * f * o) as usize;
        let given = operands::<f32>(&mut r, (b * image * f) as usize, kernels);
        let shape = Shape {
            groups: 1,
            batch,
            features,
            outputs,
            axes,
            features_first: first,
            winograd: true,
            input,
            kernel,
            result,
            dtype: DType::F32,
            following: (!first).then_some(Following {
                lines: 1,
                whole_columns: batch == 3,
            }),
        };
        check(
            &format!("{size:?}"),
            &shape,
            &given,
            [0, 0],
            batch * places * outputs,
        );
    }
}
