"""Writes crates/tensor/tests/golden/ops_elementwise.txt and ops_convert.txt: element-wise primitives, compare, select, convert.

Expected values are exact ones rounded once (exact.py, NumPy) or what XLA gives where nothing is rounded; every record is
also run through XLA's CPU backend, and where that differs the header says so (xla=...).
"""
import pathlib

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import scipy
import scipy.special
from jax import lax

import exact
from edge_values import BF16, F16, F32, F64, FLOATS, INTS, floats
from golden_format import GoldenFile

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "crates/tensor/tests/golden"
jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_enable_x64", True)
np.seterr(all="ignore")
f = GoldenFile(FOLDER / "ops_elementwise.txt", "element-wise primitives on edge values", jax, np, scipy, mpmath)
emit = f.checked

# --- element-wise, one operand ---
f.note("The output is the exact value rounded once. `ulp` is the distance allowed, `xla=Nulp` how far XLA was; `xla=differs`: a second"
       " output holds XLA's values. Subnormals are left out of that comparison: XLA's CPU backend takes and gives zero for them.")
mp = mpmath
UNARY = [  # StableHLO's name, exact function, NumPy's special values, XLA, allowed ulp (0: exact)
    ("exponential", mp.exp, np.exp, lax.exp, 4), ("exponential_minus_one", mp.expm1, np.expm1, lax.expm1, 4),
    ("log", mp.log, np.log, lax.log, 4), ("log_plus_one", mp.log1p, np.log1p, lax.log1p, 4),
    ("sqrt", mp.sqrt, np.sqrt, lax.sqrt, 0), ("rsqrt", lambda x: 1 / mp.sqrt(x), lambda x: 1 / np.sqrt(x), lax.rsqrt, 4),
    ("cbrt", lambda x: mp.sign(x) * mp.cbrt(abs(x)), np.cbrt, lax.cbrt, 4),
    ("sine", mp.sin, np.sin, lax.sin, 4), ("cosine", mp.cos, np.cos, lax.cos, 4), ("tanh", mp.tanh, np.tanh, lax.tanh, 4),
    ("logistic", lambda x: 1 / (1 + mp.exp(-x)), scipy.special.expit, lax.logistic, 4), ("erf", mp.erf, scipy.special.erf, lax.erf, 4),
]
for name, function, special, theirs, ulp in UNARY:
    for dtype in FLOATS:
        x = floats(dtype)
        allowed = ulp if dtype in (F32, F64) else min(ulp, 1)
        emit(name, [x], exact.apply(function, special, x), theirs(x), ulp=allowed or None)
EXACT_UNARY = [
    ("abs", np.abs, lax.abs), ("negate", np.negative, lax.neg), ("floor", np.floor, lax.floor), ("ceil", np.ceil, lax.ceil),
    ("round_nearest_even", np.rint, lambda x: lax.round(x, lax.RoundingMethod.TO_NEAREST_EVEN)),
    ("round_nearest_afz", lambda x: np.copysign(np.floor(np.abs(x)) + (np.abs(x) - np.floor(np.abs(x)) >= 0.5), x),
     lambda x: lax.round(x, lax.RoundingMethod.AWAY_FROM_ZERO)),
    ("sign", lambda x: np.where((x == 0) | np.isnan(x), x, np.copysign(1.0, x)), lax.sign), ("is_finite", np.isfinite, lax.is_finite),
]
for name, function, theirs in EXACT_UNARY:
    for dtype in FLOATS:
        x = floats(dtype)
        out = np.asarray(function(x.astype(F64)))
        emit(name, [x], out if out.dtype == bool else out.astype(dtype), theirs(x))
for dtype, values in INTS.items():
    x = np.array(values, dtype)
    signed = (("abs", lax.abs),) if np.iinfo(dtype).min else ()
    for name, theirs in (*signed, ("negate", lax.neg), ("sign", lax.sign), ("not", lax.bitwise_not), ("popcnt", lax.population_count)):
        out = np.asarray(theirs(x))
        emit(name, [x], out, out)
b = np.array([False, True])
emit("not", [b], ~b, lax.bitwise_not(b))

# --- element-wise, two operands: [n,1] against [1,n], the output is [n,n] ---
f.note("Two operands: lhs [n,1] and rhs [1,n] broadcast to [n,n]. remainder has the dividend's sign (C's fmod). maximum and minimum"
       " give NaN if either is NaN; zeros of both signs are in maximum_zeros/minimum_zeros only.")
