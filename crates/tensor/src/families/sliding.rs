//! Kernels that move over an input: sizes, places, the plain loop, and the convolutions that are its gradients.
use crate::{Array, Element, Fault, Type, families::element_types::ElementTypes};
use bouton_ir as ir;

/// How a kernel moves along one spatial axis.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sliding {
    /// Distance from one position to the next.
    pub stride: usize,
    /// Zeros before the first element, and behind the last; negative: elements cut off.
    pub low: i64,
    pub high: i64,
    /// Distance between neighbours of the input, and of the kernel; what is between them takes no part.
    pub input_dilation: usize,
    pub kernel_dilation: usize,
}

impl std::fmt::Debug for Sliding {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let Sliding {
            stride,
            low,
            high,
            input_dilation,
            kernel_dilation,
        } = self;
        write!(
            f,
            "{{ stride: {stride}, padding: [{low}, {high}], dilation: [{input_dilation}, {kernel_dilation}] }}"
        )
    }
}

/// Nothing reaches further than this, so that no sum of a few such distances overflows.
const FURTHEST: usize = 1 << 60;

impl Sliding {
    /// Every position, no padding.
    pub(crate) const PLAIN: Sliding = Sliding {
        stride: 1,
        low: 0,
        high: 0,
        input_dilation: 1,
        kernel_dilation: 1,
    };

    pub(crate) const fn new(
        stride: usize,
        low: i64,
        high: i64,
        input_dilation: usize,
        kernel_dilation: usize,
    ) -> Sliding {
        Sliding {
            stride,
            low,
            high,
            input_dilation,
            kernel_dilation,
        }
    }

    /// Whether a kernel can move like this along axis number `axis` of its kind; all other methods rely on it.
    ///
    /// # Errors
    /// Strides and dilations are at least 1, and nothing reaches further than sizes can be counted.
    pub(crate) fn check(
        &self,
        (kind, axis): (&str, usize),
        input: usize,
        kernel: usize,
    ) -> Result<(), Fault> {
        let distances = [self.stride, self.input_dilation, self.kernel_dilation];
        if distances.contains(&0) {
            return Err(Fault::value(format!(
                "strides and dilations must be at least 1; those of {kind} {axis} are not"
            )));
        }
        let padding = [self.low, self.high].map(|p| p.unsigned_abs() as usize);
        let spans = [
            input.saturating_mul(self.input_dilation),
            kernel.saturating_mul(self.kernel_dilation),
        ];
        let mut lengths = [self.stride].into_iter().chain(padding).chain(spans);
        match lengths.any(|length| length > FURTHEST) {
            false => Ok(()),
            true => Err(Fault::value(format!(
                "strides, dilations and padding must reach over 2^60 places at most; those of {kind} {axis} reach further"
            ))),
        }
    }

    /// Elements of an input with its dilation, before padding.
    fn spread(&self, input: usize) -> i64 {
        match input {
            0 => 0,
            n => (n as i64 - 1) * self.input_dilation as i64 + 1,
        }
    }

    /// Elements of an input with its dilation and padding.
    pub(crate) fn padded(&self, input: usize) -> i64 {
        self.spread(input) + self.low + self.high
    }

    /// Elements that a kernel of this size spans.
    pub(crate) fn extent(&self, kernel: usize) -> i64 {
        (kernel.max(1) as i64 - 1) * self.kernel_dilation as i64 + 1
    }

    /// Positions of a kernel on an input.
    pub(crate) fn result(&self, input: usize, kernel: usize) -> usize {
        match self.padded(input) - self.extent(kernel) {
            room if room < 0 => 0,
            room => room as usize / self.stride + 1,
        }
    }

    /// Itself, with as much padding behind as makes so many positions.
    fn with_result(self, input: usize, kernel: usize, result: usize) -> Sliding {
        let padded = (result as i64 - 1) * self.stride as i64 + self.extent(kernel);
        Sliding {
            high: padded - self.spread(input) - self.low,
            ..self
        }
    }

    /// How the turned kernel moves over the cotangent of the result to give that of the input.
    pub(crate) fn to_input(self, input: usize, kernel: usize, result: usize) -> Sliding {
        let back = Sliding {
            stride: self.input_dilation,
            input_dilation: self.stride,
            low: self.extent(kernel) - 1 - self.low,
            ..self
        };
        back.with_result(result, kernel, input)
    }

