"""Writes crates/tensor/tests/golden/functions.txt: compositions of operations, and what has no record among them, against NumPy and SciPy.

Expected values are computed in f64 and rounded once to the type; `ulp`, `rel` and `abs` say what is allowed.
"""
import pathlib
import warnings

import mpmath
import numpy as np
import scipy
import scipy.special

from edge_values import F32, F64, INTS, floats
from golden_format import GoldenFile

np.seterr(all="ignore")
warnings.simplefilter("ignore")
f = GoldenFile(pathlib.Path(__file__).resolve().parents[2] / "crates/tensor/tests/golden/functions.txt",
               "compositions against NumPy and SciPy", np, scipy, mpmath)
rng = np.random.default_rng(11)


def emit(name, inputs, expected, **attrs):
    f.record(name, [np.asarray(x) for x in inputs], [np.asarray(e) for e in (expected if isinstance(expected, list) else [expected])], **attrs)


# --- of one element ---
f.note("Functions of one element at edge values. lgamma beside its zeros below 0 is absolute.")
s = scipy.special
ONE = {"asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "asinh": np.arcsinh, "acosh": np.arccosh,
       "atanh": np.arctanh, "log2": np.log2, "log10": np.log10, "exp2": np.exp2, "erfc": lambda x: np.array([float(mpmath.erfc(v)) if abs(v) < 30 else s.erfc(v) for v in x]), "trunc": np.trunc, "signbit": np.signbit,
       "sinc": np.sinc, "to_degrees": np.degrees, "to_radians": np.radians}
for name, function in ONE.items():
    for dtype in (F32, F64):
        x = floats(dtype)
        if name == "sinc":
            x = x[np.abs(x) < 1e4]
        y = function(x.astype(F64))
        y = y if y.dtype == bool else y.astype(dtype)
        emit(name, [x], y, **({"ulp": 4} if dtype is F64 else {"ulp": 1}), **({"abs": 1e-6 if dtype is F32 else 1e-15} if name in ("sinc", "to_degrees", "to_radians") else {}))
x = np.array([0.5, 1, 1.5, 2, 3, 7.25, 100, 1e5, -0.5, -1.5, -3.7, 1e-3])
for name, function in {"lgamma": s.gammaln, "digamma": s.digamma}.items():
    for dtype in (F32, F64):
        v = x.astype(dtype)
        emit(name, [v], function(v.astype(F64)).astype(dtype), rel=1e-14 if dtype is F64 else 1e-6, abs=2e-15)
for order in (0, 1, 2, 5):
    v = x[x > 0]
    emit("polygamma", [v], s.polygamma(order, v), order=order, rel=1e-13)
for dtype, values in INTS.items():
    x = np.array(values, dtype)
    width = 8 * x.itemsize
    words = [int(v) & (2**width - 1) for v in x]
    emit("population_count", [x], np.array([bin(w).count("1") for w in words], dtype))
    emit("count_leading_zeros", [x], np.array([width - w.bit_length() for w in words], dtype))
for dtype in (F32, F64):
    emit("nan_to_num", [floats(dtype)], np.nan_to_num(floats(dtype), nan=1.5, posinf=2.5, neginf=-2.5))

# --- of two elements ---
f.note("Functions of two elements, [n, 1] and [1, n]. floor_divide and modulo are NumPy's where the divisor is not 0.")
for dtype in (F32, F64):
    x = floats(dtype, short=True)
    a, b = x[:, None], x[None, :]
    wide = a.astype(F64), b.astype(F64)
    emit("copysign", [a, b], np.copysign(a, b))
    emit("hypot", [a, b], np.hypot(*wide).astype(dtype), ulp=4)
    emit("logaddexp", [a, b], np.logaddexp(*wide).astype(dtype), ulp=4)
    positive = np.abs(b)
    emit("xlogy", [a, positive], s.xlogy(wide[0], positive.astype(F64)).astype(dtype), ulp=4)
    emit("xlog1py", [a, positive], s.xlog1py(wide[0], positive.astype(F64)).astype(dtype), ulp=4)
    plain = x[np.isfinite(x) & (np.abs(x) < 1e30) & ((np.abs(x) > 1e-30) | (x == 0))]
    a, b = plain[:, None], plain[plain != 0][None, :]
    emit("floor_divide", [a, b], np.floor_divide(a, b))
    emit("modulo", [a, b], np.mod(a, b))
for dtype in (np.int32, np.int64, np.uint8, np.int8):
    x = np.array(INTS[dtype], dtype)
    least = x == np.iinfo(dtype).min if np.iinfo(dtype).min < 0 else np.zeros(x.shape, bool)
    a, b = x[~least][:, None], x[~least & (x != 0)][None, :]
    emit("floor_divide", [a, b], np.floor_divide(a, b))
    emit("modulo", [a, b], np.mod(a, b))
    small = x[~least & (np.abs(x.astype(F64)) < 128)]
    emit("gcd", [x[~least][:, None], x[~least][None, :]], np.gcd(x[~least][:, None], x[~least][None, :]))
    emit("lcm", [small[:, None], small[None, :]], np.lcm(small[:, None], small[None, :]))