BINARY = [("add", None, np.add, lax.add, 0), ("subtract", None, np.subtract, lax.sub, 0), ("multiply", None, np.multiply, lax.mul, 0),
          ("divide", None, np.divide, lax.div, 0), ("remainder", None, np.fmod, lax.rem, 0),
          ("power", lambda x, y: mp.power(x, y), np.power, lax.pow, 4), ("atan2", mp.atan2, np.arctan2, lax.atan2, 4),
          ("maximum", None, np.maximum, lax.max, 0), ("minimum", None, np.minimum, lax.min, 0)]
for name, function, numpy, theirs, ulp in BINARY:
    for dtype in FLOATS:
        x = floats(dtype, short=True)
        if name in ("maximum", "minimum"):
            x = x[~((x == 0) & np.signbit(x.astype(F64)))]
        lhs, rhs = x[:, None], x[None, :]
        wide = dtype if dtype in (F32, F64) else F64
        out = exact.apply(function, numpy, lhs, rhs) if function else exact.to_float(numpy(lhs.astype(wide), rhs.astype(wide)), dtype)
        allowed = ulp if dtype in (F32, F64) else min(ulp, 1)
        emit(name, [lhs, rhs], out, theirs(*np.broadcast_arrays(lhs, rhs)), ulp=allowed or None)
z = np.array([0.0, -0.0, 0.0, -0.0], F32), np.array([0.0, 0.0, -0.0, -0.0], F32)
emit("maximum_zeros", z, np.array([0, 0, 0, -0.0], F32), lax.max(*z))
emit("minimum_zeros", z, np.array([0, -0.0, -0.0, -0.0], F32), lax.min(*z))

f.note("Integers wrap. divide truncates toward zero; min / -1 is min and min rem -1 is 0. A zero divisor is in *_by_zero: XLA gives all ones"
       " for the quotient and the dividend for the remainder. power: exponents below 0 give 1/x cut to an integer. Shifts by the width or"
       " more (or a negative count, taken as unsigned) give 0, arithmetic right shifts the sign.")
