"""Writes crates/tensor/tests/golden/random.txt: jax.random in original mode, each record checked against threefry_numpy."""
import pathlib

import jax
import jax.extend.random
import jax.numpy as jnp
import ml_dtypes
import numpy as np

import threefry_numpy as ours
from golden_format import GoldenFile, bits_of, dtype_name, key_text, max_ulp

ROOT = pathlib.Path(__file__).resolve().parents[2]
jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_threefry_partitionable", False)
f = GoldenFile(ROOT / "crates/tensor/tests/golden/random.txt", "jax.random, jax_threefry_partitionable=False", jax, np)

SHAPES = [(), (1,), (5,), (4,), (2, 3), (7, 3), (0,)]
KEYS = [np.array(k, np.uint32) for k in ([0, 42], [0xFFFFFFFF, 0x80000001])]
BF16 = ml_dtypes.bfloat16


def check(theirs, mine, ulp=0, what=""):
    theirs, mine = np.asarray(theirs), np.asarray(mine)
    assert theirs.shape == mine.shape and theirs.dtype == mine.dtype, (what, theirs.shape, mine.shape, theirs.dtype, mine.dtype)
    if theirs.dtype.kind in "iub":
        assert (theirs == mine).all(), (what, theirs, mine)
    else:
        assert max_ulp(theirs, mine) <= ulp, (what, max_ulp(theirs, mine))
    return theirs


def x64(on):
    jax.config.update("jax_enable_x64", on)


f.note("key seed=..: the raw key of PRNGKey(seed). x64=0 is JAX's default, where a seed is cut to 32 bits.")
for on in (False, True):
    x64(on)
    for seed in (0, 1, 42, -1, 2**31, 2**40, 2**32 - 1, -(2**63)):
        out = check(jax.random.PRNGKey(seed), ours.key_from_seed(seed, on), what=seed)
        f.record("key", outputs=[out], seed=seed, x64=on)

x64(True)
f.note("threefry2x32: the bare hash of two words under a key (the reference vectors of Random123 among them)")
for key, words in [((0, 0), (0, 0)), ((0xFFFFFFFF,) * 2, (0xFFFFFFFF,) * 2),
                   ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3)), ((0, 42), (0, 1)), ((0, 42), (7, 0xFFFFFFFE))]:
    count = np.array(words, np.uint32)
    theirs = jax.extend.random.threefry_2x32(jnp.array(key, jnp.uint32), jnp.asarray(count))
    mine = ours.hash_counts(np.array(key, np.uint32), count)
    f.record("threefry2x32", [count], [check(theirs, mine)], key=key_text(key))

f.note("split key n: [n, 2] keys.  fold_in key data: one key; data is taken modulo 2**32.")
for key in KEYS:
    for n in (1, 2, 3, 5):
        f.record("split", outputs=[check(jax.random.split(key, n), ours.split(key, n))], key=key_text(key), n=n)
    for data in (0, 1, 2, 42, 1000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF):
        out = check(jax.random.fold_in(key, np.uint32(data)), ours.fold_in(key, data))
        f.record("fold_in", outputs=[out], key=key_text(key), data=data)

f.note("bits key: type and shape are those of the output")
for key in KEYS:
    for width in (8, 16, 32, 64):
        dtype = f"uint{width}"
        for shape in SHAPES + [(1000,)] * (key is KEYS[0]):
            out = check(jax.random.bits(key, shape, dtype), ours.bits(key, width, shape), what=(dtype, shape))
            f.record("bits", outputs=[out], key=key_text(key))

f.note("uniform key lo hi: each step rounds to the type (no fused multiply-add), as JAX does op by op.")
f.note("uniform_jit: the same draw compiled as one XLA program, which contracts value * (hi - lo) + lo into a fused multiply-add."
       " Recorded where it differs; not what Bouton returns.")
differ = 0
RANGES = [(0.0, 1.0), (-1.0, 1.0), (-0.08, 0.08), (0.001, 7.7), (2.5, 1e4), (3.0, -3.0), (1.0, 1.0)]
for key in KEYS:
    for dtype in (np.float32, np.float64, BF16, np.float16):
        for lo, hi in RANGES:
            shapes = SHAPES if (lo, hi) == (0.0, 1.0) else [(7, 3)]
            for shape in shapes + [(300,)] * ((lo, hi) == (0.0, 1.0) and key is KEYS[0]):
                with jax.disable_jit():
                    plain = jax.random.uniform(key, shape, dtype, lo, hi)
                out = check(plain, ours.uniform(key, shape, dtype, lo, hi), what=(dtype, lo, hi))
                attrs = dict(key=key_text(key), lo=bits_of(np.asarray(lo, dtype)), hi=bits_of(np.asarray(hi, dtype)))
                f.record("uniform", outputs=[out], **attrs)
                fused = np.asarray(jax.random.uniform(key, shape, dtype, lo, hi))
                if max_ulp(fused, out):
                    f.record("uniform_jit", outputs=[fused], **attrs)
                    differ += 1

f.note("normal key: ulp=N is the distance allowed. f64 is wide because XLA's log1p is off by up to 127 ulp in f64.")
for key in KEYS:
    for dtype, ulp in ((np.float32, 4), (np.float64, 64), (BF16, 1), (np.float16, 1)):
        for shape in SHAPES + [(300,)] * (key is KEYS[0]):
            out = check(jax.random.normal(key, shape, dtype), ours.normal(key, shape, dtype), ulp, what=("normal", dtype, shape))
            f.record("normal", outputs=[out], key=key_text(key), ulp=ulp)

