//! Short vectors of accumulators: what the micro-kernel and the packers are written over.

/// A vector of `LANES` numbers of the accumulation type.
///
/// # Safety
/// An implementation may use an instruction set beyond the build's target; its methods may then be
/// called, and must be inlined, only where that instruction set is known to be there.
pub(super) trait Vector: Copy {
    type Elem: Copy + Default + PartialEq + 'static;
    const LANES: usize;

    fn zero() -> Self;
    /// Reads `LANES` numbers, of any alignment.
    unsafe fn load(from: *const Self::Elem) -> Self;
    /// Writes `LANES` numbers, of any alignment.
    unsafe fn store(self, to: *mut Self::Elem);
    /// One number in every lane.
    unsafe fn splat(from: *const Self::Elem) -> Self;
    /// `x * y + self` in every lane: rounded once, or modulo the size of the type.
    unsafe fn fma(self, x: Self, y: Self) -> Self;
    /// Whether a lane has -0.
    unsafe fn has_negative_zero(self) -> bool;
    /// Writes the transpose of a block of `LANES` x `LANES` numbers; both have unit column stride.
    unsafe fn transpose(
        from: *const Self::Elem,
        from_row: usize,
        to: *mut Self::Elem,
        to_row: usize,
    );
}

/// A vector of floats.
///
/// # Safety
/// As for [`Vector`].
pub(super) trait Real: Vector {
    /// `self + y` in every lane.
    unsafe fn plus(self, y: Self) -> Self;
    /// `self - y` in every lane.
    unsafe fn minus(self, y: Self) -> Self;
    /// `self / 2` in every lane.
    unsafe fn half(self) -> Self;
}

/// Two numbers of 16 bits, which stand for two steps of the inner dimension; or, as an accumulator,
/// one number of 32 bits. A product of pairs is the sum of the products of both.
#[derive(Clone, Copy, Default, PartialEq)]
#[repr(C, align(4))]
pub(super) struct Pair(pub [i16; 2]);

impl Pair {
    #[inline(always)]
    pub(super) fn sum(self) -> i32 {
        // SAFETY: both are 32 bits, any of which are a number.
        unsafe { std::mem::transmute(self) }
    }

    #[inline(always)]
    fn of_sum(sum: i32) -> Pair {
        // SAFETY: as in `sum`.
        unsafe { std::mem::transmute(sum) }
    }

    #[inline(always)]
    fn fma(self, x: Pair, y: Pair) -> Pair {
        let product = |i: usize| i32::from(x.0[i]).wrapping_mul(i32::from(y.0[i]));
        Pair::of_sum(self.sum().wrapping_add(product(0).wrapping_add(product(1))))
    }
}

/// The portable vector: an array that the compiler may put into registers.
#[derive(Clone, Copy)]
pub(super) struct Plain<E, const L: usize>([E; L]);

macro_rules! plain {
    ($elem:ty, $lanes:literal, $fma:expr, $negative_zero:expr) => {
        impl Vector for Plain<$elem, $lanes> {
            type Elem = $elem;
            const LANES: usize = $lanes;

            #[inline(always)]
            fn zero() -> Self {
                Plain([<$elem>::default(); $lanes])
            }
            #[inline(always)]
            unsafe fn load(from: *const $elem) -> Self {
                // SAFETY: the caller vouches for LANES numbers; an array of them has their alignment.
                Plain(unsafe { from.cast::<[$elem; $lanes]>().read() })
            }
            #[inline(always)]
            unsafe fn store(self, to: *mut $elem) {
                // SAFETY: as in `load`.
                unsafe { to.cast::<[$elem; $lanes]>().write(self.0) }
            }
            #[inline(always)]
            unsafe fn splat(from: *const $elem) -> Self {
                // SAFETY: the caller vouches for one number.
                Plain([unsafe { *from }; $lanes])
            }
            #[inline(always)]
            unsafe fn fma(self, x: Self, y: Self) -> Self {
                Plain(std::array::from_fn(|i| $fma(self.0[i], x.0[i], y.0[i])))
            }
            #[inline(always)]
            unsafe fn has_negative_zero(self) -> bool {
                self.0.iter().any($negative_zero)
            }
            #[inline(always)]
            unsafe fn transpose(
                from: *const $elem,
                from_row: usize,
                to: *mut $elem,
                to_row: usize,
            ) {
                for i in 0..$lanes {
                    for j in 0..$lanes {
                        // SAFETY: the caller vouches for both blocks.
                        unsafe { *to.add(j * to_row + i) = *from.add(i * from_row + j) };
                    }
                }
            }
        }
    };
}
plain!(f32, 8, |s: f32, x: f32, y| x.mul_add(y, s), |x| x.to_bits()
    == (-0f32).to_bits());
