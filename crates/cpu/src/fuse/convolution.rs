//! Convolutions read their operands through views, and write their result where its only reader wants it.
use super::Fuser;
use crate::{
    access::View,
    region::{Convolution, Id, Region, id},
};
use bouton_ir::{self as ir, Form, Step};

impl Fuser<'_> {
    pub(super) fn convolution(&mut self, y: Id, step: &Step, form: &ir::Convolution) {
        let rank = form.windows.len() + 3;
        let input = self.forward(id(step.inputs[0]), &[0, 1, rank - 1]);
        let kernel = self.forward(id(step.inputs[1]), &[0, rank - 2, rank - 1]);
        let mut result = View::dense(self.dims(y));
        let mut made = y;
        // A transpose that alone reads the result is done in writing it.
        if let (1, user) = self.uses[y]
            && let Form::Transpose { permutation } = &self.program.steps[user].form
            && id(self.program.steps[user].inputs[0]) == y
        {
            made = self.firsts[user];
            let dense = View::dense(self.dims(made));
            for (i, &axis) in permutation.iter().enumerate() {
                result.steps[axis] = dense.steps[i];
            }
        }
        let region = Region::Convolution(Box::new(Convolution {
            id: made,
            input,
            kernel,
            result,
            form: form.clone(),
        }));
        self.made(vec![made], region);
    }

    /// A stored value and a view of it with the elements of `x`, in which the named axes do not run backwards.
    fn forward(&mut self, x: Id, axes: &[usize]) -> (Id, View) {
        let (root, view) = self.view(x);
        if axes.iter().any(|&axis| view.steps[axis] < 0) {
            return (self.copy(x), View::dense(self.dims(x)));
        }
        self.stored[root] = true;
        (root, view)
    }
}
