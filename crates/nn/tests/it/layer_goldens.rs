//! Layers with parameters against PyTorch's numbers, forward and backward, and what normalising layers keep.
use crate::golden::{Record, close, records};
use bouton_nn::{
    Axis, Batch, BatchNorm, Dim, LayerNorm, Model, Network, Params, Policy, SelfAttention,
};
use bouton_tensor::{DType, Tensor, Tree, grad, random, tensor};

/// The records of one layer.
pub(crate) fn goldens(kind: &str) -> Vec<Record> {
    let all = records(include_str!("../golden/layers.txt"));
    let of_kind: Vec<Record> = all.into_iter().filter(|r| r.kind == kind).collect();
    assert!(!of_kind.is_empty(), "{kind}");
    of_kind
}

/// The network of a record's layer, the record's parameters, and its input.
pub(crate) fn prepared(
    record: &Record,
    layer: impl Fn(&Model) -> Model,
) -> (Network, Params, Tensor) {
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
pub(crate) fn check<'r>(
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
    let narrow = Policy::all(DType::BF16);
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

#[test]
fn self_attention_is_pytorchs() {
    for record in goldens("self_attention") {
        let heads = SelfAttention::new(record.number("heads").unwrap() as usize);
        let layer = match record.text("causal") {
            Some("1") => heads.causal(),
            _ => heads,
        };
        let (network, params, x) = prepared(&record, |m| m.layer(layer.clone()));
        assert_eq!(check(&record, &network, &params, &x).count(), 0);
    }
}

#[test]
fn a_causal_head_sees_nothing_later() {
    let model = Model::input("x", (Batch, 3, 4)).layer(SelfAttention::new(2).causal());
    let network = model.build().unwrap();
    let params = network.init(&random::key(0));
    let x = random::normal(&random::key(1), DType::F32, [1, 3, 4]);
    let other = x
        .slice((.., 0..2, ..))
        .concatenate(Tensor::ones(DType::F32, [1, 1, 4]), 1);
    let first = |x: &Tensor| {
        network
            .predict(&params, x)
            .slice((.., 0..2, ..))
            .to_vec::<f32>()
            .unwrap()
    };
    assert_eq!(first(&x), first(&other));
    assert_ne!(
        network.predict(&params, &x).to_vec::<f32>().unwrap(),
        network.predict(&params, &other).to_vec::<f32>().unwrap()
    );
}

#[test]
fn embedding_takes_rows() {
    let network = Model::indices("tokens", [Batch])
        .embedding(3, 2)
        .build()
        .unwrap();
    let params = network.init(&random::key(0));
    let rows = tensor![[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]];
    let params = params.with("embedding_0.kernel", rows).unwrap();
    for tokens in [tensor![2, 0, 2], tensor![2u8, 0, 2]] {
        let y = network.predict(&params, tokens).to_vec::<f32>().unwrap();
        assert_eq!(y, [4.0, 5.0, 0.0, 1.0, 4.0, 5.0]);
    }
    let of = |tokens: &Tensor| grad(&params, |params| network.predict(&params, tokens).sum());
    let slope = of(&tensor![2, 0, 2])
        .get("embedding_0.kernel")
        .unwrap()
        .to_vec::<f32>()
        .unwrap();
    assert_eq!(slope, [1.0, 1.0, 0.0, 0.0, 2.0, 2.0]);
}

/// What a layer says about an input, but for the places.
#[track_caller]
pub(crate) fn says(model: &Model, expected: &str) {
    let text = model.build().unwrap_err().to_string();
    let lines: Vec<&str> = text
        .lines()
        .filter(|l| !l.trim().starts_with("at "))
        .collect();
    let within = lines.iter().position(|l| l.contains("in layer ")).unwrap();
    assert!(lines[within].contains("tests/it/"), "{text}");
    let said: Vec<&str> = lines
        .iter()
        .copied()
        .filter(|l| !l.contains("in layer "))
        .collect();
    assert_eq!(said.join("\n"), expected);
}

#[test]
fn inputs_that_make_no_sense() {
    let x = Model::input("x", [Batch, Dim(6)]);
    says(
        &x.layer(LayerNorm::new().epsilon(-1.0)),
        "layer_norm: epsilon must be a finite number of at least 0, not -1.0\n  input 0: f32[1, 6]",
    );
    says(
        &x.layer(BatchNorm::new().momentum(1.5)),
        "batch_norm: the momentum must be from 0 to 1, not 1.5\n  input 0: f32[1, 6]",
    );
    says(
        &Model::input("x", [Batch]).batch_norm(),
        "batch_norm: the input must have a batch axis and, last, an axis of channels\n  input 0: f32[1]",
    );
    says(
        &Model::indices("x", [Batch, Dim(6)]).layer_norm(),
        "layer_norm: only floats can be normalised, not i32\n  input 0: i32[1, 6]",
    );
    says(
        &x.self_attention(2),
        "self_attention: the input must be [batch, length, features]\n  input 0: f32[1, 6]",
    );
    says(
        &Model::input("x", (Batch, 3, 6)).self_attention(4),
        "self_attention: the features must be a multiple of the heads; 6 is none of 4\n  input 0: f32[1, 3, 6]",
    );
    says(
        &x.embedding(7, 3),
        "embedding: tokens must be integers, not f32\n  input 0: f32[1, 6]\n  help: declare the input with Model::indices",
    );
    let network = Model::indices("tokens", [Batch])
        .embedding(3, 2)
        .build()
        .unwrap();
    let found = network.predict(&network.init(&random::key(0)), tensor![1.0]);
    let text = found.error().unwrap().to_string();
    assert!(
        text.starts_with("input \"tokens\": the model expects integers, the data is f32"),
        "{text}"
    );
}

/// One pass over the input must not cancel what lies far from zero.
#[test]
fn batch_statistics_far_from_zero_are_those_of_f64() {
    let [rows, width] = [2000, 3];
    let noise = random::normal(&random::key(5), DType::F32, [rows, width]);
    for (offset, scale) in [(0.0f32, 1.0f32), (1e4, 1.0), (-1e4, 1e-1), (1e-3, 1e-3)] {
        let x = &noise * scale + offset;
        let network = Model::input("x", [Batch, Dim(width)])
            .layer(BatchNorm::new().momentum(0.0))
            .build()
            .unwrap();
        let params = network.init(&random::key(0));
        let (_, state) = network.train(&params, &x, &random::key(1));
        let wide = x.convert(DType::F64);
        let expected = [wide.mean_axes(0), wide.variance_axes(0, 0)];
        for (name, expected) in ["mean", "variance"].iter().zip(expected) {
            let found = state.get(&format!("batch_norm_0.{name}")).unwrap();
            let found = found.to_vec::<f32>().unwrap();
            for (found, expected) in found.iter().zip(expected.to_vec::<f64>().unwrap()) {
                // A mean is no better than the distances that it is a mean of.
                let room = if *name == "mean" {
                    3e-6 * f64::from(scale) + 1e-7 * expected.abs()
                } else {
                    // Two thousand squares in a row, of few bits each: all are rounded the same way.
                    3e-5 * expected
                };
                let off = (f64::from(*found) - expected).abs();
                assert!(off <= room, "{name} of {offset}: {found}, not {expected}");
            }
        }
    }
}
