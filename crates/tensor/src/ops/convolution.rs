//! Sums of products of a kernel with what lies under it, wherever it moves.
use crate::{
    Array, DType, Element, Entry, Fault, Op, Sample, Tensor, Type,
    families::{
        Batched, Flows,
        element_types::ElementTypes,
        operands::same_dtype,
        samples::counting,
        sliding::{self, Sliding, chains},
        winograd,
    },
    op::apply1,
};
use bouton_ir::{self as ir, winograd::Linear};

/// Input `[groups, batch, spatial.., features]`, kernel `[groups, spatial.., features, outputs]`, result
/// `[groups, batch, spatial.., outputs]`; users call [`Tensor::conv`].
///
/// StableHLO's `convolution`, whose feature and batch groups are an axis here.
#[derive(Debug, Clone)]
pub(crate) struct Convolution {
    /// Along each spatial axis.
    pub moves: Vec<Sliding>,
    /// The sums run over positions for each feature, rather than over features for each position.
    pub features_first: bool,
    /// Made by tiles, as `bouton_ir::winograd` says.
    pub winograd: bool,
}

impl Convolution {
    /// The convolution that makes the cotangent of the input, or of the kernel.
    fn back(&self, x: &[Tensor], y: &Tensor, of_kernel: bool) -> Option<Convolution> {
        let (x, w, y) = (x[0].shape().ok()?, x[1].shape().ok()?, y.shape().ok()?);
        let turn = [Sliding::to_input, Sliding::to_kernel][usize::from(of_kernel)];
        let turned = |(i, s): (usize, &Sliding)| turn(*s, x[2 + i], w[1 + i], y[2 + i]);
        let moves: Vec<Sliding> = self.moves.iter().enumerate().map(turned).collect();
        Some(Convolution {
            winograd: self.winograd && winograd::fits(&moves, &w[1..1 + moves.len()]),
            moves,
            features_first: of_kernel,
        })
    }

    /// The sums, for types whose products are summed with `fma`.
    fn sums<T: Element + Linear>(
        &self,
        (x, w): (&Array, &Array),
        y: &Type,
        fma: impl Fn(T, T, T) -> T,
    ) -> Array {
        let how = (&self.moves[..], self.features_first);
        match self.winograd {
            true => winograd::tiles(how, x, w, y, fma),
            false => chains(how, x, w, y, fma),
        }
    }
}

/// All axes in order, but these two exchanged.
fn swapped(rank: usize, a: usize, b: usize) -> Vec<usize> {
    let mut axes: Vec<usize> = (0..rank).collect();
    axes.swap(a, b);
    axes
}