# --- movement ---
f.note("Movement.")
x = np.arange(24, dtype=np.int32).reshape(2, 3, 4)
for shift, axis in ((1, 0), (-1, 1), (5, 2), (-7, 2), (0, 1)):
    emit("roll", [x], np.roll(x, shift, axis), shift=shift, axis=axis)
for k in range(-1, 5):
    emit("rot90", [x], np.rot90(x, k), k=k)
for order, axis in ((1, 0), (1, 2), (2, 2), (3, 1), (4, 1)):
    emit("diff", [x * x], np.diff(x * x, order, axis), order=order, axis=axis)
emit("diff", [x % 3 == 0], np.diff(x % 3 == 0, 1, 2), order=1, axis=2)
for a, b in ((0, 2), (2, 0), (1, -1), (-1, 0)):
    emit("move_axis", [x], np.moveaxis(x, a, b), a=a, b=b)
    emit("swap_axes", [x], np.swapaxes(x, a, b), a=a, b=b)
for mode in ("edge", "reflect", "symmetric", "wrap"):
    for padding in ((0, 0, 1, 2, 3, 0), (2, 1, 0, 0, 5, 9), (0, 7, 8, 0, 0, 1)):
        pairs = list(zip(padding[::2], padding[1::2]))
        emit("pad_with", [x], np.pad(x, pairs, mode), mode=mode, padding=padding)
    emit("pad_with", [x[:1, :, 0]], np.pad(x[:1, :, 0], [(2, 3), (1, 1)], mode), mode=mode, padding=(2, 3, 1, 1))
for indexing in ("xy", "ij"):
    for parts in ([np.arange(3), np.arange(2)], [np.arange(3), np.arange(2), np.arange(4)], [np.arange(2)]):
        parts = [p.astype(np.int32) for p in parts]
        emit("meshgrid", parts, list(np.meshgrid(*parts, indexing=indexing)), indexing=indexing)

# --- order ---
f.note("Order statistics, with NaN and ties. quantile draws straight lines.")
x = rng.integers(-8, 8, (3, 7)).astype(F32) / 4
with_nan = x.copy()
with_nan[1, 3] = np.nan
with_nan[2, :] = np.nan
q = np.array([0, 0.1, 0.25, 0.5, 0.9, 1], F64)
for v in (x, x.astype(F64), with_nan, with_nan.astype(F64)):
    for axis in (0, 1):
        emit("median", [v], np.median(v, axis).astype(v.dtype), axis=axis, rel=1e-6)
        emit("nan_median", [v], np.nanmedian(v, axis).astype(v.dtype), axis=axis, rel=1e-6)
        emit("quantile", [v, q.astype(v.dtype)], np.quantile(v.astype(F64), q.astype(v.dtype).astype(F64), axis).astype(v.dtype), axis=axis, rel=1e-6, abs=1e-6)
        emit("nan_quantile", [v, q.astype(v.dtype)], np.nanquantile(v.astype(F64), q.astype(v.dtype).astype(F64), axis).astype(v.dtype), axis=axis, rel=1e-6, abs=1e-6)
        emit("sort_descending", [v], np.flip(np.sort(v, axis), axis), axis=axis)
        for name, function in {"nan_sum": np.nansum, "nan_product": np.nanprod, "nan_max": np.nanmax, "nan_min": np.nanmin, "nan_mean": np.nanmean,
                               "nan_variance": np.nanvar, "nan_standard_deviation": np.nanstd}.items():
            emit(name, [v], function(v.astype(F64), axis).astype(v.dtype), axis=axis, rel=1e-6, abs=1e-6)
        emit("peak_to_peak", [v], np.ptp(v, axis), axis=axis)
        emit("count_nonzero", [v], np.count_nonzero(v, axis).astype(np.int32), axis=axis)
        w = np.abs(x).astype(v.dtype) + 1
        emit("weighted_mean", [v, w], np.average(v.astype(F64), axis, w.astype(F64)).astype(v.dtype), axis=axis, rel=1e-6, abs=1e-6)
emit("median", [np.array([3, 1, 2, 4], np.int32)], np.float32(2.5), axis=0)
inf = np.array([-np.inf, 1, np.inf, np.inf], F32)
emit("quantile", [inf, np.array([0, 0.5, 1], F32)], np.array([-np.inf, np.inf, np.inf], F32), axis=0)
tied = np.array([[3, 1, 3, 2, 1], [0, 0, 0, 5, 5]], np.int32)
emit("argsort_descending", [tied], np.argsort(-tied, 1, kind="stable").astype(np.int32), axis=1)
for k in (0, 1, 3, 5):
    order = np.argsort(-tied, 1, kind="stable").astype(np.int32)[:, :k]
    emit("top_k", [tied], [np.take_along_axis(tied, order, 1), order], k=k)
for axis in (0, 1):
    import scipy.stats
    emit("mode", [tied], scipy.stats.mode(tied, axis).mode.astype(np.int32), axis=axis)