for dtype, values in INTS.items():
    x = np.array(values, dtype)
    lhs, rhs = x[:, None], x[None, :]
    both = np.broadcast_arrays(lhs, rhs)
    for name, theirs in (("add", lax.add), ("subtract", lax.sub), ("multiply", lax.mul), ("maximum", lax.max), ("minimum", lax.min),
                         ("and", lax.bitwise_and), ("or", lax.bitwise_or), ("xor", lax.bitwise_xor), ("shift_left", lax.shift_left),
                         ("shift_right_arithmetic", lax.shift_right_arithmetic), ("shift_right_logical", lax.shift_right_logical)):
        out = np.asarray(theirs(*both))
        if name in ("add", "subtract", "multiply", "maximum", "minimum", "and", "or", "xor"):
            reference = {"and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor}.get(name) or getattr(np, name)
            assert (reference(*both) == out).all(), name
        emit(name, [lhs, rhs], out, out)
    nonzero = x[x != 0][None, :]
    both = np.broadcast_arrays(lhs, nonzero)
    for name, theirs in (("divide", lax.div), ("remainder", lax.rem)):
        out = np.asarray(theirs(*both))
        info = np.iinfo(dtype)
        trunc = lambda p, q: abs(p) // abs(q) * (1 if (p < 0) == (q < 0) else -1)
        mine = [[trunc(int(p), int(q)) if name == "divide" else int(p) - int(q) * trunc(int(p), int(q)) for q in nonzero[0]] for p in x]
        emit(name, [lhs, nonzero], exact.to_int(np.array(mine, object).astype(dtype) if info.min == 0 else
                                               np.array([[exact.to_int(v, dtype) if abs(v) < 2**63 else info.min for v in r] for r in mine], dtype), dtype), out)
    for name, theirs in (("divide_by_zero", lax.div), ("remainder_by_zero", lax.rem)):
        out = np.asarray(jax.jit(theirs)(x, np.zeros_like(x)))
        emit(name, [x, np.zeros_like(x)], out, out)
    base, exponent = x[:, None], np.array([0, 1, 2, 3, 5, 31] + ([-1, -2] if np.iinfo(dtype).min else []), dtype)[None, :]
    width = np.iinfo(dtype).bits
    mine = np.array([[p ** q if q >= 0 else (p ** -q if abs(p) == 1 else 0) for q in map(int, exponent[0])] for p in map(int, x)], object)
    mine = np.array([[(v + 2**(width - 1)) % 2**width - 2**(width - 1) if np.iinfo(dtype).min else v % 2**width for v in row] for row in mine], dtype)
    forward = exponent[0] >= 0
    assert (np.asarray(jnp.power(base, exponent[:, forward])) == mine[:, forward]).all()
    emit("power", [base, exponent], mine, mine)
bb = np.array([False, False, True, True]), np.array([False, True, False, True])
for name, theirs, numpy in (("and", lax.bitwise_and, np.logical_and), ("or", lax.bitwise_or, np.logical_or), ("xor", lax.bitwise_xor, np.logical_xor),
                            ("maximum", lax.max, np.maximum), ("minimum", lax.min, np.minimum)):
    emit(name, bb, numpy(*bb), theirs(*bb))

f.write()

# --- compare, select, clamp, convert ---
f = GoldenFile(FOLDER / "ops_convert.txt", "compare, select, clamp, convert", jax, np)
emit = f.checked
f.note("compare direction=..: NaN is unequal to everything, -0 equals 0. select predicate, on true, on false. clamp low, x, high (NaN stays).")
for dtype in (F32, BF16, np.int32, np.uint8, bool):
    x = np.array([0, 1], bool) if dtype is bool else np.array(INTS[dtype], dtype) if dtype in INTS else floats(dtype, short=True)
    both = np.broadcast_arrays(x[:, None], x[None, :])
    for name, theirs, numpy in (("EQ", lax.eq, np.equal), ("NE", lax.ne, np.not_equal), ("LT", lax.lt, np.less), ("LE", lax.le, np.less_equal),
                                ("GT", lax.gt, np.greater), ("GE", lax.ge, np.greater_equal)):
        emit("compare", [x[:, None], x[None, :]], numpy(*both), theirs(*both), direction=name)
p, x = np.array([True, False, True, False]), floats(F32)[:4]
emit("select", [p, x, x[::-1]], np.where(p, x, x[::-1]), lax.select(jnp.array(p), jnp.array(x), jnp.array(x[::-1])))
x = floats(F32)
emit("clamp", [F32(-1), x, F32(2)], np.minimum(np.maximum(x, F32(-1)), F32(2)), lax.clamp(F32(-1), x, F32(2)))

f.note("convert to the output's type. Float to integer: toward zero, saturating, NaN is 0. Integer to integer wraps. To bool: x != 0 (NaN"
       " is true). To a narrower float: nearest, ties to even, rounded once.")
TYPES = [bool, np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32, np.uint64, np.int64, F16, BF16, F32, F64]


def source(dtype):
    if dtype is bool:
        return np.array([False, True])
    if dtype in FLOATS:
        extra = [0.9, -0.9, 127.5, 128, -128.9, 255.5, 256, 65504, 65520, 2147483520.0, 2147483648.0, -2147483904.0, 4294967296.0, 1e19, -1e19,
                 1.00390625, 1.01171875, 1e-8, 16777217.0, 2147483647.5, 1 + 2**-8 + 2**-40]
        return np.unique(np.concatenate([floats(dtype, short=True), np.array(extra).astype(dtype)]).view(f"u{np.dtype(dtype).itemsize}")).view(dtype)
    info = np.iinfo(dtype)
    edge = {0, 1, 2, 3, 100, 127, info.max, info.max - 1, info.min, -1, -7, 128, 200, 255, 256, 257, 2049, 2051, 32768, 65535, 16777217, 16777219,
            2**31 - 1, 2**31, 2**32 - 1, 2**53 + 1, 2**63 - 512}
    return np.array(sorted(v for v in edge if info.min <= v <= info.max), dtype)


for a in TYPES:
    x = source(a)
    for to in TYPES:
        if a is to:
            continue
        expected = exact.to_bool(x) if to is bool else exact.to_float(x, to) if to in FLOATS else exact.to_int(x, to)
        emit("convert", [x], expected, jax.jit(lambda v: lax.convert_element_type(v, to))(x))
f.write()
