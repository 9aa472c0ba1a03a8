//! Elements as whole numbers of the same order, and sorting by their digits.
use crate::{Element, bf16, f16};

/// An element that has a place in an order: NaN behind all numbers.
pub(crate) trait Ordered: Element {
    /// Bits that count in [`Ordered::rank`].
    const WIDTH: u32 = 8 * size_of::<Self>() as u32;
    /// A number that is greater for greater elements; `-0.0` comes before `0.0`.
    fn rank(self) -> u64;
    /// The element with this number.
    fn ranked(rank: u64) -> Self;
    /// [`Ordered::rank`] with one number for both zeros.
    fn rank_of_equals(self) -> u64 {
        self.rank()
    }
}

macro_rules! integers {
    ($($T:ident $U:ident),*) => {$(
        impl Ordered for $T {
            #[inline(always)]
            fn rank(self) -> u64 {
                // The least becomes 0.
                u64::from((self as $U) ^ ($T::MIN as $U))
            }
            #[inline(always)]
            fn ranked(rank: u64) -> $T {
                ((rank as $U) ^ ($T::MIN as $U)) as $T
            }
        }
    )*};
}
integers!(u8 u8, u16 u16, u32 u32, u64 u64, i8 u8, i16 u16, i32 u32, i64 u64);

impl Ordered for bool {
    #[inline(always)]
    fn rank(self) -> u64 {
        u64::from(self)
    }
    #[inline(always)]
    fn ranked(rank: u64) -> bool {
        rank != 0
    }
}

macro_rules! floats {
    ($($T:ident $U:ident),*) => {$(
        impl Ordered for $T {
            #[inline(always)]
            fn rank(self) -> u64 {
                const SIGN: $U = 1 << ($U::BITS - 1);
                let bits = self.to_bits();
                let rank = if bits & SIGN == 0 { bits | SIGN } else { !bits };
                u64::from(if self.is_nan() { $U::MAX } else { rank })
            }
            #[inline(always)]
            fn ranked(rank: u64) -> $T {
                const SIGN: $U = 1 << ($U::BITS - 1);
                match rank as $U {
                    $U::MAX => $T::NAN,
                    rank if rank & SIGN == 0 => $T::from_bits(!rank),
                    rank => $T::from_bits(rank ^ SIGN),
                }
            }
            #[inline(always)]
            fn rank_of_equals(self) -> u64 {
                const SIGN: $U = 1 << ($U::BITS - 1);
                let zero = self.to_bits() & !SIGN == 0;
                if zero { u64::from(SIGN) } else { self.rank() }
            }
        }
    )*};
}
floats!(f16 u16, bf16 u16, f32 u32, f64 u64);

/// What is sorted by digits: a number, or one with something that goes along.
pub(crate) trait Keyed: Copy + Default + Ord {
    fn key(self) -> u64;
}

/// A whole number that ranks fit into.
pub(crate) trait Rank: Keyed {
    fn of(rank: u64) -> Self;
}

macro_rules! ranks {
    ($($T:ident),*) => {$(
        impl Keyed for $T {
            #[inline(always)]
            fn key(self) -> u64 {
                u64::from(self)
            }
        }
        impl Rank for $T {
            #[inline(always)]
            fn of(rank: u64) -> $T {
                rank as $T
            }
        }
    )*};
}
ranks!(u32, u64);

impl<K: Keyed> Keyed for (K, u32) {
    #[inline(always)]
    fn key(self) -> u64 {
        self.0.key()
    }
}

/// Sorts by the lowest `bits` bits of the keys, where what goes along with them increases. `spare` is memory to sort in.
pub(crate) fn sort<K: Keyed>(items: &mut Vec<K>, spare: &mut Vec<K>, bits: u32) {
    match items.len() < 64 {
        true => items.sort_unstable(),
        false => sort_by_digits(items, spare, bits),
    }
}

/// By counting the digits from the lowest to the highest (D. E. Knuth, TAOCP 5.2.5); a digit that all keys share is
/// left out. Equals stay in order.
fn sort_by_digits<K: Keyed>(items: &mut Vec<K>, spare: &mut Vec<K>, bits: u32) {
    // Few items do not pay for the many counts of long digits.
    let digit = if items.len() < 4096 { 8 } else { 11 };
    let digits = bits.div_ceil(digit) as usize;
    let size = 1usize << digit;
    let of = |item: K, d: usize| (item.key() >> (d as u32 * digit)) as usize & (size - 1);
    let mut counts = vec![0u32; digits * size];
    for &item in items.iter() {
        for d in 0..digits {
            counts[d * size + of(item, d)] += 1;
        }
    }
    spare.resize(items.len(), K::default());
    for (d, counts) in counts.chunks_exact_mut(size).enumerate() {
        if counts.iter().any(|&n| n as usize == items.len()) {
            continue;
        }
        let mut start = 0;
        for n in counts.iter_mut() {
            (*n, start) = (start, start + *n);
        }
        for &item in items.iter() {
            let place = &mut counts[of(item, d)];
            spare[*place as usize] = item;
            *place += 1;
        }
        std::mem::swap(items, spare);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_have_the_order_of_the_elements() {
        fn check<T: Ordered>(increasing: &[T]) {
            let ranks: Vec<u64> = increasing.iter().map(|x| x.rank()).collect();
            assert!(
                ranks.is_sorted_by(|a, b| a < b),
                "{increasing:?}: {ranks:?}"
            );
            for (&x, &rank) in increasing.iter().zip(&ranks) {
                let back = T::ranked(rank);
                assert!(back == x || x != x && back != back, "{x:?} and {back:?}");
            }
        }
        check(&[
            f64::NEG_INFINITY,
            -1.5,
            -0.0,
            0.0,
            5e-324,
            f64::INFINITY,
            f64::NAN,
        ]);
        check(&[
            f32::NEG_INFINITY,
            -1.5,
            -0.0,
            0.0,
            1e-45,
            f32::INFINITY,
            f32::NAN,
        ]);
        check(&[
            f16::NEG_INFINITY,
            f16::ZERO,
            f16::ONE,
            f16::INFINITY,
            f16::NAN,
        ]);
        check(&[i64::MIN, -1, 0, i64::MAX]);
        check(&[0, 1 << 63, u64::MAX]);
        check(&[i8::MIN, -1, 0, i8::MAX]);
        check(&[false, true]);
        assert_eq!((-f32::NAN).rank(), f32::NAN.rank());
        assert_eq!((-0.0f32).rank_of_equals(), 0.0f32.rank_of_equals());
    }

    #[test]
    fn digits_sort_as_comparisons_do() {
        let mut x = 1u64;
        for n in [0, 1, 2, 300, 5000] {
            for bits in [1, 8, 13, 32, 64] {
                let mut draw = || {
                    x = x
                        .wrapping_mul(6364136223846793005)
                        .wrapping_add(1442695040888963407);
                    (x >> 7).rotate_left(20) & (u64::MAX >> (64 - bits))
                };
                let mut items: Vec<(u64, u32)> = (0..n).map(|i| (draw(), i)).collect();
                let mut wanted = items.clone();
                wanted.sort_by_key(|item| item.0);
                sort_by_digits(&mut items, &mut vec![], bits);
                assert_eq!(items, wanted);
            }
        }
    }
}
