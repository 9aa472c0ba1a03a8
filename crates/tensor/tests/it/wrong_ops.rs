//! The laws have a law: operations that are wrong on purpose must each be caught.
use crate::{
    draws::Draws,
    laws::{self, Law},
};
use bouton_ir as ir;
use bouton_tensor::{Array, DType, Fault, Op, Sample, Tensor, Type, apply, compiler::compiler};
use std::fmt;

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Flaw {
    Nothing,
    ShapeOffByOne,
    OtherDtype,
    MoreResults,
    GradientDoubled,
    GradientOfOtherShape,
    TangentSign,
    OnlyOneRefuses,
    CurvatureLost,
    BatchAxisDropped,
    BatchAxisMisplaced,
    BatchRefused,
    AttributeNotPrinted,
    OtherName,
    OtherWords,
    LoweredToAnother,
}

/// `factor` times the square of each element.
#[derive(Clone, Copy)]
struct Curve {
    factor: f64,
    flaw: Flaw,
}

impl fmt::Debug for Curve {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.flaw {
            Flaw::AttributeNotPrinted => f.write_str("Curve"),
            _ => write!(f, "Curve {{ factor: {} }}", self.factor),
        }
    }
}

impl Curve {
    fn derivative(&self, x: &Tensor, d: &Tensor) -> Tensor {
        let slope = 2.0 * self.factor * x;
        match self.flaw {
            // A value instead of an expression: its own derivative is gone.
            Flaw::CurvatureLost => slope.to_array().map_or(slope, Tensor::from_array) * d,
            _ => slope * d,
        }
    }
}

impl Op for Curve {
    fn name(&self) -> &'static str {
        if self.flaw == Flaw::OtherName {
            "curve { factor"
        } else {
            "curve"
        }
    }
    fn outputs(&self) -> usize {
        if self.flaw == Flaw::MoreResults { 2 } else { 1 }
    }
    fn infer(&self, x: &[&Type]) -> Result<Vec<Type>, Fault> {
        if x[0].dtype != DType::F64 {
            let words = if self.flaw == Flaw::OtherWords {
                "not like that"
            } else {
                "the element type must be f64"
            };
            return Err(Fault::dtype(words));
        }
        Ok(vec![match self.flaw {
            Flaw::ShapeOffByOne => {
                x[0].with_shape(x[0].shape.iter().map(|d| d + 1).collect::<Vec<_>>())
            }
            Flaw::OtherDtype => x[0].with_dtype(DType::F32),
            _ => x[0].clone(),
        }])
    }
    fn eval(&self, x: &[&Array], _: &[Type]) -> Vec<Array> {
        let values = x[0]
            .slice::<f64>()
            .iter()
            .map(|x| self.factor * x * x)
            .collect();
        Array::from_vec(x[0].shape(), values).into_iter().collect()
    }
    fn vjp(
        &self,
        x: &[Tensor],
        _: &[Tensor],
        dy: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        let d = dy[0].as_ref().map(|d| self.derivative(&x[0], d));
        Ok(vec![match self.flaw {
            Flaw::GradientDoubled => d.map(|d| 2.0 * d),
            Flaw::GradientOfOtherShape => d.map(|d| d.flatten()),
            _ => d,
        }])
    }
    fn jvp(
        &self,
        x: &[Tensor],
        _: &[Tensor],
        dx: &[Option<Tensor>],
    ) -> Result<Vec<Option<Tensor>>, Fault> {
        if self.flaw == Flaw::OnlyOneRefuses {
            return Err(Fault::not_differentiable("not forwards"));
        }
        let d = dx[0].as_ref().map(|d| self.derivative(&x[0], d));
        Ok(vec![if self.flaw == Flaw::TangentSign {
            d.map(|d| -d)
        } else {
            d
        }])
    }
    fn batch(
        &self,
        x: &[Tensor],
        axes: &[Option<usize>],
    ) -> Result<Vec<(Tensor, Option<usize>)>, Fault> {
        let y = apply(*self, &[&x[0]]).swap_remove(0);
        match self.flaw {
            Flaw::BatchRefused => Err(Fault::value("no batches")),
            Flaw::BatchAxisDropped => Ok(vec![(y, None)]),
            Flaw::BatchAxisMisplaced => Ok(vec![(y, Some(0))]),
            _ => Ok(vec![(y, axes[0])]),
        }
    }
    fn stablehlo(&self, x: &[&str], xt: &[&Type], _: &[Type]) -> String {
        format!(
            "%0 = stablehlo.multiply {}, {} : {}",
            x[0],
            x[0],
            xt[0].stablehlo()
        )
    }
    fn lower(&self, b: &mut ir::Builder, x: &[ir::Value], y: &[Type]) -> Vec<ir::Value> {
        let factor = b.one(
            ir::Form::constant(DType::F64, self.factor.into()),
            &[],
            &Type::scalar(DType::F64),
        );
        let factor = b.one(ir::Form::Broadcast { axes: vec![] }, &[factor], &y[0]);
        let square = b.one(
            ir::Form::Binary(ir::Binary::Multiply),
            &[factor, x[0]],
            &y[0],
        );
        let last = if self.flaw == Flaw::LoweredToAnother {
            ir::Binary::Add
        } else {
            ir::Binary::Multiply
        };
        b.step(ir::Form::Binary(last), &[square, x[0]], y)
    }
}

