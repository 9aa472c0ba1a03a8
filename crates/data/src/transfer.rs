//! One HTTP request for a file or the rest of it, and what came of it.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use indicatif::ProgressBar;
use ureq::http::{HeaderMap, Response, StatusCode};
use ureq::{Agent, Body};

use crate::download::Downloader;
use crate::error::{Error, Result};

/// A request to make.
pub(crate) struct Transfer<'a> {
    pub(crate) downloader: &'a Downloader,
    pub(crate) url: &'a str,
    /// Where bytes are written to.
    pub(crate) part: &'a Path,
    /// How many bytes are there already.
    pub(crate) have: u64,
    /// The most bytes the file may have.
    pub(crate) limit: u64,
    /// What the server said of the file when it sent the bytes that are there.
    pub(crate) same_as: Option<&'a Validator>,
    /// What the server said of the file that is already in place.
    pub(crate) newer_than: Option<&'a Validator>,
    pub(crate) bar: &'a ProgressBar,
}

/// What came of a request.
pub(crate) enum Outcome {
    /// The part is whole.
    Whole { resumed: bool },
    /// The file in place is what the server has.
    Unchanged,
    /// There is nothing after the bytes that are there.
    NoSuchRange,
    /// The connection ended early; the server may go on from here.
    Cut(String),
    /// This server will not deliver; the bytes that are there are good.
    Failed(String),
    /// This server will not deliver; the bytes that are there are no good.
    Useless(String),
}

/// How a server names one version of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Validator {
    etag: Option<String>,
    last_modified: Option<String>,
}

impl Transfer<'_> {
    /// Makes the request and appends to the part what comes; leaves in `validator` what the server says of the file.
    ///
    /// # Errors
    /// `File` where the part cannot be written. What the server does wrong is an [`Outcome`].
    pub(crate) fn run(&self, validator: &mut Option<Validator>) -> Result<Outcome> {
        let response = match self.ask() {
            Ok(response) => response,
            Err(e) => return Ok(Outcome::Failed(in_words(&e))),
        };
        let status = response.status();
        let resumed = status == StatusCode::PARTIAL_CONTENT;
        match status {
            StatusCode::OK => {}
            StatusCode::PARTIAL_CONTENT => match range_start(response.headers()) {
                Some(start) if start == self.have && self.have > 0 => {}
                _ => {
                    return Ok(Outcome::Useless(
                        "it sent another range than was asked for".into(),
                    ));
                }
            },
            StatusCode::NOT_MODIFIED if self.newer_than.is_some() => return Ok(Outcome::Unchanged),
            StatusCode::RANGE_NOT_SATISFIABLE if self.have > 0 => return Ok(Outcome::NoSuchRange),
            _ => return Ok(Outcome::Failed(format!("HTTP status {status}"))),
        }
        *validator = Validator::of(response.headers());
        self.receive(response, resumed)
    }

    fn ask(&self) -> std::result::Result<Response<Body>, ureq::Error> {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_resolve(Some(self.downloader.connect))
            .timeout_connect(Some(self.downloader.connect))
            .timeout_per_read(Some(self.downloader.stall))
            .timeout_per_write(Some(self.downloader.stall))
            .user_agent(concat!("bouton/", env!("CARGO_PKG_VERSION")));
        if is_loopback(self.url) {
            config = config.proxy(None);
        }
        let agent: Agent = config.build().into();
        // `identity`: lengths and ranges are those of the file, not of a packed form of it.
        let mut request = agent.get(self.url).header("accept-encoding", "identity");
        if self.have > 0 {
            request = request.header("range", format!("bytes={}-", self.have));
            if let Some(validator) = self.same_as.and_then(Validator::for_range) {
                request = request.header("if-range", validator);
            }
        }
        if let Some(validator) = self.newer_than {
            if let Some(etag) = &validator.etag {
                request = request.header("if-none-match", etag);
            }
            if let Some(date) = &validator.last_modified {
                request = request.header("if-modified-since", date);
            }
        }
        request.call()
    }

    fn receive(&self, response: Response<Body>, resumed: bool) -> Result<Outcome> {
        let mut have = if resumed { self.have } else { 0 };
        let length = response.body().content_length();
        if length.is_some_and(|n| n.saturating_add(have) > self.limit) {
            return Ok(Outcome::Failed(self.too_long()));
        }
        let mut part = self.open(resumed)?;
        self.bar.set_position(have);
        if let Some(length) = length {
            self.bar.set_length(have + length);
        }
        let mut body = response.into_body().into_reader();
        let mut piece = vec![0; 1 << 16];
        let expected = length.map(|n| n + have);
        loop {
            match body.read(&mut piece) {
                Ok(0) => break,
                Ok(n) => {
                    have += n as u64;
                    if have > self.limit {
                        return Ok(Outcome::Useless(self.too_long()));
                    }
                    part.write_all(&piece[..n])
                        .map_err(|e| Error::file("write", self.part, e))?;
                    self.bar.set_position(have);
                }
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => {
                    let e = ureq::Error::from(e);
                    let why = format!("{} after {have} bytes", in_words(&e));
                    return Ok(match e {
                        ureq::Error::Timeout(_) => Outcome::Failed(why),
                        _ => Outcome::Cut(why),
                    });
                }
            }
        }
        if expected.is_some_and(|expected| expected != have) {
            return Ok(Outcome::Cut(format!(
                "the connection ended after {have} bytes"
            )));
        }
        // On the disk before it is renamed: a crash must not leave an empty file in the right place.
        part.sync_all()
            .map_err(|e| Error::file("write", self.part, e))?;
        Ok(Outcome::Whole { resumed })
    }

    fn open(&self, resumed: bool) -> Result<File> {
        let mut options = OpenOptions::new();
        let options = match resumed {
            true => options.append(true),
            false => options.write(true).create(true).truncate(true),
        };
        options
            .open(self.part)
            .map_err(|e| Error::file("open", self.part, e))
    }

    fn too_long(&self) -> String {
        format!(
            "it has more than the {} bytes that the file may have",
            self.limit
        )
    }
}

