//! Kernels of conversion between all pairs of element types.
use super::{Function, Kernel, kernel_of};
use crate::isa::Isa;
use bouton_array::{DType, Element, with_dtype};
use std::marker::PhantomData;

struct Convert<X, Y>(PhantomData<(X, Y)>);
impl<X: Element, Y: Element> Function for Convert<X, Y> {
    type A = X;
    type B = X;
    type C = X;
    type Y = Y;
    const ARITY: usize = 1;
    #[inline(always)]
    fn call(a: X, _: X, _: X) -> Y {
        a.cast()
    }
}

/// The kernel that converts from one type to another.
pub(crate) fn convert(from: DType, to: DType, isa: Isa) -> Kernel {
    with_dtype!(from, X => with_dtype!(to, Y => kernel_of::<Convert<X, Y>>(isa)))
}
