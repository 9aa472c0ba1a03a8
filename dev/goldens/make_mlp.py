"""Writes crates/train/tests/golden/mlp_trajectory.txt: 200 losses of the 784-128-10 network, from MNIST and from synthetic data.

    python make_mlp.py FOLDER     the folder with MNIST's train-images-idx3-ubyte.gz and train-labels-idx1-ubyte.gz
"""
import gzip
import hashlib
import pathlib
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax

import threefry_numpy as ours
from golden_format import GoldenFile

jax.config.update("jax_platforms", "cpu")
STEPS, BATCH = 200, 128
f = GoldenFile(pathlib.Path(__file__).resolve().parents[2] / "crates/train/tests/golden/mlp_trajectory.txt", "200 steps of an MLP, 784-128-10",
               jax, optax, np)


def idx(path, magic):
    raw = gzip.open(path).read()
    assert int.from_bytes(raw[:4], "big") == magic
    dims = [int.from_bytes(raw[4 + 4 * i: 8 + 4 * i], "big") for i in range(magic & 255)]
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * len(dims)).reshape(dims)


def start():
    """Original mode, each step rounded (no fused multiply-add)."""
    w1 = ours.uniform(ours.key_from_seed(1), (784, 128), lo=-0.08, hi=0.08)
    w2 = ours.uniform(ours.key_from_seed(2), (128, 10), lo=-0.08, hi=0.08)
    return {"w1": w1, "b1": np.zeros(128, np.float32), "w2": w2, "b2": np.zeros(10, np.float32)}


def loss_of(params, x, y):
    hidden = jnp.maximum(x @ params["w1"] + params["b1"], 0)
    log_p = jax.nn.log_softmax(hidden @ params["w2"] + params["b2"], axis=-1)
    return -jnp.mean(jnp.take_along_axis(log_p, y[:, None], axis=-1))


def losses(batches, transform, wide=False, order=slice(None), hidden=slice(None)):
    """`order` and `hidden` permute pixels and hidden units: the same network, summed in another order."""
    dtype = jnp.float64 if wide else jnp.float32
    params = {k: jnp.asarray(v, dtype) for k, v in start().items()}
    params |= {"w1": params["w1"][order][:, hidden], "w2": params["w2"][hidden]}
    state = transform.init(params)

    @jax.jit
    def step(params, state, x, y):
        loss, grads = jax.value_and_grad(loss_of)(params, x, y)
        updates, state = transform.update(grads, state, params)
        return optax.apply_updates(params, updates), state, loss

    out = []
    for i in range(STEPS):
        x, y = batches(i)
        params, state, loss = step(params, state, jnp.asarray(x[:, order], dtype), jnp.asarray(y))
        out.append(np.asarray(loss))
    return np.array(out), {k: np.asarray(v) for k, v in params.items()}


folder = pathlib.Path(sys.argv[1])
images = idx(folder / "train-images-idx3-ubyte.gz", 2051).reshape(-1, 784)
labels = idx(folder / "train-labels-idx1-ubyte.gz", 2049).astype(np.int32)
fake_x = ours.uniform(ours.key_from_seed(3), (8, BATCH, 784), lo=-1)
fake_y = ours.randint(ours.key_from_seed(4), (8, BATCH), 0, 10)


def mnist(i):
    at = slice(i * BATCH, (i + 1) * BATCH)
    return images[at].astype(np.float32) / np.float32(255), labels[at]


def synthetic(i):
    return fake_x[i % 8], fake_y[i % 8]


f.note("Network: log_softmax(relu(x w1 + b1) w2 + b2); loss: mean over the batch of -log p[label]. Batch 128, step i (from 0) takes batch i."
       " losses[i] is the loss before update i. Start, in jax.random's original mode, each operation rounded: w1 = uniform(key(1), [784, 128], -0.08,"
       " 0.08), w2 = uniform(key(2), [128, 10], -0.08, 0.08), b1 = b2 = 0.")
f.note("data=mnist: training images in file order, x = pixel / 255 in f32. data=synthetic: batch i is batch i % 8 of x = uniform(key(3),"
       " [8, 128, 784], -1, 1), y = randint(key(4), [8, 128], 0, 10) as i32.")
p = start()
for name in ("w1", "w2"):
    digest = hashlib.sha256(p[name].astype("<f4").tobytes()).hexdigest()
    f.record("start", outputs=[p[name].reshape(-1)[:8], p[name].reshape(-1)[-8:]], name=name, sha256=digest)
f.record("synthetic", outputs=[fake_x.reshape(-1)[:8], fake_x.reshape(-1)[-8:], fake_y.reshape(-1)[:8], fake_y.reshape(-1)[-8:]])
f.note("losses: f32 by JAX, then the same run in f64 (rounded to f32), then the f32 run's first two rows of the final w2 and its final b2."
       " Largest relative differences: f64_apart between the first two, reordered_apart between f32 runs that sum in another order"
       " (pixels and hidden units permuted): what a correct f32 implementation can be expected to be off by. compare=N: hold only the first N"
       " losses to JAX; later ones of Adam on synthetic data depend on rounding (a formula in another order was off by 6e-4 at 200, 4e-7 at 150).")
RATES = {"adam": (optax.adam(1e-3), 1e-3), "sgd": (optax.sgd(0.1), 0.1)}
for data, batches in (("mnist", mnist), ("synthetic", synthetic)):
    for name, (transform, rate) in RATES.items():
        single, final = losses(batches, transform)
        with jax.enable_x64(True):
            double, _ = losses(batches, transform, wide=True)
        apart = float(np.max(np.abs(single - double) / double))
        reordered = 0.0
        for seed in range(4):
            rng = np.random.default_rng(seed)
            other, _ = losses(batches, transform, order=rng.permutation(784), hidden=rng.permutation(128))
            reordered = max(reordered, float(np.max(np.abs(other - single) / single)))
        f.record("losses", outputs=[single, double.astype(np.float32), final["w2"][:2], final["b2"]],
                 data=data, optimizer=name, rate=rate, compare=150 if (data, name) == ("synthetic", "adam") else STEPS, rel=1e-4, f64_apart=float(f"{apart:.1e}"), reordered_apart=float(f"{reordered:.1e}"))
        shown = " ".join(f"{i}:{float(single[i]):.7f}" for i in (0, 1, 2, 5, 10, 20, 50, 100, 150, 199))
        f.note(f"{data} {name}, step:loss in decimal: {shown}")
        print(data, name, shown, "f32 against f64:", apart, "reordered:", reordered)
f.write()