    /// How the cotangent of the result moves over the input to give that of the kernel.
    pub(crate) fn to_kernel(self, input: usize, kernel: usize, result: usize) -> Sliding {
        let over = Sliding {
            stride: self.kernel_dilation,
            kernel_dilation: self.stride,
            ..self
        };
        over.with_result(input, result, kernel)
    }

    pub(crate) fn window(&self) -> ir::Window {
        ir::Window {
            stride: self.stride,
            low: self.low,
            input_dilation: self.input_dilation,
            kernel_dilation: self.kernel_dilation,
        }
    }

    /// What is under place `k` of the kernel at position `p`.
    fn under(&self, p: usize, k: usize, input: usize) -> Under {
        let at = (p * self.stride + k * self.kernel_dilation) as i64 - self.low;
        let dilation = self.input_dilation as i64;
        if at % dilation != 0 {
            Under::Gap
        } else if at < 0 || at / dilation >= input as i64 {
            Under::Padding
        } else {
            Under::Element((at / dilation) as usize)
        }
    }
}

/// What a place of the kernel meets.
enum Under {
    Element(usize),
    /// A zero.
    Padding,
    /// Nothing: the place is between two elements of a dilated input, and takes no part.
    Gap,
}

/// The type of the result.
///
/// # Errors
/// The rule that the operands break.
pub(crate) fn result(moves: &[Sliding], x: &Type, w: &Type) -> Result<Type, Fault> {
    ElementTypes::Floats.check(x.dtype)?;
    let rank = moves.len() + 3;
    for (input, t) in [x, w].into_iter().enumerate() {
        if t.rank() != rank {
            return Err(Fault::shape(format!(
                "input {input} must have {rank} axes, {} of them spatial; it has {}",
                moves.len(),
                t.rank()
            )));
        }
    }
    let (groups, features) = (x.shape[0], x.shape[rank - 1]);
    if groups != w.shape[0] {
        return Err(Fault::shape(format!(
            "inputs must have the same number of groups on axis 0; input 1 has {}, input 0 has {groups}",
            w.shape[0]
        )));
    }
    if features != w.shape[rank - 2] {
        return Err(Fault::shape(format!(
            "axis {} of input 1 must have the features of input 0, {features}; it has {}",
            rank - 2,
            w.shape[rank - 2]
        )));
    }
    for (i, s) in moves.iter().enumerate() {
        s.check(("spatial axis", i), x.shape[2 + i], w.shape[1 + i])?;
    }
    let places = moves.iter().enumerate();
    let places = places.map(|(i, s)| s.result(x.shape[2 + i], w.shape[1 + i]));
    let shape: Vec<usize> = [groups, x.shape[1]]
        .into_iter()
        .chain(places)
        .chain([w.shape[rank - 1]])
        .collect();
    let y = x.with_shape(shape);
    y.shape.checked_size(y.dtype)?;
    Ok(y)
}

/// All indices of a shape, in row-major order.
fn indices(dims: Vec<usize>) -> impl Iterator<Item = Vec<usize>> {
    (0..dims.iter().product::<usize>()).map(move |mut i| {
        let mut index = vec![0; dims.len()];
        for (axis, &n) in dims.iter().enumerate().rev() {
            (index[axis], i) = (i % n, i / n);
        }
        index
    })
}

/// Every result element as one chain from zero. The chains of a position advance together, which changes no bit.
pub(crate) fn chains<T: Element>(
    (moves, features_first): (&[Sliding], bool),
    x: &Array,
    w: &Array,
    y: &Type,
    add_product: impl Fn(T, T, T) -> T,
) -> Array {
    let rank = y.rank();
    let (inputs, kernels) = (&x.shape()[2..rank - 1], &w.shape()[1..rank - 2]);
    let (features, outputs) = (x.shape()[rank - 1], y.shape[rank - 1]);
    let mut result = Array::scratch(y);
    let values = result.slice_mut::<T>();
    values.fill(T::default());
    let (x, w) = (x.slice::<T>(), w.slice::<T>());
    let order = match features_first {
        false => [kernels, &[features]].concat(),
        true => [&[features], kernels].concat(),
    };
    let positions = indices(y.shape[..rank - 1].to_vec());
    for (row, position) in values.chunks_exact_mut(outputs.max(1)).zip(positions) {
        let (group, example) = (position[0], position[1]);
        'steps: for step in indices(order.clone()) {
            let (k, f) = match features_first {
                false => (&step[..rank - 3], step[rank - 3]),
                true => (&step[1..], step[0]),
            };
            let mut from = Some(group * y.shape[1] + example);
            let mut row_of_kernel = group;
            for (i, s) in moves.iter().enumerate() {
                from = match s.under(position[2 + i], k[i], inputs[i]) {
                    Under::Element(q) => from.map(|from| from * inputs[i] + q),
                    Under::Padding => None,
                    Under::Gap => continue 'steps,
                };
                row_of_kernel = row_of_kernel * kernels[i] + k[i];
            }
            let left = from.map_or(T::default(), |from| x[from * features + f]);
            let right = &w[(row_of_kernel * features + f) * outputs..][..outputs];
            for (sum, &right) in row.iter_mut().zip(right) {
                *sum = add_product(*sum, left, right);
            }
        }
    }
    result
}

