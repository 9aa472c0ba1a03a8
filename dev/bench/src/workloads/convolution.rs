//! A convolution with 3x3 windows, 32 channels to 64, images of 14x14: forward, and the gradients of input and kernel.

use super::{Prepared, Workload, function, numbers};
use bouton::{ConvOptions, Padding, Result, Tensor, grad};

pub(crate) const WORKLOADS: &[Workload] = &[
    convolution("W6 conv3x3 fwd", 1250.0, || {
        function(vec![images(), kernel()], |x| apply(&x[0], &x[1]))
    }),
    convolution("W6 conv3x3 dX", 1220.0, || {
        function(vec![images(), kernel(), slopes()], |x| {
            grad(&x[0], |images| (apply(&images, &x[1]) * &x[2]).sum())
        })
    }),
    convolution("W6 conv3x3 dW", 1350.0, || {
        function(vec![images(), kernel(), slopes()], |x| {
            grad(&x[1], |kernel| (apply(&x[0], &kernel) * &x[2]).sum())
        })
    }),
];

const fn convolution(name: &'static str, goal: f64, prepare: fn() -> Result<Prepared>) -> Workload {
    Workload {
        name,
        variant: "jit",
        flops: 2.0 * 32.0 * 196.0 * 64.0 * 288.0,
        bytes: 0.0,
        tolerance: 1e-5,
        goal,
        prepare,
    }
}

fn apply(x: &Tensor, kernel: &Tensor) -> Tensor {
    x.conv(kernel, &ConvOptions::new().padding(Padding::Same))
}

fn images() -> Tensor {
    numbers(1, [32, 14, 14, 32])
}

fn kernel() -> Tensor {
    numbers(2, [3, 3, 32, 64])
}

/// The gradient of the output.
fn slopes() -> Tensor {
    numbers(3, [32, 14, 14, 64])
}
