//! Gradients, tangents and batches: against each other, by hand, nested.
use bouton_tensor::{DType, Tensor, grad, jvp, tensor, value_and_grad, vmap};

#[track_caller]
fn close(x: &Tensor, expected: &[f64]) {
    let values = x.to_array().unwrap().to_f64_vec();
    assert_eq!(values.len(), expected.len());
    for (v, e) in values.iter().zip(expected) {
        assert!(
            (v - e).abs() <= 1e-5 * (1.0 + e.abs()),
            "{values:?} is not {expected:?}"
        );
    }
}

#[test]
fn gradients_of_trees_with_aux_and_results() {
    let (w, b) = (tensor![[1.0, 2.0]], tensor![0.5, 0.5]);
    let ((loss, aux), (dw, db)) = value_and_grad((&w, &b), |(w, b)| {
        let y = &w * 3.0 + &b;
        (y.sum(), y)
    });
    close(&loss, &[10.0]);
    close(&aux, &[3.5, 6.5]);
    close(&dw, &[3.0, 3.0]);
    close(&db, &[1.0, 1.0]);
    let failed = grad(&w, |w| {
        let [n] = w.dims()?;
        Ok(w.sum() * n as f64)
    });
    assert!(failed.is_err());
}

#[test]
fn integers_are_taken_as_floats() {
    let slope = grad(&Tensor::scalar(3i32), |x| x.pow(2.0));
    assert_eq!(slope.dtype().unwrap(), DType::F32);
    close(&slope, &[6.0]);
}

#[test]
fn derivatives_nest_in_every_order() {
    let x = tensor![0.3, 0.7];
    // d2/dx2 sin x = -sin x, by two gradients, and by a tangent of a gradient.
    let second = grad(&x, |x| grad(&x, |x| x.sin().sum()).sum());
    close(&second, &[-(0.3f64.sin()), -(0.7f64.sin())]);
    let (_, product) = jvp(&x, &tensor![1.0, 0.0], |x| {
        grad(&x, |x| (x.sin() * x.sum()).sum())
    });
    let (s, c) = (|v: f64| v.sin(), |v: f64| v.cos());
    // The Hessian's first column of sum(sin x) * sum(x).
    close(&product, &[-s(0.3) * 1.0 + 2.0 * c(0.3), c(0.3) + c(0.7)]);
    // Gradients of many examples at once.
    let each = vmap(&tensor![[1.0, 2.0], [3.0, 4.0]], |x| {
        grad(&x, |x| (&x * &x * &x).sum())
    });
    close(&each, &[3.0, 12.0, 27.0, 48.0]);
    let total = grad(&tensor![[1.0, 2.0]], |xs| {
        vmap(&xs, |x| (&x * &x).sum()).sum()
    });
    close(&total, &[2.0, 4.0]);
}

#[test]
fn what_is_not_touched_has_no_gradient_and_what_is_captured_none() {
    let (x, y) = (tensor![1.0], tensor![2.0]);
    let (dx, dy) = grad((&x, &y), |(x, _)| (x * &y).sum());
    close(&dx, &[2.0]);
    close(&dy, &[0.0]);
}

#[test]
fn the_loss_must_be_one_float() {
    let line = line!() + 1;
    let slope = grad(&tensor![1.0, 2.0], |x| x * 2.0);
    let e = slope.error().unwrap().to_string();
    let text = format!(
        "grad: the loss must be a scalar\n  input 0: f32[2]\n  at {}:{line}\n  help: reduce it with .sum() or .mean()",
        file!()
    );
    assert_eq!(e, text);
    let e = grad(&tensor![1.0, 2.0], |x| x.convert(DType::I32).sum())
        .error()
        .unwrap()
        .to_string();
    assert!(e.starts_with("grad: the loss must be a float"), "{e}");
}

#[test]
fn vmap_shares_what_it_captures_and_repeats_what_does_not_change() {
    let w = tensor![[1.0, 0.0], [0.0, 2.0]];
    let (y, c) = vmap(&tensor![[1.0, 2.0], [3.0, 4.0]], |x| {
        (x.reshape([1, 2]).matmul(&w), w.sum())
    });
    close(&y, &[1.0, 4.0, 3.0, 8.0]);
    close(&c, &[3.0, 3.0]);
    let e = vmap((&tensor![1.0, 2.0], &tensor![1.0, 2.0, 3.0]), |(a, b)| {
        a + b
    });
    assert!(
        e.error()
            .unwrap()
            .to_string()
            .starts_with("vmap: all leaves must agree on the size of the leading axis")
    );
}
