"""Writes crates/nn/tests/golden/layers.txt: layers on small inputs; formulas in README.md, "Layers".

Expected: f64 by the formulas, rounded once to f32; PyTorch computes the same in f64 and is asserted here.
"""
import pathlib

import numpy as np
import torch

from golden_format import GoldenFile

f = GoldenFile(pathlib.Path(__file__).resolve().parents[2] / "crates/nn/tests/golden/layers.txt", "layers", np, torch)
draw = np.random.default_rng(7)
torch.set_default_dtype(torch.float64)


def numbers(*shape, scale=1.0, shift=0.0):
    return (draw.standard_normal(shape) * scale + shift).astype(np.float32)


def wide(x):
    return torch.from_numpy(np.asarray(x).astype(np.float64)).requires_grad_()


def emit(name, params, inputs, y, more=(), **attrs):
    """Parameters and inputs; then the output, the gradients of sum(output^2) at all of them, and more."""
    gradients = torch.autograd.grad(y.square().sum(), [*params, *inputs])
    outputs = [v.detach().numpy().astype(np.float32) for v in (y, *gradients, *more)]
    f.record(name, [v.detach().numpy().astype(np.float32) for v in (*params, *inputs)], outputs, **attrs, rel=2e-5, abs=2e-5)


def normalised(x, axes, eps):
    mean = x.mean(axes, keepdim=True)
    variance = (x - mean).square().mean(axes, keepdim=True)
    return (x - mean) / (variance + eps).sqrt(), mean.reshape(-1), variance.reshape(-1)


def same(a, b):
    assert torch.allclose(a, b, rtol=1e-9, atol=1e-11), (a, b)


f.note("Inputs: the parameters in the order of the layer, then the layer's input. Outputs: the layer's, then the gradient of the sum of its squares"
       " at every input, then what is said.")
f.note("layer_norm: gamma, beta.")
for shape, eps, shift in (((4, 6), 1e-5, 0), ((2, 3, 5), 1e-3, 0), ((3, 8), 1e-5, 100)):
    g, b, x = wide(numbers(shape[-1], shift=1)), wide(numbers(shape[-1])), wide(numbers(*shape, scale=2, shift=shift))
    y = normalised(x, -1, eps)[0] * g + b
    same(y, torch.nn.functional.layer_norm(x, shape[-1:], g, b, eps))
    emit("layer_norm", [g, b], [x], y, epsilon=eps)

f.note("batch_norm: gamma, beta; then the running mean and variance after the step, from 0 and 1, and the output in prediction with those.")
for shape, eps, momentum in (((8, 3), 1e-5, 0.9), ((4, 5, 5, 2), 1e-3, 0.99)):
    c = shape[-1]
    g, b, x = wide(numbers(c, shift=1)), wide(numbers(c)), wide(numbers(*shape, scale=3, shift=-1))
    y, mean, variance = normalised(x, tuple(range(len(shape) - 1)), eps)
    y = y * g + b
    rm, rv = (1 - momentum) * mean, momentum + (1 - momentum) * variance
    n = x.numel() // c
    channels_first = torch.movedim(x, -1, 1)
    tm, tv = torch.zeros(c), torch.ones(c)
    theirs = torch.nn.functional.batch_norm(channels_first, tm, tv, g, b, True, 1 - momentum, eps)
    same(y, torch.movedim(theirs, 1, -1))
    same(rm.detach(), tm)
    same(((rv - momentum) * n / (n - 1) + momentum).detach(), tv)
    later = (x - rm) / (rv + eps).sqrt() * g + b
    emit("batch_norm", [g, b], [x], y, [rm, rv, later], epsilon=eps, momentum=momentum)

