//! What a step is part of, for people who look at profiles.
use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
};

/// The name of what a step is part of, such as a layer, and whether it carries that one's gradients. The default is
/// nothing.
///
/// All labels are equal: programs that differ in labels alone are equal, and share one executable.
#[derive(Clone, Default)]
pub struct Label {
    name: Option<Arc<str>>,
    backward: bool,
}

impl Label {
    /// The part `name` of what this labels: `outer/name`, or what there is of both.
    pub fn part(&self, name: &str) -> Label {
        let name = match &self.name {
            _ if name.is_empty() => return self.clone(),
            Some(outer) => format!("{outer}/{name}").into(),
            None => name.into(),
        };
        Label {
            name: Some(name),
            backward: self.backward,
        }
    }

    /// The gradients of what this labels.
    pub fn backward(&self) -> Label {
        Label {
            name: self.name.clone(),
            backward: true,
        }
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.name.is_none()
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Some(name) = &self.name else {
            return Ok(());
        };
        f.write_str(name)?;
        f.write_str(if self.backward { " backward" } else { "" })
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

impl PartialEq for Label {
    fn eq(&self, _: &Label) -> bool {
        true
    }
}

impl Eq for Label {}

impl Hash for Label {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

#[cfg(test)]
mod tests {
    use crate::{Builder, Form, Label, Program, Unary, simplify};
    use bouton_array::{DType, Type};

    /// `--x` of a layer of this name, then its exponential without a label.
    fn program(name: &str) -> Program {
        let ty = Type::new(DType::F32, [3]);
        let mut b = Builder::new(vec![ty.clone()]);
        let x = b.inputs()[0];
        b.label(Label::default().part("net").part(name).backward());
        let y = b.one(Form::Unary(Unary::Negate), &[x], &ty);
        let y = b.one(Form::Unary(Unary::Negate), &[y], &ty);
        let y = b.one(Form::Unary(Unary::Exp), &[y], &ty);
        b.label(Label::default());
        let y = b.one(Form::Unary(Unary::Negate), &[y], &ty);
        b.finish(vec![y])
    }

    #[test]
    fn labels_follow_their_steps_and_are_no_part_of_a_program() {
        let labels = |p: &Program| p.labels().iter().map(Label::to_string).collect::<Vec<_>>();
        let a = program("a");
        let part = "net/a backward";
        assert_eq!(labels(&a), ["", part, part, part, ""]);
        assert_eq!(labels(&simplify(&a)), ["", part, ""]);
        assert_eq!(a, program("b"));
        assert_eq!(a.to_string(), program("b").to_string());
    }
}
