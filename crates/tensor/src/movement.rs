//! How kernels and windows move, as their caller writes it.
use crate::{
    Fault,
    families::{
        sliding::Sliding,
        windows::{Window, Windows},
    },
};
use std::fmt;

/// One number for all spatial axes, or one for each.
#[derive(Clone, PartialEq, Eq)]
pub struct PerAxis(Vec<usize>);

impl fmt::Debug for PerAxis {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.0[..] {
            [all] => all.fmt(f),
            _ => self.0.fmt(f),
        }
    }
}

impl From<usize> for PerAxis {
    fn from(all: usize) -> PerAxis {
        PerAxis(vec![all])
    }
}

impl<const N: usize> From<[usize; N]> for PerAxis {
    fn from(each: [usize; N]) -> PerAxis {
        PerAxis(each.to_vec())
    }
}

impl From<&[usize]> for PerAxis {
    fn from(each: &[usize]) -> PerAxis {
        PerAxis(each.to_vec())
    }
}

impl From<Vec<usize>> for PerAxis {
    fn from(each: Vec<usize>) -> PerAxis {
        PerAxis(each)
    }
}

impl PerAxis {
    /// The numbers of `axes` axes.
    ///
    /// # Errors
    /// One number stands for all axes; several must be as many as the axes.
    pub(crate) fn of(&self, what: &str, axes: usize) -> std::result::Result<Vec<usize>, Fault> {
        match self.0[..] {
            [all] => Ok(vec![all; axes]),
            _ if self.0.len() == axes => Ok(self.0.clone()),
            _ => Err(Fault::value(format!(
                "{what} must be one number or one for each of the {axes} spatial axes; it has {}",
                self.0.len()
            ))),
        }
    }
}

/// What lies around the input of a convolution or a pool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Padding {
    /// Nothing: the window stays inside.
    #[default]
    Valid,
    /// As much as gives `ceil(size / stride)` positions, evenly; an odd one comes last.
    Same,
    /// So much before and behind each spatial axis; negative cuts off.
    Explicit(Vec<(i64, i64)>),
}

impl Padding {
    /// What lies before and behind each axis; `axes` are sizes of the input and of what the window spans, and strides.
    ///
    /// # Errors
    /// Explicit padding has an entry for each axis.
    pub(crate) fn of(&self, axes: &[[usize; 3]]) -> std::result::Result<Vec<(i64, i64)>, Fault> {
        match self {
            Padding::Valid => Ok(vec![(0, 0); axes.len()]),
            Padding::Same => Ok(axes
                .iter()
                .map(|&[size, span, stride]| {
                    let places = size.div_ceil(stride.max(1)).max(1);
                    let reach = (places - 1).saturating_mul(stride).saturating_add(span);
                    let around = reach.saturating_sub(size);
                    ((around / 2) as i64, around.div_ceil(2) as i64)
                })
                .collect()),
            Padding::Explicit(each) if each.len() == axes.len() => Ok(each.clone()),
            Padding::Explicit(each) => Err(Fault::value(format!(
                "padding must have an entry for each of the {} spatial axes; it has {}",
                axes.len(),
                each.len()
            ))),
        }
    }
}

/// A function with its settings, as an error names it: `conv { stride: 2, .. }`.
pub(crate) fn subject(function: &str, settings: &dyn fmt::Debug) -> String {
    let printed = format!("{settings:?}");
    let fields = printed.find(" {").map_or("", |at| &printed[at..]);
    format!("{function}{fields}")
}

/// Every kernel or window must be able to move like this, and have a place to be in.
pub(crate) fn check(
    what: &str,
    moves: &[Sliding],
    inputs: &[usize],
    sizes: &[usize],
) -> std::result::Result<(), Fault> {
    let axes = moves.iter().zip(inputs).zip(sizes).enumerate();
    for (axis, ((moves, &input), &size)) in axes {
        moves.check(("spatial axis", axis), input, size)?;
        if size == 0 {
            return Err(Fault::shape(format!(
                "the {what} must have at least one place along every axis; along spatial axis {axis} it has none"
            )));
        }
        if moves.result(input, size) == 0 {
            let rule = format!(
                "the {what} must fit on the input with its padding; along spatial axis {axis} it spans {}, the input {}",
                moves.extent(size),
                moves.padded(input)
            );
            return Err(Fault::shape(rule).help("pad the input, for example with Padding::Same"));
        }
    }
    Ok(())
}

