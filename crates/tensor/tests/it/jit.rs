//! Compiled functions: what they cost, what they key on, what they take over, what they refuse.
use bouton_tensor::{
    Conv, DType, Padding, Pool, Result, Tensor, compiler::Reference, eval, grad, jit, tensor, tree,
    value_and_grad,
};
use std::{collections::BTreeMap, sync::Arc};

#[test]
fn the_listing_of_a_training_step() {
    let x = Tensor::from_vec([4, 2], (0..8).map(|i| i as f32 / 8.0).collect::<Vec<_>>());
    let y = tensor![[0.0], [1.0], [0.0], [1.0]];
    let step = jit(|(w, b): (Tensor, Tensor), x: &Tensor, y: &Tensor| {
        let (loss, (dw, db)) = value_and_grad((&w, &b), |(w, b)| {
            let e = x.matmul(&w) + b - y;
            (&e * &e).mean()
        });
        (loss, (w - 1e-2 * dw, b - 1e-2 * db))
    });
    let mut params = (tensor![[0.1], [0.2]], tensor![0.0]);
    let mut losses = vec![];
    for _ in 0..50 {
        let (loss, next) = step(params, &x, &y).unwrap();
        params = next;
        losses.push(loss.item().unwrap());
    }
    assert!(losses.windows(2).all(|w| w[1] < w[0]));
    assert_eq!(step.traces(), 1);
    assert!(step.memory_report().unwrap().in_place > 0);
}

#[test]
fn one_version_for_each_structure_and_type() {
    let f = jit(|x: &(Option<Tensor>, Option<Tensor>)| match x {
        (Some(a), None) => a * 2.0,
        (None, Some(b)) => b * 3.0,
        _ => Tensor::scalar(0.0f32),
    });
    let x = tensor![1.0, 2.0];
    assert_eq!(
        f(&(Some(x.clone()), None))
            .unwrap()
            .to_vec::<f32>()
            .unwrap(),
        [2.0, 4.0]
    );
    assert_eq!(
        f(&(None, Some(x.clone())))
            .unwrap()
            .to_vec::<f32>()
            .unwrap(),
        [3.0, 6.0]
    );
    assert_eq!(
        f(&(Some(x.convert(DType::F64)), None))
            .unwrap()
            .dtype()
            .unwrap(),
        DType::F64
    );
    assert_eq!(f.traces(), 3);
    let _ = f(&(Some(x * 5.0), None)).unwrap();
    assert_eq!(f.traces(), 3);
}

#[test]
fn an_argument_by_value_is_updated_in_place_when_it_is_the_last_handle() {
    let f = jit(|x: Tensor| x + 1.0);
    let start = |x: &Tensor| x.to_array().unwrap().bytes().as_ptr();
    let x = f(Tensor::from_vec([1000], vec![1.0f32; 1000])).unwrap();
    let place = start(&x);
    let x = f(x).unwrap();
    assert_eq!(
        start(&x),
        place,
        "the buffer was given away, so it is used again"
    );
    let kept = x.clone();
    let y = f(x).unwrap();
    assert_ne!(start(&y), place);
    assert_eq!(
        (
            kept.to_vec::<f32>().unwrap()[0],
            y.to_vec::<f32>().unwrap()[0]
        ),
        (3.0, 4.0)
    );
    // Lent arguments stay as they are.
    let g = jit(|x: &Tensor| x * 2.0);
    let z = g(&kept).unwrap();
    assert_eq!(
        (
            kept.to_vec::<f32>().unwrap()[7],
            z.to_vec::<f32>().unwrap()[7]
        ),
        (3.0, 6.0)
    );
}

#[test]
fn captures_are_read_once_and_results_may_be_results() {
    let w = tensor![10.0, 20.0] * 1.0;
    let f = jit(|x: &Tensor| -> Result<Tensor> {
        let [n] = x.dims()?;
        Ok(x * &w + n as f64)
    });
    assert_eq!(
        f(&tensor![1.0, 2.0]).unwrap().to_vec::<f32>().unwrap(),
        [12.0, 42.0]
    );
    let e = f(&tensor![[1.0, 2.0]]).unwrap_err().to_string();
    assert!(
        e.starts_with("dims: expected 1 axes, found 2\n  input 0: f32[1, 2]\n  at "),
        "{e}"
    );
}

