//! Nested arrays of numbers as data.
use crate::{Array, Element, Error, ErrorKind, Result, Shape};

/// A number, or nested arrays, slices and vectors of numbers.
///
/// Integer literals are `i32` and float literals `f32` where the tensor's macro `tensor!` is used; a
/// `Vec<f64>` keeps its type.
pub trait Literal {
    /// The type of the innermost numbers.
    type Item: Element;
    /// The sizes below this one, taken from the first item.
    fn dims(&self) -> Vec<usize>;
    /// Appends all numbers, checking that every row has the sizes `dims`.
    ///
    /// # Errors
    /// A row of another length.
    fn collect(self, dims: &[usize], out: &mut Vec<Self::Item>) -> Result<()>;

    /// The array of these numbers.
    ///
    /// # Errors
    /// Rows of different lengths.
    fn into_array(self) -> Result<Array>
    where
        Self: Sized,
    {
        let dims = self.dims();
        let mut out = Vec::new();
        self.collect(&dims, &mut out)?;
        Array::from_vec(Shape::from(dims), out)
    }
}

macro_rules! numbers {
    ($($T:ty),*) => {$(
        impl Literal for $T {
            type Item = $T;
            fn dims(&self) -> Vec<usize> { vec![] }
            fn collect(self, _: &[usize], out: &mut Vec<$T>) -> Result<()> { out.push(self); Ok(()) }
        }
    )*};
}
numbers!(
    bool,
    u8,
    u16,
    u32,
    u64,
    i8,
    i16,
    i32,
    i64,
    half::f16,
    half::bf16,
    f32,
    f64
);

fn rows<T: Literal>(
    rows: impl ExactSizeIterator<Item = T>,
    dims: &[usize],
    out: &mut Vec<T::Item>,
) -> Result<()> {
    if dims.first() != Some(&rows.len()) {
        let wanted = dims.first().copied().unwrap_or(0);
        let text = format!(
            "every row must have the same length; one has {wanted} items, another {}",
            rows.len()
        );
        return Err(Error::new(ErrorKind::Shape, text));
    }
    rows.into_iter()
        .try_for_each(|row| row.collect(&dims[1..], out))
}

fn dims_of<T: Literal>(items: &[T]) -> Vec<usize> {
    let mut dims = vec![items.len()];
    dims.extend(items.first().map(Literal::dims).unwrap_or_default());
    dims
}

impl<T: Literal, const N: usize> Literal for [T; N] {
    type Item = T::Item;
    fn dims(&self) -> Vec<usize> {
        dims_of(self)
    }
    fn collect(self, dims: &[usize], out: &mut Vec<T::Item>) -> Result<()> {
        rows(self.into_iter(), dims, out)
    }
}

impl<T: Literal> Literal for Vec<T> {
    type Item = T::Item;
    fn dims(&self) -> Vec<usize> {
        dims_of(self)
    }
    fn collect(self, dims: &[usize], out: &mut Vec<T::Item>) -> Result<()> {
        rows(self.into_iter(), dims, out)
    }
}

impl<T: Literal + Clone> Literal for &[T] {
    type Item = T::Item;
    fn dims(&self) -> Vec<usize> {
        dims_of(self)
    }
    fn collect(self, dims: &[usize], out: &mut Vec<T::Item>) -> Result<()> {
        rows(self.iter().cloned(), dims, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_rows_become_axes() {
        let a = [[1, 2, 3], [4, 5, 6]].into_array().unwrap();
        assert_eq!(a.ty().to_string(), "i32[2, 3]");
        assert_eq!(a.slice::<i32>(), [1, 2, 3, 4, 5, 6]);
        assert_eq!(
            Vec::<f32>::new().into_array().unwrap().ty().to_string(),
            "f32[0]"
        );
    }

    #[test]
    fn ragged_rows_are_refused() {
        let e = vec![vec![1.0, 2.0], vec![3.0]].into_array().unwrap_err();
        assert_eq!(
            e.to_string(),
            "every row must have the same length; one has 2 items, another 1"
        );
    }
}
