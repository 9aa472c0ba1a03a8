//! A target that is fed with damaged files for some time, and what came of it.
use crate::{
    allocations::peak,
    damage::{Draws, damage},
    targets::{BESIDES, Outcome, Target},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs, io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// No more than this many files are kept to be damaged further; the corpus itself always is.
const MOST_FILES: usize = 2000;

/// After so many failures a target is left alone.
const MOST_FAILURES: usize = 10;

/// How many files are fed before the clock is asked.
const ROUND: u64 = 64;

pub(crate) struct Hunt {
    target: &'static Target,
    draws: Draws,
    /// Files to damage; the corpus comes first.
    files: Vec<Vec<u8>>,
    corpus: usize,
    /// Ways to be refused that have been seen.
    seen: BTreeSet<String>,
    runs: u64,
    /// How often reading ended in which way.
    endings: BTreeMap<String, u64>,
    /// What a file of the failures is called, and what happened.
    failed: Vec<(PathBuf, String)>,
    most: usize,
}

impl Hunt {
    /// Starts from the files of a folder.
    pub(crate) fn new(target: &'static Target, corpus: &Path, seed: u64) -> io::Result<Hunt> {
        let paths = fs::read_dir(corpus)?.map(|entry| Ok(entry?.path()));
        let mut paths = paths.collect::<io::Result<Vec<PathBuf>>>()?;
        paths.sort();
        let files = paths.iter().map(fs::read).collect::<io::Result<Vec<_>>>()?;
        if files.is_empty() {
            return Err(io::Error::other(format!(
                "{} holds no files",
                corpus.display()
            )));
        }
        // Each target has numbers of its own, so that it does not matter which others run.
        let name = target
            .name
            .bytes()
            .fold(seed, |n, b| n.wrapping_mul(0x100_0000_01b3) ^ u64::from(b));
        Ok(Hunt {
            target,
            draws: Draws::new(name),
            corpus: files.len(),
            files,
            seen: BTreeSet::new(),
            runs: 0,
            endings: BTreeMap::new(),
            failed: vec![],
            most: 0,
        })
    }

    /// Feeds the corpus as it is, then damaged files until the time is over. Files that made the reader fail go to `keep`.
    pub(crate) fn run(&mut self, time: Duration, keep: &Path) -> io::Result<()> {
        let start = Instant::now();
        for i in 0..self.files.len() {
            self.feed(&self.files[i].clone(), keep)?;
        }
        while start.elapsed() < time && self.failed.len() < MOST_FAILURES {
            for _ in 0..ROUND {
                let [mut file, other] = [(); 2].map(|()| self.pick());
                damage(&mut file, &other, self.target.words, &mut self.draws);
                if self.draws.below(4) > 0 {
                    (self.target.mend)(&mut file);
                }
                if self.feed(&file, keep)? && self.files.len() < MOST_FILES {
                    self.files.push(file);
                }
            }
        }
        Ok(())
    }

    /// A file to damage: of the corpus more often than of those found since, which are damaged already.
    fn pick(&mut self) -> Vec<u8> {
        let most = [self.corpus, self.corpus, self.files.len()][self.draws.below(3)];
        self.files[self.draws.below(most)].clone()
    }

    pub(crate) fn failures(&self) -> usize {
        self.failed.len()
    }

    /// Reads one file; tells whether it ended in a way not seen before.
    fn feed(&mut self, file: &[u8], keep: &Path) -> io::Result<bool> {
        self.runs += 1;
        let read = || catch_unwind(AssertUnwindSafe(|| (self.target.read)(file)));
        let (outcome, most) = peak(read);
        self.most = self.most.max(most);
        let limit = BESIDES + self.target.expansion * file.len();
        let (ending, way) = match outcome {
            Ok(_) if most > limit => {
                self.fail(
                    file,
                    keep,
                    format!("asked for {most} bytes, more than {limit}"),
                )?;
                ("too much memory".to_string(), String::new())
            }
            Ok(Outcome::Read) => ("read".to_string(), String::new()),
            Ok(Outcome::Refused { kind, message }) => (kind, message),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().cloned();
                let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
                self.fail(
                    file,
                    keep,
                    format!("panicked: {}", text.unwrap_or_default()),
                )?;
                ("panic".to_string(), String::new())
            }
        };
        let new = self.seen.insert(format!("{ending}: {}", kind_of(&way)));
        *self.endings.entry(ending).or_default() += 1;
        Ok(new)
    }

    fn fail(&mut self, file: &[u8], keep: &Path, what: String) -> io::Result<()> {
        fs::create_dir_all(keep)?;
        let path = keep.join(format!("{}-{}", self.target.name, self.failed.len()));
        fs::write(&path, file)?;
        eprintln!("{}: {what}", path.display());
        self.failed.push((path, what));
        Ok(())
    }
}

