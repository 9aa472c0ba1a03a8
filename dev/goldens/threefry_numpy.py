"""Threefry-2x32 and the samplers of jax.random in original (non-partitionable) mode, in NumPy alone.

This is the executable form of README.md, "How jax.random works in original mode". make_random.py holds it to JAX,
bit for bit (normal: a few ulp). Run alone, it prints the numbers of the Livebook "Ch 6: Go Deep With Axon".
Python integers and np.uint32/np.uint64 arrays only: no JAX here.
"""
import math

import ml_dtypes
import numpy as np

U32 = np.uint32
ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
PARITY = 0x1BD11BDA


def threefry2x32(key, x0, x1):
    """Twenty rounds over two u32 arrays of the same length."""
    x0 = np.array(x0, U32)
    x1 = np.array(x1, U32)
    k0, k1 = int(key[0]), int(key[1])
    schedule = [k0, k1, k0 ^ k1 ^ PARITY]
    with np.errstate(over="ignore"):
        x0 = x0 + U32(schedule[0])
        x1 = x1 + U32(schedule[1])
        for block in range(5):
            for r in ROTATIONS[block % 2]:
                x0 = x0 + x1
                x1 = (x1 << U32(r)) | (x1 >> U32(32 - r))
                x1 = x1 ^ x0
            x0 = x0 + U32(schedule[(block + 1) % 3])
            x1 = x1 + U32((schedule[(block + 2) % 3] + block + 1) & 0xFFFFFFFF)
    return x0, x1


def hash_counts(key, counts):
    """First half of the (zero-padded) counts against its second half; the pad's output is dropped."""
    counts = np.asarray(counts, U32)
    odd = counts.size % 2
    padded = np.concatenate([counts, np.zeros(odd, U32)])
    half = padded.size // 2
    out = np.concatenate(threefry2x32(key, padded[:half], padded[half:]))
    return out[: counts.size]


def key_from_seed(seed, x64=True):
    """Raw key of jax.random.PRNGKey(seed). Without 64-bit types JAX keeps the low word only."""
    seed &= 0xFFFFFFFFFFFFFFFF
    return np.array([seed >> 32 if x64 else 0, seed & 0xFFFFFFFF], U32)


def split(key, n=2):
    return hash_counts(key, np.arange(2 * n, dtype=U32)).reshape(n, 2)


def fold_in(key, data):
    return hash_counts(key, np.array([0, data & 0xFFFFFFFF], U32))


