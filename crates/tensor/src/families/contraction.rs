//! Sums of products over pairs of axes: the type rule, the plain loop, and which product gives a cotangent or a batch.
use crate::{Array, DType, Element, Fault, Shape, Type, families::element_types::ElementTypes};
use bouton_ir as ir;

/// The type of the result; its elements have the type `dtype`, or that of the operands.
///
/// # Errors
/// The rule that the operands break.
pub(crate) fn result(
    dot: &ir::Dot,
    a: &Type,
    b: &Type,
    dtype: Option<DType>,
) -> Result<Type, Fault> {
    ElementTypes::Numbers.check(a.dtype)?;
    let (own, dtype) = (a.dtype, dtype.unwrap_or(a.dtype));
    if !own.widens_to(dtype) {
        let kind = if own.is_float() { "float" } else { "integer" };
        let rule = format!(
            "the result's element type must be {own} or a wider {kind} that holds it, not {dtype}"
        );
        return Err(Fault::dtype(rule).help("convert the operands first, or the result"));
    }
    for (what, pairs) in [("batch", &dot.batch), ("contracted", &dot.contract)] {
        for &(i, j) in pairs {
            for (input, axis, rank) in [(0, i, a.rank()), (1, j, b.rank())] {
                if axis >= rank {
                    let rule =
                        format!("axis {axis} of input {input} does not exist; it has {rank} axes");
                    return Err(Fault::value(rule));
                }
            }
            let (m, n) = (a.shape[i], b.shape[j]);
            if m != n {
                let rule = format!(
                    "{what} axes must have the same size; axis {i} of input 0 has {m}, axis {j} of input 1 has {n}"
                );
                return Err(Fault::shape(rule));
            }
        }
    }
    let named = dot.batch.len() + dot.contract.len();
    let free = [
        dot.left_free(a.rank()).len(),
        dot.right_free(b.rank()).len(),
    ];
    for (input, rank) in [a.rank(), b.rank()].into_iter().enumerate() {
        if free[input] + named != rank {
            let rule = format!(
                "every axis must be named at most once; one of input {input} is named twice"
            );
            return Err(Fault::value(rule));
        }
    }
    let shape = result_shape(dot, &a.shape, &b.shape);
    shape.checked_size(dtype)?;
    Ok(Type::new(dtype, shape))
}

/// How the cotangent of an operand is made of the cotangent of the result and the other operand.
pub(crate) struct Cotangent {
    /// The product, whose left operand is the result's cotangent, unless the other operand comes `first`.
    pub dot: ir::Dot,
    pub first: bool,
    /// The order that its axes are to be put in.
    pub order: Vec<usize>,
}

type Pairs = Vec<(usize, usize)>;

/// The cotangent of operand `i`, of the two of these ranks. For matrices no axes need to be moved.
pub(crate) fn cotangent(dot: &ir::Dot, i: usize, ranks: [usize; 2]) -> Cotangent {
    let turn = |pairs: &[(usize, usize)]| -> Pairs { pairs.iter().map(|&(a, b)| (b, a)).collect() };
    // Pairs as (axis of operand i, axis of the other operand).
    let own = if i == 0 {
        dot.clone()
    } else {
        ir::Dot {
            batch: turn(&dot.batch),
            contract: turn(&dot.contract),
        }
    };
    let (free, other_free) = (own.left_free(ranks[i]), own.right_free(ranks[1 - i]));
    // Where each axis of the result came from: batch, left free, right free.
    let start = own.batch.len() + if i == 0 { free.len() } else { 0 };
    let over: Pairs = other_free
        .iter()
        .enumerate()
        .map(|(k, &j)| (start + k, j))
        .collect();
    let along: Pairs = own
        .batch
        .iter()
        .enumerate()
        .map(|(k, &(_, j))| (k, j))
        .collect();
    // The axes of operand i in the order in which either product has them.
    let batch: Vec<usize> = own.batch.iter().map(|p| p.0).collect();
    let mut contracted = own.contract.clone();
    contracted.sort_unstable_by_key(|p| p.1);
    let contracted: Vec<usize> = contracted.into_iter().map(|p| p.0).collect();
    let after = [&batch[..], &free, &contracted].concat();
    let before = [&batch[..], &contracted, &free].concat();
    let first = before.is_sorted() && !after.is_sorted();
    let (axes, dot) = match first {
        true => (
            before,
            ir::Dot {
                batch: turn(&along),
                contract: turn(&over),
            },
        ),
        false => (
            after,
            ir::Dot {
                batch: along,
                contract: over,
            },
        ),
    };
    let mut order = vec![0; axes.len()];
    for (at, &axis) in axes.iter().enumerate() {
        order[axis] = at;
    }
    Cotangent { dot, first, order }
}

/// The product whose operands have another batch axis where `axes` says so, and where the result has it.
///
/// # Errors
/// One of them must have it.
pub(crate) fn batched(
    dot: &ir::Dot,
    axes: &[Option<usize>],
    ranks: [usize; 2],
) -> Result<(ir::Dot, usize), Fault> {
    let past =
        |axis: usize, extra: Option<usize>| axis + usize::from(extra.is_some_and(|e| axis >= e));
    let shift = |pairs: &Pairs| -> Pairs {
        let moved = |&(i, j): &(usize, usize)| (past(i, axes[0]), past(j, axes[1]));
        pairs.iter().map(moved).collect()
    };
    let mut dot = ir::Dot {
        batch: shift(&dot.batch),
        contract: shift(&dot.contract),
    };
    let place = |free: Vec<usize>, axis: usize| free.iter().position(|&a| a == axis).unwrap_or(0);
    let at = match (axes[0], axes[1]) {
        (Some(i), Some(j)) => {
            dot.batch.insert(0, (i, j));
            0
        }
        (Some(i), None) => dot.batch.len() + place(dot.left_free(ranks[0]), i),
        (None, Some(j)) => {
            let before = dot.batch.len() + dot.left_free(ranks[0]).len();
            before + place(dot.right_free(ranks[1]), j)
        }
        (None, None) => return Err(Fault::shape("nothing to batch")),
    };
    Ok((dot, at))
}

