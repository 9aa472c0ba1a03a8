//! Where the instructions of a tile read and write.
#[cfg(target_arch = "x86_64")]
use crate::access::Access;
#[cfg(target_arch = "x86_64")]
use bouton_array::DType;

/// Where an instruction reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// Bytes into the tile's registers.
    Register(usize),
    /// A stored value, at the tile's elements.
    Memory { slot: usize, size: usize },
    /// One element of a stored value, this many bytes in.
    Scalar { slot: usize, offset: usize },
    /// One number of the program.
    Constant(usize),
    /// A part of a row of a stored value, or the one element of size 0 that stands for a row: bytes to the first row,
    /// and from row to row.
    Row {
        slot: usize,
        offset: isize,
        step: isize,
        size: usize,
    },
    /// A value of a block of rows: bytes into the values of that.
    Local { offset: usize, size: usize },
    /// The accumulators of this fold.
    Accumulator(usize),
}

impl Place {
    /// Where a part of a row of `row` elements is for a loop of `size`: an array, or one element.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn row(
        slot: usize,
        access: &Access,
        dtype: DType,
        size: usize,
        row: usize,
    ) -> Option<Place> {
        let (step, inner) = match access.axes[..] {
            [(n, 1)] if n == size => (row as isize, 1),
            [(n, inner)] if n == size && n == row => (0, inner),
            [(rows, step), (n, inner)] if n == row && rows * n == size => (step, inner),
            _ => return None,
        };
        let bytes = dtype.size() as isize;
        matches!(inner, 0 | 1).then_some(Place::Row {
            slot,
            offset: access.offset * bytes,
            step: step * bytes,
            size: dtype.size() * inner.unsigned_abs(),
        })
    }

    /// Register offsets count elements until the length of a tile is known.
    pub(super) fn scaled(self, tile: usize) -> Place {
        match self {
            Place::Register(offset) => Place::Register(offset * tile),
            other => other,
        }
    }
}
