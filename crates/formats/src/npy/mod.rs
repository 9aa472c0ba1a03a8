//! `.npy`, NumPy's file of one array: a magic, a version, a header that is a Python dictionary, then the elements.
//!
//! Read are versions 1.0, 2.0 and 3.0, elements of either byte order, C and Fortran order. The result is row-major and in the
//! machine's byte order. Written is version 1.0, little-endian, in C order, with the bytes that NumPy 2 writes.
//!
//! Element types are those of [`DType`](bouton_array::DType) but `bf16`, for which NumPy has no descriptor. Objects (pickles),
//! structures, strings, dates and complex numbers are refused in words.
//!
//! The format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.
mod header;
mod order;

use crate::{Error, Result, atomic, elements, map};
use bouton_array::{Array, Type};
use header::Header;
use std::{
    io::{self, Read},
    path::Path,
};

/// Reads the array in a file.
///
/// # Errors
/// - `File`: the system must let an ordinary file be read.
/// - `Format`: the file must begin with the magic and a known version, its header be a dictionary with `descr`, `fortran_order`
///   and `shape` and nothing else, its shape have at most 64 axes and be addressable; as many elements must follow as the shape
///   says, and nothing after them; a `bool` must be 0 or 1.
/// - `Unsupported`: the elements must be of a type that an array has.
///
/// # Example
/// ```
/// use bouton_array::Array;
/// use bouton_formats::npy;
///
/// let path = std::env::temp_dir().join(format!("bouton-npy-{}.npy", std::process::id()));
/// npy::write(&path, &Array::from_literal([1i64, 2, 3])?)?;
/// assert_eq!(npy::read(&path)?.as_slice::<i64>()?, [1, 2, 3]);
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read(path: impl AsRef<Path>) -> Result<Array> {
    let path = path.as_ref();
    let (mut file, length) = map::open("npy", path)?;
    from(&mut file, length, usize::MAX).map_err(|e| e.in_file(path))
}

/// The array in what a file holds. Errors as [`read`].
///
/// # Example
/// ```
/// use bouton_formats::npy;
///
/// let mut file = b"\x93NUMPY\x01\x00".to_vec();
/// let header = b"{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }\n";
/// file.extend((header.len() as u16).to_le_bytes());
/// file.extend(header);
/// file.extend([0, 1, 0, 2]);
/// assert_eq!(npy::parse(&file)?.as_slice::<i16>()?, [1, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn parse(content: &[u8]) -> Result<Array> {
    from(&mut &*content, content.len() as u64, usize::MAX)
}

/// Writes a file that holds the array; as [`atomic::write`] does, the whole file or none.
///
/// # Errors
/// - `Argument`: the element type must not be `bf16`, the array have at most 64 axes.
/// - `File`: the system must let the file be written.
///
/// # Example
/// See [`read`].
pub fn write(path: impl AsRef<Path>, array: &Array) -> Result<()> {
    let path = path.as_ref();
    let header = header::encode(array.ty()).map_err(|e| e.in_file(path))?;
    let whole = atomic::write(path, |file| {
        file.write_all(&header)?;
        file.write_all(&elements::little_endian(array))
    });
    whole.map_err(|e| Error::system("npy: write", e).in_file(path))
}

/// What [`write`](write()) writes, as bytes.
///
/// # Errors
/// `Argument`, as [`write`](write()).
///
/// # Example
/// ```
/// use bouton_array::{Array, bf16};
/// use bouton_formats::npy;
///
/// assert!(npy::to_bytes(&Array::scalar(1.0f32))?.starts_with(b"\x93NUMPY\x01\x00"));
/// let error = npy::to_bytes(&Array::scalar(bf16::ONE)).unwrap_err();
/// assert_eq!(error.rule(), "npy: the element type must be one that NumPy has; bf16 is not");
/// # Ok::<(), bouton_formats::Error>(())
/// ```
pub fn to_bytes(array: &Array) -> Result<Vec<u8>> {
    let mut bytes = header::encode(array.ty())?;
    bytes.extend_from_slice(&elements::little_endian(array));
    Ok(bytes)
}

/// What stands before the elements of an array of this type.
pub(crate) fn head(ty: &Type) -> Result<Vec<u8>> {
    header::encode(ty)
}

/// Reads an array from a source of `length` bytes. Of the elements, `sure` bytes are known to be there if the length is.
pub(crate) fn from(source: &mut dyn Read, length: u64, sure: usize) -> Result<Array> {
    let (
        Header {
            ty,
            big_endian,
            fortran,
        },
        head,
    ) = header::read(source, length)?;
    let size = elements::size(&ty).map_err(|rule| Error::broken(format!("npy: {rule}")))?;
    let rest = length.saturating_sub(head);
    if rest != size as u64 {
        let rule = format!(
            "npy: {ty} must be followed by its {size} bytes and nothing more; {rest} bytes follow"
        );
        return Err(Error::broken(rule));
    }
    let array =
        elements::read(&ty, source, sure).map_err(|e| elements::unread("npy: the array", e))?;
    // What checks itself at its end, such as a member of an archive, does so when it is asked for more.
    match source.read(&mut [0]) {
        Ok(0) => {}
        Ok(_) => return Err(Error::broken("npy: nothing must follow the elements")),
        Err(e) => return Err(elements::unread("npy: the array", e)),
    }
    let array = elements::settle(array, big_endian)
        .map_err(|rule| Error::broken(format!("npy: {rule}")))?;
    Ok(if fortran {
        order::row_major(&array)
    } else {
        array
    })
}

/// Reads what may turn out shorter than `buffer`; tells how much came.
fn read_up_to(source: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut have = 0;
    while have < buffer.len() {
        match source.read(&mut buffer[have..]) {
            Ok(0) => break,
            Ok(n) => have += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(have)
}
