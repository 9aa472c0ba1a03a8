//! A compiled program: its regions in order, its plan of memory, and the running of it.
use crate::{
    fuse::fuse,
    gemm::{self, Gemm, GemmSpec},
    isa::{Isa, isa},
    kernels::copy_strided,
    memory::{Home, Plan, plan},
    pool,
    region::{Matrix, Region, Regions},
    tile::{Layout, Tiles},
};
use bouton_array::{Array, Buffer, Type};
use bouton_ir::{Call, Invalid, Program, View, ViewMut, verify};
use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

/// Why a program cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileError(String);

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CompileError {}

impl From<Invalid> for CompileError {
    fn from(e: Invalid) -> CompileError {
        CompileError(format!("the program is not sound: {e}"))
    }
}

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
}

/// A compiled program. Several threads may run it at the same time; the results have the same bits whatever the number
/// of threads.
pub struct Executable {
    inputs: Vec<Type>,
    outputs: Vec<Type>,
    homes: Vec<Home>,
    replaces: Vec<Option<usize>>,
    jobs: Vec<Job>,
    memory: Memory,
    /// Bytes of scratch memory that each thread needs.
    thread_scratch: usize,
    contexts: Mutex<Vec<Context>>,
    empty: Array,
}

/// A region, compiled. Slots are the numbers of values.
enum Job {
    Loop { tiles: Box<Tiles>, partial: usize },
    Dot { gemm: Box<Gemm>, left: (usize, usize), right: (usize, usize), to: usize, scratch: usize },
    /// Fills with a scalar first, if one is named; then copies blocks.
    Copy { to: usize, fill: Option<usize>, elements: usize, size: usize, blocks: Vec<Block> },
    Call { call: Call, inputs: Vec<(usize, Type)>, outputs: Vec<(usize, Type)>, chunks: usize },
}

/// A strided block that is copied: from a slot, byte offsets there and here, the axes.
struct Block {
    from: usize,
    there: usize,
    here: usize,
    axes: Vec<(usize, isize, isize)>,
}

