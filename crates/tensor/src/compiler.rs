//! Where compilers plug in: the compiled CPU path, the reference evaluation, and others from outside.
use crate::{Array, Error, ErrorKind, Graph, Result, Type, environment};
use bouton_cpu as cpu;
use bouton_ir as ir;
use std::{
    collections::HashMap,
    ffi::OsString,
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError, RwLock},
};

/// Turns a closed function into something that runs.
pub trait Compiler: Send + Sync {
    /// The name by which `BOUTON_COMPILER` and messages know it.
    fn name(&self) -> &str;

    /// Compiles `graph`; `donated[i]` says that input `i` may be overwritten (missing entries: may not).
    ///
    /// # Errors
    /// What it cannot do.
    fn compile(&self, graph: &Graph, donated: &[bool]) -> Result<Arc<dyn Executable>>;
}

/// A compiled function. May be run by several threads at the same time.
pub trait Executable: Send + Sync {
    /// Computes all outputs from `inputs`.
    ///
    /// A donated input that nobody else holds may be taken and overwritten. `outputs` is filled with one array
    /// for each output; arrays of the right type that it holds already, and nobody else, are written over, so
    /// that a loop which hands back old arrays allocates nothing.
    ///
    /// # Errors
    /// A device that fails.
    fn run(&self, inputs: &mut [Array], outputs: &mut Vec<Option<Array>>) -> Result<()>;

    /// What it needs of memory.
    fn memory_report(&self) -> MemoryReport;

    /// The same for runs whose last inputs are `constants`: what depends on them alone may be made now, once. Runs are
    /// given them as before, and with others still give what they should. None where nothing is gained.
    fn with_constants(&self, constants: &[Array]) -> Option<Arc<dyn Executable>> {
        let _ = constants;
        None
    }
}

/// What a compiled function needs of memory, in bytes; known before it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryReport {
    /// All inputs.
    pub inputs: usize,
    /// Outputs that do not take the place of a donated input.
    pub outputs: usize,
    /// Outputs that take the place of a donated input.
    pub in_place: usize,
    /// The arena that all intermediate values share.
    pub arena: usize,
    /// The largest sum of intermediate values alive at one time.
    pub live: usize,
    /// Every intermediate value that is stored, with the bytes it takes.
    pub values: Vec<(Type, usize)>,
    /// Copies of captured tensors, packed once for the products that read them.
    pub packed: usize,
}

impl MemoryReport {
    /// The most memory in use at any time: inputs, their packed copies, fresh outputs and the arena.
    pub fn peak(&self) -> usize {
        self.inputs + self.packed + self.outputs + self.arena
    }
}

impl fmt::Display for MemoryReport {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(f, "peak      {:>12} bytes", self.peak())?;
        writeln!(
            f,
            "inputs    {:>12} bytes, of which {} are updated in place",
            self.inputs, self.in_place
        )?;
        if self.packed > 0 {
            writeln!(f, "packed    {:>12} bytes of captured inputs", self.packed)?;
        }
        writeln!(f, "outputs   {:>12} bytes", self.outputs)?;
        writeln!(
            f,
            "arena     {:>12} bytes for intermediate values, of which {} are alive at one time",
            self.arena, self.live
        )?;
        for (ty, bytes) in &self.values {
            writeln!(f, "  {bytes:>12}  {ty}")?;
        }
        Ok(())
    }
}

/// The compiled path: fused loops, a matrix engine, a static memory plan, all cores.
pub struct Cpu;

impl Compiler for Cpu {
    fn name(&self) -> &str {
        "cpu"
    }

    fn compile(&self, graph: &Graph, donated: &[bool]) -> Result<Arc<dyn Executable>> {
        let program = graph.program();
        let mut donated = donated.to_vec();
        donated.resize(program.inputs.len(), false);
        cached(program, donated, |program, donated| {
            let compiled = cpu::compile(program, donated)
                .map_err(|e| Error::general(ErrorKind::Compiler, "cpu", e.to_string()))?;
            Ok(Arc::new(compiled) as Arc<dyn Executable>)
        })
    }
}

impl Executable for cpu::Executable {
    fn run(&self, inputs: &mut [Array], outputs: &mut Vec<Option<Array>>) -> Result<()> {
        cpu::Executable::run(self, inputs, outputs);
        Ok(())
    }

    fn memory_report(&self) -> MemoryReport {
        let plan = self.memory();
        MemoryReport {
            inputs: plan.inputs,
            outputs: plan.outputs,
            in_place: plan.in_place,
            arena: plan.arena,
            live: plan.live,
            values: plan.values.clone(),
            packed: plan.packed,
        }
    }

    fn with_constants(&self, constants: &[Array]) -> Option<Arc<dyn Executable>> {
        let packed = cpu::Executable::with_constants(self, constants)?;
        Some(Arc::new(packed))
    }
}

/// The oracle: every operation's own plain loop, one after the other.
pub struct Reference;

struct Interpreted(Graph);

impl Compiler for Reference {
    fn name(&self) -> &str {
        "reference"
    }

