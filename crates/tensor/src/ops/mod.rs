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
pub(crate) mod acos;
pub(crate) mod acosh;
pub(crate) mod add;
pub(crate) mod all;
pub(crate) mod and;
pub(crate) mod any;
pub(crate) mod argmax;
pub(crate) mod argmin;
pub(crate) mod argsort;
pub(crate) mod asin;
pub(crate) mod asinh;
pub(crate) mod atan;
pub(crate) mod atan2;
pub(crate) mod atanh;
pub(crate) mod bitcast;
pub(crate) mod broadcast;
pub(crate) mod cbrt;
pub(crate) mod ceil;
pub(crate) mod cholesky;
pub(crate) mod compare;
pub(crate) mod concatenate;
pub(crate) mod constant;
pub(crate) mod convert;
pub(crate) mod convolution;
pub(crate) mod copysign;
pub(crate) mod cos;
pub(crate) mod cosh;
pub(crate) mod count_leading_zeros;
pub(crate) mod cumulative_argmax;
pub(crate) mod cumulative_argmin;
pub(crate) mod cumulative_sum;
pub(crate) mod digamma;
pub(crate) mod divide;
pub(crate) mod dot_general;
pub(crate) mod dynamic_slice;
pub(crate) mod dynamic_update_slice;
pub(crate) mod eigh;
pub(crate) mod erf;
pub(crate) mod erf_inv;
pub(crate) mod erfc;
pub(crate) mod exp;
pub(crate) mod exp2;
pub(crate) mod exp_m1;
pub(crate) mod expm;
pub(crate) mod floor;
pub(crate) mod gcd;
pub(crate) mod identity;
pub(crate) mod iota;
pub(crate) mod lgamma;
pub(crate) mod linear_recurrence;
pub(crate) mod log;
pub(crate) mod log10;
pub(crate) mod log2;
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
pub(crate) mod polygamma;
pub(crate) mod population_count;
pub(crate) mod power;
pub(crate) mod product;
pub(crate) mod qr;
pub(crate) mod random_bits;
pub(crate) mod random_gamma;
pub(crate) mod random_poisson;
pub(crate) mod remainder;
pub(crate) mod reshape;
pub(crate) mod reverse;
pub(crate) mod round;
pub(crate) mod rsqrt;
pub(crate) mod scatter_add;
pub(crate) mod searchsorted;
pub(crate) mod select;
pub(crate) mod shift_left;
pub(crate) mod shift_right_arithmetic;
pub(crate) mod shift_right_logical;
pub(crate) mod sign;
pub(crate) mod sin;
pub(crate) mod sinh;
pub(crate) mod slice;
pub(crate) mod solve;
pub(crate) mod sort;
pub(crate) mod sqrt;
pub(crate) mod stop_gradient;
pub(crate) mod subtract;
pub(crate) mod sum;
pub(crate) mod svd;
pub(crate) mod take;
pub(crate) mod tan;
pub(crate) mod tanh;
pub(crate) mod top_k;
pub(crate) mod transpose;
pub(crate) mod triangular_solve;
pub(crate) mod trunc;
pub(crate) mod window_max;
pub(crate) mod window_min;
pub(crate) mod window_put;
pub(crate) mod window_sum;
pub(crate) mod window_take;
pub(crate) mod xor;

table! {
    abs, acos, acosh, add, all, and, any, argmax, argmin, argsort, asin, asinh, atan, atan2, atanh, bitcast,
    broadcast, cbrt, ceil, cholesky, compare, concatenate, constant, convert, convolution, copysign, cos, cosh,
    count_leading_zeros, cumulative_argmax, cumulative_argmin, cumulative_sum, digamma, divide, dot_general,
    dynamic_slice, dynamic_update_slice, eigh, erf, erf_inv, erfc, exp, exp2, exp_m1, expm, floor, gcd, identity,
    iota, lgamma, linear_recurrence, log, log10, log2, log_1p, logistic, lu, max, maximum, min, minimum, multiply,
    negate, not, or, pad, pinv, polygamma, population_count, power, product, qr, random_bits, random_gamma,
    random_poisson, remainder, reshape, reverse, round, rsqrt, scatter_add, searchsorted, select, shift_left,
    shift_right_arithmetic, shift_right_logical, sign, sin, sinh, slice, solve, sort, sqrt, stop_gradient, subtract,
    sum, svd, take, tan, tanh, top_k, transpose, triangular_solve, trunc, window_max, window_min, window_put,
    window_sum, window_take, xor,
}
