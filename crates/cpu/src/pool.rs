//! The thread pool: numbered chunks over threads that spin between jobs.
//!
//! A job is a number of chunks and one function of the chunk's index. Thread `t` of `T` begins with the
//! chunks `t * chunks / T .. (t + 1) * chunks / T`, and then does what the others have not begun. What a chunk
//! computes may depend on its index alone, so neither the number of threads nor who does a chunk reaches a result.
//!
//! Every worker has a slot of its own with one state word. The caller writes the job and sets the
//! slots of the workers it wants to `WORK`; a worker that sees this makes it `TAKEN`, does chunks
//! and makes it `IDLE`. When no chunk is left the caller dismisses the workers that never came and waits for the
//! others. An idle worker spins for about a millisecond
//! and then parks.

use std::any::Any;
use std::cell::UnsafeCell;
use std::ffi::OsStr;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// The most threads a job is ever spread over.
pub const MOST_THREADS: usize = 256;
/// How long an idle worker spins before it parks, where every thread can have a core.
const PATIENCE: Duration = Duration::from_millis(1);
/// Turns of the waiting loop (some 20 ns each) before a caller begins to offer its core, and
/// between two offers, or two looks at the clock.
const ALONE: u32 = 512;
const TURNS: u32 = 64;

const IDLE: u32 = 0;
const WORK: u32 = 1;
const TAKEN: u32 = 2;
const PARKED: u32 = 3;

/// How many threads a job is spread over: `BOUTON_THREADS`, or all available cores where that says nothing or nonsense,
/// which [`asked`] tells; whatever [`set_threads`] said last.
pub fn threads() -> usize {
    match THREADS.load(Ordering::Relaxed) {
        0 => {
            let n = asked()
                .ok()
                .flatten()
                .unwrap_or_else(cores)
                .min(MOST_THREADS);
            // Who comes first decides, so that `set_threads` is never overwritten.
            match THREADS.compare_exchange(0, n, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => n,
                Err(other) => other,
            }
        }
        n => n,
    }
}

/// How many threads `BOUTON_THREADS` asks for; `None` where it is unset or empty.
///
/// # Errors
/// It must be a whole number from 1 to [`MOST_THREADS`].
pub fn asked() -> Result<Option<usize>, String> {
    wish(&std::env::var_os("BOUTON_THREADS").unwrap_or_default())
}

fn wish(value: &OsStr) -> Result<Option<usize>, String> {
    if value.is_empty() {
        return Ok(None);
    }
    match value.to_str().and_then(|v| v.trim().parse().ok()) {
        Some(n @ 1..=MOST_THREADS) => Ok(Some(n)),
        _ => Err(format!(
            "must be a whole number from 1 to {MOST_THREADS}; it is {value:?}"
        )),
    }
}

/// Spreads the jobs that start from now on over `n` threads (at least 1, at most 256). Threads are
/// started when a job first needs them; the ones that are no longer needed stay parked.
pub fn set_threads(n: usize) {
    THREADS.store(n.clamp(1, MOST_THREADS), Ordering::Relaxed);
}

/// Calls `work(0)`, .. `work(chunks - 1)`, each once, spread over [`threads`] threads of which the
/// caller is one, and returns when all are done.
///
/// A caller that finds the pool busy, because another thread uses it or because it is itself
/// inside of a job, runs all chunks in order. A panic in `work` is raised again in the caller;
/// the chunks behind it on the same thread are then not run.
pub(crate) fn run(chunks: usize, work: &(dyn Fn(usize) + Sync)) {
    run_slots(chunks, MOST_THREADS, &|_, chunk| work(chunk));
}

