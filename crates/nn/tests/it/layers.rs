//! Every layer in the table: its values by its formula, and what all layers keep to.
use bouton_nn::{Batch, Dim, Model, layers};
use bouton_tensor::{DType, Tensor, Tree, grad, jit, random, tensor};

/// The one-input models of the table, and data for them.
fn samples() -> Vec<(&'static str, Model, Vec<(String, Tensor)>)> {
    let sample = |entry: &layers::Entry| {
        let model = (entry.sample)();
        let network = model.build().unwrap();
        let data = |(i, (name, axes)): (usize, (&str, &[bouton_nn::Axis]))| {
            let shape: Vec<usize> = axes
                .iter()
                .map(|a| if let Dim(n) = a { *n } else { 4 })
                .collect();
            let data = match entry.name {
                "embedding" => random::randint(&random::key(i as u32), DType::I32, shape, 0..7),
                _ => random::normal(&random::key(i as u32), DType::F32, shape),
            };
            (name.to_string(), data)
        };
        let inputs = network.inputs().into_iter().enumerate().map(data).collect();
        (entry.name, model, inputs)
    };
    layers::TABLE.iter().map(sample).collect()
}

#[test]
fn layers_run_the_same_in_and_outside_jit_and_have_gradients() {
    for (name, model, inputs) in samples() {
        let network = model.build().unwrap();
        let params = network.init(&random::key(7));
        let key = random::key(8);
        let eager = network.predict(&params, inputs.clone());
        assert_eq!(eager.ty().unwrap(), network.output_type(4), "{name}");
        let names: Vec<String> = inputs.iter().map(|(name, _)| name.clone()).collect();
        let predict = jit(|params: &bouton_nn::Params, data: &Vec<Tensor>| {
            network.predict(
                params,
                names
                    .iter()
                    .cloned()
                    .zip(data.iter().cloned())
                    .collect::<Vec<_>>(),
            )
        });
        let data: Vec<Tensor> = inputs.iter().map(|(_, x)| x.clone()).collect();
        let compiled = predict(&params, &data).unwrap();
        assert!(
            eager
                .to_array()
                .unwrap()
                .same_bits(&compiled.to_array().unwrap()),
            "{name}: {eager:?} {compiled:?}"
        );
        let trained = |params: &bouton_nn::Params, data: &[Tensor]| {
            let inputs: Vec<_> = names.iter().cloned().zip(data.iter().cloned()).collect();
            network.train(params, inputs, &key).0.square().sum()
        };
        let (of_params, of_data) = match name {
            // Tokens have no gradient.
            "embedding" => (grad(&params, |params| trained(&params, &data)), vec![]),
            _ => grad((&params, &data), |(params, data)| trained(&params, &data)),
        };
        for (slope, x) in of_params
            .leaves()
            .iter()
            .zip(params.leaves())
            .chain(of_data.iter().zip(data.iter().cloned()))
        {
            assert_eq!(slope.ty().unwrap(), x.ty().unwrap(), "{name}");
            assert!(
                slope.to_vec::<f32>().unwrap().iter().all(|v| v.is_finite()),
                "{name}: {slope:?}"
            );
        }
        assert!(
            of_data
                .iter()
                .any(|slope| slope.to_vec::<f32>().unwrap().iter().any(|v| *v != 0.0))
                || ["embedding", "softmax"].contains(&name),
            "{name}"
        );
    }
}

/// The layer's output for one row.
#[track_caller]
fn check(layer: impl Fn(&Model) -> Model, x: [f32; 3], expected: [f64; 3]) {
    let model = layer(&Model::input("x", [Batch, Dim(3)]));
    let network = model.build().unwrap();
    let y = network.predict(&network.init(&random::key(0)), tensor![[x[0], x[1], x[2]]]);
    let y = y.to_array().unwrap().to_f64_vec();
    assert!(
        y.iter().zip(expected).all(|(a, b)| (a - b).abs() < 2e-6),
        "{y:?} {expected:?}"
    );
}

