//! Convolutions and pools: settings that make no sense, and what their goldens do not show.
use bouton_tensor::{Conv, DType, Padding, Pool, Tensor, grad, tensor};

#[track_caller]
fn fails(x: &Tensor, line: &str) {
    let e = x.error().expect("an error").to_string();
    assert_eq!(e.lines().next(), Some(line), "{e}");
    assert!(e.contains("tests/it/sliding.rs"), "{e}");
}

#[test]
fn kernels_that_cannot_move_are_refused_in_the_users_terms() {
    let x = Tensor::zeros(DType::F32, [2, 5, 4, 6]);
    let kernel = |shape: [usize; 4]| Tensor::zeros(DType::F32, shape);
    let conv = |w: [usize; 4], conv: Conv| x.conv(kernel(w), &conv);
    let plain = "conv { stride: 1, padding: Valid, input_dilation: 1, kernel_dilation: 1, groups: 1, winograd: true }";
    fails(
        &conv([6, 3, 6, 1], Conv::new()),
        &format!(
            "{plain}: the kernel must fit on the input with its padding; along spatial axis 0 it spans 6, the input 5"
        ),
    );
    fails(
        &conv([3, 0, 6, 1], Conv::new()),
        &format!(
            "{plain}: the kernel must have at least one place along every axis; along spatial axis 1 it has none"
        ),
    );
    fails(
        &conv([3, 3, 5, 1], Conv::new()),
        &format!("{plain}: axis 2 of the kernel must have the features of the input, 6; it has 5"),
    );
    fails(
        &x.convert(DType::I32)
            .conv(kernel([1, 1, 6, 1]).convert(DType::I32), &Conv::new()),
        &format!("{plain}: the element type must be a float, not i32"),
    );
    fails(
        &conv([3, 3, 6, 1], Conv::new().stride([1, 0])),
        "conv { stride: [1, 0], padding: Valid, input_dilation: 1, kernel_dilation: 1, groups: 1, winograd: true }: strides and dilations \
         must be at least 1; those of spatial axis 1 are not",
    );
    fails(
        &conv(
            [3, 3, 6, 1],
            Conv::new().padding(Padding::Explicit(vec![(0, 0)])),
        ),
        "conv { stride: 1, padding: Explicit([(0, 0)]), input_dilation: 1, kernel_dilation: 1, groups: 1, winograd: true }: padding must \
         have an entry for each of the 2 spatial axes; it has 1",
    );
    fails(
        &conv([3, 3, 4, 3], Conv::new().groups(4)),
        "conv { stride: 1, padding: Valid, input_dilation: 1, kernel_dilation: 1, groups: 4, winograd: true }: groups must divide the 6 \
         features and the 3 new ones; 4 do not",
    );
    let spread = Conv::new().input_dilation(2);
    fails(
        &x.conv_transpose(kernel([3, 3, 6, 1]), &spread),
        "conv_transpose { stride: 1, padding: Valid, input_dilation: 2, kernel_dilation: 1, groups: 1, winograd: true }: the stride spreads \
         the input; there is no input dilation besides",
    );
    fails(
        &x.max_pool(&Pool::new([2, 5])),
        "max_pool { size: [2, 5], stride: [2, 5], padding: Valid, dilation: 1, counts_padding: true }: the window must fit on the input with its \
         padding; along spatial axis 1 it spans 5, the input 4",
    );
    fails(
        &tensor![1.0].sum_pool(&Pool::new(1)),
        "sum_pool { size: 1, stride: 1, padding: Valid, dilation: 1, counts_padding: true }: the input must be [batch, spatial.., features]; \
         it has 1 axes",
    );
}