fn samples(flaw: Flaw) -> Vec<Sample> {
    let x = || Array::from_vec([2, 3], vec![0.5, -1.5, 2.0, 3.0, -0.25, 1.0]).unwrap();
    [0.5, 3.0]
        .map(|factor| Sample::new(Curve { factor, flaw }, [x()]))
        .to_vec()
}

/// Every law on the operation with this flaw; the names of those that object, and what they say.
fn objections(flaw: Flaw) -> Vec<(&'static str, String)> {
    type Check = (&'static str, fn(&Sample, &mut Draws) -> Law);
    let laws: [Check; 6] = [
        ("infer_is_eval", laws::infer_is_eval),
        ("jvp_is_differences", laws::jvp_is_differences),
        ("vjp_is_jvp", laws::vjp_is_jvp),
        ("vmap_is_loop", laws::vmap_is_loop),
        (
            "grad_of_grad_is_differences",
            laws::grad_of_grad_is_differences,
        ),
        ("compiled_is_reference", |s, _| {
            let cpu = compiler("cpu").map_err(|e| e.to_string())?;
            laws::compiled_is_reference(&*cpu, s, 0.0)
        }),
    ];
    let mut found = vec![];
    let samples = samples(flaw);
    // An operation that does not keep its types is told apart by the first law alone.
    let laws = if laws::infer_is_eval(&samples[0], &mut Draws::new(0)).is_err() {
        &laws[..1]
    } else {
        &laws[..]
    };
    for (name, law) in laws {
        // One draw may miss, an axis put in front for example.
        found.extend(
            (0..8)
                .find_map(|i| law(&samples[0], &mut Draws::new((*name, i))).err())
                .map(|e| (*name, e)),
        );
    }
    if laws.len() > 1 {
        found.extend(
            laws::printed_tells_attributes(&samples)
                .err()
                .map(|e| ("printed_tells_attributes", e)),
        );
    }
    let wrong = apply(Curve { factor: 1.0, flaw }, &[&Tensor::scalar(1i32)]).swap_remove(0);
    found.extend(
        laws::fault_says(&wrong, "the element type must be f64", &[file!()])
            .err()
            .map(|e| ("fault_says", e)),
    );
    found
}

/// This law catches the flaw and says so in these words.
#[track_caller]
fn caught(flaw: Flaw, law: &str, words: &str) {
    let found = objections(flaw);
    let objection = found.iter().find(|(name, _)| *name == law);
    assert!(
        objection.is_some_and(|(_, e)| e.contains(words)),
        "{flaw:?} was to be caught by {law} ({words:?}), but: {found:#?}"
    );
}

#[test]
fn a_right_operation_passes() {
    assert_eq!(objections(Flaw::Nothing), []);
}

#[test]
fn wrong_operations_are_caught() {
    caught(
        Flaw::ShapeOffByOne,
        "infer_is_eval",
        "infer says [f64[3, 4]], eval gives [f64[2, 3]]",
    );
    caught(
        Flaw::OtherDtype,
        "infer_is_eval",
        "infer says [f32[2, 3]], eval gives [f64[2, 3]]",
    );
    caught(
        Flaw::MoreResults,
        "infer_is_eval",
        "outputs() says 2, infer gives 1",
    );
    caught(Flaw::GradientDoubled, "vjp_is_jvp", "(dy, jvp dx) = ");
    caught(
        Flaw::GradientOfOtherShape,
        "vjp_is_jvp",
        "cotangent 0 is f64[6] for an input f64[2, 3]",
    );
    caught(
        Flaw::TangentSign,
        "jvp_is_differences",
        "tangent 0: element 0 is ",
    );
    caught(
        Flaw::OnlyOneRefuses,
        "jvp_is_differences",
        "jvp refuses (not forwards), vjp does not",
    );
    caught(
        Flaw::CurvatureLost,
        "grad_of_grad_is_differences",
        "the second derivative is ",
    );
    caught(
        Flaw::BatchAxisDropped,
        "vmap_is_loop",
        "result 0: type f64[",
    );
    caught(Flaw::BatchAxisMisplaced, "vmap_is_loop", "result 0");
    caught(Flaw::BatchRefused, "vmap_is_loop", "batch refuses axes");
    caught(
        Flaw::AttributeNotPrinted,
        "printed_tells_attributes",
        "two different operations print \"curve\"",
    );
    caught(
        Flaw::OtherName,
        "printed_tells_attributes",
        "does not begin with",
    );
    caught(
        Flaw::OtherWords,
        "fault_says",
        "\"curve { factor: 1 }: not like that\", not the rule",
    );
    caught(
        Flaw::LoweredToAnother,
        "compiled_is_reference",
        "result 0: element 0 is ",
    );
}

#[test]
fn an_error_laid_to_another_file_is_caught() {
    let wrong = apply(
        Curve {
            factor: 1.0,
            flaw: Flaw::Nothing,
        },
        &[&Tensor::scalar(1i32)],
    )
    .swap_remove(0);
    let said = laws::fault_says(&wrong, "the element type must be f64", &["some/other.rs"]);
    assert!(said.is_err_and(|e| e.contains("is laid to")));
}
