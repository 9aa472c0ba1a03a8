//! Linear algebra and its gradients against NumPy, SciPy and JAX.
use crate::{
    draws::tensors,
    golden::{Golden, read},
};
use bouton_tensor::{Array, MatrixNorm, Result, Tensor, Triangle, multi_dot, value_and_grad};

/// What a record asks for.
fn results(g: &Golden) -> Vec<Tensor> {
    let x = tensors(g.inputs());
    let flag = |name: &str| g.get(name) == Some("1");
    match g.name.as_str() {
        "cholesky" => vec![x[0].cholesky()],
        "eigh" => x[0].eigh().into_vec(),
        "eigvalsh" => vec![x[0].eigvalsh()],
        "solve" => vec![x[0].solve(&x[1])],
        "inv" => vec![x[0].inv()],
        "det" => vec![x[0].det()],
        "slogdet" => x[0].slogdet().into_vec(),
        "matrix_power" => vec![x[0].matrix_power(g.number("power"))],
        "expm" => vec![x[0].expm()],
        "lu" => x[0].lu().into_vec(),
        "qr" if flag("complete") => x[0].qr_complete().into_vec(),
        "qr" => x[0].qr().into_vec(),
        "qr_r" => vec![x[0].qr().1],
        "svd" => x[0].svd().into_vec(),
        "svdvals" => vec![x[0].svdvals()],
        "pinv" => vec![x[0].pinv()],
        "matrix_rank" => vec![x[0].matrix_rank()],
        "cond" => vec![x[0].cond()],
        "matrix_norm" => vec![x[0].matrix_norm(norm(g.get("kind").unwrap()))],
        "triangular_solve" => {
            let mut half = match flag("lower") {
                true => Triangle::lower(),
                false => Triangle::upper(),
            };
            if flag("transposed") {
                half = half.transposed();
            }
            if flag("unit") {
                half = half.unit_diagonal();
            }
            vec![x[0].triangular_solve(&x[1], half)]
        }
        "lstsq" => x[0].lstsq(&x[1]).into_vec(),
        "covariance" => vec![x[0].covariance(g.number("ddof"))],
        "corrcoef" => vec![x[0].corrcoef()],
        "kron" => vec![x[0].kron(&x[1])],
        "cross" => vec![x[0].cross(&x[1])],
        "multi_dot" => vec![multi_dot(&x)],
        "take_diagonal" => vec![x[0].take_diagonal(g.number("offset"))],
        "make_diagonal" => vec![x[0].make_diagonal(g.number("offset"))],
        "trace" => vec![x[0].trace()],
        name => {
            let (loss, gradients) = value_and_grad(x, |x| {
                let y = differentiated(name.strip_prefix("grad_").unwrap_or(name), &x);
                y.sin().sum()
            });
            [vec![loss], gradients].concat()
        }
    }
}

/// Of what the gradient is taken.
fn differentiated(name: &str, x: &[Tensor]) -> Tensor {
    match name {
        "cholesky" => x[0].cholesky(),
        "solve" => x[0].solve(&x[1]),
        "inv" => x[0].inv(),
        "eigh_values" => x[0].eigh().0,
        "eigh_vectors" => x[0].eigh().1.square(),
        "svd_values" => x[0].svd().1,
        "svd_left" => x[0].svd().0.square(),
        "svd_right" => x[0].svd().2.square(),
        "pinv" => x[0].pinv(),
        "qr_q" => x[0].qr().0,
        "qr_r" => x[0].qr().1,
        "lu_l" => x[0].lu().1,
        "lu_u" => x[0].lu().2,
        "expm" => x[0].expm(),
        "matrix_power" => x[0].matrix_power(3),
        "corrcoef" => x[0].corrcoef(),
        "det" => x[0].det(),
        "slogdet" => x[0].slogdet().1,
        _ => panic!("{name} has no counterpart here"),
    }
}

fn norm(kind: &str) -> MatrixNorm {
    match kind {
        "fro" => MatrixNorm::Frobenius,
        "nuc" => MatrixNorm::Nuclear,
        "one" => MatrixNorm::GreatestColumn,
        "minus_one" => MatrixNorm::LeastColumn,
        "two" => MatrixNorm::Spectral,
        "minus_two" => MatrixNorm::LeastSingular,
        "inf" => MatrixNorm::GreatestRow,
        _ => MatrixNorm::LeastRow,
    }
}

/// Results of a function as a list.
trait IntoVec {
    fn into_vec(self) -> Vec<Tensor>;
}

impl IntoVec for (Tensor, Tensor) {
    fn into_vec(self) -> Vec<Tensor> {
        vec![self.0, self.1]
    }
}

impl IntoVec for (Tensor, Tensor, Tensor) {
    fn into_vec(self) -> Vec<Tensor> {
        vec![self.0, self.1, self.2]
    }
}

impl IntoVec for (Tensor, Tensor, Tensor, Tensor) {
    fn into_vec(self) -> Vec<Tensor> {
        vec![self.0, self.1, self.2, self.3]
    }
}

#[test]
fn linear_algebra() {
    let mut failures = vec![];
    let records = read(include_str!("../golden/linalg.txt"));
    for g in &records {
        let found: Result<Vec<Array>> = results(g).iter().map(Tensor::to_array).collect();
        let outcome = found
            .map_err(|e| format!("{} in line {}: {e}", g.name, g.line))
            .and_then(|found| g.compare_all(&found));
        failures.extend(outcome.err());
    }
    assert!(
        failures.is_empty(),
        "{} of {} records:\n{}",
        failures.len(),
        records.len(),
        failures.join("\n")
    );
}
