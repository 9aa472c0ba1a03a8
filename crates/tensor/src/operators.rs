//! `+ - * / %`, `& | ^ << >>`, `-` and `!` on tensors, references and numbers.
use crate::{Number, Tensor};
use std::ops::{
    Add, AddAssign, BitAnd, BitAndAssign, BitOr, BitOrAssign, BitXor, BitXorAssign, Div, DivAssign,
    Mul, MulAssign, Neg, Not, Rem, RemAssign, Shl, ShlAssign, Shr, ShrAssign, Sub, SubAssign,
};

/// The other side of a binary operation: a tensor or a plain number.
///
/// A number is weak: it takes the tensor's type where that can hold such a number (see
/// [`DType::promote_number`](crate::DType::promote_number)).
#[derive(Clone)]
#[allow(missing_docs)] // the names say it
pub enum Operand {
    Tensor(Tensor),
    Number(Number),
}

impl From<Tensor> for Operand {
    fn from(x: Tensor) -> Operand {
        Operand::Tensor(x)
    }
}

impl From<&Tensor> for Operand {
    fn from(x: &Tensor) -> Operand {
        Operand::Tensor(x.clone())
    }
}

impl From<&&Tensor> for Operand {
    fn from(x: &&Tensor) -> Operand {
        Operand::Tensor((*x).clone())
    }
}

macro_rules! numbers {
    ($($T:ty),*) => {$(
        impl From<$T> for Operand {
            fn from(x: $T) -> Operand { Operand::Number(Number::from(x)) }
        }
    )*};
}
numbers!(f64, f32, i64, i32, i16, i8, u32, u16, u8, bool);

macro_rules! operator {
    ($Op:ident $op:ident $Assign:ident $assign:ident $method:path) => {
        // Numbers stand on the left as one float and one integer type only: a second would make `1e-2 * x` ambiguous.
        operator!(@ $Op $op $method {} Tensor, f64);
        operator!(@ $Op $op $method {} &Tensor, f64);
        operator!(bits $Op $op $Assign $assign $method);
    };
    // Bits are of integers only.
    (bits $Op:ident $op:ident $Assign:ident $assign:ident $method:path) => {
        operator!(@ $Op $op $method {R: Into<Operand>} R, Tensor);
        operator!(@ $Op $op $method {R: Into<Operand>} R, &Tensor);
        operator!(@ $Op $op $method {} Tensor, i64);
        operator!(@ $Op $op $method {} &Tensor, i64);
        impl<R: Into<Operand>> $Assign<R> for Tensor {
            #[track_caller]
            fn $assign(&mut self, right: R) { *self = $method((&*self).into(), right.into()) }
        }
    };
    (@ $Op:ident $op:ident $method:path {$($generics:tt)*} $Right:ty, $Left:ty) => {
        impl<$($generics)*> $Op<$Right> for $Left {
            type Output = Tensor;
            #[track_caller]
            fn $op(self, right: $Right) -> Tensor { $method(self.into(), right.into()) }
        }
    };
}
operator!(Add add AddAssign add_assign crate::ops::add::add);
operator!(Sub sub SubAssign sub_assign crate::ops::subtract::subtract);
operator!(Mul mul MulAssign mul_assign crate::ops::multiply::multiply);
operator!(Div div DivAssign div_assign crate::ops::divide::divide);
operator!(Rem rem RemAssign rem_assign crate::ops::remainder::remainder);
operator!(bits BitAnd bitand BitAndAssign bitand_assign crate::ops::and::and);
operator!(bits BitOr bitor BitOrAssign bitor_assign crate::ops::or::or);
operator!(bits BitXor bitxor BitXorAssign bitxor_assign crate::ops::xor::xor);
operator!(bits Shl shl ShlAssign shl_assign crate::ops::shift_left::shift_left);
operator!(bits Shr shr ShrAssign shr_assign crate::ops::shift_right_arithmetic::shift_right);

impl Neg for Tensor {
    type Output = Tensor;
    #[track_caller]
    fn neg(self) -> Tensor {
        self.negate()
    }
}

impl Neg for &Tensor {
    type Output = Tensor;
    #[track_caller]
    fn neg(self) -> Tensor {
        self.negate()
    }
}

impl Not for Tensor {
    type Output = Tensor;
    #[track_caller]
    fn not(self) -> Tensor {
        Tensor::not(&self)
    }
}

impl Not for &Tensor {
    type Output = Tensor;
    #[track_caller]
    fn not(self) -> Tensor {
        Tensor::not(self)
    }
}
