//! Downloads by several at once, and a whole set fetched into the cache folder; other processes play the other parts.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};

use bouton_data::{Check, Md5, Wanted};

use crate::download::{NAME, check, check_ranges, content, downloader, fetch};
use crate::folder::{Folder, child, gzip, role};
use crate::server::{Reply, Server, file, response};
use crate::sets::small;

/// A server that keeps its first answer back until told.
fn gated() -> (Server, Sender<()>) {
    let (open, gate) = channel();
    let gate = Mutex::new(gate);
    let server = Server::new(move |request, before| {
        if before == 0 {
            let _ = gate.lock().unwrap().recv();
        }
        Reply::Send(file(request, &content(), "\"v1\""))
    });
    (server, open)
}

#[test]
fn two_threads_fetch_one_file_once() {
    let (server, open) = gated();
    let folder = Folder::new();
    std::thread::scope(|scope| {
        let both = [0, 1].map(|_| scope.spawn(|| fetch(&folder, &[&server])));
        open.send(()).unwrap();
        for one in both {
            check(one.join().unwrap(), &folder);
        }
    });
    check_ranges(&server, &[None]);
}

#[test]
fn two_processes_fetch_one_file_once() {
    let test = "together::two_processes_fetch_one_file_once";
    if role().is_some() {
        let url = std::env::var("BOUTON_TEST_URL").unwrap();
        let folder = PathBuf::from(std::env::var_os("BOUTON_TEST_FOLDER").unwrap());
        let wanted = Wanted {
            name: NAME,
            urls: &[url],
            check: Check::Stored(Md5::of(&content())),
            limit: 1_000_000,
        };
        println!("ready");
        downloader().fetch(&folder, &wanted).unwrap();
        println!("fetched");
        return;
    }
    let (server, open) = gated();
    let folder = Folder::new();
    let children = [0, 1].map(|_| {
        let mut child = child(test, "fetch")
            .env("BOUTON_TEST_URL", server.url(NAME))
            .env("BOUTON_TEST_FOLDER", folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains("ready") {
            assert_ne!(said.read_line(&mut line).unwrap(), 0, "{line}");
        }
        (child, said)
    });
    // Both are at work now: one holds the lock and waits for the server, the other waits for the lock.
    open.send(()).unwrap();
    for (mut child, mut said) in children {
        let mut rest = String::new();
        said.read_to_string(&mut rest).unwrap();
        assert!(child.wait().unwrap().success(), "{rest}");
        assert!(rest.contains("fetched"), "{rest}");
    }
    check(Ok(folder.path().join(NAME)), &folder);
    check_ranges(&server, &[None]);
}

#[test]
fn a_set_is_fetched_into_the_cache_folder_and_mended_there() {
    let test = "together::a_set_is_fetched_into_the_cache_folder_and_mended_there";
    if role().is_some() {
        let url = std::env::var("BOUTON_TEST_URL").unwrap();
        let small = small(Box::leak(Box::new([&*url.leak()])));
        match small.source.load() {
            Ok(set) => println!("published {}", set.published),
            Err(e) => println!("{:?}: {e}", e.kind()),
        }
        return;
    }
    let files = small(&[]).files;
    let server = Server::new(move |request, _| {
        let found = files
            .iter()
            .find(|(name, _)| request.path == format!("/{name}.gz"));
        Reply::Send(match found {
            Some((_, content)) => file(request, &gzip(content), "\"v1\""),
            None => response("404 Not Found", "", b""),
        })
    });
    let home = Folder::new();
    let run = |url: &str| {
        let output = child(test, "load")
            .env("BOUTON_TEST_URL", url)
            .env("XDG_CACHE_HOME", home.path())
            .env("HOME", home.path())
            .env("LOCALAPPDATA", home.path())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let said = run("http://127.0.0.1:1/");
    assert!(
        said.contains("Download: download \"train-images-idx3-ubyte.gz\""),
        "{said}"
    );
    assert!(
        said.contains("help: with the files at hand, name their folder"),
        "{said}"
    );
    let said = run(server.address());
    assert!(said.contains("published true"), "{said}");
    assert_eq!(server.requests().len(), 4);
    // What is there is right: no network is needed.
    let said = run("http://127.0.0.1:1/");
    assert!(said.contains("published true"), "{said}");
    let cache = if cfg!(target_os = "macos") {
        "Library/Caches/"
    } else {
        ""
    };
    let labels = format!("{cache}bouton/small/t10k-labels-idx1-ubyte.gz");
    let whole = home.read(&labels);
    home.write(&labels, &whole[..whole.len() / 2]);
    let said = run("http://127.0.0.1:1/");
    assert!(
        said.contains("Download: download \"t10k-labels-idx1-ubyte.gz\""),
        "{said}"
    );
    assert_eq!(
        home.read(&labels),
        whole[..whole.len() / 2],
        "what was there stays"
    );
    let said = run(server.address());
    assert!(said.contains("published true"), "{said}");
    assert_eq!(
        server.requests().len(),
        5,
        "only the damaged file is fetched"
    );
    assert_eq!(home.read(&labels), whole);
}
