//! A compiled program: its regions in order, its plan of memory, and the running of it.
use crate::{
    constants::Packed,
    follow::Follow,
    gemm::{Block, Epilogue, Gemm, Operands, convolution::Convolution},
    kernels::copy_strided,
    memory::Home,
    pool, profile,
    tile::{RowBlocks, Tiles},
};
use bouton_array::{Array, Buffer, Type};
use bouton_ir::{Call, View, ViewMut};
use std::{
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

/// What a compiled program needs of memory, in bytes.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// All inputs.
    pub inputs: usize,
    /// Outputs that do not take the place of a donated input.
    pub outputs: usize,
    /// Outputs that take the place of a donated input, if nobody else holds it.
    pub in_place: usize,
    /// The arena of intermediate values.
    pub arena: usize,
    /// The largest sum of intermediate values alive at one time.
    pub live: usize,
    /// Every stored intermediate value.
    pub values: Vec<(Type, usize)>,
    /// Packed copies of inputs that are the same in every run: see [`Executable::with_constants`].
    pub packed: usize,
}

/// A compiled program. Several threads may run it at the same time; the results have the same bits whatever the number
/// of threads.
pub struct Executable {
    pub(crate) code: Arc<Code>,
    /// For each job a copy of an operand that was packed before the run; empty where there is none.
    pub(crate) packed: Vec<Option<Packed>>,
}

/// What all executables of a program share.
pub(crate) struct Code {
    pub(crate) inputs: Vec<Type>,
    pub(crate) outputs: Vec<Type>,
    pub(crate) homes: Vec<Home>,
    pub(crate) replaces: Vec<Option<usize>>,
    pub(crate) jobs: Vec<Job>,
    /// But for packed copies.
    pub(crate) memory: Memory,
    /// Bytes of scratch memory that each thread needs.
    pub(crate) thread_scratch: usize,
    /// So many threads have scratch memory at least.
    pub(crate) slots: usize,
    pub(crate) contexts: Mutex<Vec<Context>>,
    pub(crate) empty: Array,
    pub(crate) profile: Arc<profile::Program>,
}

/// A region, compiled. Slots are the numbers of values.
pub(crate) enum Job {
    Loop {
        tiles: Box<Tiles>,
        partial: usize,
    },
    Rows(Box<RowBlocks>),
    /// The operands are slots and bytes into them; the loops run on each block of the result.
    Product {
        product: Product,
        operands: [(usize, usize); 2],
        to: usize,
        scratch: usize,
        follow: Follow,
    },
    /// Fills with a scalar first, if one is named; then copies blocks.
    Copy {
        to: usize,
        fill: Option<usize>,
        elements: usize,
        size: usize,
        blocks: Vec<CopyBlock>,
    },
    Call {
        call: Call,
        inputs: Vec<(usize, Type)>,
        outputs: Vec<Parts>,
        chunks: usize,
    },
}

/// What makes blocks of its result on the matrix engine.
pub(crate) enum Product {
    Dot(Box<Gemm>),
    Convolution(Convolution),
}

/// A result of a kernel, and the elements that each chunk writes: apart from each other.
pub(crate) struct Parts {
    pub(crate) to: usize,
    pub(crate) ty: Type,
    pub(crate) parts: Vec<Range<usize>>,
}

/// A strided block that is copied: from a slot, byte offsets there and here, the axes.
pub(crate) struct CopyBlock {
    pub(crate) from: usize,
    pub(crate) there: usize,
    pub(crate) here: usize,
    pub(crate) axes: Vec<(usize, isize, isize)>,
}

/// Memory of one run at a time.
pub(crate) struct Context {
    arena: Buffer,
    scratch: Buffer,
    threads: usize,
    slots: Vec<*mut u8>,
}

// SAFETY: the pointers are made anew for every run, by the thread that runs.
unsafe impl Send for Context {}

/// A pointer that chunks on several threads share; each writes elements of its own.
#[derive(Clone, Copy)]
struct Shared<T>(*mut T);
// SAFETY: see the type; every use states why the parts are disjoint.
unsafe impl<T> Sync for Shared<T> {}
impl<T> Shared<T> {
    fn get(&self) -> *mut T {
        self.0
    }
}

