//! A network trains inside `jit` and `value_and_grad`.
use bouton_nn::{Batch, Dim, Model, Params, losses, metrics};
use bouton_tensor::{Path, Tensor, Tree, jit, random, tensor, value_and_grad};

/// `p - rate * g` for every parameter.
fn descend(params: &Params, slopes: &Params, rate: f64) -> Params {
    let mut slopes = slopes.leaves().into_iter();
    params.map(Path::Root, &mut |_, p| match slopes.next() {
        Some(slope) => p - rate * slope,
        None => p.clone(),
    })
}

#[test]
fn xor_is_learnt() {
    let x = tensor![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let y = tensor![[0.0], [1.0], [1.0], [0.0]];
    let model = Model::input("x", [Batch, Dim(2)])
        .dense(8)
        .tanh()
        .dense(1)
        .sigmoid();
    let network = model.build().unwrap();
    let loss = losses::binary_cross_entropy();
    let step = jit(|params: Params, x: &Tensor, y: &Tensor, key: &Tensor| {
        let (value, slopes) = value_and_grad(&params, |params| {
            loss.of(y, &network.forward(&params, x, Some(key)))
        });
        (value, descend(&params, &slopes, 1.0))
    });
    let mut params = network.init(&random::key(42));
    let mut last = f64::INFINITY;
    for i in 0..1000 {
        let key = random::fold_in(&random::key(1), i);
        let (value, next) = step(params, &x, &y, &key).unwrap();
        (params, last) = (next, value.item().unwrap());
    }
    assert_eq!(step.traces(), 1);
    assert!(last < 0.02, "{last}");
    let score = metrics::accuracy().call(&y, &network.predict(&params, &x));
    assert_eq!(score.mean().item().unwrap(), 1.0);
}

#[test]
fn a_state_is_there_and_empty() {
    let network = Model::input("x", [Batch, Dim(2)])
        .dropout(0.5)
        .build()
        .unwrap();
    let (_, state) = network.train(
        &network.init(&random::key(0)),
        tensor![[1.0, 1.0]],
        &random::key(0),
    );
    assert!(state.is_empty());
}
