"""Writes crates/tensor/tests/golden/ops.txt: reductions, contractions, movement, indexing, softmax and statistics.

Inputs of sums and products are small multiples of 1/8, so that no rounding happens and any order gives the same bits;
where rounding happens the expected value is the exact one rounded once and `ulp` or `rel` says what is allowed.
"""
import itertools
import math
import pathlib

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
from jax import lax

import exact
from edge_values import BF16, F32, F64
from golden_format import GoldenFile

jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_enable_x64", True)
np.seterr(all="ignore")
f = GoldenFile(pathlib.Path(__file__).resolve().parents[2] / "crates/tensor/tests/golden/ops.txt",
               "reductions, contractions, movement, indexing, softmax, statistics", jax, np, mpmath)
emit = f.checked
rng = np.random.default_rng(7)


def eighths(shape, dtype=F32, span=24):
    return (rng.integers(-span, span + 1, shape) / 8).astype(dtype)


# --- reductions ---
f.note("reduce_* axes=..: the axes go. An empty sum is 0, product 1, max the least value of the type (-inf), min the greatest.")


def init(kind, dtype):
    dtype = np.dtype(dtype)
    if kind in ("sum", "or"):
        return np.zeros((), dtype)
    if kind in ("prod", "and"):
        return np.ones((), dtype)
    if dtype.kind == "i" or dtype.kind == "u":
        return np.asarray(getattr(np.iinfo(dtype), "min" if kind == "max" else "max"), dtype)
    return np.asarray(-np.inf if kind == "max" else np.inf, dtype)


COMPUTE = {"sum": lax.add, "prod": lax.mul, "max": lax.max, "min": lax.min, "and": lax.bitwise_and, "or": lax.bitwise_or}


def reduce(kind, x, axes):
    out = np.asarray(lax.reduce(jnp.asarray(x), init(kind, x.dtype), COMPUTE[kind], axes))
    if kind in ("and", "or"):
        mine = getattr(np, {"and": "all", "or": "any"}[kind])(x, axis=axes)
    elif kind in ("max", "min"):
        mine = getattr(np, kind)(x, axis=axes, initial=init(kind, x.dtype))
    else:
        mine = getattr(np, kind)(x, axis=axes, dtype=x.dtype)
    emit(f"reduce_{kind}", [x], mine, out, axes=axes)


AXES3 = [(), (0,), (1,), (2,), (0, 2), (1, 2), (0, 1, 2)]
for dtype in (F32, F64, BF16, np.int32):
    x = eighths((2, 3, 4), dtype, 8) if dtype is not np.int32 else rng.integers(-9, 10, (2, 3, 4)).astype(dtype)
    for axes in AXES3:
        for kind in ("sum", "max", "min"):
            reduce(kind, x, axes)
    p = rng.choice(np.array([-2, -1, 1, 2, 0.5], dtype if dtype is not np.int32 else F32), (2, 3, 4)).astype(dtype)
    for axes in ((0,), (2,), (0, 1, 2)):
        reduce("prod", p, axes)
wrap = np.array([[2**31 - 1, 1], [-2**31, -1]], np.int32)
for axes in ((0,), (1,)):
    reduce("sum", wrap, axes)
    reduce("prod", wrap, axes)
special = np.array([[1, np.nan, 2], [np.inf, -np.inf, 0], [-np.inf, -np.inf, -np.inf], [np.inf, 1, 2], [-0.0, -0.0, -0.0]], F32)
for kind in ("sum", "prod", "max", "min"):
    reduce(kind, special, (1,))
for dtype in (F32, np.int32):
    for shape, axes in (((0,), (0,)), ((2, 0), (1,)), ((0, 3), (0,))):
        for kind in ("sum", "prod", "max", "min"):
            reduce(kind, np.zeros(shape, dtype), axes)
b = np.array([[True, True, False], [True, True, True], [False, False, False]])
for axes in ((0,), (1,), (0, 1)):
    reduce("and", b, axes)
    reduce("or", b, axes)
f.note("Sums that round: expected is the exact sum rounded once. In bf16, 300 ones make 300 only if the accumulator is wider than bf16.")
x = rng.uniform(0.1, 1, (3, 1000)).astype(F32)
emit("reduce_sum", [x], exact.fsum(x, 1), jnp.sum(x, 1), axes=(1,), rel=1e-6)
ones = np.ones(300, BF16)
emit("reduce_sum", [ones], np.asarray(300, BF16), jnp.sum(jnp.asarray(ones)), axes=(0,))

