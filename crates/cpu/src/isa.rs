//! The instruction set the kernels use: detected once, or chosen by `BOUTON_ISA`.
//!
//! Results never depend on it: every kernel is one body compiled for each instruction set, and no
//! body contracts, reassociates or widens differently from another.

use std::ffi::OsStr;
use std::sync::OnceLock;

/// An instruction set that kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isa {
    /// x86-64 with AVX2 and FMA; the token proves that this machine has them.
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    /// What the target of the build guarantees, and nothing more.
    Portable,
}

/// Proof that this machine has AVX2 and FMA: only [`Avx2::detect`] makes one.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Avx2(());

#[cfg(target_arch = "x86_64")]
impl Avx2 {
    /// The proof, where the machine has both extensions.
    pub fn detect() -> Option<Avx2> {
        let both = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        both.then_some(Avx2(()))
    }
}

impl Isa {
    /// The best instruction set of this machine, whatever the environment says.
    pub fn best() -> Isa {
        #[cfg(target_arch = "x86_64")]
        if let Some(proof) = Avx2::detect() {
            return Isa::Avx2(proof);
        }
        Isa::Portable
    }

    /// `avx2` or `portable`, the words that `BOUTON_ISA` uses.
    pub fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2(_) => "avx2",
            Isa::Portable => "portable",
        }
    }
}

/// The instruction set of this process: what `BOUTON_ISA` asks for, or the best there is where that
/// says nothing or nonsense, which [`asked`] tells. Read once.
pub fn isa() -> Isa {
    static CHOICE: OnceLock<Isa> = OnceLock::new();
    *CHOICE.get_or_init(|| asked().ok().flatten().unwrap_or_else(Isa::best))
}

/// The instruction set that `BOUTON_ISA` asks for; `None` where it is unset or empty.
///
/// # Errors
/// It must name an instruction set that kernels are compiled for and this machine has.
pub fn asked() -> Result<Option<Isa>, String> {
    wish(&std::env::var_os("BOUTON_ISA").unwrap_or_default())
}

fn wish(value: &OsStr) -> Result<Option<Isa>, String> {
    if value.is_empty() {
        return Ok(None);
    }
    let mut here = vec![Isa::best()];
    if here != [Isa::Portable] {
        here.push(Isa::Portable);
    }
    let found = here.iter().find(|isa| value == isa.name()).copied();
    found.map(Some).ok_or_else(|| {
        let names: Vec<&str> = here.iter().map(|isa| isa.name()).collect();
        let names = names.join(" or ");
        format!("must be an instruction set that this machine has, {names}; it is {value:?}")
    })
}

/// A computation on `X` that [`vectorized`] compiles for every instruction set.
pub trait Vectorized<X> {
    /// What it gives.
    type Y;

    /// The computation. Mark this `#[inline(always)]`, and what it calls: it is compiled for the instruction set where it is
    /// inlined, which recursion and closures that are called twice are not.
    fn run(x: X) -> Self::Y;
}

/// Runs `K` on `x`, compiled for the instruction set of this process.
pub fn vectorized<K: Vectorized<X>, X>(x: X) -> K::Y {
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn avx2<K: Vectorized<X>, X>(x: X) -> K::Y {
        K::run(x)
    }

    match isa() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the token in `Avx2` proves that the machine has both extensions.
        Isa::Avx2(_) => unsafe { avx2::<K, X>(x) },
        Isa::Portable => K::run(x),
    }
}

