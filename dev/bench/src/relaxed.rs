//! Programs whose sums are cut by the number of threads: what reproducibility costs is how much quicker they are.

use bouton_cpu::relaxed::compile_relaxed;
use bouton_tensor::compiler::{Compiler, Executable, set_default_compiler};
use bouton_tensor::{Error, ErrorKind, Graph, Result};
use std::sync::Arc;

/// The CPU compiler without its promise. What it compiles is not kept beside what `cpu` compiles.
struct Relaxed;

/// The most that a result may be off: a sum of millions that is cut in two rounds more than one of many short sums.
pub(crate) const TOLERANCE: f64 = 1e-4;

const NAME: &str = "cpu-relaxed";

impl Compiler for Relaxed {
    fn name(&self) -> &str {
        NAME
    }

    fn compile(&self, graph: &Graph, donated: &[bool]) -> Result<Arc<dyn Executable>> {
        let program = graph.program();
        let mut donated = donated.to_vec();
        donated.resize(program.inputs.len(), false);
        let compiled = compile_relaxed(&program, &donated)
            .map_err(|e| Error::general(ErrorKind::Compiler, NAME, e.to_string()))?;
        Ok(Arc::new(compiled))
    }
}

/// Runs `f`; what is traced inside is compiled this way.
pub(crate) fn relaxed<T>(f: impl FnOnce() -> T) -> T {
    struct Back;
    impl Drop for Back {
        fn drop(&mut self) {
            set_default_compiler(None);
        }
    }
    set_default_compiler(Some(Arc::new(Relaxed)));
    let _back = Back;
    f()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workloads;

    #[test]
    fn relaxed_results_are_the_references_but_for_rounding() {
        let names = [
            "tiny mlp train b32 adam",
            "W1 mlp train b64 sgd",
            "W6 softmax 4096x1024",
            "W6 sum 1e7",
        ];
        for name in names {
            let workload = workloads::all().find(|w| w.name == name).unwrap();
            let error = relaxed(|| (workload.prepare)().unwrap().check()).unwrap();
            assert!(error <= TOLERANCE, "{name}: {error:e}");
        }
    }
}