/// Memory of one run at a time.
struct Context {
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

/// Compiles `program` for the CPU. Input `i` may be overwritten where `donated[i]`.
///
/// # Errors
/// A program that is not sound, or an operation on a type that it makes no sense for.
pub fn compile(program: &Program, donated: &[bool]) -> Result<Executable, CompileError> {
    compile_for(program, donated, isa())
}

/// As [`compile`], for an instruction set of the caller's choice.
///
/// # Errors
/// As [`compile`].
pub fn compile_for(program: &Program, donated: &[bool], isa: Isa) -> Result<Executable, CompileError> {
    verify(program)?;
    let regions = fuse(program);
    let layout = Layout { types: &regions.types, slot: &|v| v, stored: &regions.stored };
    let mut jobs = vec![];
    for region in &regions.regions {
        jobs.push(job(region, &regions, &layout, isa).map_err(CompileError)?);
    }
    let scratch: Vec<usize> = jobs.iter().map(Job::scratch_bytes).collect();
    let Plan { homes, replaces, scratch, arena, live } = plan(&regions, program.inputs.len(), donated, &scratch);
    for (job, offset) in jobs.iter_mut().zip(scratch) {
        match job {
            Job::Loop { partial, .. } => *partial = offset,
            Job::Dot { scratch, .. } => *scratch = offset,
            _ => {}
        }
    }
    let outputs: Vec<Type> = regions.outputs.iter().map(|&v| regions.types[v].clone()).collect();
    // An output may be known by another shape of the same elements.
    let named: Vec<Type> = program.outputs.iter().zip(&outputs).map(|(v, t)| t.with_shape(&regions.types[v.index()].shape)).collect();
    let bytes = |types: &[Type]| types.iter().map(Type::bytes).sum::<usize>();
    let in_place = outputs.iter().zip(&replaces).filter(|(_, r)| r.is_some()).map(|(t, _)| t.bytes()).sum();
    let values = homes.iter().zip(&regions.types).filter(|(h, _)| matches!(h, Home::Arena(_)));
    let memory = Memory {
        inputs: bytes(&program.inputs),
        outputs: bytes(&outputs) - in_place,
        in_place,
        arena,
        live,
        values: values.map(|(_, t)| (t.clone(), t.bytes())).collect(),
    };
    let thread_scratch = jobs.iter().map(Job::thread_scratch).max().unwrap_or(0).next_multiple_of(64);
    Ok(Executable {
        inputs: program.inputs.clone(),
        outputs: named,
        homes,
        replaces,
        jobs,
        memory,
        thread_scratch,
        contexts: Mutex::new(vec![]),
        empty: Array::scalar(false),
    })
}

fn job(region: &Region, regions: &Regions, layout: &Layout, isa: Isa) -> Result<Job, String> {
    let types = &regions.types;
    Ok(match region {
        Region::Loop(l) => Job::Loop { tiles: Box::new(Tiles::new(l, layout, isa)?), partial: 0 },
        Region::Dot { id, left, right, dtype } => {
            let (m, n, k, batch) = (left.free.0, right.free.0, left.contracted.0, left.batch.0);
            let step = |(_, step): (usize, isize)| step.unsigned_abs();
            let spec = GemmSpec {
                m,
                n,
                k,
                batch,
                a: gemm::Matrix { rows: step(left.free), cols: step(left.contracted), batch: step(left.batch) },
                b: gemm::Matrix { rows: step(right.contracted), cols: step(right.free), batch: step(right.batch) },
                c: gemm::Matrix { rows: n, cols: 1, batch: m * n },
                input: *dtype,
                output: types[*id].dtype,
            };
            let gemm = Gemm::with_isa(&spec.fold(), isa).map_err(|e| e.to_string())?;
            let start = |x: &Matrix| (x.id, x.offset.unsigned_abs() * dtype.size());
            Job::Dot { gemm: Box::new(gemm), left: start(left), right: start(right), to: *id, scratch: 0 }
        }
        Region::Concatenate { id, pieces, axis } => {
            let y = &types[*id];
            let inner: usize = y.shape[*axis + 1..].iter().product();
            let outer: usize = y.shape[..*axis].iter().product();
            let (mut there, size) = (0, y.dtype.size());
            let mut blocks = vec![];
            for (piece, ty) in pieces {
                let row = ty.shape[*axis] * inner;
                let axes = vec![(outer, (y.shape[*axis] * inner) as isize, row as isize), (row, 1, 1)];
                blocks.push(Block { from: *piece, there: there * size, here: 0, axes });
                there += row;
            }
            Job::Copy { to: *id, fill: None, elements: y.size(), size, blocks }
        }
        Region::Pad { id, input, filler, low, interior } => {
            let (x, y) = (&input.1, &types[*id]);
            let (x_steps, y_steps) = (x.shape.strides(), y.shape.strides());
            let (mut axes, mut there, mut here, mut empty) = (vec![], 0, 0, false);
            for axis in 0..x.rank() {
                let stretch = interior[axis] as i64 + 1;
                let (n, room) = (x.shape[axis] as i64, y.shape[axis] as i64);
                // The first element that is not cut off, and the first behind the end.
                let first = if low[axis] < 0 { (-low[axis] + stretch - 1) / stretch } else { 0 };
                let end = ((room - low[axis] + stretch - 1).div_euclid(stretch)).min(n).max(first);
                empty |= end == first;
                there += usize::try_from(low[axis] + first * stretch).unwrap_or(0) * y_steps[axis];
                here += first as usize * x_steps[axis];
                axes.push(((end - first) as usize, stretch as isize * y_steps[axis] as isize, x_steps[axis] as isize));
            }
            let size = y.dtype.size();
            let block = Block { from: input.0, there: there * size, here: here * size, axes };
            let blocks = if empty { vec![] } else { vec![block] };
            Job::Copy { to: *id, fill: Some(*filler), elements: y.size(), size, blocks }
        }
        Region::Call { ids, inputs, call } => {
            let typed = |ids: &[usize]| ids.iter().map(|&v| (v, types[v].clone())).collect::<Vec<_>>();
            let of = |values: &[(usize, Type)]| values.iter().map(|v| v.1.clone()).collect::<Vec<_>>();
            let chunks = call.0.chunks(&of(inputs), &of(&typed(ids))).max(1);
            Job::Call { call: call.clone(), inputs: inputs.clone(), outputs: typed(ids), chunks }
        }
    })
}

impl Job {
    fn scratch_bytes(&self) -> usize {
        match self {
            Job::Loop { tiles, .. } => tiles.partial_bytes(),
            Job::Dot { gemm, .. } => gemm.scratch_bytes(),
            _ => 0,
        }
    }

