//! Sums of products by Einstein's convention.
use crate::{
    DType, Fault, Operand, Result, Shape, Tensor, blame, families::operands::as_tensor, here,
};
use std::collections::BTreeMap;

/// The sums of products that `equation` says: each operand's axes have letters, equal letters run together, and letters
/// that are not behind `->` are summed over. Without `->` the result has the letters that come up once, in the order of
/// the alphabet. `...` stands for axes that broadcast.
///
/// # Shapes
/// Axes of one letter have one size, or 1. `"ij,jk->ik"` is a product of matrices, `"ii->i"` a diagonal,
/// `"bij,bjk->bik"` a batched product.
///
/// # Types
/// The operands are promoted to one type. Of three or more, the pair with the smallest result is multiplied first.
///
/// # Errors
/// The equation must have a list of letters for each operand and name each of its axes; a letter of the result comes up
/// once there, and in an operand; sizes must agree; the elements must be numbers.
///
/// # Example
/// ```
/// # use bouton_tensor::{einsum, tensor};
/// let (x, y) = (tensor![[1, 2], [3, 4]], tensor![10, 100]);
/// assert_eq!(format!("{:?}", einsum("ij,j->i", [&x, &y])), "i32[2] [210, 430]");
/// assert_eq!(format!("{:?}", einsum("ii", [&x])), "i32 5");
/// ```
///
/// NumPy's `einsum`.
#[track_caller]
pub fn einsum<T: Into<Operand>>(equation: &str, operands: impl IntoIterator<Item = T>) -> Tensor {
    let place = here();
    let operands: Vec<Tensor> = operands.into_iter().map(|t| as_tensor(t.into())).collect();
    blame(place, || {
        let shapes = operands
            .iter()
            .map(Tensor::shape)
            .collect::<Result<Vec<_>>>()?;
        let inputs: Vec<&Tensor> = operands.iter().collect();
        match Equation::read(equation, &shapes) {
            Ok(equation) => equation.evaluate(&operands),
            Err(fault) => Ok(Tensor::fault(
                format!("einsum({equation:?})"),
                fault,
                &inputs,
            )),
        }
    })
    .into()
}

/// What an axis is called: a letter, or the place from the back among those that `...` stands for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Label {
    Dots(usize),
    Letter(char),
}

struct Equation {
    inputs: Vec<Vec<Label>>,
    output: Vec<Label>,
    sizes: BTreeMap<Label, usize>,
}

/// A tensor whose axes have names, no two the same.
struct Term {
    x: Tensor,
    labels: Vec<Label>,
}

