//! Figures of other libraries, from the same machine and day.

use serde_json::Value;
use std::error::Error;
use std::fs;
use std::path::Path;

/// A peer's time of a workload.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Figure {
    pub(crate) peer: String,
    pub(crate) workload: String,
    /// Whether it is the time of a process from start to exit.
    pub(crate) whole: bool,
    pub(crate) median: f64,
}

impl Figure {
    /// Whether both are times of the same peer's for the same work.
    fn is_like(&self, other: &Figure) -> bool {
        (&self.peer, &self.workload, self.whole) == (&other.peer, &other.workload, other.whole)
    }
}

/// The best variant of every peer and workload with this number of threads, each variant by its last line. A line is a
/// JSON object with `peer`, `workload`, `variant`, `threads` and `median_us`; with `import_load_s` it also gives the time of the
/// whole process. Workloads that only lay out their data otherwise, ` (ch-last)`, are the same.
pub(crate) fn read(path: &Path, threads: usize) -> Result<Vec<Figure>, Box<dyn Error>> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    parse(&text, threads).map_err(|e| format!("{}: {e}", path.display()).into())
}

/// The peers and workloads of figures whose workload is called nothing in `names`: they would be in no table.
pub(crate) fn unknown(figures: &[Figure], names: &[&str]) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = figures
        .iter()
        .filter(|f| !names.contains(&f.workload.as_str()))
        .map(|f| (f.peer.clone(), f.workload.clone()))
        .collect();
    found.dedup();
    found
}

fn parse(text: &str, threads: usize) -> Result<Vec<Figure>, String> {
    let mut last: Vec<(String, Figure)> = vec![];
    for (i, line) in text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
    {
        let bad = |what: &str| format!("line {}: {what}", i + 1);
        let value: Value = serde_json::from_str(line).map_err(|e| bad(&e.to_string()))?;
        let word = |name: &str| {
            let word = value.get(name).and_then(Value::as_str);
            word.map(str::to_owned)
                .ok_or_else(|| bad(&format!("{name:?} must be a string")))
        };
        let number = |name: &str| {
            let number = value.get(name).and_then(Value::as_f64);
            number.ok_or_else(|| bad(&format!("{name:?} must be a number")))
        };
        if number("threads")? != threads as f64 {
            continue;
        }
        let workload = word("workload")?;
        let layout = " (ch-last)";
        let figure = Figure {
            peer: word("peer")?,
            workload: workload.trim_end_matches(layout).to_owned(),
            whole: false,
            median: number("median_us")?,
        };
        let variant = match workload.ends_with(layout) {
            true => word("variant")? + layout,
            false => word("variant")?,
        };
        let same = |(v, f): &(String, Figure)| *v == variant && f.is_like(&figure);
        last.retain(|entry| !same(entry));
        if let Some(before) = value.get("import_load_s").and_then(Value::as_f64) {
            let whole = Figure {
                whole: true,
                median: figure.median + 1e6 * before,
                ..figure.clone()
            };
            last.retain(|(v, f)| !(*v == variant && f.is_like(&whole)));
            last.push((variant.clone(), whole));
        }
        last.push((variant, figure));
    }
    let mut best: Vec<Figure> = vec![];
    for (_, figure) in last {
        match best.iter_mut().find(|f| f.is_like(&figure)) {
            Some(found) => found.median = found.median.min(figure.median),
            None => best.push(figure),
        }
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_the_best_variant_counts() {
        let line = |peer: &str, variant: &str, threads: usize, us: f64| {
            format!(
                "{{\"peer\":\"{peer}\",\"workload\":\"w\",\"variant\":\"{variant}\",\"threads\":{threads},\"median_us\":{us}}}\n"
            )
        };
        let text = line("a", "x", 2, 1.0)
            + &line("a", "x", 2, 9.0)
            + &line("a", "y", 2, 5.0)
            + &line("a", "y", 1, 1.0)
            + &line("b", "", 2, 7.0);
        let found = parse(&text, 2).unwrap();
        let figure = |peer: &str, median| Figure {
            peer: peer.into(),
            workload: "w".into(),
            whole: false,
            median,
        };
        assert_eq!(found, [figure("a", 5.0), figure("b", 7.0)]);
    }

    #[test]
    fn a_process_is_its_start_and_its_work() {
        let text = "{\"peer\":\"a\",\"workload\":\"w (ch-last)\",\"variant\":\"x\",\"threads\":2,\"median_us\":5,\"import_load_s\":1.5}";
        let found: Vec<(bool, f64)> = parse(text, 2)
            .unwrap()
            .iter()
            .map(|f| (f.whole, f.median))
            .collect();
        assert_eq!(found, [(true, 1_500_005.0), (false, 5.0)]);
        assert_eq!(parse(text, 2).unwrap()[0].workload, "w");
    }

    #[test]
    fn figures_for_nothing_are_named() {
        let line = |workload: &str| {
            format!(
                "{{\"peer\":\"a\",\"workload\":\"{workload}\",\"variant\":\"x\",\"threads\":2,\"median_us\":5,\"import_load_s\":1}}\n"
            )
        };
        let figures = parse(&(line("w (ch-last)") + &line("v")), 2).unwrap();
        let stranger = ("a".to_owned(), "v".to_owned());
        assert_eq!(unknown(&figures, &["w"]), [stranger]);
        assert_eq!(unknown(&figures, &["v", "w"]), []);
    }

    #[test]
    fn lines_that_are_something_else_are_refused() {
        for text in [
            "x",
            "{}",
            "{\"peer\":1,\"workload\":\"w\",\"variant\":\"\",\"threads\":2,\"median_us\":1}",
        ] {
            assert!(
                parse(text, 2).unwrap_err().starts_with("line 1: "),
                "{text}"
            );
        }
    }
}
