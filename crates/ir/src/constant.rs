//! Pointwise forms of constants, computed as a run computes them: by `array::scalar` and `array::math`.
use crate::{Binary, Compare, Form, Unary};
use bouton_array::{
    Array, DType, Element, Type,
    math::Real,
    scalar::{Arithmetic, Bits, Integer},
    with_dtype,
};

/// A number: its type, and its bits as [`Form::Constant`] has them.
pub(crate) type Constant = (DType, u64);

/// The result, of type `to`, of a pointwise form of these numbers; nothing where the form makes no sense for their type.
pub(crate) fn evaluate(form: &Form, inputs: &[Constant], to: DType) -> Option<u64> {
    match (form, inputs) {
        (Form::Select, &[condition, x, y]) => Some(if condition.1 == 0 { y.1 } else { x.1 }),
        (Form::Convert, &[x]) => Some(convert(x, to)),
        // Halves compute in f32 and round once.
        (
            Form::Unary(_) | Form::Binary(_) | Form::Compare(_),
            [(DType::F16 | DType::BF16, _), ..],
        ) => {
            let wide: Vec<Constant> = inputs
                .iter()
                .map(|&x| (DType::F32, convert(x, DType::F32)))
                .collect();
            match form {
                Form::Compare(_) => evaluate(form, &wide, to),
                _ => Some(convert(
                    (DType::F32, evaluate(form, &wide, DType::F32)?),
                    to,
                )),
            }
        }
        (Form::Unary(f), &[x]) => unary(*f, x),
        (Form::Binary(f), &[x, y]) => binary(*f, x, y.1),
        (Form::Compare(f), &[x, y]) => Some(compare(*f, x, y.1)),
        _ => None,
    }
}

fn element<T: Element>(bits: u64) -> Option<T> {
    let ty = Type::scalar(T::DTYPE);
    let array = Array::from_bytes(&ty, &bits.to_le_bytes()[..T::DTYPE.size()]).ok()?;
    array.as_slice::<T>().ok()?.first().copied()
}

fn bits<T: Element>(x: T) -> u64 {
    let mut bytes = [0; 8];
    let array = Array::scalar(x);
    bytes[..array.bytes().len()].copy_from_slice(array.bytes());
    u64::from_le_bytes(bytes)
}

fn convert((from, x): Constant, to: DType) -> u64 {
    if from == to {
        return x;
    }
    with_dtype!(from, X => with_dtype!(to, Y => {
        element::<X>(x).map_or(0, |x| bits(x.cast::<Y>()))
    }))
}

/// `$value` with the elements as a type of the class; nothing for other types.
macro_rules! of {
    ($dtype:expr, floats, $T:ident => $value:expr) => { of!(@ $dtype, $T => $value, F32 f32, F64 f64) };
    ($dtype:expr, integers, $T:ident => $value:expr) => {
        of!(@ $dtype, $T => $value, U8 u8, U16 u16, U32 u32, U64 u64, I8 i8, I16 i16, I32 i32, I64 i64)
    };
    ($dtype:expr, numbers, $T:ident => $value:expr) => {
        of!(@ $dtype, $T => $value, U8 u8, U16 u16, U32 u32, U64 u64, I8 i8, I16 i16, I32 i32, I64 i64, F32 f32, F64 f64)
    };
    (@ $dtype:expr, $T:ident => $value:expr, $($D:ident $R:ident),*) => {
        match $dtype {
            $(DType::$D => { type $T = $R; $value })*
            _ => None,
        }
    };
}

