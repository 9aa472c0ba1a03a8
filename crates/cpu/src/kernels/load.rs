//! Bringing elements that do not lie in a row into one: broadcast, transposed, sliced, reversed operands, indices.
use crate::access::Access;
use bouton_array::DType;

/// Where a tile's elements come from when they do not lie in a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    /// Elements of an array.
    View(Access),
    /// The index along an axis of this size with so many elements behind it.
    Iota { size: usize, inner: usize },
}

impl Source {
    /// After how many elements it repeats, if it is the same row all over.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn period(&self) -> Option<usize> {
        match self {
            Source::View(access) => match access.axes[..] {
                [(_, 0), (n, _)] if n > 0 => Some(n),
                _ => None,
            },
            Source::Iota { .. } => None,
        }
    }

    /// The index along an axis of an array of this shape.
    pub(crate) fn index(dims: &[usize], axis: usize) -> Source {
        Source::Iota {
            size: dims[axis].max(1),
            inner: dims[axis + 1..].iter().product::<usize>().max(1),
        }
    }
}

/// A plan for bringing elements of one type.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub source: Source,
    pub dtype: DType,
}

impl Load {
    /// Writes elements `first..first + n` of the flattened view to `y`.
    ///
    /// # Safety
    /// `y` is valid for `n` elements and `x` for all elements of the view that have these numbers.
    pub(crate) unsafe fn run(&self, first: usize, n: usize, x: *const u8, y: *mut u8) {
        if n == 0 {
            return;
        }
        match &self.source {
            // SAFETY: the caller's conditions; elements are moved as integers of their size.
            Source::View(access) => unsafe {
                match self.dtype.size() {
                    1 => gather::<u8>(access, first, n, x.cast(), y.cast()),
                    2 => gather::<u16>(access, first, n, x.cast(), y.cast()),
                    4 => gather::<u32>(access, first, n, x.cast(), y.cast()),
                    _ => gather::<u64>(access, first, n, x.cast(), y.cast()),
                }
            },
            &Source::Iota { size, inner: 1 } if self.dtype == DType::U32 => {
                let (mut index, mut done) = (first % size, 0);
                while done < n {
                    let run = (size - index).min(n - done);
                    // SAFETY: `done + run <= n`.
                    unsafe { count(index as u32, run, y.cast::<u32>().add(done)) }
                    (done, index) = (done + run, 0);
                }
            }
            &Source::Iota { size, inner } => {
                bouton_array::with_dtype!(self.dtype, T => {
                    let (mut index, mut left, mut done) = (first / inner % size, inner - first % inner, 0);
                    while done < n {
                        let run = left.min(n - done);
                        let value: T = bouton_array::Element::from_i128(index as i128);
                        // SAFETY: `done + run <= n`.
                        unsafe { (done..done + run).for_each(|i| y.cast::<T>().add(i).write(value)) }
                        (done, left) = (done + run, inner);
                        index = if index + 1 == size { 0 } else { index + 1 };
                    }
                });
            }
        }
    }
}

/// Writes `first`, `first + 1`, .. to `y`.
///
/// # Safety
/// `y` is valid for `n` elements.
unsafe fn count(first: u32, n: usize, y: *mut u32) {
    for i in 0..n {
        // SAFETY: `i < n`.
        unsafe { y.add(i).write(first.wrapping_add(i as u32)) }
    }
}

/// An axis of a view: how many elements, and how far apart.
type Along = (usize, isize);

/// # Safety
/// As [`Load::run`].
unsafe fn gather<T: Copy>(access: &Access, first: usize, n: usize, x: *const T, y: *mut T) {
    const MOST: usize = 32;
    const ONE: Along = (1, 0);
    // Rows along the innermost axis make planes along the next, and these blocks, which the other axes count.
    let (outer, planes, rows, inner) = match access.axes[..] {
        [ref outer @ .., planes, rows, inner] => (outer, planes, rows, inner),
        [rows, inner] => (&[][..], ONE, rows, inner),
        [inner] => (&[][..], ONE, ONE, inner),
        [] => (&[][..], ONE, ONE, ONE),
    };
    let of_plane = rows.0 * inner.0;
    // Where element `first` is, axis by axis.
    let mut index = [0usize; MOST];
    let mut block = access.offset;
    let (mut plane, mut within) = (first / of_plane % planes.0, first % of_plane);
    let mut rest = first / of_plane / planes.0;
    for (i, &(size, step)) in index.iter_mut().zip(outer).rev() {
        *i = rest % size;
        block += *i as isize * step;
        rest /= size;
    }
    let mut done = 0;
    while done < n {
        let left = n - done;
        let at = block + plane as isize * planes.1;
        // SAFETY: all elements that are copied are in the view, and no more than are left.
        unsafe {
            let to = y.add(done);
            if within == 0 && left >= of_plane {
                let count = (planes.0 - plane).min(left / of_plane);
                for i in 0..count {
                    let from = x.offset(at + i as isize * planes.1);
                    copy_rows(from, rows, inner, to.add(i * of_plane));
                }
                (plane, done) = (plane + count, done + count * of_plane);
            } else {
                let (row, column) = (within / inner.0, within % inner.0);
                let from = x.offset(at + row as isize * rows.1 + column as isize * inner.1);
                let (count, len) = match left / inner.0 {
                    whole @ 1.. if column == 0 => ((rows.0 - row).min(whole), inner.0),
                    _ => (1, (inner.0 - column).min(left)),
                };
                copy_rows(from, (count, rows.1), (len, inner.1), to);
                (within, done) = (within + count * len, done + count * len);
                if within < of_plane {
                    continue;
                }
                (plane, within) = (plane + 1, 0);
            }
        }
        if plane < planes.0 {
            continue;
        }
        plane = 0;
        for (i, &(size, step)) in index.iter_mut().zip(outer).rev() {
            *i += 1;
            block += step;
            if *i < size {
                break;
            }
            block -= step * size as isize;
            *i = 0;
        }
    }
}

