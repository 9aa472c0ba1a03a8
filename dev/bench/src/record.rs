//! What a run found, printed and kept: with the machine, the commit and the peers' figures.

use crate::measure::Time;
use crate::peers::Figure;
use crate::workloads::Workload;
use std::fmt::{self, Write as _};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

/// A run of the benches.
pub(crate) struct Record {
    threads: usize,
    /// The most that was measured, in GFLOP/s.
    pub(crate) peak: f64,
    /// How busy the machine was before.
    load: Option<String>,
    peers: Vec<Figure>,
    rows: Vec<Row>,
}

/// The variant of a row that times a process from start to exit.
pub(crate) const WHOLE: &str = "whole process";

/// A time that was taken.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) variant: String,
    pub(crate) time: Time,
    /// What it is held to, in microseconds; 0 where there is no goal.
    pub(crate) goal: f64,
    pub(crate) flops: f64,
    pub(crate) bytes: f64,
    pub(crate) note: String,
    /// How much longer it takes than where sums are cut by the number of threads, in percent, if that was timed.
    pub(crate) cost: Option<f64>,
    /// The longest regions of the program, as a table; empty if nobody asked.
    pub(crate) longest: String,
    /// Whether the machine gave all before and after.
    pub(crate) steady: bool,
}

impl Row {
    /// A time alone.
    pub(crate) fn new(name: &str, time: Time) -> Row {
        Row {
            name: name.to_owned(),
            variant: String::new(),
            time,
            goal: 0.0,
            flops: 0.0,
            bytes: 0.0,
            note: String::new(),
            cost: None,
            longest: String::new(),
            steady: true,
        }
    }

    /// Whether there is a goal and it takes longer.
    pub(crate) fn misses_its_goal(&self) -> bool {
        self.goal > 0.0 && self.time.median > self.goal
    }

    /// Of a workload.
    pub(crate) fn of(workload: &Workload, time: Time) -> Row {
        Row {
            variant: workload.variant.to_owned(),
            goal: workload.goal,
            flops: workload.flops,
            bytes: workload.bytes,
            ..Row::new(workload.name, time)
        }
    }

    /// This time as a share of another, such as a goal; `-` where there is none.
    fn share(&self, of: f64) -> String {
        match of > 0.0 {
            true => format!("{:.2}", self.time.median / of),
            false => "-".to_owned(),
        }
    }

    /// GFLOP/s with the share of the peak, or GB/s, and what else is to be said.
    fn rate(&self, peak: f64) -> String {
        let per_second = |amount: f64| amount / self.time.median / 1e3;
        let rate = match (self.flops > 0.0, self.bytes > 0.0) {
            (true, _) => {
                let rate = per_second(self.flops);
                format!("{rate:.1} GFLOP/s, {:.0} %", 100.0 * rate / peak)
            }
            (false, true) => format!("{:.1} GB/s", per_second(self.bytes)),
            (false, false) => self.note.clone(),
        };
        match self.steady {
            true => rate,
            false => rate + " (the machine gave less than before)",
        }
    }
}

impl Record {
    /// A run without rows yet.
    pub(crate) fn new(threads: usize, peak: f64, peers: Vec<Figure>) -> Record {
        Record {
            threads,
            peak,
            load: load(),
            peers,
            rows: vec![],
        }
    }

    /// Prints a row and keeps it.
    pub(crate) fn add(&mut self, row: Row) {
        let Time { median, min, max } = row.time;
        let rate = row.rate(self.peak);
        let mut shares = String::new();
        if row.goal > 0.0 {
            shares += &format!("  {} of the goal", row.share(row.goal));
        }
        if let Some(best) = self.best_peer(&row) {
            shares += &format!("  {} of {}", row.share(best.median), best.peer);
        }
        if let Some(cost) = row.cost {
            shares += &format!("  reproducibility costs {cost:.1} %");
        }
        println!(
            "{:32} {:14} {median:11.1} us  (from {min:.1} to {max:.1})  {rate}{shares}",
            row.name, row.variant
        );
        print!("{}", row.longest);
        self.rows.push(row);
    }

    /// What a peer needs for the same.
    fn peer(&self, peer: &str, row: &Row) -> Option<&Figure> {
        let same = |f: &&Figure| {
            f.peer == peer && f.workload == row.name && f.whole == (row.variant == WHOLE)
        };
        self.peers.iter().find(same)
    }

    /// The quickest peer.
    fn best_peer(&self, row: &Row) -> Option<&Figure> {
        let names = self.peers.iter().map(|f| f.peer.as_str());
        let figures = names.filter_map(|peer| self.peer(peer, row));
        figures.min_by(|a, b| a.median.total_cmp(&b.median))
    }

