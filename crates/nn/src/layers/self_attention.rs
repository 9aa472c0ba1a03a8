//! Every position of a sequence a mixture of all positions, in several heads.
use super::{Entry, load, to_data};
use crate::{Batch, Initializer, Layer, Model, Scope, init};
use bouton_tensor::{DType, Error, Fault, Result, Tensor, here};
use serde::{Deserialize, Serialize};
use serde_json::Value;

impl Model {
    /// Multi-head self-attention: `.self_attention(4)`, or `.layer(SelfAttention::new(4).causal())`. Vaswani et al.,
    /// <https://arxiv.org/abs/1706.03762>.
    ///
    /// `q = x query_kernel + query_bias`, and so `k` and `v`, each cut into heads of `d / heads` numbers; a head is
    /// `softmax(q kᵀ / sqrt(d / heads)) v`; the heads side by side, times `output_kernel` plus `output_bias`, are the output.
    ///
    /// # Shapes
    /// `[batch, length, d] -> [batch, length, d]`; parameters `query_kernel`, `key_kernel`, `value_kernel` and `output_kernel`
    /// `[d, d]`, each followed by its bias `[d]`: Glorot-uniform kernels and biases of zeros unless the settings say otherwise.
    ///
    /// # Types
    /// Under a precision policy the weights of positions are computed in `f32` at least.
    ///
    /// # Errors
    /// The input must have three axes; the last must be a multiple of the number of heads.
    ///
    /// # Example
    /// An encoder block, as in BERT with the norm first:
    /// ```
    /// use bouton_nn::{Batch, Dim, Model};
    /// let x = Model::input("x", [Batch, Dim(128), Dim(256)]);
    /// let x = x.layer_norm().self_attention(4).add(&x);
    /// let block = x.layer_norm().dense(1024).gelu().dense(256).add(&x);
    /// assert_eq!(block.build()?.output_type(8).to_string(), "f32[8, 128, 256]");
    /// # Ok::<(), bouton_tensor::Error>(())
    /// ```
    ///
    /// Flax's `SelfAttention` and PyTorch's `MultiheadAttention` of one input, which hold the same numbers in other shapes.
    #[track_caller]
    pub fn self_attention(&self, heads: usize) -> Model {
        self.layer(SelfAttention::new(heads))
    }
}

/// The settings of [`Model::self_attention`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SelfAttention {
    heads: usize,
    causal: bool,
    bias: bool,
    kernel: Initializer,
}

impl SelfAttention {
    /// So many heads, each looking at all positions.
    pub fn new(heads: usize) -> SelfAttention {
        SelfAttention {
            heads,
            causal: false,
            bias: true,
            kernel: init::glorot_uniform(),
        }
    }

    /// No position looks at a later one.
    pub fn causal(self) -> SelfAttention {
        SelfAttention {
            causal: true,
            ..self
        }
    }

    /// Without biases.
    pub fn no_bias(self) -> SelfAttention {
        SelfAttention {
            bias: false,
            ..self
        }
    }

    /// How the kernels start.
    pub fn kernel(self, initializer: Initializer) -> SelfAttention {
        SelfAttention {
            kernel: initializer,
            ..self
        }
    }

    /// `x kernel + bias`, the parameters of this name; `d` features in and out.
    #[track_caller]
    fn project(&self, scope: &mut Scope, x: &Tensor, name: &str, d: usize) -> Tensor {
        let kernel = format!("{name}_kernel");
        let y = x.matmul(scope.parameter(&kernel, [d, d], self.kernel.clone()));
        match self.bias {
            true => y + scope.parameter(&format!("{name}_bias"), [d], init::zeros()),
            false => y,
        }
    }
}

impl Layer for SelfAttention {
    fn kind(&self) -> &str {
        "self_attention"
    }

    fn options(&self) -> Vec<(&'static str, String)> {
        let mut options = vec![("heads", self.heads.to_string())];
        if self.causal {
            options.push(("causal", "true".to_string()));
        }
        if !self.bias {
            options.push(("bias", "none".to_string()));
        }
        if self.kernel != init::glorot_uniform() {
            options.push(("kernel", self.kernel.to_string()));
        }
        options
    }

    fn apply(&self, scope: &mut Scope, inputs: &[Tensor]) -> Result<Tensor> {
        let x = &inputs[0];
        let ty = x.ty()?;
        let refused = |fault: Fault| Err(Error::new("self_attention", fault.inputs([&ty]), here()));
        let [batch, length, d] = ty.shape[..] else {
            let rule = "the input must be [batch, length, features]";
            return refused(Fault::shape(rule));
        };
        if self.heads == 0 || d % self.heads != 0 {
            let rule = format!(
                "the features must be a multiple of the heads; {d} is none of {}",
                self.heads
            );
            return refused(Fault::shape(rule));
        }
        let (heads, size) = (self.heads, d / self.heads);
        let [q, k, v] = ["query", "key", "value"].map(|name| {
            let projected = self.project(scope, x, name, d);
            projected.reshape([batch, length, heads, size])
        });
        // [batch, heads, length, length]: from which position, at which.
        let scores = q.dot_general(k, &[(0, 0), (2, 2)], &[(3, 3)]);
        let weights = self.weights(&scores, size)?.convert(ty.dtype);
        let mixed = weights.dot_general(v, &[(0, 0), (1, 2)], &[(3, 1)]);
        let mixed = mixed.transpose([0, 2, 1, 3]).reshape([batch, length, d]);
        Ok(self.project(scope, &mixed, "output", d))
    }

    fn to_data(&self) -> Option<Value> {
        to_data(self)
    }
}

impl SelfAttention {
    /// How much each position counts at another; those at one add up to 1.
    #[track_caller]
    fn weights(&self, scores: &Tensor, size: usize) -> Result<Tensor> {
        let ty = scores.ty()?;
        let wide = match ty.dtype {
            DType::F16 | DType::BF16 => DType::F32,
            dtype => dtype,
        };
        let number = |x: f64| Tensor::full(wide, [], x);
        let scaled = scores.convert(wide) * number(1.0 / (size as f64).sqrt());
        let [.., length] = ty.shape[..] else {
            return Ok(scaled);
        };
        Ok(match self.causal {
            true => {
                let places = Tensor::iota(DType::I32, [length], 0);
                let seen = places.le(places.new_axis(-1));
                seen.select(scaled, number(f64::NEG_INFINITY)).softmax(-1)
            }
            false => scaled.softmax(-1),
        })
    }
}

pub(crate) const ENTRY: Entry = Entry {
    name: "self_attention",
    load: load::<SelfAttention>,
    sample: || Model::input("x", (Batch, 3, 4)).layer(SelfAttention::new(2).causal()),
};
