//! Bytes of an array: aligned blocks that keep their pages, or a `Vec` that was handed over.
//!
//! The first touch of a page costs more than the arithmetic done on it, so large blocks go back to a
//! shelf when they are dropped and come from there when one of the same size is asked for.
use crate::Element;
use std::{
    alloc::{Layout, alloc, dealloc, handle_alloc_error},
    fmt,
    mem::ManuallyDrop,
    ptr::NonNull,
    sync::Mutex,
};

/// Alignment of every block we allocate: a cache line, and the widest vector register.
const ALIGN: usize = 64;
/// Blocks of at least this many bytes ask the system for huge pages, whose first touch costs an eighth; and the size
/// of one.
const HUGE_FROM: usize = 4 << 20;
const HUGE: usize = 2 << 20;
/// Blocks of at least this many bytes are kept for reuse.
const KEPT_FROM: usize = 32 << 10;
/// At most this many bytes wait on the shelf; the blocks that came first leave first.
const KEPT_BYTES: usize = 128 << 20;

/// An owned run of initialised bytes.
pub struct Buffer {
    start: NonNull<u8>,
    len: usize,
    owner: Owner,
}

enum Owner {
    /// Ours: allocated with `ALIGN` and this capacity.
    Block { capacity: usize },
    /// The storage of a `Vec<T>`, given back to the allocator with its own layout.
    Vec { layout: Layout },
}

// SAFETY: a buffer owns its bytes exclusively, like a `Vec<u8>`.
unsafe impl Send for Buffer {}
// SAFETY: shared access only reads.
unsafe impl Sync for Buffer {}

struct Shelf {
    /// Capacity and start, in the order in which they came.
    blocks: Vec<(usize, NonNull<u8>)>,
    bytes: usize,
}

impl Shelf {
    /// The block of this capacity that came last.
    fn take(&mut self, capacity: usize) -> Option<NonNull<u8>> {
        let i = self.blocks.iter().rposition(|b| b.0 == capacity)?;
        self.bytes -= capacity;
        Some(self.blocks.remove(i).1)
    }

    /// Keeps a block; those that are to go for it are given back.
    fn put(&mut self, capacity: usize, start: NonNull<u8>) -> Vec<(usize, NonNull<u8>)> {
        self.blocks.push((capacity, start));
        self.bytes += capacity;
        let mut leaving = 0;
        while self.bytes > KEPT_BYTES {
            self.bytes -= self.blocks[leaving].0;
            leaving += 1;
        }
        self.blocks.drain(..leaving).collect()
    }
}

// SAFETY: the pointers on the shelf are owned by it alone.
unsafe impl Send for Shelf {}

static SHELF: Mutex<Shelf> = Mutex::new(Shelf {
    blocks: Vec::new(),
    bytes: 0,
});

fn capacity_for(len: usize) -> usize {
    // Eight classes per octave waste at most an eighth.
    let len = len.max(ALIGN);
    let step = (len.next_power_of_two() >> 4).max(ALIGN);
    len.div_ceil(step) * step
}

fn block_layout(capacity: usize) -> Layout {
    let align = if capacity >= HUGE_FROM { HUGE } else { ALIGN };
    match Layout::from_size_align(capacity, align) {
        Ok(layout) => layout,
        Err(_) => handle_alloc_error(Layout::new::<u8>()),
    }
}

