//! What must hold of every operation, each law as a function of one sample.
use crate::{
    draws::{Draws, array, close, inner, item, moved, stack, tensors},
    handle::applied,
};
use bouton_tensor::{
    Array, Compiled, Compiler, DType, ErrorKind, Op, Result as Maybe, Sample, Tensor, Type, grad,
    printed,
};
use std::sync::Arc;

/// What a law says: nothing, or what is wrong.
pub(crate) type Law = Result<(), String>;

pub(crate) fn types(x: &[Array]) -> Vec<&Type> {
    x.iter().map(Array::ty).collect()
}

/// Reference evaluation.
pub(crate) fn evaluated(s: &Sample) -> Result<Vec<Array>, String> {
    let y =
        s.op.infer(&types(&s.inputs))
            .map_err(|f| format!("infer refuses a sample: {}", f.rule()))?;
    Ok(s.op.eval(&s.inputs.iter().collect::<Vec<_>>(), &y))
}

fn value(t: &Tensor) -> Result<Array, String> {
    let array: Maybe<Array> = t.to_array();
    array.map_err(|e| e.to_string())
}

fn or_zeros(t: Option<&Tensor>, like: &Array) -> Result<Array, String> {
    t.map_or_else(|| Array::zeros(like.ty()).map_err(|e| e.to_string()), value)
}

fn within(law: &str, i: usize, r: Law) -> Law {
    r.map_err(|e| format!("{law} {i}: {e}"))
}

/// `infer` says what `eval` does, as many results as promised.
pub(crate) fn infer_is_eval(s: &Sample, _: &mut Draws) -> Law {
    let promised =
        s.op.infer(&types(&s.inputs))
            .map_err(|f| format!("infer refuses a sample: {}", f.rule()))?;
    if promised.len() != s.op.outputs() {
        return Err(format!(
            "outputs() says {}, infer gives {}",
            s.op.outputs(),
            promised.len()
        ));
    }
    let results = evaluated(s)?;
    let found: Vec<&Type> = types(&results);
    match promised.iter().eq(found.iter().copied()) {
        true => Ok(()),
        false => Err(format!("infer says {promised:?}, eval gives {found:?}")),
    }
}

/// The printed form begins with the name; two uses that print alike on inputs of one type are the same function.
pub(crate) fn printed_tells_attributes(all: &[Sample]) -> Law {
    for (i, a) in all.iter().enumerate() {
        let form = printed(&*a.op);
        if form.split(' ').next() != Some(a.op.name()) {
            return Err(format!(
                "the printed form {form:?} does not begin with {}",
                a.op.name()
            ));
        }
        for b in all[i + 1..].iter().filter(|b| printed(&*b.op) == form) {
            let (ta, tb) = (
                a.op.infer(&types(&a.inputs)).ok(),
                b.op.infer(&types(&a.inputs)).ok(),
            );
            let (xt, names) = (types(&a.inputs), ["%a", "%b", "%c", "%d", "%e", "%f"]);
            let Some(y) = ta.as_ref().filter(|_| ta == tb) else {
                return Err(format!(
                    "two different operations print {form:?}: they infer {ta:?} and {tb:?}"
                ));
            };
            let text = |op: &Arc<dyn Op>| op.stablehlo(&names[..xt.len().min(6)], &xt, y);
            if text(&a.op) != text(&b.op) {
                return Err(format!(
                    "two different operations print {form:?}: {} and {}",
                    text(&a.op),
                    text(&b.op)
                ));
            }
            let on_a = Sample {
                op: b.op.clone(),
                ..a.clone()
            };
            for (p, q) in evaluated(a)?.iter().zip(evaluated(&on_a)?) {
                close(&q, p, 0.0)
                    .map_err(|e| format!("two different operations print {form:?}: {e}"))?;
            }
        }
    }
    Ok(())
}

/// Derivatives can be measured: some input is a float, and all floats around are `f64`.
fn measurable(s: &Sample, y: &[Array]) -> bool {
    let fine = |a: &Array| !a.dtype().is_float() || a.dtype() == DType::F64;
    s.inputs.iter().any(|a| a.dtype().is_float()) && s.inputs.iter().chain(y).all(fine)
}

fn is_float(a: &Array) -> bool {
    a.dtype().is_float()
}

