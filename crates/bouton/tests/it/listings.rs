//! The listings that the design promises, in their final form, on data that is always there.

use bouton::prelude::*;
use bouton::{ErrorKind, Jit};

#[test]
fn a_model_is_trained_tested_and_saved() -> bouton::Result<()> {
    let mnist = datasets::digits(4_000, 500, 42)?;
    let model = Model::input("images", [Batch, Dim(784)])
        .dense(128)
        .relu()
        .dense(10)
        .softmax();
    let table = model.table()?;
    assert!(
        table.contains("Total Parameters: 101770\nTotal Parameters Memory: 407080 bytes"),
        "{table}"
    );

    let trained = Trainer::new(&model, loss::categorical_cross_entropy(), optim::adam(1e-3))
        .metric(metrics::accuracy())
        .epochs(5)
        .progress(Progress::Silent)
        .run(mnist.train.batches(128).shuffle(42))?;

    let scores = Evaluator::new(&model)
        .metric(metrics::accuracy())
        .run(mnist.test.batches(256), &trained)?;
    assert!(scores.get("accuracy").unwrap() > 0.8, "{scores}");

    let path = std::env::temp_dir().join(format!("bouton-listing-{}.bouton", std::process::id()));
    trained.save(&path)?;
    let (loaded, params) = Model::load(&path)?;
    std::fs::remove_file(&path)?;
    let again = Evaluator::new(&loaded)
        .metric(metrics::accuracy())
        .run(mnist.test.batches(100), &params)?;
    assert_eq!(again.get("accuracy"), scores.get("accuracy"));
    Ok(())
}

#[test]
fn numerical_functions_need_no_model() -> bouton::Result<()> {
    let x = tensor![3.0, 4.0, 10.0];
    let df = grad(&x, |x| x.pow(2.0).sum());
    assert_eq!(format!("{df:?}"), "f32[3] [6.0, 8.0, 20.0]");

    let mse = loss::mean_squared_error();
    let step = jit(move |(w, b): (Tensor, Tensor), x: &Tensor, y: &Tensor| {
        let (loss, (dw, db)) = value_and_grad((&w, &b), |(w, b)| mse.call(y, &(x.matmul(&w) + b)));
        (loss, (w - 1e-2 * dw, b - 1e-2 * db))
    });
    let (x, y) = (tensor![[1.0], [2.0]], tensor![[3.0], [5.0]]);
    let params = (tensor![[1.0]], tensor![0.5]);
    let (loss, params) = step(params, &x, &y)?;
    // Errors are -1.5 and -2.5; their gradients by w -6.5, by b -4.
    assert_eq!(format!("{loss:?}"), "f32 4.25");
    assert_eq!(format!("{:?}", params.0), "f32[1, 1]\n[\n  [1.065]\n]");
    assert_eq!(format!("{:?}", params.1), "f32[1] [0.54]");
    let (second, _) = step(params, &x, &y)?;
    assert!(second.item()? < 4.25);
    assert_eq!(step.traces(), 1);
    Ok(())
}

#[test]
fn errors_of_every_part_become_one() {
    fn shapes() -> bouton::Result<Vec<f32>> {
        Ok(tensor![1.0, 2.0]
            .matmul(tensor![[1.0], [2.0], [3.0]])
            .to_vec()?)
    }
    fn data() -> bouton::Result<()> {
        datasets::mnist_from("no such folder")
            .map(|_| ())
            .map_err(Into::into)
    }
    fn file() -> bouton::Result<()> {
        Ok(Model::load("no such file").map(|_| ())?)
    }
    fn training() -> bouton::Result<()> {
        let model = Model::input("x", [Batch, Dim(1)]).dense(1);
        let data = vec![(tensor![[1.0]], tensor![[1.0]])];
        let trainer = Trainer::new(&model, loss::mean_squared_error(), optim::sgd(0.1)).epochs(0);
        Ok(trainer.run(data).map(|_| ())?)
    }
    #[track_caller]
    fn check<T>(result: bouton::Result<T>, kind: ErrorKind, words: &str) {
        let error = result.err().unwrap();
        assert_eq!(error.kind(), kind);
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(format!("{error:?}"), error.to_string());
    }
    check(shapes(), ErrorKind::Tensor, "listings.rs:");
    check(data(), ErrorKind::Data, "no such folder");
    check(file(), ErrorKind::ModelFile, "no such file");
    check(training(), ErrorKind::Training, "at least one epoch");
}

#[test]
fn what_is_shared_between_threads_may_be() {
    fn shared<T: Send + Sync + ?Sized>() {}
    shared::<Tensor>();
    shared::<Model>();
    shared::<Network>();
    shared::<Params>();
    shared::<Trained>();
    shared::<bouton::Error>();
    shared::<Jit<dyn Fn(Tensor) -> Result<Tensor, bouton::TensorError> + Send + Sync>>();
    shared::<dyn bouton::compiler::Executable>();
    shared::<dyn bouton::Compiler>();
}
