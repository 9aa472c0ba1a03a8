//! Reads the directory of an archive without trust, then members one at a time.
use super::{
    CENTRAL, CENTRAL_SIZE, END, END_64, END_64_SIZE, END_SIZE, EXTRA_64, LOCAL, LOCAL_SIZE,
    LOCATOR_64, LOCATOR_64_SIZE, Member, Method,
};
use crate::{Error, Result};
use flate2::{Crc, bufread::DeflateDecoder};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Take};

/// A deflate stream expands at most 1032-fold (RFC 1951: 258 bytes from 2 bits).
const MOST_EXPANSION: u64 = 1032;

/// An archive that can be read from.
pub(crate) struct Archive<R> {
    source: R,
    /// Where the directory begins; members end before it.
    directory: u64,
}

/// Numbers of a record one after the other; 0 where it ends, which callers exclude by its length.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn number<const N: usize>(&mut self) -> [u8; N] {
        match self.0.split_first_chunk() {
            Some((number, rest)) => {
                self.0 = rest;
                *number
            }
            None => [0; N],
        }
    }

    fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.number())
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.number())
    }

    fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.number())
    }

    fn bytes(&mut self, n: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(bytes)
    }
}

/// Where the directory is, and what it counts.
#[derive(PartialEq)]
struct End {
    count: u64,
    size: u64,
    start: u64,
}

fn broken(rule: impl AsRef<str>) -> Error {
    Error::broken(format!("npz: {}", rule.as_ref()))
}

fn unread(e: io::Error) -> Error {
    crate::elements::unread("npz: the archive", e)
}

impl<R: Read + Seek> Archive<R> {
    /// Reads the directory; members come in its order.
    pub(crate) fn open(mut source: R) -> Result<(Archive<R>, Vec<Member>)> {
        let length = source.seek(SeekFrom::End(0)).map_err(unread)?;
        let (end, at) = end(&mut source, length)?;
        if end.start.checked_add(end.size) != Some(at) {
            let rule = "the directory must lie right before the records that end the archive";
            return Err(broken(format!(
                "{rule}; it lies at {} with {} bytes, they at {at}",
                end.start, end.size
            )));
        }
        // The directory is no longer than the archive, and every member has its share of it.
        if end.count > end.size / CENTRAL_SIZE as u64 {
            let rule = format!(
                "{} bytes of a directory must hold its members; it counts {}",
                end.size, end.count
            );
            return Err(broken(rule));
        }
        let mut archive = Archive {
            source,
            directory: end.start,
        };
        let directory = archive.bytes(end.start, end.size)?;
        let mut fields = Fields(&directory);
        let mut members = vec![];
        for _ in 0..end.count {
            members.push(central(&mut fields)?);
        }
        if !fields.0.is_empty() {
            return Err(broken("the directory must end with its last member"));
        }
        archive.check_places(&members)?;
        Ok((archive, members))
    }

    /// A reader of the member's unpacked bytes. At their end it checks how many they were, and their sum.
    pub(crate) fn member(&mut self, member: &Member) -> Result<impl Read + '_> {
        let start = self.data(member)?;
        self.source.seek(SeekFrom::Start(start)).map_err(unread)?;
        let packed = BufReader::new(&mut self.source).take(member.packed);
        let unpacked = match member.method {
            Method::Stored => Unpacked::Stored(packed),
            Method::Deflated => Unpacked::Deflated(DeflateDecoder::new(packed)),
        };
        Ok(Checked {
            unpacked,
            left: member.size,
            crc: Crc::new(),
            expected: member.crc,
        })
    }

    /// Reads `size` bytes at `at`; both are inside of the archive.
    fn bytes(&mut self, at: u64, size: u64) -> Result<Vec<u8>> {
        self.source.seek(SeekFrom::Start(at)).map_err(unread)?;
        let mut bytes = vec![];
        let got = self
            .source
            .by_ref()
            .take(size)
            .read_to_end(&mut bytes)
            .map_err(unread)?;
        if (got as u64) < size {
            return Err(broken("the archive must be whole; it ends early"));
        }
        Ok(bytes)
    }

    /// Members must lie before the directory and must not share bytes, as those of archives that unpack to anything would.
    fn check_places(&mut self, members: &[Member]) -> Result<()> {
        let mut sorted: Vec<&Member> = members.iter().collect();
        sorted.sort_by_key(|member| member.offset);
        let mut at = 0;
        for member in sorted {
            if member.offset < at {
                return Err(broken("members must not overlap").fact("member", &member.name));
            }
            // Never beyond the directory, so there is no overflow.
            at = self.data(member)? + member.packed;
        }
        Ok(())
    }

    /// Where the bytes of the member begin, behind its own record. They end before the directory.
    fn data(&mut self, member: &Member) -> Result<u64> {
        let at = |rule: &str| broken(rule).fact("member", &member.name);
        let fits = |end: Option<u64>| end.filter(|&end| end <= self.directory);
        let outside = "a member must lie before the directory";
        let fixed =
            fits(member.offset.checked_add(LOCAL_SIZE as u64)).ok_or_else(|| at(outside))?;
        let record = self.bytes(member.offset, LOCAL_SIZE as u64)?;
        let mut fields = Fields(&record);
        if fields.u32() != LOCAL {
            return Err(at("a member must begin with its own record"));
        }
        let (_version, _flags, method) = (fields.u16(), fields.u16(), fields.u16());
        let (_time, _sum, _sizes) = (fields.u32(), fields.u32(), fields.u64());
        let (name, extra) = (u64::from(fields.u16()), u64::from(fields.u16()));
        let fits = |end: Option<u64>| end.filter(|&end| end <= self.directory);
        let data = fits(Some(fixed + name + extra)).ok_or_else(|| at(outside))?;
        fits(data.checked_add(member.packed)).ok_or_else(|| at(outside))?;
        if method != member.method as u16 || self.bytes(fixed, name)? != member.name.as_bytes() {
            return Err(at("a member's own record must agree with the directory"));
        }
        Ok(data)
    }
}

