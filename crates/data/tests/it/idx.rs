//! IDX files: sound ones are read, raw and gzipped; every way to be unsound is refused in words.

use bouton_data::{Dataset, Idx, Kind};

use crate::folder::{Folder, gzip, idx};

#[test]
fn sound_files_are_read_raw_and_gzipped_whatever_their_name() {
    let bytes: Vec<u8> = (0..24).collect();
    let raw = idx(&[2, 3, 4], &bytes);
    let folder = Folder::new();
    for (name, content) in [("a.gz", raw.clone()), ("b", gzip(&raw))] {
        let path = folder.write(name, &content);
        let read = Idx::read(&path).unwrap();
        assert_eq!(read.dims(), [2, 3, 4]);
        assert_eq!(read.bytes(), bytes);
        assert_eq!(Idx::parse(name, &content).unwrap(), read);
        assert_eq!(read.into_bytes(), bytes);
    }
    let none = Idx::parse("none", &idx(&[0, 28, 28], &[])).unwrap();
    assert_eq!((none.dims(), none.bytes().len()), (&[0, 28, 28][..], 0));
    // Two gzip members one after the other are one gzip file (RFC 1952, 2.2).
    let halves = [gzip(&raw[..20]), gzip(&raw[20..])].concat();
    assert_eq!(Idx::parse("halves", &halves).unwrap().bytes(), bytes);
}

#[track_caller]
fn refused(content: &[u8], rule: &str) {
    let error = Idx::parse("x", content).unwrap_err();
    assert_eq!(error.kind(), Kind::Format, "{error}");
    assert_eq!(error.rule(), format!("idx \"x\": {rule}"));
    assert!(error.to_string().contains("\n  file: x"), "{error}");
}

#[test]
fn unsound_headers_are_refused() {
    refused(b"", "must begin with a header of 4 bytes; it ends after 0");
    refused(
        &[0, 0, 8],
        "must begin with a header of 4 bytes; it ends after 3",
    );
    refused(
        b"<html>",
        "must begin with the magic number 0x000008nn, nn being the number of axes; it begins with 0x3c68746d",
    );
    refused(
        &[0, 0, 13, 1, 0, 0, 0, 0],
        "must hold unsigned bytes (element type 0x08); it holds 32-bit floats (0x0d)",
    );
    refused(
        &[0, 0, 7, 1, 0, 0, 0, 0],
        "must hold unsigned bytes (element type 0x08); it holds an unknown type (0x07)",
    );
    refused(&[0, 0, 8, 0], "must have 1 to 8 axes; its header says 0");
    refused(
        &[0, 0, 8, 255],
        "must have 1 to 8 axes; its header says 255",
    );
    refused(
        &idx(&[2, 3], &[])[..9],
        "must begin with a header of 12 bytes; it ends after 9",
    );
    refused(
        &gzip(&idx(&[2, 3], &[])[..9]),
        "must begin with a header of 12 bytes; it ends after 9",
    );
}

#[test]
fn sizes_that_do_not_fit_the_bytes_are_refused_before_memory_is_asked_for() {
    refused(
        &idx(&[2, 2], &[1, 2, 3]),
        "must be as long as its sizes say: 16 bytes; it has 15",
    );
    refused(
        &idx(&[2, 2], &[1, 2, 3, 4, 5]),
        "must be as long as its sizes say: 16 bytes; it has 17",
    );
    let most = u32::MAX;
    refused(
        &idx(&[most], &[1]),
        "must be as long as its sizes say: 4294967303 bytes; it has 9",
    );
    refused(
        &idx(&[most, most, most], &[1]),
        "must hold fewer elements than memory can count",
    );
    refused(
        &idx(&[most, most], &[1]),
        "must be as long as its sizes say: 18446744065119617037 bytes; it has 13",
    );
    let packed = gzip(&idx(&[most, 28], &[1]));
    refused(
        &packed,
        &format!(
            "must be able to hold what its sizes say: {} bytes; {} gzipped bytes unpack to {} at most",
            u64::from(most) * 28 + 12,
            packed.len(),
            packed.len() * 1032
        ),
    );
}