impl Job {
    pub(crate) fn scratch_bytes(&self) -> usize {
        match self {
            Job::Loop { tiles, .. } => tiles.partial_bytes(),
            Job::Product { product, .. } => match product {
                Product::Dot(gemm) => gemm.scratch_bytes(),
                Product::Convolution(convolution) => convolution.scratch_bytes(),
            },
            _ => 0,
        }
    }

    /// For how many threads loops behind products may be called at a time.
    pub(crate) fn slots(&self) -> usize {
        match self {
            Job::Product { follow, .. } if follow.loops.is_empty() => 0,
            Job::Product { product, .. } => match product {
                Product::Dot(gemm) => gemm.slots(),
                Product::Convolution(convolution) => convolution.slots(),
            },
            _ => 0,
        }
    }

    pub(crate) fn thread_scratch(&self) -> usize {
        match self {
            Job::Loop { tiles, .. } => tiles.scratch_bytes(),
            Job::Rows(rows) => rows.scratch_bytes(),
            Job::Product { follow, .. } => follow.scratch_bytes(),
            _ => 0,
        }
    }
}

impl Product {
    /// Which operand copies are packed of.
    pub(crate) fn packs(&self) -> usize {
        match self {
            Product::Dot(gemm) => gemm.packs(),
            Product::Convolution(_) => 1,
        }
    }
}

impl Executable {
    /// What it needs of memory.
    pub fn memory(&self) -> Memory {
        Memory {
            packed: self.packed.iter().flatten().map(Packed::bytes).sum(),
            ..self.code.memory.clone()
        }
    }

    /// Computes all outputs. A donated input that nobody else holds may be taken and overwritten; an array in `outputs`
    /// of the right type that nobody else holds is written over.
    ///
    /// # Panics
    /// If `inputs` are not of the program's types.
    pub fn run(&self, inputs: &mut [Array], outputs: &mut Vec<Option<Array>>) {
        self.code.run(&self.packed, inputs, outputs);
    }
}

impl Code {
    fn run(
        &self,
        packed: &[Option<Packed>],
        inputs: &mut [Array],
        outputs: &mut Vec<Option<Array>>,
    ) {
        assert!(
            inputs.iter().map(Array::ty).eq(&self.inputs),
            "inputs of other types than the program's"
        );
        outputs.resize(self.outputs.len(), None);
        let mut context = self.context();
        let slots = &mut context.slots;
        for (slot, array) in slots.iter_mut().zip(inputs.iter()) {
            *slot = array.buffer().as_ptr().cast_mut();
        }
        for (k, output) in outputs.iter_mut().enumerate() {
            let replaced = self.replaces[k].filter(|&j| inputs[j].is_unique());
            match replaced {
                Some(j) => {
                    let old = output.take().unwrap_or_else(|| self.empty.clone());
                    *output = Some(std::mem::replace(&mut inputs[j], old));
                }
                None if output
                    .as_mut()
                    .is_some_and(|y| y.ty() == &self.outputs[k] && y.is_unique()) => {}
                None => *output = Some(Array::scratch(&self.outputs[k])),
            }
            if let (Some(y), Some(j)) = (output.as_mut(), replaced) {
                slots[j] = y.buffer_mut().as_mut_ptr();
            }
        }
        let arena = context.arena.as_mut_ptr();
        for (v, home) in self.homes.iter().enumerate().skip(inputs.len()) {
            slots[v] = match home {
                // SAFETY: the plan keeps every value inside of the arena.
                Home::Arena(offset) => unsafe { arena.add(*offset) },
                Home::Output(k) => outputs[*k]
                    .as_mut()
                    .map_or(std::ptr::null_mut(), |y| y.buffer_mut().as_mut_ptr()),
                Home::Input(_) | Home::None => std::ptr::null_mut(),
            };
        }
        let scratch = context.scratch.as_mut_ptr();
        let profiled = profile::is_on();
        if profiled {
            self.profile.run();
        }
        for (i, job) in self.jobs.iter().enumerate() {
            let started = profiled.then(Instant::now);
            let packed = packed.get(i).and_then(Option::as_ref);
            // SAFETY: inputs and outputs were checked to have their types, so every slot that the plan gives a home is
            // valid for its value; the plan lets values share memory only where that cannot be seen; scratch memory
            // and arena belong to this run.
            unsafe { self.run_job(job, packed, &context.slots, arena, scratch, context.threads) }
            if let Some(started) = started {
                self.profile.region(i, started);
            }
        }
        self.contexts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(context);
    }