fn result_shape(dot: &ir::Dot, a: &Shape, b: &Shape) -> Shape {
    let batch = dot.batch.iter().map(|&(i, _)| a[i]);
    let left = dot.left_free(a.rank()).into_iter().map(|i| a[i]);
    let right = dot.right_free(b.rank()).into_iter().map(|j| b[j]);
    batch.chain(left).chain(right).collect()
}

/// Where the elements lie that `axes` run over, in row-major order of the axes given.
fn offsets(shape: &Shape, axes: &[usize]) -> Vec<usize> {
    let strides = shape.strides();
    axes.iter().fold(vec![0], |starts, &axis| {
        let (size, step) = (shape[axis], strides[axis]);
        starts
            .iter()
            .flat_map(|start| (0..size).map(move |i| start + i * step))
            .collect()
    })
}

/// Where the factors of a product's sums lie.
struct Places {
    /// For each row of the result, where its factors start.
    rows: Vec<(usize, usize)>,
    /// From there to the factors of each term.
    terms: Vec<(usize, usize)>,
    /// From there to the right factor of each column.
    columns: Vec<usize>,
}

impl Places {
    fn new(dot: &ir::Dot, a: &Shape, b: &Shape) -> Places {
        let pairs = |pairs: &[(usize, usize)]| {
            let (left, right): (Vec<usize>, Vec<usize>) = pairs.iter().copied().unzip();
            let places = offsets(a, &left).into_iter().zip(offsets(b, &right));
            places.collect::<Vec<(usize, usize)>>()
        };
        let left = offsets(a, &dot.left_free(a.rank()));
        let mut rows = vec![];
        for (p, q) in pairs(&dot.batch) {
            rows.extend(left.iter().map(|&row| (p + row, q)));
        }
        Places {
            rows,
            terms: pairs(&dot.contract),
            columns: offsets(b, &dot.right_free(b.rank())),
        }
    }
}

/// The products by the definition: halves add up in `f32`, unless the result is wider; integers modulo 2^64, and so
/// modulo any smaller power.
pub(crate) fn sums(dot: &ir::Dot, a: &Array, b: &Array, y: &Type) -> Array {
    let wide = match y.dtype {
        DType::F64 => DType::F64,
        d if d.is_float() => DType::F32,
        _ => DType::I64,
    };
    let (a, b, ty) = (&a.cast(wide), &b.cast(wide), &y.with_dtype(wide));
    let sums = match wide {
        DType::F64 => chains(dot, a, b, ty, |s: f64, a: f64, b| a.mul_add(b, s)),
        DType::F32 => chains(dot, a, b, ty, |s: f32, a: f32, b| a.mul_add(b, s)),
        _ => chains(dot, a, b, ty, |s: i64, a: i64, b| {
            s.wrapping_add(a.wrapping_mul(b))
        }),
    };
    sums.cast(y.dtype)
}

/// Every result element as one chain from zero over the contracted axes. The chains of a row advance together, which
/// changes no bit.
fn chains<T: Element>(
    dot: &ir::Dot,
    a: &Array,
    b: &Array,
    y: &Type,
    add_product: impl Fn(T, T, T) -> T,
) -> Array {
    let places = Places::new(dot, a.shape(), b.shape());
    let mut result = Array::scratch(y);
    let (a, b, values) = (a.slice::<T>(), b.slice::<T>(), result.slice_mut::<T>());
    values.fill(T::default());
    let width = places.columns.len().max(1);
    for (chunk, (p, q)) in values.chunks_exact_mut(width).zip(places.rows) {
        for &(i, j) in &places.terms {
            let left = a[p + i];
            for (sum, &column) in chunk.iter_mut().zip(&places.columns) {
                *sum = add_product(*sum, left, b[q + j + column]);
            }
        }
    }
    result
}

/// Shapes of two operands, batch axes and contracted axes.
pub(crate) type Case = (
    &'static [usize],
    &'static [usize],
    &'static [(usize, usize)],
    &'static [(usize, usize)],
);

/// Uses for samples.
pub(crate) const CASES: &[Case] = &[
    (&[2, 3], &[3, 4], &[], &[(1, 0)]),
    (&[3, 2], &[3, 4], &[], &[(0, 0)]),
    (&[2, 3], &[4, 3], &[], &[(1, 1)]),
    (&[3, 2], &[4, 3], &[], &[(0, 1)]),
    (&[2, 3, 4], &[2, 4, 5], &[(0, 0)], &[(2, 1)]),
    (&[3, 2, 4], &[4, 5, 2], &[(1, 2)], &[(2, 0)]),
    (&[2, 3, 4], &[4, 3, 2], &[], &[(1, 1), (0, 2)]),
    (&[2, 3], &[2, 3], &[(0, 0), (1, 1)], &[]),
    (&[3], &[3], &[], &[(0, 0)]),
    (&[2], &[3], &[], &[]),
    (&[], &[], &[], &[]),
    (&[1, 1], &[1, 1], &[], &[(1, 0)]),
    (&[2, 0], &[0, 3], &[], &[(1, 0)]),
    (&[0, 2], &[2, 3], &[], &[(1, 0)]),
];
