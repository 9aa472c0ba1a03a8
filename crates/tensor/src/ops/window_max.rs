//! The greatest element under each window, and its place there.
use crate::{
    Entry,
    families::window_extreme::{Extreme, entry},
    ops::argmax::Argmax,
};
use bouton_ir as ir;

/// Users call [`Tensor::max_pool`](crate::Tensor::max_pool).
#[derive(Debug, Default)]
pub(crate) struct WindowMax;

impl Extreme for WindowMax {
    const NAME: &'static str = "window_max";
    type Order = Argmax;
    const NO_BETTER: ir::Compare = ir::Compare::LessEqual;
    const WORST: f64 = f64::NEG_INFINITY;
}

pub(crate) const ENTRY: Entry = entry::<WindowMax>();