/// The forward rule, or nothing if both rules refuse in words.
fn forward(s: &Sample, y: &[Array], dx: &[Option<Array>]) -> Result<Option<Vec<Array>>, String> {
    let (x, yt) = (tensors(&s.inputs), tensors(y));
    let dx: Vec<Option<Tensor>> = dx
        .iter()
        .map(|d| d.clone().map(Tensor::from_array))
        .collect();
    let dy = match s.op.jvp(&x, &yt, &dx) {
        Ok(dy) => dy,
        Err(fault) => {
            let ones: Vec<Option<Tensor>> = yt.iter().map(|y| Some(y.ones_like())).collect();
            let agree = s.op.vjp(&x, &yt, &ones).is_err() && !fault.rule().is_empty();
            return if agree {
                Ok(None)
            } else {
                Err(format!("jvp refuses ({}), vjp does not", fault.rule()))
            };
        }
    };
    if dy.len() != y.len() {
        return Err(format!(
            "jvp gives {} tangents for {} results",
            dy.len(),
            y.len()
        ));
    }
    let dy: Vec<Array> = dy
        .iter()
        .zip(y)
        .map(|(d, y)| or_zeros(d.as_ref(), y))
        .collect::<Result<_, _>>()?;
    match dy.iter().zip(y).position(|(d, y)| d.ty() != y.ty()) {
        Some(i) => Err(format!(
            "tangent {i} is {} for a result {}",
            dy[i].ty(),
            y[i].ty()
        )),
        None => Ok(Some(dy)),
    }
}

/// The forward rule is the central difference, along all inputs together and along each alone.
pub(crate) fn jvp_is_differences(s: &Sample, draws: &mut Draws) -> Law {
    let y = evaluated(s)?;
    if !measurable(s, &y) {
        return Ok(());
    }
    let all: Vec<Option<Array>> = s
        .inputs
        .iter()
        .map(|x| is_float(x).then(|| draws.like(x)))
        .collect();
    let alone = (0..all.len()).filter(|&i| all[i].is_some()).map(|i| {
        (0..all.len())
            .map(|j| all[j].clone().filter(|_| i == j))
            .collect()
    });
    for dx in std::iter::once(all.clone()).chain(alone.collect::<Vec<_>>()) {
        let Some(dy) = forward(s, &y, &dx)? else {
            return Ok(());
        };
        let h = 1e-5;
        let at = |h: f64| {
            let inputs = s
                .inputs
                .iter()
                .zip(&dx)
                .map(|(x, d)| d.as_ref().map_or(x.clone(), |d| moved(x, h, d)));
            evaluated(&Sample {
                inputs: inputs.collect(),
                ..s.clone()
            })
        };
        let (above, below) = (at(h)?, at(-h)?);
        for (i, d) in dy.iter().enumerate().filter(|(_, d)| is_float(d)) {
            let slope = above[i]
                .to_f64_vec()
                .into_iter()
                .zip(below[i].to_f64_vec())
                .map(|(a, b)| (a - b) / (2.0 * h));
            within(
                "tangent",
                i,
                close(d, &array(d.shape(), slope.collect(), DType::F64), 1e-6),
            )?;
        }
    }
    Ok(())
}

