//! Where the time of a workload goes: its longest regions.

use bouton::profile::{self, ProgramReport, RegionReport};
use bouton_cpu::peak::fma_peak;
use std::fmt::Write;

/// So many regions are told.
const LONGEST: usize = 10;
/// Runs are counted for about so many microseconds.
const COUNTED: f64 = 300_000.0;

/// A table of the longest regions of the program that takes most of the time of `run`, whose one run takes `micros`.
pub(crate) fn longest(
    run: &mut dyn FnMut(usize) -> bouton::Result<()>,
    micros: f64,
) -> bouton::Result<String> {
    profile::start();
    let done = run(((COUNTED / micros.max(0.1)) as usize).clamp(3, 10_000));
    profile::stop();
    done?;
    let report = profile::report();
    let peak = fma_peak(5) * 1e9;
    Ok(report
        .programs
        .first()
        .map_or_else(String::new, |program| table(program, peak)))
}

fn table(program: &ProgramReport, peak: f64) -> String {
    let all = program.seconds();
    let runs = program.runs.max(1) as f64;
    let mut regions: Vec<&RegionReport> = program.regions.iter().collect();
    regions.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    let mut page =
        "| us | share | rate | part of | operations |\n|---|---|---|---|---|\n".to_owned();
    for r in regions.into_iter().take(LONGEST) {
        let each = r.seconds / runs;
        let rate = match r.operations > 0.0 {
            true => format!(
                "{:.1} GFLOP/s, {:.0} % of peak",
                r.operations / each / 1e9,
                100.0 * r.operations / each / peak
            ),
            false => format!("{:.1} GB/s", r.bytes / each / 1e9),
        };
        let parts = r.parts.join(", ");
        let share = 100.0 * r.seconds / all;
        let micros = each * 1e6;
        // Writing to a string does not fail.
        let _ = writeln!(
            page,
            "| {micros:.1} | {share:.1} % | {rate} | {parts} | {} |",
            r.name
        );
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_regions_come_first() {
        let region = |name: &str, seconds, operations| RegionReport {
            name: name.to_owned(),
            parts: vec!["a".to_owned(), "b backward".to_owned()],
            seconds,
            operations,
            bytes: 4e3,
        };
        let program = ProgramReport {
            runs: 2,
            regions: vec![region("add", 2e-6, 0.0), region("dot", 6e-6, 3e3)],
        };
        let lines = table(&program, 1e10);
        let lines: Vec<&str> = lines.lines().skip(2).collect();
        assert_eq!(
            lines,
            [
                "| 3.0 | 75.0 % | 1.0 GFLOP/s, 10 % of peak | a, b backward | dot |",
                "| 1.0 | 25.0 % | 4.0 GB/s | a, b backward | add |",
            ]
        );
    }
}