    fn compile(&self, graph: &Graph, _: &[bool]) -> Result<Arc<dyn Executable>> {
        Ok(Arc::new(Interpreted(graph.detached())))
    }
}

impl Executable for Interpreted {
    fn run(&self, inputs: &mut [Array], outputs: &mut Vec<Option<Array>>) -> Result<()> {
        let (params, captures) = inputs.split_at(self.0.params.len());
        *outputs = self
            .0
            .eval(params, captures)
            .into_iter()
            .map(Some)
            .collect();
        Ok(())
    }

    fn memory_report(&self) -> MemoryReport {
        let bytes = |types: &[Type]| types.iter().map(Type::bytes).sum();
        MemoryReport {
            inputs: bytes(&self.0.input_types()),
            outputs: bytes(&self.0.output_types()),
            ..MemoryReport::default()
        }
    }
}

type Key = (ir::Program, Vec<bool>);
type Programs = HashMap<Arc<Key>, Arc<dyn Executable>>;
static PROGRAMS: Mutex<Option<Programs>> = Mutex::new(None);
/// So many compiled programs are kept; after that all are let go and compiled anew when needed.
const PROGRAMS_KEPT: usize = 1024;

fn cached(
    program: ir::Program,
    donated: Vec<bool>,
    compile: impl FnOnce(&ir::Program, &[bool]) -> Result<Arc<dyn Executable>>,
) -> Result<Arc<dyn Executable>> {
    let key = Arc::new((program, donated));
    let lock = || PROGRAMS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = lock().get_or_insert_default().get(&key) {
        return Ok(found.clone());
    }
    crate::telemetry::count_compile();
    let compiled = compile(&key.0, &key.1)?; // without holding the lock
    let mut programs = lock();
    let programs = programs.get_or_insert_default();
    if programs.len() >= PROGRAMS_KEPT {
        programs.clear();
    }
    Ok(programs.entry(key).or_insert(compiled).clone())
}

pub(crate) fn executable(
    compiler: &dyn Compiler,
    graph: &Graph,
    donated: &[bool],
) -> Result<Arc<dyn Executable>> {
    compiler.compile(graph, donated)
}

static REGISTERED: RwLock<Vec<Arc<dyn Compiler>>> = RwLock::new(Vec::new());
static DEFAULT: RwLock<Option<Arc<dyn Compiler>>> = RwLock::new(None);

/// Makes a compiler known by its name, besides `cpu` and `reference`.
pub fn register_compiler(compiler: Arc<dyn Compiler>) {
    REGISTERED
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .push(compiler);
}

/// The compiler of this name.
///
/// # Errors
/// No compiler is known by it.
pub fn compiler(name: &str) -> Result<Arc<dyn Compiler>> {
    let registered = REGISTERED.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = registered.iter().rev().find(|c| c.name() == name) {
        return Ok(found.clone());
    }
    match name {
        "cpu" => Ok(Arc::new(Cpu)),
        "reference" => Ok(Arc::new(Reference)),
        _ => {
            let names = registered
                .iter()
                .map(|c| c.name())
                .chain(["cpu", "reference"])
                .collect::<Vec<_>>()
                .join(", ");
            let rule = format!("there is no compiler named {name:?}");
            let e = Error::general(ErrorKind::Compiler, "compiler", rule);
            Err(e.help(format!("known are: {names}")))
        }
    }
}

/// The compiler that runs what nothing else was said about: the one set by [`set_default_compiler`], else the first
/// known name in the comma-separated list `BOUTON_COMPILER`, else `cpu`.
///
/// # Errors
/// `BOUTON_COMPILER` names no known compiler; another variable makes no sense: see
/// [`check_environment`](crate::check_environment).
pub fn default_compiler() -> Result<Arc<dyn Compiler>> {
    environment::settings()?;
    if let Some(set) = &*DEFAULT.read().unwrap_or_else(PoisonError::into_inner) {
        return Ok(set.clone());
    }
    wished_compiler()
}

/// What `BOUTON_COMPILER` asks for.
pub(crate) fn wished_compiler() -> Result<Arc<dyn Compiler>> {
    static LIST: OnceLock<OsString> = OnceLock::new();
    let list = LIST.get_or_init(|| std::env::var_os("BOUTON_COMPILER").unwrap_or_default());
    let list = list.to_string_lossy();
    let mut names = list.split(',').map(str::trim).filter(|n| !n.is_empty());
    let Some(first) = names.next() else {
        return Ok(Arc::new(Cpu));
    };
    let first = compiler(first);
    if first.is_ok() {
        return first;
    }
    names.find_map(|n| compiler(n).ok()).map_or(
        first.map_err(|e| e.within("BOUTON_COMPILER asks for it")),
        Ok,
    )
}

/// Sets the compiler that [`default_compiler`] gives, for the whole process; `None` goes back to the environment's.
pub fn set_default_compiler(compiler: Option<Arc<dyn Compiler>>) {
    *DEFAULT.write().unwrap_or_else(PoisonError::into_inner) = compiler;
}