    fn thread_scratch(&self) -> usize {
        match self {
            Job::Loop { tiles, .. } => tiles.scratch_bytes(),
            _ => 0,
        }
    }
}

impl Executable {
    /// Computes all outputs. A donated input that nobody else holds may be taken and overwritten; an array in `outputs`
    /// of the right type that nobody else holds is written over.
    ///
    /// # Panics
    /// If `inputs` are not of the program's types.
    pub fn run(&self, inputs: &mut [Array], outputs: &mut Vec<Option<Array>>) {
        assert!(inputs.iter().map(Array::ty).eq(&self.inputs), "inputs of other types than the program's");
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
                None if output.as_mut().is_some_and(|y| y.ty() == &self.outputs[k] && y.is_unique()) => {}
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
                Home::Output(k) => outputs[*k].as_mut().map_or(std::ptr::null_mut(), |y| y.buffer_mut().as_mut_ptr()),
                Home::Input(_) | Home::None => std::ptr::null_mut(),
            };
        }
        let scratch = context.scratch.as_mut_ptr();
        for job in &self.jobs {
            // SAFETY: inputs and outputs were checked to have their types, so every slot that the plan gives a home is
            // valid for its value; the plan lets values share memory only where that cannot be seen; scratch memory
            // and arena belong to this run.
            unsafe { self.run_job(job, &context.slots, arena, scratch, context.threads) }
        }
        self.contexts.lock().unwrap_or_else(PoisonError::into_inner).push(context);
    }

    /// Memory for one run: what an earlier run left, or new.
    fn context(&self) -> Context {
        let threads = pool::threads();
        let found = self.contexts.lock().unwrap_or_else(PoisonError::into_inner).pop();
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
    unsafe fn run_job(&self, job: &Job, slots: &[*mut u8], arena: *mut u8, scratch: *mut u8, threads: usize) {
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
                Job::Dot { gemm, left, right, to, scratch } => {
                    let (a, b) = (slots[left.0].add(left.1), slots[right.0].add(right.1));
                    gemm.run(a, b, slots[*to], arena.add(*scratch), None);
                }
                Job::Copy { to, fill, elements, size, blocks } => {
                    if let Some(filler) = fill {
                        for i in 0..*elements {
                            slots[*to].add(i * size).copy_from_nonoverlapping(slots[*filler], *size);
                        }
                    }
                    for b in blocks {
                        copy_strided(*size, &b.axes, slots[*to].add(b.there), slots[b.from].add(b.here));
                    }
                }
                Job::Call { call, inputs, outputs, chunks } => {
                    let slots = Slots(slots);
                    pool::run(*chunks, &|chunk| run_call(call, inputs, outputs, chunk, slots.get()));
                }
            }
        }
    }

    /// What it needs of memory.
    pub fn memory(&self) -> &Memory {
        &self.memory
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

fn run_call(call: &Call, inputs: &[(usize, Type)], outputs: &[(usize, Type)], chunk: usize, slots: &[*mut u8]) {
    let x: Vec<View> = inputs
        .iter()
        // SAFETY: slots are valid for their values, which nobody writes while this region runs.
        .map(|(v, ty)| View::new(ty, unsafe { bytes_at(slots[*v], 0, ty.bytes()) }))
        .collect();
    let mut y: Vec<ViewMut> = outputs
        .iter()
        .map(|(v, ty)| {
            let part = call.0.part(chunk, ty);
            let (from, to) = (part.start.min(ty.size()), part.end.min(ty.size()));
            let size = ty.dtype.size();
            // SAFETY: slots are valid for their values; the parts of different chunks were checked to be apart.
            ViewMut::part(ty, from, unsafe { bytes_at_mut(slots[*v], from * size, (to.max(from) - from) * size) })
        })
        .collect();
    call.0.run(chunk, &x, &mut y);
}

unsafe fn bytes_at<'a>(start: *mut u8, from: usize, len: usize) -> &'a [u8] {
    // SAFETY: the caller's; an empty value may have no memory.
    if len == 0 { &[] } else { unsafe { std::slice::from_raw_parts(start.add(from), len) } }
}

unsafe fn bytes_at_mut<'a>(start: *mut u8, from: usize, len: usize) -> &'a mut [u8] {
    // SAFETY: the caller's; an empty value may have no memory.
    if len == 0 { &mut [] } else { unsafe { std::slice::from_raw_parts_mut(start.add(from), len) } }
}
