//! Convolutions as layers have them: channels last, one batch of examples.
use crate::{
    Conv, Fault, Operand, Result, Tensor, blame,
    families::{element_types::ElementTypes, operands::common_type, sliding::Sliding, winograd},
    here,
    movement::{check, subject},
    op::apply1,
    ops::convolution::Convolution,
};

impl Tensor {
    /// Sums of products of `kernel` with what lies under it, wherever it moves; the kernel is not turned.
    ///
    /// `y[b, p.., o] = sum over k.., f of x[b, p.. * stride + k.. * dilation - padding, f] * kernel[k.., f, o]`
    ///
    /// # Shapes
    /// `[batch, spatial.., features], [spatial.., features / groups, new features] -> [batch, spatial.., new features]`,
    /// for any number of spatial axes.
    ///
    /// # Types
    /// The operands are promoted to one float type. Each element is one chain of fused multiply-adds, over the
    /// kernel's positions in row-major order and the features of each; halves are summed in `f32` and rounded once. Of
    /// 3 x 3 places and many features it is made by tiles: see [`Conv::winograd`].
    ///
    /// # Errors
    /// Kernel and input must have as many axes; the kernel must have the input's features, divided by the groups; the
    /// groups must divide both kinds of features; strides and dilations must be at least 1, and one number or one for each
    /// spatial axis; the kernel must have a place and fit on the input with its padding; the elements must be floats.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::{Conv, Padding, tensor};
    /// let x = tensor![[[1.0], [2.0], [4.0]]]; // one example of three places with one feature
    /// let kernel = tensor![[[-1.0]], [[1.0]]]; // differences of neighbours
    /// let y = x.conv(&kernel, &Conv::new().padding(Padding::Same));
    /// assert_eq!(y.to_vec::<f32>()?, [1.0, 2.0, -4.0]);
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    ///
    /// Nx's `conv` and JAX's `conv_general_dilated`, with channels last.
    #[track_caller]
    pub fn conv(&self, kernel: impl Into<Operand>, conv: &Conv) -> Tensor {
        let [x, w] = common_type([self.into(), kernel.into()]);
        blame(here(), || {
            apply(&x, &w, ("conv", conv), |inputs, kernels| {
                conv.moves(inputs, kernels)
            })
        })
        .into()
    }

    /// The transpose of a convolution: each element of the input puts the kernel, times itself, into the result.
    ///
    /// It is a convolution of the input spread out by `stride`; the kernel is not turned. With padding
    /// [`Same`](crate::Padding::Same) an axis of `n` elements gets `n * stride`; with [`Valid`](crate::Padding::Valid)
    /// everything that is touched; explicit padding is that of the spread input.
    ///
    /// # Shapes
    /// `[batch, spatial.., features], [spatial.., features / groups, new features] -> [batch, spatial.., new features]`.
    ///
    /// # Errors
    /// As [`Tensor::conv`]; there is no input dilation besides the stride.
    ///
    /// # Example
    /// ```
    /// # use bouton_tensor::{Conv, tensor};
    /// let x = tensor![[[1.0], [2.0]]];
    /// let y = x.conv_transpose(tensor![[[1.0]], [[1.0]]], &Conv::new().stride(2));
    /// assert_eq!(y.to_vec::<f32>()?, [1.0, 1.0, 2.0, 2.0]);
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    ///
    /// JAX's `conv_transpose`, Axon's layer of that name.
    #[track_caller]
    pub fn conv_transpose(&self, kernel: impl Into<Operand>, conv: &Conv) -> Tensor {
        let [x, w] = common_type([self.into(), kernel.into()]);
        blame(here(), || {
            apply(&x, &w, ("conv_transpose", conv), |_, kernels| {
                conv.transposed(kernels)
            })
        })
        .into()
    }
}

/// The primitive on operands as users have them.
fn apply(
    x: &Tensor,
    w: &Tensor,
    (name, conv): (&str, &Conv),
    moves: impl Fn(&[usize], &[usize]) -> std::result::Result<Vec<Sliding>, Fault>,
) -> Result<Tensor> {
    let (input, kernel) = (x.shape()?, w.shape()?);
    let fault = |fault| Ok(Tensor::fault(subject(name, conv), fault, &[x, w]));
    let (rank, groups) = (input.rank(), conv.groups);
    if rank < 2 || kernel.rank() != rank {
        return fault(Fault::shape(format!(
            "the input must be [batch, spatial.., features] and the kernel [spatial.., features, new features], with as \
             many axes; they have {rank} and {}",
            kernel.rank()
        )));
    }
    let (features, given, outputs) = (input[rank - 1], kernel[rank - 2], kernel[rank - 1]);
    if groups == 0 || !features.is_multiple_of(groups) || !outputs.is_multiple_of(groups) {
        return fault(Fault::value(format!(
            "groups must divide the {features} features and the {outputs} new ones; {groups} do not"
        )));
    }
    if given != features / groups {
        return fault(Fault::shape(format!(
            "axis {} of the kernel must have the features of the input{}, {}; it has {given}",
            rank - 2,
            if groups > 1 {
                " divided by the groups"
            } else {
                ""
            },
            features / groups
        )));
    }
    if let Err(e) = ElementTypes::Floats.check(x.dtype()?) {
        return fault(e);
    }
    let (inputs, kernels) = (&input[1..rank - 1], &kernel[..rank - 2]);
    let moves = moves(inputs, kernels);
    let moves = match moves.and_then(|m| check("kernel", &m, inputs, kernels).map(|()| m)) {
        Ok(moves) => moves,
        Err(e) => return fault(e),
    };
    let spatial = rank - 2;
    // Groups come first.
    let mut split = input[..rank - 1].to_vec();
    split.extend([groups, features / groups]);
    let grouped = x.reshape(split).transpose(first(rank - 1, rank + 1));
    let mut split = kernel[..rank - 1].to_vec();
    split.extend([groups, outputs / groups]);
    let by_group = w.reshape(split).transpose(first(rank - 1, rank + 1));
    let places = moves.iter().zip(inputs.iter().zip(kernels));
    let places: Vec<usize> = places.map(|(m, (&n, &k))| m.result(n, k)).collect();
    let winograd = conv.winograd
        && winograd::fits(&moves, kernels)
        && winograd::pays(given, outputs / groups, &places);
    let op = Convolution {
        moves,
        features_first: false,
        winograd,
    };
    let y = apply1(op, &[&grouped, &by_group]);
    let mut shape = y.shape()?[1..].to_vec();
    shape[spatial + 1] = outputs;
    let back: Vec<usize> = (1..rank).chain([0, rank]).collect();
    Ok(y.transpose(back).reshape(shape))
}

/// The order of `rank` axes that puts `axis` first.
fn first(axis: usize, rank: usize) -> Vec<usize> {
    let others = (0..rank).filter(|&a| a != axis);
    std::iter::once(axis).chain(others).collect()
}
