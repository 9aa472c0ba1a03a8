//! Initializers: their distributions, and keys by name.
use bouton_nn::{Batch, Dense, Dim, Initializer, Model, Params, init};
use bouton_tensor::{DType, ErrorKind, Tensor, Type, random, tensor};

fn draw(initializer: &Initializer, shape: [usize; 2]) -> Vec<f64> {
    initializer
        .draw(&random::key(3), &Type::new(DType::F32, shape))
        .to_array()
        .unwrap()
        .to_f64_vec()
}

#[track_caller]
fn check(initializer: Initializer, name: &str, mean: f64, variance: f64, bound: f64) {
    let values = draw(&initializer, [300, 100]);
    let n = values.len() as f64;
    let found_mean = values.iter().sum::<f64>() / n;
    let found = values.iter().map(|v| (v - found_mean).powi(2)).sum::<f64>() / n;
    let worst = values.iter().fold(0f64, |m, v| m.max((v - mean).abs()));
    assert_eq!(initializer.to_string(), name);
    assert!(
        (found_mean - mean).abs() < 4.0 * (variance / n).sqrt() + 1e-12,
        "{name}: mean {found_mean}"
    );
    assert!(
        (found - variance).abs() <= 0.03 * variance,
        "{name}: variance {found} {variance}"
    );
    assert!(
        worst <= bound * (1.0 + 1e-6) && worst > 0.97 * bound.min(4.0 * variance.sqrt()),
        "{name}: {worst} {bound}"
    );
}

#[test]
fn distributions_have_their_moments() {
    // fan in 300, fan out 100; a uniform variable over (-b, b) has the variance b^2 / 3.
    let uniform = |variance: f64| (3.0 * variance).sqrt();
    // Two standard deviations of the normal variable before it was cut.
    let truncated = |variance: f64| 2.0 * variance.sqrt() / 0.879_625_661_034_239_8;
    check(
        init::glorot_uniform(),
        "glorot_uniform",
        0.0,
        1.0 / 200.0,
        uniform(1.0 / 200.0),
    );
    check(
        init::glorot_normal(),
        "glorot_normal",
        0.0,
        1.0 / 200.0,
        truncated(1.0 / 200.0),
    );
    check(
        init::he_uniform(),
        "he_uniform",
        0.0,
        2.0 / 300.0,
        uniform(2.0 / 300.0),
    );
    check(
        init::he_normal(),
        "he_normal",
        0.0,
        2.0 / 300.0,
        truncated(2.0 / 300.0),
    );
    check(
        init::lecun_uniform(),
        "lecun_uniform",
        0.0,
        1.0 / 300.0,
        uniform(1.0 / 300.0),
    );
    check(
        init::lecun_normal(),
        "lecun_normal",
        0.0,
        1.0 / 300.0,
        truncated(1.0 / 300.0),
    );
    check(
        init::uniform(0.01),
        "uniform(0.01)",
        0.0,
        0.0001 / 3.0,
        0.01,
    );
    check(init::normal(1.0, 0.5), "normal(1.0, 0.5)", 1.0, 0.25, 3.0);
    assert_eq!(draw(&init::zeros(), [1, 2]), [0.0, 0.0]);
    assert_eq!(draw(&init::ones(), [1, 2]), [1.0, 1.0]);
    assert_eq!(draw(&init::full(2.5), [1, 2]), [2.5, 2.5]);
}

#[test]
fn a_dense_layer_is_drawn_as_glorot_says() {
    let params = Model::input("x", [Batch, Dim(784)])
        .dense(128)
        .build()
        .unwrap()
        .init(&random::key(42));
    let kernel = params
        .get("dense_0.kernel")
        .unwrap()
        .to_vec::<f32>()
        .unwrap();
    let bound = (6.0f32 / (784.0 + 128.0)).sqrt();
    let largest = kernel.iter().fold(0f32, |m, v| m.max(v.abs()));
    assert!(
        largest <= bound && largest > 0.999 * bound,
        "{largest} {bound}"
    );
    assert_eq!(
        params.get("dense_0.bias").unwrap().to_vec::<f32>().unwrap(),
        [0.0; 128]
    );
}

fn kernel(params: &Params, name: &str) -> Vec<f32> {
    params.get(name).unwrap().to_vec().unwrap()
}

#[test]
fn values_depend_on_seed_and_name_alone() {
    let x = Model::input("x", [Batch, Dim(8)]);
    let init = |model: Model, seed: u32| model.build().unwrap().init(&random::key(seed));
    let plain = init(x.dense(8).named("a").dense(8).named("b"), 1);
    let more = init(
        x.dense(8)
            .named("a")
            .relu()
            .dense(8)
            .named("between")
            .dropout(0.1)
            .dense(8)
            .named("b"),
        1,
    );
    assert_eq!(kernel(&plain, "a.kernel"), kernel(&more, "a.kernel"));
    assert_eq!(kernel(&plain, "b.kernel"), kernel(&more, "b.kernel"));
    assert_ne!(kernel(&plain, "a.kernel"), kernel(&plain, "b.kernel"));
    assert_ne!(
        kernel(&plain, "a.kernel"),
        kernel(&init(x.dense(8).named("a"), 2), "a.kernel")
    );
    let both = init(
        x.dense(
            Dense::new(8)
                .bias(init::normal(0.0, 1.0))
                .kernel(init::normal(0.0, 1.0)),
        ),
        1,
    );
    assert_ne!(
        kernel(&both, "dense_0.kernel")[..8],
        kernel(&both, "dense_0.bias")[..]
    );
}

#[test]
fn the_first_numbers_stay_what_they_are() {
    let params = Model::input("x", [Batch, Dim(2)])
        .dense(2)
        .build()
        .unwrap()
        .init(&random::key(42));
    let kernel = kernel(&params, "dense_0.kernel");
    assert_eq!(kernel, [-1.0454984, -1.1108553, -0.47063094, -0.14984953]);
}

#[test]
fn params_are_found_and_replaced_by_name() {
    let params = Model::input("x", [Batch, Dim(2)])
        .dense(2)
        .build()
        .unwrap()
        .init(&random::key(0));
    assert_eq!(
        params
            .iter()
            .map(|(name, _)| name.to_string())
            .collect::<Vec<_>>(),
        ["dense_0.kernel", "dense_0.bias"]
    );
    assert!(params.get("dense_1.kernel").is_none());
    #[track_caller]
    fn refused(result: bouton_tensor::Result<Params>, kind: ErrorKind, rule: &str) {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), kind);
        let words = format!("params: {rule}\n  at {}:", file!());
        assert!(error.to_string().starts_with(&words), "{error}");
    }
    let (one, three) = (Tensor::scalar(0.0f32), tensor![0.0, 1.0, 2.0]);
    let rule = "there is no parameter \"dense_1.kernel\"; there are dense_0.kernel, dense_0.bias";
    refused(
        params.with("dense_1.kernel", one),
        ErrorKind::Structure,
        rule,
    );
    let rule = "dense_0.bias is f32[2], the new value f32[3]";
    refused(params.with("dense_0.bias", three), ErrorKind::Shape, rule);
    let twice = params.iter().chain(params.iter());
    let twice = twice.map(|(name, value)| (name.clone(), value.clone()));
    let rule = "the name dense_0.bias comes twice";
    refused(Params::new(twice), ErrorKind::Structure, rule);
}