/// Whatever numbers come, an answer in words.
#[test]
fn settings_out_of_proportion_are_refused() {
    let x = Tensor::zeros(DType::F32, [1, 5, 1]);
    let kernel = Tensor::zeros(DType::F32, [3, 1, 1]);
    let far = Padding::Explicit(vec![(i64::MAX, i64::MIN)]);
    for n in [usize::MAX, 1 << 63, 1 << 62, 1 << 60] {
        for padding in [Padding::Valid, Padding::Same, far.clone()] {
            let convs = [
                Conv::new().stride(n),
                Conv::new().dilation(n),
                Conv::new().input_dilation(n),
            ];
            for conv in convs.map(|c| c.padding(padding.clone())) {
                for y in [x.conv(&kernel, &conv), x.conv_transpose(&kernel, &conv)] {
                    assert!(y.error().is_some() || y.eval().is_ok(), "{conv:?}");
                }
            }
            let pools = [
                Pool::new(n),
                Pool::new(2).stride(n),
                Pool::new(2).dilation(n),
            ];
            for pool in pools.map(|p| p.padding(padding.clone())) {
                for y in [x.max_pool(&pool), x.avg_pool(&pool)] {
                    assert!(y.error().is_some() || y.eval().is_ok(), "{pool:?}");
                }
            }
        }
    }
}

#[test]
fn transposed_convolutions_in_groups() {
    // Each feature of its own: the kernel 1, 2 and the kernel 10, 20.
    let x = tensor![[[1.0, 1.0], [3.0, 4.0]]];
    let kernel = tensor![[[1.0, 10.0]], [[2.0, 20.0]]];
    let y = x.conv_transpose(kernel, &Conv::new().stride(2).groups(2));
    assert_eq!(
        y.to_vec::<f32>().unwrap(),
        [2.0, 20.0, 1.0, 10.0, 6.0, 80.0, 3.0, 40.0]
    );
}

#[test]
fn pools_are_windows_that_leave_batch_and_features_alone() {
    let x = Tensor::arange(0.0, 60.0, 1.0).reshape([2, 5, 3, 2]).sin();
    let padding = Padding::Explicit(vec![(0, 0), (1, 0), (0, 1), (0, 0)]);
    let pool = Pool::new([2, 3]).stride(1);
    let pool = pool.padding(Padding::Explicit(vec![(1, 0), (0, 1)]));
    let windows = Pool::new([1, 2, 3, 1]).stride(1).padding(padding);
    let pairs = [
        (x.max_pool(&pool), x.window_max(&windows)),
        (x.min_pool(&pool), x.window_min(&windows)),
        (x.sum_pool(&pool), x.window_sum(&windows)),
        (x.avg_pool(&pool), x.window_mean(&windows)),
    ];
    for (pool, windows) in pairs {
        assert_eq!(
            pool.to_vec::<f32>().unwrap(),
            windows.to_vec::<f32>().unwrap()
        );
    }
}

#[test]
fn averages_without_padding() {
    let x = tensor![[[4.0], [8.0], [6.0]]];
    let same = Pool::new(2).stride(1).padding(Padding::Same);
    let counted = x.avg_pool(&same).to_vec::<f32>().unwrap();
    assert_eq!(counted, [6.0, 7.0, 3.0]);
    let alone = same.count_padding(false);
    assert_eq!(x.avg_pool(&alone).to_vec::<f32>().unwrap(), [6.0, 7.0, 6.0]);
    let dx = grad(&x, |x| x.avg_pool(&alone).sum());
    assert_eq!(dx.to_vec::<f32>().unwrap(), [0.5, 1.0, 1.5]);
}

#[test]
fn norms_under_windows() {
    let x = tensor![[[3.0], [-4.0], [1.0], [1.0]]];
    let pool = Pool::new(2);
    assert_eq!(x.lp_pool(1.0, &pool).to_vec::<f32>().unwrap(), [7.0, 2.0]);
    let dx = grad(&x, |x| x.slice((.., ..2)).lp_pool(2.0, &pool).sum());
    assert_eq!(dx.to_vec::<f32>().unwrap(), [0.6, -0.8, 0.0, 0.0]);
}
