//! Random keys by name: adding a layer reshuffles nothing else.
use bouton_tensor::{Tensor, random};

/// The key that `key` gives to `name`.
pub(crate) fn by_name(key: &Tensor, name: &str) -> Tensor {
    random::fold_in(key, fnv1a(name))
}

/// The 32-bit FNV-1a hash (Fowler, Noll, Vo): the same on every machine, for ever.
fn fnv1a(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the authors' list of test vectors.
    #[test]
    fn hashes_are_the_published_ones() {
        assert_eq!(fnv1a(""), 0x811c_9dc5);
        assert_eq!(fnv1a("a"), 0xe40c_292c);
        assert_eq!(fnv1a("foobar"), 0xbf9c_f968);
    }
}
