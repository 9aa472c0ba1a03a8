//! Where the time of compiled programs goes: each region's time, and what of the machine that was; a trace of all runs.
//!
//! Off, it costs one look at a flag for each run of a program.

use crate::{
    peak::fma_peak,
    region::{Region, Regions},
};
use std::{
    collections::HashSet,
    fmt, fs,
    io::{self, Write},
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, Once, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// A trace keeps no more regions than this.
const MOST_EVENTS: usize = 1 << 20;

static ON: AtomicBool = AtomicBool::new(false);
static PROGRAMS: Mutex<Vec<Arc<Program>>> = Mutex::new(vec![]);
static EVENTS: Mutex<Vec<Event>> = Mutex::new(vec![]);

/// Counts from now on, what was counted before forgotten.
pub fn start() {
    for program in lock(&PROGRAMS).drain(..) {
        program.forget();
    }
    lock(&EVENTS).clear();
    first_moment();
    ON.store(true, Relaxed);
}

/// Counts no more; [`report`] still tells what was counted.
pub fn stop() {
    ON.store(false, Relaxed);
}

/// Whether runs are counted.
pub fn is_on() -> bool {
    ON.load(Relaxed)
}

/// What was counted since [`start`]. Measures the peak of this machine, which takes a moment.
pub fn report() -> Report {
    let programs = lock(&PROGRAMS);
    let mut all: Vec<ProgramReport> = programs.iter().map(|p| p.report()).collect();
    all.sort_by(|a, b| b.seconds().total_cmp(&a.seconds()));
    Report {
        programs: all,
        peak: fma_peak(5) * 1e9,
    }
}

/// Writes when each region ran, in the trace event format that Perfetto and browsers show (ui.perfetto.dev). The first
/// million regions are kept.
///
/// # Errors
/// The file cannot be written.
pub fn write_trace(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref();
    let beside = path.with_extension("partial");
    let mut file = io::BufWriter::new(fs::File::create(&beside)?);
    write!(file, "{{\"displayTimeUnit\":\"ns\",\"traceEvents\":[")?;
    for (i, e) in lock(&EVENTS).iter().enumerate() {
        let region = &e.program.regions[e.region];
        let name = match region.parts.is_empty() {
            true => json(&region.name),
            false => json(&format!("{}: {}", listed(&region.parts), region.name)),
        };
        let comma = if i == 0 { "" } else { "," };
        let (start, length) = (e.start.as_secs_f64() * 1e6, e.length.as_secs_f64() * 1e6);
        let thread = e.thread;
        writeln!(
            file,
            "{comma}\n{{\"name\":{name},\"ph\":\"X\",\"pid\":1,\"tid\":{thread},\"ts\":{start:.3},\"dur\":{length:.3}}}"
        )?;
    }
    write!(file, "]}}")?;
    file.into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()?;
    fs::rename(beside, path)
}

/// Programs, the one that took most time first. Prints as a table for each.
#[derive(Clone, Debug)]
pub struct Report {
    /// The programs that ran.
    pub programs: Vec<ProgramReport>,
    /// Operations of `f32` a second that this machine was seen to do at most: a fused multiply-add is two.
    pub peak: f64,
}

/// A program that ran.
#[derive(Clone, Debug)]
pub struct ProgramReport {
    /// How often.
    pub runs: u64,
    /// In the order in which they run.
    pub regions: Vec<RegionReport>,
}

/// A region of a program: what runs as a whole.
#[derive(Clone, Debug)]
pub struct RegionReport {
    /// The operations inside.
    pub name: String,
    /// What they are part of: layers by name, their gradients as `name backward`, the loss, the optimizer.
    pub parts: Vec<String>,
    /// Seconds of all runs together.
    pub seconds: f64,
    /// Multiplications and additions of matrix products, for each run.
    pub operations: f64,
    /// Bytes of the arrays it reads and writes, for each run.
    pub bytes: f64,
}

impl ProgramReport {
    /// Seconds of all runs of all regions together.
    pub fn seconds(&self) -> f64 {
        self.regions.iter().map(|r| r.seconds).sum()
    }
}

/// Programs that take less than this share of all time are not shown one by one.
const SHOWN: f64 = 0.002;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.programs.is_empty() {
            return writeln!(f, "no compiled program ran");
        }
        let all: f64 = self.programs.iter().map(ProgramReport::seconds).sum();
        let (shown, others): (Vec<_>, Vec<_>) = self
            .programs
            .iter()
            .partition(|p| p.seconds() >= SHOWN * all);
        for program in shown {
            program.write(self.peak, f)?;
        }
        if !others.is_empty() {
            let seconds: f64 = others.iter().map(|p| p.seconds()).sum();
            let plural = if others.len() == 1 { "" } else { "s" };
            writeln!(f, "{} program{plural} more, {seconds:.3} s", others.len())?;
        }
        Ok(())
    }
}

