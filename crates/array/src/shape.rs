//! Shapes, and the type of a tensor: element type and shape.
use crate::{DType, Error, ErrorKind, Result};
use std::{fmt, ops::Deref, sync::Arc};

/// The size of every axis, outermost first; `[]` is a scalar. Cheap to clone; reads as a slice.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Shape(Arc<[usize]>);

impl Shape {
    /// The shape of a scalar.
    pub fn scalar() -> Shape {
        Shape::from([])
    }

    /// The sizes, outermost axis first.
    pub fn dims(&self) -> &[usize] {
        &self.0
    }

    /// Number of axes.
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// Number of elements: the product of all sizes, 1 for a scalar.
    ///
    /// Exact for every shape that passed [`Shape::checked_size`]; saturates otherwise.
    pub fn size(&self) -> usize {
        if self.0.contains(&0) {
            return 0;
        }
        self.0.iter().fold(1usize, |n, &d| n.saturating_mul(d))
    }

    /// Number of elements, or an error if that many elements of `dtype` cannot be addressed.
    pub fn checked_size(&self, dtype: DType) -> Result<usize> {
        if self.0.contains(&0) {
            return Ok(0);
        }
        let size = self.0.iter().try_fold(1usize, |n, &d| n.checked_mul(d));
        size.filter(|&n| {
            n.checked_mul(dtype.size())
                .is_some_and(|b| b <= isize::MAX as usize)
        })
        .ok_or_else(|| {
            Error::new(
                ErrorKind::Shape,
                format!("{dtype}{self} is too large to address"),
            )
        })
    }

    /// Distance in elements between neighbours along each axis of a dense row-major array.
    pub fn strides(&self) -> Vec<usize> {
        let mut strides = vec![1; self.rank()];
        for axis in (1..self.rank()).rev() {
            strides[axis - 1] = strides[axis] * self.0[axis].max(1);
        }
        strides
    }

    /// The shape with `axis` taken out.
    pub fn without(&self, axis: usize) -> Shape {
        self.0
            .iter()
            .enumerate()
            .filter(|&(i, _)| i != axis)
            .map(|(_, &d)| d)
            .collect()
    }
}

impl Deref for Shape {
    type Target = [usize];
    fn deref(&self) -> &[usize] {
        &self.0
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(dims: [usize; N]) -> Shape {
        Shape(Arc::from(&dims[..]))
    }
}

impl<const N: usize> From<&[usize; N]> for Shape {
    fn from(dims: &[usize; N]) -> Shape {
        Shape(Arc::from(&dims[..]))
    }
}

impl From<&[usize]> for Shape {
    fn from(dims: &[usize]) -> Shape {
        Shape(Arc::from(dims))
    }
}

impl From<Vec<usize>> for Shape {
    fn from(dims: Vec<usize>) -> Shape {
        Shape(Arc::from(dims))
    }
}

impl From<&Vec<usize>> for Shape {
    fn from(dims: &Vec<usize>) -> Shape {
        Shape(Arc::from(&dims[..]))
    }
}

impl From<&Shape> for Shape {
    fn from(shape: &Shape) -> Shape {
        shape.clone()
    }
}

impl FromIterator<usize> for Shape {
    fn from_iter<I: IntoIterator<Item = usize>>(dims: I) -> Shape {
        Shape(dims.into_iter().collect())
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("[")?;
        for (i, d) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{d}")?;
        }
        f.write_str("]")
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Element type and shape, printed as `f32[2, 3]`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Type {
    /// The type of every element.
    pub dtype: DType,
    /// The size of every axis.
    pub shape: Shape,
}

impl Type {
    /// The type with these parts.
    pub fn new(dtype: DType, shape: impl Into<Shape>) -> Type {
        Type {
            dtype,
            shape: shape.into(),
        }
    }

    /// The type of one number.
    pub fn scalar(dtype: DType) -> Type {
        Type {
            dtype,
            shape: Shape::scalar(),
        }
    }

    /// Number of axes.
    pub fn rank(&self) -> usize {
        self.shape.rank()
    }

    /// Number of elements.
    pub fn size(&self) -> usize {
        self.shape.size()
    }

    /// Bytes of a dense array of this type.
    pub fn bytes(&self) -> usize {
        self.size().saturating_mul(self.dtype.size())
    }

    /// The same shape with another element type.
    pub fn with_dtype(&self, dtype: DType) -> Type {
        Type {
            dtype,
            shape: self.shape.clone(),
        }
    }

    /// The same element type with another shape.
    pub fn with_shape(&self, shape: impl Into<Shape>) -> Type {
        Type {
            dtype: self.dtype,
            shape: shape.into(),
        }
    }

    /// StableHLO's spelling, such as `tensor<2x3xf32>`.
    pub fn stablehlo(&self) -> String {
        let mut text = String::from("tensor<");
        for d in self.shape.iter() {
            text.push_str(&d.to_string());
            text.push('x');
        }
        text + self.dtype.stablehlo() + ">"
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if self.shape.is_empty() {
            self.dtype.fmt(f)
        } else {
            write!(f, "{}{}", self.dtype, self.shape)
        }
    }
}

impl fmt::Debug for Type {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
