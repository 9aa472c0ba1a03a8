//! Fetches a file from a list of mirrors into a folder: resumed where it was cut, checked before it takes its place.
//!
//! A file is written as `name.part` beside its place and renamed when it is whole and right, so its place holds a right file or
//! what was there before. A lock on the folder makes other processes wait and then find the file. A part that was cut stays for
//! the next try; one that turned out wrong is removed.

use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use flate2::bufread::MultiGzDecoder;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::checksum::{Check, Md5};
use crate::error::{Error, Kind, Result};
use crate::transfer::{Outcome, Transfer, Validator};

/// How files are fetched.
#[derive(Clone, Debug)]
pub struct Downloader {
    /// How long to wait for a connection before the next mirror is asked.
    pub connect: Duration,
    /// How long a mirror may send nothing before the next one is asked.
    pub stall: Duration,
    /// How often a mirror that cut the connection is asked to go on before the next one is asked.
    pub resumes: u32,
    /// Whether to show a progress bar on standard error, if that is a terminal.
    pub bar: bool,
}

/// A file to fetch.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The name it gets in the folder.
    pub name: &'a str,
    /// The addresses it can be had from, in the order in which they are asked.
    pub urls: &'a [String],
    /// What its content is checked by.
    pub check: Check,
    /// The most bytes it may have.
    pub limit: u64,
}

impl Default for Downloader {
    /// Ten seconds to connect, thirty without a byte, three resumes, a bar.
    fn default() -> Downloader {
        Downloader {
            connect: Duration::from_secs(10),
            stall: Duration::from_secs(30),
            resumes: 3,
            bar: true,
        }
    }
}

impl Downloader {
    /// Makes sure that `folder` holds the file and tells its path.
    ///
    /// A file that is there and right is not asked for again. One whose right content is unknown is: a server that says it has
    /// not changed leaves it as it is.
    ///
    /// # Errors
    /// - `Download`: one of the mirrors must deliver the file; the message tells what each did.
    /// - `Checksum`: what a mirror delivered must be right; a wrong part is removed and what was there before stays.
    /// - `File`: the folder must be writable.
    pub fn fetch(&self, folder: &Path, wanted: &Wanted<'_>) -> Result<PathBuf> {
        let name = Path::new(wanted.name);
        if name.file_name() != Some(name.as_os_str()) {
            return Err(Error::new(
                Kind::Argument,
                format!(
                    "download {:?}: the name must be a plain file name",
                    wanted.name
                ),
            ));
        }
        fs::create_dir_all(folder).map_err(|e| Error::file("make the folder", folder, e))?;
        let (_lock, shared) = lock(folder)?;
        let place = folder.join(wanted.name);
        let known = wanted.check != Check::Unknown;
        let there = place.is_file();
        if there && known && wrong(wanted.check, &place)?.is_none() {
            return Ok(place);
        }
        // Where the file system has no locks, each process writes a part of its own.
        let part = match shared {
            true => folder.join(format!("{}.part", wanted.name)),
            false => folder.join(format!("{}.{}.part", wanted.name, std::process::id())),
        };
        let mut job = Job {
            downloader: self,
            wanted,
            validator_file: folder.join(format!("{}.validator", wanted.name)),
            newer_than: None,
            place,
            part,
            bar: self.progress(wanted.name),
            failures: Vec::new(),
            wrong: false,
        };
        if !known && there {
            job.newer_than = Validator::load(&job.validator_file);
        }
        let result = job.run();
        job.bar.finish_and_clear();
        result
    }

    fn progress(&self, name: &str) -> ProgressBar {
        if !self.bar {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let form = "{msg} [{bar:30}] {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(form) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(name.to_owned());
        bar
    }
}

/// One file being fetched.
struct Job<'a> {
    downloader: &'a Downloader,
    wanted: &'a Wanted<'a>,
    place: PathBuf,
    part: PathBuf,
    validator_file: PathBuf,
    /// What the server said of the file that is in place, if its right content is unknown.
    newer_than: Option<Validator>,
    bar: ProgressBar,
    failures: Vec<String>,
    wrong: bool,
}

/// What to do after a try.
enum Next {
    Done,
    SameMirror,
    OtherMirror,
}

