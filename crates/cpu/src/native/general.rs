//! The machine code around vectors: general registers, jumps, the frame on the stack.
use super::{
    asm::{Asm, Gpr, Mem, Operand, Ymm},
    vector::Stored,
};

impl Asm {
    /// An instruction of general registers with 64 bits.
    fn general(&mut self, opcode: &[u8], reg: u8, last: Operand) {
        let b = match last {
            Operand::Register(Ymm(r)) => r,
            Operand::Memory(Mem::At(base, _)) => base.0,
            Operand::Memory(_) => 0,
        };
        self.code.push(0x48 | (reg >> 3) << 2 | b >> 3);
        self.code.extend(opcode);
        self.modrm(reg, last, 0);
    }

    pub(super) fn push(&mut self, r: Gpr) {
        self.code.extend([0x40 | r.0 >> 3, 0x50 | (r.0 & 7)]);
    }

    pub(super) fn pop(&mut self, r: Gpr) {
        self.code.extend([0x40 | r.0 >> 3, 0x58 | (r.0 & 7)]);
    }

    pub(super) fn move_gpr(&mut self, to: Gpr, from: Gpr) {
        self.general(&[0x8b], to.0, Operand::Register(Ymm(from.0)));
    }

    pub(super) fn load_gpr(&mut self, to: Gpr, from: Mem) {
        self.general(&[0x8b], to.0, Operand::Memory(from));
    }

    /// `to` becomes the byte, or the 16 bits, in memory.
    pub(super) fn load_small(&mut self, stored: Stored, to: Gpr, from: Mem) {
        let opcode = match stored {
            Stored::U8 => 0xb6,
            Stored::I8 => 0xbe,
            Stored::I16 => 0xbf,
            _ => 0xb7,
        };
        self.general(&[0x0f, opcode], to.0, Operand::Memory(from));
    }

    pub(super) fn store_gpr(&mut self, to: Mem, from: Gpr) {
        self.general(&[0x89], from.0, Operand::Memory(to));
    }

    /// `r = 0`.
    pub(super) fn clear_gpr(&mut self, r: Gpr) {
        self.general(&[0x33], r.0, Operand::Register(Ymm(r.0)));
    }

    pub(super) fn add_from(&mut self, to: Gpr, from: Mem) {
        self.general(&[0x03], to.0, Operand::Memory(from));
    }

    pub(super) fn add_gpr(&mut self, r: Gpr, constant: i32) {
        self.general(&[0x81], 0, Operand::Register(Ymm(r.0)));
        self.code.extend(constant.to_le_bytes());
    }

    /// The `add_gpr` before this is the one that [`Asm::set_frame`] changes.
    pub(super) fn mark_frame(&mut self) {
        self.frame = self.code.len();
    }

    pub(super) fn set_frame(&mut self, constant: i32) {
        self.code[self.frame - 4..self.frame].copy_from_slice(&constant.to_le_bytes());
    }

    pub(super) fn and_gpr(&mut self, r: Gpr, constant: i32) {
        self.general(&[0x81], 4, Operand::Register(Ymm(r.0)));
        self.code.extend(constant.to_le_bytes());
    }

    /// Jumps back to `target` while `a` is below `b`.
    pub(super) fn loop_while_below(&mut self, a: Gpr, b: Gpr, target: usize) {
        self.general(&[0x3b], a.0, Operand::Register(Ymm(b.0)));
        self.code.extend([0x0f, 0x82]);
        let distance = target as i32 - (self.code.len() as i32 + 4);
        self.code.extend(distance.to_le_bytes());
    }

    /// Jumps to where the result is landed, unless `a` is below `b`.
    pub(super) fn skip_unless_below(&mut self, a: Gpr, b: Gpr) -> usize {
        self.general(&[0x3b], a.0, Operand::Register(Ymm(b.0)));
        self.code.extend([0x0f, 0x83, 0, 0, 0, 0]);
        self.code.len()
    }

    /// The target of a jump forward that ended at `jump`.
    pub(super) fn land(&mut self, jump: usize) {
        let distance = (self.code.len() - jump) as i32;
        self.code[jump - 4..jump].copy_from_slice(&distance.to_le_bytes());
    }

    pub(super) fn jump(&mut self, target: usize) {
        self.code.push(0xe9);
        let distance = target as i32 - (self.code.len() as i32 + 4);
        self.code.extend(distance.to_le_bytes());
    }

    pub(super) fn ret(&mut self) {
        self.code.push(0xc3);
    }
}
