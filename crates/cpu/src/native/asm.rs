//! The machine code of x86-64 that loops are made of: one method for each instruction, VEX encoding throughout.
//!
//! Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2: chapter 2 for the encoding, 3 to 5 for the
//! instructions.
use super::vector::{Stored, Width};

/// A general register, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gpr(pub u8);

pub(super) const RAX: Gpr = Gpr(0);
pub(super) const RBX: Gpr = Gpr(3);
pub(super) const RSP: Gpr = Gpr(4);
pub(super) const RBP: Gpr = Gpr(5);
pub(super) const RSI: Gpr = Gpr(6);
pub(super) const RDI: Gpr = Gpr(7);
pub(super) const R12: Gpr = Gpr(12);
pub(super) const R13: Gpr = Gpr(13);
pub(super) const R14: Gpr = Gpr(14);
pub(super) const R15: Gpr = Gpr(15);

/// A vector register of 256 bits, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ymm(pub u8);

/// Memory that an instruction reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mem {
    /// `base + offset`.
    At(Gpr, i32),
    /// `base + index * scale + offset`, with a scale of 1, 2, 4 or 8.
    Indexed(Gpr, Gpr, u8, i32),
    /// The constant of this number, splatted.
    Constant(usize),
}

/// The last operand of most instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    Register(Ymm),
    Memory(Mem),
}

impl Operand {
    /// The register, if it is one.
    pub(super) fn register(self) -> Option<Ymm> {
        match self {
            Operand::Register(r) => Some(r),
            Operand::Memory(_) => None,
        }
    }
}

/// An instruction of vectors: prefix, opcode map and opcode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Vex {
    prefix: u8,
    map: u8,
    opcode: u8,
}

const fn vex(prefix: u8, map: u8, opcode: u8) -> Vex {
    Vex {
        prefix,
        map,
        opcode,
    }
}

/// The prefixes none, 66 and F3, and the opcode maps 0F, 0F38 and 0F3A, by their numbers in VEX.
const NP: u8 = 0;
const P66: u8 = 1;
const PF3: u8 = 2;
const M0F: u8 = 1;
const M38: u8 = 2;
const M3A: u8 = 3;
/// With an opcode map: words of 64 bits, where that is not said by the opcode.
const W: u8 = 1 << 7;

