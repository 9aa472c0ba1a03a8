//! Files of arrays: NumPy's `.npy` and `.npz`, and safetensors.
//!
//! | module | one file holds | read | written |
//! |---|---|---|---|
//! | [`npy`] | one array | versions 1.0, 2.0, 3.0; any byte order; C and Fortran order | version 1.0, little-endian, C order |
//! | [`npz`] | a list of named arrays | stored and deflated members, zip64 | either, zip64 where it is needed |
//! | [`safetensors`] | named arrays and text | whole, or tensor by tensor from a mapped file | sorted as the reference does |
//!
//! No size in a file is trusted: memory is asked for only as far as the bytes that are really there vouch for it, and every
//! broken rule of a format is an [`Error`] that says which rule. Files are written beside their place and moved there when they
//! are whole ([`atomic`]).
//!
//! ```
//! use bouton_array::Array;
//! use bouton_formats::npy;
//!
//! let array = Array::from_literal([[1.5f32, 2.5], [3.5, 4.5]])?;
//! let bytes = npy::to_bytes(&array)?;
//! assert!(npy::parse(&bytes)?.same_bits(&array));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod atomic;
mod elements;
mod error;
mod map;
pub mod npy;
pub mod npz;
pub mod safetensors;
mod zip;

pub use error::{Error, ErrorKind, Result};
pub use safetensors::SafeTensors;
