//! What a run shows, calls and leaves behind.
use crate::networks::{mlp, tiny, tiny_data, tiny_trainer};
use bouton_data::{Data, Epoch};
use bouton_nn::{Model, file::ModelFile, losses, metrics};
use bouton_optim::sgd;
use bouton_tensor::random;
use bouton_train::{ErrorKind, Evaluator, Event, Progress, Signal, Trained, Trainer};
use std::{
    cell::RefCell,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

/// The text with its seconds taken out.
fn timeless(text: &str) -> String {
    let line = |line: &str| match line.rsplit_once("  ") {
        Some((rest, seconds)) if seconds.ends_with(" s") => format!("{rest}\n"),
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

#[test]
fn progress_is_a_line_for_each_epoch() {
    let mut text = vec![];
    let data = tiny_data(&[8, 8, 3]);
    let trained = tiny_trainer(sgd(0.5))
        .metric(metrics::accuracy())
        .epochs(2)
        .validate(tiny_data(&[5]))
        .progress(Progress::To(Box::new(&mut text)))
        .run(data)
        .unwrap();
    let shown = |i: usize| {
        let record = &trained.history()[i];
        let value = |name: &str| record.get(name).unwrap();
        format!(
            "epoch {}/2  loss {:.4}  accuracy {:.4}  validation loss {:.4}  validation accuracy {:.4}  3 steps\n",
            i + 1,
            value("loss"),
            value("accuracy"),
            value("validation loss"),
            value("validation accuracy")
        )
    };
    assert_eq!(
        timeless(&String::from_utf8(text).unwrap()),
        shown(0) + &shown(1)
    );
    let summary = trained.to_string();
    assert!(summary.starts_with("2 epochs, 6 steps, "), "{summary}");
    let last = shown(1);
    let numbers = last
        .trim_start_matches("epoch 2/2  ")
        .trim_end_matches("  3 steps\n");
    assert!(summary.ends_with(&format!(" s: {numbers}")), "{summary}");
}

#[test]
fn validation_is_an_evaluation_after_each_epoch() {
    let (data, other) = (tiny_data(&[8, 3]), tiny_data(&[8, 3, 5]));
    let params = RefCell::new(vec![]);
    let trained = tiny_trainer(sgd(0.5))
        .metric(metrics::accuracy())
        .epochs(3)
        .validate(other.clone())
        .on(Event::EpochCompleted, |s| {
            params.borrow_mut().push(s.params())
        })
        .run(data)
        .unwrap();
    let evaluator = Evaluator::new(&tiny())
        .loss(bouton_nn::losses::categorical_cross_entropy())
        .metric(metrics::accuracy());
    for (record, params) in trained.history().iter().zip(params.borrow().iter()) {
        assert_eq!(
            record.validation,
            Some(evaluator.run(other.clone(), params).unwrap())
        );
    }
    let losses: Vec<f64> = trained
        .history()
        .iter()
        .map(|r| r.get("validation loss").unwrap())
        .collect();
    assert!(losses[2] < losses[0], "{losses:?}");
}

#[test]
fn events_come_in_order_and_may_end_an_epoch_or_the_run() {
    let seen = RefCell::new(vec![]);
    let note = |what: &str| seen.borrow_mut().push(what.to_string());
    let trained = tiny_trainer(sgd(0.5))
        .epochs(5)
        .on(Event::EpochStarted, |s| {
            note(&format!("epoch {} of {}", s.epoch(), s.epochs()))
        })
        .on(Event::BatchCompleted, |s| {
            note(&format!(
                "batch {} of {:?}, step {}",
                s.batch(),
                s.batches(),
                s.step()
            ));
            if s.batch() == 2 && s.epoch() == 2 {
                Signal::EndEpoch
            } else {
                Signal::Continue
            }
        })
        .on(Event::EpochCompleted, |s| {
            note(&format!("{} done", s.history().len()));
            if s.epoch() == 2 {
                Signal::Stop
            } else {
                Signal::Continue
            }
        })
        .run(tiny_data(&[4, 4, 4]))
        .unwrap();
    let expected = [
        "epoch 1 of 5",
        "batch 1 of Some(3), step 1",
        "batch 2 of Some(3), step 2",
        "batch 3 of Some(3), step 3",
        "1 done",
        "epoch 2 of 5",
        "batch 1 of Some(3), step 4",
        "batch 2 of Some(3), step 5",
        "2 done",
    ];
    assert_eq!(*seen.borrow(), expected);
    assert_eq!(
        (
            trained.steps(),
            trained.history().len(),
            trained.interrupted()
        ),
        (5, 2, false)
    );
    assert_eq!(trained.history()[1].training.examples(), 8);
}

#[test]
fn a_handler_s_error_ends_the_run_and_is_the_source() {
    let e = tiny_trainer(sgd(0.5))
        .on(Event::EpochCompleted, |_| {
            Err::<(), _>(std::io::Error::other("the disk is full"))
        })
        .run(tiny_data(&[4]))
        .unwrap_err();
    assert_eq!(
        (e.kind(), e.to_string().as_str()),
        (ErrorKind::Handler, "the disk is full")
    );
    assert!(std::error::Error::source(&e).is_some_and(|e| e.is::<std::io::Error>()));
}

#[test]
fn an_interrupted_run_ends_after_its_step_with_what_it_has() {
    let stop = Arc::new(AtomicBool::new(false));
    let mut text = vec![];
    let trained = tiny_trainer(sgd(0.5))
        .epochs(3)
        .stop_when(stop.clone())
        .progress(Progress::To(Box::new(&mut text)))
        .validate(tiny_data(&[4]))
        .on(Event::BatchCompleted, |s| {
            stop.store(s.step() == 5, Relaxed)
        })
        .run(tiny_data(&[4, 4, 4]))
        .unwrap();
    assert!(trained.interrupted());
    assert_eq!((trained.steps(), trained.history().len()), (5, 2));
    assert_eq!(
        (trained.history()[1].steps, &trained.history()[1].validation),
        (2, &None)
    );
    assert!(trained.to_string().ends_with(" (interrupted)"));
    let text = String::from_utf8(text).unwrap();
    assert!(
        text.lines()
            .nth(1)
            .is_some_and(|l| l.starts_with("epoch 2/3  loss 0.") && l.ends_with("  interrupted")),
        "{text}"
    );

    let at_once = tiny_trainer(sgd(0.5))
        .stop_when(Arc::new(AtomicBool::new(true)))
        .run(tiny_data(&[4]))
        .unwrap();
    assert!(at_once.interrupted() && at_once.history().is_empty() && at_once.steps() == 0);
    let start = tiny().build().unwrap().init(&random::key(42));
    for ((_, found), (_, expected)) in at_once.params().iter().zip(start.iter()) {
        assert!(
            found
                .to_array()
                .unwrap()
                .same_bits(&expected.to_array().unwrap())
        );
    }
}

/// Data may be anything that can be read once an epoch.
struct Growing;

impl Data for Growing {
    fn epoch(&self, epoch: u64) -> Epoch<'_> {
        Box::new(tiny_data(&vec![4; epoch as usize + 1]).into_iter().map(Ok))
    }
}

#[test]
fn the_name_of_the_data_stays_with_what_was_trained_on_it() {
    let digits = bouton_data::digits(20, 1, 1).unwrap();
    let trained = Trainer::new(&mlp(), losses::categorical_cross_entropy(), sgd(0.1))
        .progress(Progress::Silent)
        .run(digits.train.batches(10))
        .unwrap();
    assert_eq!(trained.trained_on(), Some("built-in digits train"));
    let path = std::env::temp_dir().join(format!("bouton-trained-on-{}", std::process::id()));
    trained.save(&path).unwrap();
    let file = ModelFile::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(file.trained_on.as_deref(), trained.trained_on());
}

#[test]
fn data_knows_its_epoch() {
    let trained = tiny_trainer(sgd(0.5)).epochs(3).run(Growing).unwrap();
    assert_eq!(trained.trained_on(), None);
    let steps: Vec<u64> = trained.history().iter().map(|r| r.steps).collect();
    assert_eq!(steps, [1, 2, 3]);
}

#[test]
fn what_was_trained_predicts_and_can_be_saved() {
    let trained: Trained = tiny_trainer(sgd(0.5)).run(tiny_data(&[8])).unwrap();
    let path = std::env::temp_dir().join(format!("bouton-train-{}.bouton", std::process::id()));
    trained.save(&path).unwrap();
    let (model, params) = Model::load(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let x = &tiny_data(&[5])[0].0;
    let again = model.build().unwrap().predict(&params, x);
    assert!(
        trained
            .predict(x)
            .to_array()
            .unwrap()
            .same_bits(&again.to_array().unwrap())
    );
    let e = trained.save("/no/such/folder/x.bouton").unwrap_err();
    assert_eq!(e.kind(), ErrorKind::File);
}

#[test]
fn the_memory_report_is_the_step_s() {
    let data = vec![(
        bouton_tensor::Tensor::zeros(bouton_tensor::DType::F32, [16, 784]),
        bouton_tensor::Tensor::zeros(bouton_tensor::DType::I32, [16]),
    )];
    let loss = bouton_nn::losses::sparse_categorical_cross_entropy();
    let trainer = bouton_train::Trainer::new(&mlp(), loss, bouton_optim::adam(1e-3))
        .progress(Progress::Silent);
    let trained = trainer.run(data).unwrap();
    let report = trained.memory_report();
    // Parameters, two moments each, the step's number and the two sums of the loss.
    assert_eq!(report.in_place, 3 * 407_080 + 4 + 16);
    assert_eq!(report.outputs, 0);
}
