//! A folder to run the command in, without a network and without datasets, and what is looked at there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// An empty folder that goes away.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Folder {
        let path =
            std::env::temp_dir().join(format!("bouton-command-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bouton"));
        command.args(arguments).current_dir(&self.0);
        for variable in [
            "BOUTON_DATA",
            "BOUTON_CHECK",
            "BOUTON_COMPILER",
            "BOUTON_ISA",
            "BOUTON_PROFILE",
            "BOUTON_PANIC",
            "BOUTON_THREADS",
            "NO_PROXY",
            "no_proxy",
        ] {
            command.env_remove(variable);
        }
        // Nothing listens there: whatever is to be fetched cannot be.
        for variable in [
            "HTTPS_PROXY",
            "https_proxy",
            "HTTP_PROXY",
            "http_proxy",
            "ALL_PROXY",
            "all_proxy",
        ] {
            command.env(variable, "http://127.0.0.1:9");
        }
        command
            .env("XDG_CACHE_HOME", &self.0)
            .env("HOME", &self.0)
            .env("LOCALAPPDATA", &self.0);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What the system keeps, it cleans up itself.
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(crate) fn last_line(output: &Output) -> String {
    text(&output.stdout).lines().last().unwrap_or("").to_owned()
}

/// A picture of a digit as somebody might have drawn it: large, dark on light, not in the middle.
pub(crate) fn draw(path: &Path, digit: &[u8]) {
    let grey = |x: i32, y: i32| match ((x - 150).div_euclid(8), (y - 20).div_euclid(8)) {
        (x @ 0..28, y @ 0..28) => 255 - digit[(y * 28 + x) as usize],
        _ => 255,
    };
    let values: Vec<u8> = (0..300)
        .flat_map(|y| (0..400).map(move |x| grey(x, y)))
        .collect();
    let mut encoder = png::Encoder::new(fs::File::create(path).unwrap(), 400, 300);
    encoder.set_color(png::ColorType::Grayscale);
    encoder
        .write_header()
        .unwrap()
        .write_image_data(&values)
        .unwrap();
}