#[rustfmt::skip]
impl Vex {
    pub(super) const ADD: Vex = vex(NP, M0F, 0x58);
    pub(super) const SUBTRACT: Vex = vex(NP, M0F, 0x5c);
    pub(super) const MULTIPLY: Vex = vex(NP, M0F, 0x59);
    pub(super) const DIVIDE: Vex = vex(NP, M0F, 0x5e);
    pub(super) const AND: Vex = vex(NP, M0F, 0x54);
    pub(super) const OR: Vex = vex(NP, M0F, 0x56);
    pub(super) const XOR: Vex = vex(NP, M0F, 0x57);
    pub(super) const MINIMUM: Vex = vex(NP, M0F, 0x5d);
    pub(super) const MAXIMUM: Vex = vex(NP, M0F, 0x5f);
    pub(super) const ADD_F64: Vex = vex(P66, M0F, 0x58);
    pub(super) const SUBTRACT_F64: Vex = vex(P66, M0F, 0x5c);
    pub(super) const MULTIPLY_F64: Vex = vex(P66, M0F, 0x59);
    pub(super) const DIVIDE_F64: Vex = vex(P66, M0F, 0x5e);
    pub(super) const MINIMUM_F64: Vex = vex(P66, M0F, 0x5d);
    pub(super) const MAXIMUM_F64: Vex = vex(P66, M0F, 0x5f);
    pub(super) const ADD_I64: Vex = vex(P66, M0F, 0xd4);
    pub(super) const SUBTRACT_I64: Vex = vex(P66, M0F, 0xfb);
    pub(super) const EQUAL_I64: Vex = vex(P66, M38, 0x29);
    pub(super) const GREATER_I64: Vex = vex(P66, M38, 0x37);
    pub(super) const SHIFT_LEFT_I64: Vex = vex(P66, M38 | W, 0x47);
    pub(super) const SHIFT_RIGHT_LOGICAL_I64: Vex = vex(P66, M38 | W, 0x45);
    /// The low halves of words of 64 bits.
    pub(super) const MULTIPLY_LOW_HALVES: Vex = vex(P66, M0F, 0xf4);
    pub(super) const ADD_I32: Vex = vex(P66, M0F, 0xfe);
    pub(super) const SUBTRACT_I32: Vex = vex(P66, M0F, 0xfa);
    pub(super) const MULTIPLY_I32: Vex = vex(P66, M38, 0x40);
    pub(super) const EQUAL_I32: Vex = vex(P66, M0F, 0x76);
    pub(super) const GREATER_I32: Vex = vex(P66, M0F, 0x66);
    pub(super) const MINIMUM_I32: Vex = vex(P66, M38, 0x39);
    pub(super) const MAXIMUM_I32: Vex = vex(P66, M38, 0x3d);
    pub(super) const MINIMUM_U32: Vex = vex(P66, M38, 0x3b);
    pub(super) const MAXIMUM_U32: Vex = vex(P66, M38, 0x3f);
    pub(super) const SHIFT_LEFT: Vex = vex(P66, M38, 0x47);
    pub(super) const SHIFT_RIGHT_LOGICAL: Vex = vex(P66, M38, 0x45);
    pub(super) const SHIFT_RIGHT_ARITHMETIC: Vex = vex(P66, M38, 0x46);
    // Of three operands: the first is the result's too. The digits say in which order it, the second and the last take
    // part in `a * b + c`. Of `f32`, and of `f64`.
    pub(super) const MUL_ADD_132: [Vex; 2] = [vex(P66, M38, 0x98), vex(P66, M38 | W, 0x98)];
    pub(super) const MUL_ADD_213: [Vex; 2] = [vex(P66, M38, 0xa8), vex(P66, M38 | W, 0xa8)];
    pub(super) const MUL_ADD_231: [Vex; 2] = [vex(P66, M38, 0xb8), vex(P66, M38 | W, 0xb8)];
    // Of one operand.
    pub(super) const SQRT: Vex = vex(NP, M0F, 0x51);
    pub(super) const SQRT_F64: Vex = vex(P66, M0F, 0x51);
    /// The lower four of eight.
    pub(super) const WIDEN: Vex = vex(NP, M0F, 0x5a);
    /// To the lower four of eight.
    pub(super) const NARROW: Vex = vex(P66, M0F, 0x5a);
    pub(super) const ABS_I32: Vex = vex(P66, M38, 0x1e);
    pub(super) const I32_TO_F32: Vex = vex(NP, M0F, 0x5b);
    /// Towards zero; `i32::MIN` for what does not fit.
    pub(super) const F32_TO_I32: Vex = vex(PF3, M0F, 0x5b);
    /// The lower four of eight.
    pub(super) const I32_TO_F64: Vex = vex(PF3, M0F, 0xe6);
    /// To the lower four of eight; towards zero; `i32::MIN` for what does not fit.
    pub(super) const F64_TO_I32: Vex = vex(P66, M0F, 0xe6);
    /// The lower four of eight, with copies of the sign or zeros above.
    pub(super) const WIDEN_I32: Vex = vex(P66, M38, 0x25);
    pub(super) const WIDEN_U32: Vex = vex(P66, M38, 0x35);
    // Of one operand in memory, or to memory.
    const LOAD: Vex = vex(NP, M0F, 0x10);
    const STORE: Vex = vex(NP, M0F, 0x11);
    const LOAD_U8: Vex = vex(P66, M38, 0x31);
    const LOAD_I8: Vex = vex(P66, M38, 0x21);
    const LOAD_U16: Vex = vex(P66, M38, 0x33);
    const LOAD_I16: Vex = vex(P66, M38, 0x23);
    const LOAD_F16: Vex = vex(P66, M38, 0x13);
    const BROADCAST: Vex = vex(P66, M38, 0x18);
    const BROADCAST_I64: Vex = vex(P66, M38, 0x19);
    // With a mask.
    const LOAD_SOME: Vex = vex(P66, M38, 0x2c);
    const STORE_SOME: Vex = vex(P66, M38, 0x2e);
    const STORE_XMM: Vex = vex(PF3, M0F, 0x7f);
    const STORE_LOW: Vex = vex(P66, M0F, 0xd6);
    const STORE_FIRST: Vex = vex(PF3, M0F, 0x11);
    // With an immediate byte.
    pub(super) const COMPARE: Vex = vex(NP, M0F, 0xc2);
    pub(super) const COMPARE_F64: Vex = vex(P66, M0F, 0xc2);
    const BLEND: Vex = vex(P66, M3A, 0x4a);
    pub(super) const SHIFT: Vex = vex(P66, M0F, 0x72);
    pub(super) const SHIFT_I64: Vex = vex(P66, M0F, 0x73);
    const UPPER_HALF: Vex = vex(P66, M3A, 0x39);
    const JOIN: Vex = vex(P66, M3A, 0x38);
    const STORE_F16: Vex = vex(P66, M3A, 0x1d);
    const SHUFFLE: Vex = vex(NP, M0F, 0xc6);
    const QUARTERS: Vex = vex(P66, M3A | W, 0x00);
    const WORDS: Vex = vex(P66, M0F, 0x70);
    // Of halves of vectors.
    const PACK_U16: Vex = vex(P66, M38, 0x2b);
    const PACK_I16: Vex = vex(P66, M0F, 0x6b);
    const PACK_U8: Vex = vex(P66, M0F, 0x67);
    const PACK_I8: Vex = vex(P66, M0F, 0x63);
}

