//! Mixed precision: who computes in which type.
use bouton_nn::{Batch, Dim, Model, Policy, losses};
use bouton_tensor::{DType, Tensor, Tree, grad, random};
use std::sync::{Arc, Mutex};

/// A model that notes the types that pass between its layers.
fn spied(policy: Policy, seen: Arc<Mutex<Vec<DType>>>) -> Model {
    let spy = move |x: &Tensor| seen.lock().unwrap().push(x.dtype().unwrap());
    let (first, second) = (spy.clone(), spy);
    Model::input("x", [Batch, Dim(4)])
        .dense(3)
        .custom("spy", move |_, x| {
            first(x);
            x.clone()
        })
        .relu()
        .dense(2)
        .custom("spy", move |_, x| {
            second(x);
            x.clone()
        })
        .softmax()
        .with_policy(policy)
}

#[test]
fn bf16_computes_narrow_and_keeps_parameters_and_output_wide() {
    let seen = Arc::new(Mutex::new(vec![]));
    let network = spied(Policy::bf16(), seen.clone()).build().unwrap();
    seen.lock().unwrap().clear();
    let params = network.init(&random::key(1));
    assert!(
        params
            .leaves()
            .iter()
            .all(|p| p.dtype().unwrap() == DType::F32)
    );
    let x = random::normal(&random::key(2), DType::F32, [5, 4]);
    let y = network.predict(&params, &x);
    assert_eq!(*seen.lock().unwrap(), [DType::BF16, DType::BF16]);
    assert_eq!(y.dtype().unwrap(), DType::F32);
    // The softmax itself is computed in f32: its rows add up as f32 does.
    for row in y.to_vec::<f32>().unwrap().chunks(2) {
        assert!((row[0] + row[1] - 1.0).abs() < 1e-6, "{row:?}");
    }
    let wide = spied(Policy::f32(), Arc::default())
        .build()
        .unwrap()
        .predict(&params, &x);
    let (a, b) = (y.to_vec::<f32>().unwrap(), wide.to_vec::<f32>().unwrap());
    assert!(
        a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 0.02) && a != b,
        "{a:?} {b:?}"
    );
}

#[test]
fn gradients_come_in_the_parameters_type() {
    let network = spied(Policy::bf16(), Arc::default()).build().unwrap();
    let params = network.init(&random::key(1));
    let x = random::normal(&random::key(2), DType::F32, [5, 4]);
    let labels = Tensor::from(vec![0, 1, 0, 1, 1]);
    let slopes = grad(&params, |params| {
        losses::sparse_categorical_cross_entropy().of(&labels, &network.forward(&params, &x, None))
    });
    for slope in slopes.leaves() {
        assert_eq!(slope.dtype().unwrap(), DType::F32);
        assert!(slope.to_vec::<f32>().unwrap().iter().any(|v| *v != 0.0));
    }
}

#[test]
fn parameters_can_be_narrow_too() {
    let model = Model::input("x", [Batch, Dim(4)])
        .dense(3)
        .with_policy(Policy::all(DType::F16));
    let network = model.build().unwrap();
    let params = network.init(&random::key(1));
    assert_eq!(params.bytes().unwrap(), 30);
    assert_eq!(
        network
            .predict(&params, Tensor::ones(DType::F32, [1, 4]))
            .dtype()
            .unwrap(),
        DType::F16
    );
    assert_eq!(
        model.policy().unwrap().to_string(),
        "params: f16, compute: f16, output: f16"
    );
}

#[test]
fn policies_must_be_floats_and_agree() {
    let x = Model::input("x", [Batch, Dim(4)]);
    let integer = x
        .with_policy(Policy::all(DType::I32))
        .build()
        .unwrap_err()
        .to_string();
    assert!(
        integer.starts_with(&format!(
            "with_policy: params must be a float, not i32\n  at {}:",
            file!()
        )),
        "{integer}"
    );
    let mixed = x
        .dense(4)
        .with_policy(Policy::bf16())
        .add(&x)
        .build()
        .unwrap_err()
        .to_string();
    assert!(
        mixed.starts_with("add: the models have different precision policies\n  at "),
        "{mixed}"
    );
}