impl Op for Convolution {
    fn name(&self) -> &'static str {
        "convolution"
    }
    fn outputs(&self) -> usize {
        1
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        same_dtype(x)?;
        let y = sliding::result(&self.moves, x[0], x[1])?;
        let three = if self.features_first {
            &y.shape[2..]
        } else {
            &x[1].shape[1..]
        };
        match self.winograd && !winograd::fits(&self.moves, &three[..self.moves.len()]) {
            true => Err(Fault::value(
                "Winograd's convolutions are of 3 x 3 places that move by one",
            )),
            false => Ok(vec![y]),
        }
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        let wide = match y[0].dtype {
            DType::F64 => DType::F64,
            _ => DType::F32,
        };
        let (a, w) = (&x[0].cast(wide), &x[1].cast(wide));
        let ty = &y[0].with_dtype(wide);
        let sums = match wide {
            DType::F64 => self.sums((a, w), ty, |s: f64, a, w| a.mul_add(w, s)),
            _ => self.sums((a, w), ty, |s: f32, a: f32, w| a.mul_add(w, s)),
        };
        vec![sums.cast(y[0].dtype)]
    }
    fn vjp(&self, x: &[Tensor], y: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        let (Some(d), n) = (&dy[0], self.moves.len()) else {
            return Ok(vec![None, None]);
        };
        // The kernel, turned and with its features exchanged, moves over the cotangent; and that moves over the input,
        // example by example.
        let spatial: Vec<usize> = (1..=n).collect();
        let turned = x[1].reverse(&spatial[..]);
        let turned = turned.transpose(swapped(n + 3, n + 1, n + 2));
        let by_feature = x[0].transpose(swapped(n + 3, 1, n + 2));
        let input = self.back(x, &y[0], false);
        let kernel = self.back(x, &y[0], true);
        Ok(vec![
            input.map(|op| apply1(op, &[d, &turned])),
            kernel.map(|op| apply1(op, &[&by_feature, &d.bring(1, n + 1)]).bring(1, n + 1)),
        ])
    }
    fn jvp(&self, x: &[Tensor], _: &[Tensor], dx: &[Option<Tensor>]) -> Flows {
        let left = dx[0].as_ref().map(|d| apply1(self.clone(), &[d, &x[1]]));
        let right = dx[1].as_ref().map(|d| apply1(self.clone(), &[&x[0], d]));
        Ok(vec![match (left, right) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        }])
    }
    fn batch(&self, x: &[Tensor], axes: &[Option<usize>]) -> Batched {
        let last = self.moves.len() + 2;
        // The extra axis beside one that the result has too: the two are one while the kernel moves.
        let (places, at) = match (axes[0], axes[1]) {
            (Some(_), Some(_)) => ([Some(0), Some(0)], 0),
            (Some(_), None) => ([Some(1), None], 1),
            (None, _) => ([None, Some(last)], last),
        };
        let (mut merged, mut sizes) = (x.to_vec(), (1, 1));
        for (i, t) in merged.iter_mut().enumerate() {
            if let (Some(from), Some(place)) = (axes[i], places[i]) {
                let moved = t.bring(from, place);
                let mut shape = moved.shape().map(|s| s.to_vec()).unwrap_or_default();
                let extra = shape.remove(place);
                sizes = (extra, shape[place]);
                shape[place] *= extra;
                *t = moved.reshape(shape);
            }
        }
        let y = apply1(self.clone(), &[&merged[0], &merged[1]]);
        let mut shape = y.shape().map(|s| s.to_vec()).unwrap_or_default();
        let (extra, size) = sizes;
        shape[at] = size;
        shape.insert(at, extra);
        Ok(vec![(y.reshape(shape), Some(at))])
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], y: &[Type]) -> String {
        sliding::stablehlo(&self.moves, x, xt, &y[0])
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        let form = ir::Convolution {
            windows: self.moves.iter().map(Sliding::window).collect(),
            features_first: self.features_first,
            winograd: self.winograd,
        };
        b.step(ir::Form::Convolution(form), x, y)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "convolution",
    samples: || {
        const P: Sliding = Sliding::PLAIN;
        const fn s(stride: usize, low: i64, high: i64, spread: usize, dilation: usize) -> Sliding {
            Sliding::new(stride, low, high, spread, dilation)
        }
        let cases: [(&[usize], &[usize], &[Sliding]); 16] = [
            (&[1, 2, 4, 5, 3], &[1, 2, 3, 3, 4], &[P, P]),
            (&[1, 2, 4, 5, 2], &[1, 3, 3, 2, 3], &[s(1, 1, 1, 1, 1); 2]),
            (&[1, 1, 6, 2], &[1, 3, 2, 2], &[s(2, 1, 2, 1, 1)]),
            (&[1, 2, 5, 1], &[1, 2, 1, 2], &[s(1, 2, 0, 3, 2)]),
            (&[2, 2, 4, 3], &[2, 2, 3, 2], &[s(3, -1, 1, 2, 1)]),
            (&[3, 1, 3, 3, 1], &[3, 2, 2, 1, 1], &[P, s(1, 0, -1, 1, 1)]),
            (
                &[1, 1, 2, 3, 2, 1],
                &[1, 1, 2, 2, 1, 2],
                &[s(1, 1, 0, 1, 1); 3],
            ),
            (&[1, 2, 3], &[1, 3, 2], &[]),
            (&[1, 1, 1, 1], &[1, 1, 1, 1], &[P]),
            (&[1, 1, 2, 1], &[1, 5, 1, 1], &[P]),
            (&[1, 0, 3, 2], &[1, 2, 2, 2], &[P]),
            (&[1, 2, 3, 0], &[1, 2, 0, 2], &[P]),
            (&[1, 2, 3, 1], &[1, 2, 1, 0], &[P]),
            (&[2, 2, 3, 4, 1], &[2, 3, 3, 1, 2], &[s(1, 1, 1, 1, 1); 2]),
            (&[1, 1, 4, 3, 2], &[1, 3, 3, 2, 3], &[P, s(1, -1, 4, 1, 1)]),
            (
                &[1, 3, 5, 6, 2],
                &[1, 4, 5, 2, 2],
                &[s(1, 1, 0, 1, 1), s(1, 0, 1, 1, 1)],
            ),
        ];
        let sample = |dtype, i: usize, features_first, winograd| {
            let (x, w, moves) = cases[i];
            let inputs = [counting(dtype, x)?, counting(dtype, w)?];
            let op = Convolution {
                moves: moves.to_vec(),
                features_first,
                winograd,
            };
            Some(Sample::new(op, inputs))
        };
        let f64 = DType::F64;
        let orders = (0..13).flat_map(|i| [false, true].map(|first| sample(f64, i, first, false)));
        let tiled = [(1, false), (13, false), (14, false), (15, true)];
        let tiled = tiled.map(|(i, first)| sample(f64, i, first, true));
        let types = ElementTypes::Floats.samples().into_iter();
        let types = types.map(|t| sample(t, 1, false, false));
        orders.chain(tiled).chain(types).flatten().collect()
    },
    faults: || {
        let apply = |stride, winograd, dtype, w: &[usize]| {
            let op = Convolution {
                moves: vec![Sliding::new(stride, 0, 0, 1, 1)],
                features_first: false,
                winograd,
            };
            let [x, w] = [&[1, 2, 3, 4][..], w].map(|shape| Tensor::zeros(dtype, shape));
            apply1(op, &[&x, &w])
        };
        let (f32, i32) = (DType::F32, DType::I32);
        vec![
            (
                apply(1, false, f32, &[1, 2, 5, 6]),
                "axis 2 of input 1 must have the features of input 0, 4; it has 5",
            ),
            (
                apply(1, false, f32, &[2, 2, 4, 6]),
                "inputs must have the same number of groups on axis 0; input 1 has 2, input 0 has 1",
            ),
            (
                apply(0, false, f32, &[1, 2, 4, 6]),
                "strides and dilations must be at least 1; those of spatial axis 0 are not",
            ),
            (
                apply(1, true, f32, &[1, 2, 4, 6]),
                "Winograd's convolutions are of 3 x 3 places that move by one",
            ),
            (
                apply(1, false, i32, &[1, 2, 4, 6]),
                "the element type must be a float, not i32",
            ),
        ]
    },
};
