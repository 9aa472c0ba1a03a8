//! Layers with parameters against PyTorch's numbers, forward and backward, and what normalising layers keep.
use crate::golden::{Record, close, records};
use bouton_nn::{Axis, Batch, BatchNorm, Dim, LayerNorm, Model, Network, Params};
use bouton_tensor::{DType, Tensor, Tree, grad, random, tensor};

/// The records of one layer.
fn goldens(kind: &str) -> Vec<Record> {
    let all = records(include_str!("../golden/layers.txt"));
    let of_kind: Vec<Record> = all.into_iter().filter(|r| r.kind == kind).collect();
    assert!(!of_kind.is_empty(), "{kind}");
    of_kind
}

/// The network of a record's layer, the record's parameters, and its input.
fn prepared(record: &Record, layer: impl Fn(&Model) -> Model) -> (Network, Params, Tensor) {
    let given = record.number("in").unwrap() as usize;
    let mut inputs: Vec<Tensor> = record.arrays[..given]
        .iter()
        .map(|a| Tensor::from_array(a.clone()))
        .collect();
    let x = inputs.pop().unwrap();
    let shape = x.shape().unwrap();
    let axes: Vec<Axis> = [Batch]
        .into_iter()
        .chain(shape[1..].iter().map(|&n| Dim(n)))
        .collect();
    let network = layer(&Model::input("x", axes)).build().unwrap();
    let params = network.init(&random::key(0));
    let trained = network.trainable(&params);
    assert_eq!(trained.len(), inputs.len(), "{}", record.kind);
    let named = trained.iter().map(|(name, _)| name.clone()).zip(inputs);
    let params = params.merge(&Params::new(named).unwrap()).unwrap();
    (network, params, x)
}

/// Output and gradients in training; what else the record holds.
#[track_caller]
fn check<'r>(
    record: &'r Record,
    network: &Network,
    params: &Params,
    x: &Tensor,
) -> impl Iterator<Item = Vec<f64>> + use<'r> {
    let key = random::key(1);
    let trained = network.trainable(params);
    let y = network.train(params, x, &key).0;
    let (of_params, of_x) = grad((&trained, x), |(trained, x)| {
        let params = params.merge(&trained)?;
        Ok(network.train(&params, &x, &key).0.square().sum())
    })
    .unwrap();
    let found: Vec<Tensor> = [y]
        .into_iter()
        .chain(of_params.leaves())
        .chain([of_x])
        .collect();
    let given = trained.len() + 1;
    let (rel, abs) = (record.number("rel").unwrap(), record.number("abs").unwrap());
    for (i, found) in found.iter().enumerate() {
        let expected = record.values(given + i);
        let scale = expected.iter().fold(1f64, |m, v| m.max(v.abs()));
        let found = found.to_array().unwrap().to_f64_vec();
        let what = format!("{} {:?}, output {i}", record.kind, record.attributes);
        close(&found, &expected, rel, abs * scale, &what);
    }
    let more = given + found.len()..record.arrays.len();
    more.map(|i| record.values(i))
}

#[test]
fn layer_norm_is_pytorchs() {
    for record in goldens("layer_norm") {
        let layer = LayerNorm::new().epsilon(record.number("epsilon").unwrap());
        let (network, params, x) = prepared(&record, |m| m.layer(layer.clone()));
        assert_eq!(check(&record, &network, &params, &x).count(), 0);
        // The same in prediction.
        let (y, trained) = (
            network.predict(&params, &x),
            network.train(&params, &x, &random::key(1)).0,
        );
        assert_eq!(y.to_vec::<f32>().unwrap(), trained.to_vec::<f32>().unwrap());
    }
}

