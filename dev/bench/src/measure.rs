//! How a time is taken: the median of 7 repetitions of 0.3 s.

use std::error::Error;
use std::time::Instant;

const REPETITIONS: usize = 7;
const SECONDS: f64 = 0.3;
/// Repetitions of each, where two take turns.
const TURNS: usize = 15;
/// Before anything counts: cores wake up and caches fill.
const WARMING: f64 = 0.5;

/// Microseconds of one run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Time {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Time {
    /// Of these times, of which there is one at least.
    pub(crate) fn of(mut times: Vec<f64>) -> Time {
        times.sort_by(f64::total_cmp);
        let at = |i: usize| times.get(i).copied().unwrap_or(f64::NAN);
        Time {
            median: at(times.len() / 2),
            min: at(0),
            max: at(times.len().saturating_sub(1)),
        }
    }
}

/// Times `run`, which does its work as often as it is told.
pub(crate) fn measure(
    run: &mut dyn FnMut(usize) -> bouton::Result<()>,
) -> Result<Time, Box<dyn Error>> {
    let n = warm(run)?;
    let times = (0..REPETITIONS).map(|_| timed(run, n));
    Ok(Time::of(times.collect::<Result<_, Box<dyn Error>>>()?))
}

/// Times two by turns; also how much longer the first takes, in percent: the median over the turns.
pub(crate) fn compare(
    one: &mut dyn FnMut(usize) -> bouton::Result<()>,
    other: &mut dyn FnMut(usize) -> bouton::Result<()>,
) -> Result<(Time, f64), Box<dyn Error>> {
    let counts = (warm(one)?, warm(other)?);
    let (mut times, mut longer) = (vec![], vec![]);
    for _ in 0..TURNS {
        let (a, b) = (timed(one, counts.0)?, timed(other, counts.1)?);
        times.push(a);
        longer.push(100.0 * (a / b - 1.0));
    }
    Ok((Time::of(times), Time::of(longer).median))
}

/// How many runs take a repetition's time, once everything is warm.
fn warm(run: &mut dyn FnMut(usize) -> bouton::Result<()>) -> Result<usize, Box<dyn Error>> {
    run(1)?;
    let (began, mut n) = (Instant::now(), 1);
    loop {
        let seconds = timed(run, n)? * n as f64 / 1e6;
        if seconds < SECONDS / 2.0 {
            let scaled = (n as f64 * SECONDS / seconds.max(1e-7)) as usize;
            n = scaled.clamp(n + 1, n * 10);
        } else if began.elapsed().as_secs_f64() > WARMING {
            return Ok(n);
        }
    }
}

/// Microseconds of one run of `n`.
fn timed(
    run: &mut dyn FnMut(usize) -> bouton::Result<()>,
    n: usize,
) -> Result<f64, Box<dyn Error>> {
    let start = Instant::now();
    run(n)?;
    Ok(start.elapsed().as_secs_f64() * 1e6 / n as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_the_middle_one() {
        assert_eq!(
            Time::of(vec![5.0, 1.0, 3.0]),
            Time {
                median: 3.0,
                min: 1.0,
                max: 5.0
            }
        );
    }
}
