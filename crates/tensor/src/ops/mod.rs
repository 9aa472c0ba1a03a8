//! The operations, one file each, and their table.
//!
//! A file says everything about its operation: the public method with its docs, the type rule, reference
//! evaluation, derivative rules, batching, StableHLO, lowering, uses that work and uses that must fail.

macro_rules! table {
    ($($name:ident),* $(,)?) => {
        /// Every operation, in the order of the files.
        pub const TABLE: &[&crate::Entry] = &[$(&$name::ENTRY),*];
    };
}

pub(crate) mod abs;
pub(crate) mod add;
pub(crate) mod all;
pub(crate) mod and;
pub(crate) mod any;
pub(crate) mod argmax;
pub(crate) mod argmin;
pub(crate) mod argsort;
pub(crate) mod atan2;
pub(crate) mod broadcast;
pub(crate) mod cbrt;
pub(crate) mod ceil;
pub(crate) mod cholesky;
pub(crate) mod compare;
pub(crate) mod concatenate;
pub(crate) mod constant;
pub(crate) mod convert;
pub(crate) mod convolution;
pub(crate) mod cos;
pub(crate) mod cumulative_sum;
pub(crate) mod divide;
pub(crate) mod dot_general;
pub(crate) mod dynamic_slice;
pub(crate) mod dynamic_update_slice;
pub(crate) mod eigh;
pub(crate) mod erf;
pub(crate) mod erf_inv;
pub(crate) mod exp;
pub(crate) mod exp_m1;
pub(crate) mod expm;
pub(crate) mod floor;
pub(crate) mod identity;
pub(crate) mod iota;
pub(crate) mod log;
pub(crate) mod log_1p;
pub(crate) mod logistic;
pub(crate) mod lu;
pub(crate) mod max;
pub(crate) mod maximum;
pub(crate) mod min;
pub(crate) mod minimum;
pub(crate) mod multiply;
pub(crate) mod negate;
pub(crate) mod not;
pub(crate) mod or;
pub(crate) mod pad;
pub(crate) mod pinv;
pub(crate) mod power;
pub(crate) mod product;
pub(crate) mod qr;
pub(crate) mod random_bits;
pub(crate) mod remainder;
pub(crate) mod reshape;
pub(crate) mod reverse;
pub(crate) mod round;
pub(crate) mod rsqrt;
pub(crate) mod scatter_add;
pub(crate) mod select;
pub(crate) mod shift_left;
pub(crate) mod shift_right_arithmetic;
pub(crate) mod shift_right_logical;
pub(crate) mod sign;
pub(crate) mod sin;
pub(crate) mod slice;
pub(crate) mod solve;
pub(crate) mod sqrt;
pub(crate) mod stop_gradient;
pub(crate) mod subtract;
pub(crate) mod sum;
pub(crate) mod svd;
pub(crate) mod take;
pub(crate) mod tan;
pub(crate) mod tanh;
pub(crate) mod transpose;
pub(crate) mod triangular_solve;
pub(crate) mod window_max;
pub(crate) mod window_min;
pub(crate) mod window_put;
pub(crate) mod window_sum;
pub(crate) mod window_take;
pub(crate) mod xor;

table! {
    abs, add, all, and, any, argmax, argmin, argsort, atan2, broadcast, cbrt, ceil, cholesky, compare,
    concatenate, constant, convert, convolution, cos, cumulative_sum, divide, dot_general, dynamic_slice,
    dynamic_update_slice, eigh, erf, erf_inv, exp, exp_m1, expm, floor, identity, iota, log, log_1p, logistic,
    lu, max, maximum, min, minimum, multiply, negate, not, or, pad, pinv, power, product, qr, random_bits,
    remainder, reshape, reverse, round, rsqrt, scatter_add, select, shift_left, shift_right_arithmetic,
    shift_right_logical, sign, sin, slice, solve, sqrt, stop_gradient, subtract, sum, svd, take, tan, tanh,
    transpose, triangular_solve, window_max, window_min, window_put, window_sum, window_take, xor,
}
