//! A profile names what the time goes to as its user does.
use bouton::{prelude::*, profile};

/// What the regions of a training step are part of, in their order, each once.
fn parts_of_a_step(model: &Model) -> Vec<String> {
    let (x, y) = (
        Tensor::ones(DType::F32, [48, 17]),
        Tensor::zeros(DType::F32, [48, 3]),
    );
    let batch = (x.eval().unwrap(), y.eval().unwrap());
    profile::start();
    let _ = Trainer::new(model, loss::mean_squared_error(), optim::adam(1e-3))
        .metric(metrics::loss(loss::mean_squared_error()).named("again"))
        .progress(Progress::Silent)
        .epochs(1)
        .run(vec![batch])
        .unwrap();
    profile::stop();
    let report = profile::report();
    // Other tests compute at the same time.
    let ours = |p: &&profile::ProgramReport| {
        let product = |name: &str| p.regions.iter().any(|r| r.name.starts_with(name));
        product("dot 48 x 17 x 23") && product("dot 48 x 23 x 3")
    };
    let step = report.programs.iter().find(ours).unwrap();
    let mut parts: Vec<String> = vec![];
    for part in step.regions.iter().flat_map(|r| &r.parts) {
        if !parts.contains(part) {
            parts.push(part.clone());
        }
    }
    let table = report.to_string();
    assert!(
        parts.iter().all(|part| table.contains(part.as_str())),
        "{table}"
    );
    parts
}

#[test]
fn the_layers_of_a_training_step_are_named() {
    let model = Model::input("x", [Batch, Dim(17)])
        .dense(23)
        .tanh()
        .dense(3)
        .named("head");
    let mut parts = parts_of_a_step(&model);
    parts.sort_unstable();
    let expected = [
        "adam",
        "adam/dense_0.bias",
        "adam/dense_0.kernel",
        "adam/head.bias",
        "adam/head.kernel",
        "again",
        "dense_0",
        "dense_0 backward",
        "head",
        "head backward",
        "loss",
        "loss backward",
        "tanh_0",
        "tanh_0 backward",
    ];
    assert_eq!(parts, expected);
}