impl Equation {
    fn read(text: &str, shapes: &[Shape]) -> Result<Equation, Fault> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let (left, right) = match text.split_once("->") {
            Some((left, right)) => (left, Some(right)),
            None => (&text[..], None),
        };
        let terms: Vec<&str> = left.split(',').collect();
        if terms.len() != shapes.len() {
            return Err(Fault::value(format!(
                "the equation has {} operands; {} are given",
                terms.len(),
                shapes.len()
            )));
        }
        let mut sizes: BTreeMap<Label, usize> = BTreeMap::new();
        let mut inputs = vec![];
        for (i, (term, shape)) in terms.iter().zip(shapes).enumerate() {
            let (letters, dots) = letters(term)?;
            let hidden = match (shape.rank().checked_sub(letters.len()), dots) {
                (Some(n), Some(_)) => n,
                (Some(0), None) => 0,
                _ => {
                    return Err(Fault::shape(format!(
                        "{term:?} names {} axes; input {i} has {}",
                        letters.len(),
                        shape.rank()
                    )));
                }
            };
            let labels = expand(&letters, dots, hidden);
            for (&label, &n) in labels.iter().zip(shape.iter()) {
                let size = sizes.entry(label).or_insert(n);
                if *size == 1 {
                    *size = n;
                } else if n != *size && n != 1 {
                    let name = match label {
                        Label::Letter(c) => format!("{c:?}"),
                        Label::Dots(_) => "\"...\"".to_string(),
                    };
                    return Err(Fault::shape(format!(
                        "axes of one name must have the same size, or 1; {name} has {size} and {n}"
                    )));
                }
            }
            inputs.push(labels);
        }
        let most = inputs.iter().flatten().filter_map(|l| match l {
            Label::Dots(i) => Some(i + 1),
            Label::Letter(_) => None,
        });
        let most = most.max().unwrap_or(0);
        let output = match right {
            Some(right) => {
                let (letters, dots) = letters(right)?;
                if dots.is_none() && most > 0 {
                    return Err(Fault::value(
                        "the result must have the \"...\" of the operands",
                    ));
                }
                let labels = expand(&letters, dots, most);
                for (i, label) in labels.iter().enumerate() {
                    if labels[..i].contains(label) {
                        return Err(Fault::value("a name must come up once in the result"));
                    }
                    if !sizes.contains_key(label) {
                        return Err(Fault::value(
                            "every name of the result must come up in an operand",
                        ));
                    }
                }
                labels
            }
            // Sorted, the axes of `...` first.
            None => {
                let all = || inputs.iter().flatten();
                let once = |l: &&Label| match l {
                    Label::Dots(_) => false,
                    l => all().filter(|m| m == l).count() == 1,
                };
                let mut alone: Vec<Label> = all().filter(once).copied().collect();
                alone.sort();
                expand(&[], Some(0), most)
                    .into_iter()
                    .chain(alone)
                    .collect()
            }
        };
        Ok(Equation {
            inputs,
            output,
            sizes,
        })
    }

    fn evaluate(&self, operands: &[Tensor]) -> Result<Tensor> {
        let dtype =
            operands
                .iter()
                .map(Tensor::dtype)
                .try_fold(None, |all: Option<DType>, d| {
                    let d = d?;
                    Ok::<_, crate::Error>(Some(all.map_or(d, |all| all.promote(d))))
                })?;
        let mut terms: Vec<Term> = vec![];
        for (x, labels) in operands.iter().zip(&self.inputs) {
            let x = dtype.map_or(x.clone(), |d| x.convert(d));
            terms.push(self.without_repetitions(x, labels)?);
        }
        while terms.len() > 1 {
            let pairs = (0..terms.len()).flat_map(|i| (i + 1..terms.len()).map(move |j| (i, j)));
            let size = |&(i, j): &(usize, usize)| -> f64 {
                let kept = self.kept(&terms, i, j);
                kept.iter().map(|l| self.sizes[l] as f64).product()
            };
            let best = pairs.min_by(|a, b| size(a).total_cmp(&size(b)));
            let Some((i, j)) = best else { break };
            let kept = self.kept(&terms, i, j);
            let b = terms.remove(j);
            let a = terms.remove(i);
            terms.insert(i, pair(a, b, &kept));
        }
        let Some(last) = terms.pop() else {
            return Ok(Tensor::fault(
                "einsum",
                Fault::value("there must be an operand"),
                &[],
            ));
        };
        let last = last.summed(&self.output);
        // Names whose axes had size 1 everywhere they came up.
        let missing = |l: &&Label| !last.labels.contains(l);
        let missing: Vec<Label> = self.output.iter().filter(missing).copied().collect();
        let mut shape = last.x.shape()?.to_vec();
        shape.extend(missing.iter().map(|_| 1));
        let labels = [&last.labels[..], &missing[..]].concat();
        let place = |l: &Label| labels.iter().position(|m| m == l).unwrap_or(0);
        let order: Vec<usize> = self.output.iter().map(place).collect();
        Ok(last.x.reshape(shape).transpose(order))
    }

    /// The names that a product of terms `i` and `j` must keep for the rest.
    fn kept(&self, terms: &[Term], i: usize, j: usize) -> Vec<Label> {
        let others = terms.iter().enumerate().filter(|(k, _)| *k != i && *k != j);
        let wanted: Vec<&Label> = others
            .flat_map(|(_, t)| &t.labels)
            .chain(&self.output)
            .collect();
        let mut kept: Vec<Label> = terms[i].labels.clone();
        kept.extend(
            terms[j]
                .labels
                .iter()
                .filter(|l| !terms[i].labels.contains(l)),
        );
        kept.retain(|l| wanted.contains(&l));
        kept
    }

    /// The diagonals along axes of one name; axes of size 1 that stand for more go away.
    fn without_repetitions(&self, x: Tensor, labels: &[Label]) -> Result<Term> {
        let (mut x, mut labels) = (x, labels.to_vec());
        let mut axis = 0;
        while axis < labels.len() {
            let shape = x.shape()?;
            if shape[axis] == 1 {
                x = x.squeeze_axes(axis as i32);
                labels.remove(axis);
                continue;
            }
            let Some(other) = (axis + 1..labels.len()).find(|&b| labels[b] == labels[axis]) else {
                axis += 1;
                continue;
            };
            if shape[other] != 1 {
                let n = shape[axis];
                // Every (n + 1)-th element of both axes together.
                let together = x.bring(other, axis + 1);
                let mut flat = shape.without(other).to_vec();
                flat[axis] = n * n;
                let diagonal = crate::step(0..n * n, n + 1);
                x = together.reshape(flat).slice_axis(axis as i32, diagonal);
            } else {
                x = x.squeeze_axes(other as i32);
            }
            labels.remove(other);
        }
        Ok(Term { x, labels })
    }
}

