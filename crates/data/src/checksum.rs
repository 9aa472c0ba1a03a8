//! MD5 sums, the ones that the datasets' authors published: of a file as it is stored, or of what it unpacks to.

use std::fmt;

/// An MD5 sum. It tells sets apart and finds damage; it is no defence against somebody who forges files.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Md5(pub [u8; 16]);

impl Md5 {
    /// The sum written as 32 hexadecimal digits. Anything else does not compile where the result is a constant.
    pub(crate) const fn hex(digits: &str) -> Md5 {
        let digits = digits.as_bytes();
        assert!(digits.len() == 32, "an MD5 sum has 32 hexadecimal digits");
        let mut sum = [0; 16];
        let mut i = 0;
        while i < 16 {
            sum[i] = nibble(digits[2 * i]) << 4 | nibble(digits[2 * i + 1]);
            i += 1;
        }
        Md5(sum)
    }

    /// The sum of some bytes.
    pub fn of(bytes: &[u8]) -> Md5 {
        Md5(md5::compute(bytes).0)
    }
}

impl fmt::Display for Md5 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Md5 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What is known of a file's right content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// The sum of the file as it is stored.
    Stored(Md5),
    /// The sum of what the gzip file unpacks to, which does not change when a mirror packs it anew.
    Unpacked(Md5),
    /// Nothing is known: any content is right, and a server is asked whether there is newer.
    Unknown,
}

const fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => panic!("an MD5 sum is written in lower-case hexadecimal digits"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_rfc_1321() {
        for (text, sum) in [
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
        ] {
            assert_eq!(Md5::of(text.as_bytes()), Md5::hex(sum));
            assert_eq!(Md5::hex(sum).to_string(), sum);
        }
    }
}
