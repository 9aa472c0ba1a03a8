//! The same training written with `jit`, an optimizer and a network, and no trainer: the same bits.
use crate::{determinism::hash, networks::drawn};
use bouton_nn::{Batch, Dim, Model, Params, losses};
use bouton_optim::{State, adam};
use bouton_tensor::{Tensor, eval, jit, random, value_and_grad};
use bouton_train::{Evaluator, Progress, Trainer};

#[test]
fn by_hand_gives_what_the_trainer_gives() {
    let model = Model::input("images", [Batch, Dim(784)])
        .dense(32)
        .relu()
        .dropout(0.1)
        .dense(10)
        .softmax();
    let data = drawn(150, 64);
    let (network, optimizer, loss) = (
        model.build().unwrap(),
        adam(1e-3),
        losses::categorical_cross_entropy(),
    );
    let key = random::key(42);

    let one = |(params, state): (Params, State), x: &Tensor, y: &Tensor, force: bool| {
        let key = random::fold_in(&key, state.step());
        let (loss, grads) = value_and_grad(&params, |params| {
            let forward = network.forward(&params, x, Some(&key));
            let loss = loss.of(y, &forward);
            if force {
                eval((&forward.output, &loss)).unwrap();
            }
            loss
        });
        if force {
            grads.iter().for_each(|(_, g)| eval(g).unwrap());
        }
        (loss, optimizer.update(grads, state, params))
    };
    let step = jit(|state: (Params, State), x: &Tensor, y: &Tensor| one(state, x, y, false));

    let first = network.init(&key);
    let mut compiled = (first.clone(), optimizer.init(&first));
    let mut forced = compiled.clone();
    let mut losses = vec![];
    for epoch in 0..2 {
        for batch in data.iter_epoch(epoch) {
            let (x, y) = batch.unwrap();
            let (loss, next) = step(compiled, &x, &y).unwrap();
            compiled = next;
            losses.push(loss.item().unwrap());
            let (loss, next) = one(forced, &x, &y, true);
            assert_eq!(loss.item().unwrap(), losses[losses.len() - 1]);
            eval(&next).unwrap();
            forced = next;
        }
    }
    assert_eq!(step.traces(), 2);

    let trainer = Trainer::new(&model, loss.clone(), optimizer.clone()).progress(Progress::Silent);
    let trained = trainer.epochs(2).run(&data).unwrap();
    assert_eq!(
        hash(&compiled.0),
        hash(&forced.0),
        "every intermediate value forced"
    );
    assert_eq!(hash(&compiled.0), hash(trained.params()));
    let mean = |l: &[f64]| (l[0] * 64.0 + l[1] * 64.0 + l[2] * 22.0) / 150.0;
    assert!((trained.history()[1].loss() - mean(&losses[3..])).abs() < 1e-9);

    let scores = Evaluator::new(&model)
        .loss(loss.clone())
        .run(&data, &trained)
        .unwrap();
    let again = Evaluator::new(&model)
        .loss(bouton_nn::losses::categorical_cross_entropy())
        .run(&data, &compiled.0)
        .unwrap();
    assert_eq!(scores, again);
}