impl ProgramReport {
    fn write(&self, peak: f64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (all, runs) = (self.seconds(), self.runs.max(1) as f64);
        let each = all / runs * 1e6;
        writeln!(f, "{} runs of {each:.1} us, {all:.3} s", self.runs)?;
        let ran: Vec<_> = self.regions.iter().filter(|r| r.seconds > 0.0).collect();
        let parts: Vec<String> = ran.iter().map(|r| listed(&r.parts)).collect();
        let wide = parts.iter().map(|p| p.chars().count()).max().unwrap_or(0);
        for (r, parts) in ran.into_iter().zip(parts) {
            let each = r.seconds / runs;
            let (micros, share) = (each * 1e6, 100.0 * r.seconds / all);
            let rate = if r.operations > 0.0 {
                let share = 100.0 * r.operations / each / peak;
                let rate = r.operations / each / 1e9;
                format!("{rate:8.1} GFLOP/s {share:3.0} % of peak")
            } else {
                format!("{:8.1} GB/s", r.bytes / each / 1e9)
            };
            let line = format!("{micros:9.1} us {share:5.1} % {rate:30}  {parts:wide$}");
            writeln!(f, "{line}  {}", r.name)?;
        }
        Ok(())
    }
}

/// What is counted of a program.
pub(crate) struct Program {
    regions: Vec<Counted>,
    runs: AtomicU64,
    listed: Mutex<bool>,
}

struct Counted {
    name: String,
    parts: Vec<String>,
    operations: f64,
    bytes: f64,
    nanoseconds: AtomicU64,
}

struct Event {
    program: Arc<Program>,
    region: usize,
    thread: u64,
    start: Duration,
    length: Duration,
}

impl Program {
    pub(crate) fn new(regions: &Regions) -> Arc<Program> {
        let counted = regions.regions.iter().map(|r| Counted {
            name: r.name(&regions.types),
            parts: parts(r, regions),
            operations: r.operations(),
            bytes: bytes(r, regions),
            nanoseconds: AtomicU64::new(0),
        });
        Arc::new(Program {
            regions: counted.collect(),
            runs: AtomicU64::new(0),
            listed: Mutex::new(false),
        })
    }

    /// Counts a run that begins.
    pub(crate) fn run(self: &Arc<Program>) {
        self.runs.fetch_add(1, Relaxed);
        let mut listed = lock(&self.listed);
        if !std::mem::replace(&mut *listed, true) {
            lock(&PROGRAMS).push(self.clone());
        }
    }

    /// Counts region `region`, which began at `start` and is done.
    pub(crate) fn region(self: &Arc<Program>, region: usize, start: Instant) {
        let length = start.elapsed();
        self.regions[region]
            .nanoseconds
            .fetch_add(length.as_nanos() as u64, Relaxed);
        let mut events = lock(&EVENTS);
        if events.len() < MOST_EVENTS {
            events.push(Event {
                program: self.clone(),
                region,
                thread: thread_number(),
                start: start.saturating_duration_since(first_moment()),
                length,
            });
        }
    }

    fn forget(&self) {
        *lock(&self.listed) = false;
        self.runs.store(0, Relaxed);
        for r in &self.regions {
            r.nanoseconds.store(0, Relaxed);
        }
    }

    fn report(&self) -> ProgramReport {
        let regions = self.regions.iter().map(|r| RegionReport {
            name: r.name.clone(),
            parts: r.parts.clone(),
            seconds: r.nanoseconds.load(Relaxed) as f64 / 1e9,
            operations: r.operations,
            bytes: r.bytes,
        });
        ProgramReport {
            runs: self.runs.load(Relaxed),
            regions: regions.collect(),
        }
    }
}

/// Bytes of the arrays that a region reads and writes, each counted once.
fn bytes(region: &Region, regions: &Regions) -> f64 {
    let (types, stored) = (&regions.types, &regions.stored);
    let written = region.results().into_iter().filter(|&v| stored[v]);
    let arrays: HashSet<usize> = region.reads().into_iter().chain(written).collect();
    arrays.into_iter().map(|v| types[v].bytes() as f64).sum()
}

