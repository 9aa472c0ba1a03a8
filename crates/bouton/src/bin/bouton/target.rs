//! Whether a file can be written, found out before the work that fills it.

use std::error::Error;
use std::fs::{self, OpenOptions};
use std::path::Path;
use std::{io, process};

/// Refuses a target that [`save`](bouton::Trained::save) could not write. Leaves nothing behind and changes nothing.
pub fn check(path: &Path) -> Result<(), Box<dyn Error>> {
    let shown = path.display();
    let refused = |why: String| Err(format!("--save {shown}: {why}").into());
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => return refused("it is a folder; name a file in it".into()),
        Ok(found) if !found.is_file() => return refused("it is not a plain file".into()),
        Ok(found) if found.permissions().readonly() => {
            return refused("the file that is there may not be written".into());
        }
        Ok(_) => {}
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => return refused(e.to_string()),
    }
    let Some(name) = path.file_name() else {
        return refused("it names no file".into());
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // A file is written beside its target and then takes its name; whether that works, only trying tells.
    let mut probe = name.to_owned();
    probe.push(format!(".{}.probe", process::id()));
    let probe = folder.join(probe);
    match OpenOptions::new().write(true).create_new(true).open(&probe) {
        Ok(_) => Ok(fs::remove_file(&probe)?),
        Err(e) => refused(format!("cannot write in {}: {e}", folder.display())),
    }
}