#[test]
fn batch_norm_is_pytorchs_and_its_running_statistics_are_flax() {
    for record in goldens("batch_norm") {
        let number = |key| record.number(key).unwrap();
        let layer = BatchNorm::new()
            .epsilon(number("epsilon"))
            .momentum(number("momentum"));
        let (network, params, x) = prepared(&record, |m| m.layer(layer.clone()));
        let more: Vec<Vec<f64>> = check(&record, &network, &params, &x).collect();
        let [mean, variance, later] = &more[..] else {
            panic!("{} arrays", more.len());
        };
        let state = network.train(&params, &x, &random::key(1)).1;
        let value = |name: &str| state.get(name).unwrap().to_array().unwrap().to_f64_vec();
        close(&value("batch_norm_0.mean"), mean, 2e-5, 2e-6, "mean");
        close(
            &value("batch_norm_0.variance"),
            variance,
            2e-5,
            2e-6,
            "variance",
        );
        let y = network.predict(&params.merge(&state).unwrap(), &x);
        close(
            &y.to_array().unwrap().to_f64_vec(),
            later,
            2e-5,
            2e-5,
            "later",
        );
    }
}

#[test]
fn prediction_changes_no_state_and_gradients_move_none() {
    let network = Model::input("x", [Batch, Dim(2)])
        .batch_norm()
        .build()
        .unwrap();
    let params = network.init(&random::key(0));
    let x = tensor![[1.0, 2.0], [3.0, 5.0]];
    let forward = network.forward(&params, &x, None);
    assert_eq!(forward.state.len(), 2);
    let mean = forward.state.get("batch_norm_0.mean").unwrap();
    assert_eq!(mean.to_vec::<f32>().unwrap(), [0.0, 0.0]);
    let slopes = grad(&params, |params| {
        network.train(&params, &x, &random::key(0)).0.sum()
    });
    for name in ["batch_norm_0.mean", "batch_norm_0.variance"] {
        assert_eq!(
            slopes.get(name).unwrap().to_vec::<f32>().unwrap(),
            [0.0, 0.0],
            "{name}"
        );
    }
}

#[test]
fn state_that_decays_is_flushed() {
    let model = Model::input("x", [Batch, Dim(1)]).layer(BatchNorm::new().momentum(0.5));
    let network = model.build().unwrap();
    let mut params = network.init(&random::key(0));
    let x = Tensor::full(DType::F32, [4, 1], 0.0);
    for _ in 0..126 {
        params = params
            .merge(&network.train(&params, &x, &random::key(0)).1)
            .unwrap();
    }
    let variance = |params: &Params| params.get("batch_norm_0.variance").unwrap().item().unwrap();
    assert_eq!(variance(&params), f64::from(f32::MIN_POSITIVE));
    params = params
        .merge(&network.train(&params, &x, &random::key(0)).1)
        .unwrap();
    assert_eq!(variance(&params), 0.0);
}

#[test]
fn state_stays_wide_under_a_narrow_policy() {
    let narrow = bouton_nn::Policy::all(DType::BF16);
    let model = Model::input("x", [Batch, Dim(2)])
        .batch_norm()
        .with_policy(narrow);
    let network = model.build().unwrap();
    let types: Vec<String> = network
        .param_types()
        .iter()
        .map(|(_, ty)| ty.to_string())
        .collect();
    assert_eq!(types, ["bf16[2]", "bf16[2]", "f32[2]", "f32[2]"]);
    let params = network.init(&random::key(0));
    let (y, state) = network.train(&params, tensor![[1.0, 2.0], [3.0, 5.0]], &random::key(0));
    assert_eq!(y.dtype().unwrap(), DType::BF16);
    assert_eq!(
        state
            .get("batch_norm_0.mean")
            .unwrap()
            .to_vec::<f32>()
            .unwrap(),
        [0.02, 0.035]
    );
}

#[test]
fn a_custom_layer_keeps_state_too() {
    let model = Model::input("x", [Batch, Dim(1)]).custom("counter", |scope, x| {
        let seen = scope.state("seen", [], bouton_nn::init::zeros());
        scope.keep("seen", &(seen + x.dims::<2>()?[0] as f64))?;
        Ok(x.clone())
    });
    let network = model.build().unwrap();
    let params = network.init(&random::key(0));
    let (_, state) = network.train(&params, tensor![[1.0], [2.0]], &random::key(0));
    assert_eq!(state.get("counter_0.seen").unwrap().item().unwrap(), 2.0);
    assert!(network.trainable(&params).is_empty());
}