/// What a region's operations are part of, each once; `adam` only where no part of it is named, such as `adam/kernel`.
fn parts(region: &Region, regions: &Regions) -> Vec<String> {
    let labels = region.results().into_iter().map(|v| &regions.labels[v]);
    let mut parts: Vec<String> = vec![];
    for label in labels.filter(|l| !l.is_empty()) {
        let label = label.to_string();
        if !parts.contains(&label) {
            parts.push(label);
        }
    }
    let all = parts.clone();
    let inner = |part: &str, whole: &str| {
        part.strip_prefix(whole)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    parts.retain(|whole| !all.iter().any(|part| inner(part, whole)));
    parts
}

/// A line tells so many parts.
const LISTED: usize = 3;

fn listed(parts: &[String]) -> String {
    match parts.len().saturating_sub(LISTED) {
        0 => parts.join(", "),
        more => format!("{} and {more} more", parts[..LISTED].join(", ")),
    }
}

/// A string of JSON.
fn json(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c < ' ' => quoted += &format!("\\u{:04x}", c as u32),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn first_moment() -> Instant {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    *FIRST.get_or_init(Instant::now)
}

/// A small number for the calling thread.
fn thread_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    thread_local!(static NUMBER: u64 = NEXT.fetch_add(1, Relaxed));
    NUMBER.with(|n| *n)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `BOUTON_PROFILE=1`: counts from the first program on. Read once.
pub(crate) fn heed_environment() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if std::env::var_os("BOUTON_PROFILE").is_some_and(|v| v == "1") {
            start();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use bouton_array::{Array, DType, Type};
    use bouton_ir::{Binary, Builder, Dot, Form, Label};

    #[test]
    fn runs_are_counted_by_region_and_traced() {
        let (a, b) = (
            Type::new(DType::F32, [101, 37]),
            Type::new(DType::F32, [37, 53]),
        );
        let y = Type::new(DType::F32, [101, 53]);
        let mut builder = Builder::new(vec![a.clone(), b.clone()]);
        let x = builder.inputs();
        let contract = Dot {
            batch: vec![],
            contract: vec![(1, 0)],
        };
        builder.label(Label::default().part("in \"quotes\"").part("product"));
        let product = builder.one(Form::Dot(contract), &x, &y);
        builder.label(Label::default());
        let turned = Type::new(DType::F32, [53, 101]);
        let across = Form::Transpose {
            permutation: vec![1, 0],
        };
        let across = builder.one(across, &[product], &turned);
        let sum = builder.one(Form::Binary(Binary::Add), &[across, across], &turned);
        let program = crate::compile(&builder.finish(vec![sum]), &[false; 2]).unwrap();
        let run = || {
            let mut inputs = [&a, &b].map(|t| Array::from_bytes(t, &vec![0; t.bytes()]).unwrap());
            program.run(&mut inputs, &mut vec![]);
        };
        run();
        start();
        (0..3).for_each(|_| run());
        stop();
        run();
        let report = report();
        let mine = |p: &&ProgramReport| p.regions[0].name == "dot 101 x 37 x 53";
        let found = report.programs.iter().find(mine).unwrap();
        assert_eq!((found.runs, found.regions.len()), (3, 2));
        let [dot, sum] = &found.regions[..] else {
            unreachable!("two regions")
        };
        assert_eq!(dot.operations, 2.0 * 101.0 * 37.0 * 53.0);
        assert_eq!(sum.name, "loop over 5353: add");
        assert_eq!(
            (&dot.parts[..], &sum.parts[..]),
            (&["in \"quotes\"/product".to_owned()][..], &[][..])
        );
        assert_eq!(sum.bytes, 2.0 * 4.0 * 5353.0);
        assert!(dot.seconds > 0.0 && sum.seconds > 0.0 && report.peak > 0.0);
        let text = report.to_string();
        assert!(
            text.contains("3 runs of ") && text.contains("GB/s"),
            "{text}"
        );

        let path = std::env::temp_dir().join(format!("bouton-trace-{}.json", std::process::id()));
        write_trace(&path).unwrap();
        let trace = fs::read_to_string(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(
            trace
                .matches(r#"{"name":"in \"quotes\"/product: dot 101 x 37 x 53","ph":"X""#)
                .count(),
            3
        );
        assert!(trace.starts_with("{\"displayTimeUnit\"") && trace.ends_with("]}"));
    }
}