#[test]
fn activations_are_their_formulas() {
    let x = [-1.5f32, 0.0, 2.0];
    let of = |f: &dyn Fn(f64) -> f64| x.map(|x| f(f64::from(x)));
    check(Model::relu, x, of(&|x| x.max(0.0)));
    check(Model::sigmoid, x, of(&|x| 1.0 / (1.0 + (-x).exp())));
    check(Model::tanh, x, of(&f64::tanh));
    check(Model::silu, x, of(&|x| x / (1.0 + (-x).exp())));
    check(Model::softplus, x, of(&|x| x.exp().ln_1p()));
    check(
        |m| m.elu(0.5),
        x,
        of(&|x| if x > 0.0 { x } else { 0.5 * x.exp_m1() }),
    );
    check(
        |m| m.leaky_relu(0.1),
        x,
        of(&|x| if x > 0.0 { x } else { 0.1 * x }),
    );
    // x times the normal distribution's share below x, from tables.
    check(
        Model::gelu,
        x,
        [-1.5 * 0.066_807_201, 0.0, 2.0 * 0.977_249_868],
    );
    let sum: f64 = x.iter().map(|x| f64::from(*x).exp()).sum();
    check(Model::softmax, x, of(&|x| x.exp() / sum));
    check(Model::log_softmax, x, of(&|x| x - sum.ln()));
}

#[test]
fn dense_multiplies_and_adds() {
    let model = Model::input("x", [Batch, Dim(2)]).dense(3);
    let network = model.build().unwrap();
    let params = network.init(&random::key(0));
    let params = params
        .with("dense_0.kernel", tensor![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
        .unwrap();
    let params = params
        .with("dense_0.bias", tensor![0.5, 0.0, -0.5])
        .unwrap();
    let y = network.predict(&params, tensor![[1.0, 10.0], [0.0, 1.0]]);
    assert_eq!(
        y.to_vec::<f32>().unwrap(),
        [41.5, 52.0, 62.5, 4.5, 5.0, 5.5]
    );
}

#[test]
fn models_combine() {
    let x = Model::input("x", [Batch, Dim(2)]);
    let both = x.relu().concatenate(&x);
    let network = both
        .add(&both.custom("negated", |_, x| -x))
        .build()
        .unwrap();
    let params = network.init(&random::key(0));
    assert_eq!(
        network
            .predict(&params, tensor![[1.0, -2.0]])
            .to_vec::<f32>()
            .unwrap(),
        [0.0; 4]
    );
    let network = both.build().unwrap();
    assert_eq!(
        network
            .predict(&params, tensor![[1.0, -2.0]])
            .to_vec::<f32>()
            .unwrap(),
        [1.0, 0.0, 1.0, -2.0]
    );
}

#[test]
fn dropout_keeps_the_mean_and_depends_on_key_and_name_alone() {
    let x = Model::input("x", [Batch, Dim(1000)]);
    let network = x.dropout(0.25).build().unwrap();
    let params = network.init(&random::key(0));
    let ones = Tensor::ones(DType::F32, [8, 1000]);
    let drop = |key: u32| {
        network
            .train(&params, &ones, &random::key(key))
            .0
            .to_vec::<f32>()
            .unwrap()
    };
    let dropped = drop(1);
    assert!(dropped.iter().all(|v| *v == 0.0 || *v == 1.0 / 0.75));
    let kept = dropped.iter().filter(|v| **v != 0.0).count();
    assert!((5800..6200).contains(&kept), "{kept}");
    assert_eq!(dropped, drop(1));
    assert_ne!(dropped, drop(2));
    assert_eq!(
        network.predict(&params, &ones).to_vec::<f32>().unwrap(),
        [1.0; 8000]
    );
    // Another layer before it changes nothing; another name does.
    let after = x.leaky_relu(0.5).dropout(0.25).build().unwrap();
    assert_eq!(
        after
            .train(&params, &ones, &random::key(1))
            .0
            .to_vec::<f32>()
            .unwrap(),
        dropped
    );
    let renamed = x.dropout(0.25).named("other").build().unwrap();
    assert_ne!(
        renamed
            .train(&params, &ones, &random::key(1))
            .0
            .to_vec::<f32>()
            .unwrap(),
        dropped
    );
}
