//! A dense row-major array of one element type: what an evaluated tensor holds.
use crate::{Buffer, DType, Element, Error, ErrorKind, Literal, Result, Shape, Type, with_dtype};
use std::sync::Arc;

/// Dense, row-major, immutable host data; cloning shares the bytes.
#[derive(Clone)]
pub struct Array {
    ty: Type,
    buffer: Arc<Buffer>,
}

impl Array {
    /// Takes over `values` as an array of `shape`, without copying.
    ///
    /// # Errors
    /// The number of values must be the product of `shape`.
    pub fn from_vec<T: Element>(shape: impl Into<Shape>, values: Vec<T>) -> Result<Array> {
        let ty = Type::new(T::DTYPE, shape);
        let size = ty.shape.checked_size(ty.dtype)?;
        if size != values.len() {
            let text = format!(
                "{} values do not fill {ty}, which has {size} elements",
                values.len()
            );
            return Err(Error::new(ErrorKind::Shape, text));
        }
        Ok(Array {
            ty,
            buffer: Arc::new(Buffer::from_vec(values)),
        })
    }

    /// One number.
    pub fn scalar<T: Element>(value: T) -> Array {
        let mut array = Array::scratch(&Type::scalar(T::DTYPE));
        array.slice_mut::<T>()[0] = value;
        array
    }

    /// Nested arrays or vectors of numbers, such as `[[1.0, 2.0], [3.0, 4.0]]`.
    ///
    /// # Errors
    /// Rows of different lengths.
    pub fn from_literal(values: impl Literal) -> Result<Array> {
        values.into_array()
    }

    /// Every element zero (`false` for `bool`).
    ///
    /// # Errors
    /// More bytes than can be addressed.
    pub fn zeros(ty: &Type) -> Result<Array> {
        ty.shape.checked_size(ty.dtype)?;
        Ok(Array {
            ty: ty.clone(),
            buffer: Arc::new(Buffer::zeroed(ty.bytes())),
        })
    }

    /// Memory of the right size and of any content, valid for the type; the caller writes every element.
    ///
    /// The type must be one that [`Shape::checked_size`] accepts.
    pub fn scratch(ty: &Type) -> Array {
        let buffer = if ty.dtype == DType::Bool {
            Buffer::zeroed(ty.bytes())
        } else {
            Buffer::scratch(ty.bytes())
        };
        Array {
            ty: ty.clone(),
            buffer: Arc::new(buffer),
        }
    }

    /// Native-endian bytes read as `ty`.
    ///
    /// # Errors
    /// The length must fit, and `bool` bytes must be 0 or 1.
    pub fn from_bytes(ty: &Type, bytes: &[u8]) -> Result<Array> {
        let size = ty.shape.checked_size(ty.dtype)? * ty.dtype.size();
        if size != bytes.len() {
            let text = format!(
                "{} bytes do not fill {ty}, which has {size} bytes",
                bytes.len()
            );
            return Err(Error::new(ErrorKind::Shape, text));
        }
        if ty.dtype == DType::Bool && bytes.iter().any(|&b| b > 1) {
            return Err(Error::new(
                ErrorKind::Value,
                "a bool must be stored as 0 or 1",
            ));
        }
        let mut array = Array::scratch(ty);
        array.buffer_mut().bytes_mut().copy_from_slice(bytes);
        Ok(array)
    }

    /// Element type and shape.
    pub fn ty(&self) -> &Type {
        &self.ty
    }

    /// Element type.
    pub fn dtype(&self) -> DType {
        self.ty.dtype
    }

    /// Size of every axis.
    pub fn shape(&self) -> &Shape {
        &self.ty.shape
    }

    /// Number of elements.
    pub fn size(&self) -> usize {
        self.ty.size()
    }

    /// The bytes, native-endian, row-major.
    pub fn bytes(&self) -> &[u8] {
        self.buffer.bytes()
    }

    /// The elements in row-major order.
    ///
    /// # Errors
    /// The array must hold `T`.
    pub fn as_slice<T: Element>(&self) -> Result<&[T]> {
        self.expect_dtype(T::DTYPE)?;
        Ok(self.slice())
    }