impl Job<'_> {
    fn run(&mut self) -> Result<PathBuf> {
        for url in self.wanted.urls {
            let mut validator = None;
            for _ in 0..=self.downloader.resumes {
                match self.attempt(url, &mut validator)? {
                    Next::Done => return Ok(self.place.clone()),
                    Next::SameMirror => {}
                    Next::OtherMirror => break,
                }
            }
        }
        let (kind, rule) = match self.wrong {
            true => (Kind::Checksum, "a mirror must deliver the right content"),
            false => (Kind::Download, "a mirror must deliver it"),
        };
        let rule = format!(
            "download {:?}: {rule}; none of {} did",
            self.wanted.name,
            self.wanted.urls.len()
        );
        let error = Error::new(kind, rule);
        Err(self
            .failures
            .drain(..)
            .fold(error, |error, failure| error.fact("mirror", failure)))
    }

    fn attempt(&mut self, url: &str, validator: &mut Option<Validator>) -> Result<Next> {
        let same_as = validator.take();
        let resumable = same_as.as_ref().is_some_and(Validator::is_exact);
        if self.wanted.check == Check::Unknown && !resumable {
            // Nothing tells whether the part belongs to what the server has now.
            remove(&self.part)?;
        }
        let have = fs::metadata(&self.part).map_or(0, |meta| meta.len());
        let transfer = Transfer {
            downloader: self.downloader,
            url,
            part: &self.part,
            have,
            limit: self.wanted.limit,
            same_as: same_as.as_ref(),
            newer_than: self.newer_than.as_ref().filter(|_| have == 0),
            bar: &self.bar,
        };
        let outcome = transfer.run(validator)?;
        Ok(match outcome {
            Outcome::Whole { resumed } => self.finish(url, resumed, validator.take())?,
            Outcome::Unchanged => Next::Done,
            // The part may be the whole file already; if it is not, it is of no use.
            Outcome::NoSuchRange if self.wanted.check != Check::Unknown => {
                self.finish(url, true, None)?
            }
            Outcome::NoSuchRange => {
                remove(&self.part)?;
                self.fail(url, "it has no such range".to_owned(), Next::SameMirror)
            }
            Outcome::Cut(why) => self.fail(url, why, Next::SameMirror),
            Outcome::Useless(why) => {
                remove(&self.part)?;
                self.fail(url, why, Next::OtherMirror)
            }
            Outcome::Failed(why) => self.fail(url, why, Next::OtherMirror),
        })
    }

    /// Checks the part and puts it in its place.
    fn finish(&mut self, url: &str, resumed: bool, validator: Option<Validator>) -> Result<Next> {
        if let Some(why) = wrong(self.wanted.check, &self.part)? {
            remove(&self.part)?;
            // What was resumed may be wrong because its beginning came from elsewhere: once more, from the start.
            return Ok(match resumed {
                true => self.fail(
                    url,
                    format!("the resumed file was wrong: {why}"),
                    Next::SameMirror,
                ),
                false => {
                    self.wrong = true;
                    self.fail(url, why, Next::OtherMirror)
                }
            });
        }
        let known = self.wanted.check != Check::Unknown;
        if !known {
            // Removed first: a validator must never stand beside a file that it does not describe.
            remove(&self.validator_file)?;
        }
        fs::rename(&self.part, &self.place)
            .map_err(|e| Error::file("put the download in its place", &self.place, e))?;
        if let (false, Some(validator)) = (known, validator) {
            validator.save(&self.validator_file)?;
        }
        Ok(Next::Done)
    }

    fn fail(&mut self, url: &str, why: String, next: Next) -> Next {
        self.failures.push(format!("{url}: {why}"));
        next
    }
}

/// What is wrong with the file's content, in words; `None` where it is right. A gzip stream that cannot be unpacked is wrong content.
fn wrong(check: Check, path: &Path) -> Result<Option<String>> {
    let (expected, found) = match check {
        Check::Unknown => return Ok(None),
        Check::Stored(sum) => (sum, sum_of(open(path)?)),
        Check::Unpacked(sum) => (sum, sum_of(MultiGzDecoder::new(open(path)?))),
    };
    match found {
        Ok(found) if found == expected => Ok(None),
        Ok(found) => Ok(Some(format!("MD5 {found}, expected {expected}"))),
        Err(e) if matches!(check, Check::Unpacked(_)) && is_damage(&e) => {
            Ok(Some(format!("no sound gzip file: {e}")))
        }
        Err(e) => Err(Error::file("read", path, e)),
    }
}

fn open(path: &Path) -> Result<BufReader<File>> {
    let file = File::open(path).map_err(|e| Error::file("open", path, e))?;
    Ok(BufReader::with_capacity(1 << 16, file))
}

fn sum_of(mut source: impl Read) -> std::io::Result<Md5> {
    let mut context = md5::Context::new();
    let mut piece = vec![0; 1 << 16];
    loop {
        match source.read(&mut piece) {
            Ok(0) => return Ok(Md5(context.finalize().0)),
            Ok(n) => context.consume(&piece[..n]),
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}

fn is_damage(e: &std::io::Error) -> bool {
    matches!(
        e.kind(),
        ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::UnexpectedEof
    )
}

/// Holds the folder's lock until dropped; tells whether the file system has locks. Waits for another process to finish.
fn lock(folder: &Path) -> Result<(File, bool)> {
    let path = folder.join(".lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|e| Error::file("open the lock", &path, e))?;
    match file.lock() {
        Ok(()) => Ok((file, true)),
        Err(e) if e.kind() == ErrorKind::Unsupported => Ok((file, false)),
        Err(e) => Err(Error::file("lock", &path, e)),
    }
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(Error::file("remove", path, e)),
        _ => Ok(()),
    }
}

impl Validator {
    fn load(path: &Path) -> Option<Validator> {
        Validator::parse(&fs::read_to_string(path).ok()?)
    }

    fn save(&self, path: &Path) -> Result<()> {
        File::create(path)
            .and_then(|mut file| file.write_all(self.to_string().as_bytes()))
            .map_err(|e| Error::file("write", path, e))
    }
}