impl Term {
    /// Without the axes that nobody else has and the result does not keep.
    fn summed(self, kept: &[Label]) -> Term {
        let gone = |i: &usize| !kept.contains(&self.labels[*i]);
        let axes: Vec<usize> = (0..self.labels.len()).filter(gone).collect();
        if axes.is_empty() {
            return self;
        }
        let labels = self.labels.iter().filter(|l| kept.contains(l)).copied();
        Term {
            labels: labels.collect(),
            x: self.x.sum_as(axes),
        }
    }
}

impl Tensor {
    /// Sums in the tensor's own type, as products have them.
    #[track_caller]
    fn sum_as(&self, axes: Vec<usize>) -> Tensor {
        match self.dtype() {
            Ok(dtype) => self.sum_axes(axes).convert(dtype),
            Err(_) => self.clone(),
        }
    }
}

/// The product of two terms, summed over what is not kept.
fn pair(a: Term, b: Term, kept: &[Label]) -> Term {
    // What only one of them has is summed before.
    let [with_b, with_a] = [&b, &a].map(|t| [kept, &t.labels[..]].concat());
    let (a, b) = (a.summed(&with_b), b.summed(&with_a));
    let place = |of: &Term, l: &Label| of.labels.iter().position(|m| m == l);
    let both = |wanted: bool| -> Vec<(usize, usize)> {
        let shared = a.labels.iter().enumerate();
        let shared = shared.filter_map(|(i, l)| Some((i, place(&b, l)?, kept.contains(l))));
        shared
            .filter(|p| p.2 == wanted)
            .map(|p| (p.0, p.1))
            .collect()
    };
    let (batch, contract) = (both(true), both(false));
    let rest = |t: &Term, other: &Term| -> Vec<Label> {
        let alone = t.labels.iter().filter(|l| !other.labels.contains(l));
        alone.copied().collect()
    };
    let first = batch.iter().map(|&(i, _)| a.labels[i]);
    let labels: Vec<Label> = first.chain(rest(&a, &b)).chain(rest(&b, &a)).collect();
    let x = match contract.is_empty() {
        // Nothing is summed: an ordinary product, with axes of size 1 where one of them has none.
        true => aligned(&a, &labels) * aligned(&b, &labels),
        false => a.x.dot_general(&b.x, &batch, &contract),
    };
    Term { x, labels }
}

/// The term with its axes in the order of these names, and size 1 for those it has not.
fn aligned(t: &Term, labels: &[Label]) -> Tensor {
    let order = labels
        .iter()
        .filter_map(|l| t.labels.iter().position(|m| m == l));
    let x = t.x.transpose(order.collect::<Vec<usize>>());
    let absent = labels
        .iter()
        .enumerate()
        .filter(|(_, l)| !t.labels.contains(l));
    absent.fold(x, |x, (axis, _)| x.new_axis(axis as i32))
}

/// The letters of one list, and before which of them `...` stands.
fn letters(term: &str) -> Result<(Vec<char>, Option<usize>), Fault> {
    let (before, after) = match term.split_once("...") {
        Some((before, after)) => (before, Some(after)),
        None => (term, None),
    };
    let letters: Vec<char> = before.chars().chain(after.unwrap_or("").chars()).collect();
    match letters.iter().find(|c| !c.is_alphabetic()) {
        Some(c) => Err(Fault::value(format!(
            "axes are named by letters, not {c:?}"
        ))),
        None => Ok((letters, after.map(|_| before.chars().count()))),
    }
}

/// The names of all axes, `hidden` of them where the dots are.
fn expand(letters: &[char], dots: Option<usize>, hidden: usize) -> Vec<Label> {
    let mut labels: Vec<Label> = letters.iter().map(|&c| Label::Letter(c)).collect();
    if let Some(at) = dots {
        labels.splice(at..at, (0..hidden).rev().map(Label::Dots));
    }
    labels
}
