//! Where datasets lie on disk: the folder that `BOUTON_DATA` names, else the user's cache folder.

use std::env;
use std::path::PathBuf;

use crate::error::{Error, Kind, Result};

/// The root that the environment variable `BOUTON_DATA` names, with one folder per set (`mnist`, `fashion-mnist`); `None` where it
/// is unset or empty. What lies there is read and never written to.
pub fn provided() -> Option<PathBuf> {
    set("BOUTON_DATA")
}

/// The user's cache folder for datasets, one folder per set below it: `$XDG_CACHE_HOME/bouton`, by default `~/.cache/bouton`; on
/// macOS `~/Library/Caches/bouton`; on Windows `%LOCALAPPDATA%\bouton`. It need not exist yet.
///
/// # Errors
/// `Missing`: the environment must tell where the user's files are.
pub fn folder() -> Result<PathBuf> {
    let base = if cfg!(windows) {
        set("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        set("HOME").map(|home| home.join("Library/Caches"))
    } else {
        // The XDG base directory specification has relative paths ignored.
        set("XDG_CACHE_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| set("HOME").map(|home| home.join(".cache")))
    };
    base.map(|base| base.join("bouton")).ok_or_else(|| {
        let variable = if cfg!(windows) {
            "LOCALAPPDATA"
        } else {
            "HOME"
        };
        Error::new(
            Kind::Missing,
            format!(
                "cache: the environment must tell where the user's files are; {variable} is not set"
            ),
        )
        .help("set it, or set BOUTON_DATA to a folder that holds the datasets")
    })
}

fn set(variable: &str) -> Option<PathBuf> {
    env::var_os(variable)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}
