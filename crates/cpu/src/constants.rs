//! Operands that are the same in every run, packed once.
use crate::executable::{Executable, Job, Product};
use bouton_array::{Array, Buffer};

/// A packed copy of an operand.
pub(crate) struct Packed {
    /// The input that it was made of. That it is held here keeps anyone from writing there.
    input: Array,
    /// Bytes from the input's first to the operand's.
    offset: usize,
    copy: Buffer,
}

impl Packed {
    pub(crate) fn bytes(&self) -> usize {
        self.copy.len()
    }

    /// The copy, if it was made of the operand that begins there.
    pub(crate) fn copy_of(&self, operand: *const u8) -> Option<*const u8> {
        let made_of = self.input.buffer().as_ptr().wrapping_add(self.offset);
        (made_of == operand).then(|| self.copy.as_ptr())
    }
}

impl Executable {
    /// The same program for runs whose last inputs are `constants`: matrices and kernels among them are packed now rather
    /// than in every run. A run that is given others packs those. None where nothing would be packed.
    pub fn with_constants(&self, constants: &[Array]) -> Option<Executable> {
        let first = self.code.inputs.len().checked_sub(constants.len())?;
        let types = constants.iter().map(Array::ty);
        if !types.eq(&self.code.inputs[first..]) {
            return None;
        }
        let packed = self.code.jobs.iter().map(|job| {
            let Job::Product {
                product, operands, ..
            } = job
            else {
                return None;
            };
            let (slot, offset) = operands[product.packs()];
            let input = constants.get(slot.checked_sub(first)?)?;
            product.pack(input, offset)
        });
        let packed: Vec<Option<Packed>> = packed.collect();
        packed.iter().any(Option::is_some).then(|| Executable {
            code: self.code.clone(),
            packed,
        })
    }
}

impl Product {
    fn pack(&self, input: &Array, offset: usize) -> Option<Packed> {
        let bytes = match self {
            Product::Dot(gemm) => gemm.packed_bytes(),
            Product::Convolution(convolution) => convolution.packed_bytes(),
        };
        if bytes == 0 {
            return None;
        }
        let mut copy = Buffer::scratch(bytes);
        let operand = input.buffer().as_ptr().wrapping_add(offset);
        // SAFETY: the input has the type that the product was planned for, the copy its bytes and alignment; scratch memory
        // is of this call.
        unsafe {
            match self {
                Product::Dot(gemm) => gemm.pack(operand, copy.as_mut_ptr()),
                Product::Convolution(convolution) => {
                    let mut scratch = Buffer::scratch(convolution.scratch_bytes());
                    convolution.pack(operand, copy.as_mut_ptr(), scratch.as_mut_ptr());
                }
            }
        }
        Some(Packed {
            input: input.clone(),
            offset,
            copy,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::compile;
    use bouton_array::{Array, DType, Type};
    use bouton_ir::{Builder, Dot, Form, Value};

    #[test]
    fn a_run_with_another_operand_does_not_take_the_copy() {
        let matrix = |rows, cols| Type::new(DType::F32, [rows, cols]);
        let filled = |rows: usize, cols: usize, x: f32| {
            Array::from_vec([rows, cols], vec![x; rows * cols]).unwrap()
        };
        let mut b = Builder::new(vec![matrix(20, 30), matrix(30, 40)]);
        let dot = Dot {
            batch: vec![],
            contract: vec![(1, 0)],
        };
        let y = b.one(Form::Dot(dot), &[Value(0), Value(1)], &matrix(20, 40));
        let plain = compile(&b.finish(vec![y]), &[]).unwrap();
        let (x, w) = (filled(20, 30, 1.0), filled(30, 40, 2.0));
        assert!(plain.with_constants(&[filled(2, 2, 2.0)]).is_none());
        let packed = plain.with_constants(std::slice::from_ref(&w)).unwrap();
        // Three panels of 16 columns.
        assert_eq!(packed.memory().packed, 30 * 48 * 4);
        assert_eq!(plain.memory().packed, 0);
        for (w, sum) in [(w, 60.0), (filled(30, 40, 3.0), 90.0)] {
            let mut outputs = vec![];
            packed.run(&mut [x.clone(), w], &mut outputs);
            let y = outputs[0].take().unwrap().into_vec::<f32>().unwrap();
            assert_eq!(y, [sum; 20 * 40]);
        }
    }
}
