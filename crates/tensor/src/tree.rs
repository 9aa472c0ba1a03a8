//! Values made of tensors.
use crate::{Error, Result, Tensor};
use std::{collections::BTreeMap, fmt};

/// Where a leaf sits in a tree; text only when somebody asks.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
#[allow(missing_docs)] // a linked list of steps
pub enum Path<'a> {
    Root,
    Field(&'a Path<'a>, &'a str),
    Index(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    /// `.layers[0].kernel`; nothing at the root.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Field(parent, name) => write!(f, "{parent}.{name}"),
            Path::Index(parent, i) => write!(f, "{parent}[{i}]"),
        }
    }
}

/// A value made of tensors: a tensor, a reference to a tree, or a tuple, array, `Vec`, `Option`, `BTreeMap` or
/// [`tree!`](crate::tree) struct of trees.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not made of tensors",
    note = "a tree is a tensor, a reference to a tree, or a tuple, array, Vec, Option, BTreeMap or `tree!` struct of trees"
)]
pub trait Tree {
    /// The same tree with every reference replaced by a handle.
    type Owned: Owned;

    /// The same tree with every leaf replaced by what `f` makes of it; leaves come in one fixed order.
    fn map(&self, at: Path, f: &mut dyn FnMut(Path, &Tensor) -> Tensor) -> Self::Owned;

    /// All leaves in order.
    fn leaves(&self) -> Vec<Tensor> {
        let mut leaves = vec![];
        let _ = self.map(Path::Root, &mut |_, t| {
            leaves.push(t.clone());
            t.clone()
        });
        leaves
    }

    /// This tree with its leaves replaced, in order, by `leaves`; what is missing keeps its old leaf.
    fn with_leaves(&self, leaves: impl IntoIterator<Item = Tensor>) -> Self::Owned
    where
        Self: Sized,
    {
        let mut leaves = leaves.into_iter();
        self.map(Path::Root, &mut |_, t| {
            leaves.next().unwrap_or_else(|| t.clone())
        })
    }

    /// The same tree of cloned handles.
    fn to_owned_tree(&self) -> Self::Owned {
        self.map(Path::Root, &mut |_, t| t.clone())
    }
}

/// A tree without references.
pub trait Owned: Tree<Owned = Self> + Send + Sync + 'static {}
impl<T: Tree<Owned = T> + Send + Sync + 'static> Owned for T {}

impl Tree for Tensor {
    type Owned = Tensor;
    fn map(&self, at: Path, f: &mut dyn FnMut(Path, &Tensor) -> Tensor) -> Tensor {
        f(at, self)
    }
}

impl<T: Owned> Tree for &T {
    type Owned = T;
    fn map(&self, at: Path, f: &mut dyn FnMut(Path, &Tensor) -> Tensor) -> T {
        (**self).map(at, f)
    }
}

impl<T: Tree> Tree for Vec<T> {
    type Owned = Vec<T::Owned>;
    fn map(&self, at: Path, f: &mut dyn FnMut(Path, &Tensor) -> Tensor) -> Self::Owned {
        self.iter()
            .enumerate()
            .map(|(i, t)| t.map(Path::Index(&at, i), f))
            .collect()
    }
}

impl<T: Tree, const N: usize> Tree for [T; N] {
    type Owned = [T::Owned; N];
    fn map(&self, at: Path, f: &mut dyn FnMut(Path, &Tensor) -> Tensor) -> Self::Owned {
        let mut i = 0;
        self.each_ref().map(|t| {
            i += 1;
            t.map(Path::Index(&at, i - 1), f)
        })
    }
}

impl<T: Tree> Tree for Option<T> {
    type Owned = Option<T::Owned>;
    fn map(&self, at: Path, f: &mut dyn FnMut(Path, &Tensor) -> Tensor) -> Self::Owned {
        self.as_ref().map(|t| t.map(at, f))
    }
}

