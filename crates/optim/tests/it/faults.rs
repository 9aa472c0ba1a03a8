//! What is refused, and in which words.
use bouton_optim::{
    Adam, AdamW, Optimizer, Sgd, State, adam, cosine_decay, exponential_decay, sgd,
};
use bouton_tensor::{Tensor, Tree, tensor};

/// Every result carries an error that begins with `rule` and names the line of this test.
#[track_caller]
fn check(results: (impl Tree, State), rule: &str) {
    let leaves: Vec<Tensor> = results
        .0
        .leaves()
        .into_iter()
        .chain(results.1.leaves())
        .collect();
    for leaf in &leaves {
        let error = leaf
            .error()
            .unwrap_or_else(|| panic!("no error: {leaf:?}"))
            .to_string();
        assert!(error.starts_with(rule), "{error}");
        assert!(error.contains("tests/it/faults.rs:"), "{error}");
    }
}

#[test]
fn gradients_must_fit_the_parameters() {
    let optimizer = sgd(0.1);
    let x = tensor![1.0, 2.0];
    let state = || optimizer.init(&x);
    let rule = "sgd { learning_rate: 0.1 }: the gradient of \"\" must be a float of its shape\n  input 0: f32\n  input 1: f32[2]\n";
    check(
        optimizer.update(bouton_tensor::Tensor::scalar(1.0f32), state(), &x),
        rule,
    );
    let rule = "sgd { learning_rate: 0.1 }: there are 2 gradients for 1 parameters\n";
    check(optimizer.update((&x, &x), state(), &x), rule);
    let poisoned = optimizer.update(&x + tensor![1.0, 2.0, 3.0], state(), &x);
    assert!(poisoned.0.error().unwrap().to_string().starts_with("add: "));
}

#[test]
fn a_state_of_something_else_is_refused() {
    let x = tensor![1.0, 2.0];
    let name = adam(0.1).to_string();
    check(
        adam(0.1).update(&x, sgd(0.1).init(&x), &x),
        &format!("{name}: the state has 2 slots less than this optimizer\n"),
    );
    check(
        sgd(0.1).update(&x, adam(0.1).init(&x), &x),
        "sgd { learning_rate: 0.1 }: the state has 2 slots more than this optimizer\n",
    );
    let other = adam(0.1).init(bouton_tensor::Tensor::scalar(1.0f32));
    check(
        adam(0.1).update(&x, other, &x),
        &format!("{name}: the state does not fit the parameters\n"),
    );
}

#[test]
fn only_floats_are_trained() {
    let x = (tensor![1.0], tensor![1]);
    let rule =
        "sgd { learning_rate: 0.1 }: only floats can be trained; the parameter \"[1]\" is i32\n";
    let grads = (tensor![1.0], tensor![1.0]);
    check(sgd(0.1).update(grads, sgd(0.1).init(&x), &x), rule);
}

#[test]
fn settings_must_make_sense() {
    #[track_caller]
    fn refused(optimizer: impl Into<Optimizer>, rule: &str) {
        let optimizer = optimizer.into();
        let error = optimizer.check().unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("{optimizer}: {rule}\n")),
            "{error}"
        );
        assert!(error.contains("tests/it/faults.rs:"), "{error}");
        let x = tensor![1.0];
        assert!(optimizer.init(&x).step().error().is_some());
        assert!(
            optimizer
                .update(&x, sgd(0.1).init(&x), &x)
                .0
                .error()
                .is_some()
        );
    }
    refused(
        sgd(-0.1),
        "learning_rate must be a finite number of at least 0, not -0.1",
    );
    refused(
        adam(f64::NAN),
        "learning_rate must be a finite number of at least 0, not NaN",
    );
    refused(
        Sgd::new(0.1).momentum(1.0),
        "momentum must be at least 0 and below 1, not 1.0",
    );
    refused(Sgd::new(0.1).nesterov(), "nesterov needs a momentum");
    refused(
        Adam::new(0.1).b1(1.5),
        "b1 must be at least 0 and below 1, not 1.5",
    );
    refused(
        Adam::new(0.1).b2(-0.5),
        "b2 must be at least 0 and below 1, not -0.5",
    );
    refused(
        Adam::new(0.1).eps(-1.0),
        "eps must be a finite number of at least 0, not -1.0",
    );
    refused(
        AdamW::new(0.1).weight_decay(f64::INFINITY),
        "weight_decay must be a finite number of at least 0, not inf",
    );
    refused(
        sgd(exponential_decay(0.1, 0, 0.5)),
        "transition_steps must be at least 1, not 0.0",
    );
    refused(
        sgd(exponential_decay(0.1, 1, 0.0)),
        "decay_rate must be a finite number above 0, not 0.0",
    );
    refused(
        sgd(cosine_decay(0.1, 0)),
        "decay_steps must be at least 1, not 0.0",
    );
    refused(
        sgd(cosine_decay(0.1, 9).alpha(2.0)),
        "alpha must be from 0 to 1, not 2.0",
    );
    assert!(adam(1e-3).check().is_ok());
}

#[test]
fn a_schedule_returns_one_number() {
    let rate = bouton_optim::Schedule::function("wide", |step| step.broadcast_to([2]));
    let error = rate.rate(0).unwrap_err().to_string();
    assert!(
        error.starts_with("wide { .. }: a schedule must return one number\n  input 0: f64[2]\n"),
        "{error}"
    );
}
