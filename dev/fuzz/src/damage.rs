//! What is done to a file: bits, bytes, numbers, lengths, words, parts of other files.

/// SplitMix64 (Steele, Lea, Flood 2014).
pub(crate) struct Draws(u64);

impl Draws {
    pub(crate) fn new(seed: u64) -> Draws {
        Draws(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`, or 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    /// Small numbers often, `most` seldom.
    fn few(&mut self, most: usize) -> usize {
        let bits = self.below(most.max(1).ilog2() as usize + 2) as u32;
        self.below(1 << bits).min(most)
    }
}

/// Numbers at which arithmetic goes wrong; written with 1 to 8 bytes, in either order.
const NUMBERS: &[u64] = &[
    0,
    1,
    2,
    4,
    7,
    8,
    16,
    63,
    64,
    65,
    127,
    128,
    255,
    256,
    4096,
    0x7fff,
    0x8000,
    0xffff,
    0x1_0000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_fffe,
    0xffff_ffff,
    0x1_0000_0000,
    1 << 40,
    1 << 60,
    i64::MAX as u64,
    1 << 63,
    u64::MAX - 7,
    u64::MAX,
];

/// A file made longer than this is cut: readers of small files show the same mistakes sooner.
const LONGEST: usize = 1 << 14;

/// Damages `file` in one to several places. `words` are what the format is made of; `other` is another file of it.
pub(crate) fn damage(file: &mut Vec<u8>, other: &[u8], words: &[&[u8]], draws: &mut Draws) {
    // One place often: a file of many mistakes shows the first alone.
    for _ in 0..1 + draws.below(2) * draws.few(6) {
        once(file, other, words, draws);
    }
    file.truncate(LONGEST);
}

fn once(file: &mut Vec<u8>, other: &[u8], words: &[&[u8]], draws: &mut Draws) {
    let at = draws.below(file.len());
    match draws.below(11) {
        0 if !file.is_empty() => file[at] ^= 1 << draws.below(8),
        1 if !file.is_empty() => file[at] = draws.next() as u8,
        2 if !file.is_empty() => {
            file[at] = file[at].wrapping_add(draws.below(9) as u8).wrapping_sub(4)
        }
        3 => {
            let number = NUMBERS[draws.below(NUMBERS.len())];
            let width = [1, 2, 4, 8][draws.below(4)];
            let mut bytes = number.to_le_bytes()[..width].to_vec();
            if draws.below(4) == 0 {
                bytes.reverse();
            }
            overwrite(file, at, &bytes);
        }
        4 => file.truncate(at),
        5 => drop(file.drain(at..at + draws.few(file.len() - at))),
        6 => {
            let part = file[at..at + draws.few(file.len() - at)].to_vec();
            let to = draws.below(file.len());
            insert(file, to, &part);
        }
        7 => {
            let from = draws.below(other.len());
            let part = &other[from..from + draws.few(other.len() - from)];
            match draws.below(2) {
                0 => insert(file, at, part),
                _ => overwrite(file, at, part),
            }
        }
        8 if !words.is_empty() => match (words[draws.below(words.len())], draws.below(2)) {
            (word, 0) => insert(file, at, word),
            (word, _) => overwrite(file, at, word),
        },
        9 => number(file, at, draws),
        _ => {
            let part: Vec<u8> = (0..draws.few(32)).map(|_| draws.next() as u8).collect();
            insert(file, at, &part);
        }
    }
}

fn insert(file: &mut Vec<u8>, at: usize, part: &[u8]) {
    file.splice(at..at, part.iter().copied());
}

fn overwrite(file: &mut [u8], at: usize, part: &[u8]) {
    file.iter_mut()
        .skip(at)
        .zip(part)
        .for_each(|(to, from)| *to = *from);
}

/// Puts another number in the place of the next one that is written in digits.
fn number(file: &mut Vec<u8>, at: usize, draws: &mut Draws) {
    let Some(start) = (at..file.len()).find(|&i| file[i].is_ascii_digit()) else {
        return;
    };
    let length = file[start..]
        .iter()
        .take_while(|c| c.is_ascii_digit())
        .count();
    let number = NUMBERS[draws.below(NUMBERS.len())].to_string();
    file.splice(start..start + length, number.bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_does_the_same_damage() {
        let words: &[&[u8]] = &[b"word"];
        let run = |seed| {
            let mut draws = Draws::new(seed);
            let mut files = vec![];
            for _ in 0..5000 {
                let mut file = b"a file of 12 bytes, or so".to_vec();
                damage(&mut file, b"another", words, &mut draws);
                assert!(file.len() <= LONGEST);
                files.push(file);
            }
            files
        };
        let files = run(3);
        assert_eq!(files, run(3));
        assert_ne!(files, run(4));
        let mut draws = Draws::new(5);
        for _ in 0..1000 {
            damage(&mut vec![], b"", &[], &mut draws);
        }
    }
}