    /// Memory for one run: what an earlier run left, or new.
    fn context(&self) -> Context {
        let threads = pool::threads().max(self.slots);
        let found = self
            .contexts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        match found {
            Some(context) if context.threads >= threads => context,
            _ => Context {
                arena: Buffer::scratch(self.memory.arena),
                scratch: Buffer::scratch(self.thread_scratch * threads),
                threads,
                slots: vec![std::ptr::null_mut(); self.homes.len()],
            },
        }
    }

    /// # Safety
    /// Slots, arena and scratch memory are valid as the plan says.
    unsafe fn run_job(
        &self,
        job: &Job,
        packed: Option<&Packed>,
        slots: &[*mut u8],
        arena: *mut u8,
        scratch: *mut u8,
        threads: usize,
    ) {
        // SAFETY: the caller's conditions are those of every call here.
        unsafe {
            match job {
                Job::Loop { tiles, partial } => {
                    let (slots, scratch) = (Slots(slots), Shared(scratch));
                    let partial = Shared(arena.add(*partial));
                    // Chunks write different elements, and threads have scratch memory of their own.
                    pool::run_slots(tiles.chunks(), threads, &|thread, chunk| {
                        let scratch = scratch.get().add(thread * self.thread_scratch);
                        tiles.run(chunk, slots.get(), scratch, partial.get());
                    });
                    tiles.finish(slots.get(), partial.get());
                }
                Job::Rows(rows) => {
                    let (slots, scratch) = (Slots(slots), Shared(scratch));
                    // Chunks are apart, and threads have scratch memory of their own.
                    pool::run_slots(rows.chunks(), threads, &|thread, chunk| {
                        let scratch = scratch.get().add(thread * self.thread_scratch);
                        rows.run(chunk, slots.get(), scratch);
                    });
                }
                Job::Product {
                    product,
                    operands,
                    to,
                    scratch: own,
                    follow,
                } => {
                    let [left, right] =
                        operands.map(|(slot, offset)| slots[slot].add(offset).cast_const());
                    let copy = |packed: &Packed| packed.copy_of([left, right][product.packs()]);
                    let operands = Operands {
                        left,
                        right,
                        packed: packed.and_then(copy),
                    };
                    let own = arena.add(*own);
                    let target = follow.target(*to, slots[*to], scratch, self.thread_scratch);
                    let (slots, scratch) = (Slots(slots), Shared(scratch));
                    // Blocks are apart, and so are those of the loops; threads have scratch memory of their own.
                    let epilogue = |block: Block| {
                        let scratch = scratch.get().add(block.slot * self.thread_scratch);
                        follow.run(block, slots.get(), scratch);
                    };
                    let epilogue = (!follow.loops.is_empty()).then_some(&epilogue as Epilogue);
                    match product {
                        Product::Dot(gemm) => gemm.run(operands, slots.get()[*to], own, epilogue),
                        Product::Convolution(convolution) => {
                            convolution.run(operands, target, own, epilogue);
                        }
                    }
                }
                Job::Copy {
                    to,
                    fill,
                    elements,
                    size,
                    blocks,
                } => {
                    if let Some(filler) = fill {
                        fill_with(slots[*to], *elements, slots[*filler], *size);
                    }
                    for b in blocks {
                        copy_strided(
                            *size,
                            &b.axes,
                            slots[*to].add(b.there),
                            slots[b.from].add(b.here),
                        );
                    }
                }
                Job::Call {
                    call,
                    inputs,
                    outputs,
                    chunks,
                } => {
                    let slots = Slots(slots);
                    pool::run(*chunks, &|chunk| {
                        run_call(call, inputs, outputs, chunk, slots.get())
                    });
                }
            }
        }
    }
}