/// Reverse and forward rule are transposes: (dy, J dx) = (J^T dy, dx).
pub(crate) fn vjp_is_jvp(s: &Sample, draws: &mut Draws) -> Law {
    let y = evaluated(s)?;
    let wide = |a: &Array| !is_float(a) || matches!(a.dtype(), DType::F64 | DType::F32);
    let (x, yt) = (tensors(&s.inputs), tensors(&y));
    let dx: Vec<Option<Array>> = s
        .inputs
        .iter()
        .map(|x| is_float(x).then(|| draws.like(x)))
        .collect();
    if dx.iter().all(Option::is_none) || !y.iter().any(is_float) {
        return Ok(());
    }
    let Some(tangents) = forward(s, &y, &dx)? else {
        return Ok(());
    };
    let single = s.inputs.iter().chain(&y).any(|a| a.dtype() == DType::F32);
    let outputs: Vec<usize> = (0..y.len()).filter(|&i| is_float(&y[i])).collect();
    let patterns = outputs
        .iter()
        .map(|&i| vec![i])
        .chain((outputs.len() > 1).then(|| outputs.clone()));
    for flowing in patterns {
        let dy: Vec<Option<Array>> = (0..y.len())
            .map(|i| flowing.contains(&i).then(|| draws.like(&y[i])))
            .collect();
        let given: Vec<Option<Tensor>> = dy
            .iter()
            .map(|d| d.clone().map(Tensor::from_array))
            .collect();
        let back =
            s.op.vjp(&x, &yt, &given)
                .map_err(|f| format!("vjp refuses ({}), jvp does not", f.rule()))?;
        if back.len() != x.len() {
            return Err(format!(
                "vjp gives {} cotangents for {} inputs",
                back.len(),
                x.len()
            ));
        }
        let (mut ahead, mut behind, mut size) = (0.0, 0.0, 0.0);
        for (d, t) in dy
            .iter()
            .zip(&tangents)
            .filter_map(|(d, t)| Some((d.as_ref()?, t)))
        {
            ahead += inner(d, t);
            size += d
                .to_f64_vec()
                .iter()
                .zip(t.to_f64_vec())
                .map(|(a, b)| (a * b).abs())
                .sum::<f64>();
        }
        for (i, (b, d)) in back.iter().zip(&dx).enumerate() {
            match (b, d) {
                (Some(b), Some(d)) => {
                    let b = value(b)?;
                    if b.ty() != d.ty() {
                        return Err(format!(
                            "cotangent {i} is {} for an input {}",
                            b.ty(),
                            d.ty()
                        ));
                    }
                    behind += inner(&b, d);
                }
                (Some(_), None) => {
                    return Err(format!(
                        "a cotangent flows to input {i}, which is {}",
                        s.inputs[i].ty()
                    ));
                }
                (None, _) => {}
            }
        }
        let tolerance = if single { 1e-4 } else { 1e-10 };
        if s.inputs.iter().chain(&y).all(wide) && (ahead - behind).abs() > tolerance * (1.0 + size)
        {
            return Err(format!(
                "(dy, jvp dx) = {ahead:e} but (vjp dy, dx) = {behind:e}"
            ));
        }
    }
    Ok(())
}

/// The batched operation does to every example what the operation does, whichever inputs have the extra axis and where.
pub(crate) fn vmap_is_loop(s: &Sample, draws: &mut Draws) -> Law {
    const SIZE: usize = 2;
    let n = s.inputs.len();
    for chosen in 1..1usize << n.min(4) {
        let variants: Vec<Sample> = (0..SIZE).map(|_| draws.fresh(s)).collect();
        let axes: Vec<Option<usize>> = (0..n)
            .map(|i| {
                (chosen >> i.min(3) & 1 == 1).then(|| draws.below(s.inputs[i].shape().rank() + 1))
            })
            .collect();
        let example = |k: usize| -> Vec<Array> {
            (0..n)
                .map(|i| {
                    axes[i]
                        .map_or(&s.inputs[i], |_| &variants[k].inputs[i])
                        .clone()
                })
                .collect()
        };
        let batched: Vec<Array> = (0..n)
            .map(|i| match axes[i] {
                Some(axis) => stack(
                    &variants
                        .iter()
                        .map(|v| v.inputs[i].clone())
                        .collect::<Vec<_>>(),
                    axis,
                ),
                None => s.inputs[i].clone(),
            })
            .collect();
        let y =
            s.op.batch(&tensors(&batched), &axes)
                .map_err(|f| format!("batch refuses axes {axes:?}: {}", f.rule()))?;
        if y.len() != s.op.outputs() {
            return Err(format!(
                "batch gives {} results, not {}",
                y.len(),
                s.op.outputs()
            ));
        }
        for k in 0..SIZE {
            let wanted = evaluated(&Sample {
                inputs: example(k),
                ..s.clone()
            })?;
            for (i, (y, axis)) in y.iter().enumerate() {
                let y = value(y)?;
                if axis.is_some_and(|a| y.shape().get(a) != Some(&SIZE)) {
                    return Err(format!(
                        "result {i} is {} with its extra axis at {axis:?}; axes {axes:?}",
                        y.ty()
                    ));
                }
                let got = axis.map_or(y.clone(), |axis| item(&y, axis, k));
                let tolerance = if got.dtype() == DType::F64 {
                    1e-12
                } else {
                    1e-2
                };
                let tolerance = if is_float(&got) { tolerance } else { 0.0 };
                within(
                    &format!("example {k} with axes {axes:?}, result"),
                    i,
                    close(&got, &wanted[i], tolerance),
                )?;
            }
        }
    }
    Ok(())
}