for v in (x, x.astype(F64), tied, tied.astype(np.int64)):
    for axis in (0, 1):
        emit("cumulative_product", [v], np.cumprod(v.astype(F64), axis).astype(v.dtype), axis=axis, rel=1e-6)
        emit("cumulative_max", [v], np.maximum.accumulate(v, axis), axis=axis)
        emit("cumulative_min", [v], np.minimum.accumulate(v, axis), axis=axis)
emit("cumulative_max", [with_nan], np.maximum.accumulate(with_nan, 1), axis=1)
emit("cumulative_min", [with_nan], np.minimum.accumulate(with_nan, 1), axis=1)

# --- counting ---
f.note("Counting and searching.")
lists = np.array([-1, 0, 0, 2.5, np.inf, np.nan], F32)
values = np.array([-2, -1, 0, 1, 2.5, np.inf, np.nan, -np.inf], F32)
for side, name in (("left", "searchsorted"), ("right", "searchsorted_right")):
    emit(name, [lists, values], np.searchsorted(lists, values, side).astype(np.int32))
    emit(name, [lists[:0], values], np.searchsorted(lists[:0], values, side).astype(np.int32))
    emit(name, [np.array([1, 3, 3, 7], np.int64), np.array([[0, 3], [9, 4]], np.int64)], np.searchsorted([1, 3, 3, 7], [[0, 3], [9, 4]], side).astype(np.int32))
edges = np.array([-1, 0, 1.5], F32)
emit("digitize", [values, edges], np.digitize(values, edges).astype(np.int32))
emit("bincount", [tied], np.bincount(tied.ravel(), minlength=8).astype(np.int32), length=8)
emit("bincount_weighted", [tied[0], x[0, :5]], np.bincount(tied[0], x[0, :5], minlength=6).astype(F32), length=6, abs=1e-6)
for bins, low, high in ((5, -2.0, 2.0), (3, -1.0, 0.5), (7, 0.0, 1.0)):
    counts, ends = np.histogram(x, bins, (low, high))
    emit("histogram", [x], [counts.astype(np.int32), ends.astype(F32)], bins=bins, low=low, high=high, ulp=1)
xp, fp = np.array([-1, 0, 0.5, 2], F64), np.array([3, -1, 4, 4.5], F64)
at = np.array([-5, -1, -0.25, 0, 0.3, 0.5, 1.9, 2, 9])
emit("interp", [at, xp, fp], np.interp(at, xp, fp), rel=1e-14)
emit("interp", [at, xp[:1], fp[:1]], np.interp(at, xp[:1], fp[:1]))
sparse = np.array([[0, 5, 0], [7, 0, -1]], np.int32)
for size in (0, 2, 3):
    places = [np.pad(p, (0, max(0, size - len(p))))[:size].astype(np.int32) for p in np.nonzero(sparse)]
    emit("nonzero", [sparse], places, size=size)
for v in (tied, x, with_nan):
    found, counts = np.unique(v, return_counts=True)
    emit("unique", [v], [found, counts.astype(np.int32)], size=len(found))
mask = np.array([True, False, True])
emit("compress", [x, mask], x[mask], size=2)

# --- products ---
f.note("einsum and its kin; abs= because NumPy has 0 where a product is -0.")
shapes = {"i": 3, "j": 4, "k": 5, "b": 2, "l": 3}
for equation in ("ij,jk->ik", "ij,jk", "ij->ji", "ij->", "ii->i", "ii", "bij,bjk->bik", "ij,ij->", "ij,ij->ij", "i,j->ij", "ij,jk,kl->il", "ij,j->i", "iij->j",
                 "bij,bkj->bik", "i,i->i", "ijk,ij->k", "il,li->", "bi,bj,bk->ijk"):
    sizes = shapes | ({"l": 3} if "l" in equation else {})
    inputs = [rng.integers(-4, 5, [sizes[c] for c in term]).astype(F32) for term in equation.split("->")[0].split(",")]
    emit("einsum", inputs, np.einsum(equation, *inputs).astype(F32), equation=equation, abs=1e-30)
for equation, dims in (("...ij,...jk->...ik", [(2, 1, 3, 4), (5, 4, 2)]), ("...i->...", [(2, 3)]), ("i...,i...->...", [(3, 2), (3, 2)]), ("...,...", [(2, 3), (3,)]),
                       ("ij,jk->ik", [(1, 4), (4, 2)]), ("ij,ij->ij", [(1, 4), (3, 1)])):
    inputs = [rng.integers(-4, 5, d).astype(F32) for d in dims]
    emit("einsum", inputs, np.einsum(equation, *inputs).astype(F32), equation=equation, abs=1e-30)
a, b = rng.integers(-4, 5, (2, 3, 4)).astype(F32), rng.integers(-4, 5, (3, 4, 2)).astype(F32)
for axes, (l, r) in ((0, (a[0], b[0])), (1, (a, b.T.copy())), (2, (a, b))):
    l, r = (l, r) if axes != 1 else (a, np.moveaxis(b, 1, 0).copy())
    emit("tensordot", [l, r], np.tensordot(l, r, axes), axes=axes)
emit("inner", [a, a[0]], np.inner(a, a[0]))
emit("vdot", [a, b], np.vdot(a, b))
f.write()