/// A shift by a constant: the digit of its opcode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Shift {
    RightLogical = 2,
    RightArithmetic = 4,
    Left = 6,
}

/// Bytes of a vector.
pub(super) const VECTOR: usize = 32;

/// Machine code as it is written, with a pool of constants behind it.
#[derive(Default)]
pub(super) struct Asm {
    pub(super) code: Vec<u8>,
    /// Where a constant's distance is still to be filled in: its place, the end of its instruction, the constant.
    patches: Vec<(usize, usize, usize)>,
    constants: Vec<u64>,
    /// Behind the instruction that makes room on the stack.
    pub(super) frame: usize,
}

impl Asm {
    /// The number of a constant in the pool: 64 bits, repeated.
    pub(super) fn constant(&mut self, bits: u64) -> usize {
        let known = self.constants.iter().position(|&c| c == bits);
        known.unwrap_or_else(|| {
            self.constants.push(bits);
            self.constants.len() - 1
        })
    }

    /// The code, and the constants behind it.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.code
            .resize(self.code.len().next_multiple_of(VECTOR), 0xcc);
        let pool = self.code.len();
        for (at, end, constant) in self.patches {
            let distance = (pool + constant * VECTOR - end) as i32;
            self.code[at..at + 4].copy_from_slice(&distance.to_le_bytes());
        }
        for bits in self.constants {
            (0..VECTOR / 8).for_each(|_| self.code.extend(bits.to_le_bytes()));
        }
        self.code
    }

    /// Where the next instruction begins.
    pub(super) fn here(&self) -> usize {
        self.code.len()
    }

    /// The bytes from ModRM on: `reg` is a register or a digit of the opcode; `after` bytes follow.
    pub(super) fn modrm(&mut self, reg: u8, operand: Operand, after: usize) {
        let reg = (reg & 7) << 3;
        match operand {
            Operand::Register(Ymm(r)) => self.code.push(0xc0 | reg | (r & 7)),
            Operand::Memory(Mem::At(base, offset)) => {
                self.code.push(0x80 | reg | (base.0 & 7));
                if base.0 & 7 == RSP.0 {
                    self.code.push(0x24); // no index
                }
                self.code.extend(offset.to_le_bytes());
            }
            Operand::Memory(Mem::Indexed(base, index, scale, offset)) => {
                // With a displacement, which every base can have.
                let short = i8::try_from(offset);
                self.code
                    .push(reg | if short.is_ok() { 0x44 } else { 0x84 });
                let scale = scale.trailing_zeros() as u8;
                self.code
                    .push(scale << 6 | (index.0 & 7) << 3 | (base.0 & 7));
                match short {
                    Ok(offset) => self.code.push(offset as u8),
                    Err(_) => self.code.extend(offset.to_le_bytes()),
                }
            }
            Operand::Memory(Mem::Constant(number)) => {
                self.code.push(0x05 | reg);
                let at = self.code.len();
                self.patches.push((at, at + 4 + after, number));
                self.code.extend([0; 4]);
            }
        }
    }

    /// An instruction with its operands `reg`, `vvvv` and the last one.
    fn encode(&mut self, v: Vex, wide: bool, reg: u8, vvvv: u8, last: Operand, after: usize) {
        let (x, b) = match last {
            Operand::Register(Ymm(r)) => (0, r),
            Operand::Memory(Mem::At(base, _)) => (0, base.0),
            Operand::Memory(Mem::Indexed(base, index, ..)) => (index.0, base.0),
            Operand::Memory(Mem::Constant(_)) => (0, 0),
        };
        // The high bits of the registers' numbers, inverted.
        let high = |r: u8, at: u8| u8::from(r < 8) << at;
        self.code
            .extend([0xc4, high(reg, 7) | high(x, 6) | high(b, 5) | v.map & !W]);
        self.code
            .push(v.map & W | (!vvvv & 15) << 3 | u8::from(wide) << 2 | v.prefix);
        self.code.push(v.opcode);
        self.modrm(reg, last, after);
    }

    /// `to = v(a, b)`.
    pub(super) fn two(&mut self, v: Vex, to: Ymm, a: Ymm, b: Operand) {
        self.encode(v, true, to.0, a.0, b, 0);
    }

    /// `to = v(a)`.
    pub(super) fn one(&mut self, v: Vex, to: Ymm, a: Operand) {
        self.encode(v, true, to.0, 0, a, 0);
    }

    /// `to = predicate(a, b)`, all ones or all zeros; the predicates are those of `vcmpps`.
    pub(super) fn compare(&mut self, v: Vex, predicate: u8, to: Ymm, a: Ymm, b: Operand) {
        self.encode(v, true, to.0, a.0, b, 1);
        self.code.push(predicate);
    }

    /// `to = mask ? yes : no`.
    pub(super) fn blend(&mut self, to: Ymm, mask: Ymm, yes: Operand, no: Ymm) {
        self.encode(Vex::BLEND, true, to.0, no.0, yes, 1);
        self.code.push(mask.0 << 4);
    }

    /// `to = a` shifted by a constant number of bits.
    pub(super) fn shift(&mut self, v: Vex, shift: Shift, to: Ymm, a: Ymm, by: u8) {
        self.encode(v, true, shift as u8, to.0, Operand::Register(a), 1);
        self.code.push(by);
    }

    /// The upper half of `a`, as the lower one.
    pub(super) fn upper_half(&mut self, to: Ymm, a: Ymm) {
        self.encode(Vex::UPPER_HALF, true, a.0, 0, Operand::Register(to), 1);
        self.code.push(1);
    }

    /// The lower half of `a`, and above it that of `b`.
    pub(super) fn join(&mut self, to: Ymm, a: Ymm, b: Operand) {
        self.encode(Vex::JOIN, true, to.0, a.0, b, 1);
        self.code.push(1);
    }

    /// The even words of 32 bits of both: by turns two of `a` and two of `b`.
    pub(super) fn evens(&mut self, to: Ymm, a: Ymm, b: Operand) {
        self.encode(Vex::SHUFFLE, true, to.0, a.0, b, 1);
        self.code.push(0b10_00_10_00);
    }

    /// The first, third, second and fourth quarter.
    pub(super) fn order(&mut self, to: Ymm, a: Operand) {
        self.encode(Vex::QUARTERS, true, to.0, 0, a, 1);
        self.code.push(0b11_01_10_00);
    }

    /// In each half, the upper two words as the lower two.
    pub(super) fn upper_pair(&mut self, to: Ymm, a: Operand) {
        self.encode(Vex::WORDS, true, to.0, 0, a, 1);
        self.code.push(0b11_10_11_10);
    }

    /// In each half, the second word as the first.
    pub(super) fn second_word(&mut self, to: Ymm, a: Operand) {
        self.encode(Vex::WORDS, true, to.0, 0, a, 1);
        self.code.push(0b01_01_01_01);
    }

    /// The `f32` of the nearest `f16`, ties to even.
    pub(super) fn round_f16(&mut self, to: Ymm, a: Ymm) {
        self.store_f16(Operand::Register(to), a);
        self.one(Vex::LOAD_F16, to, Operand::Register(to));
    }

    fn store_f16(&mut self, to: Operand, from: Ymm) {
        self.encode(Vex::STORE_F16, true, from.0, 0, to, 1);
        self.code.push(0);
    }

    /// A vector of elements in memory.
    pub(super) fn load(&mut self, stored: Stored, to: Ymm, from: Mem) {
        let v = match stored {
            Stored::U8 => Vex::LOAD_U8,
            Stored::I8 => Vex::LOAD_I8,
            Stored::U16 => Vex::LOAD_U16,
            Stored::I16 => Vex::LOAD_I16,
            Stored::F16 => Vex::LOAD_F16,
            Stored::Bits32 | Stored::Bits64 => Vex::LOAD,
        };
        self.one(v, to, Operand::Memory(from));
    }

    /// A mask of words of this width, of one of words of 32 bits in memory.
    pub(super) fn load_mask(&mut self, width: Width, to: Ymm, from: Mem) {
        let v = match width {
            Width::Bits32 => Vex::LOAD,
            Width::Bits64 => Vex::WIDEN_I32,
        };
        self.one(v, to, Operand::Memory(from));
    }

    /// The elements in memory that the mask has, and zeros.
    pub(super) fn load_some(&mut self, to: Ymm, mask: Ymm, from: Mem) {
        self.two(Vex::LOAD_SOME, to, mask, Operand::Memory(from));
    }

    /// Stores the elements that the mask has.
    pub(super) fn store_some(&mut self, to: Mem, mask: Ymm, from: Ymm) {
        self.two(Vex::STORE_SOME, from, mask, Operand::Memory(to));
    }

    pub(super) fn copy(&mut self, to: Ymm, from: Ymm) {
        self.one(Vex::LOAD, to, Operand::Register(from));
    }

    /// Every element of `to` is the word in memory.
    pub(super) fn broadcast(&mut self, width: Width, to: Ymm, from: Mem) {
        let v = match width {
            Width::Bits32 => Vex::BROADCAST,
            Width::Bits64 => Vex::BROADCAST_I64,
        };
        self.one(v, to, Operand::Memory(from));
    }

    /// Stores every element, which fits what is stored. `spare` is written to.
    pub(super) fn store(&mut self, stored: Stored, to: Mem, from: Ymm, spare: [Ymm; 2]) {
        let to = Operand::Memory(to);
        let (words, bytes) = match stored {
            Stored::Bits32 | Stored::Bits64 => return self.one(Vex::STORE, from, to),
            Stored::F16 => return self.store_f16(to, from),
            Stored::U8 | Stored::U16 => (Vex::PACK_U16, Vex::PACK_U8),
            Stored::I8 | Stored::I16 => (Vex::PACK_I16, Vex::PACK_I8),
        };
        let [low, high] = spare;
        self.upper_half(high, from);
        self.encode(words, false, low.0, from.0, Operand::Register(high), 0);
        if stored.size() == 2 {
            return self.encode(Vex::STORE_XMM, false, low.0, 0, to, 0);
        }
        self.encode(bytes, false, low.0, low.0, Operand::Register(low), 0);
        self.encode(Vex::STORE_LOW, false, low.0, 0, to, 0);
    }

    /// Stores the first element, which is in memory what it is in a vector.
    pub(super) fn store_first(&mut self, stored: Stored, to: Mem, from: Ymm) {
        let v = match stored {
            Stored::Bits64 => Vex::STORE_LOW,
            _ => Vex::STORE_FIRST,
        };
        self.encode(v, false, from.0, 0, Operand::Memory(to), 0);
    }

    /// Ends the use of vectors of 256 bits.
    pub(super) fn zero_upper(&mut self) {
        self.code.extend([0xc5, 0xf8, 0x77]);
    }
}