/// Finds the records that end the archive; tells where they begin.
fn end(source: &mut (impl Read + Seek), length: u64) -> Result<(End, u64)> {
    const WINDOW: u64 = (END_SIZE + LOCATOR_64_SIZE + u16::MAX as usize) as u64;
    let mut read_at = |at: u64, size: u64| {
        source.seek(SeekFrom::Start(at))?;
        let mut bytes = vec![];
        source.by_ref().take(size).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let tail = read_at(length.saturating_sub(WINDOW), WINDOW).map_err(unread)?;
    // The last place from which a record and its comment fill the archive to its end.
    let found = (0..=tail.len().saturating_sub(END_SIZE)).rev().find(|&i| {
        let mut fields = Fields(&tail[i..]);
        let is_end = fields.u32() == END && tail.len() - i >= END_SIZE;
        is_end
            && tail.len() - i - END_SIZE
                == usize::from(u16::from_le_bytes([tail[i + 20], tail[i + 21]]))
    });
    let Some(found) = found else {
        let rule = "an archive must end with the record of its directory";
        let help = "the file is damaged, was not copied whole, or is no .npz file";
        return Err(broken(rule).with_help(help));
    };
    let mut at = length - (tail.len() - found) as u64;
    let mut fields = Fields(&tail[found + 4..]);
    let (disk, first, here, count) = (fields.u16(), fields.u16(), fields.u16(), fields.u16());
    let (size, start) = (fields.u32(), fields.u32());
    let short = End {
        count: count.into(),
        size: size.into(),
        start: start.into(),
    };
    let Some(locator) = found
        .checked_sub(LOCATOR_64_SIZE)
        .map(|i| &tail[i..found])
        .filter(|l| l.starts_with(&LOCATOR_64.to_le_bytes()))
    else {
        if (disk, first, here) != (0, 0, count) {
            return Err(broken("an archive must be one file"));
        }
        return Ok((short, at));
    };
    let mut fields = Fields(&locator[4..]);
    let (disk, place, disks) = (fields.u32(), fields.u64(), fields.u32());
    at -= LOCATOR_64_SIZE as u64;
    let record = match place.checked_add(END_64_SIZE as u64) {
        Some(end) if end <= at => read_at(place, END_64_SIZE as u64).map_err(unread)?,
        _ => {
            return Err(broken(
                "the record of the directory must lie before its locator",
            ));
        }
    };
    let mut fields = Fields(&record);
    let (magic, size) = (fields.u32(), fields.u64());
    if magic != END_64 || place.checked_add(12).and_then(|p| p.checked_add(size)) != Some(at) {
        return Err(broken(
            "the record of the directory must reach to its locator",
        ));
    }
    let (_versions, this, first) = (fields.u32(), fields.u32(), fields.u32());
    let (here, count) = (fields.u64(), fields.u64());
    if (disk, this, first, here) != (0, 0, 0, count) || disks > 1 {
        return Err(broken("an archive must be one file"));
    }
    let long = End {
        count,
        size: fields.u64(),
        start: fields.u64(),
    };
    // What fits is written twice, and must say the same.
    let agrees = |short: u64, long: u64, mark: u64| short == mark || short == long;
    let max = u64::from(u32::MAX);
    if !agrees(short.count, long.count, u16::MAX.into())
        || !agrees(short.size, long.size, max)
        || !agrees(short.start, long.start, max)
    {
        return Err(broken("the two records of the directory must agree"));
    }
    Ok((long, place))
}

/// One member of the directory.
fn central(fields: &mut Fields) -> Result<Member> {
    let short = || broken("the directory must hold as many members as it counts");
    let mut fixed = Fields(fields.bytes(CENTRAL_SIZE).ok_or_else(short)?);
    if fixed.u32() != CENTRAL {
        return Err(broken(
            "a member of the directory must begin with its magic",
        ));
    }
    let (_versions, flags, method) = (fixed.u32(), fixed.u16(), fixed.u16());
    let (_time, crc, packed, size) = (fixed.u32(), fixed.u32(), fixed.u32(), fixed.u32());
    let (name, extra, comment) = (fixed.u16(), fixed.u16(), fixed.u16());
    let (disk, _attributes, _more, offset) = (fixed.u16(), fixed.u16(), fixed.u32(), fixed.u32());
    let name = fields.bytes(name.into()).ok_or_else(short)?;
    let extra = fields.bytes(extra.into()).ok_or_else(short)?;
    fields.bytes(comment.into()).ok_or_else(short)?;
    let name = std::str::from_utf8(name).map_err(|_| broken("a member's name must be UTF-8"))?;
    let at = |error: Error| error.fact("member", name);
    if disk != 0 {
        return Err(at(broken("an archive must be one file")));
    }
    if flags & 1 != 0 {
        return Err(at(Error::unsupported(
            "npz: a member must not be encrypted",
        )));
    }
    let method = match method {
        0 => Method::Stored,
        8 => Method::Deflated,
        n => {
            let rule = format!(
                "npz: a member must be stored (method 0) or deflated (method 8); this one is method {n}"
            );
            return Err(at(Error::unsupported(rule).with_help(
                "save it again with numpy.savez or numpy.savez_compressed",
            )));
        }
    };
    let [size, packed, offset] = long([size, packed, offset], extra).ok_or_else(|| {
        at(broken(
            "a member of more than 4 GB must have its sizes in the extra field",
        ))
    })?;
    let possible = match method {
        Method::Stored => size == packed,
        Method::Deflated => size <= packed.saturating_mul(MOST_EXPANSION),
    };
    if !possible {
        let rule = format!(
            "{packed} bytes must unpack to what the directory says; {size} is not possible"
        );
        return Err(at(broken(rule)));
    }
    Ok(Member {
        name: name.to_string(),
        method,
        crc,
        packed,
        size,
        offset,
    })
}

/// Numbers that do not fit in 32 bits, from the extra field: those that are marked, in this order.
fn long(short: [u32; 3], extra: &[u8]) -> Option<[u64; 3]> {
    let marked = short.iter().filter(|&&n| n == u32::MAX).count();
    let mut numbers = short.map(u64::from);
    if marked == 0 {
        return Some(numbers);
    }
    let mut extra = Fields(extra);
    while extra.0.len() >= 4 {
        let (kind, size) = (extra.u16(), extra.u16());
        let field = extra.bytes(size.into())?;
        if kind == EXTRA_64 {
            let mut field = Fields(field);
            for n in numbers.iter_mut().filter(|n| **n == u64::from(u32::MAX)) {
                *n = u64::from_le_bytes(*field.0.first_chunk()?);
                field.u64();
            }
            return Some(numbers);
        }
    }
    None
}

enum Unpacked<R> {
    Stored(Take<R>),
    Deflated(DeflateDecoder<Take<R>>),
}

/// Unpacked bytes that are counted and summed up as they are read.
struct Checked<R> {
    unpacked: Unpacked<R>,
    left: u64,
    crc: Crc,
    expected: u32,
}

impl<R: BufRead> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let torn = |rule| io::Error::new(io::ErrorKind::InvalidData, rule);
        if buffer.is_empty() {
            return Ok(0);
        }
        let got = match &mut self.unpacked {
            Unpacked::Stored(packed) => packed.read(buffer)?,
            Unpacked::Deflated(decoder) => decoder.read(buffer)?,
        };
        self.crc.update(&buffer[..got]);
        self.left = self
            .left
            .checked_sub(got as u64)
            .ok_or_else(|| torn("it unpacks to more bytes than the directory says"))?;
        if got == 0 {
            let unread = match &self.unpacked {
                Unpacked::Stored(packed) => packed.limit(),
                Unpacked::Deflated(decoder) => decoder.get_ref().limit(),
            };
            if self.left > 0 || unread > 0 {
                return Err(torn("it unpacks to fewer bytes than the directory says"));
            }
            if self.crc.sum() != self.expected {
                return Err(torn("its checksum is not the one in the directory"));
            }
        }
        Ok(got)
    }
}
