//! Products of several matrices.
use crate::{Fault, Operand, Result, Tensor, blame, families::operands::as_tensor, here};

/// The product of all matrices in the order of multiplications that needs the fewest.
///
/// # Shapes
/// `[a, b], [b, c], .., [y, z] -> [a, z]`; the first may be a row and the last a column, as in [`Tensor::matmul`].
///
/// # Types
/// Those of [`Tensor::matmul`], product by product.
///
/// # Errors
/// There must be an input; they must be matrices, but for the first and the last, which may be vectors; neighbours must
/// have the same size where they meet.
///
/// # Example
/// ```
/// # use bouton_tensor::{multi_dot, tensor};
/// let y = multi_dot([tensor![[1], [2]], tensor![[3, 4]], tensor![[1], [0]]]);
/// assert_eq!(format!("{y:?}"), "i32[2, 1]\n[\n  [3],\n  [6]\n]");
/// ```
///
/// NumPy's `multi_dot`; the order is found as in Cormen et al., Introduction to Algorithms, 14.2.
#[track_caller]
pub fn multi_dot<T: Into<Operand>>(tensors: impl IntoIterator<Item = T>) -> Tensor {
    let place = here();
    let tensors: Vec<Tensor> = tensors.into_iter().map(|t| as_tensor(t.into())).collect();
    blame(place, || in_order(&tensors)).into()
}

fn in_order(tensors: &[Tensor]) -> Result<Tensor> {
    let inputs: Vec<&Tensor> = tensors.iter().collect();
    let fault = |rule: String| Ok(Tensor::fault("multi_dot", Fault::shape(rule), &inputs));
    let n = tensors.len();
    if n == 0 {
        return fault("there must be at least one input".into());
    }
    // The sizes between the matrices, as the chain meets them.
    let mut sizes = vec![];
    for (i, x) in tensors.iter().enumerate() {
        let shape = x.shape()?;
        let [rows, columns] = match shape[..] {
            [m, n] => [m, n],
            [k] if i == 0 && n > 1 => [1, k],
            [k] if i + 1 == n && n > 1 => [k, 1],
            _ => {
                return fault(format!(
                    "inputs must be matrices, but the first and the last may be vectors; input {i} has {} axes",
                    shape.rank()
                ));
            }
        };
        match sizes.last() {
            Some(&before) if before != rows => {
                return fault(format!(
                    "neighbours must have the same size where they meet; input {} has {before} columns, input {i} {rows} rows",
                    i - 1
                ));
            }
            Some(_) => sizes.push(columns),
            None => sizes.extend([rows, columns]),
        }
    }
    // cost[i][j] and where to cut the product of i..=j.
    let mut best = vec![vec![(0u128, 0); n]; n];
    for length in 1..n {
        for i in 0..n - length {
            let j = i + length;
            let price = |cut: usize| {
                let last = [sizes[i], sizes[cut + 1], sizes[j + 1]];
                let own = last.iter().fold(1u128, |p, &d| p.saturating_mul(d as u128));
                let parts = best[i][cut].0.saturating_add(best[cut + 1][j].0);
                (parts.saturating_add(own), cut)
            };
            best[i][j] = (i..j).map(price).min().unwrap_or_default();
        }
    }
    // Shorter products first, each from two that are known.
    let mut wanted = vec![(0, n - 1)];
    let mut next = 0;
    while let Some(&(i, j)) = wanted.get(next) {
        if i < j {
            let cut = best[i][j].1;
            wanted.extend([(i, cut), (cut + 1, j)]);
        }
        next += 1;
    }
    let mut known = vec![vec![None; n]; n];
    for &(i, j) in wanted.iter().rev() {
        let cut = best[i][j].1;
        let product = match (
            i < j,
            known[i][cut].as_ref(),
            known[(cut + 1).min(n - 1)][j].as_ref(),
        ) {
            (true, Some(a), Some(b)) => Tensor::matmul(a, b),
            _ => tensors[i].clone(),
        };
        known[i][j] = Some(product);
    }
    let result = known.swap_remove(0).swap_remove(n - 1);
    Ok(result.unwrap_or_else(|| tensors[0].clone()))
}