#[test]
fn gzipped_files_end_where_their_sizes_say() {
    refused(
        &gzip(&idx(&[2, 2], &[1, 2, 3])),
        "must hold the 4 elements that its sizes say; it ends after 3",
    );
    refused(
        &gzip(&idx(&[2, 2], &[1, 2, 3, 4, 5])),
        "must end after the 4 elements that its sizes say; more bytes follow",
    );
}

#[test]
fn damaged_gzip_files_are_refused() {
    let bytes: Vec<u8> = (0..10_000u32).map(|i| ((i * i) >> 7) as u8).collect();
    let packed = gzip(&idx(&[100, 100], &bytes));
    let is_refused = |content: &[u8], what: &str| {
        let error = Idx::parse("x", content).unwrap_err();
        assert_eq!(error.kind(), Kind::Format, "{what}: {error}");
        error.to_string()
    };
    for cut in [3, 11, 200, packed.len() - 9, packed.len() - 1] {
        let message = is_refused(&packed[..cut], "cut");
        assert!(message.contains("must be a sound gzip file"), "{message}");
        assert!(message.contains("help: the file is damaged"), "{message}");
    }
    let mut wrong_sum = packed.clone();
    let at = packed.len() - 8;
    wrong_sum[at] ^= 1;
    is_refused(&wrong_sum, "wrong checksum");
    let trailing = [&packed[..], b"more"].concat();
    is_refused(&trailing, "bytes after the gzip stream");
    // Whatever bit is turned over, the content is never taken for another.
    for at in (10..packed.len()).step_by(97) {
        let mut damaged = packed.clone();
        damaged[at] ^= 0x10;
        if let Ok(read) = Idx::parse("x", &damaged) {
            assert_eq!(read.bytes(), bytes, "byte {at}");
        }
    }
}

#[test]
fn files_that_cannot_be_read_are_file_errors_that_name_them() {
    let folder = Folder::new();
    let absent = folder.path().join("absent");
    let error = Idx::read(&absent).unwrap_err();
    assert_eq!(error.kind(), Kind::File);
    assert!(
        error.to_string().contains(absent.to_str().unwrap()),
        "{error}"
    );
    let error = Idx::read(folder.path()).unwrap_err();
    assert_eq!(error.kind(), Kind::Format, "{error}");
    assert!(
        error.rule().ends_with("must be an ordinary file"),
        "{error}"
    );
}

#[test]
fn a_dataset_is_made_of_two_files() {
    let folder = Folder::new();
    let images = folder.write("images", &idx(&[3, 2, 2], &(0..12).collect::<Vec<u8>>()));
    let labels = folder.write("labels", &gzip(&idx(&[3], &[0, 1, 1])));
    let set = Dataset::from_idx(&images, &labels, &["no", "yes"]).unwrap();
    assert_eq!(set.len(), 3);
    assert_eq!(set.image_shape(), [2, 2]);
    assert_eq!(set.shape(), [4]);
    assert_eq!(set.image(1), Some(&[4, 5, 6, 7][..]));
    assert_eq!(set.image(3), None);
    assert_eq!(set.labels(), [0, 1, 1]);
    assert_eq!(set.classes(), ["no", "yes"]);

    let error = Dataset::from_idx(&images, &labels, &["only"]).unwrap_err();
    assert_eq!(
        error.rule(),
        "dataset \"images\": a label must be below the number of classes, 1; label 1 is 1"
    );
    let error = Dataset::from_idx(&labels, &images, &["a", "b"]).unwrap_err();
    assert_eq!(error.kind(), Kind::Format, "{error}");
    assert_eq!(error.place().unwrap().file(), file!());
}
