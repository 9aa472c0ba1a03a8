"""Writes crates/optim/tests/golden/optimizers.txt: 25 steps of Optax's optimizers, and its schedules.

One step: updates, state = update(gradient, state, params); params = params + updates. Each step runs compiled alone, all in f32.
Against every Optax trajectory the same formula in NumPy f64 (README.md, "Optimizers") is checked to 1e-6 relative.
"""
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import optax

import threefry_numpy
from golden_format import GoldenFile

jax.config.update("jax_platforms", "cpu")
f = GoldenFile(pathlib.Path(__file__).resolve().parents[2] / "crates/optim/tests/golden/optimizers.txt", "Optax trajectories and schedules",
               jax, optax, np)
STEPS, KEEP = 25, (1, 2, 3, 5, 10, 25)

key = threefry_numpy.key_from_seed(2024)
k = threefry_numpy.split(key, 4)
START = [threefry_numpy.uniform(k[0], (3, 2), lo=-1), threefry_numpy.uniform(k[1], (4,), lo=-1)]
GRADIENTS = [threefry_numpy.uniform(k[2], (STEPS, 3, 2), lo=-1), threefry_numpy.uniform(k[3], (STEPS, 4), lo=-1)]
GRADIENTS[1][:, 0] *= np.float32(1e-4)  # an element with small gradients, so that eps shows,
GRADIENTS[1][:, 1] = 0  # and one without any, where only weight decay moves it

f.note("start: the two parameter leaves. gradients: [25, ..] for each leaf; step i (from 1) uses row i - 1. The files' values are all needed:"
       " nothing depends on how they were drawn.")
f.record("start", outputs=START)
f.record("gradients", outputs=GRADIENTS)
f.note("optimizer name ..: then the leaves after each of the steps named, two arrays per step. rel=.. against Optax's f32.")


def sgd(rate, momentum=0.0, nesterov=False):
    def run(p, grads):
        trace, out = np.zeros_like(p), []
        for i, g in enumerate(grads):
            trace = g + momentum * trace
            u = g + momentum * trace if nesterov else trace
            p = p - (rate(i) if callable(rate) else rate) * u
            out.append(p)
        return out

    return run


def adam(rate, b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, decay=0.0):
    def run(p, grads):
        m, v, out = np.zeros_like(p), np.zeros_like(p), []
        for i, g in enumerate(grads):
            m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
            mh, vh = m / (1 - b1 ** (i + 1)), v / (1 - b2 ** (i + 1))
            p = p - (rate(i) if callable(rate) else rate) * (mh / (np.sqrt(vh + eps_root) + eps) + decay * p)
            out.append(p)
        return out

    return run


def exponential(init, steps, rate, begin=0, staircase=False, end=None):
    def at(i):
        if i <= begin:
            return init
        q = (i - begin) / steps
        value = init * rate ** (np.floor(q) if staircase else q)
        return value if end is None else (max if rate < 1 else min)(value, end)

    return at


def cosine(init, steps, alpha=0.0, exponent=1.0):
    return lambda i: init * ((1 - alpha) * (0.5 * (1 + np.cos(np.pi * min(i, steps) / steps))) ** exponent + alpha)


def trajectory(name, transform, formula, **attrs):
    params, update = [jnp.asarray(p) for p in START], jax.jit(transform.update)
    state, kept = transform.init(params), []
    mine = [formula(p.astype(np.float64), g.astype(np.float64)) for p, g in zip(START, GRADIENTS)]
    for step in range(1, STEPS + 1):
        grads = [jnp.asarray(g[step - 1]) for g in GRADIENTS]
        updates, state = update(grads, state, params)
        params = optax.apply_updates(params, updates)
        for leaf, reference in zip(params, mine):
            np.testing.assert_allclose(np.asarray(leaf), reference[step - 1], rtol=2e-6, atol=2e-6, err_msg=f"{name} {step}")
        if step in KEEP:
            kept += [np.asarray(p) for p in params]
    f.record("optimizer", outputs=kept, name=name, **attrs, steps=KEEP, rel=1e-5, abs=1e-6)


