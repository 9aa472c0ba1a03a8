//! The forms a step may have.
use crate::Call;
use bouton_array::Number;

/// What a step computes. Shapes and element types are those of its inputs and results.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Form {
    /// No inputs; one number of the result's element type, given by its bits.
    Constant(u64),
    /// No inputs; every element is its index along `axis`.
    Iota {
        /// The axis that is counted.
        axis: usize,
    },

    // Pointwise: inputs and result have one shape.
    /// A function of one element.
    Unary(Unary),
    /// A function of two elements of one type.
    Binary(Binary),
    /// An order or equality of two elements; the result is `bool`.
    Compare(Compare),
    /// `bool`, then the element where it is true, then the element where it is false.
    Select,
    /// Another element type.
    Convert,

    // Views: elements move, none is computed.
    /// Input axis `i` becomes result axis `axes[i]`; size 1 repeats, other axes are new.
    Broadcast {
        /// Increasing result axes, one for each input axis.
        axes: Vec<usize>,
    },
    /// The same elements in row-major order under another shape.
    Reshape,
    /// Result axis `i` is input axis `permutation[i]`.
    Transpose {
        /// A permutation of the axes.
        permutation: Vec<usize>,
    },
    /// Every `stride`-th element from `start`, as many as the result has.
    Slice {
        /// First index along each axis.
        start: Vec<usize>,
        /// Distance along each axis, at least 1.
        stride: Vec<usize>,
    },
    /// The named axes run backwards.
    Reverse {
        /// Which axes.
        axes: Vec<usize>,
    },
    /// Inputs: array and scalar filler. `low` elements before (negative: cut off), `interior` between
    /// neighbours, and after as many as the result's size says.
    Pad {
        /// Elements put before each axis.
        low: Vec<i64>,
        /// Elements put between neighbours of each axis.
        interior: Vec<usize>,
    },
    /// All inputs one after the other.
    Concatenate {
        /// Along this axis.
        axis: usize,
    },

    /// The named axes folded away, in an order that is a function of the shape alone.
    Reduce {
        /// How two elements are put together.
        reduction: Reduction,
        /// Increasing axes, none twice.
        axes: Vec<usize>,
    },
    /// Sums of products over the contracted axes. The result may have a wider type of the inputs' kind, which
    /// products and sums are then taken in.
    Dot(Dot),
    /// Sums of products of a kernel with what lies under it, wherever it moves.
    Convolution(Convolution),
    /// An operation's own kernel.
    Call(Call),
}

/// Which axes of two operands are multiplied and summed. The result's axes: batch, then the left operand's
/// others, then the right operand's others.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Dot {
    /// Pairs of axes that run together and stay.
    pub batch: Vec<(usize, usize)>,
    /// Pairs of axes that are summed over.
    pub contract: Vec<(usize, usize)>,
}

impl Dot {
    /// The axes of the left operand that are neither batch nor contracted.
    pub fn left_free(&self, rank: usize) -> Vec<usize> {
        (0..rank)
            .filter(|i| !self.batch.iter().chain(&self.contract).any(|p| p.0 == *i))
            .collect()
    }

    /// The axes of the right operand that are neither batch nor contracted.
    pub fn right_free(&self, rank: usize) -> Vec<usize> {
        (0..rank)
            .filter(|i| !self.batch.iter().chain(&self.contract).any(|p| p.1 == *i))
            .collect()
    }
}

/// A kernel that moves over an input: input `[groups, batch, spatial.., features]`, kernel
/// `[groups, spatial.., features, new features]`, result `[groups, batch, spatial.., new features]`.
///
/// Result element `(g, b, p.., o)` is the sum of `input[g, b, q.., f] * kernel[g, k.., f, o]` over all `k..` and `f`, where
/// `q * input_dilation = p * stride + k * kernel_dilation - low` along each spatial axis; outside of the input the factor
/// is zero, and places that are between its elements add nothing. The result's sizes say how far the kernel moves.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Convolution {
    /// How the kernel moves along each spatial axis.
    pub windows: Vec<Window>,
    /// The sum runs over positions for each feature, rather than over features for each position: so the gradient of a
    /// kernel, whose features are the examples, runs through one example after the other.
    pub features_first: bool,
    /// By [`winograd`](crate::winograd) rather than by one sum for each element: the kernel has three places along each of
    /// two spatial axes (with `features_first` the result has), and moves by one, without dilations.
    ///
    /// The results (with `features_first` the kernel) are cut into tiles of 2 x 2. For each of the 16 points of a tile, the
    /// products of the transformed input and the transformed kernel are summed by feature (and then, with
    /// `features_first`, tile), and the sums are transformed to results. What tiles hold beyond the results, the kernel, the
    /// input, or places that it sees, is zero.
    pub winograd: bool,
}