/// Compiles one function body for every instruction set and chooses at run time.
///
/// ```text
/// kernel! {
///     /// Adds `x` to `y`.
///     pub(crate) fn add(x: &[f32], y: &mut [f32]) {
///         for (y, x) in y.iter_mut().zip(x) { *y += x; }
///     }
/// }
/// add(isa(), &x, &mut y);
/// ```
///
/// The function gets an [`Isa`] as its first parameter. What the body calls is compiled for the
/// instruction set only where it is inlined, so mark that `#[inline(always)]`. Type parameters are
/// written with one bound each, in brackets: `fn sum[T: Number](x: &[T]) -> T`.
macro_rules! kernel {
    ($(#[$meta:meta])* $vis:vis fn $name:ident $([$($g:ident: $bound:path),+])?
        ($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)? $body:block) => {
        $(#[$meta])*
        $vis fn $name $(<$($g: $bound),+>)? (isa: $crate::isa::Isa, $($arg: $ty),*) $(-> $ret)? {
            #[inline(always)]
            fn body $(<$($g: $bound),+>)? ($($arg: $ty),*) $(-> $ret)? $body

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2 $(<$($g: $bound),+>)? ($($arg: $ty),*) $(-> $ret)? {
                body $(::<$($g),+>)? ($($arg),*)
            }

            match isa {
                #[cfg(target_arch = "x86_64")]
                // SAFETY: the token in `Avx2` proves that the machine has both extensions.
                $crate::isa::Isa::Avx2(_) => unsafe { avx2 $(::<$($g),+>)? ($($arg),*) },
                $crate::isa::Isa::Portable => body $(::<$($g),+>)? ($($arg),*),
            }
        }
    };
}
pub(crate) use kernel;

#[cfg(test)]
mod tests {
    use super::*;

    trait Number: Copy + std::ops::Mul<Output = Self> + std::ops::Add<Output = Self> {}
    impl Number for f32 {}
    impl Number for i16 {}

    kernel! {
        fn axpy[T: Number](a: T, x: &[T], y: &mut [T]) -> usize {
            for (y, &x) in y.iter_mut().zip(x) {
                *y = *y + a * x;
            }
            y.len()
        }
    }

    #[test]
    fn a_kernel_gives_the_same_bits_on_every_instruction_set() {
        let x: Vec<f32> = (0..1001).map(|i| (i as f32).sqrt()).collect();
        let mut y = [x.clone(), x.clone()];
        assert_eq!(axpy(Isa::best(), 0.3, &x, &mut y[0]), 1001);
        assert_eq!(axpy(Isa::Portable, 0.3, &x, &mut y[1]), 1001);
        assert_eq!(y[0], y[1]);
        // Not contracted: the product is rounded before the sum.
        assert_eq!(y[0][7], x[7] + 0.3 * x[7]);
        let mut z = [1i16, 2, 3];
        axpy(isa(), 10, &[1, 1, 2], &mut z);
        assert_eq!(z, [11, 12, 23]);
    }

    #[test]
    fn a_computation_is_run_with_what_it_is_given() {
        struct Sum;
        impl<'a> Vectorized<(&'a [f32], &'a mut usize)> for Sum {
            type Y = f32;
            #[inline(always)]
            fn run((x, count): (&'a [f32], &'a mut usize)) -> f32 {
                *count += x.len();
                x.iter().sum()
            }
        }
        let mut count = 1;
        assert_eq!(vectorized::<Sum, _>((&[0.5, 2.0], &mut count)), 2.5);
        assert_eq!(count, 3);
    }

    #[test]
    fn the_environment_must_ask_for_what_is_there() {
        let wish = |value: &str| wish(OsStr::new(value));
        assert_eq!(wish("portable"), Ok(Some(Isa::Portable)));
        assert_eq!(wish(""), Ok(None));
        assert_eq!(wish(Isa::best().name()), Ok(Some(Isa::best())));
        for nonsense in ["avx9", "AVX2", "portable,avx2"] {
            let rule = wish(nonsense).unwrap_err();
            assert!(rule.starts_with("must be an instruction set that this machine has, "));
            assert!(
                rule.ends_with(&format!("portable; it is {nonsense:?}")),
                "{rule}"
            );
        }
        if Isa::best() == Isa::Portable {
            assert!(wish("avx2").is_err());
        }
    }
}
