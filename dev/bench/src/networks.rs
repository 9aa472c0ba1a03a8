//! The networks that workloads train and run.

use bouton::{Axis, Batch, Conv, Dim, Model, Result};

/// The perceptron 784-128-10.
pub(crate) fn mlp() -> Model {
    Model::input("images", [Batch, Dim(784)])
        .dense(128)
        .relu()
        .dense(10)
        .softmax()
}

/// A perceptron of 1,002 parameters.
pub(crate) fn tiny() -> Model {
    Model::input("x", [Batch, Dim(20)])
        .dense(32)
        .relu()
        .dense(10)
        .softmax()
}

/// Two convolutions with pools, and two dense layers: 421,642 parameters.
pub(crate) fn cnn() -> Model {
    Model::input("images", (Batch, 28, 28, 1))
        .conv(Conv::new(32, [3, 3]).same())
        .relu()
        .max_pool(2)
        .conv(Conv::new(64, [3, 3]).same())
        .relu()
        .max_pool(2)
        .flatten()
        .dense(128)
        .relu()
        .dense(10)
        .softmax()
}

/// LeNet-5 with means for pools. LeCun et al., 1998.
pub(crate) fn lenet(activation: fn(&Model) -> Model) -> Model {
    let x = Model::input("images", (Batch, 28, 28, 1)).conv(Conv::new(6, [5, 5]).same());
    let x = activation(&x).avg_pool(2).conv(Conv::new(16, [5, 5]));
    let x = activation(&x).avg_pool(2).flatten().dense(120);
    let x = activation(&x).dense(84);
    activation(&x).dense(10).softmax()
}

/// A layer of a transformer's encoder, the norms first.
pub(crate) fn encoder(length: usize, d: usize, heads: usize, hidden: usize) -> Model {
    let x = Model::input("x", (Batch, length, d));
    let x = x.layer_norm().self_attention(heads).add(&x);
    x.layer_norm().dense(hidden).gelu().dense(d).add(&x)
}

/// The shape of the model's only input for a batch of this size.
pub(crate) fn input_shape(model: &Model, batch: usize) -> Result<Vec<usize>> {
    let network = model.build()?;
    let axes = network.inputs().into_iter().flat_map(|(_, axes)| axes);
    let size = |axis: &Axis| match axis {
        Axis::Dim(n) => *n,
        Axis::Batch => batch,
    };
    Ok(axes.map(size).collect())
}