/// Elements of `size` bytes, all of them `element`.
///
/// # Safety
/// `to` is valid for so many elements and `element` for one, apart from each other.
unsafe fn fill_with(to: *mut u8, elements: usize, element: *const u8, size: usize) {
    // What is copied at once stays in the cache.
    const MOST: usize = 1 << 14;
    let total = elements * size;
    let mut done = size.min(total);
    // SAFETY: the caller's conditions; what is there already is copied behind itself, never beyond the end.
    unsafe {
        to.copy_from_nonoverlapping(element, done);
        while done < total {
            let n = done.min(MOST / size * size).min(total - done);
            to.add(done).copy_from_nonoverlapping(to, n);
            done += n;
        }
    }
}

/// The slots, for chunks on several threads.
#[derive(Clone, Copy)]
struct Slots<'a>(&'a [*mut u8]);
// SAFETY: the pointers are only read here; what is written through them is stated where it is done.
unsafe impl Sync for Slots<'_> {}
impl<'a> Slots<'a> {
    fn get(&self) -> &'a [*mut u8] {
        self.0
    }
}

/// Kernels with no more inputs than this are called without touching the heap.
const FEW_INPUTS: usize = 8;

fn run_call(
    call: &Call,
    inputs: &[(usize, Type)],
    outputs: &[Parts],
    chunk: usize,
    slots: &[*mut u8],
) {
    // SAFETY: slots are valid for their values, which nobody writes while this region runs.
    let view = |(v, ty): &'_ (usize, Type)| unsafe { bytes_at(slots[*v], 0, ty.bytes()) };
    let part = |Parts { to, ty, parts }: &'_ Parts| {
        let (part, size) = (&parts[chunk], ty.dtype.size());
        // SAFETY: slots are valid for their values; the parts of different chunks are apart.
        (part.start, unsafe {
            bytes_at_mut(slots[*to], part.start * size, part.len() * size)
        })
    };
    let run = |x: &[View]| match outputs {
        [one] => {
            let (first, bytes) = part(one);
            call.0
                .run(chunk, x, &mut [ViewMut::part(&one.ty, first, bytes)]);
        }
        many => {
            let parts = many.iter().map(|p| (p, part(p)));
            let mut y: Vec<ViewMut> = parts
                .map(|(p, (first, bytes))| ViewMut::part(&p.ty, first, bytes))
                .collect();
            call.0.run(chunk, x, &mut y);
        }
    };
    let views = inputs.iter().map(|input| View::new(&input.1, view(input)));
    match inputs {
        [] => run(&[]),
        [first, ..] if inputs.len() <= FEW_INPUTS => {
            let mut few = [View::new(&first.1, view(first)); FEW_INPUTS];
            few.iter_mut()
                .zip(views)
                .for_each(|(few, view)| *few = view);
            run(&few[..inputs.len()]);
        }
        _ => run(&views.collect::<Vec<_>>()),
    }
}

/// # Safety
/// Where `len` is not 0, `start` is valid for `from + len` bytes, which nobody writes while the result lives.
unsafe fn bytes_at<'a>(start: *mut u8, from: usize, len: usize) -> &'a [u8] {
    if len == 0 {
        return &[]; // an empty value may have no memory
    }
    // SAFETY: the caller's conditions.
    unsafe { std::slice::from_raw_parts(start.add(from), len) }
}

/// # Safety
/// As [`bytes_at`], and nobody else reads or writes these bytes while the result lives.
unsafe fn bytes_at_mut<'a>(start: *mut u8, from: usize, len: usize) -> &'a mut [u8] {
    if len == 0 {
        return &mut []; // an empty value may have no memory
    }
    // SAFETY: the caller's conditions.
    unsafe { std::slice::from_raw_parts_mut(start.add(from), len) }
}
