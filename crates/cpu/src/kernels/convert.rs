//! Kernels of conversion between all pairs of element types.
use super::{Function, Kernel, kernel_of};
use crate::isa::Isa;
use bouton_array::{DType, Element, with_dtype};
use std::marker::PhantomData;

struct Convert<X, Y>(PhantomData<(X, Y)>);
impl<X: Element, Y: Element> Function for Convert<X, Y> {
    type X = X;
    type Y = Y;
    const BINARY: bool = false;
    #[inline(always)]
    fn call(a: X, _: X) -> Y {
        a.cast()
    }
}

/// The kernel that converts from one type to another.
pub(crate) fn convert(from: DType, to: DType, isa: Isa) -> Kernel {
    with_dtype!(from, X => with_dtype!(to, Y => kernel_of::<Convert<X, Y>>(isa)))
}