plain!(f64, 4, |s: f64, x: f64, y| x.mul_add(y, s), |x| x.to_bits()
    == (-0f64).to_bits());
plain!(
    i32,
    8,
    |s: i32, x: i32, y| s.wrapping_add(x.wrapping_mul(y)),
    |_| false
);
plain!(
    i64,
    4,
    |s: i64, x: i64, y| s.wrapping_add(x.wrapping_mul(y)),
    |_| false
);
plain!(Pair, 8, Pair::fma, |_| false);

macro_rules! plain_real {
    ($elem:ty, $lanes:literal) => {
        impl Real for Plain<$elem, $lanes> {
            #[inline(always)]
            unsafe fn plus(self, y: Self) -> Self {
                Plain(std::array::from_fn(|i| self.0[i] + y.0[i]))
            }
            #[inline(always)]
            unsafe fn minus(self, y: Self) -> Self {
                Plain(std::array::from_fn(|i| self.0[i] - y.0[i]))
            }
            #[inline(always)]
            unsafe fn half(self) -> Self {
                Plain(self.0.map(|x| x * 0.5))
            }
        }
    };
}
plain_real!(f32, 8);
plain_real!(f64, 4);

/// Vectors of AVX2 and FMA.
#[cfg(target_arch = "x86_64")]
pub(super) mod avx2 {
    use super::{Pair, Real, Vector};
    use std::arch::x86_64::*;

    impl Vector for __m256 {
        type Elem = f32;
        const LANES: usize = 8;

        #[inline(always)]
        fn zero() -> Self {
            // SAFETY: all bits zero is a vector of zeros.
            unsafe { std::mem::zeroed() }
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: the caller vouches for the numbers and the instruction set.
            unsafe { _mm256_loadu_ps(from) }
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: as in `load`.
            unsafe { _mm256_storeu_ps(to, self) }
        }
        #[inline(always)]
        unsafe fn splat(from: *const f32) -> Self {
            // SAFETY: as in `load`.
            unsafe { _mm256_broadcast_ss(&*from) }
        }
        #[inline(always)]
        unsafe fn fma(self, x: Self, y: Self) -> Self {
            // SAFETY: the caller vouches for the instruction set.
            unsafe { _mm256_fmadd_ps(x, y, self) }
        }
        #[inline(always)]
        unsafe fn has_negative_zero(self) -> bool {
            // SAFETY: the caller vouches for the instruction set.
            unsafe {
                let same =
                    _mm256_cmpeq_epi32(_mm256_castps_si256(self), _mm256_set1_epi32(i32::MIN));
                _mm256_movemask_epi8(same) != 0
            }
        }
        #[inline(always)]
        unsafe fn transpose(from: *const f32, from_row: usize, to: *mut f32, to_row: usize) {
            /// Four columns of row i, and beside them those of row i + 4.
            #[inline(always)]
            unsafe fn pair(at: *const f32, row: usize) -> __m256 {
                // SAFETY: the caller vouches for four rows below `at` and the instruction set.
                unsafe {
                    let (low, high) = (_mm_loadu_ps(at), _mm_loadu_ps(at.add(4 * row)));
                    _mm256_insertf128_ps(_mm256_castps128_ps256(low), high, 1)
                }
            }
            // SAFETY: the caller vouches for both blocks and the instruction set.
            unsafe {
                for j in [0, 4] {
                    let from = from.add(j);
                    let (r0, r1) = (pair(from, from_row), pair(from.add(from_row), from_row));
                    let (r2, r3) = (
                        pair(from.add(2 * from_row), from_row),
                        pair(from.add(3 * from_row), from_row),
                    );
                    let (a, b) = (_mm256_unpacklo_ps(r0, r1), _mm256_unpackhi_ps(r0, r1));
                    let (c, d) = (_mm256_unpacklo_ps(r2, r3), _mm256_unpackhi_ps(r2, r3));
                    let to = to.add(j * to_row);
                    _mm256_storeu_ps(to, _mm256_shuffle_ps(a, c, 0x44));
                    _mm256_storeu_ps(to.add(to_row), _mm256_shuffle_ps(a, c, 0xee));
                    _mm256_storeu_ps(to.add(2 * to_row), _mm256_shuffle_ps(b, d, 0x44));
                    _mm256_storeu_ps(to.add(3 * to_row), _mm256_shuffle_ps(b, d, 0xee));
                }
            }
        }
    }

    impl Vector for __m256i {
        type Elem = Pair;
        const LANES: usize = 8;