/// A gradient can be differentiated again, and that is the difference of the gradient.
pub(crate) fn grad_of_grad_is_differences(s: &Sample, draws: &mut Draws) -> Law {
    let y = evaluated(s)?;
    if !measurable(s, &y) || !y.iter().any(is_float) {
        return Ok(());
    }
    let floats: Vec<usize> = (0..s.inputs.len())
        .filter(|&i| is_float(&s.inputs[i]))
        .collect();
    let at: Vec<Array> = floats.iter().map(|&i| s.inputs[i].clone()).collect();
    let (weights, others): (Vec<Array>, Vec<Array>) = (
        y.iter().map(|y| draws.like(y)).collect(),
        at.iter().map(|x| draws.like(x)).collect(),
    );
    let loss = |v: &[Tensor]| {
        let mut x = tensors(&s.inputs);
        for (&i, v) in floats.iter().zip(v) {
            x[i] = v.clone();
        }
        let results = applied(&s.op, &x)
            .into_iter()
            .zip(&weights)
            .filter(|(_, w)| is_float(w));
        // Squared, so that a linear operation has a second derivative too.
        results
            .map(|(y, w)| (&y * &y * Tensor::from_array(w.clone())).sum())
            .reduce(|a, b| a + b)
            .unwrap_or(Tensor::scalar(0.0f64))
    };
    let slope = |v: Vec<Tensor>| {
        let g = grad(v, |v| loss(&v));
        g.iter()
            .zip(&others)
            .map(|(g, o)| (g * Tensor::from_array(o.clone())).sum())
            .reduce(|a, b| a + b)
            .unwrap_or(Tensor::scalar(0.0f64))
    };
    let second = grad(tensors(&at), slope);
    if second.iter().any(|t| {
        t.error()
            .is_some_and(|e| e.kind() == ErrorKind::NotDifferentiable)
    }) {
        return Ok(());
    }
    let along: Vec<Array> = at.iter().map(|x| draws.like(x)).collect();
    let mut exact = 0.0;
    for (g, d) in second.iter().zip(&along) {
        exact += inner(&value(g)?, d);
    }
    let h = 1e-5;
    let near = |h: f64| {
        value(&slope(
            at.iter()
                .zip(&along)
                .map(|(x, d)| Tensor::from_array(moved(x, h, d)))
                .collect(),
        ))
        .map(|a| a.get_f64(0))
    };
    let measured = (near(h)? - near(-h)?) / (2.0 * h);
    match (exact - measured).abs() <= 1e-5 * (1.0 + exact.abs().max(measured.abs())) {
        true => Ok(()),
        false => Err(format!(
            "the second derivative is {exact:e}, the difference of gradients {measured:e}"
        )),
    }
}

/// What a compiler makes of the operation computes what its reference evaluation does, within a relative tolerance.
pub(crate) fn compiled_is_reference(compiler: &dyn Compiler, s: &Sample, tolerance: f64) -> Law {
    let wanted = evaluated(s)?;
    let compiled = Compiled::new(compiler, &tensors(&s.inputs), &[], |x| applied(&s.op, &x))
        .map_err(|e| e.to_string())?;
    let mut outputs = vec![];
    compiled
        .run(&mut s.inputs.clone(), &mut outputs)
        .map_err(|e| e.to_string())?;
    if outputs.len() != wanted.len() {
        return Err(format!(
            "{} results instead of {}",
            outputs.len(),
            wanted.len()
        ));
    }
    for (i, (got, wanted)) in outputs.iter().zip(&wanted).enumerate() {
        let Some(got) = got else {
            return Err(format!("result {i} is missing"));
        };
        within("result", i, close(got, wanted, tolerance))?;
    }
    Ok(())
}

/// An error says exactly this rule and is laid to one of these files.
pub(crate) fn fault_says(wrong: &Tensor, rule: &str, files: &[&str]) -> Law {
    let Some(e) = wrong.error() else {
        return Err(format!("no error where this was expected: {rule}"));
    };
    let text = e.to_string();
    let first = text.lines().next().unwrap_or_default();
    // "concatenate { axis: 0 }: rule": nothing before the rule but the operation.
    let subject = first.strip_suffix(rule).and_then(|s| s.strip_suffix(": "));
    if !subject.is_some_and(|s| !s.is_empty() && (s.ends_with('}') || !s.contains(':'))) {
        return Err(format!(
            "the first line is {first:?}, not the rule {rule:?}"
        ));
    }
    match e.place() {
        Some(at)
            if files
                .iter()
                .any(|f| at.file().replace('\\', "/").contains(f)) =>
        {
            Ok(())
        }
        at => Err(format!("{first:?} is laid to {at:?}, not to {files:?}")),
    }
}
