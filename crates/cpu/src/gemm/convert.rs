//! Between the 16-bit float types and f32, without branches, so that loops over them vectorise.

/// The f32 of a bf16's bits. A NaN comes out quiet.
#[inline(always)]
pub(crate) fn bf16_to_f32(bits: u16) -> f32 {
    let quiet = if bits & 0x7fff > 0x7f80 { 0x40 } else { 0 };
    f32::from_bits(u32::from(bits | quiet) << 16)
}

/// The bits of the bf16 nearest to `x`, ties to even. A NaN comes out quiet.
#[inline(always)]
pub(crate) fn f32_to_bf16(x: f32) -> u16 {
    let bits = x.to_bits();
    let nearest = (bits.wrapping_add(0x7fff + (bits >> 16 & 1)) >> 16) as u16;
    let quiet = (bits >> 16) as u16 | 0x40;
    if bits & 0x7fff_ffff > 0x7f80_0000 {
        quiet
    } else {
        nearest
    }
}

/// The f32 of an f16's bits. A NaN comes out quiet.
#[inline(always)]
pub(crate) fn f16_to_f32(bits: u16) -> f32 {
    let (sign, rest) = (
        u32::from(bits & 0x8000) << 16,
        u32::from(bits & 0x7fff) << 13,
    );
    // In f32's fields the exponent is 112 too small; a product with 2^112 is exact, for subnormal
    // numbers too.
    let finite = (f32::from_bits(rest) * f32::from_bits((112 + 127) << 23)).to_bits();
    let quiet = if rest > 0x0f80_0000 { 0x0040_0000 } else { 0 };
    let special = rest | 0x7f80_0000 | quiet;
    f32::from_bits(sign | if rest >= 0x0f80_0000 { special } else { finite })
}

/// The bits of the f16 nearest to `x`, ties to even. A NaN comes out quiet.
#[inline(always)]
pub(crate) fn f32_to_f16(x: f32) -> u16 {
    let bits = x.to_bits();
    let (sign, rest) = ((bits >> 16 & 0x8000) as u16, bits & 0x7fff_ffff);
    // The exponent is rebiased by subtracting 112; rounding may carry into it, up to infinity.
    let normal = (rest
        .wrapping_sub(112 << 23)
        .wrapping_add(0xfff + (rest >> 13 & 1))
        >> 13) as u16;
    // Below 2^-14 the unit of f16 is 2^-24, which is the unit of f32 in [0.5, 1): the sum rounds.
    let small = (f32::from_bits(rest) + 0.5)
        .to_bits()
        .wrapping_sub(0.5f32.to_bits()) as u16;
    let nan = 0x7e00 | (rest >> 13 & 0x3ff) as u16;
    sign | if rest > 0x7f80_0000 {
        nan
    } else if rest >= 0x4780_0000 {
        0x7c00
    } else if rest < 113 << 23 {
        small
    } else {
        normal
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use half::{bf16, f16};

    #[test]
    fn every_16_bit_number_widens_as_half_does() {
        for bits in 0..=u16::MAX {
            assert_eq!(
                bf16_to_f32(bits).to_bits(),
                bf16::from_bits(bits).to_f32().to_bits(),
                "{bits:#x}"
            );
            assert_eq!(
                f16_to_f32(bits).to_bits(),
                f16::from_bits(bits).to_f32().to_bits(),
                "{bits:#x}"
            );
        }
    }

    #[test]
    fn narrowing_rounds_as_half_does() {
        let check = |x: f32| {
            assert_eq!(
                f32_to_bf16(x),
                bf16::from_f32(x).to_bits(),
                "{x:e} {:#x}",
                x.to_bits()
            );
            assert_eq!(
                f32_to_f16(x),
                f16::from_f32(x).to_bits(),
                "{x:e} {:#x}",
                x.to_bits()
            );
        };
        // Every f16, its midpoint to the next, and the neighbours of both; a sweep over all bits.
        for bits in 0..=u16::MAX {
            let x = f16::from_bits(bits).to_f32().to_bits();
            for nudge in [
                0,
                1,
                0xfff,
                0x1000,
                0x1001,
                0xffff_ffff,
                0xffff_f000,
                0xffff_efff,
            ] {
                check(f32::from_bits(x.wrapping_add(nudge)));
            }
        }
        for bits in (0..=u32::MAX).step_by(9973) {
            check(f32::from_bits(bits));
        }
        for tail in [0x7fff, 0x8000, 0x8001] {
            (0..=0xffffu32).for_each(|high| check(f32::from_bits(high << 16 | tail)));
        }
    }
}
