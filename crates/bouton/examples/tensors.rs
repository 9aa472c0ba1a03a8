//! A tour of tensors: making, computing, transforming, compiling, and what a mistake looks like.
//!
//! `cargo run --release --example tensors`
use bouton::prelude::*;

fn main() -> bouton::Result<()> {
    // Literals, vectors, random numbers. Printing computes what is pending.
    let x = tensor![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
    let y = Tensor::from(vec![10.0f32, 20.0, 30.0]);
    println!("{x:?}\n{y:?}");
    println!("{:?}", random::normal(&random::key(42), DType::F32, [2, 2]));

    // Operators and methods broadcast as everywhere; nothing needs to be cloned, nothing needs a `?` in between.
    println!("{:?}", (&x * &y + 1.0).sum_axes(0));
    println!("{:?}", x.matmul(x.t()));
    println!("{:?}", x.softmax(-1));

    // Derivatives of functions, to any order.
    let cube = |x: Tensor| x.pow(3.0);
    println!("{:?}", grad(Tensor::scalar(2.0f32), cube));
    println!("{:?}", grad(Tensor::scalar(2.0f32), |x| grad(x, cube)));

    // A function of one example over a batch of them.
    println!("{:?}", vmap(&x, |row| row.norm()));

    // Compiled whole at the first call: a line that is fitted to points, its parameters updated in place.
    let (xs, ys) = (tensor![0.0, 1.0, 2.0, 3.0], tensor![1.0, 3.0, 5.0, 7.0]);
    let step = jit(|(w, b): (Tensor, Tensor), x: &Tensor, y: &Tensor| {
        let (loss, (dw, db)) = value_and_grad((&w, &b), |(w, b)| (&w * x + b - y).square().mean());
        (loss, (w - 0.1 * dw, b - 0.1 * db))
    });
    let mut line = (Tensor::scalar(0.0f32), Tensor::scalar(0.0f32));
    let mut loss = Tensor::scalar(f32::NAN);
    for _ in 0..300 {
        (loss, line) = step(line, &xs, &ys)?;
    }
    println!(
        "w {:.4}, b {:.4}, loss {:.1e}",
        line.0.item()?,
        line.1.item()?,
        loss.item()?
    );

    // A mistake is a value that carries its error: what it was, whose line, what to do.
    let wrong = x.matmul(tensor![[1.0, 2.0]]).exp();
    if let Err(e) = wrong.eval() {
        println!("{e}");
    }
    Ok(())
}