impl Validator {
    fn of(headers: &HeaderMap) -> Option<Validator> {
        let text = |name| Some(headers.get(name)?.to_str().ok()?.to_owned());
        let found = Validator {
            etag: text("etag"),
            last_modified: text("last-modified"),
        };
        (found.etag.is_some() || found.last_modified.is_some()).then_some(found)
    }

    /// What `If-Range` may carry: a strong entity tag, else a date (RFC 9110, 13.1.5).
    fn for_range(&self) -> Option<&str> {
        match &self.etag {
            Some(tag) if !tag.starts_with("W/") => Some(tag),
            _ => self.last_modified.as_deref(),
        }
    }

    /// Whether a server can be held to this version when the rest of a file is asked for.
    pub(crate) fn is_exact(&self) -> bool {
        self.for_range().is_some()
    }

    /// The inverse of the printed form.
    pub(crate) fn parse(text: &str) -> Option<Validator> {
        let line = |name| {
            let found = text.lines().find_map(|line| line.strip_prefix(name));
            found.map(str::to_owned)
        };
        let found = Validator {
            etag: line("etag: "),
            last_modified: line("last-modified: "),
        };
        (found.etag.is_some() || found.last_modified.is_some()).then_some(found)
    }
}

impl fmt::Display for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in [("etag", &self.etag), ("last-modified", &self.last_modified)] {
            if let Some(value) = value {
                writeln!(f, "{name}: {value}")?;
            }
        }
        Ok(())
    }
}

/// Where the range begins that a `206` carries.
fn range_start(headers: &HeaderMap) -> Option<u64> {
    let value = headers.get("content-range")?.to_str().ok()?;
    let range = value.strip_prefix("bytes ")?;
    range.split('-').next()?.trim().parse().ok()
}

/// A server on this machine is never asked through a proxy.
fn is_loopback(url: &str) -> bool {
    let host = url.strip_prefix("http://").unwrap_or(url);
    ["127.0.0.1", "localhost", "[::1]"]
        .iter()
        .any(|name| host.starts_with(name))
}

fn in_words(e: &ureq::Error) -> String {
    match e {
        ureq::Error::Timeout(ureq::Timeout::PerRead) => "it stalled".to_owned(),
        ureq::Error::HostNotFound => "its host was not found".to_owned(),
        ureq::Error::Io(e) => e.to_string(),
        e => e.to_string(),
    }
}