f.note("erf_inv of the input, by XLA; the polynomials are Giles 2010")
for dtype, ulp in ((np.float32, 4), (np.float64, 64)):
    x = np.array([0, -0.0, 1, -1, 0.5, -0.5, 1e-30, 0.99, -0.999, 0.9999999, 0.25, 2, np.nan, np.inf], dtype)
    f.record("erf_inv", [x], [check(jax.lax.erf_inv(x), ours.erf_inv(x), ulp)], ulp=ulp)

f.note("randint key lo hi: decimal bounds, hi excluded; hi may be one past the type's largest value")
CASES = [("int32", 0, 10), ("int32", -5, 5), ("int32", 0, 1), ("int32", 7, 7), ("int32", 9, 3), ("int32", 0, 1 << 16),
         ("int32", 0, 1 << 30), ("int32", 0, 1_000_003), ("int32", -2**31, 2**31 - 1), ("int32", -2**31, 2**31),
         ("int32", 0, 2**31 - 1), ("int32", 0, 2**31), ("int64", 0, 10), ("int64", -7, 10**12), ("int64", -2**63, 2**63 - 1),
         ("uint8", 0, 10), ("uint8", 0, 256), ("uint8", 3, 200), ("int8", -128, 128), ("int8", -3, 4), ("uint16", 0, 65536),
         ("int16", -1000, 1000), ("uint32", 0, 10), ("uint32", 0, 2**32 - 1), ("uint32", 0, 2**32),
         ("uint32", 100, 3_000_000_000), ("uint64", 0, 1000)]
for key in KEYS:
    for dtype, lo, hi in CASES:
        for shape in ((), (5,), (7, 3)):
            out = check(jax.random.randint(key, shape, lo, hi, dtype), ours.randint(key, shape, lo, hi, dtype), what=(dtype, lo, hi))
            f.record("randint", outputs=[out], key=key_text(key), lo=lo, hi=hi)

f.note("permutation key n: shuffled 0..n as i32 (JAX: i64 with 64-bit types); up to n=1625 one round of sorting, then two.")
f.note("permutation_hash key n: FNV-1a 64 over the little-endian u32 values; the keys are such that random words collide,"
       " so an unstable sort is found out. `first`: the first eight values.")
x64(False)
for key in KEYS:
    for n in (0, 1, 2, 10, 1000, 1625, 1626):
        out = check(jax.random.permutation(key, n), ours.permutation(key, n).astype(np.int32), what=n)
        if n <= 1000 or key is KEYS[0]:
            f.record("permutation", outputs=[out], key=key_text(key), n=n)


def fnv1a64(data):
    h = 0xCBF29CE484222325
    for byte in data:
        h = (h ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return h


def collides(key, n):
    for _ in range(ours.shuffle_rounds(n)):
        key, sub = ours.split(key)
        if np.unique(ours.bits(sub, 32, (n,))).size < n:
            return True
    return False


found = [s for s in range(40) if collides(ours.key_from_seed(s), 60000)][:2] + [42]
for seed in found:
    key = ours.key_from_seed(seed)
    out = check(jax.random.permutation(key, 60000), ours.permutation(key, 60000).astype(np.int32))
    hashed = np.array([fnv1a64(out.astype("<u4").tobytes())], np.uint64)
    f.record("permutation_hash", outputs=[hashed[0], out[:8]], key=key_text(key), n=60000, collision=collides(key, 60000))

f.note("permutation_rows key: the input's rows (axis 0) in the order permutation(key, rows).")
for key in KEYS:
    for x in (np.arange(12, dtype=np.float32).reshape(6, 2), np.arange(5, dtype=np.uint8), np.zeros((0, 3), np.float32)):
        f.record("permutation_rows", [x], [check(jax.random.permutation(key, x), x[ours.permutation(key, len(x))])], key=key_text(key))

f.note("bernoulli key: the input holds the probabilities (f32); shape is the output's")
for key in KEYS:
    for p in (0.5, 0.1, 0.8, 0.0, 1.0):
        p = np.float32(p)
        for shape in ((), (5,), (7, 3)):
            f.record("bernoulli", [p], [check(jax.random.bernoulli(key, p, shape), ours.bernoulli(key, p, shape))], key=key_text(key))
    p = np.linspace(0, 1, 9, dtype=np.float32)
    f.record("bernoulli", [p], [check(jax.random.bernoulli(key, p), ours.bernoulli(key, p))], key=key_text(key))

f.note('The Livebook "Ch 6: Go Deep With Axon": nx_uniform key -> value, new key (value from split(key)[1], new key split(key)[0]),'
       " chained from key 42 for w1, b1, w2, b2; then x = uniform(new key), and the prediction sigmoid(sigmoid(x w1 + b1) w2 + b2).")
key = jax.random.PRNGKey(42)
for name, mine in zip(("w1", "b1", "w2", "b2"), ours.go_deep()[0]):
    new_key, now = jax.random.split(key)
    value = check(jax.random.uniform(now), mine)
    f.record("nx_uniform", outputs=[value, np.asarray(new_key)], key=key_text(key), binds=name, decimal=float(value))
    key = new_key
(w1, b1, w2, b2), our_key, x, prediction = ours.go_deep()
assert np.asarray(key).tolist() == our_key.tolist() == [4249898905, 2425127087]
assert float(b2) == 0.6716941595077515 and float(prediction) == 0.6633665561676025
check(jax.random.uniform(key), x)
f.record("go_deep_prediction", [x, w1, b1, w2, b2], [prediction], decimal=float(prediction), ulp=1)

print("uniform ranges where the compiled draw differs:", differ)
f.write()
