//! The text files of a workspace, and what a rule says about one of them.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

/// What holds no source of ours; `.git` is a file in a second working tree.
const SKIPPED: &[&str] = &[".git", "target"];

/// All text files of a workspace, sorted by path.
#[derive(Debug, Default)]
pub struct Tree {
    /// The files.
    pub files: Vec<File>,
}

/// One text file.
#[derive(Debug)]
pub struct File {
    /// From the root of the workspace, with `/` between the parts.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// A rule that a file does not keep.
#[derive(Debug, PartialEq, Eq)]
pub struct Breach {
    /// The file.
    pub path: String,
    /// The line, counted from 1; 0 where the whole file is meant.
    pub line: usize,
    /// The rule in words, and what was found.
    pub rule: String,
}

impl Tree {
    /// Reads a workspace from disk. Files that are not UTF-8 are left out.
    ///
    /// # Errors
    /// What the operating system refuses to read.
    pub fn read(root: &Path) -> io::Result<Tree> {
        let mut tree = Tree::default();
        tree.add(root, "")?;
        tree.files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(tree)
    }

    /// A tree of these paths and texts.
    pub fn of<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Tree {
        let file = |(path, text): (&str, &str)| File {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        Tree {
            files: files.into_iter().map(file).collect(),
        }
    }

    /// The file at this path.
    pub fn find(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// The files of Rust source.
    pub fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".rs"))
    }

    fn add(&mut self, folder: &Path, prefix: &str) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{prefix}{name}");
            if SKIPPED.contains(&name.as_str()) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                self.add(&entry.path(), &format!("{path}/"))?;
            } else if let Ok(text) = String::from_utf8(fs::read(entry.path())?) {
                self.files.push(File { path, text });
            }
        }
        Ok(())
    }
}

impl File {
    /// The file's name without its folders and without `.rs`.
    pub fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.strip_suffix(".rs").unwrap_or(name)
    }

    /// The names of the folders it is in, outermost first.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        let end = self.path.rfind('/').unwrap_or(0);
        self.path[..end].split('/').filter(|part| !part.is_empty())
    }

    /// What a rule says about one line of it.
    pub fn breach(&self, line: usize, rule: impl Into<String>) -> Breach {
        Breach {
            path: self.path.clone(),
            line,
            rule: rule.into(),
        }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.rule),
            line => write!(f, "{}:{line}: {}", self.path, self.rule),
        }
    }
}

/// What a file of this text does wrong by `rule`: the lines, for tests.
#[cfg(test)]
pub(crate) fn lines(rule: impl Fn(&Tree) -> Vec<Breach>, path: &str, text: &str) -> Vec<usize> {
    let found = rule(&Tree::of([(path, text)]));
    found.iter().map(|breach| breach.line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_taken_apart() {
        let tree = Tree::of([("crates/tensor/src/ops/add.rs", "")]);
        let file = tree.find("crates/tensor/src/ops/add.rs").unwrap();
        assert_eq!(file.stem(), "add");
        let folders: Vec<&str> = file.folders().collect();
        assert_eq!(folders, ["crates", "tensor", "src", "ops"]);
        assert_eq!(
            file.breach(3, "no").to_string(),
            "crates/tensor/src/ops/add.rs:3: no"
        );
        assert_eq!(
            file.breach(0, "no").to_string(),
            "crates/tensor/src/ops/add.rs: no"
        );
    }
}
