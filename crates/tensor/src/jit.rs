//! A function traced and compiled once for each combination of argument structure and types.
use crate::{
    Array, Error, Fault, Output, Owned, Path, Place, Result, Tensor, Tree, Type,
    compiler::{Compiler, Executable, MemoryReport, default_compiler},
    environment::checks_traces,
    graph::Graph,
    place::{blame, here},
};
use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    marker::PhantomData,
    ops::Deref,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// A function compiled whole for arguments of certain types, driven by flat lists of arrays: what `jit` and
/// training loops are made of.
pub struct Compiled<V> {
    executable: Arc<dyn Executable>,
    captures: Vec<Array>,
    outputs: Vec<Type>,
    like: V,
    place: Place,
    /// What was traced, where every call is to be compared with it.
    program: Option<bouton_ir::Program>,
}

impl<V: Owned> Compiled<V> {
    /// Traces `f` on tensors of the types of `args` and compiles it; input `i` may be overwritten where `donated[i]`.
    ///
    /// # Errors
    /// What `f` returns, an error carried by one of its results, or what the compiler cannot do.
    #[track_caller]
    pub fn new<A: Tree, O: Output<Value = V>>(
        compiler: &dyn Compiler,
        args: &A,
        donated: &[bool],
        f: impl FnOnce(A::Owned) -> O,
    ) -> Result<Compiled<V>> {
        Compiled::at(here(), compiler, args, donated, f)
    }

    fn at<A: Tree, O: Output<Value = V>>(
        place: Place,
        compiler: &dyn Compiler,
        args: &A,
        donated: &[bool],
        f: impl FnOnce(A::Owned) -> O,
    ) -> Result<Compiled<V>> {
        crate::telemetry::count_trace();
        let (graph, value) = trace(place, args, f)?;
        let captures = captured(&graph, place)?;
        let executable = compiler.compile(&graph, donated)?;
        let executable = executable.with_constants(&captures).unwrap_or(executable);
        let program = checks_traces().then(|| graph.program());
        let like = value.map(Path::Root, &mut |_, _| {
            Tensor::from_array(Array::scalar(false))
        });
        Ok(Compiled {
            executable,
            captures,
            outputs: graph.output_types(),
            like,
            place,
            program,
        })
    }

    /// Runs on `inputs`, one array for each leaf of the arguments; see [`Executable::run`] for `outputs`. Appends the
    /// captured values to `inputs` and takes them off again.
    ///
    /// # Errors
    /// A device that fails.
    pub fn run(&self, inputs: &mut Vec<Array>, outputs: &mut Vec<Option<Array>>) -> Result<()> {
        let given = inputs.len();
        inputs.extend(self.captures.iter().cloned());
        let result = self.executable.run(inputs, outputs);
        inputs.truncate(given);
        result
    }

    /// The types of the leaves of what the function returns.
    pub fn output_types(&self) -> &[Type] {
        &self.outputs
    }

    /// What it needs of memory.
    pub fn memory_report(&self) -> MemoryReport {
        self.executable.memory_report()
    }

    /// What the function returns, made of these arrays.
    pub fn value(&self, outputs: impl IntoIterator<Item = Array>) -> V {
        let place = self.place;
        self.like.with_leaves(
            outputs
                .into_iter()
                .map(|a| blame(place, || Tensor::from_array(a))),
        )
    }
}

/// The function as a graph. Its parameters are made at `place`; what `f` does has places of its own.
fn trace<A: Tree, O: Output>(
    place: Place,
    args: &A,
    f: impl FnOnce(A::Owned) -> O,
) -> Result<(Graph, O::Value)> {
    let mut params = vec![];
    let hollow = args.map(Path::Root, &mut |_, t| {
        let param = match t.ty() {
            Ok(ty) => blame(place, || Tensor::placeholder(&ty)),
            Err(e) => Tensor::from_error(e),
        };
        params.push(param.clone());
        param
    });
    let value = f(hollow).result()?;
    let graph = Graph::to_run(&params, &value.leaves())?;
    Ok((graph, value))
}

/// The values that a traced function takes from outside, plain numbers among them.
fn captured(graph: &Graph, place: Place) -> Result<Vec<Array>> {
    let tensors = graph.capture_tensors().into_iter();
    blame(place, || tensors.map(Tensor::into_array).collect())
}