/// How a kernel moves along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// Distance from one position of the kernel to the next, at least 1.
    pub stride: usize,
    /// Zeros before the first element of the input; negative: elements left out.
    pub low: i64,
    /// Distance between neighbours of the input, at least 1: places between them take no part.
    pub input_dilation: usize,
    /// Distance between neighbours of the kernel, at least 1.
    pub kernel_dilation: usize,
}

impl Window {
    /// Every position, no padding.
    pub const VALID: Window = Window {
        stride: 1,
        low: 0,
        input_dilation: 1,
        kernel_dilation: 1,
    };
}

macro_rules! names {
    ($(#[$doc:meta])* $Name:ident { $($Variant:ident $name:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)] // the names say it; the ops document them
        pub enum $Name { $($Variant),* }
        impl $Name {
            /// Every member.
            pub const ALL: &'static [$Name] = &[$($Name::$Variant),*];
            /// The name in the text form.
            pub const fn name(self) -> &'static str {
                match self { $($Name::$Variant => $name),* }
            }
        }
    };
}

names! {
    /// Functions of one element, of the same type.
    Unary {
        Abs "abs", Negate "negate", Sign "sign", Not "not",
        PopulationCount "population_count", CountLeadingZeros "count_leading_zeros",
        Exp "exp", ExpM1 "exp_m1", Exp2 "exp2", Log "log", Log1p "log_1p", Log2 "log2", Log10 "log10",
        Sqrt "sqrt", Rsqrt "rsqrt", Cbrt "cbrt",
        Sin "sin", Cos "cos", Tan "tan", Asin "asin", Acos "acos", Atan "atan",
        Sinh "sinh", Cosh "cosh", Tanh "tanh", Asinh "asinh", Acosh "acosh", Atanh "atanh",
        Logistic "logistic", Erf "erf", Erfc "erfc", ErfInv "erf_inv", Lgamma "lgamma", Digamma "digamma",
        Floor "floor", Ceil "ceil", Round "round", Trunc "trunc",
    }
}
names! {
    /// Functions of two elements of one type, with a result of that type.
    Binary {
        Add "add", Subtract "subtract", Multiply "multiply", Divide "divide", Remainder "remainder",
        Power "power", Minimum "minimum", Maximum "maximum", Atan2 "atan2", Copysign "copysign", Gcd "gcd",
        And "and", Or "or", Xor "xor",
        ShiftLeft "shift_left", ShiftRightLogical "shift_right_logical",
        ShiftRightArithmetic "shift_right_arithmetic",
    }
}
names! {
    /// Comparisons; with a NaN all but `not_equal` are false.
    Compare {
        Equal "equal", NotEqual "not_equal", Less "less", LessEqual "less_equal",
        Greater "greater", GreaterEqual "greater_equal",
    }
}
names! {
    /// Ways to fold an axis; `And` and `Or` also fold `bool`.
    Reduction { Sum "sum", Product "product", Min "min", Max "max", And "and", Or "or" }
}

impl Form {
    /// A constant's bits as the number they stand for.
    pub fn constant(dtype: bouton_array::DType, number: Number) -> Form {
        let array = number.to_array(dtype);
        let mut bits = [0; 8];
        bits[..array.bytes().len()].copy_from_slice(array.bytes());
        Form::Constant(u64::from_le_bytes(bits))
    }

    /// Whether each result element depends on the input elements of the same index alone.
    pub fn is_pointwise(&self) -> bool {
        matches!(
            self,
            Form::Unary(_) | Form::Binary(_) | Form::Compare(_) | Form::Select | Form::Convert
        )
    }
}
