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

/// # Safety
/// As [`Load::run`].
unsafe fn gather<T: Copy>(access: &Access, first: usize, n: usize, x: *const T, y: *mut T) {
    const MOST: usize = 32;
    let axes = &access.axes[..];
    let Some((&(size, step), outer)) = axes.split_last() else {
        // SAFETY: a view without axes has one element, which `x` holds.
        unsafe { (0..n).for_each(|i| y.add(i).write(x.offset(access.offset).read())) };
        return;
    };
    // Where element `first` is, axis by axis.
    let mut index = [0usize; MOST];
    let (mut rest, mut at) = (first / size, access.offset);
    for (i, &(size, step)) in index.iter_mut().zip(outer).rev() {
        *i = rest % size;
        at += *i as isize * step;
        rest /= size;
    }
    let mut inner = first % size;
    let mut done = 0;
    while done < n {
        let run = (size - inner).min(n - done);
        // SAFETY: the elements `inner..inner + run` of this row are in the view, and `done + run <= n`.
        unsafe {
            let from = x.offset(at + inner as isize * step);
            let to = y.add(done);
            match step {
                1 => copy_run(from, to, run),
                0 => {
                    let value = from.read();
                    (0..run).for_each(|i| to.add(i).write(value));
                }
                _ => (0..run).for_each(|i| to.add(i).write(from.offset(i as isize * step).read())),
            }
        }
        done += run;
        inner = 0;
        for (i, &(size, step)) in index.iter_mut().zip(outer).rev() {
            *i += 1;
            at += step;
            if *i < size {
                break;
            }
            at -= step * size as isize;
            *i = 0;
        }
    }
}

/// Copies a run that is mostly short: a call of the system's copy costs as much as ten vectors.
///
/// # Safety
/// Both are valid for `n` elements, and do not overlap.
#[inline(always)]
unsafe fn copy_run<T: Copy>(from: *const T, to: *mut T, n: usize) {
    /// Bytes that are copied at a time.
    const PIECE: usize = 32;
    let (bytes, pieces) = (n * size_of::<T>(), n * size_of::<T>() / PIECE);
    // SAFETY: pieces, and then what is left, are inside of both runs.
    unsafe {
        if pieces > 16 {
            return to.copy_from_nonoverlapping(from, n);
        }
        let (from, to) = (from.cast::<u8>(), to.cast::<u8>());
        for i in 0..pieces {
            let piece = from.add(i * PIECE).cast::<[u8; PIECE]>().read();
            to.add(i * PIECE).cast::<[u8; PIECE]>().write(piece);
        }
        let done = pieces * PIECE;
        if done < bytes {
            to.add(done)
                .copy_from_nonoverlapping(from.add(done), bytes - done);
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
