//! Operands that are the same in every run, packed once.
use crate::executable::{Executable, Job, Memory, Product};
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
            let (slot, offset) = operands[product.packs().0];
            let input = constants.get(slot.checked_sub(first)?)?;
            product.pack(input, offset)
        });
        let packed: Vec<Option<Packed>> = packed.collect();
        let bytes: usize = packed.iter().flatten().map(|p| p.copy.len()).sum();
        (bytes > 0).then(|| Executable {
            code: self.code.clone(),
            memory: Memory {
                packed: bytes,
                ..self.memory.clone()
            },
            packed,
        })
    }
}

impl Product {
    fn pack(&self, input: &Array, offset: usize) -> Option<Packed> {
        let bytes = self.packs().1;
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
