//! Kernels that an operation brings along, and the typed slices they work on.
use bouton_array::{Element, Type};
use std::{
    fmt,
    hash::{Hash, Hasher},
    ops::Range,
    sync::Arc,
};

/// An operation's own compiled form: safe Rust over typed slices.
pub trait Kernel: Send + Sync {
    /// The operation with all its attributes. Two kernels with equal keys compute the same function.
    fn key(&self) -> String;

    /// Into how many independent chunks the work is cut: a function of the types alone.
    fn chunks(&self, inputs: &[Type], outputs: &[Type]) -> usize;

    /// The elements of a result that a chunk writes; those of a later chunk come later.
    fn part(&self, chunk: usize, output: &Type) -> Range<usize>;

    /// Computes chunk `chunk` of all results, each of which is the chunk's part. Different chunks may run at the same
    /// time on different threads.
    fn run(&self, chunk: usize, inputs: &[View], outputs: &mut [ViewMut]);
}

/// A kernel that compares by its key.
#[derive(Clone)]
pub struct Call(pub Arc<dyn Kernel>);

impl PartialEq for Call {
    fn eq(&self, other: &Call) -> bool {
        self.0.key() == other.0.key()
    }
}

impl Eq for Call {}

impl Hash for Call {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.key().hash(state);
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0.key())
    }
}

/// A dense array that somebody else holds, to be read.
#[derive(Clone, Copy)]
pub struct View<'a> {
    ty: &'a Type,
    bytes: &'a [u8],
}

impl<'a> View<'a> {
    /// Reads `bytes` as `ty`; only as many bytes as the type has, aligned, `bool` stored as 0 and 1.
    pub fn new(ty: &'a Type, bytes: &'a [u8]) -> View<'a> {
        View { ty, bytes }
    }

    /// Element type and shape.
    pub fn ty(&self) -> &'a Type {
        self.ty
    }

    /// The elements.
    ///
    /// # Panics
    /// If `T` is not the element type or the bytes do not fit it.
    pub fn slice<T: Element>(&self) -> &'a [T] {
        assert_eq!(T::DTYPE, self.ty.dtype, "elements read as another type");
        bouton_array::Buffer::cast(self.bytes)
    }

    /// The bytes.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

/// A dense array that somebody else holds, to be written.
pub struct ViewMut<'a> {
    ty: &'a Type,
    first: usize,
    bytes: &'a mut [u8],
}

impl<'a> ViewMut<'a> {
    /// Writes `bytes` as `ty`; conditions as for [`View::new`].
    pub fn new(ty: &'a Type, bytes: &'a mut [u8]) -> ViewMut<'a> {
        ViewMut {
            ty,
            first: 0,
            bytes,
        }
    }

    /// Writes elements of `ty` from number `first` on, as many as `bytes` hold.
    pub fn part(ty: &'a Type, first: usize, bytes: &'a mut [u8]) -> ViewMut<'a> {
        ViewMut { ty, first, bytes }
    }

    /// The number of the first element that is to be written here.
    pub fn first(&self) -> usize {
        self.first
    }

    /// Element type and shape.
    pub fn ty(&self) -> &'a Type {
        self.ty
    }

    /// The elements.
    ///
    /// # Panics
    /// If `T` is not the element type or the bytes do not fit it.
    pub fn slice<T: Element>(&mut self) -> &mut [T] {
        assert_eq!(T::DTYPE, self.ty.dtype, "elements written as another type");
        bouton_array::Buffer::cast_mut(self.bytes)
    }

    /// The bytes.
    pub fn bytes(&mut self) -> &mut [u8] {
        self.bytes
    }
}
