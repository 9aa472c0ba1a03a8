//! Files that are whole or not there: written beside their place, flushed to the disk, moved into place.
use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

/// Writes what `content` writes as the file `path`. Whatever happens, a file of this name is either the old one or the whole
/// new one; where something fails or panics nothing is left behind. A link to a file stays a link.
///
/// # Errors
/// What `content` answers; a path that names no file, or something that is no ordinary file; what the system refuses.
///
/// # Example
/// ```
/// use bouton_formats::atomic;
/// use std::{fs, io::Write};
///
/// let path = std::env::temp_dir().join(format!("bouton-atomic-{}", std::process::id()));
/// atomic::write(&path, |file| file.write_all(b"whole"))?;
/// let failed = atomic::write(&path, |file| {
///     file.write_all(b"half")?;
///     Err(std::io::Error::other("no more"))
/// });
/// assert!(failed.is_err());
/// assert_eq!(fs::read(&path)?, b"whole");
/// # fs::remove_file(&path)?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write(
    path: impl AsRef<Path>,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let place = place(path.as_ref())?;
    let (part, file) = begin(&place)?;
    fill(file, &place, content)?;
    part.put(&place)?;
    // The name is on the disk only when the folder is. Not every system can flush one.
    if let Ok(folder) = File::open(folder(&place)) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Whether a file could be written there; leaves nothing behind. For asking before hours of work.
///
/// # Errors
/// A folder that does not exist or cannot be written to; a path that is no ordinary file.
///
/// # Example
/// ```
/// use bouton_formats::atomic;
/// assert!(atomic::check_writable(std::env::temp_dir().join("bouton-would-fit-here")).is_ok());
/// assert!(atomic::check_writable(std::env::temp_dir()).is_err());
/// ```
pub fn check_writable(path: impl AsRef<Path>) -> io::Result<()> {
    begin(&place(path.as_ref())?).map(drop)
}

/// A file that is being written, removed where it is not put in its place: after an error, and after a panic.
struct Part(Option<PathBuf>);

impl Part {
    fn put(mut self, place: &Path) -> io::Result<()> {
        if let Some(path) = &self.0 {
            fs::rename(path, place)?;
        }
        self.0 = None;
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // The first error says what went wrong; the file may be gone already.
            let _ = fs::remove_file(path);
        }
    }
}

fn fill(
    file: File,
    place: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    if let Ok(old) = fs::metadata(place) {
        file.set_permissions(old.permissions())?;
    }
    let mut file = BufWriter::with_capacity(1 << 16, file);
    content(&mut file)?;
    let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()
}

/// The file that the path stands for, behind links. Renaming would replace whatever is there, a device or a pipe too.
fn place(path: &Path) -> io::Result<PathBuf> {
    match fs::metadata(path) {
        Ok(meta) if meta.is_file() => fs::canonicalize(path),
        Ok(meta) if meta.is_dir() => Err(io::Error::from(io::ErrorKind::IsADirectory)),
        Ok(_) => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the path must be that of an ordinary file",
        )),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(path.to_path_buf()),
        Err(e) => Err(e),
    }
}

/// A new file beside the place, which no other thread or process writes to.
fn begin(place: &Path) -> io::Result<(Part, File)> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let name = place
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"))?;
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(
        ".{}-{}.part",
        std::process::id(),
        COUNT.fetch_add(1, Relaxed)
    ));
    let part = folder(place).join(hidden);
    // What another process of this number left when it was killed is nobody's.
    let _ = fs::remove_file(&part);
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&part)?;
    Ok((Part(Some(part)), file))
}

fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}
