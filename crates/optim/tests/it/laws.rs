//! What every optimizer in the table keeps to.
use bouton_optim::{Optimizer, optimizers, transformations};
use bouton_tensor::{DType, Tensor, Tree, eval, grad, jit, tensor};

fn all() -> Vec<Optimizer> {
    let optimizers = optimizers::TABLE.iter().map(|e| (e.make)(0.1.into()));
    let momentum = optimizers::sgd::Sgd::new(0.05).momentum(0.9);
    let parts = transformations::TABLE.iter().map(|e| (e.sample)());
    optimizers
        .chain([momentum.clone().into(), momentum.nesterov().into()])
        .chain(parts)
        .collect()
}

#[test]
fn optimizers_converge_on_a_quadratic() {
    for entry in optimizers::TABLE {
        let optimizer = (entry.make)(0.1.into());
        let mut x = tensor![3.0, -2.0, 0.5];
        let mut state = optimizer.init(&x);
        let step = jit(|x: Tensor, state: bouton_optim::State| {
            let slope = grad(&x, |x| (&x * &x).sum());
            optimizer.update(slope, state, x)
        });
        for _ in 0..300 {
            (x, state) = step(x, state).unwrap();
        }
        let worst = x
            .to_vec::<f32>()
            .unwrap()
            .into_iter()
            .fold(0f32, |m, v| m.max(v.abs()));
        assert!(worst < 1e-2, "{optimizer}: {x:?}");
        assert_eq!(state.step().item().unwrap(), 300.0);
    }
}

#[test]
fn parameters_keep_type_and_shape_and_state_keeps_its_structure() {
    for optimizer in all() {
        for dtype in [DType::F32, DType::F64, DType::BF16, DType::F16] {
            let params = (
                Tensor::ones(dtype, [2, 3]),
                vec![Tensor::ones(dtype, []), Tensor::zeros(dtype, [0])],
            );
            let mut state = optimizer.init(&params);
            let names: Vec<String> = state.iter().map(|(name, _)| name.to_string()).collect();
            let types: Vec<_> = state.leaves().iter().map(|t| t.ty().unwrap()).collect();
            let mut next = params.to_owned_tree();
            for _ in 0..2 {
                let grads = next.to_owned_tree();
                (next, state) = optimizer.update(grads, state, next);
            }
            for (new, old) in next.leaves().iter().zip(params.leaves()) {
                assert_eq!(new.ty().unwrap(), old.ty().unwrap(), "{optimizer}");
            }
            assert!(
                next.0
                    .to_array()
                    .unwrap()
                    .to_f64_vec()
                    .iter()
                    .all(|v| v.is_finite() && *v != 1.0),
                "{optimizer}: {next:?}"
            );
            assert_eq!(
                state
                    .leaves()
                    .iter()
                    .map(|t| t.ty().unwrap())
                    .collect::<Vec<_>>(),
                types,
                "{optimizer}"
            );
            assert_eq!(
                state.iter().map(|(name, _)| name).collect::<Vec<_>>(),
                names
            );
        }
    }
}

#[test]
fn eager_and_compiled_steps_have_the_same_bits() {
    for optimizer in all() {
        let start = tensor![0.5, -1.5, 2.0];
        let slope = |x: &Tensor| grad(x, |x| (&x * &x * &x).sum());
        let step =
            jit(|x: Tensor, state: bouton_optim::State| optimizer.update(slope(&x), state, x));
        let (mut eager, mut eager_state) = (start.clone(), optimizer.init(&start));
        let (mut compiled, mut state) = (start.clone(), optimizer.init(&start));
        for _ in 0..3 {
            (eager, eager_state) = optimizer.update(slope(&eager), eager_state, eager);
            eval((&eager, &eager_state)).unwrap();
            (compiled, state) = step(compiled, state).unwrap();
        }
        let both = eager.leaves().into_iter().chain(eager_state.leaves());
        for (a, b) in both.zip(compiled.leaves().into_iter().chain(state.leaves())) {
            assert!(
                a.to_array().unwrap().same_bits(&b.to_array().unwrap()),
                "{optimizer}: {a:?} {b:?}"
            );
        }
    }
}

#[test]
fn state_that_decays_never_turns_denormal() {
    let momentum = Optimizer::from(bouton_optim::Sgd::new(0.1).momentum(0.5));
    for optimizer in [
        momentum,
        bouton_optim::Adam::new(0.1).b1(0.5).b2(0.5).into(),
    ] {
        let x = tensor![1.0];
        let (mut x, mut state) = optimizer.update(tensor![1e-15], optimizer.init(&x), x);
        for _ in 0..400 {
            (x, state) = optimizer.update(tensor![0.0], state, x);
            eval((&x, &state)).unwrap();
            for (name, slot) in state.iter() {
                let value = slot.to_vec::<f32>().unwrap()[0];
                assert!(!value.is_subnormal(), "{optimizer} {name}: {value:e}");
            }
        }
        assert!(
            state
                .iter()
                .all(|(_, slot)| slot.to_vec::<f32>().unwrap() == [0.0]),
            "{state:?}"
        );
        assert!(x.item().unwrap().is_finite());
    }
}

#[test]
fn slots_are_named_after_their_parameters() {
    let params = std::collections::BTreeMap::from([
        ("bias".to_string(), tensor![0.0]),
        ("kernel".to_string(), tensor![[0.0]]),
    ]);
    let state = bouton_optim::adam(1e-3).init(&params);
    assert_eq!(
        state.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        ["m.bias", "m.kernel", "v.bias", "v.kernel"]
    );
    assert_eq!(
        format!("{:?}", bouton_optim::sgd(0.1).init(&params)),
        "{\"step\": i32 0}"
    );
}

#[test]
fn a_closure_can_be_the_schedule() {
    let rate = bouton_optim::Schedule::function("halving", |step| 0.5 / (step + 1.0));
    let optimizer = bouton_optim::sgd(rate);
    let (x, state) = (tensor![8.0], optimizer.init(tensor![8.0]));
    let (x, state) = optimizer.update(tensor![4.0], state, x);
    let (x, _) = optimizer.update(tensor![4.0], state, x);
    assert_eq!(format!("{x:?}"), "f32[1] [5.0]");
}
