//! Sums of products of a kernel with what lies under it, wherever it moves.
use crate::{
    Array, DType, Entry, Fault, Op, Sample, Tensor, Type,
    families::{
        Batched, Flows,
        element_types::ElementTypes,
        operands::same_dtype,
        samples::counting,
        sliding::{self, Sliding, chains},
    },
    op::apply1,
};
use bouton_ir as ir;

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
}

impl Convolution {
    /// The spatial axes' sizes of input, kernel and result.
    fn sizes(&self, x: &Tensor, w: &Tensor, y: &Tensor) -> Option<Vec<[usize; 3]>> {
        let (x, w, y) = (x.shape().ok()?, w.shape().ok()?, y.shape().ok()?);
        let axes = 0..self.moves.len();
        Some(
            axes.map(|i| [x[2 + i], w[1 + i], y[2 + i]])
                .collect::<Vec<_>>(),
        )
    }

    /// The cotangent of the input: the kernel, turned and with its features exchanged, moves over that of the result.
    #[track_caller]
    fn input_cotangent(&self, sizes: &[[usize; 3]], w: &Tensor, d: &Tensor) -> Tensor {
        let n = self.moves.len();
        let moves = self.moves.iter().zip(sizes);
        let op = Convolution {
            moves: moves.map(|(s, &[x, w, y])| s.to_input(x, w, y)).collect(),
            features_first: false,
        };
        let spatial: Vec<usize> = (1..=n).collect();
        let turned = w
            .reverse(&spatial[..])
            .transpose(swapped(n + 3, n + 1, n + 2));
        apply1(op, &[d, &turned])
    }

    /// The cotangent of the kernel: that of the result moves over the input, example by example.
    #[track_caller]
    fn kernel_cotangent(&self, sizes: &[[usize; 3]], x: &Tensor, d: &Tensor) -> Tensor {
        let n = self.moves.len();
        let moves = self.moves.iter().zip(sizes);
        let op = Convolution {
            moves: moves.map(|(s, &[x, w, y])| s.to_kernel(x, w, y)).collect(),
            features_first: true,
        };
        let by_feature = x.transpose(swapped(n + 3, 1, n + 2));
        apply1(op, &[&by_feature, &d.move_axis(1, n + 1)]).move_axis(1, n + 1)
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
        sliding::result(&self.moves, x[0], x[1]).map(|t| vec![t])
    }
    fn eval(&self, x: &[&Array], y: &[Type]) -> Vec<Array> {
        let wide = match y[0].dtype {
            DType::F64 => DType::F64,
            _ => DType::F32,
        };
        let (a, w) = (&x[0].cast(wide), &x[1].cast(wide));
        let (how, ty) = (
            (&self.moves[..], self.features_first),
            &y[0].with_dtype(wide),
        );
        let sums = match wide {
            DType::F64 => chains(how, a, w, ty, |s: f64, a: f64, w| a.mul_add(w, s)),
            _ => chains(how, a, w, ty, |s: f32, a: f32, w| a.mul_add(w, s)),
        };
        vec![sums.cast(y[0].dtype)]
    }
    fn vjp(&self, x: &[Tensor], y: &[Tensor], dy: &[Option<Tensor>]) -> Flows {
        let (Some(d), Some(sizes)) = (&dy[0], self.sizes(&x[0], &x[1], &y[0])) else {
            return Ok(vec![None, None]);
        };
        Ok(vec![
            Some(self.input_cotangent(&sizes, &x[1], d)),
            Some(self.kernel_cotangent(&sizes, &x[0], d)),
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
                let moved = t.move_axis(from, place);
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
        };
        b.step(ir::Form::Convolution(form), x, y)
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "convolution",
    samples: || {
        type Case<'a> = (&'a [usize], &'a [usize], &'a [Sliding]);
        const P: Sliding = Sliding::PLAIN;
        let cases: [Case; 13] = [
            (&[1, 2, 4, 5, 3], &[1, 2, 3, 3, 4], &[P, P]),
            (
                &[1, 2, 4, 5, 2],
                &[1, 3, 3, 2, 3],
                &[Sliding::new(1, 1, 1, 1, 1); 2],
            ),
            (&[1, 1, 6, 2], &[1, 3, 2, 2], &[Sliding::new(2, 1, 2, 1, 1)]),
            (&[1, 2, 5, 1], &[1, 2, 1, 2], &[Sliding::new(1, 2, 0, 3, 2)]),
            (
                &[2, 2, 4, 3],
                &[2, 2, 3, 2],
                &[Sliding::new(3, -1, 1, 2, 1)],
            ),
            (
                &[3, 1, 3, 3, 1],
                &[3, 2, 2, 1, 1],
                &[P, Sliding::new(1, 0, -1, 1, 1)],
            ),
            (
                &[1, 1, 2, 3, 2, 1],
                &[1, 1, 2, 2, 1, 2],
                &[Sliding::new(1, 1, 0, 1, 1); 3],
            ),
            (&[1, 2, 3], &[1, 3, 2], &[]),
            (&[1, 1, 1, 1], &[1, 1, 1, 1], &[P]),
            (&[1, 1, 2, 1], &[1, 5, 1, 1], &[P]),
            (&[1, 0, 3, 2], &[1, 2, 2, 2], &[P]),
            (&[1, 2, 3, 0], &[1, 2, 0, 2], &[P]),
            (&[1, 2, 3, 1], &[1, 2, 1, 0], &[P]),
        ];
        let sample = |dtype, features_first, (x, w, moves): Case| {
            let inputs = [counting(dtype, x)?, counting(dtype, w)?];
            let moves = moves.to_vec();
            let op = Convolution {
                moves,
                features_first,
            };
            Some(Sample::new(op, inputs))
        };
        let all = cases
            .into_iter()
            .flat_map(|c| [sample(DType::F64, false, c), sample(DType::F64, true, c)]);
        let types = ElementTypes::Floats.samples();
        all.chain(types.iter().map(|&t| sample(t, false, cases[1])))
            .flatten()
            .collect()
    },
    faults: || {
        let x = |shape: &[usize]| Tensor::zeros(DType::F32, shape);
        let apply = |moves: &[Sliding], a: &Tensor, b: &Tensor| {
            let (moves, features_first) = (moves.to_vec(), false);
            apply1(
                Convolution {
                    moves,
                    features_first,
                },
                &[a, b],
            )
        };
        let plain = [Sliding::PLAIN];
        vec![
            (
                apply(&plain, &x(&[1, 2, 3, 4]), &x(&[1, 2, 5, 6])),
                "axis 2 of input 1 must have the features of input 0, 4; it has 5",
            ),
            (
                apply(&plain, &x(&[1, 2, 3, 4]), &x(&[2, 2, 4, 6])),
                "inputs must have the same number of groups on axis 0; input 1 has 2, input 0 has 1",
            ),
            (
                apply(
                    &[Sliding::new(0, 0, 0, 1, 1)],
                    &x(&[1, 2, 3, 4]),
                    &x(&[1, 2, 4, 6]),
                ),
                "strides and dilations must be at least 1; those of spatial axis 0 are not",
            ),
            (
                apply(
                    &plain,
                    &x(&[1, 2, 3, 4]).convert(DType::I32),
                    &x(&[1, 2, 4, 6]).convert(DType::I32),
                ),
                "the element type must be a float, not i32",
            ),
        ]
    },
};
