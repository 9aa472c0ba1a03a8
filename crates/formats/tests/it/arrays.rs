//! Arrays of any type and shape, drawn by a seeded generator.
use bouton_array::{Array, DType, Type};

/// SplitMix64 (Steele, Lea, Flood 2014).
pub(crate) struct Draws(pub(crate) u64);

impl Draws {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// A shape of up to 5 axes; now and then an axis is empty.
    pub(crate) fn shape(&mut self) -> Vec<usize> {
        let rank = self.below(6);
        (0..rank)
            .map(|_| {
                if self.below(12) == 0 {
                    0
                } else {
                    1 + self.below(5)
                }
            })
            .collect()
    }

    /// Any bits that are elements.
    pub(crate) fn array(&mut self, dtype: DType, shape: &[usize]) -> Array {
        let ty = Type::new(dtype, shape);
        let most = if dtype == DType::Bool { 2 } else { 256 };
        let bytes: Vec<u8> = (0..ty.bytes()).map(|_| self.below(most) as u8).collect();
        Array::from_bytes(&ty, &bytes).unwrap()
    }
}

/// Types that NumPy has.
pub(crate) fn numpy_types() -> impl Iterator<Item = DType> {
    DType::ALL.into_iter().filter(|t| *t != DType::BF16)
}
