//! What reproducibility costs, for benches: programs whose sums are cut by the number of threads. Nothing else may
//! compile this way, and what comes of it is shared with nothing.
//!
//! Loops and folds are cut into as many pieces as there are threads, and products with a long inner dimension and little
//! else are sums of partial products, so that results depend on the number of threads. Who does which piece is open in
//! either mode: the pool lets a thread that is done take what others have not begun.
use crate::{CompileError, Executable, compile::compile, pool};
use bouton_array::Type;
use bouton_ir::{Builder, Dot, Form, Program, Reduction, Step, Value};
use std::cell::Cell;

thread_local!(static RELAXED: Cell<bool> = const { Cell::new(false) });

/// Compiles as [`crate::compile`] does, but for the number of threads that there is now.
///
/// # Errors
/// As [`crate::compile`].
pub fn compile_relaxed(program: &Program, donated: &[bool]) -> Result<Executable, CompileError> {
    bouton_ir::verify(program)?;
    let split = split_products(program, pool::threads());
    let _back = Back(RELAXED.replace(true));
    compile(&split, donated)
}

struct Back(bool);

impl Drop for Back {
    fn drop(&mut self) {
        RELAXED.set(self.0);
    }
}

/// The number of threads, where what is being compiled may heed it.
pub(crate) fn threads() -> Option<usize> {
    RELAXED.get().then(pool::threads)
}

/// Elements of a product's result for each thread up to which it is cut along its inner dimension: a few register tiles.
const FEW: usize = 256;
/// Steps of a chain that are worth a partial product.
const LONG: usize = 2048;

/// Into how many products one with `elements` results and chains of `steps` is cut.
fn cuts(elements: usize, steps: usize, threads: usize) -> usize {
    let few = elements <= FEW * threads && steps.is_multiple_of(threads);
    if few && steps / threads >= LONG {
        threads
    } else {
        1
    }
}

/// Products along one axis of `p * n` elements become `p` products along `n`, and their sum.
fn split_products(program: &Program, threads: usize) -> Program {
    let mut b = Builder::new(program.inputs.clone());
    let mut known: Vec<Value> = b.inputs();
    for step in &program.steps {
        let inputs: Vec<Value> = step.inputs.iter().map(|v| known[v.index()]).collect();
        b.label(step.label.clone());
        match split(&mut b, step, &inputs, threads) {
            Some(sum) => known.push(sum),
            None => known.extend(b.step(step.form.clone(), &inputs, &step.types)),
        }
    }
    let outputs = program.outputs.iter().map(|v| known[v.index()]).collect();
    b.finish(outputs)
}

