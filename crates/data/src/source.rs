//! Published datasets: what one is, the table of them, and where one is looked for.

use std::path::Path;

use crate::cache;
use crate::checksum::{Check, Md5};
use crate::dataset::Splits;
use crate::error::{Error, Kind, Result};
use crate::fashion_mnist::FASHION_MNIST;
use crate::load::{self, Trust};
use crate::mnist::MNIST;

/// The published datasets, each described in a file of its own.
pub static DATASETS: &[&Source] = &[&MNIST, &FASHION_MNIST];

/// Everything that is known of a published dataset of images in IDX files.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// The name as its authors write it.
    pub name: &'static str,
    /// The name of its folder below the cache folder and below `BOUTON_DATA`.
    pub folder: &'static str,
    /// What it is, in a line.
    pub about: &'static str,
    /// The shape of an image, `[rows, columns]`.
    pub image_shape: [usize; 2],
    /// The names of the classes, by label.
    pub classes: &'static [&'static str],
    /// The examples to train with.
    pub train: Split,
    /// The examples to test with.
    pub test: Split,
    /// Addresses that, followed by a file's name and `.gz`, give the file; tried in this order.
    pub mirrors: &'static [&'static str],
    /// Where its authors describe it.
    pub homepage: &'static str,
    /// The publication to cite.
    pub citation: &'static str,
    /// The licence it is under.
    pub licence: &'static str,
}

/// One half of a published dataset.
#[derive(Clone, Copy, Debug)]
pub struct Split {
    /// How many examples it has.
    pub examples: usize,
    /// The file of its images.
    pub images: Published,
    /// The file of its labels.
    pub labels: Published,
}

/// One published file.
#[derive(Clone, Copy, Debug)]
pub struct Published {
    /// Its name when unpacked; mirrors carry it with `.gz` appended.
    pub name: &'static str,
    /// The sum of the unpacked file.
    pub raw: Md5,
    /// What a download is checked by: the sum that the authors published.
    pub check: Check,
}

impl Source {
    /// The dataset of this name or folder, in any case: `find("fashion-mnist")`.
    pub fn find(name: &str) -> Option<&'static Source> {
        DATASETS
            .iter()
            .find(|s| s.name.eq_ignore_ascii_case(name) || s.folder.eq_ignore_ascii_case(name))
            .copied()
    }

    /// Loads the set from the folder that `BOUTON_DATA` names; where that is unset, from the user's cache folder, after
    /// downloading what is not there or is damaged.
    ///
    /// # Errors
    /// As [`Source::load_from`]; `Download` where no mirror delivers, `Checksum` where what they deliver is wrong. Files that were
    /// there stay as they were.
    pub fn load(&self) -> Result<Splits> {
        if let Some(root) = cache::provided() {
            return self.load_from(root.join(self.folder)).map_err(|e| match e.kind() {
                Kind::Missing => e.help(format!(
                    "BOUTON_DATA names the root, with one folder per set ({}); unset it to download into the cache folder",
                    self.folder
                )),
                _ => e,
            });
        }
        let folder = cache::folder()?.join(self.folder);
        match load::read(self, &folder, Trust::Published) {
            Err(e)
                if matches!(
                    e.kind(),
                    Kind::Missing | Kind::Format | Kind::Checksum | Kind::WrongSet
                ) =>
            {
                self.fetch(&folder)?;
                load::read(self, &folder, Trust::Published)
            }
            result => result,
        }
    }

    /// Loads the set from a folder that holds its four files, raw or gzipped.
    ///
    /// # Errors
    /// - `Missing`: all four files must be there.
    /// - `Format`: each must be a sound IDX file with the set's counts and shape; labels must be below the number of classes.
    /// - `WrongSet`: no file may be another known set's.
    /// - `Checksum`: where one file is byte for byte the published one, all must be.
    ///
    /// Four sound files that are all unknown are taken: a drop-in replacement; [`Splits::published`] is false then.
    pub fn load_from(&self, folder: impl AsRef<Path>) -> Result<Splits> {
        load::read(self, folder.as_ref(), Trust::Given)
    }

    /// The four files: images and labels to train with, then to test with.
    pub fn files(&self) -> [&Published; 4] {
        [
            &self.train.images,
            &self.train.labels,
            &self.test.images,
            &self.test.labels,
        ]
    }

    #[cfg(feature = "download")]
    fn fetch(&self, folder: &Path) -> Result<()> {
        use crate::download::{Downloader, Wanted};

        let downloader = Downloader::default();
        for file in self.files() {
            let name = format!("{}.gz", file.name);
            let urls: Vec<String> = self.mirrors.iter().map(|m| format!("{m}{name}")).collect();
            let wanted = Wanted {
                name: &name,
                urls: &urls,
                check: file.check,
                limit: 64 << 20,
            };
            downloader.fetch(folder, &wanted).map_err(|e| {
                e.help(format!(
                    "with the files at hand, name their folder, or set BOUTON_DATA to a root that has them in {}/; they are described at {}",
                    self.folder, self.homepage
                ))
            })?;
        }
        Ok(())
    }

    #[cfg(not(feature = "download"))]
    fn fetch(&self, folder: &Path) -> Result<()> {
        Err(Error::new(
            Kind::Missing,
            format!("{}: its files must be in the cache folder, as this program was built without downloads", self.name),
        )
        .fact("folder", folder.display())
        .help("build with the feature `download`, or set BOUTON_DATA to a root that has one folder per set"))
    }
}

/// The set, other than `source`, whose published file has the sum `sum`.
pub(crate) fn other_owner(source: &Source, sum: Md5) -> Option<&'static Source> {
    DATASETS
        .iter()
        .find(|other| other.name != source.name && other.files().iter().any(|f| f.raw == sum))
        .copied()
}

/// The error for files that are not where they must be.
pub(crate) fn missing(source: &Source, folder: &Path, files: &[&str]) -> Error {
    let rule = |rule: &str| Error::new(Kind::Missing, format!("{}: {rule}", source.name));
    if !folder.is_dir() {
        let why = if folder.exists() {
            "a folder must be named; this is a file"
        } else {
            "the folder does not exist"
        };
        return rule(why).fact("folder", folder.display());
    }
    let below = folder.join(source.folder);
    let help = if below.is_dir() {
        format!("did you mean {}?", below.display())
    } else {
        "name the folder that holds the files themselves; each may end in .gz".to_owned()
    };
    rule("the folder must hold its four files, raw or gzipped")
        .fact("folder", folder.display())
        .fact("missing", files.join(", "))
        .help(help)
}
