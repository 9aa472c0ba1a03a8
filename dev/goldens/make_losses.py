"""Writes crates/nn/tests/golden/losses.txt: losses and metrics on small fixed inputs; formulas in README.md, "Losses".

Expected: f64 by the formulas, rounded once to f32; Axon's documented values are among them and are asserted here.
"""
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import optax
import scipy.special

from golden_format import GoldenFile

jax.config.update("jax_platforms", "cpu")
f = GoldenFile(pathlib.Path(__file__).resolve().parents[2] / "crates/nn/tests/golden/losses.txt", "losses and metrics", np, scipy, optax)
F32 = np.float32
np.seterr(all="ignore")


def wide(x):
    return np.asarray(x).astype(np.float64)


def emit(name, inputs, values, **attrs):
    """Per example, then the mean and the sum over all of them."""
    values = np.asarray(values)
    f.record(name, inputs, [values.astype(F32), F32(values.mean()), F32(values.sum())], **attrs, rel=1e-5, abs=1e-6)


def categorical(target, p, eps=0.0):
    """-sum t log p, a term with t = 0 being 0 whatever p (xlogy)."""
    return -scipy.special.xlogy(wide(target), np.clip(wide(p), eps, 1 - eps) if eps else wide(p)).sum(-1)


def log_softmax(z):
    return scipy.special.log_softmax(wide(z), axis=-1)


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def bce_logits(t, z):
    return (softplus(wide(z)) - wide(t) * wide(z)).mean(-1)


def bce(t, p, eps=1e-7):
    """Axon: p clipped to [eps, 1 - eps], and eps added again inside each logarithm; all in f32 there, so 1 - p is coarse near 1."""
    p = np.clip(wide(p), eps, 1 - eps)
    return -(wide(t) * np.log(p + eps) + (1 - wide(t)) * np.log(1 - p + eps)).mean(-1)


def one_hot(labels, n):
    return (np.asarray(labels)[..., None] == np.arange(n)).astype(F32)


f.note("Inputs: target, prediction. Outputs: the loss of each example, their mean, their sum.")
f.note("categorical_cross_entropy: probabilities [n, c], one-hot or soft targets [n, c]; sum over the last axis of -t log p, 0 where t is 0. No clipping:"
       " a true class of probability 0 costs inf.")
t, p = np.array([[0, 1, 0], [0, 0, 1]], F32), np.array([[0.05, 0.95, 0], [0.1, 0.8, 0.1]], F32)
values = categorical(t, p)
assert np.allclose(values, [0.051293306052684784, 2.3025851249694824], rtol=1e-6) and np.isclose(values.mean(), 1.1769392490386963)
emit("categorical_cross_entropy", [t, p], values, source="axon")
t, p = np.array([[0.2, 0.3, 0.5], [0.9, 0.1, 0], [1, 0, 0]], F32), np.array([[0.3, 0.3, 0.4], [0.7, 0.2, 0.1], [1e-30, 0.5, 0.5]], F32)
emit("categorical_cross_entropy", [t, p], categorical(t, p))
t, p = np.array([[1, 0], [0, 1]], F32), np.array([[0, 1], [0, 1]], F32)
emit("categorical_cross_entropy", [t, p], categorical(t, p))
f.note("categorical_cross_entropy_logits: -sum t log_softmax(z).  sparse_*: the target holds class numbers, i32 [n].")
z = np.array([[1, 2, 3], [-1, 0, 1], [100, -100, 0], [0, 0, 0], [1000, 999, 998]], F32)
labels = np.array([2, 0, 1, 1, 0], np.int32)
emit("categorical_cross_entropy_logits", [one_hot(labels, 3), z], -(one_hot(labels, 3) * log_softmax(z)).sum(-1))
soft = np.array([[0.1, 0.2, 0.7], [1 / 3, 1 / 3, 1 / 3], [0.5, 0.25, 0.25], [0, 0, 1], [0.2, 0.5, 0.3]], F32)
values = -(wide(soft) * log_softmax(z)).sum(-1)
assert np.allclose(values, optax.softmax_cross_entropy(z, soft), rtol=1e-5)
emit("categorical_cross_entropy_logits", [soft, z], values)
values = -np.take_along_axis(log_softmax(z), labels[:, None], -1)[:, 0]
assert np.allclose(values, optax.softmax_cross_entropy_with_integer_labels(z, labels), rtol=1e-4)
emit("sparse_categorical_cross_entropy_logits", [labels, z], values)
p = np.array([[0.05, 0.95, 0], [0.1, 0.8, 0.1]], F32)
emit("sparse_categorical_cross_entropy", [np.array([1, 2], np.int32), p], -np.log(wide(p)[[0, 1], [1, 2]]), source="axon")