f.note("argmax, argmin axis=..: the first of equals; a NaN wins over everything (the first NaN). Indices as i32.")
tied = np.array([[1, 3, 3, 2], [5, 5, 5, 5], [-1, -2, -2, -1], [np.nan, 1, np.nan, 9], [7, np.nan, 8, 6], [0.0, -0.0, 0.0, -0.0],
                 [-np.inf, -np.inf, np.inf, np.inf]], F32)
for x in (tied, tied[:3].astype(np.int32), tied[:3].astype(BF16), eighths((2, 3, 4)), np.array([[3, 0, 255], [255, 0, 3]], np.uint8)):
    for axis in range(x.ndim):
        for name, theirs, numpy in (("argmax", lax.argmax, np.argmax), ("argmin", lax.argmin, np.argmin)):
            # NumPy's rule is the same (first NaN); ml_dtypes has no argmax of its own for bf16.
            mine = numpy(x.astype(F32) if x.dtype == BF16 else x, axis).astype(np.int32)
            emit(name, [x], mine, theirs(jnp.asarray(x), axis, np.int32), axis=axis)

# --- contraction ---
f.note("dot_general: lhs, rhs -> batch axes, then lhs's free axes, then rhs's free axes. bf16 accumulates in f32 and rounds once; i32 wraps.")


def dot(lhs, rhs, lc, rc, lb=(), rb=(), **more):
    letters = itertools.count()
    left = [next(letters) for _ in lhs.shape]
    right = [None] * rhs.ndim
    for a, b in (*zip(lc, rc), *zip(lb, rb)):
        right[b] = left[a]
    right = [next(letters) if r is None else r for r in right]
    out = [left[a] for a in lb] + [a for i, a in enumerate(left) if i not in (*lc, *lb)] + [a for i, a in enumerate(right) if i not in (*rc, *rb)]
    wide = F64 if lhs.dtype.kind != "i" else np.int64
    mine = np.einsum(lhs.astype(wide), left, rhs.astype(wide), right, out)
    theirs = lax.dot_general(lhs, rhs, ((lc, rc), (lb, rb)), precision="highest")
    emit("dot_general", [lhs, rhs], mine.astype(lhs.dtype), theirs, lhs_contract=lc, rhs_contract=rc, lhs_batch=lb, rhs_batch=rb, **more)


for dtype in (F32, F64, BF16, np.int32):
    e = (lambda *s: eighths(s, dtype, 8)) if dtype is not np.int32 else (lambda *s: rng.integers(-99, 100, s).astype(dtype))
    dot(e(3, 4), e(4, 5), (1,), (0,))
    dot(e(4), e(4), (0,), (0,))
    dot(e(3, 4), e(4), (1,), (0,))
    dot(e(4), e(4, 3), (0,), (0,))
    dot(e(2, 3, 4), e(2, 4, 5), (2,), (1,), (0,), (0,))
dot(eighths((4, 3)), eighths((5, 4)), (0,), (1,))
dot(eighths((2, 3)), eighths((4,)), (), ())
dot(eighths((3, 2, 4)), eighths((5, 3, 4)), (2,), (2,), (0,), (1,))
dot(eighths((2, 3, 4)), eighths((4, 5, 3)), (1, 2), (2, 0))
dot(eighths((2, 3, 2, 4)), eighths((4, 2, 2, 5)), (3,), (0,), (0, 2), (2, 1))
dot(eighths((3, 0)), eighths((0, 2)), (1,), (0,))
dot(eighths((0, 3)), eighths((3, 2)), (1,), (0,))
dot(np.array([[0, np.inf], [np.nan, 1], [1, 2]], F32), np.array([[1, np.inf], [0, 1]], F32), (1,), (0,))
x, y = rng.uniform(-1, 1, (5, 200)).astype(F32), rng.uniform(-1, 1, (200, 4)).astype(F32)
bound = 1e-6 * float(np.max(np.abs(x).astype(F64) @ np.abs(y)))
dot(x, y, (1,), (0,), abs=bound)

# --- movement ---
f.note("pad low, high, interior per axis; a negative low or high cuts (after the interior elements are put in). The second input is the value.")
x1, x2 = np.arange(1, 6, dtype=F32), np.arange(1, 7, dtype=np.int32).reshape(2, 3)
PADS = [(x1, [(1, 2, 0)]), (x1, [(0, 0, 1)]), (x1, [(-1, -2, 0)]), (x1, [(-2, 1, 2)]), (x1, [(-3, -3, 1)]), (x1, [(-5, 0, 0)]), (x1, [(2, -4, 0)]),
        (x1[:1], [(0, 0, 3)]), (x1[:0], [(2, 1, 4)]), (x2, [(1, 0, 0), (0, 2, 1)]), (x2, [(-1, 1, 0), (1, -1, 2)]), (x2, [(0, 0, 0), (-3, 0, 0)]),
        (np.float32(3), [])]


