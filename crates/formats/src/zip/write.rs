//! Writes an archive from its beginning to its end, member by member.
use super::{CENTRAL, END, END_64, END_64_SIZE, EXTRA_64, LOCAL, LOCATOR_64, Member, Method};
use flate2::{Compression, Crc, write::DeflateEncoder};
use std::io::{self, Write};

/// 1 January 1980, the first day that archives know, so that the same members give the same bytes.
const DATE: u16 = 0x21;

/// Names are UTF-8.
const FLAGS: u16 = 1 << 11;

/// An archive that is being written.
pub(crate) struct Writer<W> {
    out: W,
    at: u64,
    members: Vec<Member>,
    /// What is as large as this is written with 64 bits: `u32::MAX`, and less in tests.
    limit: u64,
}

impl<W: Write> Writer<W> {
    pub(crate) fn new(out: W, limit: u64) -> Writer<W> {
        Writer {
            out,
            at: 0,
            members: vec![],
            limit,
        }
    }

    /// Adds a member of these parts.
    pub(crate) fn member(&mut self, name: &str, method: Method, parts: &[&[u8]]) -> io::Result<()> {
        let mut crc = Crc::new();
        parts.iter().for_each(|part| crc.update(part));
        let size = parts.iter().map(|part| part.len() as u64).sum();
        let (deflated, whole);
        let parts = match method {
            Method::Stored => parts,
            Method::Deflated => {
                let mut encoder = DeflateEncoder::new(vec![], Compression::default());
                parts.iter().try_for_each(|part| encoder.write_all(part))?;
                deflated = encoder.finish()?;
                whole = [&deflated[..]];
                &whole[..]
            }
        };
        let packed = parts.iter().map(|part| part.len() as u64).sum();
        let member = Member {
            name: name.to_string(),
            method,
            crc: crc.sum(),
            packed,
            size,
            offset: self.at,
        };
        self.put(&self.local(&member)?)?;
        parts.iter().try_for_each(|part| self.put(part))?;
        self.members.push(member);
        Ok(())
    }

    /// Writes the directory. Without it the archive is none.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        let start = self.at;
        for member in std::mem::take(&mut self.members) {
            let record = self.central(&member)?;
            self.members.push(member);
            self.put(&record)?;
        }
        let (count, size, end) = (self.members.len() as u64, self.at - start, self.at);
        let limit_16 = self.limit.min(u64::from(u16::MAX));
        if count >= limit_16 || size >= self.limit || start >= self.limit {
            let mut record = Record::default();
            record
                .u32(END_64)
                .u64(END_64_SIZE as u64 - 12)
                .u16(45)
                .u16(45);
            record
                .u32(0)
                .u32(0)
                .u64(count)
                .u64(count)
                .u64(size)
                .u64(start);
            record.u32(LOCATOR_64).u32(0).u64(end).u32(1);
            self.put(&record.0)?;
        }
        let count = if count >= limit_16 {
            u16::MAX
        } else {
            count as u16
        };
        let mut record = Record::default();
        record.u32(END).u16(0).u16(0).u16(count).u16(count);
        record.u32(self.short(size)).u32(self.short(start)).u16(0);
        self.put(&record.0)?;
        self.out.flush()
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.at += bytes.len() as u64;
        self.out.write_all(bytes)
    }

    /// The number, or the mark that says it is written with 64 bits.
    fn short(&self, n: u64) -> u32 {
        if n >= self.limit { u32::MAX } else { n as u32 }
    }

    fn local(&self, member: &Member) -> io::Result<Vec<u8>> {
        // Both sizes or none: a local record has no way to say which one it is.
        let long = self.is_long(member.size) || self.is_long(member.packed);
        let extra = if long {
            vec![member.size, member.packed]
        } else {
            vec![]
        };
        let short = |n| if long { u32::MAX } else { n as u32 };
        let mut record = Record::default();
        record
            .u32(LOCAL)
            .u16(version(&extra))
            .u16(FLAGS)
            .u16(member.method as u16);
        record
            .u16(0)
            .u16(DATE)
            .u32(member.crc)
            .u32(short(member.packed))
            .u32(short(member.size));
        record.tail(&member.name, &extra, &[])
    }

    fn central(&self, member: &Member) -> io::Result<Vec<u8>> {
        let numbers = [member.size, member.packed, member.offset];
        let extra: Vec<u64> = numbers.into_iter().filter(|&n| self.is_long(n)).collect();
        let mut record = Record::default();
        record
            .u32(CENTRAL)
            .u16(version(&extra))
            .u16(version(&extra))
            .u16(FLAGS);
        record
            .u16(member.method as u16)
            .u16(0)
            .u16(DATE)
            .u32(member.crc);
        record
            .u32(self.short(member.packed))
            .u32(self.short(member.size));
        let mut middle = Record::default();
        // No comment, the first disk, no attributes.
        middle
            .u16(0)
            .u16(0)
            .u16(0)
            .u32(0)
            .u32(self.short(member.offset));
        record.tail(&member.name, &extra, &middle.0)
    }

    fn is_long(&self, n: u64) -> bool {
        n >= self.limit
    }
}

/// The version of the format that is needed: 2.0 for deflate, 4.5 for 64 bits.
fn version(extra: &[u64]) -> u16 {
    if extra.is_empty() { 20 } else { 45 }
}

#[derive(Default)]
struct Record(Vec<u8>);

impl Record {
    fn u16(&mut self, n: u16) -> &mut Record {
        self.0.extend(n.to_le_bytes());
        self
    }

    fn u32(&mut self, n: u32) -> &mut Record {
        self.0.extend(n.to_le_bytes());
        self
    }

    fn u64(&mut self, n: u64) -> &mut Record {
        self.0.extend(n.to_le_bytes());
        self
    }

    /// The lengths of name and extra field, what stands between them and the name, then both.
    fn tail(mut self, name: &str, extra: &[u64], middle: &[u8]) -> io::Result<Vec<u8>> {
        let long = |_| {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                "a name in an archive has at most 65,535 bytes",
            )
        };
        let size = if extra.is_empty() {
            0
        } else {
            4 + 8 * extra.len() as u16
        };
        self.u16(u16::try_from(name.len()).map_err(long)?).u16(size);
        self.0.extend(middle);
        self.0.extend(name.as_bytes());
        if !extra.is_empty() {
            self.u16(EXTRA_64).u16(size - 4);
            extra.iter().for_each(|&n| {
                self.u64(n);
            });
        }
        Ok(self.0)
    }
}
