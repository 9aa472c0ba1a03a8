//! Random numbers that are pure functions of a key and a counter, and the orders drawn from them.
//!
//! The mixing function is SplitMix64's (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014).

/// A sequence of random numbers, as an [`Augmentation`](crate::Augmentation) is given one. The same key gives the same sequence, on
/// every machine and for ever.
#[derive(Clone, Debug)]
pub struct Draws {
    key: u64,
    counter: u64,
}

impl Draws {
    /// The sequence whose key is these words.
    pub(crate) fn keyed(words: &[u64]) -> Draws {
        let key = words.iter().fold(0x6a09_e667_f3bc_c908, |key, &word| {
            mix(key ^ mix(word.wrapping_add(STEP)))
        });
        Draws { key, counter: 0 }
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.counter = self.counter.wrapping_add(1);
        mix(self.key.wrapping_add(self.counter.wrapping_mul(STEP)))
    }

    /// A number below `end`; 0 where that is 0. The bias of the multiplication is below `end` / 2^64.
    pub fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.bits()) * end as u128) >> 64) as usize
    }

    /// A number in `from..to`, in steps of 2^-24 of the range.
    pub fn between(&mut self, from: f32, to: f32) -> f32 {
        const UNIT: f32 = 1.0 / (1u32 << 24) as f32;
        from + (to - from) * ((self.bits() >> 40) as f32 * UNIT)
    }

    /// True with this probability, to within 2^-53.
    pub fn chance(&mut self, probability: f64) -> bool {
        const UNIT: f64 = 1.0 / (1u64 << 53) as f64;
        ((self.bits() >> 11) as f64 * UNIT) < probability
    }
}

/// The order in which `len` examples come in an epoch: a pure function of (seed, epoch, position).
pub(crate) fn shuffled(seed: u64, epoch: u64, len: usize) -> Vec<usize> {
    let mut draws = Draws::keyed(&[seed, epoch]);
    let mut order: Vec<usize> = (0..len).collect();
    // Fisher-Yates, from the end: what is drawn at a position does not depend on anything but the key and the position.
    for i in (1..len).rev() {
        order.swap(i, draws.below(i + 1));
    }
    order
}

/// 2^64 divided by the golden ratio, made odd.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_holds_every_position_once_and_depends_on_seed_and_epoch_alone() {
        let order = shuffled(42, 0, 1000);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..1000).collect::<Vec<_>>());
        assert_ne!(order, sorted);
        assert_eq!(order, shuffled(42, 0, 1000));
        assert_ne!(order, shuffled(42, 1, 1000));
        assert_ne!(order, shuffled(43, 0, 1000));
        assert_eq!(shuffled(1, 1, 0), Vec::<usize>::new());
    }

    #[test]
    fn the_numbers_never_change() {
        let mut draws = Draws::keyed(&[42, 7]);
        let bits = [draws.bits(), draws.bits(), draws.bits()];
        assert_eq!(bits, EXPECTED);
        assert_eq!(shuffled(42, 0, 8), [7, 4, 0, 5, 3, 2, 6, 1]);
    }

    // From an implementation of the same formulas in Python's integers.
    const EXPECTED: [u64; 3] = [
        15_234_007_586_399_468_807,
        15_012_446_181_702_723_790,
        701_549_740_831_971_892,
    ];

    #[test]
    fn numbers_are_even_over_their_range() {
        let mut draws = Draws::keyed(&[1]);
        let mut counts = [0u32; 10];
        for _ in 0..100_000 {
            counts[draws.below(10)] += 1;
            let x = draws.between(-1.0, 3.0);
            assert!((-1.0..3.0).contains(&x), "{x}");
        }
        // Ten thousand each, standard deviation 95.
        assert!(
            counts.iter().all(|n| n.abs_diff(10_000) < 500),
            "{counts:?}"
        );
    }
}
