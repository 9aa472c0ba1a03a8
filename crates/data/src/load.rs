//! Reads a published dataset from a folder: finds its four files, reads and sums them on two threads, tells what they are.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use crate::checksum::Md5;
use crate::dataset::{Dataset, Parts, Splits, beyond};
use crate::error::{Error, Kind, Result};
use crate::idx::Opened;
use crate::source::{Source, Split, missing, other_owner};

/// What is asked of files that have the right form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Only the published bytes will do: the files came from the network.
    Published,
    /// The user named the folder: an unknown set in the same form is taken for what the user says it is.
    Given,
}

/// A file's elements and the sum of the whole unpacked file.
struct Loaded {
    path: PathBuf,
    bytes: Vec<u8>,
    sum: Md5,
}

/// Reads `source` from `folder`; rules and errors are those of [`Source::load_from`].
pub(crate) fn read(source: &Source, folder: &Path, trust: Trust) -> Result<Splits> {
    let [train_images, train_labels, test_images, test_labels] = open_all(source, folder)?;
    let files = read_all(train_images, [train_labels, test_images, test_labels])?;
    let published = identify(source, folder, &files, trust)?;
    let [train_images, train_labels, test_images, test_labels] = files;
    let named = |half: &str| match published {
        true => format!("{} {half}", source.name),
        false => format!("{} (not the published files) {half}", source.name),
    };
    Ok(Splits {
        train: dataset(source, &named("train"), train_images, train_labels)?,
        test: dataset(source, &named("test"), test_images, test_labels)?,
        published,
    })
}

fn open_all(source: &Source, folder: &Path) -> Result<[Opened<'static>; 4]> {
    let files = source.files();
    let paths = files.map(|file| find(folder, file.name));
    let [Some(a), Some(b), Some(c), Some(d)] = &paths else {
        let absent = files.iter().zip(&paths).filter(|(_, path)| path.is_none());
        let names: Vec<&str> = absent.map(|(file, _)| file.name).collect();
        return Err(missing(source, folder, &names));
    };
    Ok([
        open_images(source, &source.train, a)?,
        open_labels(source, &source.train, b)?,
        open_images(source, &source.test, c)?,
        open_labels(source, &source.test, d)?,
    ])
}

/// The file's path under one of the names it goes by: as published, gzipped, or with the dot that some unpackers put.
fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let dotted = name.replace("-idx", ".idx");
    [
        name.to_owned(),
        format!("{name}.gz"),
        format!("{dotted}.gz"),
        dotted,
    ]
    .iter()
    .map(|name| folder.join(name))
    .find(|path| path.is_file())
}

fn open_images(source: &Source, split: &Split, path: &Path) -> Result<Opened<'static>> {
    let [rows, columns] = source.image_shape;
    expect(source, path, &[split.examples, rows, columns])
}

fn open_labels(source: &Source, split: &Split, path: &Path) -> Result<Opened<'static>> {
    expect(source, path, &[split.examples])
}

fn expect(source: &Source, path: &Path, dims: &[usize]) -> Result<Opened<'static>> {
    let opened = Opened::open(path)?;
    if opened.dims() != dims {
        let name = path.file_name().unwrap_or(path.as_os_str());
        return Err(Error::new(
            Kind::Format,
            format!(
                "{}: {} must hold u8{dims:?}; it holds u8{:?}",
                source.name,
                name.to_string_lossy(),
                opened.dims()
            ),
        )
        .fact("file", path.display()));
    }
    Ok(opened)
}

/// Reads the large file here while a second thread reads the small ones and sums everything, the large file's pieces as they come.
fn read_all(large: Opened<'static>, small: [Opened<'static>; 3]) -> Result<[Loaded; 4]> {
    let path = large.path().to_owned();
    let header = large.header().to_owned();
    let mut bytes = large.buffer()?;
    let (send, pieces) = mpsc::channel::<&[u8]>();
    let (read, summed) = thread::scope(|scope| {
        let second = thread::Builder::new().spawn_scoped(scope, move || {
            let [a, b, c] = small;
            let small = [read_one(a), read_one(b), read_one(c)];
            let mut sum = md5::Context::new();
            sum.consume(header);
            for piece in pieces {
                sum.consume(piece);
            }
            (small, Md5(sum.finalize().0))
        });
        let second = match second {
            Ok(second) => second,
            Err(e) => return (Err(Error::file("start a thread to read", &path, e)), None),
        };
        // The other thread stops listening only when it panics, and the panic is passed on below.
        let read = large.fill(&mut bytes, |piece| {
            let _ = send.send(piece);
        });
        drop(send);
        match second.join() {
            Ok(summed) => (read, Some(summed)),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    });
    read?;
    let Some(([a, b, c], sum)) = summed else {
        return Err(Error::new(
            Kind::File,
            "read: the second thread gave no result",
        ));
    };
    Ok([Loaded { path, bytes, sum }, a?, b?, c?])
}

fn read_one(opened: Opened<'static>) -> Result<Loaded> {
    let path = opened.path().to_owned();
    let mut sum = md5::Context::new();
    sum.consume(opened.header());
    let mut bytes = opened.buffer()?;
    opened.fill(&mut bytes, |piece| sum.consume(piece))?;
    let sum = Md5(sum.finalize().0);
    Ok(Loaded { path, bytes, sum })
}

/// Whether the files are the published ones; an error where they are another set's, or partly or wholly not what they must be.
fn identify(source: &Source, folder: &Path, files: &[Loaded; 4], trust: Trust) -> Result<bool> {
    let owners: Vec<&str> = files
        .iter()
        .filter_map(|file| other_owner(source, file.sum))
        .map(|other| other.name)
        .collect();
    if let Some(other) = owners.first() {
        let rule = if owners.len() == files.len() {
            format!("this folder holds {other}, not {}", source.name)
        } else {
            format!(
                "this folder mixes files of {other} with files of {}",
                source.name
            )
        };
        return Err(Error::new(Kind::WrongSet, rule)
            .fact("folder", folder.display())
            .help(format!("name the folder that holds {}", source.name)));
    }
    let wrong: Vec<(&Loaded, Md5)> = files
        .iter()
        .zip(source.files())
        .filter(|(file, published)| file.sum != published.raw)
        .map(|(file, published)| (file, published.raw))
        .collect();
    let whole = wrong.is_empty();
    if whole || (wrong.len() == files.len() && trust == Trust::Given) {
        return Ok(whole);
    }
    let mut error = Error::new(
        Kind::Checksum,
        format!(
            "{}: all four files must be the published ones; {} of them differ",
            source.name,
            wrong.len()
        ),
    );
    for (file, expected) in wrong {
        error = error.fact(
            "file",
            format!(
                "{}: MD5 {}, expected {expected}",
                file.path.display(),
                file.sum
            ),
        );
    }
    Err(error.help("the files are damaged: fetch them again; for data that was changed on purpose, use Dataset::from_idx"))
}

fn dataset(source: &Source, name: &str, images: Loaded, labels: Loaded) -> Result<Dataset> {
    if let Some((i, label)) = beyond(&labels.bytes, source.classes.len()) {
        return Err(Error::new(
            Kind::Format,
            format!(
                "{}: labels must be below {}; label {i} is {label}",
                source.name,
                source.classes.len()
            ),
        )
        .fact("file", labels.path.display()));
    }
    Dataset::new(Parts {
        name: name.to_owned(),
        images: images.bytes,
        image_shape: source.image_shape.to_vec(),
        labels: labels.bytes,
        classes: source.classes.iter().map(|c| (*c).to_owned()).collect(),
    })
}