impl<T: Tree> Tree for BTreeMap<String, T> {
    type Owned = BTreeMap<String, T::Owned>;
    fn map(&self, at: Path, f: &mut dyn FnMut(Path, &Tensor) -> Tensor) -> Self::Owned {
        self.iter()
            .map(|(k, t)| (k.clone(), t.map(Path::Field(&at, k), f)))
            .collect()
    }
}

macro_rules! tuples {
    ($(($($T:ident $i:tt)*))*) => {$(
        #[allow(unused, clippy::unused_unit)] // the empty tuple has no leaves
        impl<$($T: Tree),*> Tree for ($($T,)*) {
            type Owned = ($($T::Owned,)*);
            fn map(&self, at: Path, f: &mut dyn FnMut(Path, &Tensor) -> Tensor) -> Self::Owned {
                ($(self.$i.map(Path::Index(&at, $i), f),)*)
            }
        }
    )*};
}
tuples! { () (A 0) (A 0 B 1) (A 0 B 1 C 2) (A 0 B 1 C 2 D 3) (A 0 B 1 C 2 D 3 E 4) (A 0 B 1 C 2 D 3 E 4 G 5) }

/// Makes a struct of trees a tree: `tree!(Dense { kernel, bias });`, `tree!(Adam<P> { m, v, step });`.
///
/// A forgotten field does not compile.
#[macro_export]
macro_rules! tree {
    ($Name:ident $(<$($P:ident),*>)? { $($field:ident),* $(,)? }) => {
        impl $(<$($P: $crate::Tree),*>)? $crate::Tree for $Name $(<$($P),*>)? {
            type Owned = $Name $(<$($P::Owned),*>)?;
            fn map(&self, at: $crate::Path, f: &mut dyn FnMut($crate::Path, &$crate::Tensor) -> $crate::Tensor) -> Self::Owned {
                $Name { $($field: $crate::Tree::map(&self.$field, $crate::Path::Field(&at, stringify!($field)), f)),* }
            }
        }
    };
}

/// What a function given to a transformation may return: a tree, or a `Result` of one. The transformation
/// answers in kind.
#[diagnostic::on_unimplemented(
    message = "a function given to a transformation must return tensors, not `{Self}`",
    note = "return a tree (tensor, tuple, Vec, struct declared with `tree!`, ..) or a `bouton::Result` of one"
)]
pub trait Output {
    /// The tree.
    type Value: Owned;
    /// `T`, or a `Result` of it.
    type With<T>;
    /// Works on the value, if there is one.
    fn map_output<T>(self, f: impl FnOnce(Self::Value) -> T) -> Self::With<T>;
    /// The value or the error.
    ///
    /// # Errors
    /// Only where the function returned one.
    fn result(self) -> Result<Self::Value>;
}

impl<T: Owned> Output for T {
    type Value = T;
    type With<U> = U;
    fn map_output<U>(self, f: impl FnOnce(T) -> U) -> U {
        f(self)
    }
    fn result(self) -> Result<T> {
        Ok(self)
    }
}

impl<T: Owned> Output for Result<T, Error> {
    type Value = T;
    type With<U> = Result<U, Error>;
    fn map_output<U>(self, f: impl FnOnce(T) -> U) -> Result<U> {
        self.map(f)
    }
    fn result(self) -> Result<T> {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Dense<P> {
        kernel: P,
        bias: Option<P>,
    }
    tree!(Dense<P> { kernel, bias });

    #[test]
    fn paths_name_every_leaf_in_order() {
        let t = Tensor::scalar(1.0f32);
        let dense = || Dense {
            kernel: t.clone(),
            bias: Some(t.clone()),
        };
        let map = BTreeMap::from([("head".to_string(), [t.clone(), t.clone()])]);
        let mut paths = vec![];
        let _ = (vec![dense()], &map, None::<Tensor>).map(Path::Root, &mut |at, t| {
            paths.push(at.to_string());
            t.clone()
        });
        assert_eq!(
            paths,
            ["[0][0].kernel", "[0][0].bias", "[1].head[0]", "[1].head[1]"]
        );
    }
}