/// Copies rows to where they lie one behind the other.
///
/// # Safety
/// `from` is valid for all elements of the rows, `to` for as many; they do not overlap.
#[inline(always)]
unsafe fn copy_rows<T: Copy>(from: *const T, rows: Along, row: Along, to: *mut T) {
    let (len, step) = row;
    let size = len * size_of::<T>();
    // SAFETY: a row, which the caller vouches for.
    unsafe {
        match (step, size) {
            // A row is mostly short: a call of the system's copy costs as much as ten vectors.
            (1, 4..=8) => each(from, rows, len, to, |from, to| {
                copy_ends::<[u8; 4], T>(from, to, size)
            }),
            (1, 9..=16) => each(from, rows, len, to, |from, to| {
                copy_ends::<[u8; 8], T>(from, to, size)
            }),
            (1, 17..=32) => each(from, rows, len, to, |from, to| {
                copy_ends::<[u8; 16], T>(from, to, size)
            }),
            (1, 33..=512) => each(from, rows, len, to, |from, to| copy_pieces(from, to, size)),
            (1, 513..) => each(from, rows, len, to, |from, to| {
                to.copy_from_nonoverlapping(from, len)
            }),
            (0, _) => each(from, rows, len, to, |from, to| {
                let value = from.read();
                (0..len).for_each(|i| to.add(i).write(value));
            }),
            _ => each(from, rows, len, to, |from, to| {
                (0..len).for_each(|i| to.add(i).write(from.offset(i as isize * step).read()));
            }),
        }
    }
}

/// Calls `copy` with where each row begins there, and here, where it has `len` elements.
#[inline(always)]
fn each<T>(
    mut from: *const T,
    (count, apart): Along,
    len: usize,
    mut to: *mut T,
    copy: impl Fn(*const T, *mut T),
) {
    for _ in 0..count {
        copy(from, to);
        (from, to) = (from.wrapping_offset(apart), to.wrapping_add(len));
    }
}

/// Copies a row of one to two pieces: the first and the last of its bytes.
///
/// # Safety
/// Both are valid for so many bytes, at least those of a piece, and do not overlap.
#[inline(always)]
unsafe fn copy_ends<P, T>(from: *const T, to: *mut T, bytes: usize) {
    for at in [0, bytes - size_of::<P>()] {
        // SAFETY: a piece inside of the row.
        unsafe {
            let piece = from.byte_add(at).cast::<P>().read_unaligned();
            to.byte_add(at).cast::<P>().write_unaligned(piece);
        }
    }
}

/// Copies a row of more than one piece of 32 bytes.
///
/// # Safety
/// As [`copy_ends`].
#[inline(always)]
unsafe fn copy_pieces<T>(from: *const T, to: *mut T, bytes: usize) {
    type Piece = [u8; 32];
    let last = bytes - size_of::<Piece>();
    // The last piece may share bytes with the one before.
    for at in (0..last).step_by(size_of::<Piece>()).chain([last]) {
        // SAFETY: a piece inside of the row.
        unsafe {
            let piece = from.byte_add(at).cast::<Piece>().read();
            to.byte_add(at).cast::<Piece>().write(piece);
        }
    }
}

/// Copies elements of `size` bytes from one strided block to another: for each axis its length, and its steps in
/// elements there and here.
///
/// # Safety
/// `to` and `from` are valid for all elements that the axes reach, and do not overlap.
pub(crate) unsafe fn copy_strided(
    size: usize,
    axes: &[(usize, isize, isize)],
    to: *mut u8,
    from: *const u8,
) {
    match axes {
        // SAFETY: the caller's conditions, for one element.
        [] => unsafe { to.copy_from_nonoverlapping(from, size) },
        // SAFETY: the caller's conditions, for a row without gaps.
        &[(n, 1, 1)] => unsafe { to.copy_from_nonoverlapping(from, n * size) },
        &[(n, there, here), ref inner @ ..] => {
            for i in 0..n as isize {
                let size_of = size as isize;
                // SAFETY: the caller's conditions, for the `i`-th block.
                unsafe {
                    copy_strided(
                        size,
                        inner,
                        to.offset(i * there * size_of),
                        from.offset(i * here * size_of),
                    )
                }
            }
        }
    }
}
