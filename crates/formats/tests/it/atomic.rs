//! A file is the old one or the whole new one, whatever happens on the way.
use crate::folder::Folder;
use bouton_array::Array;
use bouton_formats::{ErrorKind, atomic, npy};
use std::{fs, io, panic, path::Path};

#[test]
fn a_failure_leaves_the_old_file_and_nothing_else() {
    let folder = Folder::new();
    let path = folder.file("x");
    atomic::write(&path, |file| file.write_all(b"old")).unwrap();
    let failed = atomic::write(&path, |file| {
        file.write_all(&[0; 1 << 20])?;
        Err(io::Error::other("no more"))
    });
    assert_eq!(failed.unwrap_err().to_string(), "no more");
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(folder.names(), ["x"]);
    atomic::write(&path, |file| file.write_all(b"new")).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(folder.names(), ["x"]);
}

#[test]
fn asking_whether_a_file_may_be_written_leaves_nothing() {
    let folder = Folder::new();
    let path = folder.file("x");
    atomic::check_writable(&path).unwrap();
    assert_eq!(folder.names(), [""; 0]);
    fs::write(&path, b"old").unwrap();
    atomic::check_writable(&path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"old");
    let missing = folder.file("missing/x");
    assert_eq!(
        atomic::check_writable(&missing).unwrap_err().kind(),
        io::ErrorKind::NotFound
    );
    assert_eq!(
        atomic::check_writable(folder.path()).unwrap_err().kind(),
        io::ErrorKind::IsADirectory
    );
    assert_eq!(
        atomic::check_writable("").unwrap_err().kind(),
        io::ErrorKind::InvalidInput
    );
}

#[cfg(unix)]
#[test]
fn links_stay_links_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = Folder::new();
    let (real, link) = (folder.file("real"), folder.file("link"));
    fs::write(&real, b"old").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real", &link).unwrap();
    atomic::write(&link, |file| file.write_all(b"new")).unwrap();
    assert_eq!(fs::read(&real).unwrap(), b"new");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(
        fs::metadata(&real).unwrap().permissions().mode() & 0o777,
        0o640
    );
}

#[cfg(unix)]
#[test]
fn what_is_no_ordinary_file_is_neither_replaced_nor_read() {
    let null = Path::new("/dev/null");
    let error = npy::write(null, &Array::scalar(1.0f32)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::File, "{error}");
    assert!(!fs::metadata(null).unwrap().is_file());
    let error = npy::read(null).unwrap_err();
    assert_eq!(
        error.to_string(),
        "npy: open: the path must be that of an ordinary file\n  file: /dev/null"
    );
}

#[test]
fn threads_that_write_one_file_do_not_meet() {
    let folder = Folder::new();
    let path = folder.file("x");
    std::thread::scope(|scope| {
        for i in 0..4u8 {
            let path = &path;
            scope.spawn(move || {
                for _ in 0..20 {
                    atomic::write(path, |file| file.write_all(&[i; 1000])).unwrap();
                }
            });
        }
    });
    let content = fs::read(&path).unwrap();
    assert!(content.len() == 1000 && content.iter().all(|b| *b == content[0]));
    assert_eq!(folder.names(), ["x"]);
}

#[test]
fn a_panic_on_the_way_leaves_the_old_file() {
    let folder = Folder::new();
    let path = folder.file("x");
    fs::write(&path, b"old").unwrap();
    let caught =
        panic::catch_unwind(|| atomic::write(&path, |_| panic::resume_unwind(Box::new(()))));
    assert!(caught.is_err());
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(folder.names(), ["x"]);
}
