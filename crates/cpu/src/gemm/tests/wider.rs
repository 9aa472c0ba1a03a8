//! Products whose results have a wider type than their inputs.

use super::*;

#[test]
fn every_integer_type_that_holds_the_inputs_holds_the_sums() {
    let _alone = alone();
    macro_rules! results {
        ($($t:ty => $($o:ty)*;)*) => {
            [$($({
                (0..4).for_each(|seed| check::<$t, $o>(seed, 14, 40, 37, 2, &[1, 3]));
                (<$t>::DTYPE, <$o>::DTYPE)
            }),*),*]
        };
    }
    let all = results! {
        u8 => u8 u16 u32 u64 i16 i32 i64;
        u16 => u16 u32 u64 i32 i64;
        u32 => u32 u64 i64;
        u64 => u64;
        i8 => i8 i16 i32 i64;
        i16 => i16 i32 i64;
        i32 => i32 i64;
        i64 => i64;
    };
    for input in DType::ALL.into_iter().filter(|d| d.is_integer()) {
        for output in DType::ALL {
            let spec = dense(input, output, [2, 2, 2]);
            let has = all.contains(&(input, output));
            assert_eq!(Gemm::new(&spec).is_ok(), has, "{input} to {output}");
        }
    }
}

#[test]
fn floats_that_widen_to_f64_give_its_chains() {
    let _alone = alone();
    fn product<T: Element>(isa: Isa, a: &[T], b: &[T], size: [usize; 3]) -> Vec<u64> {
        let spec = dense(T::DTYPE, DType::F64, size);
        let gemm = Gemm::with_isa(&spec, isa).unwrap();
        let mut scratch = Scratch::new(gemm.scratch_bytes());
        let mut c = vec![0u64; spec.m * spec.n];
        // SAFETY: the vectors hold the extents of the layouts.
        unsafe {
            let (a, b) = (a.as_ptr().cast(), b.as_ptr().cast());
            gemm.run(
                Operands::new(a, b),
                c.as_mut_ptr().cast(),
                scratch.at(),
                None,
            );
        }
        c
    }
    fn same<T: Element>(wide: fn(T) -> f64) {
        let mut r = Random(3);
        for size in [[1, 70, 33], [20, 33, 47], [70, 1, 90], [5, 3, 2000]] {
            let [m, n, k] = size;
            let a: Vec<T> = (0..m * k).map(|_| T::draw(&mut r)).collect();
            let b: Vec<T> = (0..k * n).map(|_| T::draw(&mut r)).collect();
            let widened = |x: &[T]| x.iter().map(|&x| wide(x)).collect::<Vec<f64>>();
            let want = product(Isa::Portable, &widened(&a), &widened(&b), size);
            for isa in [Isa::best(), Isa::Portable] {
                assert_eq!(product(isa, &a, &b, size), want, "{size:?} {isa:?}");
            }
        }
    }
    same::<f32>(f64::from);
    same::<bf16>(bf16::to_f64);
    same::<f16>(f16::to_f64);
}

#[test]
fn the_extremes_of_narrow_integers_add_up_exactly() {
    let _alone = alone();
    // All the same: (-128)^2, 255^2 and (-32768)^2, whose sums of two are at the edge of 32 bits.
    fn same<T: Element, O: Rounded<i64>>(x: T, k: usize, want: i64) {
        let (m, n) = (7, 33);
        let spec = dense(T::DTYPE, O::DTYPE, [m, n, k]);
        for isa in [Isa::best(), Isa::Portable] {
            let gemm = Gemm::with_isa(&spec, isa).unwrap();
            let mut scratch = Scratch::new(gemm.scratch_bytes());
            let (a, b) = (vec![x; m * k], vec![x; k * n]);
            let mut c = vec![O::default(); m * n];
            // SAFETY: the vectors hold the extents of the layouts.
            unsafe {
                let (a, b) = (a.as_ptr().cast(), b.as_ptr().cast());
                gemm.run(
                    Operands::new(a, b),
                    c.as_mut_ptr().cast(),
                    scratch.at(),
                    None,
                );
            }
            let want = O::round(want).bits();
            assert!(c.iter().all(|c| c.bits() == want), "{spec:?} {isa:?}");
        }
    }
    for k in [1, 2, 3, 1000, 1001] {
        let n = k as i64;
        same::<i8, i32>(-128, k, 16_384 * n);
        same::<u8, u32>(255, k, 65_025 * n);
        same::<u8, i32>(255, k, 65_025 * n);
        same::<i16, i32>(-32_768, k, (1 << 30) * n);
        same::<u16, u32>(65_535, k, 65_535 * 65_535 * n);
    }
}