/// As [`run`], on at most `slots` threads, and with the number of the thread (below `slots`) as
/// the first argument of `work`: calls that run at the same time have different numbers, so that
/// it may choose a scratch buffer.
pub(crate) fn run_slots(chunks: usize, slots: usize, work: &(dyn Fn(usize, usize) + Sync)) {
    let wanted = threads().min(chunks).min(slots);
    if wanted <= 1 || BUSY.swap(true, Ordering::Acquire) {
        (0..chunks).for_each(|chunk| work(0, chunk));
        return;
    }
    // From here on this thread owns the pool, until `BUSY` is false again.
    let team = 1 + hired(wanted - 1);
    let mine = if team == 1 {
        catch_unwind(AssertUnwindSafe(|| {
            (0..chunks).for_each(|chunk| work(0, chunk))
        }))
    } else {
        // SAFETY: a worker reads the job only while its slot is `TAKEN`, and no slot is: every
        // earlier job ended with all of its slots `IDLE`. The lifetime of `work` may be widened
        // because this function does not return before every worker is done with it.
        unsafe {
            *JOB.0.get() = Some(Job {
                chunks,
                team,
                work: std::mem::transmute::<&Work<'_>, &Work<'static>>(work),
            });
        }
        let slots = &SLOTS[..team - 1];
        for (t, claim) in CLAIMS[..team].iter().enumerate() {
            claim
                .0
                .store(share(t, chunks, team).start, Ordering::Relaxed);
        }
        for (slot, worker) in slots.iter().zip(&WORKERS) {
            slot.asked.fetch_add(1, Ordering::Relaxed);
            if slot.state.swap(WORK, Ordering::AcqRel) == PARKED
                && let Some(worker) = worker.get()
            {
                worker.unpark();
            }
        }
        let mine = catch_unwind(AssertUnwindSafe(|| serve_chunks(0, chunks, team, work)));
        let mut wait = Waiting::new(team);
        for slot in slots {
            // A worker that never came has nothing left to do.
            let came = slot
                .state
                .compare_exchange(WORK, IDLE, Ordering::AcqRel, Ordering::Acquire)
                .is_err();
            while came && slot.state.load(Ordering::Acquire) == TAKEN {
                wait.patient_turn();
            }
        }
        mine
    };
    let theirs = if FAILED.swap(false, Ordering::Relaxed) {
        panic_of_worker().take()
    } else {
        None
    };
    BUSY.store(false, Ordering::Release);
    if let Some(panic) = mine.err().or(theirs) {
        resume_unwind(panic);
    }
}

/// The chunks that thread `t` begins with.
fn share(t: usize, chunks: usize, team: usize) -> Range<usize> {
    t * chunks / team..(t + 1) * chunks / team
}

/// Thread `t` does the chunks of its own share that nobody has claimed, then those of the others: a thread that the
/// machine holds up holds up no more than the chunk it is at.
fn serve_chunks(t: usize, chunks: usize, team: usize, work: &Work) {
    for owner in (t..team).chain(0..t) {
        let end = share(owner, chunks, team).end;
        loop {
            let chunk = CLAIMS[owner].0.fetch_add(1, Ordering::Relaxed);
            if chunk >= end {
                break;
            }
            work(t, chunk);
        }
    }
}

type Work<'a> = dyn Fn(usize, usize) + Sync + 'a;

#[derive(Clone, Copy)]
struct Job {
    chunks: usize,
    team: usize,
    work: &'static Work<'static>,
}

/// The job in progress: written by the owner of `BUSY`, read by workers whose slot is `TAKEN`.
struct JobCell(UnsafeCell<Option<Job>>);

// SAFETY: a `Job` may be sent and shared (its function is `Sync`), and the slots' states order
// every write of the cell before the reads of it and after the reads of the job before.
unsafe impl Sync for JobCell {}

/// A worker's state on a cache line (and its prefetched neighbour) of its own.
#[repr(align(128))]
struct Slot {
    state: AtomicU32,
    /// Counts the jobs the worker was asked for, also those it came too late for: while it rises,
    /// the worker stays awake.
    asked: AtomicU32,
}

/// The next chunk of a thread's share that nobody has claimed, on a cache line of its own.
#[repr(align(128))]
struct Claim(AtomicUsize);

static CLAIMS: [Claim; MOST_THREADS] = [const { Claim(AtomicUsize::new(0)) }; MOST_THREADS];
static THREADS: AtomicUsize = AtomicUsize::new(0);
static BUSY: AtomicBool = AtomicBool::new(false);
static FAILED: AtomicBool = AtomicBool::new(false);
static JOB: JobCell = JobCell(UnsafeCell::new(None));
static SLOTS: [Slot; MOST_THREADS - 1] = [const {
    Slot {
        state: AtomicU32::new(IDLE),
        asked: AtomicU32::new(0),
    }
}; MOST_THREADS - 1];
static WORKERS: [OnceLock<Thread>; MOST_THREADS - 1] =
    [const { OnceLock::new() }; MOST_THREADS - 1];
