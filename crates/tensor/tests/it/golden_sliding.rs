//! Convolutions, pools and their gradients against JAX and plain loops, with every compiler.
use crate::{
    draws::tensors,
    golden::{Golden, read},
};
use bouton_tensor::{
    Array, Compiled, Conv, Padding, Pool, Result, Tensor, compiler::compiler, value_and_grad,
};

fn padding(g: &Golden) -> Padding {
    match g.get("padding") {
        Some("same") => Padding::Same,
        Some(_) => Padding::Valid,
        None => {
            let (low, high) = (g.numbers("low"), g.numbers("high"));
            Padding::Explicit(low.into_iter().zip(high).collect())
        }
    }
}

/// What a record asks for, of the operands that cotangents flow to.
fn result(g: &Golden, x: &[Tensor]) -> Tensor {
    let each = |name: &str| g.numbers::<usize>(name);
    let (stride, dilation) = (each("stride"), each("dilation"));
    if g.name.starts_with("conv") {
        let conv = Conv::new().stride(stride).dilation(dilation);
        let conv = conv.padding(padding(g));
        return match g.name.as_str() {
            "conv" => {
                let conv = conv.groups(g.number("groups"));
                x[0].conv(&x[1], &conv.input_dilation(each("spread")))
            }
            _ => x[0].conv_transpose(&x[1], &conv),
        };
    }
    let pool = Pool::new(each("window")).stride(stride).dilation(dilation);
    let pool = &pool.padding(padding(g));
    match g.name.as_str() {
        "max_pool" => x[0].max_pool(pool),
        "min_pool" => x[0].min_pool(pool),
        "sum_pool" => x[0].sum_pool(pool),
        _ => x[0].avg_pool(pool),
    }
}

/// The result and, where the record has one more input, its cotangent, those of the operands.
fn computed(g: &Golden, x: &[Tensor]) -> Vec<Tensor> {
    let operands = if g.name.starts_with("conv") { 2 } else { 1 };
    let (x, cotangent) = x.split_at(operands);
    let Some(d) = cotangent.first() else {
        return vec![result(g, x)];
    };
    let ((_, y), dx) = value_and_grad(x.to_vec(), |x| {
        let y = result(g, &x);
        ((&y * d).sum(), y)
    });
    [vec![y], dx].concat()
}

fn run(name: &str, g: &Golden) -> Result<Vec<Array>> {
    let compiler = compiler(name)?;
    let compiled = Compiled::new(&*compiler, &tensors(g.inputs()), &[], |x| computed(g, &x))?;
    let mut outputs = vec![];
    compiled.run(&mut g.inputs().to_vec(), &mut outputs)?;
    Ok(outputs.into_iter().flatten().collect())
}

#[track_caller]
fn check(text: &str) {
    for compiler in ["cpu", "reference"] {
        let records = read(text);
        let failures = records.iter().filter_map(|g| match run(compiler, g) {
            Err(e) => Some(format!("{} in line {}: {e}", g.name, g.line)),
            Ok(found) => g.compare_all(&found).err(),
        });
        let failures: Vec<String> = failures.collect();
        assert!(failures.is_empty(), "{compiler}: {}", failures.join("\n"));
    }
}

#[test]
fn convolutions() {
    check(include_str!("../golden/convolutions.txt"));
}

#[test]
fn pools() {
    check(include_str!("../golden/pools.txt"));
}
