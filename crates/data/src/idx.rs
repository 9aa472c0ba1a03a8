//! IDX, the file format of MNIST: a magic number, the sizes of the axes, then the elements, row-major.
//!
//! Files come raw or gzipped; which one is told by their content, never by their name. No size in a file is trusted: memory
//! is asked for only after the sizes have been held against the bytes that are really there.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, ErrorKind, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use crate::error::{Error, Kind, Result};

/// The elements of one IDX file of unsigned bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idx {
    dims: Vec<usize>,
    bytes: Vec<u8>,
}

impl Idx {
    /// Reads a file, raw or gzipped.
    ///
    /// # Errors
    /// `File` where the system refuses; `Format` where the content breaks a rule of the format: the magic number, the element
    /// type (unsigned byte only), 1 to 8 axes, as many bytes as the sizes say and none after them, a sound gzip stream.
    pub fn read(path: impl AsRef<Path>) -> Result<Idx> {
        Opened::open(path.as_ref())?.into_idx()
    }

    /// Reads from memory what a file named `name` holds, raw or gzipped. Errors as [`Idx::read`].
    pub fn parse(name: &str, content: &[u8]) -> Result<Idx> {
        Opened::parse(name, content)?.into_idx()
    }

    /// The sizes of the axes, outermost first.
    pub fn dims(&self) -> &[usize] {
        &self.dims
    }

    /// The elements, row-major.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The elements, row-major, without a copy.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// More axes than any dataset has: beyond this the header itself is nonsense.
const MOST_AXES: u8 = 8;

/// A deflate stream expands at most 1032-fold (RFC 1951: 258 bytes from 2 bits).
const MOST_EXPANSION: u64 = 1032;

/// Bytes handed on at a time while a file is being read.
const CHUNK: usize = 1 << 18;

/// A file whose header has been read and found sound, its elements not yet read.
pub(crate) struct Opened<'a> {
    path: PathBuf,
    reader: Box<dyn Read + Send + 'a>,
    header: Vec<u8>,
    dims: Vec<usize>,
    len: usize,
    gzip: bool,
    stored: u64,
}

impl Opened<'static> {
    pub(crate) fn open(path: &Path) -> Result<Opened<'static>> {
        let file = File::open(path).map_err(|e| Error::file("open", path, e))?;
        let meta = file
            .metadata()
            .map_err(|e| Error::file("look at", path, e))?;
        if !meta.is_file() {
            return Err(broken(path, "must be an ordinary file"));
        }
        Opened::start(path, BufReader::with_capacity(1 << 16, file), meta.len())
    }
}