    /// The elements as a `Vec`: the one the array was made of if nobody else holds it, or a copy.
    ///
    /// # Errors
    /// The array must hold `T`.
    pub fn into_vec<T: Element>(self) -> Result<Vec<T>> {
        self.expect_dtype(T::DTYPE)?;
        Ok(match Arc::try_unwrap(self.buffer) {
            Ok(buffer) => buffer.into_vec().unwrap_or_default(),
            Err(shared) => shared.slice().unwrap_or_default().to_vec(),
        })
    }

    fn expect_dtype(&self, wanted: DType) -> Result<()> {
        if self.ty.dtype == wanted {
            return Ok(());
        }
        let rule = format!("the elements of {} are not {wanted}", self.ty);
        let help = format!("convert first, or ask for {}", self.ty.dtype);
        Err(Error::new(ErrorKind::Type, rule).with_help(help))
    }

    /// The elements; `T` must be the element type, which the caller has looked at.
    ///
    /// # Panics
    /// If it is not.
    pub fn slice<T: Element>(&self) -> &[T] {
        assert_eq!(T::DTYPE, self.ty.dtype, "elements read as another type");
        self.buffer.slice().unwrap_or_default()
    }

    /// The elements, to be written; copies first if the bytes are shared. `T` as in [`Array::slice`].
    ///
    /// # Panics
    /// If `T` is not the element type.
    pub fn slice_mut<T: Element>(&mut self) -> &mut [T] {
        assert_eq!(T::DTYPE, self.ty.dtype, "elements written as another type");
        self.buffer_mut().slice_mut().unwrap_or_default()
    }

    /// The bytes' owner.
    pub fn buffer(&self) -> &Buffer {
        &self.buffer
    }

    /// The bytes' owner, to be written; copies first if it is shared.
    pub fn buffer_mut(&mut self) -> &mut Buffer {
        Arc::make_mut(&mut self.buffer)
    }

    /// Whether nobody else holds the bytes.
    pub fn is_unique(&mut self) -> bool {
        Arc::get_mut(&mut self.buffer).is_some()
    }

    /// The same elements under another shape.
    ///
    /// # Errors
    /// The number of elements must stay.
    pub fn reshaped(self, shape: impl Into<Shape>) -> Result<Array> {
        let ty = self.ty.with_shape(shape);
        if ty.shape.checked_size(ty.dtype)? != self.size() {
            let text = format!(
                "{} cannot be read as {}: it has {} elements",
                self.ty,
                ty.shape,
                self.size()
            );
            return Err(Error::new(ErrorKind::Shape, text));
        }
        Ok(Array {
            ty,
            buffer: self.buffer,
        })
    }

    /// The elements converted as the op `convert` does.
    pub fn cast(&self, dtype: DType) -> Array {
        if dtype == self.ty.dtype {
            return self.clone();
        }
        let mut result = Array::scratch(&self.ty.with_dtype(dtype));
        with_dtype!(self.ty.dtype, X => with_dtype!(dtype, Y => {
            for (y, x) in result.slice_mut::<Y>().iter_mut().zip(self.slice::<X>()) {
                *y = x.cast();
            }
        }));
        result
    }

    /// Element `i` in row-major order as `f64`; the nearest for large 64-bit integers.
    ///
    /// # Panics
    /// If there is no such element.
    pub fn get_f64(&self, i: usize) -> f64 {
        with_dtype!(self.ty.dtype, T => self.slice::<T>()[i].to_f64())
    }

    /// All elements as `f64`.
    pub fn to_f64_vec(&self) -> Vec<f64> {
        with_dtype!(self.ty.dtype, T => self.slice::<T>().iter().map(|x| x.to_f64()).collect())
    }

    /// Whether both have the same type and the same bits (`NaN` equals itself, `0.0` is not `-0.0`).
    pub fn same_bits(&self, other: &Array) -> bool {
        self.ty == other.ty && self.bytes() == other.bytes()
    }
}