static PANIC: Mutex<Option<Box<dyn Any + Send>>> = Mutex::new(None);

fn panic_of_worker() -> std::sync::MutexGuard<'static, Option<Box<dyn Any + Send>>> {
    PANIC.lock().unwrap_or_else(PoisonError::into_inner)
}

fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().map_or(1, |n| n.get()))
}

/// Sees to it that `workers` threads exist, and returns how many do (fewer, where the system
/// refuses to start one). Only the owner of the pool calls it.
fn hired(workers: usize) -> usize {
    for (index, worker) in WORKERS.iter().enumerate().take(workers) {
        if worker.get().is_some() {
            continue;
        }
        let name = format!("bouton-{}", index + 1);
        let Ok(handle) = thread::Builder::new()
            .name(name)
            .spawn(move || serve(index))
        else {
            return index;
        };
        worker.get_or_init(|| handle.thread().clone());
    }
    workers
}

/// The life of worker `index`, which is thread `index + 1` of a team.
fn serve(index: usize) {
    let Slot { state, asked } = &SLOTS[index];
    loop {
        let mut wait = Waiting::new(index + 2);
        while state.load(Ordering::Relaxed) != WORK
            || state
                .compare_exchange(WORK, TAKEN, Ordering::AcqRel, Ordering::Relaxed)
                .is_err()
        {
            if !wait.is_over(asked) {
                wait.turn();
            } else if state
                .compare_exchange(IDLE, PARKED, Ordering::AcqRel, Ordering::Acquire)
                .is_ok()
            {
                while state.load(Ordering::Acquire) == PARKED {
                    thread::park();
                }
                wait = Waiting::new(index + 2);
            }
        }
        // SAFETY: this worker's slot was `WORK`, so the job was written before, and now is `TAKEN`,
        // and the caller writes no other job before it is `IDLE` again.
        if let Some(job) = unsafe { *JOB.0.get() } {
            let done = catch_unwind(AssertUnwindSafe(|| {
                serve_chunks(index + 1, job.chunks, job.team, job.work);
            }));
            if let Err(panic) = done {
                panic_of_worker().get_or_insert(panic);
                FAILED.store(true, Ordering::Relaxed);
            }
        }
        state.store(IDLE, Ordering::Release);
    }
}

/// A waiting loop that spins while every thread of the team can have a core, and otherwise offers
/// its core to the others.
struct Waiting {
    turns: u32,
    crowded: bool,
    /// What the slot's counter was at a look at the clock, and when.
    since: Option<(u32, Instant)>,
}

impl Waiting {
    fn new(team: usize) -> Waiting {
        Waiting {
            turns: 0,
            crowded: team > cores(),
            since: None,
        }
    }

    /// A turn of an idle worker. It keeps its core, because work comes soon or not at all.
    fn turn(&mut self) {
        self.turns = self.turns.wrapping_add(1);
        if self.crowded {
            thread::yield_now();
        } else {
            std::hint::spin_loop();
        }
    }

    /// A turn of a caller. On a busy machine the worker it waits for may have to run on this very
    /// core, so a long wait offers it.
    fn patient_turn(&mut self) {
        self.turn();
        if self.turns > ALONE && self.turns.is_multiple_of(TURNS) {
            thread::yield_now();
        }
    }

    /// Whether an idle worker has waited long enough to park.
    fn is_over(&mut self, asked: &AtomicU32) -> bool {
        if self.crowded {
            return self.turns > 16;
        }
        if !self.turns.is_multiple_of(TURNS) {
            return false;
        }
        let seen = (asked.load(Ordering::Relaxed), Instant::now());
        match self.since {
            Some(since) if since.0 == seen.0 => seen.1 - since.1 > PATIENCE,
            _ => {
                self.since = Some(seen);
                false
            }
        }
    }
}