/// How far neighbours reach that are so far apart.
fn span(size: usize, dilation: usize) -> usize {
    match size {
        0 => 0,
        n => (n - 1).saturating_mul(dilation).saturating_add(1),
    }
}

/// How a kernel moves in [`Tensor::conv`](crate::Tensor::conv): by single steps inside of the input, if nothing else is said.
///
/// # Example
/// ```
/// # use bouton_tensor::{Conv, Padding};
/// let halved = Conv::new().stride(2).padding(Padding::Same);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conv {
    pub(crate) stride: PerAxis,
    pub(crate) padding: Padding,
    input_dilation: PerAxis,
    pub(crate) kernel_dilation: PerAxis,
    pub(crate) groups: usize,
    pub(crate) winograd: bool,
}

impl Default for Conv {
    fn default() -> Conv {
        Conv::new()
    }
}

impl Conv {
    /// Strides and dilations of 1, no padding, one group, Winograd's algorithm where it is faster.
    pub fn new() -> Conv {
        let one = || PerAxis::from(1);
        Conv {
            stride: one(),
            padding: Padding::Valid,
            input_dilation: one(),
            kernel_dilation: one(),
            groups: 1,
            winograd: true,
        }
    }

    /// The distance from one position of the kernel to the next.
    pub fn stride(self, stride: impl Into<PerAxis>) -> Conv {
        Conv {
            stride: stride.into(),
            ..self
        }
    }

    /// What lies around the input.
    pub fn padding(self, padding: Padding) -> Conv {
        Conv { padding, ..self }
    }

    /// The distance between neighbours of the kernel: zeros lie between them.
    pub fn dilation(self, dilation: impl Into<PerAxis>) -> Conv {
        Conv {
            kernel_dilation: dilation.into(),
            ..self
        }
    }

    /// The distance between neighbours of the input: zeros lie between them.
    pub fn input_dilation(self, dilation: impl Into<PerAxis>) -> Conv {
        Conv {
            input_dilation: dilation.into(),
            ..self
        }
    }

    /// Into how many groups features are divided: those of each group see those of the same group alone.
    pub fn groups(self, groups: usize) -> Conv {
        Conv { groups, ..self }
    }

    /// Whether convolutions of 3 x 3 places that move by one, from at least 16 features to at least 16, are made by
    /// Winograd's algorithm, in about half of the time.
    ///
    /// The errors are about those of sums one by one; but each rounding is in proportion to the largest product under
    /// the kernel, also where its own weight is zero, and an infinity under the kernel may make NaN.
    pub fn winograd(self, winograd: bool) -> Conv {
        Conv { winograd, ..self }
    }

    pub(crate) fn moves(
        &self,
        inputs: &[usize],
        kernels: &[usize],
    ) -> std::result::Result<Vec<Sliding>, Fault> {
        let n = inputs.len();
        let stride = self.stride.of("stride", n)?;
        let spread = self.input_dilation.of("input dilation", n)?;
        let dilation = self.kernel_dilation.of("dilation", n)?;
        let axes: Vec<[usize; 3]> = (0..n)
            .map(|i| {
                [
                    span(inputs[i], spread[i]),
                    span(kernels[i], dilation[i]),
                    stride[i],
                ]
            })
            .collect();
        let padding = self.padding.of(&axes)?;
        let axes = padding.into_iter().zip(stride).zip(spread).zip(dilation);
        Ok(axes
            .map(|((((low, high), stride), spread), dilation)| {
                Sliding::new(stride, low, high, spread, dilation)
            })
            .collect())
    }

