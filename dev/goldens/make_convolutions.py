"""Writes crates/tensor/tests/golden/convolutions.txt: convolutions and their gradients.

All values are small multiples of 1/8, so that nothing rounds and any order gives the same bits; XLA is held to plain loops.
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
f = GoldenFile(pathlib.Path(__file__).resolve().parents[2] / "crates/tensor/tests/golden/convolutions.txt",
               "convolutions and their gradients", jax, np)
rng = np.random.default_rng(11)


def eighths(shape, dtype=F32, span=8):
    return (rng.integers(-span, span + 1, shape) / 8).astype(dtype)


def numbers(rank):
    """Channels last: batch, spatial axes, features; kernel spatial axes, features, new features."""
    spatial = "012345"[:rank]
    return f"N{spatial}C", f"{spatial}IO", f"N{spatial}C"


def plain(x, w, stride, pads, spread, dilation, groups):
    """The definition as loops, in f64."""
    x, w = x.astype(F64), w.astype(F64)
    n, k = x.shape[1:-1], w.shape[:-2]
    room = [(m - 1) * s + 1 + lo + hi - ((j - 1) * d + 1) for m, j, s, d, (lo, hi) in zip(n, k, spread, dilation, pads)]
    out = [max(r // s + 1, 0) if r >= 0 else 0 for r, s in zip(room, stride)]
    y = np.zeros((x.shape[0], *out, w.shape[-1]))
    fg, og = w.shape[-2], w.shape[-1] // groups
    for p in itertools.product(*map(range, out)):
        for q in itertools.product(*map(range, k)):
            at = [i * s + j * d - lo for i, j, s, d, (lo, _) in zip(p, q, stride, dilation, pads)]
            if all(a >= 0 and a % s == 0 and a // s < m for a, s, m in zip(at, spread, n)):
                row = x[(slice(None), *(a // s for a, s in zip(at, spread)))]
                for g in range(groups):
                    y[(slice(None), *p)][:, g * og:(g + 1) * og] += row[:, g * fg:(g + 1) * fg] @ w[q][:, g * og:(g + 1) * og]
    return y


def conv(x, w, stride=1, padding="VALID", spread=1, dilation=1, groups=1, gradient=True):
    rank = x.ndim - 2
    each = lambda v: (v,) * rank if isinstance(v, int) else tuple(v)
    stride, spread, dilation = each(stride), each(spread), each(dilation)
    spans = [(k - 1) * d + 1 for k, d in zip(w.shape, dilation)]
    pads = padding if not isinstance(padding, str) else lax.padtype_to_pads(x.shape[1:-1], spans, stride, padding)
    dims = lax.conv_dimension_numbers(x.shape, w.shape, numbers(rank))
    function = lambda x, w: lax.conv_general_dilated(x, w, stride, pads, spread, dilation, dims, groups, precision="highest")
    emit("conv", function, x, w, lambda: plain(x, w, stride, pads, spread, dilation, groups), gradient,
         stride=stride, spread=spread, dilation=dilation, groups=groups, **names(padding))


def conv_transpose(x, w, stride=1, padding="SAME", dilation=1):
    rank = x.ndim - 2
    each = lambda v: (v,) * rank if isinstance(v, int) else tuple(v)
    stride, dilation = each(stride), each(dilation)
    function = lambda x, w: lax.conv_transpose(x, w, stride, padding, dilation, numbers(rank), precision="highest")
    emit("conv_transpose", function, x, w, None, True, stride=stride, dilation=dilation, **names(padding))


def names(padding):
    if isinstance(padding, str):
        return {"padding": padding.lower()}
    return {"low": tuple(p[0] for p in padding), "high": tuple(p[1] for p in padding)}


def emit(name, function, x, w, loops, gradient, **attrs):
    y, back = jax.vjp(function, jnp.asarray(x), jnp.asarray(w))
    y = np.asarray(y)
    if loops is not None and gradient:
        assert np.array_equal(y, loops().astype(x.dtype)), (name, attrs)
    if not gradient:
        f.record(name, [x, w], [y], **attrs)
        return
    d = eighths(y.shape, x.dtype, 4)
    f.record(name, [x, w, d], [y, *back(jnp.asarray(d))], **attrs)


e = eighths
f.note("conv: x [batch, spatial.., features], kernel [spatial.., features / groups, new features], channels last. `padding` is valid or same, or `low` and"
       " `high` say it for each axis; `spread` is the dilation of the input. A third input is the cotangent of the result, and two more results are those"
       " of x and kernel.")
for dtype in (F32, F64, BF16):
    conv(e((2, 5, 6, 3), dtype, 4), e((3, 3, 3, 4), dtype, 2), padding="SAME", gradient=dtype is not BF16)
conv(e((2, 7, 3)), e((3, 3, 2)))
conv(e((2, 7, 3)), e((4, 3, 2)), stride=2, padding="SAME")
conv(e((1, 8, 2)), e((3, 2, 2)), dilation=3, padding=[(1, 4)])
conv(e((2, 4, 2)), e((2, 2, 3)), spread=3, padding=[(2, 0)])
conv(e((2, 9, 1)), e((2, 1, 2)), padding=[(-2, -1)])
conv(e((1, 4, 1)), e((3, 1, 1)), stride=3, spread=3, dilation=2, padding=[(-2, 5)])
conv(e((3, 5, 5, 1)), e((3, 3, 1, 2)))
conv(e((2, 6, 5, 2)), e((2, 3, 2, 3)), stride=(2, 1), padding="SAME")
conv(e((2, 7, 5, 2)), e((3, 2, 2, 2)), stride=(3, 2), padding=[(1, 0), (0, 2)], dilation=(1, 2))
conv(e((1, 4, 3, 2)), e((2, 2, 2, 2)), stride=(2, 1), padding=[(1, 1), (2, -1)], spread=(2, 3), dilation=(2, 1))
conv(e((2, 5, 4, 4)), e((3, 2, 2, 6)), groups=2, padding="SAME")
conv(e((1, 5, 5, 3)), e((3, 3, 1, 3)), groups=3, stride=2, padding=[(1, 1), (1, 1)])
conv(e((2, 4, 6)), e((2, 2, 3)), groups=3)
conv(e((1, 4, 3, 4, 2)), e((2, 2, 2, 2, 3)))
conv(e((2, 3, 4, 3, 1)), e((2, 3, 2, 1, 2)), stride=(1, 2, 1), padding="SAME", dilation=(2, 1, 1))
conv(e((2, 3)), e((3, 4)))
conv(e((1, 1, 1, 1)), e((1, 1, 1, 1)))
conv(e((1, 3, 3, 1)), e((1, 1, 1, 2)), stride=2)
conv(e((0, 4, 2)), e((3, 2, 2)))
conv(e((2, 4, 0)), e((3, 0, 2)))
conv(e((2, 4, 2)), e((3, 2, 0)))
edge = e((1, 8, 1))
edge[0, [1, 5], 0] = [np.nan, np.inf]
conv(edge, np.array([1, -2, 0.5], F32).reshape(3, 1, 1), padding=[(1, 1)], gradient=False)
f.note("A place that holds no element counts as 0, which a kernel's NaN and infinity show.")
conv(e((1, 3, 1)), np.array([np.nan, 1, np.inf], F32).reshape(3, 1, 1), padding=[(2, 0)], gradient=False)

f.note("conv_transpose: a convolution of the input spread by the stride; padding as jax.lax.conv_transpose has it. Arrays as for conv.")
for padding in ("SAME", "VALID"):
    conv_transpose(e((2, 4, 3)), e((3, 3, 2)), padding=padding)
    conv_transpose(e((2, 4, 3)), e((3, 3, 2)), stride=2, padding=padding)
    conv_transpose(e((1, 3, 2)), e((2, 2, 2)), stride=3, padding=padding)
    conv_transpose(e((1, 3, 1)), e((2, 1, 1)), stride=2, dilation=2, padding=padding)
    conv_transpose(e((2, 3, 4, 2)), e((4, 3, 2, 3)), stride=(2, 3), padding=padding)
conv_transpose(e((2, 3, 4, 2)), e((3, 3, 2, 1)), stride=2, padding=[(1, 2), (0, 3)])
f.write()
