//! The examples to train and test with: a folder that was named, the published set, or built-in digits in its place.

use bouton::datasets::{self, ErrorKind, Source, Splits};
use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Built-in digits: as many to train and to test with as make a test of a second or two.
const DIGITS: (usize, usize, u64) = (20_000, 4_000, 42);

/// A set of examples and what printed results must say about it.
pub(crate) struct Examples {
    pub(crate) splits: Splits,
    /// The published set's own name, or what took its place.
    pub(crate) name: &'static str,
    /// What is put behind every printed result, with a space before it; empty for the published set.
    pub(crate) label: &'static str,
}

impl Examples {
    /// As [`label`], for a model that is tested with these.
    pub(crate) fn label_of(&self, trained_on: Option<&str>) -> String {
        let name = self.splits.test.name();
        let set = name.strip_suffix(" test").unwrap_or(name);
        self.label.to_owned() + &label(trained_on, set)
    }
}

/// What is put behind every printed result of a model that was trained on other data than `set`, with a space before it.
pub(crate) fn label(trained_on: Option<&str>, set: &str) -> String {
    match trained_on.map(|name| name.strip_suffix(" train").unwrap_or(name)) {
        Some(name) if name != set => format!(" (trained on {name})"),
        _ => String::new(),
    }
}

/// Loads `source` from `folder`, or from where it usually lies. Where that needs a network and there is none, built-in
/// digits take its place if `stand_in` allows, and a line on standard error says so.
pub(crate) fn load(
    source: &'static Source,
    folder: Option<&Path>,
    stand_in: bool,
) -> Result<Examples, Box<dyn Error>> {
    if let Some(folder) = folder {
        return Ok(given(source, source.load_from(folder)?));
    }
    match source.load() {
        Ok(splits) => Ok(given(source, splits)),
        Err(e) if stand_in && is_out_of_reach(e.kind()) => digits(source),
        Err(e) => Err(e.into()),
    }
}

/// Loads the known set that lies in `folder`, whichever it is.
pub(crate) fn load_any(folder: &Path) -> Result<Examples, Box<dyn Error>> {
    let mut first = None;
    for source in datasets::DATASETS {
        match source.load_from(folder) {
            Ok(splits) => return Ok(given(source, splits)),
            Err(e) if e.kind() == ErrorKind::WrongSet => {
                first.get_or_insert(e);
            }
            Err(e) => return Err(e.into()),
        }
    }
    match first {
        Some(e) => Err(e.into()),
        None => Err("no dataset is known".into()),
    }
}

fn given(source: &'static Source, splits: Splits) -> Examples {
    let label = if splits.published {
        ""
    } else {
        " (not the published files)"
    };
    Examples {
        splits,
        name: source.name,
        label,
    }
}

/// Nothing is here and nothing can be fetched. A folder that was named and lacks the files is the user's mistake.
fn is_out_of_reach(kind: ErrorKind) -> bool {
    let named = datasets::provided_folder().is_some();
    matches!(kind, ErrorKind::Download | ErrorKind::Missing) && !named
}

fn digits(source: &'static Source) -> Result<Examples, Box<dyn Error>> {
    let (train, test, seed) = DIGITS;
    // The results say so themselves; nobody need be there to read this.
    let _ = writeln!(
        io::stderr(),
        "no network and no local copy of {}: built-in procedural digits take its place, and every result below is theirs",
        source.name
    );
    Ok(Examples {
        splits: datasets::digits(train, test, seed)?,
        name: datasets::DIGITS,
        label: " (built-in digits)",
    })
}

/// The option that names a folder of data.
#[derive(clap::Args)]
pub(crate) struct Folder {
    /// The folder that holds the set's four files, raw or gzipped [default: in BOUTON_DATA, else downloaded once]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}