    /// How the kernel moves over the spread input in [`Tensor::conv_transpose`], padded as JAX pads it.
    pub(crate) fn transposed(&self, kernels: &[usize]) -> std::result::Result<Vec<Sliding>, Fault> {
        let n = kernels.len();
        if self.input_dilation.0.iter().any(|&d| d != 1) {
            let rule = "the stride spreads the input; there is no input dilation besides";
            return Err(Fault::value(rule));
        }
        let (stride, dilation) = (
            self.stride.of("stride", n)?,
            self.kernel_dilation.of("dilation", n)?,
        );
        let around = |i: usize| {
            // What is refused as too far anyway must not overflow here.
            let bounded = |distance: usize| distance.min(1 << 61) as i64;
            let span = bounded(span(kernels[i].max(1), dilation[i]));
            let stride = bounded(stride[i]);
            let (low, all) = match self.padding {
                Padding::Same if stride < span => ((span + stride - 1) / 2, span + stride - 2),
                Padding::Same => (span - 1, span + stride - 2),
                _ => (span - 1, span + stride - 2 + (span - stride).max(0)),
            };
            (low, all - low)
        };
        let padding = match &self.padding {
            Padding::Explicit(_) => self.padding.of(&vec![[0; 3]; n])?,
            _ => (0..n).map(around).collect(),
        };
        let axes = padding.into_iter().zip(stride).zip(dilation);
        Ok(axes
            .map(|(((low, high), stride), dilation)| Sliding::new(1, low, high, stride, dilation))
            .collect())
    }
}

/// Which windows are folded: side by side, if no stride is said.
///
/// # Example
/// ```
/// # use bouton_tensor::{Padding, Pool};
/// let overlapping = Pool::new(3).stride(2).padding(Padding::Same);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    size: PerAxis,
    stride: PerAxis,
    padding: Padding,
    dilation: PerAxis,
    pub(crate) counts_padding: bool,
}

impl Pool {
    /// Windows of this size, side by side, without padding: what is left over at the ends is left out.
    pub fn new(size: impl Into<PerAxis>) -> Pool {
        let size = size.into();
        Pool {
            stride: size.clone(),
            size,
            padding: Padding::Valid,
            dilation: PerAxis::from(1),
            counts_padding: true,
        }
    }

    /// The distance from one window to the next; the window's size, if this is not said.
    pub fn stride(self, stride: impl Into<PerAxis>) -> Pool {
        Pool {
            stride: stride.into(),
            ..self
        }
    }

    /// What lies around the input.
    pub fn padding(self, padding: Padding) -> Pool {
        Pool { padding, ..self }
    }

    /// The distance between neighbours of a window.
    pub fn dilation(self, dilation: impl Into<PerAxis>) -> Pool {
        Pool {
            dilation: dilation.into(),
            ..self
        }
    }

    /// Whether places in padding count in an average, as zeros; they do, if nothing is said.
    pub fn count_padding(self, counts: bool) -> Pool {
        Pool {
            counts_padding: counts,
            ..self
        }
    }

    /// The windows on `[batch, spatial.., features]`.
    pub(crate) fn windows(&self, shape: &[usize]) -> std::result::Result<Windows, Fault> {
        let [_, inputs @ .., _] = shape else {
            let rule = format!(
                "the input must be [batch, spatial.., features]; it has {} axes",
                shape.len()
            );
            return Err(Fault::shape(rule));
        };
        let Windows(mut windows) = self.on_all(inputs)?;
        windows.insert(0, Window::POINT);
        windows.push(Window::POINT);
        Ok(Windows(windows))
    }

    /// The windows on axes of these sizes, all of which count as spatial.
    pub(crate) fn on_all(&self, inputs: &[usize]) -> std::result::Result<Windows, Fault> {
        let n = inputs.len();
        let size = self.size.of("the window", n)?;
        let stride = self.stride.of("stride", n)?;
        let dilation = self.dilation.of("dilation", n)?;
        let axis = |i: usize| [inputs[i], span(size[i], dilation[i]), stride[i]];
        let axes: Vec<[usize; 3]> = (0..n).map(axis).collect();
        let padding = self.padding.of(&axes)?;
        let axes = padding.into_iter().zip(stride).zip(dilation);
        let moves: Vec<Sliding> = axes
            .map(|(((low, high), stride), dilation)| Sliding::new(stride, low, high, 1, dilation))
            .collect();
        check("window", &moves, inputs, &size)?;
        let windows = size.into_iter().zip(moves);
        let windows = windows.map(|(size, moves)| Window { size, moves });
        Ok(Windows(windows.collect()))
    }
}
