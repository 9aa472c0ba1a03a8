//! Whether the machine gives what it can: where others use it too, two threads may get one core for a while.

use bouton_cpu::peak::fma_peak;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The share of the measured peak that a time counts at.
const ENOUGH: f64 = 0.9;
/// How long a workload is waited for, and how often it is timed at most.
const PATIENCE: Duration = Duration::from_secs(60);
const ATTEMPTS: usize = 3;
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(500);

pub(crate) struct Machine {
    /// The most that was measured, in GFLOP/s.
    pub(crate) peak: f64,
}

impl Machine {
    pub(crate) fn new() -> Machine {
        Machine { peak: fma_peak(7) }
    }

    /// What `time` gives while the machine reaches its peak before and behind it; else, after some attempts, what it gave
    /// last.
    pub(crate) fn steadily<T, E>(
        &mut self,
        mut time: impl FnMut() -> Result<T, E>,
    ) -> Result<T, E> {
        for _ in 1..ATTEMPTS {
            self.settle();
            let result = time()?;
            if self.is_steady() {
                return Ok(result);
            }
        }
        self.settle();
        time()
    }

    fn settle(&mut self) {
        let start = Instant::now();
        while !self.is_steady() && start.elapsed() < PATIENCE {
            sleep(PAUSE);
        }
    }

    fn is_steady(&mut self) -> bool {
        let peak = fma_peak(1);
        self.peak = self.peak.max(peak);
        peak >= ENOUGH * self.peak
    }
}
