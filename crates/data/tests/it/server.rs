//! A web server on this machine that answers as a test says: properly, or wrongly in every way that a download must survive.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A request as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) path: String,
    head: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

/// What to send back.
pub(crate) enum Reply {
    /// These bytes, then the connection is closed.
    Send(Vec<u8>),
    /// These bytes, then nothing until the client goes away.
    Stall(Vec<u8>),
}

pub(crate) struct Server {
    address: String,
    log: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Answers every request by `answer`, which also gets the number of requests that came before.
    pub(crate) fn new(answer: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let log = Arc::new(Mutex::new(Vec::new()));
        let (answer, shared) = (Arc::new(answer), Arc::clone(&log));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (answer, log) = (Arc::clone(&answer), Arc::clone(&shared));
                std::thread::spawn(move || serve(stream.unwrap(), &*answer, &log));
            }
        });
        Server { address, log }
    }

    /// A server that has `content` under every path and does everything right.
    pub(crate) fn good(content: &[u8]) -> Server {
        let content = content.to_vec();
        Server::new(move |request, _| Reply::Send(file(request, &content, "\"v1\"")))
    }

    /// A server that answers every request with this status and no content.
    pub(crate) fn status(status: &'static str) -> Server {
        Server::new(move |_, _| Reply::Send(response(status, "", b"")))
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn url(&self, name: &str) -> String {
        format!("{}{name}", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.log.lock().unwrap().clone()
    }

    /// The `Range` of every request so far.
    pub(crate) fn ranges(&self) -> Vec<Option<String>> {
        let requests = self.requests();
        requests
            .iter()
            .map(|r| r.header("range").map(str::to_owned))
            .collect()
    }
}

fn serve(
    mut stream: TcpStream,
    answer: &(dyn Fn(&Request, usize) -> Reply + Send + Sync),
    log: &Mutex<Vec<Request>>,
) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let path = head.split(' ').nth(1).unwrap_or("/").to_owned();
    let request = Request { path, head };
    let before = {
        let mut log = log.lock().unwrap();
        log.push(request.clone());
        log.len() - 1
    };
    // A client that has gone away is no fault of the server's.
    match answer(&request, before) {
        Reply::Send(bytes) => {
            let _ = stream.write_all(&bytes);
            let _ = stream.shutdown(Shutdown::Write);
        }
        Reply::Stall(bytes) => {
            let _ = stream.write_all(&bytes);
        }
    }
    let _ = stream.read(&mut [0; 1]);
}

pub(crate) fn response(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// The right answer of a server that has `content` in the version `etag` (RFC 9110).
pub(crate) fn file(request: &Request, content: &[u8], etag: &str) -> Vec<u8> {
    let version = format!("etag: {etag}\r\n");
    if request.header("if-none-match") == Some(etag) {
        return response("304 Not Modified", &version, b"");
    }
    let same = request.header("if-range").is_none_or(|held| held == etag);
    let from = request.header("range").filter(|_| same).and_then(|range| {
        range
            .strip_prefix("bytes=")?
            .strip_suffix('-')?
            .parse::<usize>()
            .ok()
    });
    match from {
        None => response("200 OK", &version, content),
        Some(from) if from >= content.len() => {
            let range = format!("content-range: bytes */{}\r\n", content.len());
            response("416 Range Not Satisfiable", &range, b"")
        }
        Some(from) => {
            let range = format!(
                "content-range: bytes {from}-{}/{}\r\n{version}",
                content.len() - 1,
                content.len()
            );
            response("206 Partial Content", &range, &content[from..])
        }
    }
}

/// The beginning of an answer, `missing` bytes of it never sent.
pub(crate) fn without_end(mut answer: Vec<u8>, missing: usize) -> Vec<u8> {
    answer.truncate(answer.len() - missing);
    answer
}
