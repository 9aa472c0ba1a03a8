//! Convolutions and their gradients against JAX, with every compiler.
use crate::{
    draws::tensors,
    golden::{Golden, read},
};
use bouton_tensor::{
    Array, Compiled, Conv, Padding, Result, Tensor, compiler::compiler, value_and_grad,
};

/// How the kernel of a record moves.
fn settings(g: &Golden) -> Conv {
    let padding = match g.get("padding") {
        Some("same") => Padding::Same,
        Some(_) => Padding::Valid,
        None => {
            let (low, high) = (g.numbers("low"), g.numbers("high"));
            Padding::Explicit(low.into_iter().zip(high).collect())
        }
    };
    let each = |name: &str| g.numbers::<usize>(name);
    let conv = Conv::new().padding(padding).stride(each("stride"));
    let conv = conv.dilation(each("dilation"));
    match g.name.as_str() {
        "conv" => conv
            .groups(g.number("groups"))
            .input_dilation(each("spread")),
        _ => conv,
    }
}

/// The result and, where the record has a cotangent, those of the operands.
fn computed(g: &Golden, x: &[Tensor]) -> Vec<Tensor> {
    let settings = settings(g);
    let product = |x: &Tensor, kernel: &Tensor| match g.name.as_str() {
        "conv" => x.conv(kernel, &settings),
        _ => x.conv_transpose(kernel, &settings),
    };
    let Some(d) = x.get(2) else {
        return vec![product(&x[0], &x[1])];
    };
    let ((_, y), (dx, dw)) = value_and_grad((&x[0], &x[1]), |(x, w)| {
        let y = product(&x, &w);
        ((&y * d).sum(), y)
    });
    vec![y, dx, dw]
}

fn run(name: &str, g: &Golden) -> Result<Vec<Array>> {
    let compiler = compiler(name)?;
    let compiled = Compiled::new(&*compiler, &tensors(g.inputs()), &[], |x| computed(g, &x))?;
    let mut outputs = vec![];
    compiled.run(&mut g.inputs().to_vec(), &mut outputs)?;
    Ok(outputs.into_iter().flatten().collect())
}

#[track_caller]
fn check(compiler: &str) {
    let records = read(include_str!("../golden/convolutions.txt"));
    let failures = records.iter().filter_map(|g| match run(compiler, g) {
        Err(e) => Some(format!("{} in line {}: {e}", g.name, g.line)),
        Ok(found) => g.compare_all(&found).err(),
    });
    let failures: Vec<String> = failures.collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn on_the_cpu() {
    check("cpu");
}

#[test]
fn by_the_reference() {
    check("reference");
}
