//! Whether a file can be written, found out before the work that fills it.

use bouton::nn::file;
use std::error::Error;
use std::fs;
use std::path::Path;

/// Refuses a target that a model could not be saved to, and one that it must not replace. Changes nothing.
pub(crate) fn check(path: &Path) -> Result<(), Box<dyn Error>> {
    let refused = |why: &str| Err(format!("--save {}: {why}", path.display()).into());
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => return refused("it is a folder; name a file in it"),
        Ok(found) if !found.is_file() => return refused("it is not a plain file"),
        Ok(found) if found.permissions().readonly() => {
            return refused("the file that is there may not be written");
        }
        _ if path.file_name().is_none() => return refused("it names no file"),
        Err(_)
            if path
                .parent()
                .is_some_and(|p| p != Path::new("") && !p.exists()) =>
        {
            return refused("the folder does not exist");
        }
        _ => {}
    }
    // Whether a new file can be written there, only trying tells.
    file::check_writable(path).map_err(|e| format!("--save {e}").into())
}
