//! The rules of laziness: nothing runs too early, twice, too deep, or for ever.
use bouton_tensor::{
    Tensor, compiler::Cpu, eval, grad, jit, telemetry::programs_compiled_here, tensor,
    value_and_grad, vmap,
};
#[test]
fn a_chain_of_a_million_additions_evaluates_and_drops() {
    let mut x = Tensor::scalar(0.0f64);
    for _ in 0..1_000_000 {
        x += 1.0;
    }
    assert_eq!(x.item().unwrap(), 1e6);
    // And one that is never evaluated only drops. While tracing nothing is evaluated on the way.
    let f = jit(|x: &Tensor| (0..100_000).fold(x.clone(), |x, _| x + 1.0));
    let hollow = vmap(&tensor![1.0, 2.0], |x| (0..50_000).fold(x, |x, _| -x));
    drop((f, hollow));
}

#[test]
fn doubling_sixty_times_takes_sixty_steps() {
    let x = (0..60).fold(Tensor::scalar(1.0f64), |x, _| &x + &x);
    assert_eq!(x.item().unwrap(), 2f64.powi(60));
    let slope = grad(&Tensor::scalar(1.0f64), |x| (0..60).fold(x, |x, _| &x + &x));
    assert_eq!(slope.item().unwrap(), 2f64.powi(60));
}

#[test]
fn a_value_asked_for_inside_a_differentiation_does_not_cut_it() {
    let x = tensor![3.0, 4.0];
    let slope = grad(&x, |x| {
        let y = &x * &x;
        assert_eq!(format!("{y:?}"), "f32[2] [9.0, 16.0]");
        let z = y.eval().unwrap() * 2.0;
        assert_eq!(z.to_vec::<f32>().unwrap(), [18.0, 32.0]);
        z.sum()
    });
    assert_eq!(slope.to_vec::<f32>().unwrap(), [12.0, 16.0]);
}

#[test]
fn interior_values_that_are_held_are_computed_once() {
    let x = Tensor::from_vec([3], vec![1.0f32, 2.0, 3.0]);
    let h = x.exp();
    let a = h.sum();
    let before = a.item().unwrap();
    // `h` came along with `a`: asking for it compiles nothing.
    let compiled = programs_compiled_here();
    let bits = h.to_vec::<f32>().unwrap();
    assert_eq!(programs_compiled_here(), compiled);
    assert!((bits.iter().sum::<f32>() as f64 - before).abs() < 1e-4);
}

#[test]
fn several_tensors_are_evaluated_together() {
    let x = tensor![1.0, 2.0];
    let (a, b) = (&x + 1.0, &x * 3.0);
    eval((&a, &b)).unwrap();
    assert_eq!(
        (a.to_vec::<f32>().unwrap(), b.to_vec::<f32>().unwrap()),
        (vec![2.0, 3.0], vec![3.0, 6.0])
    );
}

#[test]
fn lazy_turns_with_a_changing_rate_compile_at_most_twice() {
    let x = Tensor::from_vec([3, 2], vec![1.0f32, 2.0, 3.0, 4.0, 5.0, 6.5]);
    let y = tensor![[1.0], [2.0], [3.0]];
    let mut w = Tensor::from_vec([2, 1], vec![0.3f32, -0.2]);
    let mut turn = |i: usize| {
        let rate = 0.01 / (1.0 + i as f64);
        let (loss, slope) = value_and_grad(&w, |w| {
            let e = x.matmul(&w) - &y;
            (&e * &e).mean()
        });
        w = &w - slope * rate;
        let _ = w.eval().unwrap();
        loss.item().unwrap()
    };
    let before = programs_compiled_here();
    let first = turn(0);
    let last = (1..1000).map(&mut turn).last().unwrap();
    assert!(programs_compiled_here() - before <= 2);
    assert!(last < first);
}

#[test]
fn a_tensor_without_a_value_says_so() {
    let f = jit(|x: &Tensor| {
        assert!(
            format!("{x:?}").starts_with(&format!(
                "f32[2] <no value while tracing; made at {}:",
                file!()
            )),
            "{x:?}"
        );
        let e = x.to_vec::<f32>().unwrap_err().to_string();
        assert!(
            e.starts_with("value: f32[2] has no value while tracing"),
            "{e}"
        );
        assert!(
            e.contains("help: inside jit, vmap and the like a tensor has a type only"),
            "{e}"
        );
        x + 1.0
    });
    assert_eq!(
        f(&tensor![1.0, 2.0]).unwrap().to_vec::<f32>().unwrap(),
        [2.0, 3.0]
    );
}

#[test]
fn mistakes_ride_along_and_come_out_with_the_line() {
    let line = line!() + 1;
    let wrong = tensor![1.0, 2.0] + tensor![1.0, 2.0, 3.0];
    let later = (wrong.exp() * 2.0).sum();
    let e = later.item().unwrap_err();
    let text = format!(
        "add: shapes must agree, or be 1, on every axis; axis 0 has 2 and 3\n  input 0: f32[2]\n  input 1: f32[3]\n  at {}:{line}",
        file!()
    );
    assert_eq!(e.to_string(), text);
    assert!(later.shape().unwrap_err().is(&e));
    assert_eq!(format!("{later:?}"), format!("error: {text}"));
    // Through a function the standard library calls, the nearest line of an input's.
    let wrong = [&tensor![1, 2]]
        .map(Tensor::t)
        .map(|x| x.matmul(tensor![1, 2, 3]));
    assert!(wrong[0].error().unwrap().to_string().contains(file!()));
}

#[test]
fn several_threads_may_ask_for_one_value() {
    let x = Tensor::from_vec([1000], (0..1000).map(|i| i as f32).collect::<Vec<_>>());
    let y = (x.exp().log() - &x).abs().sum();
    let values: Vec<f64> = std::thread::scope(|s| {
        let asked: Vec<_> = (0..4).map(|_| s.spawn(|| y.item().unwrap())).collect();
        asked.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert!(values.windows(2).all(|w| w[0].to_bits() == w[1].to_bits()));
}

#[test]
fn the_compiler_of_the_process_is_cpu() {
    use bouton_tensor::Compiler;
    assert_eq!(Cpu.name(), "cpu");
    let e = bouton_tensor::compiler::compiler("gpu")
        .err()
        .unwrap()
        .to_string();
    assert!(
        e.starts_with("compiler: there is no compiler named \"gpu\""),
        "{e}"
    );
}