/// The lock of the tests that set the number of threads, which is shared by the whole process.
#[cfg(test)]
pub(crate) fn alone() -> std::sync::MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(chunks: usize, n: usize) {
        set_threads(n);
        let counts: Vec<AtomicU32> = (0..chunks).map(|_| AtomicU32::new(0)).collect();
        run_slots(chunks, MOST_THREADS, &|slot, chunk| {
            assert!(slot < n);
            counts[chunk].fetch_add(1, Ordering::Relaxed);
        });
        assert!(
            counts.iter().all(|c| c.load(Ordering::Relaxed) == 1),
            "{chunks} chunks, {n} threads"
        );
    }

    #[test]
    fn the_environment_must_ask_for_a_number_of_threads() {
        let wish = |value: &str| wish(OsStr::new(value));
        assert_eq!(wish(""), Ok(None));
        assert_eq!(
            (wish("1"), wish(" 3 "), wish("256")),
            (Ok(Some(1)), Ok(Some(3)), Ok(Some(256)))
        );
        for nonsense in [
            "0",
            "-1",
            "abc",
            "1e9",
            "257",
            "2.0",
            "99999999999999999999",
        ] {
            let rule = format!("must be a whole number from 1 to 256; it is {nonsense:?}");
            assert_eq!(wish(nonsense), Err(rule));
        }
    }

    #[test]
    fn every_chunk_runs_exactly_once() {
        let _alone = alone();
        for n in [1, 2, 3, 5, 8, 2, 1, 13, 4] {
            for chunks in [0, 1, 2, 3, 4, 5, 7, 16, 31, 100, 1000] {
                check(chunks, n);
            }
        }
        for _ in 0..2000 {
            check(3, 3);
        }
        set_threads(0);
        assert_eq!(threads(), 1);
    }

    #[test]
    fn workers_park_and_wake() {
        let _alone = alone();
        for n in [2, 3] {
            check(10, n);
            // Until the workers sleep: there is nothing to wait for but the clock.
            let until = Instant::now() + 4 * PATIENCE;
            while SLOTS[..n - 1]
                .iter()
                .any(|s| s.state.load(Ordering::Relaxed) != PARKED)
                || Instant::now() < until
            {
                thread::yield_now();
            }
            check(10, n);
        }
    }

    #[test]
    fn nested_jobs_run_inline() {
        let _alone = alone();
        set_threads(3);
        let sum = AtomicUsize::new(0);
        run(6, &|i| {
            run(5, &|j| {
                run(2, &|k| {
                    sum.fetch_add(i * 10 + j * 2 + k, Ordering::Relaxed);
                });
            });
        });
        assert_eq!(sum.into_inner(), (0..60).sum());
    }

    #[test]
    fn concurrent_callers_each_get_their_own_chunks() {
        let _alone = alone();
        set_threads(4);
        thread::scope(|scope| {
            for caller in 0..6usize {
                scope.spawn(move || {
                    for turn in 0..300 {
                        let sum = AtomicUsize::new(0);
                        run(9, &|i| {
                            sum.fetch_add(i * caller + turn, Ordering::Relaxed);
                        });
                        assert_eq!(sum.into_inner(), 36 * caller + 9 * turn);
                    }
                });
            }
        });
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_pool_lives_on() {
        let _alone = alone();
        set_threads(4);
        for bad in [0, 7, 19] {
            let ran = AtomicUsize::new(0);
            let panic = catch_unwind(AssertUnwindSafe(|| {
                run(20, &|i| {
                    ran.fetch_add(1, Ordering::Relaxed);
                    if i == bad {
                        std::panic::panic_any(i);
                    }
                });
            }));
            assert_eq!(panic.unwrap_err().downcast_ref::<usize>(), Some(&bad));
            let ran = ran.into_inner();
            assert!(0 < ran && ran <= 20);
            check(20, 4);
        }
        // All at once: one of the panics is reported.
        let panic = catch_unwind(AssertUnwindSafe(|| run(4, &|i| std::panic::panic_any(i))));
        assert!(panic.unwrap_err().downcast_ref::<usize>().is_some());
        check(8, 4);
    }
}
