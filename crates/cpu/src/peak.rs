//! How many multiplications and additions this machine does in a second, measured: what a kernel's speed is a share of.

use crate::isa::{Isa, isa};
use crate::pool;
use std::hint::black_box;
use std::time::Instant;

/// Independent chains, enough to hide the latency of an addition on every machine of the last ten years.
const CHAINS: usize = 12;
const LANES: usize = 8;
/// Steps of every chain in one measurement: some 50 ms.
const STEPS: usize = 12_000_000;

/// Operations of `f32` a second that the pool's threads reach together (a fused multiply-add is two), in units of 10^9,
/// with nothing but arithmetic in registers: the median of `repetitions` measurements of some 50 ms.
pub fn fma_peak(repetitions: usize) -> f64 {
    let threads = pool::threads();
    let work = |_: usize| {
        black_box(chains(isa(), black_box(STEPS)));
    };
    pool::run(threads, &work); // starts the threads and wakes the cores
    let operations = (threads * STEPS * CHAINS * LANES * 2) as f64;
    let mut rates: Vec<f64> = (0..repetitions.max(1))
        .map(|_| {
            let start = Instant::now();
            pool::run(threads, &work);
            operations / start.elapsed().as_secs_f64() / 1e9
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

fn chains(isa: Isa, steps: usize) -> f32 {
    match isa {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token in `Avx2` proves that the machine has both extensions.
        Isa::Avx2(_) => unsafe { fused(steps) },
        Isa::Portable => plain(steps),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn fused(steps: usize) -> f32 {
    use std::arch::x86_64::{_mm256_add_ps, _mm256_cvtss_f32, _mm256_fmadd_ps, _mm256_set1_ps};
    let (a, b) = (
        _mm256_set1_ps(black_box(0.999)),
        _mm256_set1_ps(black_box(0.001)),
    );
    let mut x = std::array::from_fn::<_, CHAINS, _>(|i| _mm256_set1_ps(black_box(i as f32)));
    for _ in 0..steps {
        for x in &mut x {
            *x = _mm256_fmadd_ps(*x, a, b);
        }
    }
    let mut sum = x[0];
    for &x in &x[1..] {
        sum = _mm256_add_ps(sum, x);
    }
    _mm256_cvtss_f32(sum)
}

fn plain(steps: usize) -> f32 {
    let (a, b) = (black_box(0.999f32), black_box(0.001f32));
    let mut x = std::array::from_fn::<_, CHAINS, _>(|i| black_box([i as f32; LANES]));
    for _ in 0..steps {
        for lane in x.as_flattened_mut() {
            *lane = *lane * a + b;
        }
    }
    x.as_flattened().iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chains_do_their_steps() {
        // x -> 0.999 x + 0.001 goes to 1 from everywhere, in some 10,000 steps.
        assert!((plain(20_000) - (CHAINS * LANES) as f32).abs() < 0.1);
        assert!((chains(Isa::Portable, 0) - 8.0 * 66.0).abs() < 1e-3);
        #[cfg(target_arch = "x86_64")]
        if let Isa::Avx2(_) = Isa::best() {
            assert!((chains(Isa::best(), 20_000) - CHAINS as f32).abs() < 0.1);
        }
    }
}