    /// Appends the run to the day's file of this machine; nothing that is there is changed.
    pub(crate) fn write(&self, folder: &Path) -> io::Result<PathBuf> {
        fs::create_dir_all(folder)?;
        let name: String = processor()
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() {
                    c.to_ascii_lowercase()
                } else {
                    '-'
                }
            })
            .collect();
        let name: Vec<&str> = name.split('-').filter(|part| !part.is_empty()).collect();
        let path = folder.join(format!("{}-{}.md", today(), name.join("-")));
        let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
        file.write_all(self.page().as_bytes())?;
        Ok(path)
    }

    fn page(&self) -> String {
        let mut peers: Vec<&str> = self.peers.iter().map(|f| f.peer.as_str()).collect();
        peers.sort_unstable();
        peers.dedup();
        let mut page = format!(
            "## {self}\n\n| workload | call | median us | min | max | rate | goal us | of goal | of the best peer |"
        );
        let relaxed = self.rows.iter().any(|row| row.cost.is_some());
        let column = relaxed.then(|| "reproducibility costs".to_owned());
        let line = |page: &mut String, cells: &[String]| {
            for cell in cells {
                // Writing to a string does not fail.
                let _ = write!(page, " {cell} |");
            }
            page.push('\n');
        };
        line(
            &mut page,
            &column
                .into_iter()
                .chain(peers.iter().map(|p| format!("{p} us")))
                .collect::<Vec<_>>(),
        );
        page.push_str("|---|---|---|---|---|---|---|---|---|");
        page.push_str(&"---|".repeat(usize::from(relaxed) + peers.len()));
        page.push('\n');
        for row in &self.rows {
            let Time { median, min, max } = row.time;
            let rate = row.rate(self.peak);
            page.push('|');
            let mut cells = vec![row.name.clone(), row.variant.clone()];
            cells.extend([median, min, max].map(|us| format!("{us:.1}")));
            cells.push(rate);
            cells.push(match row.goal > 0.0 {
                true => format!("{}", row.goal),
                false => "-".to_owned(),
            });
            cells.push(row.share(row.goal));
            let best = self.best_peer(row);
            cells.push(row.share(best.map_or(0.0, |f| f.median)));
            if relaxed {
                cells.push(
                    row.cost
                        .map_or("-".to_owned(), |cost| format!("{cost:.1} %")),
                );
            }
            cells.extend(peers.iter().map(|peer| {
                let figure = self.peer(peer, row);
                figure.map_or("-".to_owned(), |f| format!("{:.1}", f.median))
            }));
            line(&mut page, &cells);
        }
        page.push('\n');
        for row in self.rows.iter().filter(|row| !row.longest.is_empty()) {
            let micros = row.time.median;
            let _ = writeln!(
                page,
                "Where the {micros:.1} us of {} go:\n\n{}",
                row.name, row.longest
            );
        }
        page
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Record {
            threads,
            peak,
            load,
            ..
        } = self;
        let (isa, commit) = (
            bouton::isa().name(),
            commit().unwrap_or_else(|| "unknown".to_owned()),
        );
        let plural = if *threads == 1 { "" } else { "s" };
        write!(
            f,
            "{} on {}: commit {commit}, {threads} thread{plural}, {isa}, ",
            today(),
            processor()
        )?;
        write!(f, "measured peak {peak:.0} GFLOP/s")?;
        // Times taken while others compute say little.
        load.as_ref()
            .map_or(Ok(()), |load| write!(f, ", load {load} before the run"))
    }
}

fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|line| {
        line.strip_prefix("model name")?
            .split_once(':')
            .map(|(_, name)| name.trim())
    });
    name.unwrap_or(std::env::consts::ARCH).to_owned()
}

/// How many threads of all processes wanted to run, on average over the last minute.
fn load() -> Option<String> {
    let averages = fs::read_to_string("/proc/loadavg").ok()?;
    averages.split(' ').next().map(str::to_owned)
}

/// The commit, with a `+` where files differ from it.
fn commit() -> Option<String> {
    let git = |args: &[&str]| {
        let output = Command::new("git")
            .args(args)
            .output()
            .ok()
            .filter(|o| o.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let hash = git(&["rev-parse", "--short", "HEAD"])?;
    let changed = git(&["status", "--porcelain", "--untracked-files=no"])?;
    Some(if changed.is_empty() {
        hash
    } else {
        format!("{hash}+")
    })
}

/// The date in UTC, `2026-11-21`.
fn today() -> String {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_secs());
    date((seconds / 86_400) as i64)
}

/// The date so many days after 1970-01-01. H. Hinnant, chrono-compatible low-level date algorithms, 2013.
fn date(days: i64) -> String {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_dates() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(19_782), "2024-02-29");
        assert_eq!(date(20_778), "2026-11-21");
    }

    #[test]
    fn a_page_has_the_peers_beside_the_rows() {
        let figure = Figure {
            peer: "other".into(),
            workload: "w".into(),
            whole: false,
            median: 20.0,
        };
        let mut record = Record::new(2, 200.0, vec![figure]);
        let time = Time {
            median: 10.0,
            min: 9.0,
            max: 11.0,
        };
        record.add(Row {
            variant: "jit".into(),
            goal: 8.0,
            flops: 1e6,
            ..Row::new("w", time)
        });
        let page = record.page();
        let lines: Vec<&str> = page.lines().skip(2).collect();
        assert_eq!(
            lines[0],
            "| workload | call | median us | min | max | rate | goal us | of goal | of the best peer | other us |"
        );
        assert_eq!(lines[1], "|---|---|---|---|---|---|---|---|---|---|");
        assert_eq!(
            lines[2],
            "| w | jit | 10.0 | 9.0 | 11.0 | 100.0 GFLOP/s, 50 % | 8 | 1.25 | 0.50 | 20.0 |"
        );
    }

    #[test]
    fn a_page_has_what_else_was_asked_for() {
        let time = Time {
            median: 10.0,
            min: 9.0,
            max: 11.0,
        };
        let mut record = Record::new(2, 200.0, vec![]);
        record.add(Row {
            cost: Some(1.25),
            longest: "| a table |\n".into(),
            ..Row::new("w", time)
        });
        record.add(Row::new("v", time));
        let page = record.page();
        let lines: Vec<&str> = page.lines().skip(2).collect();
        assert!(lines[0].ends_with("| of the best peer | reproducibility costs |"));
        assert_eq!(lines[1], "|---|---|---|---|---|---|---|---|---|---|");
        assert_eq!(
            lines[2..],
            [
                "| w |  | 10.0 | 9.0 | 11.0 |  | - | - | - | 1.2 % |",
                "| v |  | 10.0 | 9.0 | 11.0 |  | - | - | - | - |",
                "",
                "Where the 10.0 us of w go:",
                "",
                "| a table |",
                "",
            ]
        );
    }
}