def bits(key, width, shape=()):
    size = math.prod(shape)
    words = -(-width * size // 32)
    out = hash_counts(key, np.arange(words, dtype=U32))
    if width == 64:
        half = words // 2
        out = (out[:half].astype(np.uint64) << np.uint64(32)) | out[half:].astype(np.uint64)
    elif width < 32:
        # Each word gives 32/width values, lowest bits first.
        parts = [(out >> U32(width * i)) & U32((1 << width) - 1) for i in range(32 // width)]
        out = np.stack(parts, axis=1).reshape(-1)[:size].astype({8: np.uint8, 16: np.uint16}[width])
    return out.reshape(shape)


# dtype -> (bits of the type, stored mantissa bits, random bits drawn per value)
FLOATS = {
    np.dtype(np.float32): (32, 23, 32),
    np.dtype(np.float64): (64, 52, 64),
    np.dtype(np.float16): (16, 10, 16),
    np.dtype(ml_dtypes.bfloat16): (16, 7, 8),
}
UINT = {8: np.uint8, 16: np.uint16, 32: np.uint32, 64: np.uint64}


def uniform(key, shape=(), dtype=np.float32, lo=0.0, hi=1.0):
    """In [lo, hi): 1.0 <= f < 2.0 from random mantissa bits, minus one, scaled, shifted; each step rounds to dtype."""
    dtype = np.dtype(dtype)
    width, mantissa, drawn = FLOATS[dtype]
    lo, hi = np.asarray(lo, dtype), np.asarray(hi, dtype)
    raw = bits(key, drawn, shape).astype(UINT[width])
    one = np.asarray(1.0, dtype).view(UINT[width])
    unit = ((raw >> UINT[width](drawn - mantissa)) | one).astype(UINT[width]).view(dtype) - np.asarray(1.0, dtype)
    return np.maximum(lo, scale_and_shift(unit, (hi - lo).astype(dtype), lo))


def scale_and_shift(unit, span, lo):
    """unit * span + lo, rounded twice: no fused multiply-add."""
    return (unit * span).astype(lo.dtype) + lo


# Giles (2010), "Approximating the erfinv function": w = -log1p(-x * x), t from w, then x times a polynomial in t.
# Each row: (w below this, t of w, coefficients of t with the highest power first).
ERFINV32 = [
    (5.0, lambda w: w - np.float32(2.5),
     [2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503, -0.00417768164,
      0.246640727, 1.50140941]),
    (np.inf, lambda w: np.sqrt(w) - np.float32(3),
     [-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
      1.00167406, 2.83297682]),
]
ERFINV64 = [
    (6.25, lambda w: w - 3.125,
     [-3.64441206401782e-21, -1.6850591381820166e-19, 1.28584807152564e-18, 1.1157877678025181e-17,
      -1.3331716628546209e-16, 2.0972767875968562e-17, 6.6376381343583238e-15, -4.0545662729752069e-14,
      -8.1519341976054722e-14, 2.6335093153082323e-12, -1.2975133253453532e-11, -5.4154120542946279e-11,
      1.0512122733215323e-09, -4.1126339803469837e-09, -2.9070369957882005e-08, 4.2347877827932404e-07,
      -1.3654692000834679e-06, -1.3882523362786469e-05, 0.00018673420803405714, -0.000740702534166267,
      -0.0060336708714301491, 0.24015818242558962, 1.6536545626831027]),
    (16.0, lambda w: np.sqrt(w) - 3.25,
     [2.2137376921775787e-09, 9.0756561938885391e-08, -2.7517406297064545e-07, 1.8239629214389228e-08,
      1.5027403968909828e-06, -4.013867526981546e-06, 2.9234449089955446e-06, 1.2475304481671779e-05,
      -4.7318229009055734e-05, 6.8284851459573175e-05, 2.4031110387097894e-05, -0.00035503752036284748,
      0.0009532893797373805, -0.0016882755560235047, 0.0024914420961078508, -0.0037512085075692412,
      0.0053709145535900636, 1.0052589676941592, 3.0838856104922208]),
    (np.inf, lambda w: np.sqrt(w) - 5.0,
     [-2.7109920616438573e-11, -2.5556418169965252e-10, 1.5076572693500548e-09, -3.789465440126737e-09,
      7.61570120807834e-09, -1.496002662714924e-08, 2.9147953450901081e-08, -6.7711997758452339e-08,
      2.2900482228026655e-07, -9.9298272942317e-07, 4.5260625972231537e-06, -1.9681778105531671e-05,
      7.5995277030017761e-05, -0.00021503011930044477, -0.00013871931833623122, 1.0103004648645344,
      4.8499064014085844]),
]


def erf_inv(x):
    """In f64 for f64; the other types compute in f32 and round once."""
    wide = np.float64 if x.dtype == np.float64 else np.float32
    y = np.asarray(x, wide)
    with np.errstate(divide="ignore", invalid="ignore"):
        w = -np.log1p(-(y * y))
        out = np.zeros_like(y)
        todo = np.ones(y.shape, bool)
        for below, t_of, coefficients in ERFINV64 if wide == np.float64 else ERFINV32:
            t, p = t_of(w), wide(0)
            for c in coefficients:
                p = p * t + wide(c)
            now = todo & ((w < below) | np.isinf(below))
            out = np.where(now, p * y, out)
            todo &= ~now
        return np.where(np.abs(y) == 1, y * wide(np.inf), out).astype(x.dtype)


def normal(key, shape=(), dtype=np.float32):
    dtype = np.dtype(dtype)
    lo = np.nextafter(np.asarray(-1.0, dtype), np.asarray(0.0, dtype))
    return np.asarray(math.sqrt(2), dtype) * erf_inv(uniform(key, shape, dtype, lo, 1.0))


def randint(key, shape, lo, hi, dtype=np.int32):
    """In [lo, hi); Python integers for lo and hi. hi <= lo gives lo."""
    dtype = np.dtype(dtype)
    wide = dtype if dtype.itemsize >= 4 else np.dtype(np.int32)
    if wide != dtype:
        info = np.iinfo(dtype)
        lo, hi = min(max(lo, info.min), info.max), min(max(hi, info.min), info.max + 1)
    width, info = wide.itemsize * 8, np.iinfo(wide)
    past = hi > info.max
    lo, hi = min(max(lo, info.min), info.max), min(max(hi, info.min), info.max)
    u = UINT[width]
    span = 1 if hi <= lo else hi - lo + int(past)  # exact; 2**width stands for the full range
    k = split(key)
    high, low = (bits(k[i], width, shape).reshape(-1).astype(object) for i in (0, 1))
    mask = (1 << width) - 1
    if span == 1 << width:
        offset = low  # JAX: span wraps to 0, x rem 0 = x, multiplier (2**(w/2))**2 wraps to 0
    else:
        multiplier = (1 << (width // 2)) % span
        multiplier = (multiplier * multiplier & mask) % span
        offset = (((high % span) * multiplier & mask) + (low % span) & mask) % span
    return ((offset + lo) & mask).astype(u).view(wide).astype(dtype).reshape(shape)


def shuffle_rounds(n):
    return math.ceil(3 * math.log(max(1, n)) / math.log(0xFFFFFFFF))


def permutation(key, n):
    """Indices 0..n: `shuffle_rounds` stable sorts, each by fresh 32-bit words."""
    order = np.arange(n)
    for _ in range(shuffle_rounds(n)):
        key, sub = split(key)
        order = order[np.argsort(bits(sub, 32, (n,)), kind="stable")]
    return order


def bernoulli(key, p, shape=None, dtype=np.float32):
    p = np.asarray(p, dtype)
    return uniform(key, p.shape if shape is None else shape, dtype) < p


def nx_uniform(key):
    """Nx.Random.uniform(key): {value drawn with the second half of a split, the first half as the new key}."""
    new_key, now = split(key)
    return uniform(now), new_key


def go_deep():
    """The Livebook's network by hand: two dense layers of one unit, from key 42."""
    key = key_from_seed(42)
    values = []
    for _ in range(4):
        value, key = nx_uniform(key)
        values.append(value)
    x = uniform(key)
    w1, b1, w2, b2 = values
    sigmoid = lambda v: np.float32(1) / (np.float32(1) + np.exp(-v))
    return values, key, x, sigmoid(sigmoid(x * w1 + b1) * w2 + b2)


if __name__ == "__main__":
    (w1, b1, w2, b2), key, x, prediction = go_deep()
    print(f"w1 {float(w1)}  b1 {float(b1)}  w2 {float(w2)}  b2 {float(b2)}")
    print(f"new_key {key.tolist()}  x {float(x)}  prediction {float(prediction)}")