def pad(x, config, value):
    x = np.asarray(x)
    grown = [max(n + max(n - 1, 0) * i, 0) for n, (_, _, i) in zip(x.shape, config)]
    full = np.full([g + max(l, 0) + max(h, 0) for g, (l, h, _) in zip(grown, config)], value, x.dtype)
    full[tuple(slice(max(l, 0), max(l, 0) + g, i + 1) for g, (l, _, i) in zip(grown, config))] = x
    return full[tuple(slice(max(-l, 0), n - max(-h, 0)) for n, (l, h, _) in zip(full.shape, config))]


for x, config in PADS:
    value = np.asarray(9, np.asarray(x).dtype)
    low, high, interior = zip(*config) if config else ((), (), ())
    emit("pad", [x, value], pad(x, config, value), lax.pad(x, value, config), low=low, high=high, interior=interior)

f.note("slice start (in), limit (out), strides per axis; concatenate axis; transpose permutation (output axis i is input axis permutation[i]);"
       " reverse axes; reshape in row-major order; broadcast_in_dim axes: input axis i becomes output axis axes[i]; iota axis.")
for start, limit, strides in [((0, 0, 0), (2, 3, 4), (1, 1, 1)), ((1, 0, 1), (2, 3, 4), (1, 2, 3)), ((0, 1, 0), (2, 1, 4), (1, 1, 2)),
                              ((0, 2, 3), (2, 3, 4), (1, 5, 1))]:
    x = np.arange(24, dtype=F32).reshape(2, 3, 4)
    emit("slice", [x], x[tuple(slice(*s) for s in zip(start, limit, strides))], lax.slice(x, start, limit, strides),
         start=start, limit=limit, strides=strides)
parts = [np.arange(n * 2, dtype=F32).reshape(2, n) for n in (1, 3, 0, 2)]
emit("concatenate", parts, np.concatenate(parts, 1), lax.concatenate(parts, 1), axis=1)
parts = [np.arange(n * 3, dtype=np.uint8).reshape(n, 3) for n in (2, 1)]
emit("concatenate", parts, np.concatenate(parts, 0), lax.concatenate(parts, 0), axis=0)
x = np.arange(24, dtype=np.int32).reshape(2, 3, 4)
for permutation in itertools.permutations(range(3)):
    emit("transpose", [x], x.transpose(permutation), lax.transpose(x, permutation), permutation=permutation)
for axes in ((0,), (1, 2), ()):
    emit("reverse", [x], np.flip(x, axes), lax.rev(x, axes), axes=axes)
emit("reshape", [x], x.reshape(4, 6), lax.reshape(x, (4, 6)))
for v, shape, axes in [(np.float32(2), (2, 3), ()), (np.arange(3, dtype=F32), (2, 3), (1,)), (np.arange(2, dtype=F32), (2, 3), (0,)),
                       (np.arange(2, dtype=F32).reshape(2, 1), (2, 4, 3), (0, 2)), (np.arange(3, dtype=F32), (0, 3), (1,))]:
    emit("broadcast_in_dim", [v], lax.broadcast_in_dim(v, shape, axes), lax.broadcast_in_dim(v, shape, axes), axes=axes)
for dtype, axis in ((F32, 0), (np.int32, 1), (np.uint8, 0), (BF16, 1)):
    emit("iota", [], np.asarray(lax.broadcasted_iota(dtype, (3, 4), axis)), lax.broadcasted_iota(dtype, (3, 4), axis), axis=axis)

# --- indexing ---
f.note("take axis=..: input, indices -> the index's shape in place of the axis; an index outside is clamped to the nearest end (negative: 0)."
       " take_along_axis: indices have the input's rank; clamped likewise.")
x = eighths((4, 3))
for axis in (0, 1):
    n = x.shape[axis]
    for index in (np.array([0, n - 1, 1, -1, n, 100, -100], np.int32), np.array([[1, 0], [2, 2]], np.int32), np.int32(1), np.zeros(0, np.int32)):
        emit("take", [x, index], np.take(x, np.clip(index, 0, n - 1), axis), jnp.take(x, index, axis, mode="clip"), axis=axis)
f.note("jax_take, jax_take_along_axis mode=..: for the record, not checked against Bouton. An index -n..-1 counts from the end in the default,"
       " in fill (NaN outside) and, in take_along_axis, in clip as well; jnp.take with clip takes it as 0.")