/// The words of the rule that a message begins with, without what differs from file to file: numbers, and names between quotes.
fn kind_of(message: &str) -> String {
    let (mut outside, mut quote, mut escaped) = (String::new(), None, false);
    for c in message.chars() {
        match (c, quote) {
            _ if escaped => escaped = false,
            ('\\', Some(_)) => escaped = true,
            (c, Some(open)) if c == open => quote = None,
            (_, Some(_)) => {}
            ('"' | '`', None) => quote = Some(c),
            (';' | '\n', None) => break,
            (c, None) => outside.push(c),
        }
    }
    let words = outside.split(|c: char| !c.is_ascii_alphanumeric());
    let plain = |word: &&str| word.len() > 1 && word.bytes().all(|c| c.is_ascii_alphabetic());
    words.filter(plain).take(24).collect::<Vec<_>>().join(" ")
}

impl fmt::Display for Hunt {
    /// The name, how many files were fed, how reading them ended, how many ways to be refused there are, the most memory.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {} runs:", self.target.name, self.runs)?;
        for (ending, times) in &self.endings {
            write!(f, " {times} {ending},")?;
        }
        write!(
            f,
            " {} ways, at most {} kB",
            self.seen.len(),
            self.most >> 10
        )?;
        self.failed
            .iter()
            .try_for_each(|(path, what)| write!(f, "\n  {}: {what}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader with two mistakes.
    static WRONG: Target = Target {
        name: "wrong",
        read: |file| match file {
            [b'p', ..] => panic!("a mistake"),
            [b'm', ..] => {
                drop(Vec::<u8>::with_capacity(2 * BESIDES));
                Outcome::Read
            }
            _ => Outcome::Read,
        },
        words: &[],
        mend: |_| (),
        expansion: 1,
    };

    #[test]
    fn readers_that_fail_are_caught_and_the_file_is_kept() {
        let folder = std::env::temp_dir().join(format!("bouton-fuzz-{}", std::process::id()));
        let (corpus, keep) = (folder.join("corpus"), folder.join("keep"));
        fs::create_dir_all(&corpus).unwrap();
        for file in ["good", "memory", "panic"] {
            fs::write(corpus.join(file), file).unwrap();
        }
        let mut hunt = Hunt::new(&WRONG, &corpus, 1).unwrap();
        hunt.run(Duration::ZERO, &keep).unwrap();
        let text = hunt.to_string();
        assert!(
            text.starts_with("wrong: 3 runs: 1 panic, 1 read, 1 too much memory, "),
            "{text}"
        );
        assert_eq!(hunt.failures(), 2);
        assert_eq!(fs::read(keep.join("wrong-0")).unwrap(), b"memory");
        assert_eq!(fs::read(keep.join("wrong-1")).unwrap(), b"panic");
        assert!(text.contains("panicked: a mistake"), "{text}");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn messages_that_differ_in_names_and_numbers_are_of_one_kind() {
        let a = "npz: a name must come once; \"a b\" comes twice, at 0x1f2e";
        let b = "npz: a name must come once; \"`\\\"\" comes twice, at 0xab12\n  file: x";
        assert_eq!(kind_of(a), "npz name must come once");
        assert_eq!(kind_of(a), kind_of(b));
        assert_eq!(kind_of("tensor \"a`\\\"b\": no key `c\"`"), "tensor no key");
    }
}
