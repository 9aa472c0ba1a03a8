"""Writes crates/tensor/tests/golden/pools.txt: pools over windows and their gradients.

Values are small multiples of 1/8, many of them equal, so that nothing rounds. Expected are plain loops; XLA is held to them, but for the gradient
of dilated windows and of negative padding, which it does not have.
"""
import itertools
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from edge_values import BF16, F32, F64
from golden_format import GoldenFile

jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_enable_x64", True)
np.seterr(all="ignore")
f = GoldenFile(pathlib.Path(__file__).resolve().parents[2] / "crates/tensor/tests/golden/pools.txt", "pools and their gradients", jax, np)
rng = np.random.default_rng(13)


def eighths(shape, dtype=F32, span=8):
    return (rng.integers(-span, span + 1, shape) / 8).astype(dtype)


def loops(kind, x, d, size, stride, pads, dilation):
    """Results, their indices and the cotangent of x; the first NaN, else the first of the best, is taken."""
    n = x.shape[1:-1]
    out = [(m + lo + hi - ((k - 1) * s + 1)) // t + 1 if m + lo + hi >= (k - 1) * s + 1 else 0
           for m, k, t, s, (lo, hi) in zip(n, size, stride, dilation, pads)]
    y = np.zeros((x.shape[0], *out, x.shape[-1]), x.dtype)
    dx = np.zeros(x.shape, F64)
    for p in itertools.product(*map(range, out)):
        under = []
        for k in itertools.product(*map(range, size)):
            at = tuple(i * t + j * s - lo for i, j, t, s, (lo, _) in zip(p, k, stride, dilation, pads))
            if all(0 <= a < m for a, m in zip(at, n)):
                under.append(at)
        for b in range(x.shape[0]):
            for c in range(x.shape[-1]):
                values = [x[(b, *at, c)] for at in under]
                weight = 0 if d is None else float(d[(b, *p, c)])
                if kind in ("sum", "avg"):
                    scale = np.prod(size) if kind == "avg" else 1
                    y[(b, *p, c)] = np.sum(np.array(values, F64 if x.dtype.kind != "i" else x.dtype)) / scale
                    for at in under:
                        dx[(b, *at, c)] += weight / scale
                    continue
                best = None
                for i, v in enumerate(values):
                    better = best is None or (v > values[best] if kind == "max" else v < values[best]) or (v != v and values[best] == values[best])
                    best = i if better else best
                if best is None:
                    y[(b, *p, c)] = worst(kind, x.dtype)
                else:
                    y[(b, *p, c)] = values[best]
                    dx[(b, *under[best], c)] += weight
    return y, dx.astype(x.dtype)


def worst(kind, dtype):
    if dtype.kind in "iu":
        return getattr(np.iinfo(dtype), "min" if kind == "max" else "max")
    return -np.inf if kind == "max" else np.inf


def pool(kind, x, size, stride=None, padding="VALID", dilation=1, gradient=True, theirs=True):
    rank = x.ndim - 2
    each = lambda v: (v,) * rank if isinstance(v, int) else tuple(v)
    size, dilation = each(size), each(dilation)
    stride = size if stride is None else each(stride)
    spans = [(k - 1) * s + 1 for k, s in zip(size, dilation)]
    pads = padding if not isinstance(padding, str) else lax.padtype_to_pads(x.shape[1:-1], spans, stride, padding)
    y, _ = loops(kind, x, None, size, stride, pads, dilation)
    around = lambda v, one: (one, *v, one)
    init, fold = {"max": (worst("max", x.dtype), lax.max), "min": (worst("min", x.dtype), lax.min)}.get(kind, (0, lax.add))
    scale = np.prod(size) if kind == "avg" else 1

    def function(x):
        y = lax.reduce_window(x, np.asarray(init, x.dtype), fold, around(size, 1), around(stride, 1), around(pads, (0, 0)),
                              window_dilation=around(dilation, 1))
        return y / np.asarray(scale, x.dtype) if kind == "avg" else y

    if theirs:
        assert np.array_equal(np.asarray(function(jnp.asarray(x))), y, equal_nan=x.dtype.kind == "f"), (kind, x.shape, size)
    inputs, outputs = [x], [y]
    if gradient:
        d = eighths(y.shape, x.dtype, 4)
        y, dx = loops(kind, x, d, size, stride, pads, dilation)
        has_gradient = kind in ("sum", "avg") or max(dilation, default=1) == 1 and all(min(p) >= 0 for p in pads)
        if theirs and has_gradient:
            assert np.array_equal(np.asarray(jax.vjp(function, jnp.asarray(x))[1](jnp.asarray(d))[0]), dx), (kind, x.shape, size, "gradient")
        inputs, outputs = [x, d], [y, dx]
    names = {"padding": padding.lower()} if isinstance(padding, str) else {"low": tuple(p[0] for p in padding), "high": tuple(p[1] for p in padding)}
    f.record(f"{kind}_pool", inputs, outputs, window=size, stride=stride, dilation=dilation, **names)


