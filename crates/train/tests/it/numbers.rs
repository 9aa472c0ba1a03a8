//! Means: over the examples of an epoch, or as Axon prints them.
use crate::networks::{tiny, tiny_data, tiny_trainer};
use bouton_nn::{Loss, Metric, losses, metrics};
use bouton_optim::sgd;
use bouton_tensor::{Tensor, random};
use bouton_train::{Evaluator, Event};

#[track_caller]
fn near(found: f64, expected: f64) {
    assert!(
        (found - expected).abs() <= 1e-6 * expected.abs().max(1.0),
        "{found} is not {expected}"
    );
}

/// A rate of zero, so that every batch meets the same parameters.
#[test]
fn every_example_counts_the_same_in_an_uneven_epoch() {
    let data = tiny_data(&[8, 8, 3]);
    let params = tiny().build().unwrap().init(&random::key(5));
    let (loss, accuracy) = (losses::categorical_cross_entropy(), metrics::accuracy());
    let trained = tiny_trainer(sgd(0.0))
        .start(&params)
        .metric(accuracy.clone())
        .epochs(2)
        .run(data.clone())
        .unwrap();
    let together = |pick: fn(&(Tensor, Tensor)) -> &Tensor| {
        let parts: Vec<f32> = data
            .iter()
            .flat_map(|b| pick(b).to_vec::<f32>().unwrap())
            .collect();
        Tensor::from_vec([19, parts.len() / 19], parts)
    };
    let (x, y) = (together(|b| &b.0), together(|b| &b.1));
    let p = tiny().build().unwrap().predict(&params, &x);
    let expected = [
        loss.call(&y, &p).item().unwrap(),
        accuracy.call(&y, &p).mean().item().unwrap(),
    ];
    for record in trained.history() {
        near(record.loss(), expected[0]);
        assert_eq!(
            record.get("accuracy"),
            Some((expected[1] * 19.0).round() / 19.0)
        );
        assert_eq!((record.steps, record.training.examples()), (3, 19));
    }
    let evaluator = Evaluator::new(&tiny()).metric(accuracy).loss(loss);
    let scores = evaluator.run(data, &trained).unwrap();
    near(scores.get("loss").unwrap(), expected[0]);
    assert_eq!(
        scores.get("accuracy"),
        Some((expected[1] * 19.0).round() / 19.0)
    );
    assert_eq!(scores.examples(), 19);
}

/// What Axon prints: batches count the same, and the loss goes on over epochs; metrics are of the epoch.
#[test]
fn the_loss_may_be_averaged_since_the_start() {
    let data = tiny_data(&[8, 8, 3]);
    let mut seen = vec![];
    let (losses, plain): (Vec<f64>, _) = {
        let mut each = vec![];
        let mut last = (0.0, 0.0);
        let sizes = [8.0, 8.0, 3.0];
        let plain = tiny_trainer(sgd(0.5))
            .epochs(2)
            .metric(metrics::accuracy())
            .on(Event::BatchCompleted, |s| {
                let n: f64 = sizes[..s.batch()].iter().sum();
                let sum = s.loss() * n;
                let before = if s.batch() == 1 { (0.0, 0.0) } else { last };
                each.push((sum - before.0) / (n - before.1));
                last = (sum, n);
            })
            .run(data.clone())
            .unwrap();
        (each, plain)
    };
    let trained = tiny_trainer(sgd(0.5))
        .epochs(2)
        .loss_since_start()
        .metric(metrics::accuracy())
        .on(Event::BatchCompleted, |s| seen.push(s.loss()))
        .run(data)
        .unwrap();
    assert_eq!(losses.len(), 6);
    for (i, found) in seen.iter().enumerate() {
        near(*found, losses[..=i].iter().sum::<f64>() / (i + 1) as f64);
    }
    assert_eq!(trained.history()[1].loss(), seen[5]);
    for (found, expected) in trained.history().iter().zip(plain.history()) {
        assert_eq!(found.get("accuracy"), expected.get("accuracy"));
    }
}

#[test]
fn losses_and_metrics_may_be_closures() {
    let data = tiny_data(&[8, 3]);
    let squared = |y: &Tensor, p: &Tensor| ((y - p) * (y - p)).mean();
    let worst = Metric::function("worst", |y, p| (y - p).abs().max());
    let params = tiny().build().unwrap().init(&random::key(5));
    let run = |loss: Loss| {
        let trainer = bouton_train::Trainer::new(&tiny(), loss, sgd(0.1))
            .progress(bouton_train::Progress::Silent);
        trainer
            .start(&params)
            .metric(worst.clone())
            .epochs(3)
            .run(data.clone())
            .unwrap()
    };
    let (closure, rule) = (run(squared.into()), run(losses::mean_squared_error()));
    near(closure.history()[2].loss(), rule.history()[2].loss());
    let mut sum = 0.0;
    for (x, y) in &data {
        let worst = (y - closure.predict(x)).abs().max().item().unwrap();
        sum += worst * y.dims::<2>().unwrap()[0] as f64;
    }
    let scores = Evaluator::new(&tiny())
        .metric(worst.clone())
        .run(data.clone(), closure.params())
        .unwrap();
    near(scores.get("worst").unwrap(), sum / 11.0);
}
