//! Downloads from a server on this machine: resumed, redirected, cut, stalled, wrong.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bouton_data::{Check, Downloader, Error, Kind, Md5, Wanted};

use crate::folder::{Folder, gzip};
use crate::server::{Reply, Server, file, response, without_end};

pub(crate) const NAME: &str = "file.gz";

pub(crate) fn content() -> Vec<u8> {
    (0..200_000u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect()
}

pub(crate) fn downloader() -> Downloader {
    Downloader {
        connect: Duration::from_secs(5),
        stall: Duration::from_secs(5),
        resumes: 2,
        bar: false,
    }
}

fn fetch_by(
    downloader: &Downloader,
    folder: &Folder,
    servers: &[&Server],
    check: Check,
) -> Result<PathBuf, Error> {
    let urls: Vec<String> = servers.iter().map(|server| server.url(NAME)).collect();
    let wanted = Wanted {
        name: NAME,
        urls: &urls,
        check,
        limit: 1_000_000,
    };
    downloader.fetch(folder.path(), &wanted)
}

/// Fetches the file whose right content is [`content`].
pub(crate) fn fetch(folder: &Folder, servers: &[&Server]) -> Result<PathBuf, Error> {
    fetch_by(
        &downloader(),
        folder,
        servers,
        Check::Stored(Md5::of(&content())),
    )
}

/// The fetch went well and left the file and nothing else.
#[track_caller]
pub(crate) fn check(result: Result<PathBuf, Error>, folder: &Folder) {
    assert_eq!(result.unwrap(), folder.path().join(NAME));
    assert!(folder.read(NAME) == content(), "the content is another");
    assert_eq!(folder.names(), [NAME]);
}

#[track_caller]
pub(crate) fn check_ranges(server: &Server, expected: &[Option<&str>]) {
    let ranges = server.ranges();
    let ranges: Vec<Option<&str>> = ranges.iter().map(Option::as_deref).collect();
    assert_eq!(ranges, expected);
}

#[test]
fn a_whole_file_is_fetched_once() {
    let (folder, server) = (Folder::new(), Server::good(&content()));
    check(fetch(&folder, &[&server]), &folder);
    check(fetch(&folder, &[&server]), &folder);
    check_ranges(&server, &[None]);
    assert_eq!(server.requests()[0].path, "/file.gz");
}

#[test]
fn a_part_is_resumed() {
    let (folder, server) = (Folder::new(), Server::good(&content()));
    folder.write("file.gz.part", &content()[..1234]);
    check(fetch(&folder, &[&server]), &folder);
    check_ranges(&server, &[Some("bytes=1234-")]);
}

#[test]
fn a_server_without_ranges_starts_over() {
    let server = Server::new(|_, _| Reply::Send(response("200 OK", "", &content())));
    let folder = Folder::new();
    folder.write("file.gz.part", &content()[..1234]);
    check(fetch(&folder, &[&server]), &folder);
    check_ranges(&server, &[Some("bytes=1234-")]);
}

#[test]
fn a_part_that_is_whole_or_too_long_ends_the_range() {
    let (folder, server) = (Folder::new(), Server::good(&content()));
    folder.write("file.gz.part", &content());
    check(fetch(&folder, &[&server]), &folder);
    check_ranges(&server, &[Some("bytes=200000-")]);

    let (folder, server) = (Folder::new(), Server::good(&content()));
    folder.write("file.gz.part", &[content(), vec![1]].concat());
    check(fetch(&folder, &[&server]), &folder);
    check_ranges(&server, &[Some("bytes=200001-"), None]);
}

#[test]
fn a_part_of_something_else_is_found_out_and_fetched_anew() {
    let (folder, server) = (Folder::new(), Server::good(&content()));
    folder.write("file.gz.part", &[7; 1234]);
    check(fetch(&folder, &[&server]), &folder);
    check_ranges(&server, &[Some("bytes=1234-"), None]);
}

#[test]
fn another_range_than_was_asked_for_is_not_taken() {
    let wrong = Server::new(|_, _| {
        let range = "content-range: bytes 5-199999/200000\r\n";
        Reply::Send(response("206 Partial Content", range, &content()[5..]))
    });
    let good = Server::good(&content());
    let folder = Folder::new();
    folder.write("file.gz.part", &content()[..1234]);
    check(fetch(&folder, &[&wrong, &good]), &folder);
    check_ranges(&good, &[None]);
}

#[test]
fn mirrors_that_refuse_are_passed_over() {
    let good = Server::good(&content());
    for status in [
        "404 Not Found",
        "403 Forbidden",
        "500 Oops",
        "503 Busy",
        "304 Not Modified",
        "204 No Content",
    ] {
        let (folder, bad) = (Folder::new(), Server::status(status));
        check(fetch(&folder, &[&bad, &good]), &folder);
        check_ranges(&bad, &[None]);
    }
    assert_eq!(good.requests().len(), 6);
}

#[test]
fn redirects_are_followed_to_another_server_and_not_for_ever() {
    let good = Server::good(&content());
    let target = good.url("elsewhere");
    let redirect = Server::new(move |_, _| {
        Reply::Send(response(
            "302 Found",
            &format!("location: {target}\r\n"),
            b"",
        ))
    });
    let folder = Folder::new();
    folder.write("file.gz.part", &content()[..99]);
    check(fetch(&folder, &[&redirect]), &folder);
    assert_eq!(good.requests()[0].path, "/elsewhere");
    check_ranges(&good, &[Some("bytes=99-")]);

    let circle =
        Server::new(|_, _| Reply::Send(response("302 Found", "location: /again\r\n", b"")));
    let folder = Folder::new();
    check(fetch(&folder, &[&circle, &good]), &folder);
    assert!(circle.requests().len() < 20);
}

#[test]
fn a_cut_connection_goes_on_where_it_was_cut() {
    let server = Server::new(|request, before| {
        let answer = file(request, &content(), "\"v1\"");
        Reply::Send(without_end(answer, [150_000, 50_000, 0][before]))
    });
    let folder = Folder::new();
    check(fetch(&folder, &[&server]), &folder);
    check_ranges(
        &server,
        &[None, Some("bytes=50000-"), Some("bytes=150000-")],
    );
    let requests = server.requests();
    assert_eq!(requests[0].header("if-range"), None);
    assert_eq!(requests[1].header("if-range"), Some("\"v1\""));
}

#[test]
fn a_mirror_that_cuts_for_ever_leaves_the_rest_to_the_next() {
    let cutting = Server::new(|request, _| {
        let answer = file(request, &content(), "\"v1\"");
        Reply::Send(without_end(answer, 199_000))
    });
    let good = Server::good(&content());
    let folder = Folder::new();
    check(fetch(&folder, &[&cutting, &good]), &folder);
    assert_eq!(cutting.requests().len(), 3, "once and two resumes");
    let ranges = good.ranges();
    assert_eq!(ranges.len(), 1);
    assert!(
        ranges[0].is_some(),
        "the next mirror is asked for the rest only"
    );
}

#[test]
fn a_stalled_mirror_is_left_and_the_rest_asked_of_the_next() {
    let stalled = Server::new(|request, _| {
        Reply::Stall(without_end(file(request, &content(), "\"v1\""), 100_000))
    });
    let silent = Server::new(|_, _| Reply::Stall(Vec::new()));
    let good = Server::good(&content());
    let folder = Folder::new();
    let patient = Downloader {
        stall: Duration::from_millis(250),
        ..downloader()
    };
    let right = Check::Stored(Md5::of(&content()));
    let result = fetch_by(&patient, &folder, &[&silent, &stalled, &good], right);
    check(result, &folder);
    check_ranges(&stalled, &[None]);
    check_ranges(&good, &[Some("bytes=100000-")]);

    let folder = Folder::new();
    let error = fetch_by(&patient, &folder, &[&stalled], right).unwrap_err();
    assert_eq!(error.kind(), Kind::Download);
    assert!(
        error.to_string().contains("it stalled after 100000 bytes"),
        "{error}"
    );
    assert_eq!(
        folder.names(),
        ["file.gz.part"],
        "what came is kept for the next time"
    );
}

#[test]
fn wrong_content_is_removed_and_replaces_nothing() {
    let wrong = Server::good(&[1, 2, 3]);
    let folder = Folder::new();
    folder.write(NAME, b"what was there");
    let error = fetch(&folder, &[&wrong, &wrong]).unwrap_err();
    assert_eq!(error.kind(), Kind::Checksum);
    let expected = format!(
        "download \"file.gz\": a mirror must deliver the right content; none of 2 did\n  mirror: {url}: MD5 {found}, expected {right}\n  mirror: {url}: MD5 {found}, expected {right}",
        url = wrong.url(NAME),
        found = Md5::of(&[1, 2, 3]),
        right = Md5::of(&content()),
    );
    assert_eq!(error.to_string(), expected);
    assert_eq!(folder.names(), [NAME]);
    assert_eq!(folder.read(NAME), b"what was there");
    // The next mirror may be right; then the file takes its place.
    check(
        fetch(&folder, &[&wrong, &Server::good(&content())]),
        &folder,
    );
}

#[test]
fn content_may_be_checked_by_what_it_unpacks_to() {
    let check = Check::Unpacked(Md5::of(&content()));
    let (folder, server) = (Folder::new(), Server::good(&gzip(&content())));
    fetch_by(&downloader(), &folder, &[&server], check).unwrap();
    fetch_by(&downloader(), &folder, &[&server], check).unwrap();
    assert_eq!(server.requests().len(), 1);

    let (folder, page) = (
        Folder::new(),
        Server::good(b"<html>sign in to this network</html>"),
    );
    let error = fetch_by(&downloader(), &folder, &[&page], check).unwrap_err();
    assert_eq!(error.kind(), Kind::Checksum);
    assert!(error.to_string().contains("no sound gzip file"), "{error}");
    assert!(folder.names().is_empty());
}

#[test]
fn a_file_of_unknown_content_is_asked_for_again_and_kept_when_unchanged() {
    let version = Arc::new(Mutex::new(("\"v1\"", b"one".to_vec())));
    let shared = version.clone();
    let server = Server::new(move |request, _| {
        let (etag, content) = shared.lock().unwrap().clone();
        Reply::Send(file(request, &content, etag))
    });
    let folder = Folder::new();
    // Left by who knows whom: not to be resumed.
    folder.write("file.gz.part", b"on");
    let get = || fetch_by(&downloader(), &folder, &[&server], Check::Unknown).unwrap();
    get();
    assert_eq!(folder.read(NAME), b"one");
    check_ranges(&server, &[None]);
    get();
    assert_eq!(folder.read(NAME), b"one");
    *version.lock().unwrap() = ("\"v2\"", b"other".to_vec());
    get();
    assert_eq!(folder.read(NAME), b"other");
    let asked: Vec<Option<String>> = server
        .requests()
        .iter()
        .map(|r| r.header("if-none-match").map(str::to_owned))
        .collect();
    let v1 = || Some("\"v1\"".to_owned());
    assert_eq!(asked, [None, v1(), v1()]);
    assert_eq!(folder.names(), [NAME, "file.gz.validator"]);
}

#[test]
fn a_file_of_unknown_content_that_changes_while_it_comes_is_fetched_anew() {
    let server = Server::new(|request, before| match before {
        0 => Reply::Send(without_end(file(request, b"first version", "\"v1\""), 5)),
        _ => Reply::Send(file(request, b"second version", "\"v2\"")),
    });
    let folder = Folder::new();
    fetch_by(&downloader(), &folder, &[&server], Check::Unknown).unwrap();
    assert_eq!(folder.read(NAME), b"second version");
    check_ranges(&server, &[None, Some("bytes=8-")]);
}

#[test]
fn more_bytes_than_the_limit_are_not_taken() {
    let said = Server::new(|_, _| {
        Reply::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 1000001\r\n\r\n".to_vec())
    });
    let endless = Server::new(|_, _| {
        let head = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
        Reply::Send([head, vec![0; 2_000_000]].concat())
    });
    for server in [said, endless] {
        let folder = Folder::new();
        let error = fetch(&folder, &[&server]).unwrap_err();
        assert_eq!(error.kind(), Kind::Download);
        let message = error.to_string();
        assert!(
            message.contains("it has more than the 1000000 bytes that the file may have"),
            "{message}"
        );
        assert!(folder.names().is_empty());
    }
}

#[test]
fn what_no_mirror_delivers_is_an_error_that_tells_what_each_did() {
    let refused = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/file.gz", listener.local_addr().unwrap())
    };
    let absent = Server::status("404 Not Found");
    let urls = [refused.clone(), absent.url(NAME), "nonsense".to_owned()];
    let folder = Folder::new();
    let wanted = Wanted {
        name: NAME,
        urls: &urls,
        check: Check::Unknown,
        limit: 10,
    };
    let error = downloader().fetch(folder.path(), &wanted).unwrap_err();
    assert_eq!(error.kind(), Kind::Download);
    assert_eq!(
        error.rule(),
        "download \"file.gz\": a mirror must deliver it; none of 3 did"
    );
    let message = error.to_string();
    for part in [
        &format!("mirror: {refused}: "),
        "HTTP status 404 Not Found",
        "mirror: nonsense: ",
    ] {
        assert!(message.contains(part), "{message}");
    }
    assert!(folder.names().is_empty());
}

#[test]
fn names_that_lead_out_of_the_folder_are_refused() {
    let folder = Folder::new();
    for name in ["../x", "/x", "a/b", "", ".."] {
        let wanted = Wanted {
            name,
            urls: &[],
            check: Check::Unknown,
            limit: 10,
        };
        let error = downloader().fetch(folder.path(), &wanted).unwrap_err();
        assert_eq!(error.kind(), Kind::Argument, "{name:?}: {error}");
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_a_file_error() {
    let folder = Folder::new();
    let file = folder.write("file", b"");
    let wanted = Wanted {
        name: NAME,
        urls: &[],
        check: Check::Unknown,
        limit: 10,
    };
    let error = downloader().fetch(&file, &wanted).unwrap_err();
    assert_eq!(error.kind(), Kind::File, "{error}");
}
