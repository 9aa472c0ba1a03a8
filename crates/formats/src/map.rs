//! A file's bytes as memory, read from the disk where they are looked at.
use crate::{Error, Result};
use memmap2::Mmap;
use std::{
    fs::{self, File},
    io,
    path::Path,
};

/// An ordinary file, mapped for reading.
#[derive(Debug)]
pub(crate) struct Map(Mmap);

impl Map {
    /// Maps the file. `format` begins the messages.
    pub(crate) fn open(format: &str, path: &Path) -> Result<Map> {
        let file = open(format, path)?.0;
        // SAFETY: the mapping is private and read-only, and no one in this crate writes to a file in place: what has this name
        // is replaced as a whole, which leaves a mapped file as it is. That no other process changes the file while it is open
        // is what `SafeTensors::open` demands of its caller; the bytes are only ever read as `u8`, checked, and copied.
        unsafe { Mmap::map(&file) }
            .map(Map)
            .map_err(|e| Error::system(&format!("{format}: map"), e).in_file(path))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Opens an ordinary file and tells its length. A pipe would wait for somebody to write.
pub(crate) fn open(format: &str, path: &Path) -> Result<(File, u64)> {
    let refused = |e| Error::system(&format!("{format}: open"), e).in_file(path);
    let meta = fs::metadata(path).map_err(refused)?;
    if !meta.is_file() {
        let rule = "the path must be that of an ordinary file";
        return Err(refused(io::Error::new(io::ErrorKind::InvalidInput, rule)));
    }
    let file = File::open(path).map_err(refused)?;
    let length = file.metadata().map_err(refused)?.len();
    Ok((file, length))
}