/// Before the first touch of a block that begins where a huge page does.
fn ask_for_huge_pages(start: NonNull<u8>, capacity: usize) {
    #[cfg(target_os = "linux")]
    {
        use std::ffi::{c_int, c_void};
        unsafe extern "C" {
            fn madvise(start: *mut c_void, len: usize, advice: c_int) -> c_int;
        }
        const MADV_HUGEPAGE: c_int = 14;
        // SAFETY: advice on whole pages of memory that is ours. It changes no contents, and a refusal is no error.
        unsafe { madvise(start.as_ptr().cast(), capacity / HUGE * HUGE, MADV_HUGEPAGE) };
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (start, capacity);
}

impl Buffer {
    /// A block of `len` bytes, zero when new and of any content when reused.
    pub fn scratch(len: usize) -> Buffer {
        let capacity = capacity_for(len);
        let owner = Owner::Block { capacity };
        if capacity >= KEPT_FROM
            && let Ok(mut shelf) = SHELF.lock()
            && let Some(start) = shelf.take(capacity)
        {
            return Buffer { start, len, owner };
        }
        let layout = block_layout(capacity);
        // SAFETY: the layout has a size of at least `ALIGN`.
        let Some(start) = NonNull::new(unsafe { alloc(layout) }) else {
            handle_alloc_error(layout)
        };
        if capacity >= HUGE_FROM {
            ask_for_huge_pages(start, capacity);
        }
        // SAFETY: the block has this capacity.
        unsafe { start.write_bytes(0, capacity) };
        Buffer { start, len, owner }
    }

    /// A block of `len` zero bytes.
    pub fn zeroed(len: usize) -> Buffer {
        let mut buffer = Buffer::scratch(len);
        buffer.bytes_mut().fill(0);
        buffer
    }

    /// Takes over the storage of `values`, without copying.
    pub fn from_vec<T: Element>(values: Vec<T>) -> Buffer {
        let mut values = ManuallyDrop::new(values);
        let len = size_of::<T>() * values.len();
        match Layout::array::<T>(values.capacity()) {
            Ok(layout) if layout.size() > 0 => {
                let start = NonNull::from(values.as_mut_slice()).cast();
                Buffer {
                    start,
                    len,
                    owner: Owner::Vec { layout },
                }
            }
            _ => Buffer::scratch(0), // an empty Vec owns nothing
        }
    }

    /// Number of bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: `start` is valid for `len` initialised bytes as long as `self` lives.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }

    /// The bytes, to be written.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `bytes`, and `self` is borrowed exclusively.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }

    /// Where the bytes start. Aligned to 64 unless the buffer came from a `Vec`.
    pub fn as_ptr(&self) -> *const u8 {
        self.start.as_ptr()
    }

    /// Where the bytes start, to be written by the one who borrows the buffer.
    pub fn as_mut_ptr(&mut self) -> *mut u8 {
        self.start.as_ptr()
    }

    /// The elements, or nothing if the bytes are not a whole number of aligned `T`.
    ///
    /// A caller reads `bool` only from a buffer that was written as `bool`; [`Array`](crate::Array) sees to it.
    pub(crate) fn slice<T: Element>(&self) -> Option<&[T]> {
        self.holds::<T>().then(|| {
            // SAFETY: `holds` checked alignment and length; every bit pattern is a value of every
            // element but `bool`, whose bytes `Array` keeps at 0 and 1.
            unsafe {
                std::slice::from_raw_parts(self.start.as_ptr().cast(), self.len / size_of::<T>())
            }
        })
    }

    /// As `slice`, to be written.
    pub(crate) fn slice_mut<T: Element>(&mut self) -> Option<&mut [T]> {
        self.holds::<T>().then(|| {
            // SAFETY: as in `slice`, and `self` is borrowed exclusively.
            unsafe {
                std::slice::from_raw_parts_mut(
                    self.start.as_ptr().cast(),
                    self.len / size_of::<T>(),
                )
            }
        })
    }

    /// Foreign bytes as elements.
    ///
    /// # Panics
    /// If the bytes are not a whole number of aligned `T`, or a `bool` is neither 0 nor 1.
    pub fn cast<T: Element>(bytes: &[u8]) -> &[T] {
        check_bools::<T>(bytes);
        // SAFETY: every bit pattern is a value of every element but `bool`, which was checked; `align_to`
        // keeps to aligned whole elements.
        let (before, elements, after) = unsafe { bytes.align_to::<T>() };
        assert!(
            before.is_empty() && after.is_empty(),
            "bytes are not whole aligned elements"
        );
        elements
    }

    /// As [`Buffer::cast`], to be written.
    ///
    /// # Panics
    /// If the bytes are not a whole number of aligned `T`, or a `bool` is neither 0 nor 1.
    pub fn cast_mut<T: Element>(bytes: &mut [u8]) -> &mut [T] {
        check_bools::<T>(bytes);
        // SAFETY: as in `cast`; and what is written as `T` are initialised bytes.
        let (before, elements, after) = unsafe { bytes.align_to_mut::<T>() };
        assert!(
            before.is_empty() && after.is_empty(),
            "bytes are not whole aligned elements"
        );
        elements
    }

    fn holds<T: Element>(&self) -> bool {
        (self.start.as_ptr() as usize).is_multiple_of(align_of::<T>())
            && self.len.is_multiple_of(size_of::<T>())
    }

    /// The elements as a `Vec`: the very `Vec` that was handed over, or a copy.
    pub(crate) fn into_vec<T: Element>(self) -> Option<Vec<T>> {
        match self.owner {
            Owner::Vec { layout }
                if layout.align() == align_of::<T>()
                    && layout.size().is_multiple_of(size_of::<T>()) =>
            {
                let buffer = ManuallyDrop::new(self);
                // SAFETY: the storage was allocated by a `Vec` with this alignment and a capacity of
                // `layout.size()` bytes; the first `len` bytes are initialised.
                Some(unsafe {
                    Vec::from_raw_parts(
                        buffer.start.as_ptr().cast(),
                        buffer.len / size_of::<T>(),
                        layout.size() / size_of::<T>(),
                    )
                })
            }
            _ => self.slice::<T>().map(<[T]>::to_vec),
        }
    }
}

fn check_bools<T: Element>(bytes: &[u8]) {
    if T::DTYPE == crate::DType::Bool {
        assert!(
            bytes.iter().all(|&b| b <= 1),
            "a bool must be stored as 0 or 1"
        );
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Buffer {
        let mut copy = Buffer::scratch(self.len);
        copy.bytes_mut().copy_from_slice(self.bytes());
        copy
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        match self.owner {
            Owner::Block { capacity } => {
                let free = |capacity, start: NonNull<u8>| {
                    // SAFETY: allocated in `scratch` with this very layout, and no longer on the shelf.
                    unsafe { dealloc(start.as_ptr(), block_layout(capacity)) }
                };
                if capacity < KEPT_FROM {
                    return free(capacity, self.start);
                }
                let leaving = match SHELF.lock() {
                    Ok(mut shelf) => shelf.put(capacity, self.start),
                    Err(_) => vec![(capacity, self.start)],
                };
                leaving
                    .into_iter()
                    .for_each(|(capacity, start)| free(capacity, start));
            }
            // SAFETY: the layout of the `Vec` that the storage came from.
            Owner::Vec { layout } => unsafe { dealloc(self.start.as_ptr(), layout) },
        }
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Buffer({} bytes)", self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vec_goes_in_and_comes_out_without_a_copy() {
        let values = vec![1.5f32, 2.5, 3.5];
        let start = values.as_ptr();
        let back: Vec<f32> = Buffer::from_vec(values).into_vec().unwrap();
        assert_eq!((back.as_ptr(), &back[..]), (start, &[1.5f32, 2.5, 3.5][..]));
        assert_eq!(
            Buffer::from_vec(Vec::<f64>::new())
                .into_vec::<f64>()
                .unwrap(),
            []
        );
    }

    #[test]
    fn a_dropped_block_is_reused() {
        let len = 7 * 1024 * 1024 + 3; // a size no other test uses
        let start = Buffer::scratch(len).as_ptr();
        assert_eq!(Buffer::scratch(len).as_ptr(), start);
    }

    #[test]
    fn a_full_shelf_keeps_what_came_last() {
        let mut shelf = Shelf {
            blocks: vec![],
            bytes: 0,
        };
        let block = |i: usize| NonNull::new(i as *mut u8).unwrap(); // never looked into
        let third = KEPT_BYTES / 3;
        for i in 1..=3 {
            assert_eq!(shelf.put(third, block(i)), []);
        }
        assert_eq!(shelf.put(third / 2, block(4)), [(third, block(1))]);
        assert_eq!(shelf.take(third), Some(block(3)));
        assert_eq!(shelf.put(KEPT_BYTES + 1, block(5)).len(), 3);
        assert_eq!((shelf.blocks.len(), shelf.bytes), (0, 0));
        assert_eq!(shelf.take(third), None);
    }

    #[test]
    fn classes_waste_at_most_an_eighth() {
        for len in [1, 64, 65, 1000, 4097, 1 << 20, (1 << 20) + 1, 3_211_264] {
            let capacity = capacity_for(len);
            assert!(
                capacity >= len && capacity <= len + (len / 8).max(ALIGN),
                "{len} -> {capacity}"
            );
        }
    }
}
