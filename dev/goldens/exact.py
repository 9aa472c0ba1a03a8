"""Correctly rounded values: exact arithmetic (fractions, mpmath at 1,500 bits), rounded once to the type, ties to even."""
import math
from fractions import Fraction

import ml_dtypes
import mpmath
import numpy as np

mpmath.mp.prec = 1500  # enough for sin(f64 max)

# type -> (significant bits, exponent of the smallest subnormal, largest finite value)
FORMATS = {}
for t in (np.float64, np.float32, np.float16, ml_dtypes.bfloat16):
    info = ml_dtypes.finfo(t)
    FORMATS[np.dtype(t)] = (info.nmant + 1, info.minexp - info.nmant, Fraction(float(info.max)))


def round_fraction(x, dtype):
    """The float of `dtype` nearest to the Fraction x (not zero), as a Python float."""
    digits, lowest, largest = FORMATS[np.dtype(dtype)]
    size = abs(x)
    exponent = size.numerator.bit_length() - size.denominator.bit_length()
    if size < Fraction(2) ** exponent:
        exponent -= 1
    step = Fraction(2) ** max(exponent - digits + 1, lowest)
    rounded = round(size / step) * step  # Python rounds a Fraction half to even
    value = math.inf if rounded > largest else float(rounded)
    return math.copysign(value, -1.0 if x < 0 else 1.0)


def from_mpf(y, dtype, zero):
    if y == 0:
        return zero
    sign, man, exp, digits = y._mpf_
    if abs(exp + digits) > 1100:  # far outside every type
        return math.copysign(math.inf if exp > 0 else 0.0, -1.0 if sign else 1.0)
    return round_fraction(Fraction(-man if sign else man) * Fraction(2) ** exp, dtype)


def apply(function, special, *arrays):
    """`function` over mpf where every argument is finite and not zero and the result is real; elsewhere `special` (NumPy, f64)."""
    arrays = np.broadcast_arrays(*arrays)
    dtype = arrays[0].dtype
    out = np.zeros(arrays[0].shape, np.float64)
    with np.errstate(all="ignore"):
        fallback = np.asarray(special(*(a.astype(np.float64) for a in arrays)))
    for i in np.ndindex(out.shape):
        args = [float(a[i]) for a in arrays]
        out[i] = fallback[i]  # NumPy's, in f64
        if all(args) and all(math.isfinite(a) for a in args):
            y = function(*(mpmath.mpf(a) for a in args))
            if isinstance(y, mpmath.mpf) and mpmath.isfinite(y):
                out[i] = from_mpf(y, dtype, fallback[i])
    with np.errstate(all="ignore"):
        return out.astype(dtype)


def to_float(values, dtype):
    """Integers, bools or floats to `dtype`, rounded once."""
    values = np.asarray(values)
    out = []
    for v in values.reshape(-1):
        if values.dtype.kind in "iub":
            out.append(round_fraction(Fraction(int(v)), dtype) if int(v) else 0.0)
        else:
            v = float(v)
            out.append(round_fraction(Fraction(v), dtype) if math.isfinite(v) and v != 0 else v)
    with np.errstate(all="ignore"):
        return np.array(out, np.float64).reshape(values.shape).astype(dtype)


def to_int(values, dtype):
    """Floats truncate toward zero and saturate, NaN is 0; integers wrap."""
    values, info = np.asarray(values), np.iinfo(dtype)
    out = []
    for v in values.reshape(-1):
        if values.dtype.kind in "iub":
            w = int(v) & ((1 << info.bits) - 1)
            out.append(w - (1 << info.bits) if w > info.max else w)
        else:
            v = float(v)
            out.append(0 if math.isnan(v) else info.max if v == math.inf else info.min if v == -math.inf
                       else min(max(math.trunc(v), info.min), info.max))
    return np.array(out, dtype).reshape(values.shape)


def to_bool(values):
    return np.asarray(values) != 0


def fsum(x, axis):
    """Sums rounded once."""
    return np.apply_along_axis(lambda v: math.fsum(float(e) for e in v), axis, x.astype(np.float64)).astype(x.dtype)