fn split(b: &mut Builder, step: &Step, inputs: &[Value], threads: usize) -> Option<Value> {
    let (Form::Dot(dot), &[x, y], [ty]) = (&step.form, inputs, &step.types[..]) else {
        return None;
    };
    let &[(i, j)] = &dot.contract[..] else {
        return None;
    };
    let steps = b.ty(x).shape[i];
    let p = cuts(ty.size(), steps, threads);
    if p == 1 || !ty.dtype.is_float() {
        return None;
    }
    let mut halved = |v: Value, axis: usize| {
        let mut shape = b.ty(v).shape.to_vec();
        shape.splice(axis..=axis, [p, steps / p]);
        let ty = b.ty(v).with_shape(&shape);
        b.one(Form::Reshape, &[v], &ty)
    };
    let parts = [halved(x, i), halved(y, j)];
    let moved = |&(a, c): &(usize, usize)| (a + usize::from(a > i), c + usize::from(c > j));
    let batch: Vec<_> = dot.batch.iter().map(moved).chain([(i, j)]).collect();
    let axis = dot.batch.len();
    let mut shape = ty.shape.to_vec();
    shape.insert(axis, p);
    let form = Form::Dot(Dot {
        batch,
        contract: vec![(i + 1, j + 1)],
    });
    let products = b.one(form, &parts, &Type::new(ty.dtype, &shape[..]));
    let sum = Form::Reduce {
        reduction: Reduction::Sum,
        axes: vec![axis],
    };
    Some(b.one(sum, &[products], ty))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bouton_array::{Array, DType};

    fn numbers(seed: u32, shape: &[usize]) -> Array {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32
        };
        let size = shape.iter().product();
        let bytes: Vec<u8> = (0..size).flat_map(|_| next().to_le_bytes()).collect();
        Array::from_bytes(&Type::new(DType::F32, shape), &bytes).unwrap()
    }

    fn run(program: &Executable, inputs: &[Array]) -> Vec<f32> {
        let mut outputs = vec![];
        program.run(&mut inputs.to_vec(), &mut outputs);
        let y = outputs.into_iter().next().flatten().unwrap();
        (0..y.ty().size()).map(|i| y.get_f64(i) as f32).collect()
    }

    /// Compiles `program` both ways for `threads` and compares; whether the bits differ.
    #[track_caller]
    fn check(program: &Program, inputs: &[Array], threads: usize) -> bool {
        let _alone = pool::alone();
        pool::set_threads(threads);
        let strict = run(&compile(program, &[]).unwrap(), inputs);
        let relaxed = run(&compile_relaxed(program, &[]).unwrap(), inputs);
        pool::set_threads(1);
        assert_eq!(strict.len(), relaxed.len());
        for (a, b) in strict.iter().zip(&relaxed) {
            assert!((a - b).abs() <= 1e-5 * a.abs(), "{a} and {b} of {program}");
        }
        strict != relaxed
    }

    fn fold(shape: &[usize], axis: usize, threads: usize) -> bool {
        let ty = Type::new(DType::F32, shape);
        let mut b = Builder::new(vec![ty]);
        let x = b.inputs();
        let mut rest = shape.to_vec();
        rest.remove(axis);
        let sum = Form::Reduce {
            reduction: Reduction::Sum,
            axes: vec![axis],
        };
        let y = b.one(sum, &x, &Type::new(DType::F32, &rest[..]));
        check(&b.finish(vec![y]), &[numbers(1, shape)], threads)
    }

    #[test]
    fn sums_are_the_same_but_for_rounding() {
        // Cut by threads, long folds round otherwise: what the reproducible way does not allow.
        assert!(fold(&[1_000_003], 0, 2));
        assert!(fold(&[2, 100_003], 1, 3));
        assert!(fold(&[30_011, 7], 0, 2));
        assert!(!fold(&[64, 1000], 1, 2));
        assert!(!fold(&[3, 5], 0, 2));
    }

    fn product(x: &[usize], y: &[usize], dot: Dot, result: &[usize], threads: usize) -> bool {
        let types = [x, y].map(|shape| Type::new(DType::F32, shape));
        let mut b = Builder::new(types.to_vec());
        let inputs = b.inputs();
        let y_value = b.one(Form::Dot(dot), &inputs, &Type::new(DType::F32, result));
        let inputs = [numbers(1, x), numbers(2, y)];
        check(&b.finish(vec![y_value]), &inputs, threads)
    }

    #[test]
    fn long_products_are_sums_of_products() {
        let dot = |batch: &[(usize, usize)], contract| Dot {
            batch: batch.to_vec(),
            contract: vec![contract],
        };
        assert!(product(
            &[9, 8192],
            &[8192, 7],
            dot(&[], (1, 0)),
            &[9, 7],
            2
        ));
        assert!(product(
            &[12_288, 9],
            &[7, 12_288],
            dot(&[], (0, 1)),
            &[9, 7],
            3
        ));
        let batched = dot(&[(2, 0)], (0, 2));
        assert!(product(
            &[8192, 5, 3],
            &[3, 4, 8192],
            batched,
            &[3, 5, 4],
            4
        ));
        assert!(!product(
            &[64, 512],
            &[512, 64],
            dot(&[], (1, 0)),
            &[64, 64],
            2
        ));
    }

    #[test]
    fn other_programs_are_compiled_as_ever() {
        let inside = threads();
        assert!(
            inside.is_none(),
            "relaxed only while such a program is compiled"
        );
    }
}
