//! Machine code for fused loops: values stay in vector registers from the first instruction to the last.
//!
//! The code does what the kernels do, bit for bit: every step rounds as its definition says, and what is not fused there is
//! not contracted. Pages are written first and executed then, never both. Where the system grants no executable pages,
//! the kernels do the work.
mod asm;
mod elements;
mod emit;
mod general;
mod registers;
mod symbol;
mod uses;
mod vector;

pub(crate) use asm::Shift;
pub(crate) use elements::Elements;
pub(crate) use symbol::define;
pub(crate) use vector::{Body, One, Stored, Two, Width, predicate};

use memmap2::{Mmap, MmapMut};
use std::{
    mem::MaybeUninit,
    sync::{Arc, OnceLock},
};

/// Elements that a body is for.
pub(crate) const LANES: usize = 8;
/// Where the mask of the first `n` of these begins, `LANES - n` in.
static MASKS: [i32; 2 * LANES] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];
/// A loop has no more arguments than this.
pub(crate) const MOST_ARGUMENTS: usize = 64;

/// An array that a loop reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Argument<P> {
    pub place: P,
    /// Bytes of an element.
    pub size: usize,
    pub role: Role,
}

/// What a loop does with an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Reads an element for each index.
    Read,
    /// Reads one element, which stands for all.
    ReadOne,
    /// Reads one element for each run.
    ReadOneOfRun,
    Write,
    /// Writes one element for each run, in what ends it.
    WriteOneOfRun,
    /// Reads and writes accumulators, one for each index.
    Fold,
    /// Reads and writes [`FOLDED`] accumulators in turns.
    FoldLanes,
}

impl Role {
    /// Whether one element stands for many.
    pub(crate) fn reads_one(self) -> bool {
        matches!(self, Role::ReadOne | Role::ReadOneOfRun)
    }

    pub(crate) fn writes(self) -> bool {
        matches!(self, Role::Write | Role::WriteOneOfRun) || self.accumulates()
    }

    pub(crate) fn accumulates(self) -> bool {
        matches!(self, Role::Fold | Role::FoldLanes)
    }

    pub(crate) fn reads(self) -> bool {
        !matches!(self, Role::Write | Role::WriteOneOfRun)
    }
}

/// What machine code is called with. Only what its arguments need is written: there are few, and calls are many.
#[repr(C)]
pub(crate) struct Table {
    /// How many runs of elements; machine code counts them down.
    runs: usize,
    /// The mask of what is left of a run behind its last eight elements.
    mask: *const i32,
    /// Where each argument begins.
    addresses: [MaybeUninit<*mut u8>; MOST_ARGUMENTS],
    /// Bytes from run to run; read only where there are several.
    steps: [MaybeUninit<isize>; MOST_ARGUMENTS],
}

impl Table {
    pub(crate) fn new(runs: usize) -> Table {
        Table {
            runs,
            mask: std::ptr::null(),
            addresses: [MaybeUninit::uninit(); MOST_ARGUMENTS],
            steps: [MaybeUninit::uninit(); MOST_ARGUMENTS],
        }
    }

    /// One run, after those that were counted down.
    pub(crate) fn rewind(&mut self) {
        self.runs = 1;
    }

    pub(crate) fn set(&mut self, argument: usize, address: *mut u8) {
        self.addresses[argument].write(address);
    }

    pub(crate) fn set_step(&mut self, argument: usize, bytes: isize) {
        self.steps[argument].write(bytes);
    }
}

/// Lanes that a row is folded into.
pub(crate) const FOLDED: usize = crate::kernels::LANES;

/// What is done for each run beside its body, where a run is all that is folded: the lanes of a fold are cleared first,
/// and folded last.
#[derive(Default)]
pub(crate) struct Ends {
    pub lanes: Vec<Lanes>,
    /// The steps behind the elements of the run.
    pub body: Body,
}

/// The lanes of a fold.
pub(crate) struct Lanes {
    pub arg: usize,
    pub stored: Stored,
    /// How many are needed.
    pub count: usize,
    /// The word of 32 or 64 bits that each begins with.
    pub neutral: u64,
}

/// Whether a loop with these arguments may be called for runs of any length: where elements have less than 32 bits, there
/// are no instructions for some of a vector.
pub(crate) fn take_parts<P>(arguments: &[Argument<P>]) -> bool {
    let large = |a: &Argument<P>| a.size >= 4 || a.role.reads_one();
    arguments.iter().all(large)
}

/// Translates a body; nothing if it has too many arguments.
pub(crate) fn translate<P>(
    body: &Body,
    ends: Option<&Ends>,
    arguments: &[Argument<P>],
) -> Option<Vec<u8>> {
    if arguments.len() > MOST_ARGUMENTS {
        return None;
    }
    let roles: Vec<Role> = arguments.iter().map(|a| a.role).collect();
    Some(emit::emit(body, ends, &roles, take_parts(arguments)))
}

/// Machine code in executable memory.
#[derive(Clone)]
pub(crate) struct Image(Arc<Mmap>);

impl Image {
    /// Maps the code of several functions, each at the offset that [`offsets`] gives.
    pub(crate) fn new(codes: &[Vec<u8>]) -> std::io::Result<Image> {
        let (starts, len) = offsets(codes);
        let mut pages = MmapMut::map_anon(len.max(1))?;
        for (start, code) in starts.into_iter().zip(codes) {
            pages[start..start + code.len()].copy_from_slice(code);
        }
        Ok(Image(Arc::new(pages.make_exec()?)))
    }

    /// Calls the function at `offset`: a run's `elements` are not 0.
    ///
    /// # Safety
    /// [`translate`] made the function, of arguments that [`take_parts`] or of `elements` that are a multiple of
    /// [`LANES`]; the machine has AVX2 and FMA, and `table` holds an address for each argument, which is valid for the
    /// elements of each run, or for one where one stands for all, and if there are several runs their steps; behind
    /// accumulators there is room for a vector; what is written overlaps nothing that is read, but where both begin at
    /// the same address.
    pub(crate) unsafe fn call(&self, offset: usize, table: &mut Table, elements: usize) {
        debug_assert!(table.runs > 0 && elements > 0);
        table.mask = &raw const MASKS[LANES - elements % LANES];
        // SAFETY: `emit` writes functions of this type, and the caller vouches for the arguments.
        unsafe {
            let function = self.0.as_ptr().add(offset);
            let function: unsafe extern "sysv64" fn(*mut Table, usize) =
                std::mem::transmute(function);
            function(table, elements);
        }
    }
}

/// Where each function begins, and how long all are together.
pub(crate) fn offsets(codes: &[Vec<u8>]) -> (Vec<usize>, usize) {
    let mut len = 0;
    let starts = codes.iter().map(|code| {
        let start = len;
        len += code.len().next_multiple_of(asm::VECTOR);
        start
    });
    (starts.collect(), len)
}

/// Whether the system grants executable pages.
pub(crate) fn available() -> bool {
    static AVAILABLE: OnceLock<bool> = OnceLock::new();
    *AVAILABLE.get_or_init(|| Image::new(&[vec![0xc3]]).is_ok())
}

/// Whether the machine converts `f16`.
pub(crate) fn has_f16() -> bool {
    is_x86_feature_detected!("f16c")
}

#[cfg(test)]
mod tests;
