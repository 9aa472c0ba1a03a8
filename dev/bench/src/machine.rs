//! Whether the machine gives what it can: where others use it too, two threads may get one core for a while, or cores that
//! are far from each other.

use bouton_cpu::peak::fma_peak;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{available_parallelism, scope, sleep};
use std::time::{Duration, Instant};

/// The share of the measured peak that a time counts at, and of the shortest way between cores.
const ENOUGH: f64 = 0.9;
const NEAR: f64 = 1.5;
/// How often two threads hand a line of the cache to each other in a measurement.
const ROUNDS: usize = 20_000;
/// How long a time is waited for, and how often it is taken at most.
const PATIENCE: Duration = Duration::from_secs(10);
const ATTEMPTS: usize = 4;
/// Looks before the first workload: what it gives at best shows after some seconds.
const LOOKS: usize = 20;
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(500);

pub(crate) struct Machine {
    /// The most that was measured, in GFLOP/s.
    pub(crate) peak: f64,
    /// The shortest time that was measured from one thread to another and back, in seconds.
    way: f64,
}

impl Machine {
    pub(crate) fn new() -> Machine {
        let mut machine = Machine {
            peak: fma_peak(7),
            way: way(),
        };
        for _ in 0..LOOKS {
            sleep(PAUSE);
            machine.is_steady();
        }
        machine
    }

    /// What `time` gives, and whether the machine gave all before and behind it: where it did not, after some attempts, what
    /// came last.
    pub(crate) fn steadily<T, E>(
        &mut self,
        mut time: impl FnMut() -> Result<T, E>,
    ) -> Result<(T, bool), E> {
        let mut attempts = 1;
        loop {
            let before = self.settle();
            let result = time()?;
            let steady = self.is_steady() && before;
            if steady || attempts == ATTEMPTS {
                return Ok((result, steady));
            }
            attempts += 1;
        }
    }

    /// Waits until the machine gives all, if that takes not too long.
    fn settle(&mut self) -> bool {
        let start = Instant::now();
        loop {
            let steady = self.is_steady();
            if steady || start.elapsed() > PATIENCE {
                return steady;
            }
            sleep(PAUSE);
        }
    }

    fn is_steady(&mut self) -> bool {
        let (peak, way) = (fma_peak(1), way());
        (self.peak, self.way) = (self.peak.max(peak), self.way.min(way));
        peak >= ENOUGH * self.peak && way <= NEAR * self.way
    }
}

/// Seconds from one thread to another and back; 0 where they have but one core, on which they would wait for each other.
fn way() -> f64 {
    let cores = available_parallelism().map_or(1, usize::from);
    if cores.min(bouton::threads()) < 2 {
        return 0.0;
    }
    let turn = AtomicUsize::new(0);
    let play = |mine: usize| {
        for round in 0..ROUNDS {
            while turn.load(Ordering::Acquire) != 2 * round + mine {
                std::hint::spin_loop();
            }
            turn.store(2 * round + mine + 1, Ordering::Release);
        }
    };
    scope(|scope| {
        let other = scope.spawn(|| play(1));
        let start = Instant::now();
        play(0);
        let _ = other.join();
        start.elapsed().as_secs_f64() / ROUNDS as f64
    })
}
