//! In steady state a training step asks the allocator for nothing.
use crate::networks::{mlp, threads_alone};
use bouton_nn::losses;
use bouton_optim::adam;
use bouton_tensor::{DType, random};
use bouton_train::{Event, Progress, Trainer};
use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

/// Counts what the thread that trains asks for; other tests run on other threads. Workers of the pool run the same
/// code as the thread that asks them.
struct Counting;

thread_local!(static COUNT: Cell<u64> = const { Cell::new(0) });

// SAFETY: every call goes to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's conditions are those of this call.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes of this process that are in memory, where the system says.
fn resident() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib = line.trim().strip_suffix(" kB")?;
    Some(kib.trim().parse::<usize>().ok()? << 10)
}

#[test]
fn memory_is_flat_over_ten_thousand_steps() {
    let _alone = threads_alone();
    let x = random::normal(&random::key(3), DType::F32, [8, 784])
        .eval()
        .unwrap();
    let y = random::randint(&random::key(4), DType::I32, [8], 0..10)
        .one_hot(10)
        .eval()
        .unwrap();
    let (mut at, mut sizes) = (0, vec![]);
    Trainer::new(&mlp(), losses::categorical_cross_entropy(), adam(1e-3))
        .progress(Progress::Silent)
        .on(Event::BatchCompleted, |_| {
            at += 1;
            if at % 2_500 == 0 {
                sizes.extend(resident());
            }
        })
        .run(std::iter::repeat_n((x, y), 10_000))
        .unwrap();
    assert_eq!(at, 10_000);
    // Other tests of this process come and go meanwhile; a step's own buffers are some 100 KB.
    if let (Some(first), Some(last)) = (sizes.first(), sizes.last()) {
        assert!(
            *last < first + (16 << 20),
            "resident bytes after 2,500, 5,000, 7,500 and 10,000 steps: {sizes:?}"
        );
    }
}

#[test]
fn a_step_allocates_nothing() {
    let _alone = threads_alone();
    let x = random::uniform(&random::key(1), DType::F32, [32, 784])
        .eval()
        .unwrap();
    let y = random::randint(&random::key(2), DType::I32, [32], 0..10)
        .one_hot(10)
        .eval()
        .unwrap();
    let mut counts = vec![0; 64];
    let mut at = 0;
    let model = mlp()
        .named("probabilities")
        .dense(10)
        .batch_norm()
        .softmax();
    Trainer::new(&model, losses::categorical_cross_entropy(), adam(1e-3))
        .progress(Progress::Silent)
        .on(Event::BatchCompleted, |s| {
            counts[at] = COUNT.get();
            at += 1;
            assert!(s.loss() > 0.0);
        })
        .run(std::iter::repeat_n((x, y), 64))
        .unwrap();
    let steps: Vec<u64> = counts.windows(2).map(|w| w[1] - w[0]).collect();
    assert!(
        counts[0] > 100,
        "the first step compiles, and the counter counts: {}",
        counts[0]
    );
    assert_eq!(
        steps[8..],
        [0; 55],
        "reading the data, checking it, stepping, looking at the loss"
    );
}