/// A compiled function, called like any other: `step(params, &x)?`. Cheap to clone; made by [`jit`].
pub struct Jit<F: ?Sized> {
    call: Arc<F>,
    settings: Arc<Settings>,
}

#[derive(Default)]
struct Settings {
    compiler: Mutex<Option<Arc<dyn Compiler>>>,
    report: Mutex<Option<MemoryReport>>,
    traces: std::sync::atomic::AtomicUsize,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<F: ?Sized> Deref for Jit<F> {
    type Target = F;
    fn deref(&self) -> &F {
        &self.call
    }
}

impl<F: ?Sized> Clone for Jit<F> {
    fn clone(&self) -> Self {
        Jit {
            call: self.call.clone(),
            settings: self.settings.clone(),
        }
    }
}

impl<F: ?Sized> Jit<F> {
    /// Compiles with this compiler instead of the default one.
    pub fn with_compiler(self, compiler: Arc<dyn Compiler>) -> Self {
        *lock(&self.settings.compiler) = Some(compiler);
        self
    }

    /// How often the function was traced: once for each combination of argument structure and types.
    pub fn traces(&self) -> usize {
        self.settings
            .traces
            .load(std::sync::atomic::Ordering::Relaxed)
    }

    /// What the version compiled last needs of memory; nothing before the first call.
    pub fn memory_report(&self) -> Option<MemoryReport> {
        lock(&self.settings.report).clone()
    }
}

/// A function that `jit` can compile: every argument is a tree or a reference to one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be compiled by `jit`",
    note = "every argument must be a tree (a tensor, a tuple, Vec, array, Option, BTreeMap or `tree!` struct) or a reference to one, and so must the result, or be a `Result` of one",
    note = "numbers and settings are not arguments: let the closure capture them"
)]
pub trait Function<'f, Args> {
    /// The signature of the compiled function.
    type Call: ?Sized;
    /// The compiled function.
    fn jit(self, place: Place) -> Jit<Self::Call>;
}

/// Marks an argument taken by reference.
pub struct Ref<T>(PhantomData<T>);

macro_rules! functions {
    ([$($done:tt)*] $A:ident $($rest:ident)*) => {
        functions!([$($done)* ($A: $A, $A, true, $A.to_owned_tree())] $($rest)*);
        functions!([$($done)* ($A: Ref<$A>, &$A, false, $A)] $($rest)*);
    };
    ([$(($A:ident: $Mark:ty, $Arg:ty, $owned:expr, $pass:expr))*]) => {
        #[allow(non_snake_case)]
        impl<'f, F, $($A,)* O> Function<'f, ($($Mark,)*)> for F
        // The order matters: the closure's own signature must settle `$A` before `$A: Owned` rules out a reference.
        where F: Fn($($Arg),*) -> O + Send + Sync + 'f, $($A: Owned,)* O: Output + 'static {
            type Call = dyn Fn($($Arg),*) -> Result<O::Value> + Send + Sync + 'f;
            fn jit(self, place: Place) -> Jit<Self::Call> {
                let settings = Arc::new(Settings::default());
                let cache = Cache::<O::Value> { entries: Mutex::default(), settings: settings.clone(), owned: &[$($owned),*], place };
                let run = move |args: &($($A,)*)| { let ($($A,)*) = args; self($($pass),*).result() };
                Jit { settings, call: Arc::new(move |$($A: $Arg),*| cache.call(($($A,)*), &run)) }
            }
        }
    };
}
functions!([] A);
functions!([] A B);
functions!([] A B C);
functions!([] A B C D);
functions!([] A B C D E);
functions!([] A B C D E G);

/// The function `f`, traced and compiled whole at its first call with arguments of new structure or types.
///
/// Arguments are trees of tensors or references to them. What is passed by value and held by nobody else is
/// donated: its memory is updated in place. Captured tensors are read once, at tracing, and weights among them are
/// packed once for the products that read them; captured numbers are part of the program. Called with a tensor that
/// is itself being traced, `f` is run in place.
///
/// # Example
/// ```
/// use bouton_tensor::{Tensor, jit, tensor};
/// let axpy = jit(|x: &Tensor, y: &Tensor| 2.0 * x + y);
/// assert_eq!(format!("{:?}", axpy(&tensor![1.0, 2.0], &tensor![10.0, 20.0])?), "f32[2] [12.0, 24.0]");
/// # Ok::<(), bouton_tensor::Error>(())
/// ```
#[track_caller]
pub fn jit<'f, Args, F: Function<'f, Args>>(f: F) -> Jit<F::Call> {
    f.jit(here())
}