f.note("self_attention: kernel [d, d] and bias [d] of query, key, value and output.")
for (batch, length, d), heads, causal in (((2, 5, 8), 2, False), ((1, 4, 6), 3, True), ((2, 3, 4), 1, False)):
    params = [wide(numbers(*shape, scale=scale)) for _ in range(4) for shape, scale in (((d, d), 0.5), ((d,), 1.0))]
    *inward, out, out_bias = params
    x = wide(numbers(batch, length, d))
    q, k, v = ((x @ kernel + bias).reshape(batch, length, heads, d // heads).transpose(1, 2) for kernel, bias in zip(inward[::2], inward[1::2]))
    scores = q @ k.transpose(-1, -2) / (d // heads) ** 0.5
    mask = torch.ones(length, length).tril().bool() if causal else torch.ones(length, length).bool()
    weights = torch.softmax(scores.masked_fill(~mask, -torch.inf), -1)
    y = (weights @ v).transpose(1, 2).reshape(batch, length, d) @ out + out_bias
    theirs = torch.nn.MultiheadAttention(d, heads, batch_first=True)
    packed = {"in_proj_weight": torch.cat(inward[::2], 1).T, "in_proj_bias": torch.cat(inward[1::2])}
    theirs.load_state_dict(packed | {"out_proj.weight": out.detach().T, "out_proj.bias": out_bias.detach()})
    same(y, theirs(x, x, x, attn_mask=~mask, need_weights=False)[0])
    emit("self_attention", params, [x], y, heads=heads, causal=causal)


def first(x):
    """Channels first, as PyTorch has them."""
    return torch.movedim(x, -1, 1)


def last(x):
    return torch.movedim(x, 1, -1)


def same_padding(sizes, window, stride, dilation):
    """Low and high of each spatial axis, so that the output is ceil(size / stride): the odd one at the end."""
    pairs = []
    for n, w, s, d in zip(sizes, window, stride, dilation):
        total = max((-(-n // s) - 1) * s + (w - 1) * d + 1 - n, 0)
        pairs.append((total // 2, total - total // 2))
    return pairs


def padded(x, pairs, value=0.0):
    """x with its spatial axes, channels first, padded."""
    flat = [n for pair in reversed(pairs) for n in pair]
    return torch.nn.functional.pad(x, flat, value=value)


CONV = {1: torch.nn.functional.conv1d, 2: torch.nn.functional.conv2d, 3: torch.nn.functional.conv3d}
f.note("conv: kernel [window.., channels / groups, filters], bias [filters]; padding is same, valid or the low and high of each axis. Input and output have"
       " the channels last.")
for shape, filters, window, stride, padding, dilation, groups in (
    ((2, 5, 5, 1), 4, (3, 3), (1, 1), "same", (1, 1), 1),
    ((2, 6, 7, 3), 5, (3, 2), (2, 1), "same", (1, 1), 1),
    ((1, 7, 6, 2), 3, (3, 3), (1, 1), "valid", (2, 1), 1),
    ((2, 5, 4, 4), 6, (3, 3), (2, 2), ((1, 0), (2, 1)), (1, 1), 2),
    ((2, 9, 2), 3, (4,), (2,), "same", (1,), 1),
    ((1, 4, 3, 3, 2), 2, (2, 2, 2), (1, 1, 1), "valid", (1, 1, 1), 1),
):
    sizes, channels = shape[1:-1], shape[-1]
    kernel, bias, x = wide(numbers(*window, channels // groups, filters)), wide(numbers(filters)), wide(numbers(*shape))
    pairs = same_padding(sizes, window, stride, dilation) if padding == "same" else [(0, 0)] * len(sizes) if padding == "valid" else padding
    weight = kernel.permute(len(sizes) + 1, len(sizes), *range(len(sizes)))
    y = last(CONV[len(sizes)](padded(first(x), pairs), weight, bias, stride, 0, dilation, groups))
    text = padding if isinstance(padding, str) else [n for pair in padding for n in pair]
    emit("conv", [kernel, bias], [x], y, filters=filters, window=window, stride=stride, padding=text, dilation=dilation, groups=groups)

TRANSPOSED = {1: torch.nn.functional.conv_transpose1d, 2: torch.nn.functional.conv_transpose2d}
f.note("conv_transpose: the same with kernel [window.., channels, filters], not turned; padding as in JAX.")
for shape, filters, window, stride, padding in (((2, 3, 4, 2), 3, (3, 3), (2, 2), "same"), ((1, 4, 3, 3), 2, (3, 2), (1, 2), "valid"), ((2, 5, 2), 2, (4,), (3,), "same")):
    sizes, channels = shape[1:-1], shape[-1]
    kernel, bias, x = wide(numbers(*window, channels, filters)), wide(numbers(filters)), wide(numbers(*shape))
    n = len(sizes)
    weight = kernel.flip(tuple(range(n))).permute(n, n + 1, *range(n))
    whole = last(TRANSPOSED[n](first(x), weight, None, stride))
    pairs = []
    for size, w, s in zip(sizes, window, stride):
        assert w >= s
        low = w - 1 if s > w - 1 else (w + s - 2 + 1) // 2
        pairs.append((0, (size - 1) * s + w) if padding == "valid" else (w - 1 - low, w - 1 - low + size * s))
    y = whole[(slice(None), *(slice(*pair) for pair in pairs))] + bias
    emit("conv_transpose", [kernel, bias], [x], y, filters=filters, window=window, stride=stride, padding=padding)

f.note("depthwise_conv: kernel [window.., 1, channels * filters], bias; filters is for each channel.")
for shape, filters, window, stride in (((2, 4, 5, 3), 2, (3, 2), (1, 1)), ((1, 5, 5, 2), 1, (3, 3), (2, 2))):
    channels = shape[-1]
    kernel, bias, x = wide(numbers(*window, 1, channels * filters)), wide(numbers(channels * filters)), wide(numbers(*shape))
    pairs = same_padding(shape[1:-1], window, stride, (1, 1))
    y = last(CONV[2](padded(first(x), pairs), kernel.permute(3, 2, 0, 1), bias, stride, 0, 1, channels))
    emit("depthwise_conv", [kernel, bias], [x], y, filters=filters, window=window, stride=stride, padding="same")

POOL = {"max_pool": (torch.nn.functional.max_pool1d, torch.nn.functional.max_pool2d), "avg_pool": (torch.nn.functional.avg_pool1d, torch.nn.functional.avg_pool2d)}
f.note("max_pool, avg_pool: no parameters. Padding is nothing in a maximum and zeros in a mean, which divides by the whole window.")
for shape, window, stride, padding in (
    ((2, 4, 6, 3), (2, 2), (2, 2), "valid"),
    ((1, 5, 7, 2), (2, 3), (2, 3), "valid"),
    ((2, 5, 5, 2), (3, 3), (2, 2), "same"),
    ((2, 7, 3), (3,), (1,), "same"),
    ((1, 6, 5, 2), (3, 2), (1, 2), ((1, 0), (0, 1))),
):
    sizes = shape[1:-1]
    pairs = same_padding(sizes, window, stride, (1,) * len(sizes)) if padding == "same" else [(0, 0)] * len(sizes) if padding == "valid" else padding
    text = padding if isinstance(padding, str) else [n for pair in padding for n in pair]
    for kind, functions in POOL.items():
        x = wide(numbers(*shape))
        pool = functions[len(sizes) - 1]
        if kind == "max_pool":
            y = pool(padded(first(x), pairs, -torch.inf), window, stride)
        else:
            y = pool(padded(first(x), pairs), window, stride)
        emit(kind, [], [x], last(y), window=window, stride=stride, padding=text)
f.write()