#[test]
fn numbers_are_captured_as_numbers() {
    let captured = Tensor::from_vec([1000], vec![2f32; 1000]);
    let f = jit(move |x: &Tensor| (x * 0.5 + (&captured * 3.0)).maximum(0.25));
    let x = Tensor::from_vec(
        [1000],
        (0..1000).map(|i| i as f32 - 500.0).collect::<Vec<_>>(),
    );
    let y = f(&x).unwrap().to_vec::<f32>().unwrap();
    assert_eq!((y[0], y[999]), (0.25, 255.5));
    // The argument, what was captured and computed once, and two numbers: not what they look like beside the argument.
    assert_eq!(f.memory_report().unwrap().inputs, 4 * (1000 + 1000 + 2));
}

#[test]
fn asking_for_a_value_while_tracing_names_the_line_that_asked() {
    #[track_caller]
    fn check<T>(asked: Result<T>) -> Result<Tensor> {
        let line = std::panic::Location::caller().line();
        let e = asked.err().unwrap().to_string();
        let words = "value: f32[2] has no value while tracing";
        assert_eq!(e.lines().next(), Some(words));
        assert!(e.contains(&format!("  at {}:{line}\n", file!())), "{e}");
        Ok(Tensor::scalar(0.0f32))
    }
    let x = tensor![1.0, 2.0];
    drop(jit(|x: &Tensor| check(x.item()))(&x).unwrap());
    drop(jit(|x: &Tensor| check(x.to_vec::<f32>()))(&x).unwrap());
    drop(jit(|x: &Tensor| check(x.to_array()))(&x).unwrap());
    drop(jit(|x: Tensor| check(x.into_vec::<f32>()))(x.clone()).unwrap());
    drop(jit(|x: &Tensor| check(x.heatmap()))(&x).unwrap());
    drop(jit(|x: &Tensor| check(eval(x)))(&x).unwrap());
    let here = jit(|x: &Tensor| x * 2.0)(&x).unwrap().place().unwrap();
    assert_eq!((here.file(), here.line()), (file!(), line!() - 1));
}

#[test]
fn it_nests_and_can_be_differentiated_through() {
    let square = jit(|x: &Tensor| x * x);
    let cube = jit(|x: &Tensor| Ok(square(x)? * x));
    assert_eq!(
        cube(&tensor![2.0, 3.0]).unwrap().to_vec::<f32>().unwrap(),
        [8.0, 27.0]
    );
    let slope = grad(&tensor![2.0, 3.0], |x| Ok(cube(&x)?.sum())).unwrap();
    assert_eq!(slope.to_vec::<f32>().unwrap(), [12.0, 27.0]);
}

#[test]
fn outputs_may_be_inputs_constants_and_each_other() {
    let f = jit(|x: &Tensor, y: Tensor| {
        let z = &y + 1.0;
        (
            x.clone(),
            y,
            z.clone(),
            z.reshape([1, 2]),
            z,
            Tensor::zeros(DType::I32, [2]),
        )
    });
    let (x, y) = (tensor![1.0, 2.0], tensor![3.0, 4.0]);
    let (a, b, c, d, e, g) = f(&x, y).unwrap();
    assert_eq!(a.to_vec::<f32>().unwrap(), [1.0, 2.0]);
    assert_eq!(b.to_vec::<f32>().unwrap(), [3.0, 4.0]);
    for z in [c, d.flatten(), e] {
        assert_eq!(z.to_vec::<f32>().unwrap(), [4.0, 5.0]);
    }
    assert_eq!(d.shape().unwrap().dims(), [1, 2]);
    assert_eq!(g.to_vec::<i32>().unwrap(), [0, 0]);
}

struct Layer {
    kernel: Tensor,
    bias: Option<Tensor>,
}
tree!(Layer { kernel, bias });

#[test]
fn arguments_are_trees_of_any_kind() {
    let f = jit(|net: &Vec<Layer>, more: &BTreeMap<String, [Tensor; 2]>| {
        let x = more["pair"][0].matmul(&net[0].kernel);
        let x = match &net[0].bias {
            Some(bias) => x + bias,
            None => x,
        };
        BTreeMap::from([("sum".to_string(), x + &more["pair"][1])])
    });
    let net = vec![Layer {
        kernel: tensor![[1.0], [2.0]],
        bias: Some(tensor![0.5]),
    }];
    let more = BTreeMap::from([("pair".to_string(), [tensor![[1.0, 1.0]], tensor![[10.0]]])]);
    assert_eq!(f(&net, &more).unwrap()["sum"].item().unwrap(), 13.5);
}