e = eighths
f.note("x [batch, spatial.., features]. `padding` is valid or same, or `low` and `high` say it for each axis; it counts for nothing in a maximum, for zeros in"
       " an average. A second input is the cotangent of the result, and the second result that of x: of equals the first has it.")
for kind in ("max", "min", "sum", "avg"):
    for dtype in (F32, F64, BF16):
        pool(kind, e((2, 4, 6, 3), dtype, 3), 2, gradient=dtype is not BF16)
    pool(kind, e((2, 5, 7, 2), span=3), 2)
    pool(kind, e((1, 7, 5, 3), span=3), 3 if kind != "avg" else (4, 2), 2, "SAME")
    pool(kind, e((2, 6, 2), span=3), 2, 1)
    pool(kind, e((2, 5, 2), span=3), 2, 3)
    pool(kind, e((1, 8, 2), span=3), 4, 1, [(2, 1)])
    pool(kind, e((2, 9, 1), span=3), 2, 2, [(-1, -2)])
    pool(kind, e((1, 9, 6, 2), span=3), (2, 4), (3, 1), [(1, 0), (0, 2)], (3, 1))
    pool(kind, e((1, 4, 4, 6, 2), span=3), 2, gradient=True)
    pool(kind, e((1, 3, 4, 3, 1), span=3), (2, 1, 2), 1, "SAME")
    pool(kind, e((2, 3)), ())
    pool(kind, e((1, 1, 1, 1)), 1)
    pool(kind, e((0, 4, 2)), 2, theirs=False)
    pool(kind, e((2, 4, 0)), 2, theirs=False)
    pool(kind, e((1, 17, 33, 1), span=3), (16, 32), 1)
    if kind != "avg":
        pool(kind, rng.integers(-9, 10, (2, 5, 4, 3)).astype(np.int32), (2, 3), (1, 1), [(1, 0), (2, 2)], gradient=False)
    edge = e((2, 6, 2))
    edge[0, 1, 0], edge[0, 4, 1], edge[1, 2, 0], edge[1, 3, 1] = np.nan, np.inf, -np.inf, np.nan
    pool(kind, edge, 2, 1, gradient=False)
f.note("A window that nothing lies under.")
for kind in ("max", "min", "sum"):
    pool(kind, e((1, 2, 1)), 1, 1, [(1, 2)])
pool("max", rng.integers(0, 9, (1, 2, 1)).astype(np.uint8), 1, 1, [(1, 0)], gradient=False)
pool("min", rng.integers(0, 9, (1, 2, 1)).astype(np.int8), 1, 1, [(1, 0)], gradient=False)
f.note("The first of two NaN under a window has the cotangent.")
pool("max", np.array([1, np.nan, np.nan, 2], F32).reshape(1, 4, 1), 4, theirs=False)
pool("min", np.array([1, np.nan, np.nan, 2], F32).reshape(1, 4, 1), 3, 1, theirs=False)
f.write()