/// Path and type of every leaf.
type Signature = Vec<(u64, Type)>;

struct Cache<V> {
    entries: Mutex<HashMap<Signature, Arc<Compiled<V>>>>,
    settings: Arc<Settings>,
    /// Which arguments are passed by value.
    owned: &'static [bool],
    place: Place,
}

impl<V: Owned> Cache<V> {
    fn call<A: Tree>(&self, args: A, run: &dyn Fn(&A::Owned) -> Result<V>) -> Result<V> {
        let (mut leaves, mut signature, mut donated) = (vec![], vec![], vec![]);
        let _ = args.map(Path::Root, &mut |path, t| {
            let mut hasher = DefaultHasher::new();
            path.hash(&mut hasher);
            signature.push((hasher.finish(), t.ty()));
            donated.push(self.owned[argument(path)]);
            leaves.push(t.clone());
            t.clone()
        });
        let signature = signature
            .into_iter()
            .map(|(p, t)| Ok((p, t?)))
            .collect::<Result<Signature>>()?;
        if leaves.iter().any(Tensor::is_traced) {
            return run(&args.to_owned_tree()); // inside another transformation
        }
        crate::evaluate::evaluate(&crate::graph::nodes(&leaves)?)?;
        let found = lock(&self.entries).get(&signature).cloned();
        let compiled = match found {
            Some(compiled) => {
                self.check(&compiled, &args, run)?;
                compiled
            }
            None => self.trace(signature, &args, &donated, run)?,
        };
        drop(args); // so that the handles in `leaves` are the last ones of what was passed by value
        let mut inputs = leaves
            .into_iter()
            .map(Tensor::into_array)
            .collect::<Result<Vec<_>>>()?;
        let mut outputs = vec![];
        compiled.run(&mut inputs, &mut outputs)?;
        Ok(compiled.value(outputs.into_iter().flatten()))
    }

    fn trace<A: Tree>(
        &self,
        signature: Signature,
        args: &A,
        donated: &[bool],
        run: &dyn Fn(&A::Owned) -> Result<V>,
    ) -> Result<Arc<Compiled<V>>> {
        let compiler = match &*lock(&self.settings.compiler) {
            Some(compiler) => compiler.clone(),
            None => default_compiler()?,
        };
        self.settings
            .traces
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let compiled = Compiled::at(self.place, &*compiler, args, donated, |args| run(&args))?;
        let compiled = Arc::new(compiled);
        *lock(&self.settings.report) = Some(compiled.memory_report());
        lock(&self.entries).insert(signature, compiled.clone());
        Ok(compiled)
    }

    /// With `BOUTON_CHECK=1`: the function must do the same, with the same numbers, as when it was traced.
    fn check<A: Tree>(
        &self,
        compiled: &Compiled<V>,
        args: &A,
        run: &dyn Fn(&A::Owned) -> Result<V>,
    ) -> Result<()> {
        let Some(program) = &compiled.program else {
            return Ok(());
        };
        let (graph, _) = trace(self.place, args, |args| run(&args))?;
        let fault = if graph.program() != *program {
            Fault::tracing("the function does something else than when it was traced")
        } else {
            let now = captured(&graph, self.place)?;
            let differs = |(a, b): &(&Array, &Array)| !a.same_bits(b);
            let Some((then, now)) = compiled.captures.iter().zip(&now).find(differs) else {
                return Ok(());
            };
            Fault::tracing("the function takes other values from outside than when it was traced")
                .given([format!("then: {then:?}"), format!("now: {now:?}")])
        };
        let help = "a compiled function must depend on its arguments alone; pass what changes as an argument";
        Err(Error::new("jit", fault.help(help), self.place))
    }
}

/// Which argument a path in the tuple of arguments starts at.
fn argument(path: Path) -> usize {
    let (mut path, mut index) = (path, 0);
    loop {
        path = match path {
            Path::Root => return index,
            Path::Field(parent, _) => *parent,
            Path::Index(parent, i) => {
                index = i;
                *parent
            }
        };
    }
}
