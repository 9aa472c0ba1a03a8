//! What most programs use: `use bouton::prelude::*;`.

pub use crate::{
    Axis::{self, Batch, Dim},
    DType, Evaluator, Event, Model, Network, Params, Policy, Progress, Shape, Signal, Tensor,
    Trained, Trainer, Tree, concatenate, datasets, eval, grad, init, io, jit, jvp, keep, loss,
    metrics, optim, random, tensor, tree, value_and_grad, vmap,
};