trajectory("sgd", optax.sgd(0.1), sgd(0.1), rate=0.1)
trajectory("sgd", optax.sgd(0.1, momentum=0.9), sgd(0.1, 0.9), rate=0.1, momentum=0.9)
trajectory("sgd", optax.sgd(0.1, momentum=0.9, nesterov=True), sgd(0.1, 0.9, True), rate=0.1, momentum=0.9, nesterov=1)
trajectory("adam", optax.adam(1e-3), adam(1e-3), rate=1e-3, b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0)
trajectory("adam", optax.adam(0.01, b1=0.8, b2=0.95, eps=1e-3), adam(0.01, 0.8, 0.95, 1e-3), rate=0.01, b1=0.8, b2=0.95, eps=1e-3, eps_root=0.0)
trajectory("adam", optax.adam(0.01, eps=1e-7, eps_root=1e-6), adam(0.01, eps=1e-7, eps_root=1e-6), rate=0.01, b1=0.9, b2=0.999, eps=1e-7, eps_root=1e-6)
trajectory("adamw", optax.adamw(1e-3), adam(1e-3, decay=1e-4), rate=1e-3, b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, weight_decay=1e-4)
trajectory("adamw", optax.adamw(0.01, b1=0.8, b2=0.99, eps=1e-6, weight_decay=0.1), adam(0.01, 0.8, 0.99, 1e-6, decay=0.1),
           rate=0.01, b1=0.8, b2=0.99, eps=1e-6, eps_root=0.0, weight_decay=0.1)
f.note("With a schedule the first update uses schedule(0).")
trajectory("sgd", optax.sgd(optax.exponential_decay(0.1, 10, 0.5)), sgd(exponential(0.1, 10, 0.5)),
           schedule="exponential_decay", init=0.1, transition_steps=10, decay_rate=0.5, transition_begin=0, staircase=0)
trajectory("adam", optax.adam(optax.cosine_decay_schedule(0.01, 20, 0.1)), adam(cosine(0.01, 20, 0.1)),
           schedule="cosine_decay", init=0.01, decay_steps=20, alpha=0.1, exponent=1.0, b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0)

f.note("bias_correction decay: 1 - decay ** count for counts 1 .. 200 as Optax's Adam has it: power and difference in f32. 1 - f32(0.999) is 1.3e-5"
       " below 0.001, so a correction in f64 gives trajectories that leave Optax's (by 1e-4 of the loss in 200 steps of a network)."
       " `off` counts the places where the power, rounded correctly, would give other bits; ulp of 1, the size of an error in the power, is 2**-24.")
for decay in (0.9, 0.999, 0.8, 0.95, 0.99):
    series = np.array([np.asarray(jax.jit(lambda c: 1 - decay**c)(jnp.int32(c))) for c in range(1, 201)])
    rounded = np.float32(1) - np.array([np.float32(np.float64(np.float32(decay)) ** c) for c in range(1, 201)])
    off = int((series != rounded).sum())
    assert np.abs(series - rounded).max() <= 2**-23
    f.record("bias_correction", outputs=[series], decay=decay, off=off, abs=2.0**-24 if off else None)

f.note("schedule name ..: the rates at counts 0, 1, .. 29, then at 99, 100, 101, 1000; f32 by Optax, rel=.. against the f64 formula.")
COUNTS = list(range(30)) + [99, 100, 101, 1000]


def schedule(name, theirs, formula, **attrs):
    values = np.array([np.float32(theirs(jnp.asarray(c, jnp.int32))) for c in COUNTS], np.float32)
    np.testing.assert_allclose(values, [formula(c) for c in COUNTS], rtol=1e-5, atol=1e-8, err_msg=name)
    f.record("schedule", outputs=[values], name=name, **attrs, rel=1e-5, abs=1e-8)


for begin, staircase in ((0, 0), (0, 1), (5, 0), (5, 1)):
    schedule("exponential_decay", optax.exponential_decay(0.1, 10, 0.5, transition_begin=begin, staircase=bool(staircase)),
             exponential(0.1, 10, 0.5, begin, bool(staircase)),
             init=0.1, transition_steps=10, decay_rate=0.5, transition_begin=begin, staircase=staircase)
schedule("exponential_decay", optax.exponential_decay(0.1, 3, 0.9, end_value=0.05), exponential(0.1, 3, 0.9, end=0.05),
         init=0.1, transition_steps=3, decay_rate=0.9, transition_begin=0, staircase=0, end_value=0.05)
schedule("exponential_decay", optax.exponential_decay(0.1, 4, 1.1, end_value=0.15), exponential(0.1, 4, 1.1, end=0.15),
         init=0.1, transition_steps=4, decay_rate=1.1, transition_begin=0, staircase=0, end_value=0.15)
for steps, alpha, exponent in ((100, 0.0, 1.0), (25, 0.1, 1.0), (25, 0.2, 2.0)):
    schedule("cosine_decay", optax.cosine_decay_schedule(0.1, steps, alpha, exponent), cosine(0.1, steps, alpha, exponent),
             init=0.1, decay_steps=steps, alpha=alpha, exponent=exponent)
f.write()
