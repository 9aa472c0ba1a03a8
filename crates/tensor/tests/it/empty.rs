//! Arrays without elements: what has no value is refused in words, everywhere, and the rest works.
use bouton_tensor::{DType, Tensor, compiler::Reference, grad, jit, keep, vmap};
use std::sync::Arc;

fn empty(shape: [usize; 2]) -> Tensor {
    Tensor::zeros(DType::F32, shape)
}

/// The first line of the error, wherever the function is called.
#[track_caller]
fn refused(shape: [usize; 2], words: &str, f: fn(&Tensor) -> Tensor) {
    let x = empty(shape);
    let first = |e: String| e.lines().next().unwrap().to_string();
    assert_eq!(first(f(&x).to_array().unwrap_err().to_string()), words);
    assert_eq!(first(jit(f)(&x).unwrap_err().to_string()), words);
    let reference = jit(f).with_compiler(Arc::new(Reference));
    assert_eq!(first(reference(&x).unwrap_err().to_string()), words);
    let slope = grad(&x, |x| f(&x).convert(DType::F32).sum());
    assert_eq!(first(slope.to_array().unwrap_err().to_string()), words);
    let each = vmap(&Tensor::zeros(DType::F32, [3, shape[0], shape[1]]), |x| {
        f(&x)
    });
    assert_eq!(first(each.to_array().unwrap_err().to_string()), words);
}

#[test]
fn the_largest_of_nothing_has_no_value() {
    let nothing = |op: &str, axes: &str, axis: usize| {
        format!("{op} {{ {axes} }}: axis {axis} is empty and {op} of nothing has no value")
    };
    refused([0, 3], &nothing("max", "axes: [0, 1]", 0), |x| x.max());
    refused([2, 0], &nothing("min", "axes: [0, 1]", 1), |x| x.min());
    refused([0, 3], &nothing("max", "axes: [0]", 0), |x| x.max_axes(0));
    refused([2, 0], &nothing("min", "axes: [1]", 1), |x| {
        x.min_axes(keep(-1))
    });
    refused([2, 0], &nothing("argmax", "axis: 1", 1), |x| {
        x.argmax_axis(1)
    });
    refused([0, 3], &nothing("argmin", "axis: 0", 0), |x| {
        x.argmin_axis(keep(0))
    });
    // All elements are one axis to these.
    refused([2, 0], &nothing("argmax", "axis: 0", 0), |x| x.argmax());
    refused([0, 3], &nothing("argmin", "axis: 0", 0), |x| x.argmin());
}

#[test]
fn an_axis_that_is_not_folded_may_be_empty() {
    for f in [
        |x: &Tensor| x.max_axes(1),
        |x: &Tensor| x.min_axes(1),
        |x: &Tensor| x.argmax_axis(1),
        |x: &Tensor| x.argmin_axis(1),
        |x: &Tensor| x.softmax(1).sum_axes(1),
        |x: &Tensor| x.sum_axes(1),
    ] {
        assert_eq!(f(&empty([0, 3])).dims().unwrap(), [0]);
        assert_eq!(f(&empty([0, 3])).to_array().unwrap().size(), 0);
        assert_eq!(
            jit(f)(&empty([0, 3])).unwrap().to_array().unwrap().size(),
            0
        );
    }
    assert_eq!(empty([2, 0]).sum().item().unwrap(), 0.0);
    assert_eq!(empty([2, 0]).product().item().unwrap(), 1.0);
    assert!(empty([2, 0]).mean().item().unwrap().is_nan());
}