fn unary(f: Unary, (dtype, x): Constant) -> Option<u64> {
    macro_rules! float {
        ($f:ident) => { of!(dtype, floats, T => Some(bits(Real::$f(element::<T>(x)?)))) };
    }
    macro_rules! number {
        ($f:ident) => { of!(dtype, numbers, T => Some(bits(Arithmetic::$f(element::<T>(x)?)))) };
    }
    macro_rules! integer {
        ($f:ident) => { of!(dtype, integers, T => Some(bits(Integer::$f(element::<T>(x)?)))) };
    }
    match f {
        Unary::Abs => number!(abs),
        Unary::Negate => number!(negate),
        Unary::Sign => number!(sign),
        Unary::Not if dtype == DType::Bool => Some(bits(element::<bool>(x)?.not())),
        Unary::Not => of!(dtype, integers, T => Some(bits(element::<T>(x)?.not()))),
        Unary::PopulationCount => integer!(population_count),
        Unary::CountLeadingZeros => integer!(count_leading_zeros),
        Unary::Exp => float!(exp),
        Unary::ExpM1 => float!(exp_m1),
        Unary::Exp2 => float!(exp2),
        Unary::Log => float!(ln),
        Unary::Log1p => float!(ln_1p),
        Unary::Log2 => float!(log2),
        Unary::Log10 => float!(log10),
        Unary::Sqrt => float!(sqrt),
        Unary::Rsqrt => float!(rsqrt),
        Unary::Cbrt => float!(cbrt),
        Unary::Sin => float!(sin),
        Unary::Cos => float!(cos),
        Unary::Tan => float!(tan),
        Unary::Asin => float!(asin),
        Unary::Acos => float!(acos),
        Unary::Atan => float!(atan),
        Unary::Sinh => float!(sinh),
        Unary::Cosh => float!(cosh),
        Unary::Tanh => float!(tanh),
        Unary::Asinh => float!(asinh),
        Unary::Acosh => float!(acosh),
        Unary::Atanh => float!(atanh),
        Unary::Logistic => float!(logistic),
        Unary::Erf => float!(erf),
        Unary::Erfc => float!(erfc),
        Unary::ErfInv => float!(erf_inv),
        Unary::Lgamma => float!(lgamma),
        Unary::Digamma => float!(digamma),
        Unary::Floor => float!(floor),
        Unary::Ceil => float!(ceil),
        Unary::Round => float!(round_ties_even),
        Unary::Trunc => float!(trunc),
    }
}

fn binary(f: Binary, (dtype, x): Constant, y: u64) -> Option<u64> {
    macro_rules! number {
        ($f:ident) => { of!(dtype, numbers, T => Some(bits(Arithmetic::$f(element::<T>(x)?, element::<T>(y)?)))) };
    }
    macro_rules! float {
        ($f:ident) => { of!(dtype, floats, T => Some(bits(Real::$f(element::<T>(x)?, element::<T>(y)?)))) };
    }
    macro_rules! truth {
        ($f:ident) => {
            match dtype {
                DType::Bool => Some(bits(Bits::$f(element::<bool>(x)?, element::<bool>(y)?))),
                _ => of!(dtype, integers, T => Some(bits(Bits::$f(element::<T>(x)?, element::<T>(y)?)))),
            }
        };
    }
    macro_rules! integer {
        ($f:ident) => { of!(dtype, integers, T => Some(bits(Integer::$f(element::<T>(x)?, element::<T>(y)?)))) };
    }
    match f {
        Binary::Add => number!(add),
        Binary::Subtract => number!(subtract),
        Binary::Multiply => number!(multiply),
        Binary::Divide => number!(divide),
        Binary::Remainder => number!(remainder),
        Binary::Power => number!(power),
        Binary::Minimum => number!(minimum),
        Binary::Maximum => number!(maximum),
        Binary::Atan2 => float!(atan2),
        Binary::Copysign => float!(copysign),
        Binary::Gcd => integer!(gcd),
        Binary::And => truth!(and),
        Binary::Or => truth!(or),
        Binary::Xor => truth!(xor),
        Binary::ShiftLeft => integer!(shift_left),
        Binary::ShiftRightLogical => integer!(shift_right_logical),
        Binary::ShiftRightArithmetic => integer!(shift_right_arithmetic),
    }
}

fn compare(f: Compare, (dtype, x): Constant, y: u64) -> u64 {
    with_dtype!(dtype, T => {
        let (x, y) = (element::<T>(x), element::<T>(y));
        bits(match f {
            Compare::Equal => x == y,
            Compare::NotEqual => x != y,
            Compare::Less => x < y,
            Compare::LessEqual => x <= y,
            Compare::Greater => x > y,
            Compare::GreaterEqual => x >= y,
        })
    })
}