        #[inline(always)]
        fn zero() -> Self {
            // SAFETY: all bits zero is a vector of zeros.
            unsafe { std::mem::zeroed() }
        }
        #[inline(always)]
        unsafe fn load(from: *const Pair) -> Self {
            // SAFETY: the caller vouches for the pairs and the instruction set.
            unsafe { _mm256_loadu_si256(from.cast()) }
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut Pair) {
            // SAFETY: as in `load`.
            unsafe { _mm256_storeu_si256(to.cast(), self) }
        }
        #[inline(always)]
        unsafe fn splat(from: *const Pair) -> Self {
            // SAFETY: as in `load`.
            unsafe { _mm256_set1_epi32((*from).sum()) }
        }
        #[inline(always)]
        unsafe fn fma(self, x: Self, y: Self) -> Self {
            // SAFETY: the caller vouches for the instruction set.
            unsafe { _mm256_add_epi32(self, _mm256_madd_epi16(x, y)) }
        }
        #[inline(always)]
        unsafe fn has_negative_zero(self) -> bool {
            false
        }
        #[inline(always)]
        unsafe fn transpose(from: *const Pair, from_row: usize, to: *mut Pair, to_row: usize) {
            // SAFETY: the contract is the same; elements of the same size are moved, bit by bit.
            unsafe { __m256::transpose(from.cast(), from_row, to.cast(), to_row) }
        }
    }

    macro_rules! real {
        ($vector:ty, $plus:ident, $minus:ident, $times:ident, $splat:ident) => {
            impl Real for $vector {
                #[inline(always)]
                unsafe fn plus(self, y: Self) -> Self {
                    // SAFETY: the caller vouches for the instruction set; so it does below.
                    unsafe { $plus(self, y) }
                }
                #[inline(always)]
                unsafe fn minus(self, y: Self) -> Self {
                    // SAFETY: as in `plus`.
                    unsafe { $minus(self, y) }
                }
                #[inline(always)]
                unsafe fn half(self) -> Self {
                    // SAFETY: as in `plus`.
                    unsafe { $times(self, $splat(0.5)) }
                }
            }
        };
    }
    real!(
        __m256,
        _mm256_add_ps,
        _mm256_sub_ps,
        _mm256_mul_ps,
        _mm256_set1_ps
    );
    real!(
        __m256d,
        _mm256_add_pd,
        _mm256_sub_pd,
        _mm256_mul_pd,
        _mm256_set1_pd
    );

    impl Vector for __m256d {
        type Elem = f64;
        const LANES: usize = 4;

        #[inline(always)]
        fn zero() -> Self {
            // SAFETY: all bits zero is a vector of zeros.
            unsafe { std::mem::zeroed() }
        }
        #[inline(always)]
        unsafe fn load(from: *const f64) -> Self {
            // SAFETY: the caller vouches for the numbers and the instruction set.
            unsafe { _mm256_loadu_pd(from) }
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f64) {
            // SAFETY: as in `load`.
            unsafe { _mm256_storeu_pd(to, self) }
        }
        #[inline(always)]
        unsafe fn splat(from: *const f64) -> Self {
            // SAFETY: as in `load`.
            unsafe { _mm256_broadcast_sd(&*from) }
        }
        #[inline(always)]
        unsafe fn fma(self, x: Self, y: Self) -> Self {
            // SAFETY: the caller vouches for the instruction set.
            unsafe { _mm256_fmadd_pd(x, y, self) }
        }
        #[inline(always)]
        unsafe fn has_negative_zero(self) -> bool {
            // SAFETY: the caller vouches for the instruction set.
            unsafe {
                let same =
                    _mm256_cmpeq_epi64(_mm256_castpd_si256(self), _mm256_set1_epi64x(i64::MIN));
                _mm256_movemask_epi8(same) != 0
            }
        }
        #[inline(always)]
        unsafe fn transpose(from: *const f64, from_row: usize, to: *mut f64, to_row: usize) {
            // SAFETY: the caller vouches for both blocks and the instruction set.
            unsafe {
                let (r0, r1) = (_mm256_loadu_pd(from), _mm256_loadu_pd(from.add(from_row)));
                let (r2, r3) = (
                    _mm256_loadu_pd(from.add(2 * from_row)),
                    _mm256_loadu_pd(from.add(3 * from_row)),
                );
                let (a, b) = (_mm256_unpacklo_pd(r0, r1), _mm256_unpackhi_pd(r0, r1));
                let (c, d) = (_mm256_unpacklo_pd(r2, r3), _mm256_unpackhi_pd(r2, r3));
                _mm256_storeu_pd(to, _mm256_permute2f128_pd(a, c, 0x20));
                _mm256_storeu_pd(to.add(to_row), _mm256_permute2f128_pd(b, d, 0x20));
                _mm256_storeu_pd(to.add(2 * to_row), _mm256_permute2f128_pd(a, c, 0x31));
                _mm256_storeu_pd(to.add(3 * to_row), _mm256_permute2f128_pd(b, d, 0x31));
            }
        }
    }
}
