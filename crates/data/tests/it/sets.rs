//! Published sets in folders: found, checked, refused when they are another set's, damaged or not there.

use std::path::Path;

use bouton_data::{Check, DATASETS, Dataset, Kind, Md5, Parts, Published, Source, Split};

use crate::folder::{Folder, child, gzip, idx, role};

/// A published set so small that a test can write it: 6 and 4 images of 2x2, three classes.
pub(crate) struct Small {
    pub(crate) source: Source,
    pub(crate) files: [(&'static str, Vec<u8>); 4],
}

pub(crate) fn small(mirrors: &'static [&'static str]) -> Small {
    let bytes = |n: u8| (0..n).map(|i| i.wrapping_mul(37)).collect::<Vec<u8>>();
    let files = [
        ("train-images-idx3-ubyte", idx(&[6, 2, 2], &bytes(24))),
        ("train-labels-idx1-ubyte", idx(&[6], &[0, 1, 2, 2, 1, 0])),
        ("t10k-images-idx3-ubyte", idx(&[4, 2, 2], &bytes(16))),
        ("t10k-labels-idx1-ubyte", idx(&[4], &[2, 1, 0, 2])),
    ];
    let published = |i: usize| Published {
        name: files[i].0,
        raw: Md5::of(&files[i].1),
        check: Check::Unpacked(Md5::of(&files[i].1)),
    };
    let source = Source {
        name: "Small",
        folder: "small",
        about: "a set for tests",
        image_shape: [2, 2],
        classes: &["a", "b", "c"],
        train: Split {
            examples: 6,
            images: published(0),
            labels: published(1),
        },
        test: Split {
            examples: 4,
            images: published(2),
            labels: published(3),
        },
        mirrors,
        homepage: "http://localhost/",
        citation: "",
        licence: "",
    };
    Small { source, files }
}

impl Small {
    fn write(&self, folder: &Folder) {
        for (name, content) in &self.files {
            folder.write(name, content);
        }
    }
}

#[track_caller]
fn refused(small: &Small, folder: &Path, kind: Kind, rule: &str) -> String {
    let error = small.source.load_from(folder).unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    assert_eq!(error.rule(), rule);
    error.to_string()
}

#[test]
fn a_folder_is_read_raw_gzipped_mixed_and_with_dots() {
    let small = small(&[]);
    let folder = Folder::new();
    small.write(&folder);
    let raw = small.source.load_from(folder.path()).unwrap();
    assert!(raw.published);
    assert_eq!((raw.train.len(), raw.test.len()), (6, 4));
    assert_eq!(raw.train.labels(), [0, 1, 2, 2, 1, 0]);
    assert_eq!(raw.test.image(3).unwrap(), &small.files[2].1[16 + 12..]);
    assert_eq!(raw.train.name(), "Small train");
    assert_eq!(raw.train.classes(), ["a", "b", "c"]);

    let mixed = Folder::new();
    for (i, (name, content)) in small.files.iter().enumerate() {
        match i {
            0 => mixed.write(&format!("{name}.gz"), &gzip(content)),
            // Told by content: gzipped under the name of the raw file.
            1 => mixed.write(name, &gzip(content)),
            2 => mixed.write(&name.replace("-idx", ".idx"), content),
            _ => mixed.write(&format!("{}.gz", name.replace("-idx", ".idx")), content),
        };
    }
    let mixed = small.source.load_from(mixed.path()).unwrap();
    assert!(mixed.published);
    assert_eq!(mixed.train.images(), raw.train.images());
    assert_eq!(mixed.test.labels(), raw.test.labels());
}

#[test]
fn missing_files_are_named() {
    let small = small(&[]);
    let folder = Folder::new();
    let rule = "Small: the folder must hold its four files, raw or gzipped";
    let message = refused(&small, folder.path(), Kind::Missing, rule);
    assert!(
        message.contains("\n  help: name the folder that holds the files themselves"),
        "{message}"
    );
    folder.write(small.files[0].0, &small.files[0].1);
    folder.write(small.files[3].0, &small.files[3].1);
    let message = refused(&small, folder.path(), Kind::Missing, rule);
    let missing = "\n  missing: train-labels-idx1-ubyte, t10k-images-idx3-ubyte\n";
    assert!(message.contains(missing), "{message}");
}

#[test]
fn counts_and_shapes_must_be_the_sets() {
    let small = small(&[]);
    let folder = Folder::new();
    small.write(&folder);
    folder.write(small.files[2].0, &idx(&[3, 2, 2], &[0; 12]));
    refused(
        &small,
        folder.path(),
        Kind::Format,
        "Small: t10k-images-idx3-ubyte must hold u8[4, 2, 2]; it holds u8[3, 2, 2]",
    );
    folder.write(small.files[2].0, &idx(&[4, 4, 1], &[0; 16]));
    refused(
        &small,
        folder.path(),
        Kind::Format,
        "Small: t10k-images-idx3-ubyte must hold u8[4, 2, 2]; it holds u8[4, 4, 1]",
    );
    folder.write(small.files[2].0, &small.files[3].1);
    refused(
        &small,
        folder.path(),
        Kind::Format,
        "Small: t10k-images-idx3-ubyte must hold u8[4, 2, 2]; it holds u8[4]",
    );
    folder.write(small.files[2].0, &small.files[2].1[..20]);
    refused(
        &small,
        folder.path(),
        Kind::Format,
        "idx \"t10k-images-idx3-ubyte\": must be as long as its sizes say: 32 bytes; it has 20",
    );
}

#[test]
fn a_set_in_the_same_form_is_taken_and_a_damaged_one_refused() {
    let small = small(&[]);
    let folder = Folder::new();
    for (name, content) in &small.files {
        let mut other = content.clone();
        let last = other.len() - 1;
        other[last] = u8::from(other[last] != 1);
        folder.write(name, &other);
    }
    let set = small.source.load_from(folder.path()).unwrap();
    assert!(!set.published);
    assert_eq!(set.train.labels(), [0, 1, 2, 2, 1, 1]);
    assert_eq!(set.train.name(), "Small (not the published files) train");

    // One file of the published four with a bit turned over is damage.
    let damaged = folder.read(small.files[0].0);
    small.write(&folder);
    folder.write(small.files[0].0, &damaged);
    let message = refused(
        &small,
        folder.path(),
        Kind::Checksum,
        "Small: all four files must be the published ones; 1 of them differ",
    );
    assert!(
        message.contains(&Md5::of(&damaged).to_string()),
        "{message}"
    );
    assert_eq!(
        folder.read(small.files[0].0),
        damaged,
        "nothing was written"
    );
}

#[test]
fn labels_beyond_the_classes_are_refused() {
    let small = small(&[]);
    let folder = Folder::new();
    for (i, (name, content)) in small.files.iter().enumerate() {
        let mut other = content.clone();
        let last = other.len() - 1;
        other[last] = if i == 3 {
            3
        } else {
            u8::from(other[last] != 1)
        };
        folder.write(name, &other);
    }
    refused(
        &small,
        folder.path(),
        Kind::Format,
        "Small: labels must be below 3; label 3 is 3",
    );
}

#[test]
fn a_folder_that_is_none_is_told_from_one_without_the_files() {
    let small = small(&[]);
    let folder = Folder::new();
    folder.write("small/notes", b"");
    let said = |path: &Path| {
        let error = small.source.load_from(path).unwrap_err();
        assert_eq!(error.kind(), Kind::Missing);
        error.to_string()
    };
    let rule = |path: &Path, rule: &str| format!("Small: {rule}\n  folder: {}", path.display());
    let gone = folder.path().join("gone");
    assert_eq!(said(&gone), rule(&gone, "the folder does not exist"));
    let file = folder.path().join("small/notes");
    assert_eq!(
        said(&file),
        rule(&file, "a folder must be named; this is a file")
    );
    // The root in place of the set's own folder.
    let help = format!(
        "help: did you mean {}?",
        folder.path().join("small").display()
    );
    assert!(
        said(folder.path()).ends_with(&help),
        "{}",
        said(folder.path())
    );
    let help = "help: name the folder that holds the files themselves; each may end in .gz";
    assert!(said(&folder.path().join("small")).ends_with(help));
}

#[test]
fn bouton_data_names_a_root_that_is_only_read() {
    let test = "sets::bouton_data_names_a_root_that_is_only_read";
    let small = small(&[]);
    if let Some(role) = role() {
        match (role.as_str(), small.source.load()) {
            ("holds", Ok(set)) => println!("loaded {}", set.train.len()),
            (_, Ok(_)) => println!("loaded what is not there"),
            (_, Err(e)) => println!("{:?}: {e}", e.kind()),
        }
        return;
    }
    let root = Folder::new();
    for (name, content) in &small.files {
        root.write(&format!("small/{name}"), content);
    }
    let run = |role: &str, root: &Path| {
        let output = child(test, role).env("BOUTON_DATA", root).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let said = run("holds", root.path());
    assert!(said.contains("loaded 6"), "{said}");
    assert_eq!(root.names(), ["small"]);
    let empty = Folder::new();
    let said = run("lacks", empty.path());
    assert!(
        said.contains("Missing: Small: the folder does not exist"),
        "{said}"
    );
    assert!(said.contains("help: BOUTON_DATA names the root"), "{said}");
    assert!(empty.names().is_empty());
}

#[test]
fn the_table_describes_every_set_in_full() {
    for source in DATASETS {
        assert!(!source.mirrors.is_empty(), "{}", source.name);
        assert!(
            source
                .mirrors
                .iter()
                .all(|m| m.starts_with("http") && m.ends_with('/'))
        );
        assert!(
            !source.citation.is_empty() && !source.licence.is_empty() && !source.about.is_empty()
        );
        assert_eq!(source.classes.len(), 10);
        for name in [source.name, source.folder, &source.name.to_lowercase()] {
            assert_eq!(Source::find(name).unwrap().name, source.name);
        }
        let sums: Vec<Md5> = source.files().iter().map(|file| file.raw).collect();
        for other in DATASETS.iter().filter(|other| other.name != source.name) {
            assert!(other.files().iter().all(|file| !sums.contains(&file.raw)));
        }
    }
    assert!(Source::find("imagenet").is_none());
}

#[test]
fn the_published_sets_are_what_they_are_said_to_be() {
    let Some(root) = bouton_data::provided_folder() else {
        println!("skipped: BOUTON_DATA is not set");
        return;
    };
    let first = [
        ("MNIST", [5, 0, 4, 1, 9], [7, 2, 1, 0, 4]),
        ("Fashion-MNIST", [9, 0, 0, 3, 0], [9, 2, 1, 1, 6]),
    ];
    for (name, train, test) in first {
        let source = Source::find(name).unwrap();
        let set = source.load().unwrap();
        assert!(set.published, "{name}");
        assert_eq!((set.train.len(), set.test.len()), (60_000, 10_000));
        assert_eq!(set.train.labels()[..5], train);
        assert_eq!(set.test.labels()[..5], test);
        assert_eq!(set.train.images().len(), 60_000 * 784);
    }

    // Another known set is refused by name, whole and in part.
    let (mnist, fashion) = (root.join("mnist"), root.join("fashion-mnist"));
    let error = bouton_data::mnist_from(&fashion).unwrap_err();
    assert_eq!(error.kind(), Kind::WrongSet);
    assert_eq!(error.rule(), "this folder holds Fashion-MNIST, not MNIST");
    let error = bouton_data::fashion_mnist_from(&mnist).unwrap_err();
    assert_eq!(error.rule(), "this folder holds MNIST, not Fashion-MNIST");
    let mixed = Folder::new();
    let copy = |from: &Path, name: &str| {
        let name = format!("{name}.gz");
        let content = std::fs::read(from.join(&name)).unwrap();
        mixed.write(&name, &content);
    };
    for file in bouton_data::MNIST.files() {
        copy(&mnist, file.name);
    }
    copy(&fashion, "train-images-idx3-ubyte");
    let error = bouton_data::mnist_from(mixed.path()).unwrap_err();
    assert_eq!(error.kind(), Kind::WrongSet);
    assert_eq!(
        error.rule(),
        "this folder mixes files of Fashion-MNIST with files of MNIST"
    );
    // A torn copy is refused.
    let whole = std::fs::read(mnist.join("train-images-idx3-ubyte.gz")).unwrap();
    mixed.write("train-images-idx3-ubyte.gz", &whole[..whole.len() / 2]);
    let error = bouton_data::mnist_from(mixed.path()).unwrap_err();
    assert_eq!(error.kind(), Kind::Format, "{error}");
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let parts = Parts {
        name: "p".into(),
        images: vec![0; 8],
        image_shape: vec![2, 2],
        labels: vec![0, 1],
        classes: vec!["a".into(), "b".into()],
    };
    assert_eq!(Dataset::new(parts.clone()).unwrap().len(), 2);
    let check = |parts: Parts, rule: &str| {
        let error = Dataset::new(parts).unwrap_err();
        assert_eq!(error.kind(), Kind::Argument);
        assert_eq!(error.rule(), format!("dataset \"p\": {rule}"));
    };
    check(
        Parts {
            labels: vec![],
            ..parts.clone()
        },
        "must hold at least 1 example; it holds 0",
    );
    check(
        Parts {
            images: vec![0; 9],
            ..parts.clone()
        },
        "2 images of shape [2, 2] must fill the images' bytes exactly; there are 9",
    );
    check(
        Parts {
            image_shape: vec![0, 2],
            ..parts.clone()
        },
        "an image must hold at least 1 byte; its shape is [0, 2]",
    );
    check(
        Parts {
            image_shape: vec![usize::MAX, 2],
            ..parts.clone()
        },
        &format!(
            "2 images of shape [{}, 2] must fill the images' bytes exactly; there are 8",
            usize::MAX
        ),
    );
    check(
        Parts {
            classes: vec!["a".into()],
            ..parts
        },
        "a label must be below the number of classes, 1; label 1 is 1",
    );
}

#[test]
fn slices_share_the_order_and_shapes_must_fit() {
    let small = small(&[]);
    let folder = Folder::new();
    small.write(&folder);
    let set = small.source.load_from(folder.path()).unwrap().train;
    let middle = set.slice(1..=3).unwrap();
    assert_eq!(middle.labels(), [1, 2, 2]);
    assert_eq!(middle.images(), &set.images()[4..16]);
    assert_eq!(middle.slice(1..).unwrap().labels(), [2, 2]);
    for (range, found) in [(2..2, "2..2"), (0..7, "0..7"), (6..6, "6..6")] {
        let error = set.slice(range).unwrap_err();
        assert_eq!(
            error.rule(),
            format!(
                "slice({found}): the range must hold at least 1 example and end within the dataset"
            )
        );
        assert_eq!(error.place().unwrap().file(), file!());
    }
    assert_eq!(set.reshape([2, 2, 1]).unwrap().shape(), [2, 2, 1]);
    let error = set.reshape([3]).unwrap_err();
    assert_eq!(
        error.rule(),
        "reshape([3]): the shape must hold as many elements as an image has bytes, 4"
    );
}