f.note("binary_cross_entropy: mean over the last axis of -(t log(q + eps) + (1 - t) log(1 - q + eps)), q = clip(p, eps, 1 - eps), eps = 1e-7 (Axon).")
t = np.array([[0, 1], [1, 0], [1, 0]], F32)
p = np.array([[0.6811, 0.5565], [0.6551, 0.4551], [0.5422, 0.2648]], F32)
values = bce(t, p)
assert np.allclose(values, [0.8644826412200928, 0.5150600075721741, 0.45986634492874146], rtol=1e-6)
emit("binary_cross_entropy", [t, p], values, source="axon")
f.note("binary_cross_entropy_saturated: p of 0 and 1. abs=.. is wide: in f32, 1 - (1 - 1e-7) is 1.19e-7, and the cost of a sure mistake is"
       " -log(2e-7) = 15.42 in exact arithmetic, -log(1.19e-7 + 1e-7) = 15.33 in f32.")
t, p = np.array([[0], [1], [0], [1]], F32), np.array([[0], [1], [1], [0]], F32)
exact, eps = bce(t, p), F32(1e-7)
q = np.clip(p, eps, F32(1) - eps)
steps = -(t * np.log(q + eps) + (1 - t) * np.log(1 - q + eps)).mean(-1)
f.record("binary_cross_entropy_saturated", [t, p], [exact.astype(F32), steps.astype(F32)], outs="exact,f32", abs=0.1)
f.note("binary_cross_entropy_logits: mean over the last axis of softplus(z) - t z = -(t log s(z) + (1 - t) log s(-z)).")
z = np.array([[1, -2, 0], [100, -100, 5], [-100, 100, -0.5]], F32)
t = np.array([[1, 0, 1], [1, 0, 0.3], [1, 0, 0.5]], F32)
assert np.allclose(bce_logits(t, z), optax.sigmoid_binary_cross_entropy(z, t).mean(-1), rtol=1e-6)
emit("binary_cross_entropy_logits", [t, z], bce_logits(t, z))

f.note("mean_squared_error, mean_absolute_error: mean over the last axis.")
t, p = np.array([[0, 1], [0, 0]], F32), np.array([[1, 1], [1, 0]], F32)
assert ((wide(t) - wide(p)) ** 2).mean(-1).tolist() == [0.5, 0.5]
for t, p, source in ((t, p, "axon"), (np.array([[0.1, 2, -3], [4, 5, 6.5]], F32), np.array([[0.3, -2, -3], [1, 5.5, 0]], F32), None)):
    emit("mean_squared_error", [t, p], ((wide(t) - wide(p)) ** 2).mean(-1), source=source)
    emit("mean_absolute_error", [t, p], np.abs(wide(t) - wide(p)).mean(-1), source=source)

f.note("accuracy: the share of rows where argmax(prediction) = argmax(target); the first of equals counts. One number.")


def accuracy(name, target, prediction, value):
    f.record(name, [target, prediction], [F32(value)])


labels = np.array([1, 2, 0, 2, 1], np.int32)
p = np.array([[0.1, 0.8, 0.1], [0.2, 0.5, 0.3], [0.4, 0.4, 0.2], [0, 0.1, 0.9], [0.5, 0.5, 0]], F32)
hits = (p.argmax(-1) == labels).mean()
assert hits == 0.6
accuracy("accuracy", one_hot(labels, 3), p, hits)
accuracy("sparse_accuracy", labels, p, hits)
f.note("binary_accuracy: last axis of 1; a prediction above 0.5 counts as 1 (exactly 0.5 as 0).")
t, p = np.array([[1], [0], [1], [0], [1]], F32), np.array([[0.7], [0.2], [0.4], [0.5], [0.5]], F32)
accuracy("binary_accuracy", t, p, ((p > 0.5) == (t > 0.5)).mean())
f.note("running_average: batch values and sizes -> the mean over examples, as metrics weigh it.")
v, n = np.array([0.5, 0.25, 1.0], F32), np.array([128, 128, 32], np.int32)
f.record("running_average", [v, n], [F32((wide(v) * n).sum() / n.sum())], rel=1e-6)
f.write()
