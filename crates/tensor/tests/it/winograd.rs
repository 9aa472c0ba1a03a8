//! Convolutions by tiles: as good as sums one by one, and the same for an example alone and among others.
use bouton_tensor::{Conv, DType, Padding, Tensor, grad, random};

/// An input, a kernel, and a cotangent of the result with padding `Same`.
fn drawn(
    batch: usize,
    size: [usize; 2],
    features: usize,
    outputs: usize,
    seed: i64,
) -> [Tensor; 3] {
    let shapes = [
        [batch, size[0], size[1], features],
        [3, 3, features, outputs],
        [batch, size[0], size[1], outputs],
    ];
    let keys = [0, 1, 2].map(|i| random::fold_in(&random::key(seed), i));
    std::array::from_fn(|i| random::normal(&keys[i], DType::F32, shapes[i]))
}

/// The result, and the cotangents of the input and of the kernel.
fn results([x, w, d]: &[Tensor; 3], conv: &Conv) -> [Vec<f64>; 3] {
    let y = x.conv(w, conv);
    let dx = grad(x, |x| (x.conv(w, conv) * d).sum());
    let dw = grad(w, |w| (x.conv(w, conv) * d).sum());
    [y, dx, dw].map(|t| t.convert(DType::F64).to_vec::<f64>().unwrap())
}

/// The worst error of each result.
fn worst(given: &[Tensor; 3], conv: &Conv, exact: &[Vec<f64>; 3]) -> [f64; 3] {
    let made = results(given, conv);
    std::array::from_fn(|i| {
        let both = made[i].iter().zip(&exact[i]);
        both.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    })
}

#[test]
fn the_worst_error_is_at_most_twice_that_of_sums_one_by_one() {
    let tiled = Conv::new().padding(Padding::Same);
    let direct = tiled.clone().winograd(false);
    for (case, (batch, size, features, outputs)) in [
        (2, [14, 14], 32, 64),
        (3, [9, 8], 16, 16),
        (1, [8, 11], 128, 32),
        (8, [28, 28], 16, 24),
    ]
    .into_iter()
    .enumerate()
    {
        let given = drawn(batch, size, features, outputs, case as i64);
        let exact = results(&given.clone().map(|t| t.convert(DType::F64)), &direct);
        let (one_by_one, by_tiles) = (
            worst(&given, &direct, &exact),
            worst(&given, &tiled, &exact),
        );
        for (a, b) in one_by_one.into_iter().zip(by_tiles) {
            assert!(
                b != a && b <= 2.0 * a,
                "case {case}: {by_tiles:?} and {one_by_one:?}"
            );
        }
    }
}

#[test]
fn an_example_has_the_same_bits_alone_and_among_others() {
    let conv = Conv::new().padding(Padding::Same);
    let [x, w, _] = drawn(5, [10, 9], 16, 20, 7);
    let all = x.conv(&w, &conv).to_vec::<f32>().unwrap();
    for (i, expected) in all.chunks_exact(10 * 9 * 20).enumerate() {
        let alone = x.slice([i..i + 1]).conv(&w, &conv);
        assert_eq!(alone.to_vec::<f32>().unwrap(), expected);
    }
}

#[test]
fn an_infinity_changes_what_sees_it_and_nothing_else() {
    let mut values = vec![1.0f32; 8 * 8 * 16];
    values[(2 * 8 + 3) * 16] = f32::INFINITY;
    let x = Tensor::from_vec([1, 8, 8, 16], values);
    let w = Tensor::ones(DType::F32, [3, 3, 16, 16]);
    let conv = Conv::new().padding(Padding::Same);
    let direct = x.conv(&w, &conv.clone().winograd(false));
    let direct = direct.to_vec::<f32>().unwrap();
    let tiled = x.conv(&w, &conv).to_vec::<f32>().unwrap();
    for (a, b) in direct.into_iter().zip(tiled) {
        assert_eq!(a.is_finite().then_some(a), b.is_finite().then_some(b));
    }
}