/// The convolution in StableHLO, where groups lie beside the features.
pub(crate) fn stablehlo(moves: &[Sliding], x: &[&str], xt: &[&Type], y: &Type) -> String {
    let n = moves.len();
    let (groups, rank) = (xt[0].shape[0], n + 3);
    let moved = |t: &Type, order: &[usize]| {
        let shape: Vec<usize> = order.iter().map(|&a| t.shape[a]).collect();
        t.with_shape(shape)
    };
    let merged = |t: &Type| {
        let mut shape = t.shape.to_vec();
        let at = shape.len() - 2;
        let inner = shape.remove(at + 1);
        shape[at] *= inner;
        t.with_shape(shape)
    };
    let order =
        |from: &[usize]| -> Vec<usize> { from.iter().copied().chain([0, rank - 1]).collect() };
    let input = order(&(1..rank - 1).collect::<Vec<_>>());
    let kernel = order(&(1..rank - 1).collect::<Vec<_>>());
    let (xm, wm) = (moved(xt[0], &input), moved(xt[1], &kernel));
    let (xs, ws) = (merged(&xm), merged(&wm));
    let ym = moved(y, &input);
    let ys = merged(&ym);
    let back: Vec<usize> = std::iter::once(rank - 2)
        .chain(0..rank - 2)
        .chain([rank - 1])
        .collect();
    let each =
        |of: &dyn Fn(&Sliding) -> String| moves.iter().map(of).collect::<Vec<_>>().join(", ");
    let spatial = (0..n).map(|i| i.to_string()).collect::<Vec<_>>().join(", ");
    let lead = |first: &str, last: &str| {
        let parts = [first, &spatial, last]
            .into_iter()
            .filter(|s| !s.is_empty());
        parts.collect::<Vec<_>>().join(", ")
    };
    format!(
        "%x = stablehlo.transpose {x0}, dims = {input:?} : ({xt0}) -> {xm}\n\
             %xs = stablehlo.reshape %x : ({xm}) -> {xs}\n\
             %w = stablehlo.transpose {x1}, dims = {kernel:?} : ({xt1}) -> {wm}\n\
             %ws = stablehlo.reshape %w : ({wm}) -> {ws}\n\
             %y = stablehlo.convolution(%xs, %ws) dim_numbers = [{xd}]x[{wd}]->[{xd}], window = {{stride = [{stride}], \
             pad = [{pad}], lhs_dilate = [{lhs}], rhs_dilate = [{rhs}]}} {{batch_group_count = 1 : i64, \
             feature_group_count = {groups} : i64}} : ({xs}, {ws}) -> {ys}\n\
             %ym = stablehlo.reshape %y : ({ys}) -> {ym}\n\
             %0 = stablehlo.transpose %ym, dims = {back:?} : ({ym}) -> {yt}",
        x0 = x[0],
        x1 = x[1],
        xt0 = xt[0].stablehlo(),
        xt1 = xt[1].stablehlo(),
        xm = xm.stablehlo(),
        wm = wm.stablehlo(),
        xs = xs.stablehlo(),
        ws = ws.stablehlo(),
        ym = ym.stablehlo(),
        ys = ys.stablehlo(),
        yt = y.stablehlo(),
        xd = lead("b", "f"),
        wd = lead("", "i, o"),
        stride = each(&|s| s.stride.to_string()),
        pad = each(&|s| format!("[{}, {}]", s.low, s.high)),
        lhs = each(&|s| s.input_dilation.to_string()),
        rhs = each(&|s| s.kernel_dilation.to_string()),
    )
}
