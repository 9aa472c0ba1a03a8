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
f.write()