impl<'a> Opened<'a> {
    pub(crate) fn parse(name: &str, content: &'a [u8]) -> Result<Opened<'a>> {
        Opened::start(Path::new(name), Cursor::new(content), content.len() as u64)
    }

    fn start(path: &Path, mut source: impl BufRead + Send + 'a, stored: u64) -> Result<Opened<'a>> {
        let first = source
            .fill_buf()
            .map_err(|e| Error::file("read", path, e))?;
        let gzip = first.starts_with(&[0x1f, 0x8b]);
        let reader: Box<dyn Read + Send + 'a> = if gzip {
            Box::new(MultiGzDecoder::new(source))
        } else {
            Box::new(source)
        };
        let mut opened = Opened {
            path: path.to_owned(),
            reader,
            header: Vec::new(),
            dims: Vec::new(),
            len: 0,
            gzip,
            stored,
        };
        opened.read_header()?;
        Ok(opened)
    }

    fn read_header(&mut self) -> Result<()> {
        self.read_to_header(4)?;
        let [zero, null, element, axes] = [
            self.header[0],
            self.header[1],
            self.header[2],
            self.header[3],
        ];
        if (zero, null) != (0, 0) {
            let found = u32::from_be_bytes([zero, null, element, axes]);
            return Err(broken(
                &self.path,
                format!(
                    "must begin with the magic number 0x000008nn, nn being the number of axes; it begins with {found:#010x}"
                ),
            ));
        }
        if element != 0x08 {
            return Err(broken(
                &self.path,
                format!(
                    "must hold unsigned bytes (element type 0x08); it holds {}",
                    element_name(element)
                ),
            ));
        }
        if axes == 0 || axes > MOST_AXES {
            return Err(broken(
                &self.path,
                format!("must have 1 to {MOST_AXES} axes; its header says {axes}"),
            ));
        }
        self.read_to_header(4 + 4 * usize::from(axes))?;
        self.dims = self.header[4..]
            .chunks_exact(4)
            .map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]) as usize)
            .collect();
        self.check_length()
    }

    /// Holds the sizes against the bytes that are there, before any memory is asked for.
    fn check_length(&mut self) -> Result<()> {
        let elements = self
            .dims
            .iter()
            .try_fold(1u64, |n, &d| n.checked_mul(d as u64));
        let whole = elements.and_then(|n| n.checked_add(self.header.len() as u64));
        let (Some(elements), Some(whole)) = (elements, whole) else {
            return Err(self
                .broken("must hold fewer elements than memory can count")
                .fact("sizes", self.sizes()));
        };
        if self.gzip {
            let most = self.stored.saturating_mul(MOST_EXPANSION);
            if whole > most {
                return Err(self
                    .broken(format!(
                        "must be able to hold what its sizes say: {whole} bytes; {} gzipped bytes unpack to {most} at most",
                        self.stored
                    ))
                    .fact("sizes", self.sizes()));
            }
        } else if whole != self.stored {
            return Err(self
                .broken(format!(
                    "must be as long as its sizes say: {whole} bytes; it has {}",
                    self.stored
                ))
                .fact("sizes", self.sizes()));
        }
        self.len = usize::try_from(elements)
            .map_err(|_| self.broken("must hold fewer elements than memory can count"))?;
        Ok(())
    }

    fn read_to_header(&mut self, len: usize) -> Result<()> {
        let have = self.header.len();
        self.header.resize(len, 0);
        let got = read_full(&mut self.reader, &mut self.header[have..])
            .map_err(|e| self.unreadable(e))?;
        if have + got < len {
            return Err(self.broken(format!(
                "must begin with a header of {len} bytes; it ends after {}",
                have + got
            )));
        }
        Ok(())
    }

    /// The sizes of the axes, outermost first.
    pub(crate) fn dims(&self) -> &[usize] {
        &self.dims
    }

    /// The header as it stands in the unpacked file.
    pub(crate) fn header(&self) -> &[u8] {
        &self.header
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A zeroed buffer of the right length, or an error where the system has not that much.
    pub(crate) fn buffer(&self) -> Result<Vec<u8>> {
        // Asked first, because `vec!` would abort; then zeroed by the system, page by page as data really arrives.
        let mut asked: Vec<u8> = Vec::new();
        if asked.try_reserve_exact(self.len).is_err() {
            return Err(self.broken(format!(
                "must fit in memory; the system does not give {} bytes",
                self.len
            )));
        }
        drop(asked);
        Ok(vec![0; self.len])
    }

    /// Reads the elements into `buffer`, showing each piece to `seen`, and checks that nothing comes after them.
    pub(crate) fn fill<'b>(
        mut self,
        buffer: &'b mut [u8],
        mut seen: impl FnMut(&'b [u8]),
    ) -> Result<()> {
        let mut have = 0;
        for piece in buffer.chunks_mut(CHUNK) {
            let got = read_full(&mut self.reader, piece).map_err(|e| self.unreadable(e))?;
            have += got;
            if got < piece.len() {
                return Err(self
                    .broken(format!(
                        "must hold the {} elements that its sizes say; it ends after {have}",
                        self.len
                    ))
                    .fact("sizes", self.sizes()));
            }
            seen(piece);
        }
        let more = read_full(&mut self.reader, &mut [0]).map_err(|e| self.unreadable(e))?;
        if more > 0 {
            return Err(self
                .broken(format!(
                    "must end after the {} elements that its sizes say; more bytes follow",
                    self.len
                ))
                .fact("sizes", self.sizes()));
        }
        Ok(())
    }

    fn into_idx(self) -> Result<Idx> {
        let dims = self.dims.clone();
        let mut bytes = self.buffer()?;
        self.fill(&mut bytes, |_| ())?;
        Ok(Idx { dims, bytes })
    }

    fn sizes(&self) -> String {
        format!("{:?}", self.dims)
    }

    fn broken(&self, rule: impl AsRef<str>) -> Error {
        broken(&self.path, rule)
    }

    fn unreadable(&self, e: std::io::Error) -> Error {
        let torn = matches!(
            e.kind(),
            ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::UnexpectedEof
        );
        if self.gzip && torn {
            self.broken(format!("must be a sound gzip file; {e}"))
                .help("the file is damaged or was not copied whole: fetch it again")
                .caused_by(e)
        } else {
            Error::file("read", &self.path, e)
        }
    }
}

fn broken(path: &Path, rule: impl AsRef<str>) -> Error {
    let name = path.file_name().unwrap_or(path.as_os_str());
    Error::new(
        Kind::Format,
        format!("idx {:?}: {}", name.to_string_lossy(), rule.as_ref()),
    )
    .fact("file", path.display())
}

fn element_name(code: u8) -> String {
    let name = match code {
        0x09 => "signed bytes",
        0x0b => "16-bit integers",
        0x0c => "32-bit integers",
        0x0d => "32-bit floats",
        0x0e => "64-bit floats",
        _ => return format!("an unknown type ({code:#04x})"),
    };
    format!("{name} ({code:#04x})")
}

/// Reads until `buffer` is full or the source ends; tells how much was read.
fn read_full(source: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut have = 0;
    while have < buffer.len() {
        match source.read(&mut buffer[have..]) {
            Ok(0) => break,
            Ok(n) => have += n,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(have)
}