#[test]
fn a_compiler_may_be_chosen() {
    let f = |x: &Tensor| (x * 2.0).exp().sum();
    let x = tensor![0.1, 0.2, 0.3];
    let (a, b) = (
        jit(f)(&x).unwrap(),
        jit(f).with_compiler(Arc::new(Reference))(&x).unwrap(),
    );
    assert!((a.item().unwrap() - b.item().unwrap()).abs() < 1e-5);
}

#[test]
fn a_poisoned_argument_and_a_mistake_inside_come_out() {
    let f = jit(|x: &Tensor| x.matmul(x));
    let e = f(&tensor![[1.0, 2.0]]).unwrap_err().to_string();
    assert!(e.contains("matmul") && e.contains(file!()), "{e}");
    let wrong = tensor![1.0] + tensor![1.0, 2.0].reshape([3]);
    let first = wrong.error().unwrap().clone();
    assert!(f(&wrong).unwrap_err().is(&first));
}

/// One is compiled, and several threads of the user run it: on numbers of their own, with the bits that it has alone.
#[test]
fn several_threads_call_one_function() {
    let w = Tensor::arange(0.0, 9.0 * 16.0 * 16.0, 1.0)
        .sin()
        .reshape([3, 3, 16, 16]);
    let f = jit(|x: &Tensor, w: &Tensor| {
        let y = x.conv(w, &Conv::new().padding(Padding::Same)).maximum(0.0);
        let rows = y.max_pool(&Pool::new(2)).reshape([6, 6 * 6 * 16]);
        (rows.matmul(rows.t()).tanh(), rows.sum())
    });
    let given = |i: usize| {
        let all = Tensor::arange(0.0, (6 * 12 * 12 * 16) as f32, 1.0);
        (all * (0.25 + i as f32)).cos().reshape([6, 12, 12, 16])
    };
    let bits = |(y, sum): (Tensor, Tensor)| {
        let values = [y.to_vec::<f32>().unwrap(), sum.to_vec::<f32>().unwrap()].concat();
        values.into_iter().map(f32::to_bits).collect::<Vec<_>>()
    };
    let inputs: Vec<Tensor> = (0..4).map(|i| given(i).eval().unwrap()).collect();
    let alone: Vec<_> = inputs.iter().map(|x| bits(f(x, &w).unwrap())).collect();
    std::thread::scope(|scope| {
        for (x, alone) in inputs.iter().zip(&alone) {
            let (f, w) = (&f, &w);
            scope.spawn(move || {
                for _ in 0..50 {
                    assert_eq!(&bits(f(x, w).unwrap()), alone);
                }
            });
        }
    });
}

/// Those of programs that are equal, so that they share what is compiled; and of arguments, which nobody packs.
#[test]
fn captured_weights_are_packed_once_for_each_function() {
    use bouton_tensor::random::{key, normal};
    let draw = |seed, shape: &[usize]| normal(&key(seed), DType::F32, shape).eval().unwrap();
    type Layer = fn(&Tensor, &Tensor) -> Tensor;
    let conv: Layer = |x, w| x.conv(w, &Conv::new().padding(Padding::Same));
    let layers: [(Layer, &[usize], &[usize]); 5] = [
        (|x, w| x.matmul(w), &[70, 40], &[40, 50]),
        (|x, w| x.matmul(w), &[1, 40], &[40, 50]),
        (|x, w| w.matmul(x), &[40], &[50, 40]),
        (conv, &[2, 9, 9, 16], &[3, 3, 16, 20]),
        (conv, &[2, 9, 9, 5], &[2, 2, 5, 20]),
    ];
    for (i, (layer, x, w)) in layers.into_iter().enumerate() {
        let x = draw(1, x);
        let weights = [draw(2, w), draw(3, w)];
        let given = jit(move |x: &Tensor, w: &Tensor| layer(x, w));
        let captured = weights.clone().map(|w| jit(move |x: &Tensor| layer(x, &w)));
        for _ in 0..2 {
            for (captured, w) in captured.iter().zip(&weights) {
                let (ours, plain) = (captured(&x).unwrap(), given(&x, w).unwrap());
                let bits = |t: &Tensor| -> Vec<u32> {
                    let numbers = t.to_vec::<f32>().unwrap();
                    numbers.into_iter().map(f32::to_bits).collect()
                };
                assert_eq!(bits(&ours), bits(&plain), "layer {i}");
            }
        }
        assert_eq!(given.memory_report().unwrap().packed, 0, "layer {i}");
        for captured in captured {
            let report = captured.memory_report().unwrap();
            assert!(
                report.packed >= weights[0].shape().unwrap().size() * 4,
                "layer {i}"
            );
            assert!(report.to_string().contains("bytes of captured inputs"));
        }
    }
}
