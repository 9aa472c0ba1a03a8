//! Elements between a file and an array: asked for as they come, put into the machine's byte order, checked.
use crate::{Error, Result};
use bouton_array::{Array, DType, Type};
use std::{
    borrow::Cow,
    io::{self, Read},
};

/// More axes than this are nonsense to everybody: the most that NumPy and PyTorch have.
pub(crate) const MOST_AXES: usize = 64;

/// Bytes that are asked of the system before any element has come, where nothing vouches for more.
pub(crate) const FIRST: usize = 1 << 20;

/// The size in bytes of what a header declares, or the rule that it breaks.
pub(crate) fn size(ty: &Type) -> Result<usize, String> {
    if ty.rank() > MOST_AXES {
        return Err(format!(
            "an array must have at most {MOST_AXES} axes; this one has {}",
            ty.rank()
        ));
    }
    match ty.shape.checked_size(ty.dtype) {
        Ok(elements) => Ok(elements * ty.dtype.size()),
        Err(e) => Err(format!("a shape must be addressable; {e}")),
    }
}

/// Reads as many bytes as the type has, in the order in which they stand. `ty` has passed [`size`].
///
/// Of them `sure` are known to be there. Beyond that memory is asked for as the bytes come, four times as much each time, so a
/// declared size alone costs nothing.
pub(crate) fn read(ty: &Type, source: &mut dyn Read, sure: usize) -> io::Result<Array> {
    let total = ty.bytes();
    let mut have = Array::scratch(&Type::new(DType::U8, [0]));
    let mut room = sure.min(total);
    loop {
        let whole = room == total;
        // Asked first, because the allocator of arrays does not give an error.
        Vec::<u8>::new()
            .try_reserve_exact(room)
            .map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
        let mut next = match whole {
            true => Array::scratch(ty),
            false => Array::scratch(&Type::new(DType::U8, [room])),
        };
        let bytes = next.buffer_mut().bytes_mut();
        let (old, new) = bytes.split_at_mut(have.bytes().len());
        old.copy_from_slice(have.bytes());
        source.read_exact(new)?;
        if whole {
            return Ok(next);
        }
        room = room.max(FIRST / 4).saturating_mul(4).min(total);
        have = next;
    }
}

/// Swaps the bytes of every element.
pub(crate) fn swap(bytes: &mut [u8], element: usize) {
    if element > 1 {
        bytes.chunks_exact_mut(element).for_each(<[u8]>::reverse);
    }
}

/// Elements that were read as they stand in a file, in the machine's byte order and checked.
///
/// # Errors
/// The rule that a `bool` breaks.
pub(crate) fn settle(mut array: Array, big_endian: bool) -> Result<Array, String> {
    if big_endian != cfg!(target_endian = "big") {
        let element = array.dtype().size();
        swap(array.buffer_mut().bytes_mut(), element);
    }
    if array.dtype() == DType::Bool
        && let Some(bad) = array.bytes().iter().find(|&&b| b > 1)
    {
        return Err(format!("a bool must be stored as 0 or 1; one is {bad}"));
    }
    Ok(array)
}

/// The elements as files have them: row-major, little-endian.
pub(crate) fn little_endian(array: &Array) -> Cow<'_, [u8]> {
    if cfg!(target_endian = "little") || array.dtype().size() == 1 {
        return Cow::Borrowed(array.bytes());
    }
    let mut bytes = array.bytes().to_vec();
    swap(&mut bytes, array.dtype().size());
    Cow::Owned(bytes)
}

/// The error of a source that did not give what its header said. `what` names the format and what was read.
pub(crate) fn unread(what: &str, e: io::Error) -> Error {
    match e.kind() {
        io::ErrorKind::UnexpectedEof => Error::broken(format!(
            "{what} must be whole; the content ends before it does"
        ))
        .with_help("the file is damaged or was not copied whole"),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            Error::broken(format!("{what} must be sound; {e}"))
                .with_help("the file is damaged or was not copied whole")
        }
        _ => Error::system(&format!("{what}: read"), e),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A type of `n` bytes, read from `have` bytes of which `sure` are promised.
    #[track_caller]
    fn check(n: usize, have: usize, sure: usize, whole: bool) {
        let bytes: Vec<u8> = (0..have).map(|i| (i % 251) as u8).collect();
        let read = read(&Type::new(DType::U8, [n]), &mut &bytes[..], sure);
        assert_eq!(read.is_ok(), whole, "{n} of {have}, {sure} sure");
        if let Ok(array) = read {
            assert_eq!(array.bytes(), &bytes[..n]);
        }
    }

    #[test]
    fn bytes_are_kept_as_memory_grows() {
        check(0, 0, 0, true);
        check(5, 5, 5, true);
        check(5, 5, 0, true);
        check(5, 4, 0, false);
        check(9 * FIRST + 7, 9 * FIRST + 7, FIRST, true);
        check(9 * FIRST + 7, 9 * FIRST + 6, 3, false);
        check(1 << 60, 100, FIRST, false);
    }

    #[test]
    fn bools_are_checked() {
        let array = |b| read(&Type::new(DType::Bool, [2]), &mut &[0, b][..], 2).unwrap();
        assert!(settle(array(1), true).is_ok());
        let rule = settle(array(2), false).unwrap_err();
        assert_eq!(rule, "a bool must be stored as 0 or 1; one is 2");
    }
}