index = np.array([[0, -1, 7], [3, -4, -5], [1, 1, 1], [2, 0, 4]], np.int32)
for axis in (0, 1):
    n = x.shape[axis]
    mine = np.take_along_axis(x, np.clip(index, 0, n - 1), axis)
    emit("take_along_axis", [x, index], mine, mine, axis=axis)
    for mode in ("clip", "fill"):
        f.record("jax_take_along_axis", [x, index], [jnp.take_along_axis(x, index, axis, mode=mode)], axis=axis, mode=mode)
index = np.array([0, -1, 3, 4, -5], np.int32)
for mode in ("clip", "fill", None):
    f.record("jax_take", [x, index], [jnp.take(x, index, 0, mode=mode)], axis=0, mode=mode or "default")
f.note("one_hot classes=..: a class outside 0..classes gives a row of zeros.")
for index in (np.array([0, 2, 1, 3, -1, 7], np.int32), np.array([[1], [0]], np.uint8)):
    mine = (index[..., None] == np.arange(3)).astype(F32)
    emit("one_hot", [index], mine, jax.nn.one_hot(index, 3, dtype=F32), classes=3)

# --- softmax and statistics ---
f.note("softmax, log_softmax, logsumexp over axis: exact, rounded once; the error of x - max is"
       " in the allowance. *_edge: what JAX gives for rows with infinities and NaN.")
M = mpmath
ROWS = np.array([[0, 0, 0, 0], [1, 2, 3, 4], [1000, 1001, 999, -1000], [-1e30, 0, 1, -5], [0.1, -0.2, 0.3, 80], [-104, -105, -106, -103]])


def exactly(function, x, axis, keep):
    wide = np.moveaxis(x.astype(F64), axis, -1)
    rows = wide.reshape(-1, wide.shape[-1])
    values = [function([M.mpf(float(v)) for v in row]) for row in rows]
    out = np.array([[exact.from_mpf(v, x.dtype, 0.0) for v in (row if keep else [row])] for row in values])
    return (np.moveaxis(out.reshape(wide.shape), -1, axis) if keep else out.reshape(wide.shape[:-1])).astype(x.dtype)


def logsumexp(row):
    top = max(row)
    return top + M.log(M.fsum(M.exp(v - top) for v in row))


FUNCTIONS = [("softmax", lambda r: [M.exp(v - logsumexp(r)) for v in r], jax.nn.softmax, True),
             ("log_softmax", lambda r: [v - logsumexp(r) for v in r], jax.nn.log_softmax, True),
             ("logsumexp", logsumexp, jax.scipy.special.logsumexp, False)]
for dtype, rel in ((F32, 1e-5), (F64, 2e-14), (BF16, 0.01)):
    x = (ROWS[[0, 1, 5]] if dtype is BF16 else ROWS).astype(dtype)  # bf16: only rows whose differences are exact
    for name, function, theirs, keep in FUNCTIONS:
        for axis in (1, 0):
            emit(name, [x], exactly(function, x, axis, keep), theirs(jnp.asarray(x), axis=axis), axis=axis, rel=rel, abs=float(f"{rel / 10:.0e}") if name == "log_softmax" else None)
edge = np.array([[-np.inf, 0, 1, -np.inf], [-np.inf] * 4, [np.inf, 0, 1, 2], [np.nan, 0, 1, 2], [np.inf, -np.inf, 0, 0]], F32)
for name, _, theirs, _ in FUNCTIONS:
    f.record(f"{name}_edge", [edge], [theirs(jnp.asarray(edge), axis=1)], axis=1, ulp=8)

f.note("mean, variance, standard_deviation over axes: of the population (divided by n), exact, rounded once. Of an empty axis: NaN.")


def moments(row):
    mean = M.fsum(row) / len(row)
    variance = M.fsum((v - mean) ** 2 for v in row) / len(row)
    return mean, variance, M.sqrt(variance)


for dtype, rel in ((F32, 1e-5), (F64, 1e-13)):
    x = np.concatenate([rng.normal(2, 3, (2, 7)), np.full((1, 7), 5.0), 1000 + rng.normal(0, 0.01, (1, 7))]).astype(dtype)
    for axis in (0, 1):
        for i, (name, theirs) in enumerate((("mean", jnp.mean), ("variance", jnp.var), ("standard_deviation", jnp.std))):
            emit(name, [x], exactly(lambda r: moments(r)[i], x, axis, False), theirs(x, axis=axis), axes=(axis,), rel=rel)
    i = np.array([[1, 2, 4], [250, 255, 3]], np.uint8)
emit("mean", [i], np.array([7 / 3, 508 / 3]).astype(F32), jnp.mean(i, axis=1, dtype=F32), axes=(1,), ulp=1)
emit("mean_empty", [np.zeros((2, 0), F32)], np.full(2, np.nan, F32), jnp.mean(np.zeros((2, 0), F32), axis=1), axes=(1,))
f.write()
