//! The smallest element under each window, and its place there.
use crate::{
    Entry,
    families::window_extreme::{Extreme, entry},
    ops::argmin::Argmin,
};
use bouton_ir as ir;

/// Users call [`Tensor::min_pool`](crate::Tensor::min_pool).
#[derive(Debug, Default)]
pub(crate) struct WindowMin;

impl Extreme for WindowMin {
    const NAME: &'static str = "window_min";
    type Order = Argmin;
    const NO_BETTER: ir::Compare = ir::Compare::GreaterEqual;
    const WORST: f64 = f64::INFINITY;
}

pub(crate) const ENTRY: Entry = entry::<WindowMin>();
