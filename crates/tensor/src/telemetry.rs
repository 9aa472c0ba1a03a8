//! Counters that tests and the curious read.
use std::{
    cell::Cell,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

static COMPILED: AtomicUsize = AtomicUsize::new(0);
static TRACED: AtomicUsize = AtomicUsize::new(0);
thread_local!(static COMPILED_HERE: Cell<usize> = const { Cell::new(0) });

pub(crate) fn count_compile() {
    COMPILED.fetch_add(1, Relaxed);
    COMPILED_HERE.set(COMPILED_HERE.get() + 1);
}

pub(crate) fn count_trace() {
    TRACED.fetch_add(1, Relaxed);
}

/// Programs compiled for the CPU so far by this process; a program found in the cache is not counted.
pub fn programs_compiled() -> usize {
    COMPILED.load(Relaxed)
}

/// Programs compiled for the CPU so far by this thread; a program found in the cache is not counted.
pub fn programs_compiled_here() -> usize {
    COMPILED_HERE.get()
}

/// Functions traced by `jit` so far by this process.
pub fn functions_traced() -> usize {
    TRACED.load(Relaxed)
}
